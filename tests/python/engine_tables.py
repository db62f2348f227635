"""What two engines made of the same lines, compared exactly and without either."""

import os
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import duckdb

ROOT = Path(__file__).resolve().parents[2]
ACTIVATE = Path(sys.executable).parent / "activate"


def dbt(command: str, state: Path, engine: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a plain dbt command from a fresh shell, as a dbt user types it."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "LANG") if name in os.environ}
    return subprocess.run(
        ["bash", "-c", f"source {ACTIVATE} && dbt {command}"],
        cwd=ROOT,
        env={**kept, "STATE_DIR": str(state), "ENGINE": engine, **variables},
        capture_output=True,
        text=True,
        timeout=3600,
    )


def with_durable_tables(state: Path, target: Path) -> Path:
    """Copy landed lines and ml's results, and nothing that dbt has built."""
    for name in ("raw", "ml"):
        copytree(state / name, target / name)
    return target


def differences(one: Path, other: Path, schema: str = "analytics") -> list[str]:
    """Return what differs between the tables of two state folders: names, types and rows."""
    folders = [state / "warehouse" / f"{schema}.db" for state in (one, other)]
    names = [{path.name for path in folder.iterdir() if path.is_dir()} for folder in folders]
    assert names[0] & names[1]
    found = [f"{name} is on one side only" for name in sorted(names[0] ^ names[1])]
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        for name in sorted(names[0] & names[1]):
            found += _of_table(connection, name, *(folder / name for folder in folders))
    return found


def _of_table(
    connection: duckdb.DuckDBPyConnection, name: str, one: Path, other: Path
) -> list[str]:
    files = [bool(list(folder.glob("*.parquet"))) for folder in (one, other)]
    if not any(files):
        return []
    tables = [f"read_parquet('{folder}/*.parquet')" for folder in (one, other)]
    if not all(files):
        # An engine may write no file where there are no rows.
        (rows,) = connection.execute(f"select count(*) from {tables[files.index(True)]}").fetchone()
        return [f"{name}: {rows} rows on one side, none on the other"] if rows else []
    types = [
        connection.execute(
            f"select column_name, column_type from (describe select * from {table})"
        ).fetchall()
        for table in tables
    ]
    if types[0] != types[1]:
        return [f"{name}: {sorted(set(types[0]) ^ set(types[1]))}"]
    found = []
    for left, right in (tables, reversed(tables)):
        query = f"select * from {left} except all select * from {right}"
        rows = connection.execute(f"select count(*) from ({query})").fetchone()[0]
        if rows:
            examples = connection.execute(f"{query} limit 2").fetchall()
            found.append(f"{name}: {rows} rows differ, such as {examples}")
    return found
