"""The three regressions of the outlook, by MLlib."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.ml.classification import LogisticRegression
from pyspark.ml.functions import array_to_vector
from pyspark.ml.regression import GeneralizedLinearRegression
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

TWEEDIE_POWER = 1.5
"""Between a Poisson (1) and a gamma (2): an amount that is 0 for who does not order."""


RIDGE = 1e-4
"""Weight of the penalty on squared coefficients, which keeps like features apart."""


def fit_regressions(
    spark: SparkSession,
    scaled: np.ndarray,
    ordered: np.ndarray,
    orders: np.ndarray,
    revenue: np.ndarray,
) -> list[np.ndarray]:
    """Fit the chance to order (logistic), the orders (Poisson) and the spend (Tweedie).

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    scaled : ndarray of shape (n, d)
        Features of mean 0 and deviation 1.
    ordered : ndarray of shape (n,)
        1 for who ordered, else 0.
    orders, revenue : ndarray of shape (n,)
        At least 0.

    Returns
    -------
    list of ndarray of shape (1 + d,)
        Intercept and coefficients of each.
    """
    table = _table(spark, scaled, ordered, orders, revenue).persist()
    try:
        return [
            _fit_chance(table),
            _fit_mean(table, "orders", "poisson"),
            _fit_mean(table, "revenue", "tweedie"),
        ]
    finally:
        table.unpersist()


def _table(
    spark: SparkSession,
    scaled: np.ndarray,
    ordered: np.ndarray,
    orders: np.ndarray,
    revenue: np.ndarray,
) -> DataFrame:
    """Give the rows to Spark, in one partition: the order of a sum is its last digit."""
    columns = [f"x{i}" for i in range(scaled.shape[1])]
    table = pa.table(
        dict(zip(columns, scaled.T, strict=True))
        | {"ordered": ordered, "orders": orders, "revenue": revenue}
    )
    features = array_to_vector(F.array(*columns)).alias("features")
    return spark.createDataFrame(table).select(features, "ordered", "orders", "revenue").coalesce(1)


def _fit_chance(table: DataFrame) -> np.ndarray:
    model = LogisticRegression(
        labelCol="ordered", regParam=RIDGE, standardization=False, maxIter=200, tol=1e-8
    ).fit(table)
    return np.array([model.intercept, *model.coefficients])


def _fit_mean(table: DataFrame, label: str, family: str) -> np.ndarray:
    given: dict[str, Any] = {"link": "log"}
    if family == "tweedie":
        given = {"variancePower": TWEEDIE_POWER, "linkPower": 0.0}
    model = GeneralizedLinearRegression(
        labelCol=label,
        family=family,
        regParam=RIDGE,
        maxIter=100,
        tol=1e-8,
        **given,
    ).fit(table)
    return np.array([model.intercept, *model.coefficients])
