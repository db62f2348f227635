"""Gate raw, ``raw.loads``: every file is about as long as it was, and in one currency."""

import great_expectations.expectations as gxe
from pyspark.sql import DataFrame

from expectations.facts import Facts, Read
from expectations.suite import ERROR, WARNING, Suite, ratio

NAME = "raw_loads"


def frame(read: Read, facts: Facts) -> DataFrame:
    """Return one row a landed file, beside its length at the last good run.

    Columns: source_file, currency, raw_row_count, last_row_count and
    row_ratio (null where the file is new).
    """
    loads = read("raw.loads").select("source_file", "currency", "raw_row_count")
    last = facts.statistic(NAME, "rows_by_file") or {}
    rows = [
        (
            row["source_file"],
            row["currency"],
            row["raw_row_count"],
            last.get(row["source_file"]),
            ratio(row["raw_row_count"], last.get(row["source_file"])),
        )
        for row in sorted(loads.collect(), key=lambda row: row["source_file"])
    ]
    return loads.sparkSession.createDataFrame(
        rows,
        "source_file string, currency string, raw_row_count bigint, last_row_count bigint, "
        "row_ratio double",
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the landed files."""
    limits = facts.limits
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1,
            severity=ERROR,
            description="at least one file has landed",
        ),
        gxe.ExpectColumnUniqueValueCountToBeBetween(
            column="currency",
            min_value=1,
            max_value=1,
            severity=ERROR,
            description="all files are in one currency, because their amounts are added up",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="row_ratio",
            min_value=limits.min_row_ratio,
            severity=ERROR,
            description=(
                f"no file has shrunk below {limits.min_row_ratio:.0%} of its rows at the last "
                "good run (gate_min_row_ratio)"
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="row_ratio",
            max_value=limits.max_row_ratio,
            severity=WARNING,
            description=(
                f"no file has grown beyond {limits.max_row_ratio:g} times its rows at the last "
                "good run (gate_max_row_ratio)"
            ),
        ),
    ]


def remember(rows: DataFrame) -> dict:
    """Keep the length of every file."""
    counts: dict[str, int] = {}
    for row in rows.collect():
        name = row["source_file"]
        counts[name] = counts.get(name, 0) + row["raw_row_count"]
    return {"rows_by_file": counts}


SUITE = Suite(NAME, "raw", ("source_file", "raw_row_count"), frame, expectations, remember)
