"""Write loads: the lines first, then the row that says they are whole."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.errors import InputError
from pipeline.forgotten import ForgottenList, blanked
from pipeline.land.config import SourceConfig
from pipeline.land.files import shown
from pipeline.tables import (
    drop_partition,
    full_name,
    partition_values,
    write_partition,
)

__all__ = ["LOADS", "Load", "file_state", "write_loads"]

LINES, LOADS = "raw.order_lines", "raw.loads"


@dataclass(frozen=True)
class Load:
    """One file or sheet on its way in.

    Attributes
    ----------
    source_file, checksum, load_id : str
        See ``LandedFile``; the load's id follows from both and the config.
    row_count : int
        Raw rows.
    timestamp_format : str
        Pattern of its ``ordered_at``.
    frame : callable or None
        Gives the numbered lines; None where they have landed before.
    read_in_place : tuple of (Path, int, int) or None
        A file that Spark reads itself, with the size and the time of change
        that it had when it was checked.
    """

    source_file: str
    checksum: str
    load_id: str
    row_count: int
    timestamp_format: str
    frame: Callable[[], DataFrame] | None
    read_in_place: tuple[Path, int, int] | None = None


def write_loads(spark: SparkSession, loads: list[Load], source: SourceConfig) -> None:
    """Write the new loads, then drop those no longer named.

    The row of ``raw.loads`` says that a load is whole, so it comes after
    the lines, and goes before them.

    Raises
    ------
    InputError
        If a file changed while it was read; its lines are dropped again.
    """
    new = [load for load in loads if load.frame is not None]
    forgotten = ForgottenList.load()
    for load in new:
        frame = load.frame().withColumn("source_file", F.lit(load.source_file))
        frame = blanked(frame, forgotten, is_decimal_id=source.is_decimal_id)
        write_partition(spark, frame, LINES, load.load_id, files=None)
    _require_whole(spark, new)
    for load in new:
        write_partition(spark, _load_row(spark, load, source), LOADS, load.load_id)
    named = {load.load_id for load in loads}
    for table in (LOADS, LINES):
        for value in partition_values(spark, table):
            if value not in named:
                drop_partition(spark, table, value)


def _load_row(spark: SparkSession, load: Load, source: SourceConfig) -> DataFrame:
    values = {
        "source_name": source.name,
        "source_file": load.source_file,
        "file_checksum": load.checksum,
        "config_checksum": source.checksum,
        "raw_row_count": load.row_count,
        "timestamp_format": load.timestamp_format,
        "cancellation_prefix": source.cancellation_prefix,
        "adjustment_prefix": source.adjustment_prefix,
        "is_negative_return": source.is_negative_return,
        "decimal_separator": source.decimal_separator,
        "thousands_separator": source.thousands_separator,
        "is_decimal_id": source.is_decimal_id,
        "has_product": source.has_product,
        "has_quantity": source.has_quantity,
        "has_country": source.has_country,
        "currency": source.currency,
    }
    kinds = {bool: pa.bool_(), int: pa.int64()}
    return spark.createDataFrame(
        pa.table(
            {
                name: pa.array([value], kinds.get(type(value), pa.string()))
                for name, value in values.items()
            }
        )
    )


def _require_whole(spark: SparkSession, loads: list[Load]) -> None:
    """Assert that the rows 1 to n of each load were written, each once.

    It could fail only where a file, or a cluster's way of splitting it,
    changed after it was checked.
    """
    if not loads:
        return
    written = {
        row["load_id"]: tuple(row)[1:]
        for row in spark.table(full_name(LINES))
        .where(F.col("load_id").isin([load.load_id for load in loads]))
        .groupBy("load_id")
        .agg(
            F.count("source_row"),
            F.min("source_row"),
            F.max("source_row"),
            F.sum("source_row"),
        )
        .collect()
    }
    for load in loads:
        rows = load.row_count
        found = written.get(load.load_id, (0, None, None, None))
        before = load.read_in_place
        is_same = before is None or file_state(before[0]) == before
        if not is_same or found != (rows, 1, rows, rows * (rows + 1) // 2):
            for one in loads:
                drop_partition(spark, LINES, one.load_id)
            raise InputError(
                f"{shown(load.source_file)}: the file changed while it was read ({rows} rows "
                f"were checked, {found[0]} written); run again when it is complete"
            )


def file_state(path: Path) -> tuple[Path, int, int]:
    """Return a file with its size and its time of change, in nanoseconds."""
    status = path.stat()
    return path, status.st_size, status.st_mtime_ns
