"""Lines that a query reads from a database, copied to a Parquet file and landed from there."""

import os
import sqlite3
import ssl
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import InputError
from pipeline.land.files import shown

__all__ = ["DATABASES", "copy_query", "is_database"]

_BATCH = 50_000
_READ_ONLY = "-c default_transaction_read_only=on"
_TEXT = "expected {kind}:///path/to/a/file"
_MYSQL = ("mysql", "mariadb")
_MYSQL_PORT = 3306


def is_database(data: str) -> bool:
    """Say whether ``DATA`` is the address of a database."""
    return data.strip().partition("://")[0].lower() in DATABASES


def copy_query(data: str, query: str, target: Path) -> None:
    """Copy what a query gives to a Parquet file, in the query's own order.

    Parameters
    ----------
    data : str
        ``postgresql://host[:port]/database``, ``mysql://host[:port]/database``
        (MariaDB alike), ``sqlite:///path`` or ``duckdb:///path``, which may be
        a folder of csv and parquet files. Who connects, and by what password,
        says the environment (``PGUSER``, ``PGPASSWORD``,
        ``PGPASSFILE``, ``PGSERVICE``; ``MYSQL_USER``, ``MYSQL_PWD``).
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
        given = "MYSQL_PWD" if kind in _MYSQL else "PGPASSWORD or a PGPASSFILE"
        raise InputError(f"DATA holds a password; leave it out, and give it in {given}")
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
        # One driver puts a number before its sentence.
        said = " ".join(str(error.args[-1] if error.args else error).split())
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

    path = _path_of(address, "duckdb")
    # Of a folder the query names the files, csv and parquet, as tables.
    is_folder = path.is_dir()
    with duckdb.connect(
        ":memory:" if is_folder else str(path), read_only=not is_folder
    ) as connection:
        if is_folder:
            connection.execute("set file_search_path = ?", [str(path.resolve())])
        kinds = [statement.type for statement in connection.extract_statements(query)]
        if kinds != [duckdb.StatementType.SELECT]:
            raise InputError(f"{shown(address)}: expected one query, beginning with select or with")
        yield from _batches(connection.sql(query).to_arrow_reader(_BATCH))


def _sqlite(address: str, query: str) -> Generator[pa.RecordBatch, None, None]:
    """Read every value as text, as SQLite's columns hold values of any type."""
    path = _path_of(address, "sqlite")
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        yield from _texts(connection.execute(query))


def _mysql(address: str, query: str) -> Generator[pa.RecordBatch, None, None]:
    """Read every value as the text that the server sends, so that decimals stay exact."""
    import pymysql
    from pymysql.converters import encoders
    from pymysql.cursors import SSCursor

    parts = urlsplit(address)
    database = unquote(parts.path.strip("/"))
    if not parts.hostname or not database or "/" in database or parts.query not in ("", "tls"):
        raise InputError(
            f"{shown(address)}: expected {parts.scheme}://host[:port]/database, and behind it "
            "?tls where the connection must be encrypted"
        )
    authority = os.environ.get("MYSQL_SSL_CA")
    try:
        # Asked for, TLS must show a certificate of this host; otherwise it is taken if offered.
        tls = ssl.create_default_context(cafile=authority) if authority or parts.query else None
    except OSError as error:
        raise InputError(f"MYSQL_SSL_CA: {shown(authority)} can't be read ({error})") from error
    with (
        closing(
            pymysql.connect(
                host=parts.hostname,
                port=parts.port or _MYSQL_PORT,
                database=database,
                user=unquote(parts.username or os.environ.get("MYSQL_USER", "")) or None,
                password=os.environ.get("MYSQL_PWD", ""),
                charset="utf8mb4",
                connect_timeout=10,
                init_command="set session transaction read only",
                ssl=tls,
                conv=encoders,
            )
        ) as connection,
        # Rows stay on the server until they are fetched.
        closing(connection.cursor(SSCursor)) as cursor,
    ):
        cursor.execute(query)
        yield from _texts(cursor)


def _texts(cursor: Any) -> Generator[pa.RecordBatch, None, None]:
    """Give the rows of a cursor as text, nothing where its statement gives none."""
    if cursor.description is None:
        return
    names = [column[0] for column in cursor.description]
    schema = pa.schema([(name, pa.string()) for name in names])
    rows: Sequence[tuple] = [()]
    while rows:
        rows = cursor.fetchmany(_BATCH)
        columns = zip(*rows, strict=True) if rows else ([] for _ in names)
        yield pa.record_batch([_text_of(column) for column in columns], schema=schema)


def _text_of(values: Sequence[object]) -> pa.Array:
    return pa.array(
        [
            value.decode("utf-8", "backslashreplace")
            if isinstance(value, bytes)
            else None
            if value is None
            else str(value)
            for value in values
        ],
        pa.string(),
    )


def _batches(reader: pa.RecordBatchReader) -> Generator[pa.RecordBatch, None, None]:
    """Give batches, an empty one where there are no rows, so that the columns are known."""
    if not reader.schema.names:
        return
    yield pa.RecordBatch.from_pylist([], schema=reader.schema)
    yield from reader


def _path_of(address: str, kind: str) -> Path:
    parts = urlsplit(address)
    path = Path(unquote(parts.path))
    if parts.netloc or not parts.path.strip("/"):
        raise InputError(f"{shown(address)}: {_TEXT.format(kind=kind)}")
    if not path.is_file() and not (kind == "duckdb" and path.is_dir()):
        raise InputError(f"{shown(address)}: there is no file {shown(path)}")
    return path


def _is_of_a_driver(error: Exception) -> bool:
    return type(error).__module__.partition(".")[0] in {
        "adbc_driver_manager",
        "duckdb",
        "_duckdb",
        "pymysql",
        "sqlite3",
    }


DATABASES: dict[str, Callable[[str, str], Generator[pa.RecordBatch, None, None]]] = {
    "postgresql": _postgresql,
    **dict.fromkeys(_MYSQL, _mysql),
    "sqlite": _sqlite,
    "duckdb": _duckdb,
}
"""What ``DATA`` may be the address of, and who reads it."""
