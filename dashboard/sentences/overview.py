"""What the overview says: who holds the revenue, and what changed since the month before."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.settings import ACTIVE_DAYS

__all__ = ["KeyFigure", "activity", "concentration", "headline", "key_figures", "listed"]


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the overview's first row."""

    label: str
    value: str
    change: str | None
    colour: str
    arrow: str
    help: str
    history: list[float]


def headline(shares: pd.DataFrame, segment: str | None = None) -> str:
    """Return the one sentence that matters: who holds the revenue, and who is going quiet.

    Parameters
    ----------
    shares : DataFrame
        Result of ``overview/segment_shares``.
    segment : str, optional
        Persona to speak of; by default the one furthest above its share of customers.
    """
    known = shares[shares["customer_count"] > 0]
    gap = known["revenue_share"].fillna(0) - known["customer_share"]
    row = known.loc[gap.idxmax()]
    if segment and (known["persona"] == segment).any():
        row = known[known["persona"] == segment].iloc[0]
    if len(known) == 1:
        return f"All customers are in one segment, {row['persona']}."
    active = formats.share(row["active_customer_count"] / row["customer_count"])
    return (
        f"{row['persona']} are {formats.share(row['customer_share'])} of customers and "
        f"{formats.share(row['revenue_share'])} of revenue; {active} of them ordered in the last "
        f"{ACTIVE_DAYS} days."
    )


def concentration(shares: pd.DataFrame) -> str:
    """Return how few segments hold half of the revenue, as Markdown."""
    ranked = shares.sort_values("revenue_share", ascending=False)
    total = ranked["revenue_share"].fillna(0).cumsum()
    needed = int((total < 0.5).sum()) + 1
    held = ranked.head(needed)
    customers = formats.share(held["customer_share"].sum())
    revenue = formats.share(held["revenue_share"].sum())
    names = listed([formats.markdown(name) for name in held["persona"]])
    if needed > 2:
        return f"{needed} segments together hold {revenue} of revenue"
    return f"{names}: {customers} of customers, {revenue} of revenue"


def activity(totals: pd.DataFrame, days: int) -> str:
    """Return how many customers ordered lately."""
    last = totals.iloc[-1]
    return (
        f"{formats.share(last['active_share'])} of customers ordered in the last {days} days, "
        f"{formats.share(1 - last['active_share'])} did not"
    )


def key_figures(totals: pd.DataFrame, before: date | None, currency: str) -> list[KeyFigure]:
    """Return the five figures of the first row, with their change since ``before``.

    Parameters
    ----------
    totals : DataFrame
        Result of ``overview/totals``, oldest snapshot first; the last is shown.
    before : date or None
        Month end to compare with.
    currency : str
        ISO code.
    """
    now = totals.iloc[-1]
    then = None
    if before is not None:
        match = totals[pd.to_datetime(totals["snapshot_date"]).dt.date == before]
        then = match.iloc[0] if len(match) else None

    def figure(label, column, show, help_text, *, good="up", points=False):
        change, arrow = None, "off"
        if then is not None:
            difference = float(now[column]) - float(then[column])
            arrow = "up" if difference > 0 else "down" if difference < 0 else "off"
            size = f"{abs(difference) * 100:.1f} points" if points else show(abs(difference))
            word = {"up": "+", "down": "-", "off": "±"}[arrow]
            change = f"{word}{size}"
        colour = "off" if arrow == "off" else "normal" if good == "up" else "inverse"
        history = [float(value) for value in totals[column]]
        return KeyFigure(label, show(now[column]), change, colour, arrow, help_text, history)

    def cash(value: Any) -> str:
        return formats.money(value, currency)

    return [
        figure("Customers", "customer_count", formats.short, "Customers who have been segmented."),
        figure(
            f"Active in {ACTIVE_DAYS} days", "active_share", formats.share,
            f"Share of customers who ordered in the last {ACTIVE_DAYS} days.", points=True,
        ),
        figure("Revenue", "revenue", cash, "All that these customers spent, net of returns."),
        figure(
            "Orders each", "orders_per_customer", lambda value: f"{float(value):.2f}",
            "Orders that were not cancelled, divided by customers.",
        ),
        figure(
            "Revenue at risk", "silent_revenue", cash,
            f"Spent so far by customers who have not ordered for {ACTIVE_DAYS} days.",
            good="down",
        ),
    ]  # fmt: skip


def listed(names: list[str]) -> str:
    """Return names as people list them: ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
