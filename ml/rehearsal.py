"""Do once, on made-up customers, what a fit does, so that set-up can archive Java's classes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from ml.features import MEASURES
from ml.fit import expectation_maximisation, rows_of_points
from ml.marts import DESCRIBED, read_facts, read_sample
from ml.mixture import Mixture
from ml.outlook_regressions import fit_regressions

__all__ = ["rehearse"]

_CUSTOMERS = 100


def rehearse(spark: SparkSession, folder: Path) -> None:
    """Read a mart, join it, fit regressions and a mixture, and keep nothing of it.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    folder : Path
        Scratch space; a table of made-up customers is left in it.
    """
    numbers = dict.fromkeys(
        (*MEASURES, "purchase_day_count", *DESCRIBED), np.arange(1.0, 1 + _CUSTOMERS)
    )
    table = pa.table({"customer_id": [f"c{n}" for n in range(_CUSTOMERS)], **numbers})
    path = str(folder / "rehearsal")
    as_of = F.lit(date(2020, 1, 1)).alias("as_of_date")
    spark.createDataFrame(table).select("*", as_of).write.mode("overwrite").parquet(path)
    mart = spark.read.parquet(path)
    read_sample(mart, read_facts(mart).customers, _CUSTOMERS)
    later = mart.groupBy("customer_id").agg(F.sum("monetary"), F.countDistinct("frequency"))
    mart.join(later, "customer_id", "left").toArrow()
    points = np.random.default_rng(0).normal(size=(_CUSTOMERS, 2))
    happened = np.arange(_CUSTOMERS) % 2.0
    fit_regressions(spark, points, happened, happened, happened)
    start = Mixture.from_labels(points, np.arange(_CUSTOMERS) % 2, 2, floor=1e-3)
    expectation_maximisation(rows_of_points(spark, points), start, steps=2, floor=1e-3)
