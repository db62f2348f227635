"""Gate segments, ``fct_segment_profiles``: segments that one can act on, and that last."""

import great_expectations.expectations as gxe
import pandas as pd

from expectations.facts import Facts, Read
from expectations.suite import WARNING, Suite, change

NAME = "segment_profiles"
# More segments than this cannot be kept apart in a campaign.
_MOST_SEGMENTS = 20


def frame(read: Read, facts: Facts) -> pd.DataFrame:
    """Return one row a segment.

    Returns
    -------
    DataFrame
        By ``segment_id`` (1 is best): that, ``persona``, ``customer_share`` (0 to 1),
        ``found_share`` (the same, null for the new customers, who may be any number),
        ``share_change`` (-1 to 1, against the same persona at the last good run; null without
        one) and ``mean_membership_probability`` (0 to 1).
    """
    profiles = read("mart.fct_segment_profiles").select(
        "segment_id", "persona", "life_cycle", "customer_share", "mean_membership_probability"
    )
    last = facts.by_key(NAME, "share_by_persona")
    rows = [
        (
            row["segment_id"],
            row["persona"],
            row["customer_share"],
            None if row["life_cycle"] == "new" else row["customer_share"],
            change(row["customer_share"], last, row["persona"]),
            row["mean_membership_probability"],
        )
        for row in sorted(profiles.collect(), key=lambda row: row["segment_id"])
    ]
    return pd.DataFrame(
        rows,
        columns=[
            "segment_id",
            "persona",
            "customer_share",
            "found_share",
            "share_change",
            "mean_membership_probability",
        ],
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the segments' sizes and clarity."""
    limits = facts.limits
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=2,
            max_value=_MOST_SEGMENTS,
            severity=WARNING,
            description=f"there are 2 to {_MOST_SEGMENTS} segments",
            meta={"statistic": "segment_count"},
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="found_share",
            min_value=limits.minimum_segment_share,
            max_value=limits.maximum_segment_share,
            severity=WARNING,
            description=(
                f"every segment but the new customers holds {limits.minimum_segment_share:.0%} to "
                f"{limits.maximum_segment_share:.0%} of the customers (gate_minimum_segment_share, "
                "gate_maximum_segment_share)"
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="mean_membership_probability",
            min_value=limits.minimum_membership_probability,
            severity=WARNING,
            description=(
                "the customers of each segment belong to it with a mean probability of at least "
                f"{limits.minimum_membership_probability:g} (gate_minimum_membership_probability)"
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="share_change",
            min_value=-limits.maximum_share_shift,
            max_value=limits.maximum_share_shift,
            severity=WARNING,
            description=(
                f"no persona's share of the customers has moved by more than "
                f"{limits.maximum_share_shift:.0%} of all since the last good run "
                "(gate_maximum_share_shift)"
            ),
        ),
    ]


def remember(rows: pd.DataFrame) -> dict:
    """Keep the share of every persona.

    Returns
    -------
    dict
        ``share_by_persona``: by name its share of the customers, 0 to 1.
    """
    shares: dict[str, float] = {}
    for row in rows.to_dict("records"):
        shares[row["persona"]] = shares.get(row["persona"], 0.0) + row["customer_share"]
    return {"share_by_persona": shares}


SUITE = Suite(NAME, "segments", ("segment_id", "persona"), frame, expectations, remember)
