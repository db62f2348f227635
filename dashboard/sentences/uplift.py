"""What a campaign brought in words: those written to beside the control group."""

from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.sentences.changes import MARKDOWN, Form

__all__ = ["campaign_window", "lost_records", "uplift", "uplift_alt"]

_CLASSES = {
    "duplicate": "on the list twice",
    "both_groups": "both written to and held out",
    "unknown_customer": "not among the customers of the data",
    "unreadable": "not readable",
    "no_customer": "without a customer",
    "forgotten": "of forgotten customers",
}
_CHANCE = "the difference may be chance"


def uplift(row: Any, currency: str, form: Form = MARKDOWN) -> str:
    """Return what a campaign brought, in a sentence or two.

    Parameters
    ----------
    row : named tuple or Series
        Row of ``campaign/uplift``.
    currency : str
        ISO code.
    form : Form
        How words from data are written.
    """
    if row.comparison == "not_begun":
        return "Nothing can be compared yet: the data end before the day it was sent."
    if row.comparison == "nobody_contacted":
        return "Nothing can be compared: its lists name nobody who was written to."
    if row.comparison == "no_control":
        return (
            f"{formats.share(row.contacted_order_rate)} of those written to ordered. There is no "
            "control group, so nobody can tell how many would have ordered anyway."
        )
    if row.comparison == "too_few":
        return (
            f"People who were written to ordered {_points(row.order_rate_uplift)} the "
            "control group, but one of the groups is too small to tell that from chance "
            f"({formats.count(row.contacted_count)} written to, {formats.count(row.control_count)} "
            "held out)."
        )
    rate = (
        f"People who were written to ordered {_points(row.order_rate_uplift)} the control "
        f"group ({_signed(row.order_rate_uplift_low)} to {_signed(row.order_rate_uplift_high)})"
    )
    certain = _is_certain(row.order_rate_uplift_low, row.order_rate_uplift_high)
    verdict = "more than chance alone usually explains" if certain else _CHANCE
    return f"{rate}: {verdict}.{_money(row, currency, form)}"


def _money(row: Any, currency: str, form: Form) -> str:
    if formats.is_missing(row.incremental_revenue_low):
        return " Nobody in either group ordered, so there is no revenue to compare."
    value, *ends = (
        (form.text(formats.money(abs(amount), currency)), "more" if amount >= 0 else "less")
        for amount in (
            row.incremental_revenue,
            row.incremental_revenue_low,
            row.incremental_revenue_high,
        )
    )
    about = f" That is about {' '.join(value)} revenue"
    if _is_certain(row.incremental_revenue_low, row.incremental_revenue_high):
        return f"{about} ({' to '.join(size for size, _ in ends)})."
    return f"{about} ({' to '.join(' '.join(end) for end in ends)}); {_CHANCE}."


def _is_certain(low: float, high: float) -> bool:
    """Return whether a 95% interval leaves out no difference at all."""
    return low > 0 or high < 0


def _points(value: float) -> str:
    """Return a difference of shares in words."""
    size = formats.decimal(abs(value) * 100, 1)
    if float(size) == 0:
        return "as often as"
    return f"{size} points {'more' if value > 0 else 'less'} often than"


def _signed(value: float) -> str:
    return formats.decimal(value * 100, 1)


def campaign_window(row: Any) -> str:
    """Return when a campaign was sent, and how much of its window the data cover.

    Parameters
    ----------
    row : named tuple or Series
        Row of ``campaign/uplift``.
    """
    days = formats.plural(row.window_days, "day")
    sent = f"Sent on {formats.day(row.sent_date)}"
    if row.is_complete:
        return f"{sent}; orders of {days} from that day on."
    return f"{sent}; its window is still running: {formats.count(row.measured_days)} of {days}."


def lost_records(classes: pd.DataFrame) -> str:
    """Return which records of a campaign's lists do not count, in a sentence; nothing for none.

    Parameters
    ----------
    classes : DataFrame
        Rows of ``campaign/row_classes`` of one campaign.
    """
    if classes.empty:
        return ""
    parts = ", ".join(
        f"{formats.count(row.row_count)} {_CLASSES[row.row_class]}" for row in classes.itertuples()
    )
    return f"Records of its lists that do not count: {parts}."


def uplift_alt(rows: pd.DataFrame, currency: str, *, is_money: bool) -> str:
    """Return what the chart of a campaign's differences shows.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``campaign/uplift`` of one campaign, in the order shown.
    currency : str
        ISO code.
    is_money : bool
        True for the difference in revenue per customer, False for that in the share that
        ordered, in percentage points.
    """

    def text(value: float) -> str:
        return formats.money(value, currency) if is_money else f"{_signed(value)} points"

    name = "revenue_uplift" if is_money else "order_rate_uplift"
    found = [
        f"{row['persona']}: {text(row[name])}"
        + (
            ""
            if formats.is_missing(row[f"{name}_low"])
            else f" ({text(row[f'{name}_low'])} to {text(row[f'{name}_high'])})"
        )
        for _, row in rows.iterrows()
    ]
    return "; ".join(found)
