"""Lines that a query reads from a database, copied to a Parquet file and landed from there."""

import os
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import InputError
from pipeline.land.files import shown

__all__ = ["DATABASES", "copy_query", "is_database"]

_BATCH = 50_000
_READ_ONLY = "-c default_transaction_read_only=on"
_TEXT = "expected {kind}:///path/to/a/file"


def is_database(data: str) -> bool:
    """Say whether ``DATA`` is the address of a database."""
    return data.strip().partition("://")[0].lower() in DATABASES


def copy_query(data: str, query: str, target: Path) -> None:
    """Copy what a query gives to a Parquet file, in the query's own order.

    Parameters
    ----------
    data : str
        ``postgresql://host[:port]/database``, ``sqlite:///path`` or
        ``duckdb:///path``. Who connects, and by what password, says the
        environment (``PGUSER``, ``PGPASSWORD``, ``PGPASSFILE``, ``PGSERVICE``).
    query : str
        One statement; the connection reads only.
    target : Path
        The file to write.

    Raises
    ------
    InputError
        If the address is no such one or holds a password, the database can't
        be reached, or refuses the query.
    """
    kind = data.strip().partition("://")[0].lower()
    if kind not in DATABASES:
        raise InputError(f"{shown(data)}: expected an address of {', '.join(DATABASES)}")
    # What a driver says names the address as it was given, and never a password.
    if urlsplit(data.strip()).password is not None:
        raise InputError(
            "DATA holds a password; leave it out, and give it in PGPASSWORD or a PGPASSFILE"
        )
    try:
        with closing(DATABASES[kind](data.strip(), query)) as batches:
            first = next(batches)
            with pq.ParquetWriter(target, first.schema) as writer:
                writer.write_batch(first)
                for batch in batches:
                    writer.write_batch(batch)
    except StopIteration:
        raise InputError(f"{shown(data)}: the query gives no columns") from None
    except InputError:
        raise
    except Exception as error:
        if not _is_of_a_driver(error):
            raise
        said = " ".join(str(error).split())
        raise InputError(f"{shown(data)}: {shown(said, 300)}") from error


def _postgresql(address: str, query: str) -> Generator[pa.RecordBatch, None, None]:
    # Imported here: only those who have such a database need it.
    from adbc_driver_postgresql import dbapi

    # The last of several options holds, so that the user's own stay and can't undo it.
    given = os.environ.get("PGOPTIONS", "")
    if not given.endswith(_READ_ONLY):
        os.environ["PGOPTIONS"] = f"{given} {_READ_ONLY}".strip()
    os.environ.setdefault("PGCONNECT_TIMEOUT", "10")
    with dbapi.connect(address) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        for batch in _batches(cursor.fetch_record_batch()):
            # A numeric comes as its text, under a type of the driver's own.
            plain = {
                name: column.storage if isinstance(column, pa.ExtensionArray) else column
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            }
            yield pa.record_batch(list(plain.values()), names=list(plain))


def _duckdb(address: str, query: str) -> Generator[pa.RecordBatch, None, None]:
    import duckdb

    path = _file_of(address, "duckdb")
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.sql(query)
        if rows is not None:
            yield from _batches(rows.to_arrow_reader(_BATCH))


def _sqlite(address: str, query: str) -> Generator[pa.RecordBatch, None, None]:
    """Read every value as text, as SQLite's columns hold values of any type."""
    path = _file_of(address, "sqlite")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        cursor = connection.execute(query)
        if cursor.description is None:
            return
        names = [column[0] for column in cursor.description]
        schema = pa.schema([(name, pa.string()) for name in names])
        rows: list[tuple] = [()]
        while rows:
            rows = cursor.fetchmany(_BATCH)
            columns = zip(*rows, strict=True) if rows else ([] for _ in names)
            texts = [
                pa.array([None if value is None else str(value) for value in column], pa.string())
                for column in columns
            ]
            yield pa.record_batch(texts, schema=schema)


def _batches(reader: pa.RecordBatchReader) -> Generator[pa.RecordBatch, None, None]:
    """Give batches, an empty one where there are no rows, so that the columns are known."""
    if not reader.schema.names:
        return
    yield pa.RecordBatch.from_pylist([], schema=reader.schema)
    yield from reader


def _file_of(address: str, kind: str) -> Path:
    parts = urlsplit(address)
    path = Path(unquote(parts.path))
    if parts.netloc or not parts.path.strip("/"):
        raise InputError(f"{shown(address)}: {_TEXT.format(kind=kind)}")
    if not path.is_file():
        raise InputError(f"{shown(address)}: there is no file {shown(path)}")
    return path


def _is_of_a_driver(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in {
        "adbc_driver_manager",
        "duckdb",
        "_duckdb",
        "sqlite3",
    }


DATABASES: dict[str, Callable[[str, str], Generator[pa.RecordBatch, None, None]]] = {
    "postgresql": _postgresql,
    "sqlite": _sqlite,
    "duckdb": _duckdb,
}
"""What ``DATA`` may be the address of, and who reads it."""
