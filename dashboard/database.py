"""One DuckDB connection for each export, and the queries by name.

Queries live in ``queries/<page>/<result>.sql`` and take bound parameters. ``_views.sql`` and
``_activation.sql`` alone know where the files of an export lie; ``_macros.sql`` says which
customers a choice is of and how a segment of them is measured; ``prepared/`` holds small
aggregates that are computed once, when an export is opened, and shared by all pages.
"""

from functools import cache
from itertools import pairwise
from typing import Any

import duckdb
import pandas as pd
from duckdb import DuckDBPyConnection

from dashboard.exports import VIEWS, Export
from dashboard.settings import ACTIVE_DAYS, MEMORY_LIMIT, THREADS

QUERIES = VIEWS.parent
ACTIVATION = QUERIES / "_activation.sql"
MACROS = QUERIES / "_macros.sql"

PREPARED = (
    "snapshots", "customer_keys", "customer_measures", "customer_months", "map_cells",
    "snapshot_totals", "feature_cells", "directions", "cohort_months", "first_order",
    "month_orders", "product_months",
)  # fmt: skip
"""Tables of ``queries/prepared`` in the order in which they are made."""

_READ_BY_MACROS = {
    "snapshots", "customer_keys", "customer_measures", "customer_months", "directions",
    "month_orders",
}  # fmt: skip


def open_export(export: Export, prepared: tuple[str, ...] | None = None) -> DuckDBPyConnection:
    """Return an in-memory connection with the export's tables as views.

    Parameters
    ----------
    export : Export
        A verified export.
    prepared : tuple of str, optional
        Which tables of ``queries/prepared`` to make, in the order of `PREPARED`; all of them,
        ``moves`` and ``activation`` by default. The macros are there where their tables are.

    Notes
    -----
    DuckDB's memory is bounded by `MEMORY_LIMIT`: beyond it a query fails rather than grows.
    """
    con = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY_LIMIT})
    con.execute("set timezone = 'UTC'")
    con.execute("attach ':memory:' as store (compress)")
    con.execute("use store")
    folder = str(export.folder).replace("'", "''")
    con.execute(VIEWS.read_text(encoding="utf-8").replace("{folder}", folder))
    names = prepared or PREPARED
    for name in names:
        sql = read_sql(f"prepared/{name}")
        con.execute(f"create table {name} as {sql}", _known(sql, {"active_days": ACTIVE_DAYS}))
    if prepared is None:
        prepare_moves(con)
        con.execute(ACTIVATION.read_text(encoding="utf-8").replace("{folder}", folder))
    if set(names) >= _READ_BY_MACROS:
        con.execute(MACROS.read_text(encoding="utf-8"))
    # Tables in memory are compressed at a checkpoint, to about a quarter.
    con.execute("checkpoint store")
    return con


def prepare_moves(con: DuckDBPyConnection, latest: int | None = None) -> None:
    """Create ``moves``, a pair of month ends at a time: one join over all would not fit.

    Parameters
    ----------
    con : DuckDBPyConnection
        With the tables that ``prepared/moves`` reads.
    latest : int, optional
        So many pairs, the latest ones; all of them by default.
    """
    sql = read_sql("prepared/moves")
    days = con.execute("select snapshot_date from snapshots where is_month_end order by 1")
    dates = [row[0] for row in days.fetchall()]
    nothing = {"from_date": None, "to_date": None}
    con.execute(f"create table moves as {sql} limit 0", nothing)
    pairs = list(pairwise(dates))
    for before, after in pairs if latest is None else pairs[-latest:]:
        con.execute(f"insert into moves {sql}", {"from_date": before, "to_date": after})


@cache
def read_sql(name: str) -> str:
    """Return the text of ``queries/<name>.sql``."""
    return (QUERIES / f"{name}.sql").read_text(encoding="utf-8").strip()


def query_names() -> list[str]:
    """Return the names of the pages' queries (``overview/totals``), sorted."""
    found = (path.relative_to(QUERIES).with_suffix("") for path in QUERIES.glob("*/*.sql"))
    return sorted(name.as_posix() for name in found if name.parts[0] != "prepared")


def execute(
    con: DuckDBPyConnection, name: str, params: dict[str, Any] | None = None
) -> pd.DataFrame:
    """Return the result of one query.

    Parameters
    ----------
    con : DuckDBPyConnection
        From `open_export`; a cursor of its own is used, so threads may share it.
    name : str
        A name of `query_names`.
    params : dict, optional
        Values for the query's parameters; those it does not name are left out.

    Returns
    -------
    DataFrame
        Columns and order of the rows as the query has them.

    Raises
    ------
    KeyError
        If a parameter of the query has no value.
    """
    sql = read_sql(name)
    cursor = con.cursor()
    try:
        # A cursor starts with the instance's defaults, not with its parent's.
        cursor.execute("use store; set timezone = 'UTC'")
        return cursor.execute(sql, _known(sql, params or {})).df()
    finally:
        cursor.close()


def parameters(sql: str) -> set[str]:
    """Return the names of the parameters that a query takes."""
    return set(duckdb.extract_statements(sql)[0].named_parameters)


def _known(sql: str, params: dict[str, Any]) -> dict[str, Any]:
    return {key: params[key] for key in parameters(sql)}
