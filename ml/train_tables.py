"""Write what a training run found: a partition of each ml table but ``ml.model_runs``."""

from __future__ import annotations

from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ml.backtest_measures import Backtest, write_backtest
from ml.features import MEASURES
from ml.fit import side_by_side
from ml.history import write_drift, write_history
from ml.lineage import write_lineage
from ml.marts import DESCRIBED
from ml.model import SegmentModel, save_model
from ml.output import write_rows
from ml.personas import Persona
from ml.scoring import SCORES, distinguishing_measures
from ml.search import Search
from ml.settings import Settings
from pipeline.tables import write_partition

__all__ = ["Said", "write_customers", "write_profiles", "write_tables"]


@dataclass
class Said:
    """What is worth telling of the tables: sentences, and warnings."""

    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def write_tables(
    spark: SparkSession,
    scored: DataFrame,
    model: SegmentModel,
    found: Search,
    bases: list[Persona],
    tests: list[Backtest],
    previous: str | None,
    run_id: str,
    settings: Settings,
) -> Said:
    """Write every table of the run but ``ml.model_runs``, independent ones side by side.

    Parameters
    ----------
    spark : SparkSession
    scored : DataFrame
        All customers with `ml.scoring.SCORES`, cached.
    model : SegmentModel
    found : Search
    bases : list of Persona
        Persona that each segment's name is based on.
    tests : list of Backtest
    previous : str or None
        Run that the lineage compares with.
    run_id : str
        Partition that is written.
    settings : Settings

    Returns
    -------
    Said
        How the segments changed since the previous run.
    """
    said = Said()
    scored.count()
    with side_by_side(spark, settings.parallel_fits) as submit:
        lineage = submit(write_lineage, spark, scored, model, previous, run_id)
        work = [
            submit(save_model, spark, model),
            submit(write_customers, spark, scored, model, run_id),
            submit(write_profiles, spark, scored, model, bases, run_id),
            submit(_write_selection, spark, found, settings, run_id),
            submit(write_history, spark, model, run_id),
            submit(write_drift, spark, model, settings, run_id),
            submit(write_backtest, spark, tests, run_id),
        ]
        for future in work:
            future.result()
        lines, warnings = lineage.result()
    said.lines += lines
    said.warnings += warnings
    return said


def write_customers(
    spark: SparkSession, scored: DataFrame, model: SegmentModel, run_id: str
) -> None:
    """Write ``ml.customer_segments`` of customers as `score_customers` returns them."""
    frame = scored.select(
        "customer_id",
        "as_of_date",
        *SCORES,
        distinguishing_measures(scored, model).alias("distinguishing_measures"),
    )
    write_partition(spark, frame, "ml.customer_segments", run_id)


def write_profiles(
    spark: SparkSession,
    scored: DataFrame,
    model: SegmentModel,
    bases: list[Persona],
    run_id: str,
) -> None:
    """Write ``ml.segment_profiles``; each segment's name is based on its persona in ``bases``."""
    rows = _profile_rows(scored, model, bases)
    write_rows(spark, rows, "ml.segment_profiles", run_id)


def _profile_rows(scored: DataFrame, model: SegmentModel, bases: list[Persona]) -> list[dict]:
    """Describe each segment; one without customers has null medians."""

    def median(column: str, name: str):
        return F.percentile(F.col(column).cast("double"), F.lit(0.5)).alias(name)

    grouped = (
        scored.groupBy("segment_id")
        .agg(
            F.count(F.lit(1)).alias("customer_count"),
            F.sum("monetary").cast("decimal(38,9)").alias("revenue"),
            *(median(name, f"median_{name}") for name in (*MEASURES, *DESCRIBED)),
            median("average_days_between_orders", "median_days_between_orders"),
            F.avg("return_rate").alias("mean_return_rate"),
            F.avg("membership_probability").alias("mean_membership_probability"),
            F.count(F.when(F.col("is_outlier"), True)).alias("outlier_count"),
        )
        .collect()
    )
    by_id = {row.segment_id: row.asDict() for row in grouped}
    customers = sum(row["customer_count"] for row in by_id.values())
    revenue = sum(row["revenue"] for row in by_id.values())
    rows = []
    for index, base in enumerate(bases):
        mean, covariance = model.mixture.means[index], model.mixture.covariances[index]
        row = {"customer_count": 0, "revenue": 0, "outlier_count": 0} | by_id.get(index + 1, {})
        rows.append(
            row
            | {
                "segment_id": index + 1,
                "persona": model.personas[index],
                "icon": base.icon,
                "persona_description": base.description,
                "recommended_action": base.action,
                "customer_share": row["customer_count"] / customers,
                "revenue_share": float(row["revenue"] / revenue),
                "weight": float(model.mixture.weights[index]),
                "mean_recency_feature": float(mean[0]),
                "mean_value_feature": float(mean[1]),
                "variance_recency_feature": float(covariance[0, 0]),
                "variance_value_feature": float(covariance[1, 1]),
                "covariance_features": float(covariance[0, 1]),
            }
        )
    return rows


def _write_selection(spark: SparkSession, found: Search, settings: Settings, run_id: str) -> None:
    rows = [
        {
            "segment_count": c.k,
            "seed": settings.seed,
            "silhouette": c.silhouette,
            "bic": c.bic,
            "aic": c.aic,
            "log_likelihood": c.log_likelihood,
            "iteration_count": c.steps,
            "is_converged": c.is_converged,
            "used_component_count": c.used,
            "smallest_share": c.smallest_share,
            "largest_share": c.largest_share,
            "smallest_eigenvalue": c.smallest_eigenvalue,
            "stability": c.stability,
            "stability_draw_count": len(c.draws),
            "is_eligible": c.k in found.choice.eligible,
            "is_chosen": c.k == found.choice.k,
            "reason": found.choice.reasons[c.k],
        }
        for c in found.candidates
    ]
    write_rows(spark, rows, "ml.model_selection", run_id)
