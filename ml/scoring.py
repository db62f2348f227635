"""Score customers in Spark: one closed formula built from the model's numbers.

Nothing is gathered to the driver, and nothing but SQL expressions runs, so that it works over
Spark Connect as well and a million customers cost what a million rows cost.
"""

from __future__ import annotations

import math
from functools import reduce

import numpy as np
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from ml.features import FEATURES, feature_columns
from ml.mixture import Mixture
from ml.model import SegmentModel
from ml.segments import new_customers_id
from pipeline.core.amounts import Amounts

__all__ = ["SCORES", "distinguishing_measures", "score_customers"]

SCORES = (
    "segment_id",
    "persona",
    "membership_probability",
    "runner_up_segment_id",
    "runner_up",
    "runner_up_probability",
    "segment_probabilities",
    "log_density",
    "is_outlier",
    *FEATURES,
)

# How a measure is told: when it is high, when it is low, decimals. None: not worth telling.
_WORDS = {
    "recency_days": ("last order {v} days ago", "last order only {v} days ago"),
    "frequency": ("{v} orders", "only {v} orders"),
    "monetary": ("spent {v}", "spent only {v}"),
    "average_order_value": ("{v} an order", "only {v} an order"),
    "tenure_days": ("customer for {v} days", "customer for only {v} days"),
    "product_count": ("{v} different products", "only {v} different products"),
}
_AMOUNTS = {"monetary", "average_order_value"}
_NOT_MONEY = {"monetary": ("{v} in amounts", "only {v} in amounts")}
# A measure is told from this many standard deviations on; the first two always.
_TELLING = 0.75


def score_customers(frame: DataFrame, model: SegmentModel) -> DataFrame:
    """Add segment, probabilities and outlier flag to customers.

    Parameters
    ----------
    frame : DataFrame
        With recency_days (0 or more), frequency (1 or more), monetary (above 0), tenure_days and
        purchase_day_count.
    model : SegmentModel

    Returns
    -------
    DataFrame
        The frame's columns and `SCORES`: segment_id (1 is best), persona, probabilities (0 to 1,
        the sum over segments is 1), log_density (lower is more unusual), is_outlier and the two
        features. New customers belong to their segment by rule: with probability 1, without a
        runner-up, and never as outliers. Equal to `ml.score_json` within 1e-9.
    """
    mixture = model.mixture
    ids = model.component_ids
    new_id = new_customers_id(ids)
    features = feature_columns(model.scaling, model.outlook)
    scored = frame.withColumns(dict(zip(FEATURES, features, strict=True)))
    scored = scored.withColumns({f"_l{j}": _log_component(mixture, i) for i, j in enumerate(ids)})
    logs = {j: F.col(f"_l{j}") for j in ids}
    top = F.greatest(*logs.values())
    scored = scored.withColumn("_top", top)
    total = reduce(Column.__add__, (F.exp(log - F.col("_top")) for log in logs.values()))
    scored = scored.withColumns(
        {
            "log_density": F.col("_top") + F.log(total),
            "_nearest": _first_equal(logs, "_top"),
            "_is_new": F.col("tenure_days") <= F.lit(model.pace.new_days),
        }
    )
    others = {
        j: F.when(F.col("_nearest") != F.lit(j), log).otherwise(F.lit(None))
        for j, log in logs.items()
    }
    chances = {
        j: F.when(F.col("_is_new"), F.lit(0.0)).otherwise(F.exp(log - F.col("log_density")))
        for j, log in logs.items()
    } | {new_id: F.when(F.col("_is_new"), F.lit(1.0)).otherwise(F.lit(0.0))}
    scored = scored.withColumns(
        {
            "segment_id": F.when(F.col("_is_new"), F.lit(new_id)).otherwise(F.col("_nearest")),
            "segment_probabilities": F.array(*(chances[j] for j in sorted(chances))),
            "_second": F.greatest(*others.values()),
        }
    )
    scored = scored.withColumn(
        "runner_up_segment_id", F.when(~F.col("_is_new"), _first_equal(others, "_second"))
    )
    personas = F.array(*(F.lit(name) for name in model.personas))
    scored = scored.withColumns(
        {
            "persona": F.element_at(personas, F.col("segment_id")),
            "runner_up": _at(personas, "runner_up_segment_id"),
            "membership_probability": F.element_at("segment_probabilities", F.col("segment_id")),
            "runner_up_probability": _at(F.col("segment_probabilities"), "runner_up_segment_id"),
            "is_outlier": ~F.col("_is_new")
            & (F.col("log_density") < F.lit(model.outlier_log_density)),
        }
    )
    return scored.select(*frame.columns, *SCORES)


