"""Run typed SQL where it can do no harm: a locked DuckDB of its own.

Three walls stand one behind the other. The rules judge the syntax tree (`console_rules`); the
connection is locked to the export's own parquet, without settings, extensions, network or other
files; and each statement runs in a read-only transaction. Time, rows and memory are bounded.
"""

import re
import threading
import time
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

from dashboard import console_rules
from dashboard.cached import connection
from dashboard.console_rules import Refused
from dashboard.database import PREPARED, read_sql
from dashboard.exports import VIEWS, Export, table_names
from dashboard.settings import CONSOLE_CELL, CONSOLE_MEMORY_LIMIT, CONSOLE_ROWS, CONSOLE_SECONDS

_SMALL_TYPES = (
    "BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT",
    "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "DATE", "TIME", "INTERVAL",
)  # fmt: skip
_LARGE = ("customer_keys", "customer_months")
_COPIED = (*(name for name in PREPARED if name not in _LARGE), "moves")


@dataclass(frozen=True)
class Answer:
    """What a statement gave.

    Attributes
    ----------
    frame : DataFrame
        At most `CONSOLE_ROWS` rows.
    is_cut : bool
        Whether there are more.
    seconds : float
        How long it took.
    """

    frame: pd.DataFrame
    is_cut: bool
    seconds: float


class Console:
    """A locked connection to one export.

    Parameters
    ----------
    export : Export
        Its parquet files are all that can be read.
    pages : DuckDBPyConnection
        Connection of the pages, from which the small prepared tables are copied.
    """

    def __init__(self, export: Export, pages: duckdb.DuckDBPyConnection) -> None:
        self._connection = duckdb.connect(
            config={"threads": 1, "memory_limit": CONSOLE_MEMORY_LIMIT, "temp_directory": ""}
        )
        # One statement at a time, so that the bounds hold for all users together.
        self._turn = threading.Lock()
        self._prepare(export, pages)
        self._lock(export)
        self.tables = {*table_names(), *PREPARED, "moves"}

    def _prepare(self, export: Export, pages: duckdb.DuckDBPyConnection) -> None:
        con = self._connection
        folder = str(export.folder).replace("'", "''")
        con.execute(VIEWS.read_text(encoding="utf-8").replace("{folder}", folder))
        cursor = pages.cursor()
        cursor.execute("use store")
        for name in _COPIED:
            con.register("copied", cursor.sql(f"from {name}").to_arrow_table())
            con.execute(f"create table {name} as from copied")
            con.unregister("copied")
        cursor.close()
        for name in _LARGE:
            con.execute(f"create view {name} as {read_sql(f'prepared/{name}')}")

    def _lock(self, export: Export) -> None:
        files = [str(export.folder / f"{name}.parquet") for name in table_names()]
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        for setting in (
            "set global timezone = 'UTC'",
            f"set allowed_paths = [{listed}]",
            "set python_enable_replacements = false",
            "set autoinstall_known_extensions = false",
            "set autoload_known_extensions = false",
            "set allow_community_extensions = false",
            "set allow_persistent_secrets = false",
            "set max_temp_directory_size = '0KB'",
            f"set global max_execution_time = {CONSOLE_SECONDS * 1000}",
            "set enable_external_access = false",
            "set lock_configuration = true",
        ):
            self._connection.execute(setting)

    def run(self, sql: str) -> Answer:
        """Return what a statement gives.

        Parameters
        ----------
        sql : str
            One SELECT over the export's tables.

        Raises
        ------
        Refused
            Where it is not that, or fails, or takes too long; with the reason in a sentence.
        """
        text = console_rules.judge(sql, self.tables)
        if not self._turn.acquire(timeout=CONSOLE_SECONDS + 2):
            raise Refused("Another statement is still running: try again in a moment.")
        try:
            return self._run(text)
        finally:
            self._turn.release()

    def _run(self, text: str) -> Answer:
        cursor = self._connection.cursor()
        started = time.perf_counter()
        try:
            cursor.execute("begin transaction read only")
            # The line break ends a comment at the end of the typed text.
            typed = f"select * from (\n{text}\n) limit {CONSOLE_ROWS + 1}"
            columns = cursor.execute(f"describe {typed}").fetchall()
            listed = ", ".join(_bounded(name, kind) for name, kind, *_ in columns)
            frame = cursor.execute(f"select {listed} from ({typed})").df()
        except duckdb.Error as error:
            raise Refused(_reason(error)) from None
        finally:
            cursor.close()
        seconds = time.perf_counter() - started
        return Answer(frame.head(CONSOLE_ROWS), len(frame) > CONSOLE_ROWS, seconds)

    def schema(self) -> dict[str, list[tuple[str, str]]]:
        """Return the columns and types of every table."""
        rows = self._connection.cursor().execute(
            """
            select table_name, column_name, data_type from duckdb_columns()
            where not internal order by table_name, column_index
            """
        )
        found: dict[str, list[tuple[str, str]]] = {}
        for table, column, kind in rows.fetchall():
            found.setdefault(table, []).append((column, kind.lower()))
        return found

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


def _bounded(name: str, kind: str) -> str:
    """Return a column of the answer such that no cell is larger than a page of text."""
    quoted = '"' + name.replace('"', '""') + '"'
    if kind.startswith(_SMALL_TYPES) and not kind.endswith("]"):
        return quoted
    return f"left({quoted}::varchar, {CONSOLE_CELL}) as {quoted}"


def _reason(error: duckdb.Error) -> str:
    if isinstance(error, duckdb.InterruptException):
        return f"Stopped after {CONSOLE_SECONDS} seconds: narrow the question down."
    if isinstance(error, duckdb.OutOfMemoryException):
        return "This needs more memory than the console has: narrow the question down."
    return console_rules.first_lines(error)


def filled(sql: str, params: dict[str, Any]) -> str:
    """Return a query with its parameters written as literals, ready to be changed."""
    return re.sub(r"\$([a-z_]+)", lambda match: _literal(params.get(match.group(1))), sql)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool | int | float):
        return str(value).lower()
    if isinstance(value, date):
        return f"date '{value}'"
    return "'" + str(value).replace("'", "''") + "'"


@st.cache_resource(max_entries=2, on_release=Console.close, show_spinner=False)
def console(_export: Export, folder: str) -> Console:
    """Return the shared console of an export; ``folder`` is the cache's key."""
    return Console(_export, connection(_export, folder))
