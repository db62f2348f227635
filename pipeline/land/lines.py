"""Landed lines as Spark frames: read as text, surveyed, and numbered.

Rows are numbered without a sort. A frame names, for each row, the stretch of
the input it came from (a split of a csv file, a file of a parquet table) and a
position that grows within the stretch. The survey counts rows by stretch, from
which follows what to add to a position to have the row's number.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql import types as T

from pipeline.errors import InputError
from pipeline.land.config import CANONICAL, SourceConfig, header_key
from pipeline.land.files import shown
from pipeline.land.scan import KEPT_BREAKS, LINE_BREAKS, LONGEST_RECORD

__all__ = [
    "TYPED_DATE",
    "TYPED_TIMESTAMP",
    "Survey",
    "csv_lines",
    "numbered",
    "parquet_lines",
    "positions",
    "survey",
    "text_columns",
]

TYPED_TIMESTAMP = "yyyy-MM-dd HH:mm:ss.SSSSSS"
"""How a timestamp that is not text in its source is written at landing."""
TYPED_DATE = "yyyy-MM-dd"

_STRETCH, _POSITION = "_stretch", "_position"


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


def csv_lines(
    spark: SparkSession,
    path: Path,
    field_count: int,
    places: dict[str, int],
    config: SourceConfig,
    *,
    has_kept_breaks: bool,
) -> DataFrame:
    """Read a csv file of one record a line, its header included.

    Parameters
    ----------
    spark : SparkSession
        The session that reads.
    path : Path
        Plain UTF-8 text; its name must be free of glob signs.
    field_count : int
        Fields of a record that fits the header.
    places : dict of str to int
        Canonical column to its place in a record.
    config : SourceConfig
        Delimiter and quote.
    has_kept_breaks : bool
        True where ``KEPT_BREAKS`` stand for line breaks.

    Returns
    -------
    DataFrame
        The canonical columns and ``unparsed_text``, all text, with stretch
        and position. A record of more or fewer fields has its text in
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
        return F.translate(column, KEPT_BREAKS, LINE_BREAKS) if has_kept_breaks else F.col(column)

    is_whole = F.col("_unparsed").isNull()
    values = [
        F.when(is_whole, text(f"c{places[column]}")) if column in places else F.lit(None)
        for column in CANONICAL
    ]
    return frame.select(
        F.col("_metadata.file_block_start").cast("string").alias(_STRETCH),
        F.monotonically_increasing_id().alias(_POSITION),
        *(value.cast("string").alias(name) for name, value in zip(CANONICAL, values, strict=True)),
        text("_unparsed").alias("unparsed_text"),
    )


def parquet_lines(spark: SparkSession, path: Path, columns: dict[str, Column]) -> DataFrame:
    """Read a parquet file or folder.

    Parameters
    ----------
    spark : SparkSession
        The session that reads.
    path : Path
        Its name must be free of glob signs.
    columns : dict of str to Column
        Canonical column to the text expression that gives it.

    Returns
    -------
    DataFrame
        As ``csv_lines`` gives it; ``unparsed_text`` is always null.
    """
    return spark.read.parquet(f"file:{path}").select(
        F.col("_metadata.file_name").alias(_STRETCH),
        F.col("_metadata.row_index").alias(_POSITION),
        *(columns.get(name, F.lit(None)).cast("string").alias(name) for name in CANONICAL),
        F.lit(None).cast("string").alias("unparsed_text"),
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


@dataclass(frozen=True)
class Survey:
    """What one pass over a frame of lines counted, the header left out.

    Attributes
    ----------
    row_count : int
        Rows.
    ragged_count : int
        Rows whose fields do not fit the header.
    undated_count : int
        Other rows whose ``ordered_at`` does not fit the pattern.
    latest_day : int
        The largest day of the month that was read, 0 if none was.
    shifts : dict of str to int
        Stretch to what is added to a position to have the row number.
    """

    row_count: int
    ragged_count: int
    undated_count: int
    latest_day: int
    shifts: dict[str, int]


def survey(
    lines: DataFrame, timestamp_format: str, *, has_header: bool, order: Callable = str
) -> Survey:
    """Count rows by stretch, and those that do not fit.

    Parameters
    ----------
    lines : DataFrame
        As ``csv_lines`` or ``parquet_lines`` give it.
    timestamp_format : str
        Spark pattern of ``ordered_at``.
    has_header : bool
        True where the first row is a header.
    order : callable
        Key that sorts stretches: ``int`` for a csv file's offsets.

    Returns
    -------
    Survey
    """
    moment = F.try_to_timestamp(F.trim("ordered_at"), F.lit(timestamp_format))
    is_ragged = F.col("unparsed_text").isNotNull().cast("int")
    is_undated = (F.col("unparsed_text").isNull() & moment.isNull()).cast("int")
    stretches = (
        lines.select(
            _STRETCH,
            _POSITION,
            is_ragged.alias("ragged"),
            is_undated.alias("undated"),
            F.dayofmonth(moment).alias("day"),
            # Every column is read, so that damage anywhere shows before a row is written.
            F.hash(*CANONICAL).alias("content"),
        )
        .groupBy(_STRETCH)
        .agg(
            F.count("*").alias("rows"),
            F.min(_POSITION).alias("first"),
            F.sum("ragged").alias("ragged"),
            F.sum("undated").alias("undated"),
            F.max("day").alias("day"),
            F.bit_xor("content").alias("content"),
            F.min_by(F.struct("ragged", "undated"), _POSITION).alias("head"),
        )
        .collect()
    )
    stretches.sort(key=lambda stretch: order(stretch[_STRETCH]))
    shifts, rows = {}, -1 if has_header else 0
    for stretch in stretches:
        shifts[stretch[_STRETCH]] = rows - stretch["first"] + 1
        rows += stretch["rows"]
    ragged = sum(stretch["ragged"] for stretch in stretches)
    undated = sum(stretch["undated"] for stretch in stretches)
    if has_header and stretches:
        ragged -= stretches[0]["head"]["ragged"]
        undated -= stretches[0]["head"]["undated"]
    return Survey(
        row_count=max(rows, 0),
        ragged_count=ragged,
        undated_count=undated,
        latest_day=max((stretch["day"] or 0 for stretch in stretches), default=0),
        shifts=shifts,
    )


def numbered(spark: SparkSession, lines: DataFrame, shifts: dict[str, int]) -> DataFrame:
    """Give each row its number, and leave out the header.

    Parameters
    ----------
    spark : SparkSession
        The session that reads.
    lines : DataFrame
        The frame that was surveyed.
    shifts : dict of str to int
        From the survey.

    Returns
    -------
    DataFrame
        ``source_row`` from 1, the canonical columns and ``unparsed_text``.
    """
    # Through Arrow, so that no Python worker has to start for it.
    known = spark.createDataFrame(
        pa.table(
            {
                _STRETCH: pa.array(shifts.keys(), pa.string()),
                "_shift": pa.array(shifts.values(), pa.int64()),
            }
        )
    )
    return (
        lines.join(F.broadcast(known), _STRETCH, "left")
        .select(
            (F.col(_POSITION) + F.col("_shift")).alias("source_row"), *CANONICAL, "unparsed_text"
        )
        .where("source_row > 0 or source_row is null")
    )
