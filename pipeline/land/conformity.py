"""Whether lines are whole and fit their config: the fields and the timestamp pattern."""

import re
from dataclasses import dataclass

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.core.errors import InputError
from pipeline.core.settings import project_vars
from pipeline.land.config import SourceConfig
from pipeline.land.files import shown
from pipeline.land.timestamp_formats import EPOCHS, EXCEL_SERIAL, PATTERNS_APART
from pipeline.store.tables import one_row

__all__ = [
    "ParseStats",
    "first_line",
    "moment",
    "other_reading",
    "require_fit",
    "require_pattern",
    "survey",
]

# One row in a hundred may be a note or a total; a pattern that fits fewer is the wrong one.
_LEAST_DATED = 0.99
_COMMON_PATTERNS = (
    "M/d/yyyy H:mm",
    "d/M/yyyy H:mm",
    "M/d/yyyy H:mm:ss",
    "d/M/yyyy H:mm:ss",
    "M/d/yyyy h:mm a",
    "d/M/yyyy h:mm a",
    "M/d/yy H:mm",
    "d/M/yy H:mm",
    "M-d-yyyy H:mm",
    "d-M-yyyy H:mm",
    "d.M.yyyy H:mm",
    "d.M.yyyy H:mm:ss",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-dd HH:mm",
    "yyyy-MM-dd'T'HH:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ssXXX",
    "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "yyyy/MM/dd HH:mm:ss",
    "yyyy-MM-dd",
    "yyyyMMdd",
    "M/d/yyyy",
    "d/M/yyyy",
    "d.M.yyyy",
)


def require_pattern(spark: SparkSession, source: SourceConfig) -> None:
    """Have Spark itself accept the config's pattern.

    Raises
    ------
    InputError
        If it does not.
    """
    if source.timestamp_format in (*EPOCHS, EXCEL_SERIAL):
        return
    for pattern in source.timestamp_format.split(PATTERNS_APART):
        try:
            spark.sql(
                "select try_to_timestamp('0', :pattern), "
                "date_format(timestamp_seconds(0), :pattern)",
                args={"pattern": pattern},
            ).collect()
        except PySparkException as error:
            raise InputError(
                f"source config {source.name}: timestamp_format {pattern!r} is not a pattern "
                f"that Spark knows ({first_line(error)})"
            ) from error


@dataclass(frozen=True)
class ParseStats:
    """What one pass over written lines counted.

    Attributes
    ----------
    row_count : int
        Rows.
    is_numbered : bool
        True where count, least, largest and sum of their numbers are those of
        1 to the count.
    judged_count : int
        Rows that were not emptied for a forgotten customer; only of these can
        be told whether they fit.
    ragged_count : int
        Rows whose fields do not fit the header.
    undated_count : int
        Other rows whose ``ordered_at`` does not fit the pattern.
    ambiguous_count : int
        Rows whose ``ordered_at`` fits several patterns, as different moments.
    latest_day : int
        The largest day of the month that was read, 0 if none was.
    """

    row_count: int
    is_numbered: bool
    judged_count: int
    ragged_count: int
    undated_count: int
    ambiguous_count: int
    latest_day: int


