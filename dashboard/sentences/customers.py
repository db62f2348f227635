"""What the page of one customer says: why this segment, how confident, and since when."""

from datetime import date

import pandas as pd

from dashboard import formats
from dashboard.settings import ORDER_ROWS

__all__ = ["confidence", "months", "orders", "why"]


def why(person: pd.Series, currency: str, as_of: date) -> str:
    """Return in a few sentences of Markdown why a customer is in a segment.

    Parameters
    ----------
    person : Series
        Row of ``customers/person`` with a segment.
    currency : str
        ISO code.
    as_of : date
        Day of the view, from which ``recency_days`` count back.
    """
    times = "once" if person["frequency"] == 1 else f"{formats.count(person['frequency'])} times"
    first = (
        f"This customer ordered {times}, spent "
        f"{formats.markdown(formats.exact_money(person['monetary'], currency))} and last ordered "
        f"{formats.plural(person['recency_days'], 'day')} before {formats.day(as_of)}."
    )
    measures = person["distinguishing_measures"]
    second = ""
    if not formats.is_missing(measures) and measures:
        second = f" What sets them apart: {formats.markdown(str(measures).rstrip('.'))}."
    unusual = " They are unusual: far from every segment." if person["is_outlier"] else ""
    return f"{first}{second}{unusual}"


def confidence(person: pd.Series) -> str:
    """Return how confident the segment is and what else it could be, as Markdown.

    Parameters
    ----------
    person : Series
        Row of ``customers/person`` with a segment.
    """
    persona = formats.markdown(person["persona"])
    if not person["is_component"]:
        return f"{persona}, because the first order is recent, not by probability"
    found = f"Confidence {formats.share(person['membership_probability'])}: {persona}"
    if formats.is_missing(person["runner_up"]):
        return found
    return (
        f"{found}; could also be {formats.markdown(person['runner_up'])} "
        f"({formats.share(person['runner_up_probability'])})"
    )


def orders(frame: pd.DataFrame, currency: str) -> str:
    """Return how many orders a customer made, and over which days, as Markdown.

    Parameters
    ----------
    frame : DataFrame
        Result of ``customers/person_orders``, at most ``ORDER_ROWS``; at least one row.
    currency : str
        ISO code.
    """
    kept = frame[frame["is_counted"].astype(bool)]
    cancelled = len(frame) - len(kept)
    besides = f"; {formats.plural(cancelled, 'order')} came back whole" if cancelled else ""
    if kept.empty:
        return f"No order that was kept{besides}"
    first, last = kept["order_date"].min(), kept["order_date"].max()
    total = formats.markdown(formats.money(kept["net_amount"].astype(float).sum(), currency))
    if len(kept) == 1:
        return f"One order, {total}, on {formats.day(first)}{besides}"
    latest = "The latest " if len(frame) == ORDER_ROWS else ""
    return (
        f"{latest}{formats.count(len(kept))} orders, {total}, from {formats.day(first)} to "
        f"{formats.day(last)}{besides}"
    )


def months(frame: pd.DataFrame) -> str:
    """Return how often a customer changed segment, as Markdown.

    Parameters
    ----------
    frame : DataFrame
        Result of ``customers/person_history``, the oldest day first: month ends, and the run's own
        day where the view is of it; at least one row.
    """
    changes = int((frame["segment_id"].diff().fillna(0) != 0).sum())
    now = formats.markdown(frame["persona"].iloc[-1])
    since = frame.loc[frame["segment_id"].ne(frame["segment_id"].shift()), "snapshot_date"].iloc[-1]
    if changes == 0:
        return f"{now} since {formats.day(since)}, without a change of segment"
    return f"{now} since {formats.day(since)}, after {formats.plural(changes, 'change')} of segment"
