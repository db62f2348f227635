"""Beside the past: snapshots scored, drift from the fit, segments as those of the run before."""

from __future__ import annotations

from datetime import date

import numpy as np
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ml.features import MEASURES
from ml.lineage import lineage_rows, lineage_sentences
from ml.marts import history_mart
from ml.model import SegmentModel
from ml.output import write_rows
from ml.scoring import score_customers
from ml.settings import Settings
from pipeline.store.tables import full_name, write_partition

__all__ = [
    "drift_rows",
    "population_stability_index",
    "write_drift",
    "write_history",
    "write_lineage",
]

OUTLIERS = "outlier_share"


def write_history(spark: SparkSession, model: SegmentModel, run_id: str) -> None:
    """Score every snapshot of the history into ``ml.customer_segment_history``.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.
    model : SegmentModel
        The one model by which all snapshots are scored.
    run_id : str
        Partition that is written.

    Raises
    ------
    InputError
        If the history has not been built.
    """
    scored = score_customers(history_mart(spark), model).select(
        "customer_id",
        "snapshot_date",
        "segment_id",
        "persona",
        "membership_probability",
        "is_outlier",
    )
    write_partition(spark, scored, "ml.customer_segment_history", run_id)


def write_drift(
    spark: SparkSession, model: SegmentModel, settings: Settings, run_id: str
) -> list[dict]:
    """Measure the drift of every snapshot into ``ml.drift``, and return its rows.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.
    model : SegmentModel
        Says what customers were like at the fit.
    settings : Settings
        Limits beyond which a refit is due.
    run_id : str
        Partition that is written.

    Returns
    -------
    list of dict
        As `drift_rows` gives them.

    Raises
    ------
    InputError
        If the history has not been built.
    """
    rows = drift_rows(history_mart(spark), model, settings)
    write_rows(spark, rows, "ml.drift", run_id)
    return rows


def drift_rows(frame: DataFrame, model: SegmentModel, settings: Settings) -> list[dict]:
    """Compare customers with those the model was fitted on.

    Parameters
    ----------
    frame : DataFrame
        With snapshot_date and the fitted measures.
    model : SegmentModel
    settings : Settings
        `psi_threshold` and `outlier_threshold`: above them a refit is due.

    Returns
    -------
    list of dict
        A row for each snapshot and feature: snapshot_date, feature, population_stability_index (0
        is the same, higher is farther) for a measure, outlier_share (0 to 1) for the outliers,
        each None for the other kind, and is_refit_due, which is never set for a snapshot before
        the fit: no refit would make up for that.
    """
    fitted_on = date.fromisoformat(model.as_of_date)
    binned = score_customers(frame, model).select(
        "snapshot_date",
        F.col("is_outlier").cast("int").alias(OUTLIERS),
        *(_bin(name, model.drift_reference[name]["edges"]).alias(name) for name in MEASURES),
    )
    numbers = {
        **{name: len(model.drift_reference[name]["shares"]) for name in MEASURES},
        OUTLIERS: 2,
    }
    # Side by side rather than exploded: Sail 0.7.2 can't explode structs that may hold nulls.
    counted = binned.groupBy("snapshot_date").agg(
        *(
            F.count_if(F.col(name) == number).alias(f"{name} {number}")
            for name, count in numbers.items()
            for number in range(count)
        )
    )
    tables = {
        (row.snapshot_date, name): {number: row[f"{name} {number}"] for number in range(count)}
        for row in counted.collect()
        for name, count in numbers.items()
    }
    rows = []
    for (day, feature), bins in sorted(tables.items()):
        customers = sum(bins.values())
        index = outliers = None
        if feature == OUTLIERS:
            outliers = bins.get(1, 0) / customers
            due = outliers > settings.outlier_threshold
        else:
            reference = np.array(model.drift_reference[feature]["shares"])
            found = np.array([bins.get(b, 0) for b in range(len(reference))]) / customers
            index = population_stability_index(reference, found)
            due = index > settings.psi_threshold
        rows.append(
            {
                "snapshot_date": day,
                "feature": feature,
                "population_stability_index": index,
                "outlier_share": outliers,
                "is_refit_due": due and day >= fitted_on,
            }
        )
    return rows


def _bin(name: str, edges: list[float]) -> Column:
    """Return the number of a value's bin; a value at an edge falls below it."""
    value = F.col(name).cast("double")
    number = F.lit(0)
    for upper, edge in enumerate(edges, start=1):
        number = F.when(value > F.lit(edge), F.lit(upper)).otherwise(number)
    return number


def population_stability_index(reference: np.ndarray, found: np.ndarray) -> float:
    """Compare two distributions over the same bins.

    Parameters
    ----------
    reference, found : ndarray of shape (b,)
        Shares that sum to 1. Empty bins count as 0.0001, so that one stays finite.

    Returns
    -------
    float
        ``sum((found - reference) * log(found / reference))``: 0 is the same, from about 0.1 on
        a change is seen, above 0.25 it is a shift.
    """
    a, b = np.maximum(reference, 1e-4), np.maximum(found, 1e-4)
    return float(((b - a) * np.log(b / a)).sum())


def drift_warnings(rows: list[dict], settings: Settings) -> list[str]:
    """Say in one sentence a snapshot what has drifted.

    Parameters
    ----------
    rows : list of dict
        As `drift_rows` gives them.
    settings : Settings
        Names the limits.

    Returns
    -------
    list of str
        The earliest snapshot first; empty where no refit is due.
    """
    said = []
    days = sorted({row["snapshot_date"] for row in rows})
    for day in days:
        due = [row for row in rows if row["snapshot_date"] == day and row["is_refit_due"]]
        if due:
            shifts = ", ".join(
                f"{row['feature']} (share {row['outlier_share']:.1%})"
                if row["feature"] == OUTLIERS
                else f"{row['feature']} (index {row['population_stability_index']:.2f})"
                for row in due
            )
            said.append(
                f"On {day} customers differ from those the model was fitted on: {shifts}; limits "
                f"are {settings.psi_threshold:g} and {settings.outlier_threshold:.0%}. A refit "
                "is due: python -m ml.train."
            )
    return said


def write_lineage(
    spark: SparkSession,
    scored: DataFrame,
    model: SegmentModel,
    previous_run_id: str | None,
    run_id: str,
) -> tuple[list[str], list[str]]:
    """Write ``ml.segment_lineage`` and say what changed its meaning.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.
    scored : DataFrame
        This run's customers with customer_id and segment_id.
    model : SegmentModel
        Names this run's segments.
    previous_run_id : str or None
        The last run about the same shop; None leaves the table without rows.
    run_id : str
        Partition that is written.

    Returns
    -------
    lines, warnings : list of str
        As `lineage_sentences` gives them.
    """
    rows: list[dict] = []
    if previous_run_id is not None:
        before = spark.table(full_name("ml.customer_segments"))
        before = before.where(before.run_id == previous_run_id).select(
            "customer_id",
            F.col("segment_id").alias("previous_segment_id"),
            F.col("persona").alias("previous_persona"),
        )
        counted = (
            scored.select("customer_id", "segment_id")
            .join(before, "customer_id", "left")
            .groupBy("segment_id", "previous_segment_id", "previous_persona")
            .agg(F.count(F.lit(1)).alias("customers"))
            .collect()
        )
        counts = {
            (row.segment_id, row.previous_segment_id): (row.customers, row.previous_persona)
            for row in counted
        }
        rows = lineage_rows(counts, model.personas, previous_run_id)
    write_rows(spark, rows, "ml.segment_lineage", run_id)
    return lineage_sentences(rows, previous_run_id)
