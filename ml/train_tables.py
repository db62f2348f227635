"""Write what a training run found: a partition of each ml table but ``ml.model_runs``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ml.backtest_measures import Backtest
from ml.features import FEATURES, MEASURES
from ml.fit import spark_thread_pool
from ml.history import write_drift, write_history, write_lineage
from ml.marts import DESCRIBED, current_source
from ml.model import SegmentModel, save_model
from ml.outlook_backtest import OutlookTest
from ml.outlook_scoring import write_outlook
from ml.output import write_backtests, write_rows
from ml.persona_seed import load_personas
from ml.personas import Persona
from ml.scoring import SCORES, distinguishing_measures, score_customers
from ml.search import Search
from ml.settings import Settings
from pipeline.store.tables import write_partition

__all__ = ["Said", "write_fit", "write_scores"]

_COMPONENT = (
    "weight",
    *(f"mean_{name}" for name in FEATURES),
    *(f"variance_{name}" for name in FEATURES),
    "covariance_features",
)


@dataclass(frozen=True)
class Said:
    """What is worth telling of the tables.

    Attributes
    ----------
    lines, warnings : list of str
        How the segments changed since the previous run.
    drift : list of dict
        Rows of ``ml.drift``.
    """

    lines: list[str]
    warnings: list[str]
    drift: list[dict]


def write_fit(
    spark: SparkSession,
    model: SegmentModel,
    found: Search,
    tests: list[Backtest],
    outlook_tests: list[OutlookTest],
    settings: Settings,
) -> None:
    """Write what a fit found out, and the model as MLlib saves it.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    model : SegmentModel
        Its run's partitions are written.
    found : Search
    tests : list of Backtest
    outlook_tests : list of OutlookTest
    settings : Settings
    """
    save_model(spark, model)
    _write_selection(spark, found, settings, model.run_id)
    write_backtests(spark, tests, outlook_tests, model.run_id)


def write_scores(
    spark: SparkSession,
    mart: DataFrame,
    model: SegmentModel,
    previous: str | None,
    run_id: str,
    settings: Settings,
) -> Said:
    """Score everybody, and write every table that follows from it, side by side.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.
    mart : DataFrame
        All customers.
    model : SegmentModel
    previous : str or None
        Run that the lineage compares with.
    run_id : str
        Partition that is written.
    settings : Settings

    Returns
    -------
    Said
    """
    scored = score_customers(mart, model).persist()
    try:
        scored.count()
        with spark_thread_pool(spark, settings.parallel_fits) as submit:
            lineage = submit(write_lineage, spark, scored, model, previous, run_id)
            drift = submit(write_drift, spark, model, settings, run_id)
            work = [
                submit(write_customers, spark, scored, model, run_id),
                submit(write_profiles, spark, scored, model, run_id),
                submit(write_history, spark, model, run_id),
                submit(write_outlook, spark, mart, model, run_id),
            ]
            for future in work:
                future.result()
            lines, warnings = lineage.result()
            return Said(lines, warnings, drift.result())
    finally:
        scored.unpersist()


def write_customers(
    spark: SparkSession, scored: DataFrame, model: SegmentModel, run_id: str
) -> None:
    """Write ``ml.customer_segments`` of customers as `score_customers` returns them."""
    frame = scored.select(
        "customer_id",
        "as_of_date",
        *SCORES,
        distinguishing_measures(scored, model, current_source(spark).amounts).alias(
            "distinguishing_measures"
        ),
    )
    write_partition(spark, frame, "ml.customer_segments", run_id)


def write_profiles(
    spark: SparkSession, scored: DataFrame, model: SegmentModel, run_id: str
) -> None:
    """Write ``ml.segment_profiles``."""
    rows = _profile_rows(scored, model, _bases(model))
    write_rows(spark, rows, "ml.segment_profiles", run_id)


def _bases(model: SegmentModel) -> list[Persona]:
    """Return the persona of each segment; one that is qualified is called ``<persona> (<how>)``."""
    known = {persona.name: persona for persona in load_personas()}
    return [known.get(name) or known[name.rpartition(" (")[0]] for name in model.personas]


def _profile_rows(scored: DataFrame, model: SegmentModel, bases: list[Persona]) -> list[dict]:
    """Describe each segment; one without customers has null medians."""

    def median(column: str, name: str) -> Column:
        return F.percentile(F.col(column).cast("double"), F.lit(0.5)).alias(name)

    grouped = (
        scored.groupBy("segment_id")
        .agg(
            F.count(F.lit(1)).alias("customer_count"),
            F.sum("monetary").cast("decimal(38,9)").alias("revenue"),
            *(median(name, f"median_{name}") for name in (*MEASURES, *DESCRIBED)),
            median("average_days_between_orders", "median_days_between_orders"),
            *(
                F.percentile(F.col(name).cast("double"), F.lit(share)).alias(f"_{name}_{end}")
                for name in ("recency_days", "frequency")
                for end, share in (("low", 0.1), ("high", 0.9))
            ),
            # The last digits of a mean depend on the order of the rows.
            F.round(F.avg("return_rate"), 12).alias("mean_return_rate"),
            F.round(F.avg("membership_probability"), 12).alias("mean_membership_probability"),
            F.count(F.when(F.col("is_outlier"), True)).alias("outlier_count"),
        )
        .collect()
    )
    by_id = {row.segment_id: row.asDict() for row in grouped}
    customers = sum(row["customer_count"] for row in by_id.values())
    revenue = sum(row["revenue"] for row in by_id.values())
    rows = []
    empty = dict.fromkeys(name for name in by_id[grouped[0].segment_id] if name[0] != "_")
    empty |= {"customer_count": 0, "revenue": 0, "outlier_count": 0}
    components = {i: at for at, i in enumerate(model.component_ids)}
    for segment_id, base in enumerate(bases, start=1):
        row = empty | by_id.get(segment_id, {})
        spread = {name: row.pop(name) for name in list(row) if name.startswith("_")}
        rows.append(
            row
            | {
                "segment_id": segment_id,
                "persona": model.personas[segment_id - 1],
                "icon": base.icon,
                "life_cycle": base.life_cycle,
                "persona_description": base.description + _in_numbers(spread),
                "recommended_action": base.action,
                "customer_share": row["customer_count"] / customers,
                "revenue_share": float(row["revenue"] / revenue),
                **_component(model, components.get(segment_id)),
            }
        )
    return rows


def _component(model: SegmentModel, at: int | None) -> dict:
    """Describe a component; the segment of the new customers has none."""
    if at is None:
        return dict.fromkeys(_COMPONENT)
    mean, covariance = model.mixture.means[at], model.mixture.covariances[at]
    values = (
        model.mixture.weights[at],
        *mean,
        covariance[0, 0],
        covariance[1, 1],
        covariance[0, 1],
    )
    return dict(zip(_COMPONENT, map(float, values), strict=True))


def _in_numbers(spread: dict[str, Any]) -> str:
    """Say what four in five of a segment's customers did; nothing for no customers."""
    if not spread:
        return ""
    orders = _between(spread["_frequency_low"], spread["_frequency_high"], "time")
    days = _between(spread["_recency_days_low"], spread["_recency_days_high"], "day")
    return f": four in five ordered {orders}, last {days} ago"


def _between(low: float, high: float, noun: str) -> str:
    """Return a range of whole numbers with its noun: ``2 to 4 times``, ``1 day``."""
    first, last = round(low), round(high)
    plural = noun if last == 1 else f"{noun}s"
    return f"{last:,} {plural}" if first == last else f"{first:,} to {last:,} {plural}"


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
