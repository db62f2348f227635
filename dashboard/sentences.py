"""Findings in words, computed from the numbers that the charts show."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.measures import bin_label, label, show
from dashboard.settings import ACTIVE_DAYS


@dataclass(frozen=True)
class KeyFigure:
    """One figure of the overview's first row."""

    label: str
    value: str
    change: str | None
    since: str | None
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


def movement(row: Any, currency: str) -> str:
    """Return one flow between segments as a Markdown sentence."""
    rose = row.to_segment_id < row.from_segment_id
    return (
        f"**{formats.plural(row.customer_count, 'customer')}** "
        f"{'rose' if rose else 'slipped'} from **{formats.markdown(row.from_persona)}** to "
        f"**{formats.markdown(row.to_persona)}**: {formats.share(row.share_of_from)} of the "
        f"segment, with {formats.markdown(formats.money(row.revenue, currency))} spent so far."
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
    since = f"since {formats.short_day(before)}" if then is not None else None

    def figure(label, column, show, help_text, *, good="up", points=False):
        change, arrow = None, "off"
        if then is not None:
            difference = float(now[column]) - float(then[column])
            arrow = "up" if difference > 0 else "down" if difference < 0 else "off"
            size = f"{abs(difference) * 100:.1f} points" if points else show(abs(difference))
            word = {"up": "+", "down": "−", "off": "±"}[arrow]
            change = f"{word}{size}"
        colour = "off" if arrow == "off" else "normal" if good == "up" else "inverse"
        history = [float(value) for value in totals[column]]
        return KeyFigure(label, show(now[column]), change, since, colour, arrow, help_text, history)

    def cash(value: Any) -> str:
        return formats.markdown(formats.money(value, currency))

    return [
        figure("Customers", "customer_count", formats.short, "Customers who have been segmented."),
        figure(
            f"Active in {ACTIVE_DAYS} days", "active_share", formats.share,
            f"Share of customers who ordered in the last {ACTIVE_DAYS} days.", points=True,
        ),
        figure("Revenue", "revenue", cash, "All that these customers spent, net of returns."),
        figure(
            "Orders a customer", "orders_per_customer", lambda value: f"{float(value):.2f}",
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


def contrast(comparison: pd.DataFrame) -> str:
    """Return which segment stands furthest from the typical customer, and on what."""
    if comparison["segment_id"].nunique() < 2:
        return "There is one segment: every customer is like the typical one"
    known = comparison.dropna(subset=["percentile_50"])
    row = known.loc[(known["percentile_50"] - 50).abs().idxmax()]
    side = "higher" if row["percentile_50"] > 50 else "lower"
    place = row["percentile_50"] if row["percentile_50"] > 50 else 100 - row["percentile_50"]
    return (
        f"{formats.markdown(row['persona'])} stand out most: their "
        f"“{label(row['measure']).lower()}” is {side} than that of {place:.0f}% of customers"
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
    return (
        f"{formats.markdown(segment['persona_description'])} The middle one ordered "
        f"{'once' if orders == '1' else orders + ' times'}, spent {spent} and was last "
        f"seen {formats.plural(segment['median_recency_days'], 'day')} ago. The model is "
        f"{formats.share(segment['mean_membership_probability'])} sure of a member on average."
        f"{unusual}  \n**What to do:** {formats.markdown(segment['recommended_action'])}"
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
