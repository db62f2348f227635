"""What must hold of a state folder whatever happened to the commands that worked on it."""

from collections import Counter
from pathlib import Path

import duckdb
from query_values import values

from dashboard.database import execute, open_export, query_names
from dashboard.exports import Export, current_folder, read_manifest, table_names, verify

_KEPT_OUT = ("run_id", "previous_run_id")
# Of the gates' results, what does not name the run that they compare with.
_GATE_COLUMNS = ["gate", "suite", "expectation", "column_name", "severity", "success"]

Tables = dict[str, Counter]


def assert_served(exports: Path) -> str:
    """Assert that the current export is whole and answers every query; return its run id."""
    export = read_manifest(current_folder(exports))
    verify(export)
    assert_answers(export)
    return export.run_id


def assert_answers(export: Export) -> None:
    """Assert that an export answers every query of the dashboard."""
    con = open_export(export)
    try:
        parameters = values(export, con)
        for name in query_names():
            execute(con, name, parameters)
    finally:
        con.close()


def tables(exports: Path) -> Tables:
    """Return the current export's tables as bags of rows, without run ids.

    The lineage is left out: it tells how a run's segments relate to those of
    the run before, and an undisturbed run may have had none.
    """
    folder = current_folder(exports)
    found = {}
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        for name in table_names():
            if name == "segment_lineage":
                continue
            rows = con.read_parquet(str(folder / f"{name}.parquet"))
            columns = [column for column in rows.columns if column not in _KEPT_OUT]
            if name == "gate_results":
                columns = _GATE_COLUMNS
            quoted = ", ".join(f'"{column}"' for column in columns)
            found[name] = Counter(map(repr, rows.project(quoted).fetchall()))
    return found


def assert_same_tables(expected: Tables, exports: Path) -> None:
    """Assert that the current export holds the rows of an undisturbed run."""
    found = tables(exports)
    assert found.keys() == expected.keys()
    for name, rows in expected.items():
        more, less = found[name] - rows, rows - found[name]
        assert not more and not less, f"{name}: {list(more)[:3]} instead of {list(less)[:3]}"


def left_over(state: Path) -> list[str]:
    """Return what no finished run accounts for, in any folder of a state folder."""
    found = [
        path
        for folder in ("raw", "ml", "exports", "warehouse")
        for path in (state / folder).rglob(".*")
        if not path.name.endswith(".crc")
    ]
    for area, last in (("raw", "loads"), ("ml", "model_runs")):
        finished = {path.name for path in (state / area / last).glob("*=*")}
        found += [p for p in (state / area).glob("*/*=*") if p.name not in finished]
    whole = {path.parent for path in (state / "exports").glob("*/manifest.json")}
    found += [p for p in (state / "exports").iterdir() if not p.is_symlink() and p not in whole]
    return sorted(str(path.relative_to(state)) for path in found)
