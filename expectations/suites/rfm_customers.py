"""Gate mart, ``fct_rfm_customers``: what the model is about to be fitted on."""

import great_expectations.expectations as gxe
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.facts import Facts, Read
from expectations.suite import ERROR, WARNING, Suite, near_last

NAME = "rfm_customers"
_MEANS = ("recency_days", "frequency", "monetary")
_SCORED = ("recency", "frequency", "monetary")


def frame(read: Read, facts: Facts) -> DataFrame:
    """Return the mart's measures with each customer's share of the revenue.

    Returns
    -------
    DataFrame
        One row a customer: ``customer_id``, ``recency_days``, ``frequency`` (orders), ``monetary``
        (net amount, a double), ``revenue_share`` and ``return_rate`` (0 to 1), ``product_count``,
        ``country``, and ``recency_score``, ``frequency_score`` and ``monetary_score`` (from 1,
        higher is better).
    """
    mart = read("mart.fct_rfm_customers")
    revenue = mart.agg(F.sum("monetary").alias("revenue")).collect()[0]["revenue"]
    monetary = F.col("monetary").cast("double")
    share = monetary / F.lit(float(revenue)) if revenue else F.lit(0.0)
    return mart.select(
        "customer_id",
        "recency_days",
        "frequency",
        monetary.alias("monetary"),
        share.alias("revenue_share"),
        "return_rate",
        "product_count",
        "country",
        "recency_score",
        "frequency_score",
        "monetary_score",
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the RFM mart."""
    limits = facts.limits
    last = facts.number(NAME, "customer_count")
    least = max(1, int((last or 0) * limits.minimum_row_ratio))
    found = [
        gxe.ExpectTableRowCountToBeBetween(
            min_value=least,
            severity=ERROR,
            description=(
                "there is at least one customer to segment"
                if last is None
                else f"at least {limits.minimum_row_ratio:.0%} of the last good run's {last:,} "
                "customers are there (gate_minimum_row_ratio)"
            ),
            meta={"statistic": "customer_count"},
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value=limits.minimum_customers,
            severity=WARNING,
            description=(
                f"there are at least {limits.minimum_customers} customers "
                "(gate_minimum_customers); segments of a smaller shop are unsteady"
            ),
        ),
        gxe.ExpectColumnUniqueValueCountToBeBetween(
            column="recency_days",
            min_value=2,
            severity=WARNING,
            description="customers differ in recency; a constant tells no segments apart",
        ),
        gxe.ExpectColumnUniqueValueCountToBeBetween(
            column="monetary",
            min_value=2,
            severity=WARNING,
            description="customers differ in net amount; a constant tells no segments apart",
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="frequency",
            min_value=2,
            mostly=limits.minimum_repeat_share,
            severity=WARNING,
            description=(
                f"at least {limits.minimum_repeat_share:.0%} of the customers came back "
                "(gate_minimum_repeat_share); an id that is new for every order gives none"
            ),
        ),
        gxe.ExpectColumnValuesToBeBetween(
            column="revenue_share",
            max_value=limits.maximum_customer_revenue_share,
            severity=WARNING,
            description=(
                f"no customer is more than {limits.maximum_customer_revenue_share:.0%} of the "
                "revenue (gate_maximum_customer_revenue_share; a small shop may have such a "
                "customer)"
            ),
        ),
        gxe.ExpectColumnMeanToBeBetween(
            column="return_rate",
            max_value=limits.maximum_return_rate,
            severity=WARNING,
            description=(
                f"customers return at most {limits.maximum_return_rate:.0%} of what they buy on "
                "average (gate_maximum_return_rate)"
            ),
            meta={"statistic": "mean_return_rate"},
        ),
        *(
            gxe.ExpectColumnUniqueValueCountToBeBetween(
                column=f"{measure}_score",
                min_value=2,
                severity=WARNING,
                description=f"{measure} scores tell customers apart (not all equal)",
            )
            for measure in _SCORED
        ),
        *(
            near_last(
                facts,
                NAME,
                gxe.ExpectColumnMeanToBeBetween,
                column=column,
                statistic=f"mean_{column}",
                subject=f"the mean of {column}",
            )
            for column in _MEANS
        ),
    ]
    for column, is_there in (("product_count", facts.has_product), ("country", facts.has_country)):
        if is_there:
            found.append(
                gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(
                    column=column,
                    min_value=limits.minimum_optional_share,
                    severity=WARNING,
                    description=(
                        f"{column} is known for at least {limits.minimum_optional_share:.0%} of "
                        "the customers (gate_minimum_optional_share)"
                    ),
                )
            )
    return found


SUITE = Suite(NAME, "mart", ("customer_id",), frame, expectations)
