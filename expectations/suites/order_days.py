"""Gate clean, ``fct_orders`` by day: no hole in the calendar, no day that holds everything."""

from datetime import date

import great_expectations.expectations as gxe
import pandas as pd
from pyspark.sql import functions as F

from expectations.facts import Facts, Read
from expectations.suite import WARNING, Suite

NAME = "order_days"


def frame(read: Read, facts: Facts) -> pd.DataFrame:
    """Return one row a day with orders.

    Returns
    -------
    DataFrame
        By day: ``order_date``, ``order_count``, ``order_share`` (0 to 1, of all orders) and
        ``days_since_previous`` (1 or more; null on the first day).
    """
    orders = read("mart.fct_orders")
    days = (
        orders.groupBy("order_date").agg(F.count("*").alias("order_count")).orderBy("order_date")
    ).collect()
    total = sum(row["order_count"] for row in days)
    rows = []
    previous: date | None = None
    for row in days:
        gap = (row["order_date"] - previous).days if previous else None
        rows.append((row["order_date"], row["order_count"], row["order_count"] / total, gap))
        previous = row["order_date"]
    return pd.DataFrame(
        rows, columns=["order_date", "order_count", "order_share", "days_since_previous"]
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the calendar of orders."""
    limits = facts.limits
    return [
        gxe.ExpectColumnValuesToBeBetween(
            column="days_since_previous",
            max_value=limits.maximum_gap_days,
            severity=WARNING,
            description=(
                f"no more than {limits.maximum_gap_days} days pass without an order "
                "(gate_maximum_gap_days); a longer hole may be a missing file"
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="order_share",
            max_value=limits.maximum_day_share,
            severity=WARNING,
            description=(
                f"no day holds more than {limits.maximum_day_share:.0%} of all orders "
                "(gate_maximum_day_share); one that does may be a default date"
            ),
        ),
    ]


SUITE = Suite(NAME, "clean", ("order_date", "order_count"), frame, expectations)
