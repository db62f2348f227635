"""What the overview says: who holds the revenue, and what changed since the month before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.settings import ACTIVE_DAYS

__all__ = ["KeyFigure", "activity", "concentration", "headline", "key_figures", "listed"]


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the customers so far.

    Attributes
    ----------
    label, value, help : str
        As they are shown.
    change : tuple of (str, str) or None
        ``good``, ``bad`` or ``same``, and the change in words.
    history : list of float
        The figure at each snapshot, the oldest first.
    """

    label: str
    value: str
    help: str
    change: tuple[str, str] | None
    history: list[float]


def headline(shares: pd.DataFrame, currency: str, segment: str | None = None) -> str:
    """Return the one sentence that matters: who holds the revenue, and how much each spends.

    Parameters
    ----------
    shares : DataFrame
        Result of ``overview/segment_shares``.
    currency : str
        ISO code.
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
    each = float(row["revenue"]) / row["customer_count"]
    return (
        f"{row['persona']} are {formats.share(row['customer_share'])} of customers and "
        f"{formats.share(row['revenue_share'])} of revenue: they have spent "
        f"{formats.money(each, currency)} each on average, "
        f"{row['revenue_share'] / row['customer_share']:.1f} times the average customer."
    )


def concentration(shares: pd.DataFrame) -> str:
    """Return how few segments hold most of the revenue, as Markdown.

    Each share is written as at its bar: a sum of them, rounded on its own, would not add up.

    Parameters
    ----------
    shares : DataFrame
        Result of ``overview/segment_shares``.
    """
    ranked = shares[shares["customer_count"] > 0].sort_values("revenue_share", ascending=False)
    total = ranked["revenue_share"].fillna(0).cumsum()
    held = ranked.head(int((total <= 0.5).sum()) + 1)
    if len(held) == len(ranked):
        return "Revenue is spread over all segments"
    start = f"Most revenue comes from {len(held)} of {formats.plural(len(ranked), 'segment')}"
    if len(held) > 3:
        return start
    names = [
        f"{formats.markdown(row.persona)} ({formats.share(row.revenue_share)})"
        for row in held.itertuples()
    ]
    return f"{start}: {listed(names)}"


def activity(totals: pd.DataFrame, days: int) -> str:
    """Return how many customers ordered lately.

    Parameters
    ----------
    totals : DataFrame
        Result of ``overview/totals``, oldest snapshot first; the last is read.
    days : int
        By which the query counts customers as active.
    """
    last = totals.iloc[-1]
    silent = last["customer_count"] - last["active_customer_count"]
    return (
        f"{formats.share(last['active_share'])} of customers ordered in the last {days} days; "
        f"{formats.count(silent)} did not"
    )


def key_figures(totals: pd.DataFrame, before: date | None, currency: str) -> list[KeyFigure]:
    """Return the figures of the customers so far, with their change since ``before``.

    Parameters
    ----------
    totals : DataFrame
        Result of ``overview/totals``, oldest snapshot first; the last is shown.
    before : date or None
        Month end to compare with.
    currency : str
        ISO code.

    Returns
    -------
    list of KeyFigure
        Customers, the share who ordered lately and what the others spent, in this order; without a
        change where there is no snapshot to compare with.
    """
    now = totals.iloc[-1]
    then = None
    if before is not None:
        match = totals[pd.to_datetime(totals["snapshot_date"]).dt.date == before]
        then = match.iloc[0] if len(match) else None

    def figure(
        label: str,
        column: str,
        show: Callable[[Any], str],
        help_text: str,
        *,
        good: str = "up",
        points: bool = False,
    ) -> KeyFigure:
        change = None
        if then is not None:
            difference = float(now[column]) - float(then[column])
            arrow = "up" if difference > 0 else "down" if difference < 0 else "same"
            size = f"{abs(difference) * 100:.1f} points" if points else show(abs(difference))
            sign = {"up": "▲ +", "down": "▼ −", "same": "= ±"}[arrow]
            kind = "same" if arrow == "same" else "good" if arrow == good else "bad"
            change = kind, f"{sign}{size} since {formats.day(before)}"
        history = [float(value) for value in totals[column]]
        return KeyFigure(label, show(now[column]), help_text, change, history)

    def cash(value: Any) -> str:
        return formats.money(value, currency)

    return [
        figure("Customers", "customer_count", formats.short, "Customers who have been segmented."),
        figure(
            f"Active in {ACTIVE_DAYS} days", "active_share", formats.share,
            f"Share of customers who ordered in the last {ACTIVE_DAYS} days.", points=True,
        ),
        figure(
            f"Spent by those silent {ACTIVE_DAYS}+ days", "silent_revenue", cash,
            f"All that customers spent who have not ordered in the last {ACTIVE_DAYS} days.",
            good="down",
        ),
    ]  # fmt: skip


def listed(names: list[str]) -> str:
    """Return names as people list them: ``a, b and c``."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
