"""Say in plain words, and as a table, how good the outlooks are."""

from __future__ import annotations

from ml.outlook import Outlook
from ml.outlook_backtest import OutlookTest
from pipeline.core.amounts import Amounts

__all__ = ["outlook_sentences", "outlook_table"]


def outlook_sentences(
    outlook: Outlook | None, reason: str | None, tests: list[OutlookTest], amounts: Amounts
) -> list[str]:
    """Say what was learned about the days ahead, and what the past says of its worth.

    Parameters
    ----------
    outlook : Outlook or None
    reason : str or None
        Why there is none.
    tests : list of OutlookTest
    amounts : Amounts
        What is counted in the days ahead.

    Returns
    -------
    list of str
        About the latest cut-off that could be measured.
    """
    if outlook is None:
        return [f"No outlook for the days ahead is given: {reason}."]
    measured = [test for test in tests if test.metrics]
    if not measured:
        reasons = "; ".join(test.skipped for test in tests if test.skipped)
        return [
            f"Each customer has an outlook for the next {outlook.horizon_days} days. How good it "
            f"is could not be measured: {reasons or 'the history holds no cut-off early enough'}."
        ]
    test = max(measured, key=lambda test: test.cutoff)
    rows = {row["method"]: row for row in test.metrics}
    own, past = rows["outlook"], rows["past_spend"]
    money = f"{amounts.unit} " if amounts.are_money else ""
    expected, came = own["expected_spend"], own["actual_spend"]
    # As many decimals as a tenth of them needs.
    each, happened, _ = amounts.numbers(expected, came, 1.1 * came)
    ordering = (
        f"The outlook as of {test.cutoff} expected {own['expected_active_share']:.0%} of customers "
        f"to order within {outlook.horizon_days} days, and {own['active_share']:.0%} did; "
        f"{money}{each} were expected of each, and {happened} came."
    )
    gain, low, high = (
        own[name] for name in ("capture_gain", "capture_gain_low", "capture_gain_high")
    )
    return [ordering, _ranking(outlook, own, past, (gain, low, high), amounts)]


def _ranking(
    outlook: Outlook, own: dict, past: dict, gain: tuple[float, float, float], amounts: Amounts
) -> str:
    """Compare the order by expected spend with the order by past spend."""
    best, low, high = (100.0 * value for value in gain)
    compared = (
        f"Its best fifth of customers {amounts.verb} {own['top_fifth_capture']:.1%} of the "
        f"{amounts.noun}, the best fifth by {amounts.past} {past['top_fifth_capture']:.1%} "
        f"(difference {best:+.1f} points, 95% interval {low:+.1f} to {high:+.1f})"
    )
    if outlook.is_ranking:
        return f"{compared}: the activation list is sorted by what is expected of each customer."
    return f"{compared}: the activation list is not sorted by it."


def outlook_table(test: OutlookTest, amounts: Amounts) -> str:
    """Return the figures of every method, and the outlook's tenths, as text."""
    if not test.metrics:
        return f"{test.cutoff}: no outlook, {test.skipped}"
    lines = [
        f"  {'outlook beside':<14}{'top fifth, 95% interval':>28}{'gain':>8}{'expected':>10}"
        f"{'actual':>10}{'error':>9}{'root mean sq.':>15}{'Brier':>8}"
    ]
    for row in test.metrics:
        fifth = (
            f"{row['top_fifth_capture']:.4f} ({row['top_fifth_capture_low']:.3f} to "
            f"{row['top_fifth_capture_high']:.3f})"
        )
        brier = "" if row["brier_score"] is None else f"{row['brier_score']:.4f}"
        lines.append(
            f"  {row['method']:<14}{fifth:>28}{row['capture_gain']:>+8.4f}"
            f"{row['expected_spend']:>10,.1f}{row['actual_spend']:>10,.1f}"
            f"{row['mean_absolute_error']:>9,.1f}{row['root_mean_square_error']:>15,.1f}{brier:>8}"
        )
    lines.append(f"  {'tenth':<8}{'chance':>10}{'ordered':>10}{'expected':>12}{amounts.noun:>10}")
    own = [row for row in test.calibration if row["method"] == "outlook"]
    for number in sorted({row["decile"] for row in own}):
        chance, spend = (
            next(row for row in own if (row["decile"], row["measure"]) == (number, measure))
            for measure in ("order_chance", "expected_spend")
        )
        lines.append(
            f"  {number:<8}{chance['expected']:>10.1%}{chance['actual']:>10.1%}"
            f"{spend['expected']:>12,.1f}{spend['actual']:>10,.1f}"
        )
    return "\n".join(lines)
