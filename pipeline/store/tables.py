"""Read and write the durable tables: landed lines and ml's results."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, Row, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from pipeline.core.engine import is_sail
from pipeline.store.catalog import keeps_partitions, prepare_catalog, spark_path
from pipeline.store.declared import declared_tables, full_name, schema_of
from pipeline.store.partitions import partition_folder, partitions_on_disk, table_folder

__all__ = [
    "current_run_id",
    "drop_partition",
    "drop_staged",
    "ensure_tables",
    "full_name",
    "keep_runs",
    "one_row",
    "partition_values",
    "place_partition",
    "read_staged",
    "schema_of",
    "stored_schema",
    "write_batches_staged",
    "write_parquet",
    "write_partition",
    "write_staged",
]

_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")


def ensure_tables(spark: SparkSession) -> None:
    """Create the databases and the declared tables that are missing, empty."""
    prepare_catalog(spark, sweep=False)


def write_partition(
    spark: SparkSession, frame: DataFrame, name: str, value: str, *, files: int | None = 1
) -> None:
    """Stage one partition, then put it in place whole.

    Parameters
    ----------
    spark : SparkSession
        The session that writes.
    frame : DataFrame
        Exactly the declared columns without the partition column, in any order.
    name : str
        Table, as ``ml.customer_segments``.
    value : str
        Load or run; letters, digits, ``_`` and ``-``. A partition that is there is replaced.
    files : int, optional
        Files to write, None for as many as the frame has partitions.

    Raises
    ------
    ValueError
        If the columns are not those declared or the value is not a plain name.
    """
    write_staged(spark, frame, name, value, files=files)
    place_partition(spark, name, value)


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
    if not _VALUE.fullmatch(value):
        raise ValueError(f"{value!r} can't name a partition of {name}")
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
    write_parquet(spark, ordered, _beside(name, value))


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
    if not _VALUE.fullmatch(value):
        raise ValueError(f"{value!r} can't name a partition of {name}")
    schema = stored_schema(name)
    drop_staged(name, value)
    folder = _beside(name, value)
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
    return spark.read.schema(_stored(name)).parquet(spark_path(spark, _beside(name, value)))


def _stored(name: str) -> StructType:
    return StructType(schema_of(name).fields[:-1])


def stored_schema(name: str) -> pa.Schema:
    """Return the columns that a declared table's files hold."""
    return to_arrow_schema(_stored(name))


def drop_staged(name: str, value: str) -> None:
    """Remove a staged partition, if it is there."""
    shutil.rmtree(_beside(name, value), ignore_errors=True)


def place_partition(spark: SparkSession, name: str, value: str) -> None:
    """Put a staged partition in place, for any that was there.

    Parameters
    ----------
    spark : SparkSession
        The session whose catalogue is updated.
    name : str
        Table, as ``ml.customer_segments``.
    value : str
        As given to ``write_staged`` or ``write_batches_staged``.
    """
    table = declared_tables()[name]
    target, beside = partition_folder(name, value), _beside(name, value)
    if target.exists():
        aside = table_folder(name) / f".{target.name}.old"
        shutil.rmtree(aside, ignore_errors=True)
        target.rename(aside)
        beside.rename(target)
        shutil.rmtree(aside)
    else:
        beside.rename(target)
    _tell(spark, name, f"add if not exists partition (`{table.partition}`='{value}')")


def drop_partition(spark: SparkSession, name: str, value: str) -> None:
    """Forget one partition and remove its files; nothing happens if it is not there.

    Parameters
    ----------
    spark : SparkSession
        The session whose catalogue is updated.
    name : str
        Table, as ``ml.customer_segments``.
    value : str
        Load or run; letters, digits, ``_`` and ``-``.

    Raises
    ------
    ValueError
        If the value is not a plain name.
    """
    table = declared_tables()[name]
    if not _VALUE.fullmatch(value):
        raise ValueError(f"{value!r} can't name a partition of {name}")
    folder = partition_folder(name, value)
    if folder.exists():
        # Killed half-way, it must not be taken for a whole partition.
        drop_staged(name, value)
        folder.rename(_beside(name, value))
        shutil.rmtree(_beside(name, value))
    _tell(spark, name, f"drop if exists partition (`{table.partition}`='{value}')")


def _tell(spark: SparkSession, name: str, change: str) -> None:
    """Let a session's catalogue know of a change in a table's folder; Sail needs no telling."""
    if keeps_partitions(spark):
        spark.sql(f"alter table {full_name(name)} {change}")
    if not is_sail(spark):
        spark.catalog.refreshTable(full_name(name))


def _beside(name: str, value: str) -> Path:
    # A name that begins with a dot is swept where a command was killed.
    return table_folder(name) / f".{partition_folder(name, value).name}.new"


def partition_values(spark: SparkSession, name: str) -> list[str]:
    """Return the partitions of a table that are finished and in place, sorted."""
    return partitions_on_disk(name)


def current_run_id(spark: SparkSession) -> str | None:
    """Return the latest finished ml run, None where there is none.

    Run ids sort by the time they were made.
    """
    finished = partition_values(spark, "ml.model_runs")
    return finished[-1] if finished else None


def one_row(frame: DataFrame) -> Row:
    """Return the first row of a frame that has one, such as an aggregate.

    Raises
    ------
    LookupError
        If there is none.
    """
    row = frame.first()
    if row is None:
        raise LookupError(f"no row with the columns {', '.join(frame.columns)}")
    return row


def keep_runs(spark: SparkSession, count: int) -> None:
    """Forget all but the latest finished ml runs.

    The row that says a run is whole goes first: where this is killed, the next
    command sweeps the rest.
    """
    last = "ml.model_runs"
    others = [name for name, table in declared_tables().items() if table.completed_by == last]
    others.remove(last)
    for run_id in partition_values(spark, last)[:-count]:
        for name in (last, *others):
            drop_partition(spark, name, run_id)
