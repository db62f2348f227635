"""Charts of the outlook: what was expected of customers, and what they did."""

from collections.abc import Callable
from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import money_axis, percent_axis
from dashboard.theme import Theme

CALIBRATED = {
    "order_chance": "Share of customers who order",
    "expected_spend": "Mean spend",
}
METHODS = {
    "outlook": "Outlook",
    "bg_nbd": "BG/NBD with Gamma-Gamma",
    "mixture": "Segments, spend carried on",
    "past_spend": "Past spend, carried on",
}


def calibration(frame: pd.DataFrame, look: Theme, measure: str, currency: str) -> Any:
    """Return what was expected of each tenth of the customers against what they did.

    Parameters
    ----------
    frame : DataFrame
        Result of ``model/outlook_calibration``: ``measure``, ``decile``, ``customer_count``,
        ``expected``, ``actual`` and the ends of its 95% interval, ``actual_low`` and
        ``actual_high``.
    look : Theme
        Colours.
    measure : str
        A key of `CALIBRATED`.
    currency : str
        ISO code.
    """
    is_share = measure == "order_chance"

    def text(value: float) -> str:
        return formats.share(value) if is_share else formats.money(value, currency)

    part = frame[frame["measure"] == measure]
    shown = part.assign(
        expected_text=part["expected"].map(text),
        actual_text=part["actual"].map(text),
        interval=[
            f"{text(low)} to {text(high)}"
            for low, high in zip(part["actual_low"], part["actual_high"], strict=True)
        ],
    )
    # Most customers spend little and a few very much: only the root shows both.
    kind = alt.Scale(zero=True, nice=True, type="linear" if is_share else "sqrt")

    def axis(title: str) -> alt.Axis:
        options = {"grid": True, "tickCount": 5}
        if is_share:
            return percent_axis(title, **options)
        return money_axis(currency, title, **options)

    most = float(max(shown["expected"].max(), shown["actual_high"].max()))
    line = (
        alt.Chart(pd.DataFrame({"expected": [0.0, most], "actual": [0.0, most]}))
        .mark_line(color=look.faint, strokeDash=[4, 4])
        .encode(x=alt.X("expected:Q"), y=alt.Y("actual:Q"))
    )
    base = alt.Chart(shown).encode(
        x=alt.X("expected:Q", scale=kind, axis=axis("Expected")),
        tooltip=[
            alt.Tooltip("decile:Q", title="Tenth, highest first"),
            alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
            alt.Tooltip("expected_text:N", title="Expected"),
            alt.Tooltip("actual_text:N", title="Happened"),
            alt.Tooltip("interval:N", title="95% interval"),
        ],
    )
    ends = base.mark_rule(color=look.accent, strokeWidth=2).encode(
        y=alt.Y("actual_low:Q", scale=kind, axis=axis("Happened")), y2="actual_high:Q"
    )
    dots = base.mark_point(filled=True, size=85, opacity=1, color=look.accent).encode(
        y=alt.Y("actual:Q", scale=kind)
    )
    return alt.layer(line, ends, dots).properties(
        height=260, width="container", title=alt.TitleParams(CALIBRATED[measure], fontSize=13)
    )


def compared(tests: pd.DataFrame, currency: str) -> pd.DataFrame:
    """Return how much each method captured and how far it was off, in texts.

    Parameters
    ----------
    tests : DataFrame
        Result of ``model/outlook_backtest``.
    currency : str
        ISO code.

    Returns
    -------
    DataFrame
        A row for each cut-off and method: the share that its best fifth held and the mean absolute
        error, each with its interval, and the expected and actual spend per customer. The names of
        the columns are headings.
    """

    def interval(row: pd.Series, name: str, text: Callable[[float], str]) -> str:
        ends = (text(row[f"{name}_{end}"]) for end in ("low", "high"))
        return f"{text(row[name])} ({' to '.join(ends)})"

    money = partial(formats.money, currency=currency)
    return pd.DataFrame(
        [
            {
                "After": formats.short_day(row["cutoff_date"]),
                "Method": METHODS.get(row["method"], row["method"]),
                "Held by its best fifth": interval(row, "top_fifth_capture", formats.share),
                "Expected of each": money(row["expected_spend"]),
                "Spent by each": money(row["actual_spend"]),
                "Off by, on average": interval(row, "mean_absolute_error", money),
            }
            for _, row in tests.iterrows()
        ]
    )
