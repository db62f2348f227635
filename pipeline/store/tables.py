"""Read and write the durable tables: landed lines and ml's results."""

import shutil

from pyspark.sql import DataFrame, Row, SparkSession

from pipeline.core.engine import is_sail
from pipeline.store.catalog import keeps_partitions, prepare_catalog
from pipeline.store.declared import declared_tables, full_name, schema_of
from pipeline.store.partitions import partition_folder, partitions_on_disk, table_folder
from pipeline.store.staged import drop_staged, require_plain, staged_folder, write_staged

__all__ = [
    "current_run_id",
    "drop_partition",
    "ensure_tables",
    "full_name",
    "keep_runs",
    "one_row",
    "partition_values",
    "place_partition",
    "schema_of",
    "write_partition",
]


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
    target, beside = partition_folder(name, value), staged_folder(name, value)
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
    require_plain(name, value)
    folder = partition_folder(name, value)
    if folder.exists():
        # Killed half-way, it must not be taken for a whole partition.
        drop_staged(name, value)
        folder.rename(staged_folder(name, value))
        shutil.rmtree(staged_folder(name, value))
    _tell(spark, name, f"drop if exists partition (`{table.partition}`='{value}')")


def _tell(spark: SparkSession, name: str, change: str) -> None:
    """Let a session's catalogue know of a change in a table's folder; Sail needs no telling."""
    if keeps_partitions(spark):
        spark.sql(f"alter table {full_name(name)} {change}")
    if not is_sail(spark):
        spark.catalog.refreshTable(full_name(name))


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
