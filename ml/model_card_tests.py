"""The parts of the model card that say what was measured on the past."""

import json

from pyspark.sql import Row

from ml.backtest_population import METHODS
from ml.markdown import number, table
from ml.outlook_features import OUTLOOK_FEATURES
from pipeline.core.amounts import Amounts

__all__ = ["outlook_of", "predictions"]

_PARTS = ("chance", "orders", "spend")


def predictions(metrics: list[Row], segments: list[Row], amounts: Amounts) -> str:
    """Say what the segments predict, as a section of markdown.

    Parameters
    ----------
    metrics : list of Row
        Of ``ml.backtest_metrics`` of one run; empty where nothing could be measured.
    segments : list of Row
        Of ``ml.backtest`` of the run, by rank; those of the latest cut-off are listed.
    amounts : Amounts
        What revenue is called and counted in.

    Returns
    -------
    str
        With its heading, without a line break at the end.
    """
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
            number(row.top_fifth_capture, ".3f"),
            number(row.normalised_gini, ".3f"),
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
        + table(["cut-off", "method", "k", "eta squared", "top fifth", "gini"], lines)
        + f"\n\nSegments fitted on {latest}:\n\n"
        + table(
            ["segment", "customers", amounts.share_heading, amounts.heading("each"), "ordered"],
            after,
        )
    )


def outlook_of(run: Row, tests: list[Row], amounts: Amounts) -> str:
    """Say what the outlook was learned from and how good it is, as a section of markdown.

    Parameters
    ----------
    run : Row
        Of ``ml.model_runs``; its model may have no outlook.
    tests : list of Row
        Of ``ml.outlook_backtest`` of the run, in the order shown; empty where it was not measured.
    amounts : Amounts
        What spend is called and counted in.

    Returns
    -------
    str
        With its heading, without a line break at the end.
    """
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
        + table(["feature", *_PARTS], lines)
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
            number(row.brier_score),
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
        + table(header, measured)
        + f"\n\nThe activation list {ranking} sorted by expected spend."
    )
