"""Take forgotten customers out of everything that is written already.

All of it works by the list's hashes, so that a command that was killed
half-way is finished by whichever comes next, which knows no ids. What can be
made again (marts, Data Docs, logs) is removed whole.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.core.paths import StatePaths
from pipeline.privacy.blanking import blanked, without_ids
from pipeline.privacy.forgotten import ForgottenList
from pipeline.privacy.purge_exports import purge_exports, purge_gates
from pipeline.privacy.rewriting import rewrite_parquet, without_customers

__all__ = ["finish_forgetting", "purge", "purge_lines"]

_DERIVED = (
    *("warehouse", "data_docs", "dbt", "gx/uncommitted", "screenshots", "tmp"),
    # Where an older version kept the names of tables.
    *("metastore", "metastore.home"),
)
"""What the next commands make again; pictures of the dashboard show customers."""


def finish_forgetting(paths: StatePaths) -> bool:
    """Purge what a killed command has left; say whether there was anything to do.

    Only for the holder of the state folder's lock, before Spark starts.
    """
    forgotten = ForgottenList.load()
    if not forgotten.is_pending:
        return False
    purge(paths, forgotten)
    return True


def purge(paths: StatePaths, forgotten: ForgottenList) -> dict[str, int]:
    """Take the list's customers out of the state folder.

    Parameters
    ----------
    paths : StatePaths
        The state folder, locked, with no Spark at work on it.
    forgotten : ForgottenList
        Whom to forget.

    Returns
    -------
    dict of str to int
        ``lines`` of landed files and of campaigns' lists emptied, ``rows`` removed from ml's
        tables, and ``exports`` written anew.
    """
    for name in _DERIVED:
        _remove(paths.root / name)
    for path in [*paths.root.glob("demo_*"), *paths.root.glob(".demo_*"), *paths.logs.iterdir()]:
        _remove(path)
    for folder in (paths.raw, paths.ml):
        for unfinished in [*folder.glob("*/.*"), *folder.glob("*/*/.*.new")]:
            _remove(unfinished)
    lines = sum(
        purge_lines(path, forgotten, _is_decimal(paths, path.parent.name))
        for path in sorted(paths.raw.glob("order_lines/*/*.parquet"))
    )
    lines += sum(
        rewrite_parquet(path, lambda table: without_ids(table, forgotten))
        for path in sorted(paths.raw.glob("campaign_customers/*/*.parquet"))
    )
    rows = sum(
        rewrite_parquet(path, without_customers(forgotten))
        for path in sorted(paths.ml.glob("*/*/*.parquet"))
    )
    purge_gates(paths.gates)
    exports = purge_exports(paths.exports, forgotten)
    paths.create()
    replace(forgotten, is_pending=False).save()
    return {"lines": lines, "rows": rows, "exports": exports}


def purge_lines(path: Path, forgotten: ForgottenList, is_decimal: bool) -> int:
    """Empty the landed lines of one file, whose rows keep their places.

    Parameters
    ----------
    path : Path
        Parquet file of ``raw.order_lines``, replaced in one step where anything changes.
    forgotten : ForgottenList
        Whom to forget.
    is_decimal : bool
        True where ids carry a spurious ``.0``.

    Returns
    -------
    int
        Lines that were changed.
    """
    return rewrite_parquet(path, lambda table: blanked(table, forgotten, is_decimal_id=is_decimal))


def _is_decimal(paths: StatePaths, partition: str) -> bool:
    """Say whether a load's ids carry a ``.0``; a load without a description may."""
    for path in (paths.raw / "loads" / partition).glob("*.parquet"):
        return bool(pq.read_table(path, columns=["is_decimal_id"])[0][0].as_py())
    return True


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
