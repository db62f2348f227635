"""Gate mart, ``fct_rfm_customer_history`` by snapshot: the past stays as it was."""

import great_expectations.expectations as gxe
import pandas as pd
from pyspark.sql import functions as F

from expectations.facts import Facts, Read
from expectations.suite import ERROR, WARNING, Suite, ratio

NAME = "rfm_snapshots"


def frame(read: Read, facts: Facts) -> pd.DataFrame:
    """Return one row a snapshot.

    Returns
    -------
    DataFrame
        By day: ``snapshot_date``, ``customer_count``, ``monetary`` (net amount of all of them),
        ``growth`` (customers over those of the snapshot before; null on the first), and
        ``customer_shift`` and ``monetary_shift`` (against the same snapshot at the last good run,
        0.1 for a tenth more; null where it had none).
    """
    history = read("mart.fct_rfm_customer_history")
    snapshots = (
        history.groupBy("snapshot_date")
        .agg(
            F.count("*").alias("customer_count"),
            F.sum("monetary").cast("double").alias("monetary"),
        )
        .orderBy("snapshot_date")
        .collect()
    )
    last = facts.by_key(NAME, "by_snapshot") or {}
    rows = []
    previous = None
    for row in snapshots:
        then = last.get(row["snapshot_date"].isoformat())
        rows.append(
            (
                row["snapshot_date"],
                row["customer_count"],
                row["monetary"],
                ratio(row["customer_count"], previous),
                _shift(row["customer_count"], then and then["customer_count"]),
                _shift(row["monetary"], then and then["monetary"]),
            )
        )
        previous = row["customer_count"]
    return pd.DataFrame(
        rows,
        columns=[
            "snapshot_date",
            "customer_count",
            "monetary",
            "growth",
            "customer_shift",
            "monetary_shift",
        ],
    )


def _shift(now: float, then: float | None) -> float | None:
    relative = ratio(now, then)
    return None if relative is None else relative - 1


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the history."""
    limits = facts.limits
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1,
            severity=ERROR,
            description="there is at least one snapshot",
            meta={"statistic": "snapshot_count"},
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="growth",
            min_value=limits.minimum_row_ratio,
            severity=WARNING,
            description=(
                f"no snapshot has fewer than {limits.minimum_row_ratio:.0%} of the customers of "
                "the one before (gate_minimum_row_ratio)"
            ),
        ),
        *(
            gxe.ExpectColumnValuesToBeBetween(
                column=f"{measure}_shift",
                min_value=-limits.maximum_history_shift,
                max_value=limits.maximum_history_shift,
                severity=WARNING,
                description=(
                    f"the {measure} total of a past snapshot has moved by at most "
                    f"{limits.maximum_history_shift:.0%} since the last good run "
                    "(gate_maximum_history_shift); more means that the source was restated"
                ),
            )
            for measure in ("customer", "monetary")
        ),
    ]


def remember(rows: pd.DataFrame) -> dict:
    """Keep customers and net amount of every snapshot.

    Returns
    -------
    dict
        ``by_snapshot``: by day (YYYY-MM-DD) its ``customer_count`` and ``monetary``.
    """
    return {
        "by_snapshot": {
            row["snapshot_date"].isoformat(): {
                "customer_count": row["customer_count"],
                "monetary": row["monetary"],
            }
            for row in rows.to_dict("records")
        }
    }


SUITE = Suite(NAME, "mart", ("snapshot_date", "customer_count"), frame, expectations, remember)
