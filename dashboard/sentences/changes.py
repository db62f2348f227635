"""What the strip on top of the overview says: the last whole month, who slipped and who rose."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd

from dashboard import formats

__all__ = [
    "HTML",
    "MARKDOWN",
    "Form",
    "MonthFigure",
    "change",
    "changes",
    "month_figures",
    "part_month",
    "to_do",
]

_MOVED = {
    "slipped": "▼ {} slipped to {} without an order",
    "rose": "▲ {} ordered and rose to {}",
}
_SIGNS = {"up": "▲", "down": "▼", "same": "="}


@dataclass(frozen=True)
class Form:
    """How a sentence is written.

    Attributes
    ----------
    text, strong : callable
        Return words from data escaped, and escaped and emphasised.
    """

    text: Callable[[str], str]
    strong: Callable[[str], str]


MARKDOWN = Form(formats.markdown, lambda words: f"**{formats.markdown(words)}**")
HTML = Form(formats.html_text, lambda words: f"<b>{formats.html_text(words)}</b>")


@dataclass(frozen=True)
class MonthFigure:
    """One figure of the last whole month.

    Attributes
    ----------
    label, value : str
        As they are shown.
    comparisons : list of (str, str)
        ``up``, ``down``, ``same`` or ``unknown``, and the comparison in words.
    """

    label: str
    value: str
    comparisons: list[tuple[str, str]]


def month_figures(months: pd.DataFrame, currency: str) -> list[MonthFigure]:
    """Return the figures of a month beside those of two earlier months.

    Parameters
    ----------
    months : DataFrame
        Result of ``overview/months``.
    currency : str
        ISO code.

    Returns
    -------
    list of MonthFigure
        Revenue, customers who ordered and orders, in this order; each compared with the
        month before and with the same month a year before.
    """
    by_name = months.set_index("compared")
    now = by_name.loc["month"]

    def cash(value: Any) -> str:
        return formats.money(value, currency)

    return [
        MonthFigure(
            label,
            show(now[column]),
            [
                _comparison(now, by_name.loc[earlier], column, show)
                for earlier in ("month_before", "year_before")
            ],
        )
        for label, column, show in (
            ("Revenue", "revenue", cash),
            ("Customers who ordered", "customer_count", formats.count),
            ("Orders", "order_count", formats.count),
        )
    ]


def _comparison(now: pd.Series, then: pd.Series, column: str, show: Any) -> tuple[str, str]:
    month = formats.month(then["month"])
    if not then["is_known"]:
        return "unknown", f"No complete {month} to compare with"
    before, after = float(then[column]), float(now[column])
    kind = "up" if after > before else "down" if after < before else "same"
    if before <= 0:
        return kind, f"{_SIGNS[kind]} {show(before)} in {month}"
    if kind == "same":
        return kind, f"{_SIGNS[kind]} as in {month}"
    size = formats.share(abs(after - before) / before)
    return kind, f"{_SIGNS[kind]} {size} {kind} on {month} ({show(before)})"


def part_month(as_of: date) -> str:
    """Return which month is not whole at a day, in a sentence; nothing where each is."""
    if as_of.day == 1:
        return ""
    last = formats.day(as_of - timedelta(days=1))
    return f"{formats.month(as_of)} is not complete (orders end on {last}) and is left out."


def changes(frame: pd.DataFrame, month: str, currency: str, form: Form = MARKDOWN) -> str:
    """Return how many customers slipped and rose in a month, and their money.

    Parameters
    ----------
    frame : DataFrame
        Result of ``overview/changes``.
    month : str
        In words.
    currency : str
        ISO code.
    form : Form, default MARKDOWN
        How it is written.
    """
    sums = frame.groupby("direction")[["customer_count", "year_revenue"]].sum()
    sums = sums.reindex(["slipped", "rose"], fill_value=0)
    (down, lost), (up, won) = (
        (row.customer_count, form.text(formats.money(row.year_revenue, currency)))
        for row in sums.itertuples()
    )
    return (
        f"{formats.plural(down, 'customer')} slipped in {month} ({lost} in 12 months), "
        f"{formats.count(up)} rose ({won})"
    )


def change(row: Any, currency: str, form: Form = MARKDOWN) -> str:
    """Return one flow between segments with its money, as a sentence.

    Parameters
    ----------
    row : namedtuple
        A row of ``overview/changes``.
    currency : str
        ISO code.
    form : Form, default MARKDOWN
        How it is written.
    """
    moved = _MOVED[row.direction].format(
        form.strong(f"{formats.count(row.customer_count)} {row.from_persona}"),
        form.strong(row.to_persona),
    )
    return f"{moved}: {form.text(formats.money(row.year_revenue, currency))} in 12 months."


def to_do(row: Any, form: Form = MARKDOWN) -> str:
    """Return what to do about a flow.

    Parameters
    ----------
    row : namedtuple
        A row of ``overview/changes``: the action is that of the segment it leads to.
    form : Form, default MARKDOWN
        How it is written.
    """
    action = formats.sentence(row.recommended_action)
    return f"{form.strong('What to do:')} {form.text(action)}"
