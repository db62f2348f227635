"""The model card of a run: what the segments are made of, how good they are, what limits them."""

from __future__ import annotations

import json
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession

from ml.features import Scaling
from ml.markdown import number, table
from ml.model_card_tests import outlook_of, predictions
from pipeline.core.amounts import Amounts
from pipeline.core.errors import InputError
from pipeline.store.shop_source import ShopSource
from pipeline.store.tables import full_name

__all__ = ["model_card", "write_model_card"]


def write_model_card(spark: SparkSession, run_id: str, path: Path) -> None:
    """Write `model_card` to a file.

    Parameters
    ----------
    spark : SparkSession
    run_id : str
    path : Path
        Markdown in UTF-8; what is there is replaced.

    Raises
    ------
    InputError
        If there is no such run.
    """
    path.write_text(model_card(spark, run_id), encoding="utf-8")


def model_card(spark: SparkSession, run_id: str) -> str:
    """Describe a run's model in markdown, from the ml tables alone.

    Parameters
    ----------
    spark : SparkSession
    run_id : str

    Returns
    -------
    str
        Data, features, choice, segments, backtest, drift and limits.

    Raises
    ------
    InputError
        If there is no such run.
    """

    def rows(name: str, *order: str) -> list[Row]:
        frame: DataFrame = spark.table(full_name(f"ml.{name}"))
        return frame.where(frame.run_id == run_id).orderBy(*order).collect()

    runs = rows("model_runs", "run_id")
    if not runs:
        raise InputError(f"no run {run_id!r} in ml.model_runs")
    run = runs[0]
    amounts = ShopSource.from_json(run.source_json).amounts
    parts = [
        f"# Model card: customer segments, run {run_id}",
        _data(run),
        _features(run),
        _choice(run, rows("model_selection", "segment_count")),
        _segments(
            rows("segment_profiles", "segment_id"),
            json.loads(run.settings_json)["name_share"],
            amounts,
        ),
        predictions(
            rows("backtest_metrics", "cutoff_date", "method"),
            rows("backtest", "cutoff_date", "segment_rank"),
            amounts,
        ),
        outlook_of(run, rows("outlook_backtest", "cutoff_date", "method"), amounts),
        _history(rows("segment_lineage", "segment_id"), rows("drift", "snapshot_date")),
        _limits(run),
    ]
    return "\n\n".join(parts) + "\n"


def _data(run: Row) -> str:
    fit = json.loads(run.model_json)["fit"]
    if fit["sample_customers"] < run.customer_count:
        basis = (
            f"k was searched on {fit['sample_customers']:,} of them, chosen by a hash of the id; "
            f"the last fit used all, in {fit['partitions']} partitions."
        )
    else:
        basis = "All of them were used throughout."
    return (
        "## Data\n\n"
        f"- As of {run.as_of_date}: orders placed before that day began, net of matched returns.\n"
        f"- {run.customer_count:,} customers with an order of which units remain and a net amount "
        f"above zero. {basis}\n"
        f"- Fingerprint of the mart: `{run.data_fingerprint}`; seed {run.seed}."
    )


def _features(run: Row) -> str:
    model = json.loads(run.model_json)
    scaling, pace = Scaling.from_dict(model["scaling"]), model["pace"]
    means = ", ".join(f"{value:.3f}" for value in scaling.means)
    deviations = ", ".join(f"{value:.3f}" for value in scaling.deviations)
    features = "".join(
        f"- `x{i}`: {feature.formula}; {feature.direction}.\n"
        for i, feature in enumerate(scaling.features, start=1)
    )
    measured = (
        f"measured on {pace['repeat_customers']:,} customers"
        if pace["repeat_customers"]
        else "assumed, since too few customers ordered twice"
    )
    return (
        "## Features\n\n"
        f"- Usual time between orders: {pace['usual_days']:,.0f} days ({measured}). Who placed a "
        f"first order within {pace['new_days']} days is new, a segment of its own by rule; the "
        "mixture is fitted on the others.\n"
        f"{features}"
        f"- Means before scaling {means}; deviations {deviations}.\n"
        "- Nothing else enters: no country, product, weekday or hour, and nothing personal."
    )


