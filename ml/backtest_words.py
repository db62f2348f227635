"""Say in plain words, and as a table, what a backtest found."""

from __future__ import annotations

from ml.backtest_measures import Backtest
from ml.backtest_population import METHODS
from pipeline.core.amounts import Amounts

__all__ = ["backtest_sentences", "backtest_table"]

_VALUE = "{:.4f} ({:.3f} to {:.3f})"
_LEAD = "{:+.3f} ({:+.3f} to {:+.3f})"


def backtest_sentences(tests: list[Backtest], amounts: Amounts) -> list[str]:
    """Say in plain words what the segments predicted, and where others did better.

    Parameters
    ----------
    tests : list of Backtest
    amounts : Amounts
        What is counted after the cut-off.

    Returns
    -------
    list of str
        About the latest cut-off that could be measured.
    """
    measured = [test for test in tests if test.skipped is None]
    if not measured:
        reasons = "; ".join(test.skipped for test in tests if test.skipped) or (
            "the history holds no cut-off early enough"
        )
        return [f"What the segments predict could not be measured: {reasons}."]
    test = max(measured, key=lambda test: test.cutoff)
    rows = [row for row in test.segments if row["method"] == "mixture"]
    rows = sorted(rows, key=lambda row: -row["future_revenue_share"])
    unnamed = "" if amounts.are_money or amounts.are_orders else "; the source names no currency"
    said = [
        f"{row['segment']} were {row['customer_share']:.0%} of customers on {test.cutoff} and "
        f"{amounts.verb} {row['future_revenue_share']:.0%} of the next {test.horizon} days' "
        f"{amounts.noun} ({amounts.each(*_each(row))}{unnamed})."
        for row in rows[:2]
    ]
    metrics = {row["method"]: row for row in test.metrics}
    own = metrics["mixture"]
    if own["eta_squared"] is not None:
        said.append(_comparison(metrics, own, amounts))
    own_capture, spend_capture = (
        own["top_fifth_capture"],
        metrics["past_spend"]["top_fifth_capture"],
    )
    verdict = (
        f"to list only the top customers, sort by {amounts.past}"
        if spend_capture > own_capture
        else f"at least as good as a list sorted by {amounts.past}"
    )
    that = "that revenue" if amounts.are_money else f"those {amounts.noun}"
    said.append(
        f"The best fifth of customers by segment {amounts.verb} {own_capture:.0%} of {that}, the "
        f"best fifth by {amounts.past} {spend_capture:.0%}: {verdict}."
    )
    return said


def _each(row: dict) -> tuple[float, float, float]:
    """Return the mean of a segment's customers and the ends of its interval."""
    name = "future_revenue_per_customer"
    return row[name], row[f"{name}_low"], row[f"{name}_high"]


def _comparison(metrics: dict[str, dict], own: dict, amounts: Amounts) -> str:
    others = [name for name in METHODS if name in metrics and name not in ("mixture", "past_spend")]
    compared = ", ".join(f"{METHODS[name]} {metrics[name]['eta_squared']:.1%}" for name in others)
    better = [name for name in others if metrics[name]["eta_squared"] > own["eta_squared"]]
    ending = (
        "none of them explains more"
        if not better
        else f"{' and '.join(METHODS[name] for name in better)} "
        f"{'explains' if better == ['kmeans'] else 'explain'} more here"
    )
    what = "what customers spent next" if amounts.are_money else f"customers' next {amounts.noun}"
    return (
        f"The segments explain {own['eta_squared']:.1%} of the differences in {what} "
        f"(95% interval {own['eta_squared_low']:.1%} to {own['eta_squared_high']:.1%}); "
        f"{compared}: "
        f"{ending}."
    )


def backtest_table(test: Backtest, amounts: Amounts) -> str:
    """Return the figures of every method, and of each segment, as text."""
    if test.skipped:
        return f"{test.cutoff}: not measured, {test.skipped}"
    lines = [
        f"{test.cutoff}, next {test.horizon} days",
        f"  {'method':<14}{'k':>4}{'eta squared':>24}{'lead of the segments':>24}"
        f"{'top fifth':>24}{'lead of the segments':>24}{'gini':>8}",
    ]
    for row in test.metrics:
        told = [
            "" if row[name] is None else form.format(row[name], row[f"{name}_low"], high)
            for measure in ("eta_squared", "top_fifth_capture")
            for name, form in ((measure, _VALUE), (f"{measure}_lead", _LEAD))
            for high in (row[f"{name}_high"],)
        ]
        lines.append(
            f"  {row['method']:<14}{row['segment_count'] or '':>4}"
            + "".join(f"{text:>24}" for text in told)
            + f"{row['normalised_gini']:>8.4f}"
        )
    lines.append(
        f"  {'segment':<28}{'customers':>11}{amounts.noun:>9}"
        f"{amounts.heading('each, 95% interval'):>28}{'active':>8}"
    )
    for row in test.segments:
        if row["method"] == "mixture":
            value, low, high = amounts.numbers(*_each(row))
            each = f"{value} ({low} to {high})"
            lines.append(
                f"  {row['segment']:<28}{row['customer_share']:>11.1%}"
                f"{row['future_revenue_share']:>9.1%}{each:>28}{row['active_share']:>8.1%}"
            )
    return "\n".join(lines)
