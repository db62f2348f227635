"""Gate clean, ``fct_order_lines``: the lines that every mart is counted from."""

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.facts import Facts, Read
from expectations.suite import ERROR, WARNING, Suite, near_last

NAME = "kept_order_lines"
_SALE = "sale"


def frame(read: Read, facts: Facts) -> DataFrame:
    """Return the kept lines with each sale's share of what all sales left over.

    Shares are net of returns: an order that was typed wrong and cancelled in full is nothing to
    warn of.

    Returns
    -------
    DataFrame
        One row a kept line: ``source_file``, ``source_row``, ``line_class`` (sale or return),
        ``amount`` (below 0 for a return) and ``amount_share`` (0 to 1 for a sale).
    """
    lines = read("mart.fct_order_lines")
    net = (F.col("amount") - F.coalesce("returned_amount", F.lit(0))).cast("double")
    sales = lines.where(F.col("line_class") == _SALE)
    total = sales.agg(F.sum(net).alias("total")).collect()[0]["total"]
    return lines.select(
        "source_file",
        "source_row",
        "line_class",
        F.col("amount").cast("double").alias("amount"),
        (net / F.lit(total) if total else F.lit(0.0)).alias("amount_share"),
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the kept lines."""
    limits = facts.limits
    sales = Column("line_class") == _SALE
    return [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1,
            row_condition=sales,
            severity=ERROR,
            description="at least one line is a sale",
            meta={"statistic": "sale_count"},
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="amount_share",
            max_value=limits.maximum_line_amount_share,
            row_condition=sales,
            severity=WARNING,
            description=(
                f"no single line is more than {limits.maximum_line_amount_share:.0%} of all net "
                "sales (gate_maximum_line_amount_share; a shop with a handful of lines may "
                "exceed it)"
            ),
        ),
        near_last(
            facts,
            NAME,
            gxe.ExpectColumnMeanToBeBetween,
            column="amount",
            row_condition=sales,
            statistic="mean_amount",
            subject="the mean amount of a sale line",
        ),
    ]


SUITE = Suite(NAME, "clean", ("source_file", "source_row"), frame, expectations)
