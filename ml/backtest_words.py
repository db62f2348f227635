"""Say in plain words, and as a table, what a backtest found."""

from __future__ import annotations

from ml.backtest_measures import Backtest
from ml.backtest_population import METHODS

__all__ = ["backtest_sentences", "backtest_table"]


def backtest_sentences(tests: list[Backtest]) -> list[str]:
    """Say in plain words what the segments predicted, and where others did better.

    Parameters
    ----------
    tests : list of Backtest

    Returns
    -------
    list of str
        About the latest cut-off that could be measured.
    """
    measured = [test for test in tests if test.skipped is None]
    if not measured:
        reasons = "; ".join(test.skipped for test in tests) or (
            "the history holds no cut-off early enough"
        )
        return [f"What the segments predict could not be measured: {reasons}."]
    test = max(measured, key=lambda test: test.cutoff)
    rows = [row for row in test.segments if row["method"] == "mixture"]
    rows = sorted(rows, key=lambda row: -row["future_revenue_share"])
    said = [
        f"{row['segment']} were {row['customer_share']:.0%} of customers on {test.cutoff} and "
        f"brought {row['future_revenue_share']:.0%} of the next {test.horizon} days' revenue "
        f"({row['future_revenue_per_customer']:,.0f} each, 95% interval "
        f"{row['future_revenue_per_customer_low']:,.0f} to "
        f"{row['future_revenue_per_customer_high']:,.0f})."
        for row in rows[:2]
    ]
    metrics = {row["method"]: row for row in test.metrics}
    own = metrics["mixture"]
    if own["eta_squared"] is not None:
        said.append(_comparison(metrics, own, test))
    own_capture, spend_capture = (
        own["top_fifth_capture"],
        metrics["past_spend"]["top_fifth_capture"],
    )
    verdict = (
        "to list only the top customers, sort by past spend"
        if spend_capture > own_capture
        else "at least as good as a list sorted by past spend"
    )
    said.append(
        f"The best fifth of customers by segment brought {own_capture:.0%} of that revenue, the "
        f"best fifth by past spend {spend_capture:.0%}: {verdict}."
    )
    return said


def _comparison(metrics: dict[str, dict], own: dict, test: Backtest) -> str:
    others = [name for name in METHODS if name in metrics and name not in ("mixture", "past_spend")]
    told = ", ".join(f"{METHODS[name]} {metrics[name]['eta_squared']:.1%}" for name in others)
    better = [name for name in others if metrics[name]["eta_squared"] > own["eta_squared"]]
    ending = (
        "none of them explains more"
        if not better
        else f"{' and '.join(METHODS[name] for name in better)} "
        f"{'explains' if better == ['kmeans'] else 'explain'} more here"
    )
    return (
        f"The segments explain {own['eta_squared']:.1%} of the differences in what customers "
        f"spent next (95% interval {own['eta_squared_low']:.1%} to "
        f"{own['eta_squared_high']:.1%}); {told}: {ending}."
    )


def backtest_table(test: Backtest) -> str:
    """Return the figures of every method, and of each segment, as text."""
    if test.skipped:
        return f"{test.cutoff}: not measured, {test.skipped}"
    lines = [
        f"{test.cutoff}, next {test.horizon} days",
        f"  {'method':<14}{'k':>4}{'eta squared':>24}{'top fifth':>11}{'gini':>8}",
    ]
    for row in test.metrics:
        eta = (
            ""
            if row["eta_squared"] is None
            else (
                f"{row['eta_squared']:.4f} ({row['eta_squared_low']:.3f} to "
                f"{row['eta_squared_high']:.3f})"
            )
        )
        lines.append(
            f"  {row['method']:<14}{row['segment_count'] or '':>4}{eta:>24}"
            f"{row['top_fifth_capture']:>11.4f}{row['normalised_gini']:>8.4f}"
        )
    lines.append(
        f"  {'segment':<28}{'customers':>11}{'revenue':>9}{'each (95% interval)':>28}{'active':>8}"
    )
    for row in test.segments:
        if row["method"] == "mixture":
            each = (
                f"{row['future_revenue_per_customer']:,.0f} "
                f"({row['future_revenue_per_customer_low']:,.0f} to "
                f"{row['future_revenue_per_customer_high']:,.0f})"
            )
            lines.append(
                f"  {row['segment']:<28}{row['customer_share']:>11.1%}"
                f"{row['future_revenue_share']:>9.1%}{each:>28}{row['active_share']:>8.1%}"
            )
    return "\n".join(lines)
