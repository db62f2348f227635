"""Write partitions beside their table, where nothing reads them yet."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from pipeline.store.catalog import spark_path
from pipeline.store.declared import declared_tables, schema_of
from pipeline.store.partitions import partition_folder, table_folder

_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")


def require_plain(name: str, value: str) -> None:
    """Refuse a value that can't name a partition's folder.

    Raises
    ------
    ValueError
        If it is anything but letters, digits, ``_`` and ``-``.
    """
    if not _VALUE.fullmatch(value):
        raise ValueError(f"{value!r} can't name a partition of {name}")


def write_staged(
    spark: SparkSession, frame: DataFrame, name: str, value: str, *, files: int | None = 1
) -> None:
    """Stage one partition beside its table, where nothing reads it yet.

    Parameters
    ----------
    spark : SparkSession
        The session that writes.
    frame : DataFrame
        Exactly the declared columns without the partition column, in any
        order; values are cast to the declared types.
    name : str
        Table, as ``ml.customer_segments``.
    value : str
        Load or run; letters, digits, ``_`` and ``-``.
    files : int, optional
        Files to write, None for as many as the frame has partitions.

    Raises
    ------
    ValueError
        If the columns are not those declared or the value is not a plain name.
    """
    table = declared_tables()[name]
    require_plain(name, value)
    expected = [column for column, _ in table.columns if column != table.partition]
    if set(frame.columns) != set(expected) or len(frame.columns) != len(expected):
        missing = sorted(set(expected) - set(frame.columns))
        extra = sorted(set(frame.columns) - set(expected))
        raise ValueError(f"{name}: columns missing {missing}, not declared {extra}")
    types = dict(table.columns)
    ordered = frame.select(*(F.col(f"`{column}`").cast(types[column]) for column in expected))
    if files is not None:
        ordered = ordered.coalesce(files)
    drop_staged(name, value)
    write_parquet(spark, ordered, staged_folder(name, value))


def write_parquet(spark: SparkSession, frame: DataFrame, folder: Path) -> list[Path]:
    """Write a frame into a folder that is not there yet.

    Sail makes neither the folder nor a file where there are no rows.

    Parameters
    ----------
    spark : SparkSession
        The session that writes.
    frame : DataFrame
    folder : Path

    Returns
    -------
    list of Path
        The Parquet files, at least one, sorted by name; without rows it holds the columns alone.
    """
    frame.write.parquet(spark_path(spark, folder))
    if not any(folder.glob("*.parquet")):
        folder.mkdir(mode=0o700, exist_ok=True)
        empty = to_arrow_schema(frame.schema).empty_table()
        pq.write_table(empty, folder / "part-0.parquet")
    return sorted(folder.glob("*.parquet"))


def write_batches_staged(name: str, value: str, tables: Iterable[pa.Table]) -> None:
    """Stage one partition as one file beside its table, where nothing reads it yet.

    Parameters
    ----------
    name : str
        Table, as ``raw.order_lines``.
    value : str
        Load or run; letters, digits, ``_`` and ``-``.
    tables : iterable of Table
        Each with exactly the declared columns without the partition column,
        in any order.

    Raises
    ------
    ValueError
        If the value is not a plain name.
    """
    require_plain(name, value)
    schema = stored_schema(name)
    drop_staged(name, value)
    folder = staged_folder(name, value)
    folder.mkdir(mode=0o700)
    with pq.ParquetWriter(folder / "part-0.parquet", schema) as writer:
        for table in tables:
            writer.write_table(table.select(schema.names).cast(schema))


def read_staged(spark: SparkSession, name: str, value: str) -> DataFrame:
    """Return the rows of a partition that is staged.

    Parameters
    ----------
    spark : SparkSession
        The session that reads.
    name : str
        Table, as ``raw.order_lines``.
    value : str
        As given to ``write_staged`` or ``write_batches_staged``.

    Returns
    -------
    DataFrame
        The declared columns without the partition column.
    """
    return spark.read.schema(_stored(name)).parquet(spark_path(spark, staged_folder(name, value)))


def _stored(name: str) -> StructType:
    return StructType(schema_of(name).fields[:-1])


def stored_schema(name: str) -> pa.Schema:
    """Return the columns that a declared table's files hold."""
    return to_arrow_schema(_stored(name))


def drop_staged(name: str, value: str) -> None:
    """Remove a staged partition, if it is there."""
    shutil.rmtree(staged_folder(name, value), ignore_errors=True)


def staged_folder(name: str, value: str) -> Path:
    """Return where a partition is staged; a name with a dot is swept after a kill."""
    return table_folder(name) / f".{partition_folder(name, value).name}.new"
