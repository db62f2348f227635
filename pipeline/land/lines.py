"""Lines as Spark frames: read as text, and numbered.

Rows are numbered without a sort, and without a pass that counts them: Spark
knows a row's place in its split of a csv file, or in its parquet file, and what
comes before has been counted by the scan, or stands in the files' footers.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from pipeline.errors import InputError
from pipeline.land.config import CANONICAL, SourceConfig, header_key
from pipeline.land.files import shown
from pipeline.land.scan import KEPT_BREAKS, LINE_BREAKS, LONGEST_RECORD, STEP, Scan
from pipeline.session import is_connect

__all__ = [
    "TYPED_DATE",
    "TYPED_TIMESTAMP",
    "csv_lines",
    "csv_splits",
    "parquet_lines",
    "positions",
    "text_columns",
]

TYPED_TIMESTAMP = "yyyy-MM-dd HH:mm:ss.SSSSSS"
"""How a timestamp that is not text in its source is written at landing."""
TYPED_DATE = "yyyy-MM-dd"

_MOST_STEPS = 32
# The bits of monotonically_increasing_id that number the rows of a partition.
_PLACE_IN_PARTITION = (1 << 33) - 1


def positions(header: list[str], config: SourceConfig, place: str) -> dict[str, int]:
    """Find the config's columns in a file's header.

    Parameters
    ----------
    header : list of str
        Names as the file gives them.
    config : SourceConfig
        Names wanted; case and spaces don't matter.
    place : str
        The file (and sheet), for the message.

    Returns
    -------
    dict of str to int
        Canonical column to its place in the header.

    Raises
    ------
    InputError
        If a column is missing or its name stands there twice.
    """
    keys = [header_key(name) for name in header]
    wanted = {column: header_key(name) for column, name in config.columns.items()}
    missing = [config.columns[column] for column, key in wanted.items() if key not in keys]
    found = ", ".join(shown(name, 40) for name in header[:20]) or "nothing"
    if missing:
        raise InputError(
            f"{place}: the header lacks {', '.join(missing)}; found {found}; expected the columns "
            f"of source {config.name} ({', '.join(config.columns.values())})"
        )
    double = [config.columns[column] for column, key in wanted.items() if keys.count(key) > 1]
    if double:
        raise InputError(
            f"{place}: the header names {', '.join(double)} more than once; found {found}"
        )
    return {column: keys.index(key) for column, key in wanted.items()}


@contextmanager
def csv_splits(spark: SparkSession, path: Path) -> Iterator[None]:
    """Have Spark split a csv file only where the scan has counted.

    Frames of ``csv_lines`` are to be executed within. As Spark would do by
    itself, it makes as many splits as there are cores (a server does not tell
    how many it has), of at most 128 MiB, but in whole steps, and each is a partition of its own.

    Parameters
    ----------
    spark : SparkSession
        The session that reads.
    path : Path
        The file.
    """
    cores = os.cpu_count() if is_connect(spark) else spark.sparkContext.defaultParallelism
    steps = -(-path.stat().st_size // (STEP * cores))
    size = str(STEP * min(max(steps, 1), _MOST_STEPS))
    settings = {
        "spark.sql.files.maxPartitionBytes": size,
        # Spark makes no split smaller than what opening a file is said to cost.
        "spark.sql.files.openCostInBytes": size,
        # With a bound Spark would put splits together all the same.
        "spark.sql.files.maxPartitionNum": None,
    }
    before = {name: spark.conf.get(name, None) for name in settings}
    _set_all(spark, settings)
    try:
        yield
    finally:
        _set_all(spark, before)


def _set_all(spark: SparkSession, settings: dict[str, str | None]) -> None:
    for name, value in settings.items():
        if value is None:
            spark.conf.unset(name)
        else:
            spark.conf.set(name, value)


def csv_lines(
    spark: SparkSession,
    path: Path,
    scan: Scan,
    field_count: int,
    places: dict[str, int],
    config: SourceConfig,
) -> DataFrame:
    """Read a csv file of one record a line.

    Parameters
    ----------
    spark : SparkSession
        The session that reads.
    path : Path
        Plain UTF-8 text, the file of the scan under a name free of glob signs.
    scan : Scan
        What the scan found.
    field_count : int
        Fields of a record that fits the header.
    places : dict of str to int
        Canonical column to its place in a record.
    config : SourceConfig
        Delimiter, quote, and whether the first record is a header.

    Returns
    -------
    DataFrame
        ``source_row`` from 1, and as text the canonical columns and
        ``unparsed_text``. A record of more or fewer fields has its text in
        ``unparsed_text`` and null in all else.
    """
    fields = [T.StructField(f"c{at}", T.StringType()) for at in range(field_count)]
    quote = config.options.quote or ""
    frame = (
        spark.read.schema(T.StructType([*fields, T.StructField("_unparsed", T.StringType())]))
        .options(
            sep=config.options.delimiter,
            quote=quote,
            # A quote inside quotes is doubled; Spark's own default is a backslash.
            escape=quote,
            encoding="UTF-8",
            header="false",
            mode="PERMISSIVE",
            columnNameOfCorruptRecord="_unparsed",
            # Pruned, a record of the wrong length would pass unnoticed.
            columnPruning="false",
            ignoreLeadingWhiteSpace="false",
            ignoreTrailingWhiteSpace="false",
            maxColumns=str(LONGEST_RECORD + 1),
            maxCharsPerColumn="-1",
        )
        .csv(f"file:{path}")
    )

    def text(column: str) -> Column:
        value = F.col(column)
        return F.translate(value, KEPT_BREAKS, LINE_BREAKS) if scan.has_kept_breaks else value

    is_whole = F.col("_unparsed").isNull()
    values = [
        F.when(is_whole, text(f"c{places[column]}")) if column in places else F.lit(None)
        for column in CANONICAL
    ]
    # One literal, whatever the number of steps; a start that is no step gives null.
    before = F.split(F.lit(",".join(map(str, scan.records_before))), ",").cast("array<bigint>")
    start = F.col("_metadata.file_block_start")
    step = F.when(start % STEP == 0, F.floor(start / STEP).cast("int"))
    place = F.monotonically_increasing_id().bitwiseAND(F.lit(_PLACE_IN_PARTITION))
    first = 0 if config.header is True else 1
    return frame.select(
        (F.get(before, step) + place + first).alias("source_row"),
        *(value.cast("string").alias(name) for name, value in zip(CANONICAL, values, strict=True)),
        text("_unparsed").alias("unparsed_text"),
    ).where("source_row > 0 or source_row is null")


def parquet_lines(spark: SparkSession, path: Path, columns: dict[str, Column]) -> DataFrame:
    """Read a parquet file or folder.

    Parameters
    ----------
    spark : SparkSession
        The session that reads.
    path : Path
        Its name must be free of glob signs; a folder's files follow one another
        by name.
    columns : dict of str to Column
        Canonical column to the text expression that gives it.

    Returns
    -------
    DataFrame
        As ``csv_lines`` gives it; ``unparsed_text`` is always null.
    """
    frame = spark.read.parquet(f"file:{path}").select(
        F.col("_metadata.file_name").alias("_file"),
        (F.col("_metadata.row_index") + 1).alias("source_row"),
        *(columns.get(name, F.lit(None)).cast("string").alias(name) for name in CANONICAL),
        F.lit(None).cast("string").alias("unparsed_text"),
    )
    if path.is_dir():
        before = F.broadcast(_rows_before(spark, path))
        frame = frame.join(before, "_file", "left").withColumn(
            "source_row", F.col("source_row") + F.col("_before")
        )
    return frame.select("source_row", *CANONICAL, "unparsed_text")


def _rows_before(spark: SparkSession, folder: Path) -> DataFrame:
    """Return how many rows the parquet files before each of a folder hold."""
    before, names, counts = 0, [], []
    for path in sorted(folder.glob("*.parquet")):
        names.append(path.name)
        counts.append(before)
        before += pq.read_metadata(path).num_rows
    # Through Arrow, so that no Python worker has to start for it.
    return spark.createDataFrame(
        pa.table({"_file": pa.array(names, pa.string()), "_before": pa.array(counts, pa.int64())})
    )


def text_columns(
    schema: T.StructType, places: dict[str, int], config: SourceConfig, place: str
) -> tuple[dict[str, Column], str]:
    """Give the expressions that turn typed columns into text.

    Parameters
    ----------
    schema : StructType
        Columns of the parquet file or table.
    places : dict of str to int
        Canonical column to its place in the schema.
    config : SourceConfig
        How numbers are written; typed ones are written likewise.
    place : str
        The file or table, for messages.

    Returns
    -------
    columns : dict of str to Column
    timestamp_format : str
        Pattern of ``ordered_at``: the config's for text, else that of its type.

    Raises
    ------
    InputError
        If a column is of a type that has no plain text.
    """
    columns, pattern = {}, config.timestamp_format
    for column, at in places.items():
        field = schema.fields[at]
        kind = field.dataType
        value = F.col("`" + field.name.replace("`", "``") + "`")
        if isinstance(kind, T.StringType):
            columns[column] = value
        elif isinstance(kind, T.TimestampType | T.TimestampNTZType):
            columns[column] = F.date_format(value, TYPED_TIMESTAMP)
        elif isinstance(kind, T.DateType):
            columns[column] = F.date_format(value, TYPED_DATE)
        elif isinstance(kind, T.NumericType):
            columns[column] = F.translate(value.cast("string"), ".", config.decimal_separator)
            if column not in ("quantity", "unit_price", "amount"):
                columns[column] = value.cast("string")
        else:
            raise InputError(
                f"{place}: column {shown(field.name)} is of type {kind.simpleString()}; expected "
                "text, a number, a date or a timestamp"
            )
        if column == "ordered_at":
            if isinstance(kind, T.TimestampType | T.TimestampNTZType):
                pattern = TYPED_TIMESTAMP
            elif isinstance(kind, T.DateType):
                pattern = TYPED_DATE
    return columns, pattern
