"""What the pages of movement and cohorts say: who rose, slipped and came back."""

from typing import Any

import pandas as pd

from dashboard import formats

__all__ = ["balance", "growth", "movement", "return_rate", "slipping", "steadiness"]


def movement(row: Any, currency: str) -> str:
    """Return one flow between segments as a Markdown sentence."""
    return (
        f"**{formats.plural(row.customer_count, 'customer')}** "
        f"moved from **{formats.markdown(row.from_persona)}** to "
        f"**{formats.markdown(row.to_persona)}**: {formats.share(row.share_of_from)} of the "
        f"segment, with {formats.markdown(formats.money(row.revenue, currency))} spent so far."
    )


def steadiness(moves: pd.DataFrame) -> str:
    """Return which share of customers stayed in their segment."""
    known = moves[moves["from_segment_id"] > 0]
    total = known["customer_count"].sum()
    if not total:
        return "All customers are new"
    stayed = known.loc[known["from_segment_id"] == known["to_segment_id"], "customer_count"].sum()
    return f"{formats.share(stayed / total)} of customers stayed in their segment"


def balance(moves: pd.DataFrame) -> str:
    """Return how many customers rose, slipped and came in."""
    known = moves[(moves["from_segment_id"] > 0) & (moves["to_segment_id"] > 0)]
    rose = known.loc[known["to_segment_id"] < known["from_segment_id"], "customer_count"].sum()
    fell = known.loc[known["to_segment_id"] > known["from_segment_id"], "customer_count"].sum()
    new = moves.loc[moves["from_segment_id"] == 0, "customer_count"].sum()
    return (
        f"{formats.count(rose)} rose, {formats.count(fell)} slipped, {formats.count(new)} are new"
    )


def slipping(moves: pd.DataFrame, month: str, segment: str | None) -> str:
    """Return how many customers slipped in a month, as Markdown."""
    known = moves[(moves["from_segment_id"] > 0) & (moves["to_segment_id"] > 0)]
    if segment:
        known = known[known["from_persona"] == segment]
    fell = known.loc[known["to_segment_id"] > known["from_segment_id"], "customer_count"].sum()
    whose = f" from {formats.markdown(segment)}" if segment else ""
    return f"{formats.plural(fell, 'customer')} slipped{whose} in {month}"


def growth(sizes: pd.DataFrame) -> str:
    """Return which segment gained most customers over the days shown, as Markdown."""
    ordered = sizes.sort_values("snapshot_date")
    first, last = ordered["snapshot_date"].iloc[0], ordered["snapshot_date"].iloc[-1]
    start = ordered[ordered["snapshot_date"] == first].set_index("persona")["customer_count"]
    end = ordered[ordered["snapshot_date"] == last].set_index("persona")["customer_count"]
    gain = end.sub(start, fill_value=0).sort_values()
    if first == last or gain.empty:
        return "How large the segments are"
    name, size = gain.index[-1], gain.iloc[-1]
    return (
        f"{formats.markdown(name)} grew most since {formats.day(first)}, by "
        f"{formats.plural(size, 'customer')}"
    )


def return_rate(curve: pd.DataFrame) -> str:
    """Return which share of customers ordered again in the months after the first."""
    later = curve[(curve["months_since"] > 0)]
    if later.empty:
        return "No month after the first order is complete yet"
    first = later.iloc[0]
    text = f"{formats.share(first['retention'])} ordered again in the month after their first order"
    half = later[later["months_since"] == 6]
    if len(half):
        text += f", {formats.share(half.iloc[0]['retention'])} in the sixth month"
    return text
