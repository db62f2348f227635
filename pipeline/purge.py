"""Take forgotten customers out of everything that is written already.

All of it works by the list's hashes, so that a command that was killed
half-way is finished by whichever comes next, which knows no ids. What can be
made again (marts, Data Docs, logs) is removed whole.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.blanking import blanked, emptied, marked
from pipeline.forgotten import ForgottenList
from pipeline.paths import StatePaths

__all__ = ["finish_forgetting", "purge", "purge_lines", "rewrite_parquet", "without_customers"]

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
        ``lines`` of landed files emptied, ``rows`` removed from ml's tables,
        and ``exports`` written anew.
    """
    from pipeline.purge_exports import purge_exports, purge_gates

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
    rows = sum(
        rewrite_parquet(path, without_customers(forgotten))
        for path in sorted(paths.ml.glob("*/*/*.parquet"))
    )
    purge_gates(paths.gates)
    exports = purge_exports(paths.exports, forgotten)
    paths.create()
    replace(forgotten, is_pending=False).save()
    return {"lines": lines, "rows": rows, "exports": exports}


def rewrite_parquet(
    path: Path, change: Callable[[pa.Table], tuple[pa.Table, int]], target: Path | None = None
) -> int:
    """Write a parquet file anew, a row group at a time, where a change finds anything.

    Parameters
    ----------
    path : Path
        The file, replaced in one step.
    change : callable
        Returns a row group as it should be, and how many rows it has changed.
    target : Path, optional
        Written instead of ``path``, whether anything changes or not.

    Returns
    -------
    int
        Rows changed.
    """
    source = pq.ParquetFile(path)
    schema = change(source.schema_arrow.empty_table())[0].schema.remove_metadata()
    groups = range(source.metadata.num_row_groups)
    if target is None and not any(change(source.read_row_group(at))[1] for at in groups):
        return 0
    beside = (target or path).with_name(f".{path.name}.new")
    count = 0
    with pq.ParquetWriter(beside, schema) as writer:
        for at in groups:
            table, changed = change(source.read_row_group(at))
            writer.write_table(table.cast(schema))
            count += changed
    # Spark's checksum of the old file would be found not to fit the new one.
    path.with_name(f".{path.name}.crc").unlink(missing_ok=True)
    beside.replace(target or path)
    return count


def without_customers(
    forgotten: ForgottenList, texts: tuple[str, ...] = (), examples: tuple[str, ...] = ()
) -> Callable[[pa.Table], tuple[pa.Table, int]]:
    """Return a change that drops customers' rows and empties texts that name them.

    Columns of examples are emptied whole: several values stand in one text,
    in which an id of more than one word can't be told.
    """

    def change(table: pa.Table) -> tuple[pa.Table, int]:
        changed = 0
        if "customer_id" in table.column_names:
            theirs = marked(table["customer_id"], forgotten.names)
            changed = pc.sum(theirs).as_py() or 0
            table = table.filter(pc.invert(theirs))
        for name in set(texts) & set(table.column_names):
            named = marked(table[name], forgotten.mentioned)
            changed += pc.sum(named).as_py() or 0
            table = emptied(table, name, named)
        for name in set(examples) & set(table.column_names):
            filled = pc.fill_null(pc.not_equal(table[name], ""), False)
            changed += pc.sum(filled).as_py() or 0
            values = pc.if_else(filled, pa.scalar("", table[name].type), table[name])
            table = table.set_column(table.column_names.index(name), name, values)
        return table, changed

    return change


def purge_lines(path: Path, forgotten: ForgottenList, is_decimal: bool) -> int:
    """Empty the landed lines of one file, whose rows keep their places."""
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
