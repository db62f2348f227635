"""Score customers' outlooks in Spark: the formula of `ml.outlook` as columns."""

from __future__ import annotations

from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ml.model import SegmentModel
from ml.outlook import LEAST, LIKELY, NORMAL_95, Outlook, Part
from ml.output import write_rows
from pipeline.store.tables import write_partition

__all__ = ["OUTLOOK", "outlook_of_customers", "write_outlook"]

OUTLOOK = (
    "order_chance",
    "order_chance_low",
    "order_chance_high",
    "expected_orders",
    "expected_orders_low",
    "expected_orders_high",
    "expected_spend",
    "expected_spend_low",
    "expected_spend_high",
    "likely_spend_low",
    "likely_spend_high",
)

_PLACES = 6


def write_outlook(spark: SparkSession, mart: DataFrame, model: SegmentModel, run_id: str) -> None:
    """Write ``ml.customer_outlook``; no rows where the model has no outlook.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.
    mart : DataFrame
        Customers with customer_id, as_of_date and `ml.outlook_features.KNOWN`.
    model : SegmentModel
    run_id : str
        Partition that is written.
    """
    if model.outlook is None:
        write_rows(spark, [], "ml.customer_outlook", run_id)
        return
    scored = outlook_of_customers(mart, model.outlook).select(
        "customer_id",
        "as_of_date",
        F.lit(model.outlook.horizon_days).alias("horizon_days"),
        *OUTLOOK,
    )
    write_partition(spark, scored, "ml.customer_outlook", run_id)


def outlook_of_customers(frame: DataFrame, outlook: Outlook) -> DataFrame:
    """Add the outlook to customers.

    Parameters
    ----------
    frame : DataFrame
        With `ml.outlook_features.KNOWN`.
    outlook : Outlook

    Returns
    -------
    DataFrame
        The frame's columns and `OUTLOOK`: what `Outlook.predict` gives, to six places.
    """
    columns = outlook.scaled_columns()
    names = [f"_z{i}" for i in range(len(columns))]
    scaled = frame.withColumns(dict(zip(names, columns, strict=True)))
    parts = {"chance": outlook.chance, "orders": outlook.orders, "spend": outlook.spend}
    lined = scaled.withColumns(
        {f"_{name}": part.line([F.col(z) for z in names], F.lit) for name, part in parts.items()}
        | {f"_{name}_error": _error(part, names) for name, part in parts.items()}
    )
    ends = {
        f"{name}{end}": F.col(f"_{name}") + F.lit(sign * NORMAL_95) * F.col(f"_{name}_error")
        for name in parts
        for end, sign in (("", 0.0), ("_low", -1.0), ("_high", 1.0))
    }
    chance = {
        f"order_{name}": F.lit(1.0) / (F.lit(1.0) + F.exp(-line))
        for name, line in ends.items()
        if name.startswith("chance")
    }
    means = {
        f"expected_{name}": F.exp(line)
        for name, line in ends.items()
        if not name.startswith("chance")
    }
    told = lined.withColumns(chance | means)
    # Nobody who orders orders less than once.
    told = told.withColumn("expected_orders", F.greatest("expected_orders", "order_chance"))
    told = told.withColumns(
        {
            "expected_orders_high": F.greatest("expected_orders_high", "expected_orders"),
            "likely_spend_low": _spend_quantile(outlook, LIKELY[0]),
            "likely_spend_high": _spend_quantile(outlook, LIKELY[1]),
        }
    )
    return told.select(
        *frame.columns, *(F.round(F.col(name), _PLACES).alias(name) for name in OUTLOOK)
    )


def _sum(terms: list[Column]) -> Column:
    return reduce(Column.__add__, terms)


def _error(part: Part, names: list[str]) -> Column:
    """Build the standard error of a linear predictor."""
    ones: list[Column] = [F.lit(1.0), *(F.col(name) for name in names)]
    terms = [F.lit(part.season**2)]
    for i, first in enumerate(ones):
        for j, second in enumerate(ones[: i + 1]):
            weight = part.covariance[i][j] * (1.0 if i == j else 2.0)
            if weight:
                terms.append(F.lit(weight) * first * second)
    return F.sqrt(F.greatest(_sum(terms), F.lit(0.0)))


def _spend_quantile(outlook: Outlook, share: float) -> Column:
    """Build the amount that a share of such customers stays below."""
    chance = F.greatest(F.col("order_chance"), F.lit(LEAST))
    spend = F.col("expected_spend")
    among = (F.lit(share) - (F.lit(1.0) - chance)) / chance
    last = len(outlook.spread) - 1
    place = among * F.lit(float(last))
    # The last step ends at the last quantile.
    step = F.greatest(F.least(F.floor(place).cast("int"), F.lit(last - 1)), F.lit(0))
    spread = F.array(*(F.lit(value) for value in outlook.spread))
    below = F.element_at(spread, step + F.lit(1))
    above = F.element_at(spread, step + F.lit(2))
    ratio = below + (above - below) * (place - step)
    return F.when(among > 0.0, ratio * spend / chance).otherwise(F.lit(0.0))
