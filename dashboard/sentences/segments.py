"""What the page of segments says of one segment beside all customers."""

import pandas as pd

from dashboard import formats
from dashboard.measures import bin_label, label, show

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
    known = comparison.dropna(subset=["percentile_50"])
    row = known.loc[(known["percentile_50"] - 50).abs().idxmax()]
    higher = row["percentile_50"] > 50
    place = row["percentile_50"] if higher else 100 - row["percentile_50"]
    return (
        f"{formats.markdown(row['persona'])} stand out most: {label(row['measure']).lower()} "
        f"{'higher' if higher else 'lower'} than for {place:.0f}% of customers"
    )


def segment_summary(segment: pd.Series, currency: str) -> str:
    """Return a segment in two sentences of Markdown."""
    spent = formats.markdown(formats.money(segment["median_monetary"], currency))
    unusual = ""
    if segment["outlier_count"]:
        unusual = (
            f" {formats.plural(segment['outlier_count'], 'customer')} are unusual for any segment."
        )
    orders = formats.short(segment["median_frequency"])
    meaning = formats.markdown(formats.sentence(segment["persona_description"]))
    action = formats.markdown(formats.sentence(segment["recommended_action"]))
    return (
        f"{meaning} The middle one ordered "
        f"{'once' if orders == '1' else orders + ' times'}, spent {spent} and was last "
        f"seen {formats.plural(segment['median_recency_days'], 'day')} ago. The model is "
        f"{formats.share(segment['mean_membership_probability'])} sure of a member on average."
        f"{unusual}  \n**What to do:** {action}"
    )


def spread_alt(spread: pd.DataFrame, currency: str) -> str:
    """Return in words what the spread of a segment shows."""
    parts = [
        f"{label(row.measure)}: median {show(row.measure, row.amount_50, currency)}, higher than "
        f"{row.percentile_50:.0f}% of customers"
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
    return f"{orders_share} have {orders} {noun}; {days_share} were last seen {days} days ago"


def standing_out(frame: pd.DataFrame, named_by: str, what: str) -> str:
    """Return which product or country is most out of proportion in a segment, as Markdown."""
    if frame.empty:
        return f"No {what} stands out"
    first = frame.iloc[0]
    name = formats.markdown(str(first[named_by])[:60])
    return f"{name} is {first['lift']:.1f} times as common here"


def afterwards(backtest: pd.DataFrame, persona: str) -> str:
    """Return what a segment did after the latest cut-off, as Markdown."""
    rows = backtest[backtest["segment"] == persona]
    if rows.empty:
        return f"{formats.markdown(persona)} were not a segment of their own at earlier cut-offs"
    row = rows.iloc[0]
    return (
        f"{formats.share(row['active_share'])} of {formats.markdown(persona)} ordered again "
        f"within {formats.count(row['horizon_days'])} days of "
        f"{formats.day(row['cutoff_date'])}"
    )
