"""Gate raw, ``raw.loads``: every file is about as long as it was, and in one currency."""

import great_expectations.expectations as gxe
import pandas as pd

from expectations.facts import Facts, Read
from expectations.suite import ERROR, WARNING, Suite, ratio

NAME = "raw_loads"


def frame(read: Read, facts: Facts) -> pd.DataFrame:
    """Return one row a landed file, beside its length at the last good run.

    Returns
    -------
    DataFrame
        By file: ``source_file``, ``currency``, ``row_count``, ``last_row_count`` and ``row_ratio``
        (rows over those of the last good run, 0 or more). The last two are null where the file is
        new, the ratio also where it had no rows.
    """
    counts: dict[tuple[str, str], int] = {}
    loads = read("raw.loads").select("source_file", "currency", "raw_row_count")
    for row in loads.collect():
        # A workbook is one file with a load for each sheet.
        file = (row["source_file"], row["currency"])
        counts[file] = counts.get(file, 0) + row["raw_row_count"]
    last = facts.by_key(NAME, "rows_by_file") or {}
    return pd.DataFrame(
        [
            (name, currency, count, last.get(name), ratio(count, last.get(name)))
            for (name, currency), count in sorted(counts.items())
        ],
        columns=["source_file", "currency", "row_count", "last_row_count", "row_ratio"],
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
            min_value=limits.minimum_row_ratio,
            severity=ERROR,
            description=(
                f"no file has shrunk below {limits.minimum_row_ratio:.0%} of its rows at the last "
                "good run (gate_minimum_row_ratio)"
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="row_ratio",
            max_value=limits.maximum_row_ratio,
            severity=WARNING,
            description=(
                f"no file has grown beyond {limits.maximum_row_ratio:g} times its rows at the last "
                "good run (gate_maximum_row_ratio)"
            ),
        ),
    ]


def remember(rows: pd.DataFrame) -> dict:
    """Keep the length of every file.

    Returns
    -------
    dict
        ``rows_by_file``: by name of the file its raw rows.
    """
    return {
        "rows_by_file": {row["source_file"]: row["row_count"] for row in rows.to_dict("records")}
    }


SUITE = Suite(NAME, "raw", ("source_file", "row_count"), frame, expectations, remember)
