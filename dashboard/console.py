"""Run typed SQL in a process that holds nothing but the export, and is made to end.

A statement may want any time and any memory, and DuckDB's own limits bind neither its functions
nor its planning. So nothing typed is even parsed here: `console_worker` runs it, and this side
takes from it no more than a bounded text in JSON.
"""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

from dashboard import formats, settings
from dashboard.cached import connection
from dashboard.console_rules import Refused
from dashboard.database import MACROS, PREPARED, read_sql
from dashboard.exports import VIEWS, Export, table_names

WORKER = Path(__file__).parent / "console_worker.py"
_LARGE = ("customer_keys", "customer_measures", "customer_months", "month_orders",
          "product_months")  # fmt: skip
_COPIED = (*(name for name in PREPARED if name not in _LARGE), "moves", "activation")
_START_SECONDS = 60
_PATIENCE_SECONDS = 5


@dataclass(frozen=True)
class Answer:
    """What a statement gave.

    Attributes
    ----------
    frame : DataFrame
        At most `CONSOLE_ROWS` rows and `CONSOLE_BYTES` bytes.
    kinds : dict
        The kind of each column: whole, decimal, boolean, date, moment or text.
    is_cut : bool
        Whether there are more rows.
    seconds : float
        How long it took.
    """

    frame: pd.DataFrame
    kinds: dict[str, str]
    is_cut: bool
    seconds: float


class Console:
    """One export's process for typed SQL.

    Parameters
    ----------
    export : Export
        Its parquet files are all that can be read.
    pages : DuckDBPyConnection
        Connection of the pages, from which the small prepared tables are copied.

    Attributes
    ----------
    tables : dict
        Columns and types of every table that can be read.
    peak_bytes : int
        The most memory that the last statement held.
    """

    def __init__(self, export: Export, pages: duckdb.DuckDBPyConnection) -> None:
        self._export, self._pages = export, pages
        # One statement at a time, so that the bounds hold for all users together.
        self._turn = threading.Lock()
        self.peak_bytes = 0
        self._start()

    def _start(self) -> None:
        self._seconds = settings.CONSOLE_SECONDS
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-X", "utf8", str(WORKER)],
            cwd=self._export.folder,
            # Neither keys nor paths of the server's environment.
            env={},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Ctrl-C in the server's terminal is the server's; and all of it can be killed at once.
            start_new_session=True,
        )
        with tempfile.TemporaryDirectory(prefix="console-") as folder:
            start = {
                "prepare": self._prepare(Path(folder)),
                "files": [f"{name}.parquet" for name in table_names()],
                "limits": {
                    "seconds": self._seconds,
                    "memory": settings.CONSOLE_MEMORY_BYTES,
                    "duckdb": settings.MEMORY_LIMIT,
                    "rows": settings.CONSOLE_ROWS,
                    "columns": settings.CONSOLE_COLUMNS,
                    "bytes": settings.CONSOLE_BYTES,
                    "cell": settings.CONSOLE_CELL,
                },
            }
            head, _ = self._exchange(start, _START_SECONDS)
        self.tables: dict[str, list[list[str]]] = head["tables"]

    def _prepare(self, folder: Path) -> list[str]:
        """Return the statements that make the tables; the small ones come by way of ``folder``."""
        statements = [VIEWS.read_text(encoding="utf-8").replace("{folder}", ".")]
        cursor = self._pages.cursor()
        try:
            cursor.execute("use store")
            for name in _COPIED:
                file = str(folder / f"{name}.parquet").replace("'", "''")
                cursor.execute(f"copy {name} to '{file}' (format parquet)")
                statements.append(f"create table {name} as from '{file}'")
        finally:
            cursor.close()
        large = [f"create view {name} as {read_sql(f'prepared/{name}')}" for name in _LARGE]
        return [*statements, *large, MACROS.read_text(encoding="utf-8")]

    def run(self, sql: str) -> Answer:
        """Return what a statement gives.

        Parameters
        ----------
        sql : str
            One SELECT over the export's tables.

        Returns
        -------
        Answer
            The first rows where there are more than the console shows.

        Raises
        ------
        Refused
            Where it is not that, or fails, or takes too long; with the reason in a sentence.
        """
        if len(sql) > settings.CONSOLE_CHARACTERS:
            raise Refused(f"The statement is longer than {settings.CONSOLE_CHARACTERS} characters.")
        if not self._turn.acquire(timeout=self._seconds + 2):
            raise Refused("Another statement is still running: try again in a moment.")
        try:
            if self.process.poll() is not None:
                self._start()
            head, content = self._exchange(sql, self._seconds + _PATIENCE_SECONDS)
        except (OSError, ValueError):
            self.close()
            raise Refused("The console had to start again: run the statement once more.") from None
        finally:
            self._turn.release()
        self.peak_bytes = head["peak_bytes"]
        if head["is_late"]:
            limit = formats.plural(self._seconds, "second")
            raise Refused(f"Stopped after {limit}: narrow the question down.")
        return _answer(content, head["seconds"])

    def _exchange(self, message: Any, seconds: float) -> tuple[dict[str, Any], bytes]:
        """Send a message to the process and return its answer; kill it where there is none."""
        watch = threading.Timer(seconds, self._kill)
        watch.start()
        try:
            assert self.process.stdin is not None and self.process.stdout is not None
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
            head = json.loads(self.process.stdout.readline())
            return head, self.process.stdout.read(head["size"])
        finally:
            watch.cancel()

    def _kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process, and what it runs."""
        self._kill()
        self.process.communicate()


def _answer(content: bytes, seconds: float) -> Answer:
    """Return the answer in what a statement's process wrote; nothing in it is trusted."""
    try:
        found = json.loads(content)
        if reason := found.get("refused"):
            raise Refused(_without_paths(str(reason)))
        kinds = {str(name): str(kind) for name, kind in found["columns"]}
        values = zip(*found["rows"], strict=True) if found["rows"] else [()] * len(kinds)
        columns = zip(kinds.items(), values, strict=True)
        frame = pd.DataFrame({name: _series(list(cells), kind) for (name, kind), cells in columns})
        return Answer(frame, kinds, bool(found["is_cut"]), seconds)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Refused("This was more than DuckDB could bear: narrow the question down.") from None


def _series(cells: list[Any], kind: str) -> pd.Series:
    if kind == "whole":
        try:
            return pd.Series(cells, dtype="Int64")
        except OverflowError:
            return pd.Series(cells, dtype="float64")
    if kind in ("date", "moment"):
        try:
            return pd.to_datetime(pd.Series(cells), format="ISO8601")
        except ValueError:
            # A year beyond what pandas knows stays text.
            return pd.Series(cells, dtype="object")
    return pd.Series(cells, dtype={"decimal": "float64", "boolean": "boolean"}.get(kind, "object"))


def _without_paths(text: str) -> str:
    return re.sub(r"(/[\w.\- ]+){2,}", "…", text)


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
