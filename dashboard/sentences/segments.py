"""What the page of segments says of one segment beside all customers."""

import pandas as pd

from dashboard import formats
from dashboard.measures import bin_label, compared, label, show

__all__ = [
    "afterwards",
    "contrast",
    "most_common",
    "segment_summary",
    "spread_alt",
    "standing_out",
]


def contrast(comparison: pd.DataFrame) -> str:
    """Return which segment stands furthest from the typical customer, and on what."""
    if comparison["segment_id"].nunique() < 2:
        return "There is one segment: every customer is like the typical one"
    row = comparison.loc[comparison[["lower_share", "higher_share"]].max(axis=1).idxmax()]
    return f"{formats.markdown(row['persona'])} stand out most: they {compared(row)}"


def segment_summary(segment: pd.Series, spread: pd.DataFrame, currency: str) -> str:
    """Return a segment in a few sentences of Markdown.

    Parameters
    ----------
    segment : Series
        A row of ``segments/profiles``.
    spread : DataFrame
        The segment's rows of ``segments/spread``; at least one.
    currency : str
        ISO code.
    """
    medians = spread.set_index("measure")["amount_50"]
    spent = formats.markdown(formats.money(medians["monetary"], currency))
    times = formats.short(medians["frequency"])
    meaning = formats.markdown(formats.sentence(segment["persona_description"]))
    action = formats.markdown(formats.sentence(segment["recommended_action"]))
    typical = (
        f"The typical customer ordered {'once' if times == '1' else times + ' times'}, spent "
        f"{spent} and last ordered {formats.plural(medians['recency_days'], 'day')} ago."
    )
    assigned = (
        f"Average confidence: {formats.share(segment['mean_membership_probability'])}."
        if segment["is_component"]
        else "Customers are assigned because their first order is recent, not by probability."
    )
    unusual = ""
    if segment["outlier_count"]:
        far = formats.plural(segment["outlier_count"], "customer is", "customers are")
        unusual = f" {far} unusual for any segment."
    return f"{meaning} {typical} {assigned}{unusual}  \n**What to do:** {action}"


def spread_alt(spread: pd.DataFrame, currency: str) -> str:
    """Return in words what the spread of a segment shows."""
    parts = [
        f"{label(row.measure)}: median {show(row.measure, row.amount_50, currency)}; they "
        f"{compared(row)}"
        for row in spread.itertuples()
    ]
    return "; ".join(parts) + "."


def most_common(bins: pd.DataFrame, currency: str) -> str:
    """Return where most of a segment lies on orders and recency, as Markdown."""
    found = []
    for measure in ("frequency", "recency_days"):
        part = bins[bins["measure"] == measure].sort_values("lower_bound").reset_index(drop=True)
        top = int(part["segment_share"].fillna(0).idxmax())
        following = part["lower_bound"].get(top + 1)
        name = bin_label(measure, part["lower_bound"][top], following, currency)
        found.append((formats.share(part["segment_share"][top]), name))
    (orders_share, orders), (days_share, days) = found
    noun = "order" if orders == "1" else "orders"
    return f"{orders_share} have {orders} {noun}; {days_share} last ordered {days} days ago"


def standing_out(frame: pd.DataFrame, named_by: str, what: str) -> str:
    """Return which product or country is most out of proportion in a segment, as Markdown."""
    if frame.empty:
        return f"No {what} stands out"
    first = frame.iloc[0]
    name = formats.markdown(str(first[named_by])[:60])
    return f"{name} is {first['lift']:.1f} times as common here"


def afterwards(backtest: pd.DataFrame, persona: str, currency: str) -> str:
    """Return what a segment did after the latest cut-off, as Markdown."""
    rows = backtest[backtest["segment"] == persona]
    if rows.empty:
        return f"{formats.markdown(persona)} were not a segment of their own at earlier cut-offs"
    row = rows.iloc[0]
    spent, low, high = (
        formats.markdown(formats.money(row[f"future_revenue_per_customer{end}"], currency))
        for end in ("", "_low", "_high")
    )
    return (
        f"{formats.share(row['active_share'])} of {formats.markdown(persona)} ordered again "
        f"within {formats.count(row['horizon_days'])} days of "
        f"{formats.day(row['cutoff_date'])}, and a customer spent {spent} on average (95% "
        f"interval {low} to {high})"
    )
