"""Gate clean, ``fct_line_classes``: how much of the raw lines each class takes."""

import great_expectations.expectations as gxe
import pandas as pd
from great_expectations.expectations.row_conditions import Column

from expectations.facts import Facts, Read
from expectations.suite import ERROR, WARNING, Suite, change

NAME = "line_classes"


def frame(read: Read, facts: Facts) -> pd.DataFrame:
    """Return one row a line class.

    Returns
    -------
    DataFrame
        By class: ``line_class``, ``row_count``, ``row_share`` (0 to 1, of all raw lines),
        ``kept_share`` and ``rejected_share`` (``row_share`` where the class is kept or is not, else
        null) and ``share_change`` (-1 to 1, against the last good run; null without one).
    """
    classes = read("mart.fct_line_classes").select("line_class", "row_count", "is_kept")
    found = sorted(classes.collect(), key=lambda row: row["line_class"])
    total = sum(row["row_count"] for row in found)
    last = facts.by_key(NAME, "share_by_class")
    rows = []
    for row in found:
        share = row["row_count"] / total if total else 0.0
        rows.append(
            (
                row["line_class"],
                row["row_count"],
                share,
                share if row["is_kept"] else None,
                None if row["is_kept"] else share,
                change(share, last, row["line_class"]),
            )
        )
    return pd.DataFrame(
        rows,
        columns=[
            "line_class",
            "row_count",
            "row_share",
            "kept_share",
            "rejected_share",
            "share_change",
        ],
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the shares of the line classes."""
    limits = facts.limits
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="row_share",
            max_value=limits.maximum_unparseable_share,
            row_condition=Column("line_class") == "unparseable",
            severity=ERROR,
            description=(
                f"at most {limits.maximum_unparseable_share:.1%} of the raw lines can't be read "
                "(gate_maximum_unparseable_share)"
            ),
        ),
        gxe.ExpectColumnSumToBeBetween(
            column="kept_share",
            min_value=limits.minimum_kept_share,
            severity=ERROR,
            description=(
                f"at least {limits.minimum_kept_share:.0%} of the raw lines are kept "
                "(gate_minimum_kept_share)"
            ),
            meta={"statistic": "kept_share"},
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="rejected_share",
            max_value=limits.maximum_rejected_share,
            severity=WARNING,
            description=(
                f"no single reason rejects more than {limits.maximum_rejected_share:.0%} of the "
                "raw lines (gate_maximum_rejected_share)"
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="share_change",
            min_value=-limits.maximum_share_shift,
            max_value=limits.maximum_share_shift,
            severity=WARNING,
            description=(
                f"no class's share has moved by more than {limits.maximum_share_shift:.0%} of all "
                "lines since the last good run (gate_maximum_share_shift)"
            ),
        ),
    ]


def remember(rows: pd.DataFrame) -> dict:
    """Keep the share of every class.

    Returns
    -------
    dict
        ``share_by_class``: by class its share of all raw lines, 0 to 1.
    """
    return {
        "share_by_class": {row["line_class"]: row["row_share"] for row in rows.to_dict("records")}
    }


SUITE = Suite(NAME, "clean", ("line_class", "row_count"), frame, expectations, remember)
