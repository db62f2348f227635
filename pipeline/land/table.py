"""Lines that lie in a Spark table."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from pyspark.errors import AnalysisException
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import to_arrow_schema

from pipeline.core.engine import is_sail
from pipeline.core.errors import InputError
from pipeline.land.config import SourceConfig
from pipeline.land.files import shown
from pipeline.land.lines import positions
from pipeline.land.texts import pattern_of
from pipeline.store.catalog import spark_path
from pipeline.store.tables import one_row

__all__ = ["TableCopy", "copy_table"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}")


@dataclass(frozen=True)
class TableCopy:
    """A copy of a table's lines.

    Attributes
    ----------
    name : str
        The table.
    places : dict of str to int
        Canonical column to its place in the copy.
    row_count : int
        Rows.
    timestamp_format : str
        Pattern of ``ordered_at``.
    """

    name: str
    places: dict[str, int]
    row_count: int
    timestamp_format: str


def copy_table(
    spark: SparkSession, name: str, config: SourceConfig, target: Path
) -> tuple[TableCopy, str]:
    """Copy a table's lines to parquet files, which give its rows a fixed order.

    Parameters
    ----------
    spark : SparkSession
        The session whose catalogue has the table.
    name : str
        One to three identifiers with dots between them.
    config : SourceConfig
        Its columns.
    target : Path
        Folder to write; it must be one that the executors see too.

    Returns
    -------
    table : TableCopy
    checksum : str
        SHA-256 over the count of rows and sums of their hashes: the same for
        the same rows in any order.

    Raises
    ------
    InputError
        If there is no such table, it is empty or lacks columns, or the session is on Sail.
    """
    name = name.strip()
    if not _NAME.fullmatch(name):
        raise InputError(
            f"{shown(name)}: expected a table's name, as database.table, because the source "
            f"config {config.name} says `format: table`"
        )
    if is_sail(spark):
        raise InputError(
            f"{name}: `format: table` reads from Spark's own catalogue, which Sail does not have; "
            "set ENGINE=spark, MASTER or SPARK_REMOTE"
        )
    quoted = ".".join(f"`{part}`" for part in name.split("."))
    try:
        frame = spark.table(quoted)
        schema = frame.schema
    except AnalysisException as error:
        raise InputError(f"{name}: Spark's catalogue has no such table") from error
    places = positions(schema.names, config, name)
    typed = to_arrow_schema(schema)
    patterns = {
        column: pattern_of(typed.field(at), config.timestamp_format, name)
        for column, at in places.items()
    }
    columns = [F.col(f"`{schema.names[at].replace('`', '``')}`") for at in places.values()]
    frame.select(
        *(value.alias(column) for value, column in zip(columns, places, strict=True))
    ).write.parquet(spark_path(spark, target))
    copied = spark.read.parquet(spark_path(spark, target))
    names = sorted(places)
    # Two hashes of different seeds; sums, because equal rows must not cancel out.
    sums = [
        F.sum(F.xxhash64(F.lit(seed), *names).cast("decimal(38,0)")).cast("string")
        for seed in (1, 2)
    ]
    count, first, second = one_row(copied.agg(F.count("*"), *sums))
    if not count:
        raise InputError(f"{name}: the table has no rows")
    text = "\n".join([*names, str(count), first, second])
    table = TableCopy(
        name, {column: at for at, column in enumerate(places)}, count, patterns["ordered_at"]
    )
    return table, hashlib.sha256(text.encode()).hexdigest()