def survey(lines: DataFrame, pattern: str) -> ParseStats:
    """Count lines, and those that do not fit.

    Parameters
    ----------
    lines : DataFrame
        Columns of ``raw.order_lines``.
    pattern : str
        Spark's pattern of ``ordered_at``.

    Returns
    -------
    ParseStats
    """
    row = F.col("source_row")
    measured = lines.select(
        F.count("*").alias("rows"),
        F.count(row).alias("numbered"),
        F.min(row).alias("first"),
        F.max(row).alias("last"),
        F.sum(row.cast("decimal(20,0)")).alias("total"),
        F.count_if(~F.col("is_forgotten")).alias("judged"),
        F.count_if(_is_ragged()).alias("ragged"),
        F.count_if(_is_undated(pattern)).alias("undated"),
        F.count_if(_is_ambiguous(pattern)).alias("ambiguous"),
        F.max(F.dayofmonth(moment(pattern))).alias("latest_day"),
    )
    found = one_row(measured)
    rows = found["rows"]
    return ParseStats(
        row_count=rows,
        is_numbered=not rows
        or (found["numbered"], found["first"], found["last"], found["total"])
        == (rows, 1, rows, rows * (rows + 1) // 2),
        judged_count=found["judged"],
        ragged_count=found["ragged"],
        undated_count=found["undated"],
        ambiguous_count=found["ambiguous"],
        latest_day=found["latest_day"] or 0,
    )


def moment(pattern: str) -> Column:
    """Return the moment that ``ordered_at`` says in a pattern, null where it does not read."""
    if pattern == EXCEL_SERIAL:
        digits = "regexp_extract(trim(ordered_at), '^[0-9]{1,5}([.,][0-9]{1,12})?$', 0)"
        days = f"try_cast(replace({digits}, ',', '.') as decimal(20, 12))"
        return F.expr(f"timestamp_seconds(cast(round(({days} - 25569) * 86400) as bigint))")
    if pattern not in EPOCHS:
        return F.coalesce(*_readings(pattern))
    function, most = ("seconds", 11) if pattern == "epoch_seconds" else ("millis", 14)
    digits = f"regexp_extract(trim(ordered_at), '^-?[0-9]{{1,{most}}}$', 0)"
    return F.expr(f"timestamp_{function}(try_cast({digits} as bigint))")


def _readings(pattern: str) -> list[Column]:
    text = F.trim("ordered_at")
    return [F.try_to_timestamp(text, F.lit(one)) for one in pattern.split(PATTERNS_APART)]


def _is_ambiguous(pattern: str) -> Column:
    if PATTERNS_APART not in pattern:
        return F.lit(False)
    readings = _readings(pattern)
    return F.coalesce(F.least(*readings) != F.greatest(*readings), F.lit(False))


def _is_ragged() -> Column:
    return F.col("unparsed_text").isNotNull()


def _is_undated(pattern: str) -> Column:
    # A row that was emptied for a forgotten customer may have been ragged.
    return ~_is_ragged() & ~F.col("is_forgotten") & moment(pattern).isNull()


def require_fit(lines: DataFrame, found: ParseStats, pattern: str, place: str) -> None:
    """Refuse lines of which too many do not fit.

    Parameters
    ----------
    lines : DataFrame
        The lines of the survey.
    found : ParseStats
        What it counted.
    pattern : str
        Spark's pattern of ``ordered_at``.
    place : str
        The file or sheet, for messages.

    Raises
    ------
    InputError
        If of the rows that are judged more than ``gate_maximum_unparseable_share``
        have another number of fields, the pattern fits fewer than 99% of the
        others, or two patterns fit a row as different moments.
    """
    most = float(project_vars()["gate_maximum_unparseable_share"])
    if found.ragged_count > most * found.judged_count:
        raise InputError(
            f"{place}: {found.ragged_count} of {found.judged_count} rows do not have the "
            f"header's number of fields, more than {most:.0%} "
            "(gate_maximum_unparseable_share in dbt_project.yml); "
            f"first {_example(lines, _is_ragged())}; check delimiter and quote in the source config"
        )
    if found.ambiguous_count:
        raise InputError(
            f"{place}: {found.ambiguous_count} of {found.judged_count} rows fit several patterns "
            "of timestamp_format, as different moments; first "
            f"{_example(lines, _is_ambiguous(pattern))}; leave one of the patterns out"
        )
    whole = found.judged_count - found.ragged_count
    if found.undated_count > (1 - _LEAST_DATED) * whole:
        share = (whole - found.undated_count) / whole
        raise InputError(
            f"{place}: timestamp_format {pattern!r} fits {share:.1%} of {whole} rows, fewer "
            f"than {_LEAST_DATED:.0%}; first {_example(lines, _is_undated(pattern))}"
            f"{_better(lines, whole)}"
        )


def _example(lines: DataFrame, condition: Column) -> str:
    # The first that is there: a row that does not fit has its text alone.
    found = F.coalesce("ordered_at", "unparsed_text")
    row = one_row(
        lines.where(condition)
        .orderBy("source_row")
        .select("source_row", F.substring(found, 1, 60).alias("text"))
    )
    text = "nothing" if row["text"] is None else f"'{shown(row['text'])}'"
    return f"row {row['source_row']}: {text}"


def _better(lines: DataFrame, whole: int) -> str:
    """Return a hint at the common pattern that fits best, if one does."""
    moments = [
        F.count(moment(pattern)).alias(str(at)) for at, pattern in enumerate(_COMMON_PATTERNS)
    ]
    counts = one_row(lines.select(*moments))
    best = max(range(len(_COMMON_PATTERNS)), key=lambda at: counts[at])
    if counts[best] < _LEAST_DATED * whole:
        return "; `python -m pipeline inspect` guesses the pattern"
    return f"; {_COMMON_PATTERNS[best]!r} fits {counts[best] / whole:.1%}"


def other_reading(pattern: str, found: ParseStats) -> str | None:
    """Return the pattern with day and month exchanged, if it fits every date as well.

    Parameters
    ----------
    pattern : str
        Spark's pattern by which ``ordered_at`` was read.
    found : ParseStats
        Of the lines; ``latest_day`` decides.

    Returns
    -------
    str or None
        None where a day of the month above 12 was read, or no date at all, and where the pattern
        leaves no doubt: it begins with the year, names the month, or is several patterns.
    """
    if not 0 < found.latest_day <= 12:
        return None
    parts = re.findall(r"d+|M+", pattern)
    if len(parts) != 2 or max(map(len, parts)) > 2 or pattern.startswith("y"):
        return None
    marked = pattern.replace(parts[0], "\0").replace(parts[1], parts[0][0] * len(parts[1]))
    return marked.replace("\0", parts[1][0] * len(parts[0]))


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, at most 200 characters."""
    text = str(error).strip().splitlines()
    return text[0][:200] if text else type(error).__name__
