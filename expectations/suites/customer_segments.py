"""Gate segments, ``fct_customer_segments``: what came back from the model."""

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.facts import ADHOC_RUN, Facts, Read
from expectations.suite import ERROR, WARNING, Suite

NAME = "customer_segments"
# Below the log density of any customer that a finite mixture can place.
_LOWEST_LOG_DENSITY = -1e6
_HIGHEST_LOG_DENSITY = 1e6


def frame(read: Read, facts: Facts) -> DataFrame:
    """Return the segmented customers.

    Returns
    -------
    DataFrame
        One row a customer: ``customer_id``, ``run_id``, ``segment_id`` (1 is best),
        ``membership_probability`` (0 to 1), ``log_density`` (lower is more unusual),
        ``probability_count`` (segments that the customer has a probability for) and ``outlier``
        (1 or 0).
    """
    return read("mart.fct_customer_segments").select(
        "customer_id",
        "run_id",
        "segment_id",
        "membership_probability",
        "log_density",
        F.size("segment_probabilities").alias("probability_count"),
        F.col("is_outlier").cast("int").alias("outlier"),
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the segmented customers."""
    limits = facts.limits
    found: list[gxe.Expectation] = [
        gxe.ExpectColumnMinToBeBetween(
            column="probability_count",
            min_value=facts.segment_count,
            severity=ERROR,
            description="every customer has a probability for each segment",
        ),
        gxe.ExpectColumnMaxToBeBetween(
            column="probability_count",
            max_value=facts.segment_count,
            severity=ERROR,
            description="no customer has a probability for a segment that does not exist",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="log_density",
            min_value=_LOWEST_LOG_DENSITY,
            max_value=_HIGHEST_LOG_DENSITY,
            severity=ERROR,
            description="the density of every customer is a finite number",
        ),
        gxe.ExpectColumnMeanToBeBetween(
            column="membership_probability",
            min_value=limits.minimum_membership_probability,
            severity=WARNING,
            description=(
                "customers belong to their segment with a mean probability of at least "
                f"{limits.minimum_membership_probability:g} (gate_minimum_membership_probability)"
            ),
            meta={"statistic": "mean_membership_probability"},
        ),
        gxe.ExpectColumnMeanToBeBetween(
            column="outlier",
            max_value=limits.maximum_outlier_share,
            severity=WARNING,
            description=(
                f"at most {limits.maximum_outlier_share:.0%} of the customers are far from every "
                "segment (gate_maximum_outlier_share)"
            ),
            meta={"statistic": "outlier_share"},
        ),
    ]
    if facts.run_id != ADHOC_RUN:
        found.append(
            gxe.ExpectTableRowCountToBeBetween(
                max_value=0,
                row_condition=Column("run_id") != facts.run_id,
                severity=ERROR,
                description=f"the segments are those of this run ({facts.run_id}), not older ones",
            )
        )
    return found


SUITE = Suite(NAME, "segments", ("customer_id", "segment_id"), frame, expectations)
