"""The model card of a run: what the segments are made of, how good they are, what limits them."""

from __future__ import annotations

import json
from pathlib import Path

from pyspark.sql import DataFrame, Row, SparkSession

from ml.backtest_population import METHODS
from ml.features import Scaling
from ml.outlook_features import OUTLOOK_FEATURES
from pipeline.core.amounts import Amounts
from pipeline.core.errors import InputError
from pipeline.store.shop_source import ShopSource
from pipeline.store.tables import full_name

__all__ = ["model_card", "write_model_card"]

_PARTS = ("chance", "orders", "spend")


def write_model_card(spark: SparkSession, run_id: str, path: Path) -> None:
    """Write `model_card` to a file."""
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
        _predictions(
            rows("backtest_metrics", "cutoff_date", "method"),
            rows("backtest", "cutoff_date", "segment_rank"),
            amounts,
        ),
        _outlook(run, rows("outlook_backtest", "cutoff_date", "method"), amounts),
        _history(rows("segment_lineage", "segment_id"), rows("drift", "snapshot_date")),
        _limits(run),
    ]
    return "\n\n".join(parts) + "\n"


def _table(header: list[str], lines: list[list[str]]) -> str:
    def safe(text: str) -> str:
        return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")

    rule = ["---"] * len(header)
    return "\n".join(
        "| " + " | ".join(safe(cell) for cell in cells) + " |" for cells in (header, rule, *lines)
    )


def _number(value: float | None, form: str = ".3f") -> str:
    return "–" if value is None else format(value, form)


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
            _number(row.silhouette),
            _number(row.bic, ",.0f"),
            _number(row.aic, ",.0f"),
            f"{row.smallest_share:.1%}",
            f"{row.largest_share:.1%}",
            f"{_number(row.stability)} ({row.stability_draw_count})",
            row.reason,
        ]
        for row in selection
    ]
    table = _table(
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
        f"{table}{warning}"
    )


def _segments(profiles: list[Row], share: float, amounts: Amounts) -> str:
    lines = [
        [
            str(row.segment_id),
            f"{row.icon} {row.persona}",
            f"{row.customer_count:,} ({row.customer_share:.1%})",
            f"{row.revenue_share:.1%}",
            _number(row.median_recency_days, ",.0f"),
            _number(row.median_frequency, ",.0f"),
            _number(row.median_monetary, ",.2f"),
            _number(row.mean_membership_probability, ".2f"),
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
        "the segment's customers.\n\n" + _table(header, lines)
    )


def _predictions(metrics: list[Row], segments: list[Row], amounts: Amounts) -> str:
    title = "## What the segments predict\n\n"
    if not metrics:
        return title + "Not measured: the history holds no cut-off with enough days after it."
    lines = [
        [
            str(row.cutoff_date),
            METHODS[row.method],
            str(row.segment_count or ""),
            "–"
            if row.eta_squared is None
            else f"{row.eta_squared:.3f} ({row.eta_squared_low:.3f} to {row.eta_squared_high:.3f})",
            _number(row.top_fifth_capture, ".3f"),
            _number(row.normalised_gini, ".3f"),
        ]
        for row in sorted(metrics, key=lambda m: (m.cutoff_date, list(METHODS).index(m.method)))
    ]
    latest = max(row.cutoff_date for row in metrics)
    after = [
        [
            row.segment,
            f"{row.customer_share:.1%}",
            f"{row.future_revenue_share:.1%}",
            f"{row.future_revenue_per_customer:,.2f} ({row.future_revenue_per_customer_low:,.2f} "
            f"to {row.future_revenue_per_customer_high:,.2f})",
            f"{row.active_share:.1%} ({row.active_share_low:.1%} to {row.active_share_high:.1%})",
        ]
        for row in segments
        if row.cutoff_date == latest and row.method == "mixture"
    ]
    horizon = metrics[0].horizon_days
    return (
        title
        + f"Fitted on what was known at the cut-off, measured on the next {horizon} days. Eta "
        f"squared: share of the variance of log future {amounts.noun} between segments. Top "
        f"fifth: share of future {amounts.noun} held by the best 20% of customers, segments "
        "ranked on the past. Intervals: 95%, bootstrap. Higher is better throughout.\n\n"
        + _table(["cut-off", "method", "k", "eta squared", "top fifth", "gini"], lines)
        + f"\n\nSegments fitted on {latest}:\n\n"
        + _table(
            ["segment", "customers", amounts.share_heading, amounts.heading("each"), "ordered"],
            after,
        )
    )


def _outlook(run: Row, tests: list[Row], amounts: Amounts) -> str:
    title = "## What each customer will do next\n\n"
    outlook = json.loads(run.model_json).get("outlook")
    if outlook is None:
        return title + "No outlook is given: the history is too short, or too few ordered again."
    lines = [
        [name, *(f"{outlook[part]['coefficients'][i]:+.3f}" for part in _PARTS)]
        for i, name in enumerate(OUTLOOK_FEATURES)
    ]
    said = (
        f"Learned from {outlook['customers']:,} customers at {outlook['snapshots']} snapshots "
        f"({outlook['rows']:,} rows) and what they did in the {outlook['horizon_days']} days after "
        "each, up to the as-of date. Coefficients per standard deviation of a feature: log odds "
        "of an order, log of expected orders, log of expected spend.\n\n"
        + _table(["feature", *_PARTS], lines)
    )
    if not tests:
        return title + said + "\n\nHow good it is was not measured."
    measured = [
        [
            str(row.cutoff_date),
            row.method,
            f"{row.top_fifth_capture:.3f} ({row.top_fifth_capture_low:.3f} to "
            f"{row.top_fifth_capture_high:.3f})",
            f"{row.expected_spend:,.2f}",
            f"{row.actual_spend:,.2f}",
            f"{row.mean_absolute_error:,.2f}",
            _number(row.brier_score),
        ]
        for row in tests
    ]
    header = [
        "cut-off",
        "method",
        "top fifth",
        amounts.heading("expected"),
        amounts.heading("actual"),
        amounts.heading("mean absolute error"),
        "Brier score",
    ]
    ranking = "is" if outlook["is_ranking"] else "is not"
    return (
        title
        + said
        + "\n\nLearned anew before each cut-off, and measured after it:\n\n"
        + _table(header, measured)
        + f"\n\nThe activation list {ranking} sorted by expected spend."
    )


def _history(lineage: list[Row], drift: list[Row]) -> str:
    best = [row for row in lineage if row.is_best_match]
    said = ["## Continuity\n"]
    if best:
        said.append(f"Against the run before, {best[0].previous_run_id}:\n")
        said.append(
            _table(
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
