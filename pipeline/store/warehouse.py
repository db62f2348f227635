"""The folders of the tables that dbt builds, which either engine reads and writes.

A finished table is a folder with Spark's own mark; Sail leaves the columns in
it, as an empty table has no file that would tell them. A view is a file that
holds its statement.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import pyarrow.parquet as pq
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from pipeline.core.files import write_whole
from pipeline.core.paths import analytics_schema, state

__all__ = ["Warehouse"]

Outcome = TypeVar("Outcome")

_FINISHED = "_SUCCESS"
_ASIDE = ".aside"
# Atomic: a comment ends at its first end, and a later one is not taken into it.
_CHANGE = re.compile(
    r"(?>\s+|/\*.*?\*/|--[^\n]*\n)*+"
    r"(create table|create or replace view|insert into(?: table)?|drop (?:table|view) if exists)"
    r"\s+`?(\w+)`?\.`?(\w+)`?",
    re.IGNORECASE | re.DOTALL,
)


class Warehouse:
    """The tables and views of the marts' database, as the state folder holds them."""

    def __init__(self) -> None:
        self._schema = analytics_schema()
        root = state().warehouse
        self.folder = root / f"{self._schema}.db"
        self._views = root / f"{self._schema}.views"

    def tables(self) -> list[str]:
        """Return the finished tables, sorted."""
        return sorted(path.parent.name for path in self.folder.glob(f"[!.]*/{_FINISHED}"))

    def columns(self, table: str) -> StructType:
        """Return a finished table's columns."""
        told = (self.folder / table / _FINISHED).read_text()
        if told:
            return StructType.fromJson(json.loads(told))
        file = next((self.folder / table).glob("*.parquet"))
        return from_arrow_schema(pq.ParquetFile(file).schema.to_arrow_schema())

    def views(self) -> dict[str, str]:
        """Return the statement of each view.

        Returns
        -------
        dict of str to str
            By name, sorted.
        """
        return {path.stem: path.read_text() for path in sorted(self._views.glob("*.sql"))}

    def sweep(self) -> None:
        """Remove the folders of tables that are not finished."""
        if not self.folder.is_dir():
            return
        for path in self.folder.glob(f".*{_ASIDE}"):
            name = path.name[1:].removesuffix(_ASIDE)
            shutil.rmtree(self.folder / name, ignore_errors=True)
            path.rename(self.folder / name)
        finished = set(self.tables())
        for path in self.folder.iterdir():
            if path.name not in finished:
                shutil.rmtree(path)

    @contextmanager
    def aside(self, table: str) -> Iterator[None]:
        """Have a table's files out of the way for a moment; killed within it, sweep ends it."""
        folder = self.folder / table
        aside = folder.with_name(f".{table}{_ASIDE}")
        folder.rename(aside)
        try:
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            aside.rename(folder)

    def follow_views(self, statement: str, run: Callable[[], Outcome]) -> Outcome:
        """Run a statement on Spark and keep what it says of a view.

        Returns
        -------
        object
            What ``run`` returned.
        """
        kind, name = self._change(statement)
        outcome = run()
        self._keep_view(kind, name, statement)
        return outcome

    def follow(
        self, statement: str, run: Callable[[], Outcome], columns: Callable[[str], StructType]
    ) -> Outcome:
        """Run a statement on Sail and keep what it says of a table or view.

        Parameters
        ----------
        statement : str
            One statement.
        run : callable
            Has Sail execute it.
        columns : callable
            Returns the columns of the table that it is given by name.

        Returns
        -------
        object
            What ``run`` returned.

        Raises
        ------
        BaseException
            What ``run`` raised; the folder of a table that it was to create is removed then.
        """
        kind, name = self._change(statement)
        if not kind:
            return run()
        folder = self.folder / name
        try:
            outcome = run()
        except BaseException:
            if kind == "create table":
                shutil.rmtree(folder, ignore_errors=True)
            raise
        if kind == "create table":
            folder.mkdir(mode=0o700, exist_ok=True)
            (folder / _FINISHED).write_text(columns(f"{self._schema}.{name}").json())
        elif kind == "drop table if exists" and folder.is_dir():
            # Sail forgets the name and leaves the files. Killed half-way it is no table.
            (folder / _FINISHED).unlink(missing_ok=True)
            shutil.rmtree(folder)
        self._keep_view(kind, name, statement)
        return outcome

    def _change(self, statement: str) -> tuple[str, str]:
        """Return what a statement does to a table or view of the database, and its name."""
        found = _CHANGE.match(statement)
        if not found or found[2] != self._schema:
            return "", ""
        return found[1].lower(), found[3]

    def keep_views(self, statements: dict[str, str]) -> None:
        """Keep these views and no others."""
        for name in self.views().keys() - statements.keys():
            self._view(name).unlink()
        for name, statement in statements.items():
            self._write_view(name, statement)

    def _keep_view(self, kind: str, name: str, statement: str) -> None:
        if kind == "create or replace view":
            self._write_view(name, statement)
        elif kind == "drop view if exists":
            self._view(name).unlink(missing_ok=True)

    def _write_view(self, name: str, statement: str) -> None:
        self._views.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self._view(name), statement)

    def _view(self, name: str) -> Path:
        return self._views / f"{name}.sql"
