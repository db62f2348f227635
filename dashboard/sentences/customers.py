"""What the page of one customer says: why this segment, how sure, and since when."""

import pandas as pd

from dashboard import formats

__all__ = ["months", "orders", "surety", "why"]


def why(person: pd.Series, currency: str) -> str:
    """Return in two sentences of Markdown why a customer is in a segment."""
    measures = formats.markdown(person["distinguishing_measures"] or "").rstrip(".")
    times = "once" if person["frequency"] == 1 else f"{formats.count(person['frequency'])} times"
    first = (
        f"This customer ordered {times}, spent "
        f"{formats.markdown(formats.exact_money(person['monetary'], currency))} and last ordered "
        f"{formats.plural(person['recency_days'], 'day')} before the as-of date."
    )
    second = f" What sets them apart: {measures}." if measures else ""
    unusual = " They are unusual: far from every segment." if person["is_outlier"] else ""
    return f"{first}{second}{unusual}"


def surety(person: pd.Series) -> str:
    """Return how sure the segment is and what else it could be, as Markdown."""
    sure = formats.share(person["membership_probability"])
    persona = formats.markdown(person["persona"])
    if formats.is_missing(person["runner_up"]):
        return f"{sure} sure: {persona}"
    return (
        f"{sure} sure: {persona}; could also be {formats.markdown(person['runner_up'])} "
        f"({formats.share(person['runner_up_probability'])})"
    )


def orders(frame: pd.DataFrame, currency: str) -> str:
    """Return how many orders a customer made, and over which days, as Markdown."""
    first, last = frame["order_date"].min(), frame["order_date"].max()
    total = formats.markdown(formats.money(frame["net_amount"].astype(float).sum(), currency))
    if len(frame) == 1:
        return f"One order, {total}, on {formats.day(first)}"
    return (
        f"{formats.count(len(frame))} orders, {total}, from {formats.day(first)} to "
        f"{formats.day(last)}"
    )


def months(frame: pd.DataFrame) -> str:
    """Return how often a customer changed segment, as Markdown."""
    changes = int((frame["segment_id"].diff().fillna(0) != 0).sum())
    now = formats.markdown(frame["persona"].iloc[-1])
    since = frame.loc[frame["segment_id"].ne(frame["segment_id"].shift()), "snapshot_date"].iloc[-1]
    if changes == 0:
        return f"{now} at every month end since {formats.day(since)}"
    return f"{now} since {formats.day(since)}, after {formats.plural(changes, 'change')} of segment"