def _log_component(mixture: Mixture, j: int) -> Column:
    """Build log(weight) + log(normal density) of a component at the two features."""
    precision = np.linalg.inv(mixture.covariances[j])
    log_determinant = float(np.linalg.slogdet(mixture.covariances[j])[1])
    constant = math.log(mixture.weights[j]) - 0.5 * (2 * math.log(2 * math.pi) + log_determinant)
    first = F.col(FEATURES[0]) - F.lit(float(mixture.means[j, 0]))
    second = F.col(FEATURES[1]) - F.lit(float(mixture.means[j, 1]))
    distance = (
        F.lit(float(precision[0, 0])) * first * first
        + F.lit(2.0 * float(precision[0, 1])) * first * second
        + F.lit(float(precision[1, 1])) * second * second
    )
    return F.lit(constant) - F.lit(0.5) * distance


def _at(values: Column, name: str) -> Column:
    """Return the element that a column numbers, from 1; null for null.

    Asked outright, because Spark 4.1 returns the last element for a null number that comes from
    a condition.
    """
    return F.when(F.col(name).isNotNull(), F.element_at(values, F.col(name)))


def _first_equal(values: dict[int, Column], name: str) -> Column:
    """Return the smallest key whose value equals a column."""
    return F.coalesce(
        *(
            F.when(value == F.col(name), F.lit(key)).otherwise(F.lit(None).cast("int"))
            for key, value in values.items()
        )
    )


def distinguishing_measures(frame: DataFrame, model: SegmentModel, amounts: Amounts) -> Column:
    """Say in words which two or three measures set a customer apart from the population.

    Parameters
    ----------
    frame : DataFrame
        With the measures; those that the source lacks are left out.
    model : SegmentModel
        Its `population` gives medians and deviations.
    amounts : Amounts
        Where they count orders, they are left out, since the orders say it; where they are no
        known money, nobody is said to have spent them.

    Returns
    -------
    Column
        For example ``14 orders (median 2); spent 5,300 (median 668); last order only 3 days ago
        (median 51)``, the most unusual measure first.
    """
    told = []
    words_of = _WORDS if amounts.are_money else _WORDS | _NOT_MONEY
    for position, (measure, (high, low)) in enumerate(words_of.items()):
        if measure in _AMOUNTS and amounts.are_orders:
            continue
        if measure not in frame.columns or measure not in model.population:
            continue
        reference = model.population[measure]
        if reference["deviation"] <= 0:
            continue
        value = F.col(measure).cast("double")
        middle = math.log1p(reference["median"])
        z = (F.log1p(value) - F.lit(middle)) / F.lit(reference["deviation"])
        shown = _shown(value, measure)
        median = _shown(F.lit(float(reference["median"])), measure)
        text = F.concat(
            F.when(z >= 0, _filled(high, shown)).otherwise(_filled(low, shown)),
            F.lit(" (median "),
            median,
            F.lit(")"),
        )
        told.append(
            F.when(
                value.isNotNull(),
                F.struct(
                    (-F.abs(z)).alias("order"), F.lit(position).alias("position"), text.alias("t")
                ),
            )
        )
    if not told:
        return F.lit("")
    ranked = F.slice(F.array_sort(F.array_compact(F.array(*told))), 1, 3)
    kept = F.filter(ranked, lambda item, at: (at < 2) | (item["order"] <= F.lit(-_TELLING)))
    words = F.array_join(F.transform(kept, lambda item: item["t"]), "; ")
    # One order and one day read better in the singular.
    for plural in ("orders", "days", "different products"):
        words = F.regexp_replace(words, rf"\b1 {plural}\b", f"1 {plural[:-1]}")
    return words


def _filled(template: str, shown: Column) -> Column:
    before, after = template.split("{v}")
    return F.concat(F.lit(before), shown, F.lit(after))


def _shown(value: Column, measure: str) -> Column:
    if measure not in _AMOUNTS:
        return F.format_number(value, 0)
    return F.when(F.abs(value) < 100, F.format_number(value, 2)).otherwise(
        F.format_number(value, 0)
    )
