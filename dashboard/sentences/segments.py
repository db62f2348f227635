"""What the page of segments says of one segment beside all customers."""

import pandas as pd

from dashboard import formats
from dashboard.measures import bin_label, compared, label, show

__all__ = [
    "afterwards",
    "best_seller",
    "contrast",
    "most_common",
    "segment_summary",
    "spread_alt",
    "stand_out_evidence",
    "standing_out",
]


def contrast(comparison: pd.DataFrame) -> str:
    """Return which segment stands furthest from the typical customer, and on what.

    Parameters
    ----------
    comparison : DataFrame
        Result of ``segments/comparison``.
    """
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
    """Return in words what the spread of a segment shows.

    Parameters
    ----------
    spread : DataFrame
        Result of ``segments/spread``, of which ``amount_50`` is in the measure's own unit and the
        shares of customers are from 0 to 1.
    currency : str
        ISO code.
    """
    parts = [
        f"{label(row.measure)}: median {show(row.measure, row.amount_50, currency)}; they "
        f"{compared(row)}"
        for row in spread.itertuples()
    ]
    return "; ".join(parts) + "."


def most_common(bins: pd.DataFrame, currency: str) -> str:
    """Return where most of a segment lies on orders and recency, as Markdown.

    Parameters
    ----------
    bins : DataFrame
        Result of ``segments/distributions``.
    currency : str
        ISO code.
    """
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


def standing_out(standing: pd.DataFrame, named_by: str, what: str) -> str:
    """Return which product or country is surest out of proportion in a segment, as Markdown.

    Parameters
    ----------
    standing : DataFrame
        Rows of ``segments/products`` or ``segments/countries`` that have a ``stand_out_rank``, the
        surest first; may be empty.
    named_by : str
        Column with the names: ``description`` or ``country``.
    what : str
        ``product`` or ``country``.
    """
    if standing.empty:
        return f"No {what} stands out"
    return f"{_name(standing.iloc[0], named_by)} stands out"


def stand_out_evidence(
    standing: pd.DataFrame, persona: str, what: str, support: dict[str, float]
) -> str:
    """Return by how many the first is bought and how sure its lift is, as Markdown.

    Parameters
    ----------
    standing : DataFrame
        As for `standing_out`.
    persona : str
        The segment.
    what : str
        ``product`` or ``country``.
    support : dict
        ``minimum_customers`` and ``minimum_share`` (0 to 1), without which nothing stands out.
    """
    asked = (
        f"at least {formats.count(support['minimum_customers'])} customers and "
        f"{formats.share(support['minimum_share'])} of the segment"
    )
    if standing.empty:
        return (
            f"None that has {asked} is more common here than among all customers, beyond chance "
            "(95%)."
        )
    row = standing.iloc[0]
    return (
        f"{_PROPORTION[what]} {formats.count(row['customer_count'])} of "
        f"{formats.count(row['segment_customer_count'])} {formats.markdown(persona)}, "
        f"{row['lift']:.1f} times as common as among all customers ({row['lift_low']:.1f} to "
        f"{row['lift_high']:.1f}). Bars: times as common, with 95% intervals, and how many "
        f"customers. Listed, the surest first, is what has {asked}."
    )


def best_seller(best: pd.DataFrame, named_by: str, persona: str, what: str) -> str:
    """Return what most customers of a segment have, as Markdown.

    Parameters
    ----------
    best : DataFrame
        Rows of ``segments/products`` or ``segments/countries``: ``customer_rank``,
        ``customer_share`` (0 to 1) and the names; at least one.
    named_by : str
        Column with the names: ``description`` or ``country``.
    persona : str
        The segment.
    what : str
        ``product`` or ``country``.
    """
    row = best.loc[best["customer_rank"].idxmin()]
    return (
        f"{formats.share(row['customer_share'])} of {formats.markdown(persona)} "
        f"{_MOST[what]} {_name(row, named_by)}"
    )


_PROPORTION = {"product": "Bought by", "country": "Home of"}
_MOST = {"product": "bought", "country": "are in"}


def _name(row: pd.Series, named_by: str) -> str:
    return formats.markdown(str(row[named_by])[:60])


def afterwards(backtest: pd.DataFrame, persona: str, currency: str) -> str:
    """Return what a segment did after the latest cut-off, as Markdown.

    Parameters
    ----------
    backtest : DataFrame
        Result of ``segments/backtest``, the latest cut-off first.
    persona : str
        The segment; where it was none at any cut-off, the sentence says so.
    currency : str
        ISO code.
    """
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