def _choice(run: Row, selection: list[Row]) -> str:
    settings = json.loads(run.settings_json)
    lines = [
        [
            f"**{row.segment_count}**" if row.is_chosen else str(row.segment_count),
            number(row.silhouette),
            number(row.bic, ",.0f"),
            number(row.aic, ",.0f"),
            f"{row.smallest_share:.1%}",
            f"{row.largest_share:.1%}",
            f"{number(row.stability)} ({row.stability_draw_count})",
            row.reason,
        ]
        for row in selection
    ]
    tried = table(
        ["k", "silhouette", "BIC", "AIC", "smallest", "largest", "stability (refits)", "why"], lines
    )
    warning = (
        f"\n\n**No k met every guard. Guards it violates: {run.violated_guards}.**"
        if run.violated_guards
        else ""
    )
    return (
        "## Choice of the number of segments\n\n"
        f"A Gaussian mixture (MLlib, {settings['em_steps']} EM steps from the best of "
        f"{settings['starts']} k-means starts). Rule `{run.selection_rule}`"
        + (f", band {settings['band']:g}" if run.selection_rule == "band" else "")
        + f". Guards: every component used, smallest segment {settings['min_share']:.0%} or more, "
        f"largest {settings['max_share']:.0%} or less, mean adjusted Rand index over bootstrap "
        f"refits {settings['min_stability']:g} or more, smallest eigenvalue "
        f"{settings['min_eigenvalue']:g} or more. Stability is measured only where it can change "
        f"the choice. Silhouette and stability: higher is better; BIC and AIC: lower is better.\n\n"
        f"{tried}{warning}"
    )


def _segments(profiles: list[Row], share: float, amounts: Amounts) -> str:
    lines = [
        [
            str(row.segment_id),
            f"{row.icon} {row.persona}",
            f"{row.customer_count:,} ({row.customer_share:.1%})",
            f"{row.revenue_share:.1%}",
            number(row.median_recency_days, ",.0f"),
            number(row.median_frequency, ",.0f"),
            number(row.median_monetary, ",.2f"),
            number(row.mean_membership_probability, ".2f"),
            str(row.outlier_count),
        ]
        for row in profiles
    ]
    header = [
        "id",
        "persona",
        "customers",
        amounts.share_heading,
        "median days since order",
        "median orders",
        amounts.heading("median amount"),
        "mean probability",
        "outliers",
    ]
    return (
        "## Segments\n\n"
        "Ids are the rank by value: the mean log amount a month since the first order. Personas "
        f"come from `seeds/personas.csv`, each only where its conditions hold for {share:.0%} of "
        "the segment's customers.\n\n" + table(header, lines)
    )


def _history(lineage: list[Row], drift: list[Row]) -> str:
    best = [row for row in lineage if row.is_best_match]
    said = ["## Continuity\n"]
    if best:
        said.append(f"Against the run before, {best[0].previous_run_id}:\n")
        said.append(
            table(
                ["segment", "most like it before", "of its customers"],
                [
                    [
                        f"{row.segment_id} {row.persona}",
                        f"{row.previous_segment_id} {row.previous_persona}",
                        f"{row.share_of_segment:.1%}",
                    ]
                    for row in best
                ],
            )
        )
    else:
        said.append("There is no earlier run about the same shop.")
    outliers = [row for row in drift if row.feature == "outlier_share"]
    if outliers:
        last = max(outliers, key=lambda row: row.snapshot_date)
        said.append(
            f"\nOutliers at {last.snapshot_date}: {last.outlier_share:.2%} of customers. "
            "`python -m ml.score` measures the drift of a later mart."
        )
    return "\n".join(said)


def _limits(run: Row) -> str:
    warnings = json.loads(run.warnings_json)
    said = [
        "Segments describe past buying and say nothing about why.",
        "Customers without an id, with returned orders only or with a net amount of zero or less "
        "are not segmented.",
        "Probabilities are those of the mixture, which is stopped early on purpose; they rank "
        "customers well and are not calibrated frequencies.",
        "The first months of a source look like new customers, whatever happened before it begins.",
        *warnings,
    ]
    versions = json.loads(run.model_json)["versions"]
    packages = ", ".join(f"{name} {number}" for name, number in versions.items())
    return "## Limits\n\n" + "\n".join(f"- {line}" for line in said) + f"\n\nVersions: {packages}."
