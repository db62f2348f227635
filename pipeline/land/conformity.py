"""Whether lines fit their config: the number of fields and the timestamp pattern."""

import re
from collections.abc import Callable

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.errors import InputError
from pipeline.land.config import SourceConfig
from pipeline.land.files import shown
from pipeline.land.lines import Survey, numbered, survey
from pipeline.settings import project_vars

__all__ = ["first_line", "other_reading", "require_pattern", "surveyed"]

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
    pattern = source.timestamp_format
    try:
        spark.sql(
            "select try_to_timestamp('0', :pattern), date_format(timestamp_seconds(0), :pattern)",
            args={"pattern": pattern},
        ).collect()
    except PySparkException as error:
        raise InputError(
            f"source config {source.name}: timestamp_format {pattern!r} is not a pattern "
            f"that Spark knows ({first_line(error)})"
        ) from error


def surveyed(
    lines: DataFrame,
    pattern: str,
    place: str,
    *,
    has_header: bool,
    order: Callable = str,
) -> Survey:
    """Count a frame's lines and refuse it where too many do not fit.

    Parameters
    ----------
    lines : DataFrame
        Lines as a reader gives them, not yet numbered.
    pattern : str
        Spark's pattern of ``ordered_at``.
    place : str
        The file or sheet, for messages.
    has_header : bool
        Whether the frame's first line is the header.
    order : callable
        Key by which the parts of the file follow one another.

    Raises
    ------
    InputError
        If more rows than ``gate_max_unparseable_share`` have another number
        of fields, or the pattern fits fewer than 99% of the others.
    """
    found = survey(lines, pattern, has_header=has_header, order=order)
    most = float(project_vars()["gate_max_unparseable_share"])
    if found.ragged_count > most * found.row_count:
        row = _example(lines, found, F.col("unparsed_text").isNotNull())
        raise InputError(
            f"{place}: {found.ragged_count} of {found.row_count} rows do not have the "
            f"header's number of fields, more than {most:.0%} "
            "(gate_max_unparseable_share in dbt_project.yml); "
            f"first {row}; check delimiter and quote in the source config"
        )
    whole = found.row_count - found.ragged_count
    if found.undated_count > (1 - _LEAST_DATED) * whole:
        moment = F.try_to_timestamp(F.trim("ordered_at"), F.lit(pattern))
        is_undated = F.col("unparsed_text").isNull() & moment.isNull()
        row = _example(lines, found, is_undated)
        share = (whole - found.undated_count) / whole if whole else 0.0
        raise InputError(
            f"{place}: timestamp_format {pattern!r} fits {share:.1%} of {whole} rows, fewer "
            f"than {_LEAST_DATED:.0%}; first {row}{_better(lines, found, whole)}"
        )
    return found


def _example(lines: DataFrame, found: Survey, condition: Column) -> str:
    # The first that is there: a row that does not fit has its text alone.
    text = F.coalesce("ordered_at", "unparsed_text")
    row = (
        numbered(lines.sparkSession, lines, found.shifts)
        .where(condition)
        .orderBy("source_row")
        .select("source_row", F.substring(text, 1, 60).alias("text"))
        .first()
    )
    text = "nothing" if row["text"] is None else f"'{shown(row['text'])}'"
    return f"row {row['source_row']}: {text}"


def _better(lines: DataFrame, found: Survey, whole: int) -> str:
    """Return a hint at the common pattern that fits best, if one does."""
    moments = [
        F.count(F.try_to_timestamp(F.trim("ordered_at"), F.lit(pattern))).alias(str(at))
        for at, pattern in enumerate(_COMMON_PATTERNS)
    ]
    counts = numbered(lines.sparkSession, lines, found.shifts).select(*moments).first()
    best = max(range(len(_COMMON_PATTERNS)), key=lambda at: counts[at])
    if counts[best] < _LEAST_DATED * whole:
        return "; `python -m pipeline inspect` guesses the pattern"
    return f"; {_COMMON_PATTERNS[best]!r} fits {counts[best] / whole:.1%}"


def other_reading(pattern: str, found: Survey) -> str | None:
    """Return the pattern with day and month exchanged, if it fits every date as well."""
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
