"""Charts of the data page."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import money_axis, number_axis
from dashboard.theme import Theme

WORDS = {
    "forgotten": "customer forgotten", "unparseable": "could not be read",
    "after_as_of": "after the as-of date", "order_status": "orders that do not count",
    "other_currency": "paid in another currency",
    "adjustment": "accounting lines", "duplicate": "exact duplicates",
    "write_off": "stock written off", "zero_price": "no price", "non_product": "not a product",
    "no_customer": "no customer", "return": "returns", "sale": "sales",
}  # fmt: skip
"""Plain words for the classes of lines."""

BECAUSE = {
    "forgotten": "their customers were forgotten", "unparseable": "they could not be read",
    "after_as_of": "they are not from before the as-of date",
    "order_status": "their orders were cancelled or do not count by their status",
    "other_currency": "they were paid in another currency",
    "adjustment": "they are accounting entries",
    "duplicate": "they repeat another line exactly", "write_off": "they write stock off",
    "zero_price": "they have no price", "non_product": "they are not for a product",
    "no_customer": "they name no customer",
}  # fmt: skip
"""Why a class of lines is left out, as a clause."""

REASONS = {
    "only_cancelled": "cancelled everything", "nothing_sold": "bought no product that was paid for",
    "everything_returned": "returned everything", "no_net_spend": "spent nothing after returns",
    "outside_look_back": "ordered too long ago",
    "no_earlier_sale": "never bought before, as far as the data reach",
    "more_than_was_left": "returned more than bought",
}  # fmt: skip
"""Plain words for why a customer has no segment, or a return no sale."""


def waterfall(frame: pd.DataFrame, look: Theme, currency: str, measure: str) -> Any:
    """Return the way from raw to kept: every class takes its part away.

    Parameters
    ----------
    frame : DataFrame
        Result of ``data/line_classes``: ``line_class``, ``row_count``, ``amount``, ``is_kept``.
    look : Theme
        Colours.
    currency : str
        ISO code.
    measure : {"row_count", "amount"}
        Rows or money.
    """
    steps = waterfall_steps(frame, measure)
    show = formats.count if measure == "row_count" else lambda v: formats.exact_money(v, currency)
    brief = formats.short if measure == "row_count" else lambda v: formats.money(v, currency)
    steps["text"] = [show(value) for value in steps["value"]]
    steps["brief"] = [brief(value) for value in steps["value"]]
    steps["edge"] = steps[["start", "end"]].max(axis=1)
    highest = float(steps["edge"].max() or 1)
    lowest = min(0.0, float(steps[["start", "end"]].min().min()))
    axis = (
        number_axis(tickCount=5, grid=True)
        if measure == "row_count"
        else money_axis(currency, tickCount=5, grid=True)
    )
    base = alt.Chart(steps).encode(
        y=alt.Y(
            "name:N", sort=None, axis=alt.Axis(title=None, labelColor=look.text, labelLimit=170)
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Step"),
            alt.Tooltip("text:N", title="Rows" if measure == "row_count" else "Amount"),
            alt.Tooltip("description:N", title="What it is"),
        ],
    )
    bars = base.mark_bar(cornerRadius=2, height={"band": 0.66}).encode(
        x=alt.X("start:Q", axis=axis, scale=alt.Scale(domain=[lowest, highest * 1.12], nice=False)),
        x2="end:Q",
        color=alt.Color(
            "kind:N",
            scale=alt.Scale(
                domain=["total", "taken away", "kept part"],
                range=[look.accent, look.negative, look.muted],
            ),
            legend=None,
        ),
    )
    text = base.mark_text(align="left", dx=6, color=look.text).encode(x="edge:Q", text="brief:N")
    return alt.layer(bars, text).properties(height=30 * len(steps) + 30, width="container")


def waterfall_steps(frame: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Return the steps from raw to kept.

    Parameters
    ----------
    frame : DataFrame
        As for `waterfall`.
    measure : str
        Column to add up.

    Returns
    -------
    DataFrame
        ``name``, ``kind``, ``value``, ``start``, ``end``, ``description``; the first row is the
        total of raw lines, the last the total of kept ones.
    """
    total = float(frame[measure].astype(float).sum())
    rows = [("Raw lines", "total", total, 0.0, total, "Every line of the files.")]
    at = total
    rejected = frame[~frame["is_kept"]]
    rejected = rejected.assign(size=rejected[measure].astype(float).abs())
    for row in rejected.sort_values("size", ascending=False, kind="stable").itertuples():
        value = float(getattr(row, measure))
        if not value:
            continue
        name = WORDS.get(row.line_class, row.line_class)
        rows.append((f"− {name}", "taken away", -value, at, at - value, row.description))
        at -= value
    rows.append(("Kept lines", "total", at, 0.0, at, "Sales and returns of known customers."))
    columns = ["name", "kind", "value", "start", "end", "description"]
    return pd.DataFrame(rows, columns=columns)
