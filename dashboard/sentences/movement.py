"""What the pages of movement and cohorts say: who rose, slipped and came back."""

from typing import Any

import pandas as pd

from dashboard import formats

__all__ = [
    "average_alt",
    "balance",
    "flow",
    "growth",
    "return_rate",
    "slipping",
    "steadiness",
]


def steadiness(moves: pd.DataFrame, segment: str | None = None) -> str:
    """Return which share of customers stayed in their segment, as Markdown.

    Parameters
    ----------
    moves : DataFrame
        Result of ``movement/matrix``; first orders don't count.
    segment : str, optional
        Persona that customers started in; all of them by default.
    """
    known = moves[moves["from_segment_id"] > 0]
    if segment:
        known = known[known["from_persona"] == segment]
    whose = formats.markdown(segment) if segment else "customers"
    total = known["customer_count"].sum()
    if not total:
        return (
            f"Nobody started the month in {whose}"
            if segment
            else "All customers ordered for the first time"
        )
    stayed = known.loc[known["from_segment_id"] == known["to_segment_id"], "customer_count"].sum()
    return f"{formats.share(stayed / total)} of {whose} stayed in their segment"


def balance(moves: pd.DataFrame) -> str:
    """Return how many customers rose, slipped, changed otherwise and came in.

    Parameters
    ----------
    moves : DataFrame
        Result of ``movement/matrix``.
    """
    new = moves.loc[moves["from_segment_id"] == 0, "customer_count"].sum()
    return (
        f"{formats.count(moves['rose_count'].sum())} rose, "
        f"{formats.count(moves['slipped_count'].sum())} slipped, "
        f"{formats.count(moves['changed_count'].sum())} changed otherwise, "
        f"{formats.count(new)} ordered for the first time"
    )


def slipping(moves: pd.DataFrame, month: str, segment: str | None) -> str:
    """Return how many customers slipped in a month, as Markdown.

    Parameters
    ----------
    moves : DataFrame
        Result of ``movement/matrix``, for the same segment.
    month : str
        In words.
    segment : str or None
        Persona at either end; None for all.
    """
    whose = f" from or to {formats.markdown(segment)}" if segment else ""
    number = moves["slipped_count"].sum()
    return f"{formats.plural(number, 'customer')} slipped{whose} in {month}"


def flow(moves: pd.DataFrame, month: str, chosen: tuple[str, str], move: str | None) -> str:
    """Return how many customers went from one segment to another, as Markdown.

    Parameters
    ----------
    moves : DataFrame
        Result of ``movement/matrix``.
    month : str
        In words.
    chosen : tuple of str
        The personas at both ends.
    move : str or None
        Only those of a direction.
    """
    column = f"{move}_count" if move else "customer_count"
    ends = (moves["from_persona"] == chosen[0]) & (moves["to_persona"] == chosen[1])
    names = " to ".join(formats.markdown(name) for name in chosen)
    number = formats.plural(moves.loc[ends, column].sum(), "customer")
    which = {"slipped": " who slipped", "rose": " who rose"}.get(move or "", "")
    return f"From {names} in {month}: {number}{which}"


def growth(sizes: pd.DataFrame) -> str:
    """Return which segment gained most customers over the days shown, as Markdown.

    Parameters
    ----------
    sizes : DataFrame
        Result of ``movement/sizes``; at least one row.
    """
    ordered = sizes.sort_values("snapshot_date")
    first, last = ordered["snapshot_date"].iloc[0], ordered["snapshot_date"].iloc[-1]
    start = ordered[ordered["snapshot_date"] == first].set_index("persona")["customer_count"]
    end = ordered[ordered["snapshot_date"] == last].set_index("persona")["customer_count"]
    gain = end.sub(start, fill_value=0).sort_values()
    if first == last or gain.empty:
        return "How large the segments are"
    name, size = formats.markdown(gain.index[-1]), gain.iloc[-1]
    since = f"since {formats.day(first)}"
    if len(gain) == 1:
        word = "shrank" if size < 0 else "grew"
        return f"{name} {word} by {formats.plural(abs(size), 'customer')} {since}"
    if size <= 0:
        return f"No segment grew {since}"
    return f"{name} grew most {since}, by {formats.plural(size, 'customer')}"


def return_rate(curve: pd.DataFrame, kind: str, currency: str) -> str:
    """Return what customers did in the months after their first order, as Markdown.

    Parameters
    ----------
    curve : DataFrame
        Result of ``cohorts/average_curve``.
    kind : {"retention_rate", "revenue", "revenue_per_customer"}
        What is shown.
    currency : str
        ISO code.
    """
    later = curve[(curve["months_since"] > 0)]
    if later.empty:
        return "No month after the first order is complete yet"
    start, month = {
        "retention_rate": ("{} ordered again", "the month after their first order"),
        "revenue": ("A cohort brought {} on average", "the month after its first orders"),
        "revenue_per_customer": (
            "A customer brought {} on average",
            "the month after the first order",
        ),
    }[kind]
    text = f"{start.format(_value(later.iloc[0][kind], kind, currency))} in {month}"
    half = later[later["months_since"] == 6]
    if len(half):
        text += f", {_value(half.iloc[0][kind], kind, currency)} in the sixth month"
    return formats.markdown(text)


def average_alt(curve: pd.DataFrame, kind: str, currency: str) -> str:
    """Return in words what the line of averages shows.

    Parameters
    ----------
    curve : DataFrame
        Result of ``cohorts/average_curve``; the month of the first order is left out.
    kind : {"retention_rate", "revenue", "revenue_per_customer"}
        Column that is shown: a share from 0 to 1, or amounts in the currency.
    currency : str
        ISO code.
    """
    later = curve[(curve["months_since"] > 0)]
    parts = [
        f"month {row['months_since']:.0f}: {_value(row[kind], kind, currency)}"
        for _, row in later.iterrows()
    ]
    return f"Line by months since the first order: {'; '.join(parts)}."


def _value(value: Any, kind: str, currency: str) -> str:
    return formats.share(value) if kind == "retention_rate" else formats.money(value, currency)
