"""The folders of the tables that dbt builds, which either engine reads and writes.

A finished table is a folder with Spark's own mark; Sail leaves the columns in
it, as an empty table has no file that would tell them. A view is a file that
holds its statement. What Sail changed is noted until Spark's metastore has been
told.
"""

import json
import re
import shutil
from collections.abc import Callable
from typing import TypeVar

import pyarrow.parquet as pq
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from pipeline.paths import analytics_schema, state

__all__ = ["Warehouse"]

Outcome = TypeVar("Outcome")

_FINISHED = "_SUCCESS"
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
        self._notes = root / f"{self._schema}.changed"

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
        """Return the statement of each view."""
        return {path.stem: path.read_text() for path in sorted(self._views.glob("*.sql"))}

    def changed(self) -> set[str]:
        """Return the tables and views that Spark's metastore may know otherwise."""
        return set(self._notes.read_text().split()) if self._notes.is_file() else set()

    def forget_changes(self) -> None:
        """Say that Spark's metastore has been told."""
        self._notes.unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove the folders of tables that are not finished."""
        if not self.folder.is_dir():
            return
        finished = set(self.tables())
        for path in self.folder.iterdir():
            if path.name not in finished:
                self._note(path.name)
                shutil.rmtree(path)

    def follow_views(self, statement: str, run: Callable[[], Outcome]) -> Outcome:
        """Run a statement on Spark and keep what it says of a view."""
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
        """
        kind, name = self._change(statement)
        if not kind:
            return run()
        self._note(name)
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

    def _keep_view(self, kind: str, name: str, statement: str) -> None:
        path = self._views / f"{name}.sql"
        if kind == "create or replace view":
            self._views.mkdir(mode=0o700, parents=True, exist_ok=True)
            staged = path.with_suffix(".new")
            staged.write_text(statement)
            staged.rename(path)
        elif kind == "drop view if exists":
            path.unlink(missing_ok=True)

    def _note(self, name: str) -> None:
        self._notes.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._notes.open("a") as file:
            file.write(f"{name}\n")
