"""The measures of a customer: their names, their units and the order to show them in."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import formats


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes
    ----------
    label : str
        Plain name.
    unit : str
        ``days``, ``money``, ``count`` or ``share``.
    help : str
        How it is counted.
    better : {"more", "less", None}
        Which side is good for the shop; None where neither is.
    more, less : str
        What customers do who have more of it, or less; "than" follows.
    """

    label: str
    unit: str
    help: str
    better: str | None
    more: str
    less: str


MEASURES = {
    "recency_days": Measure(
        "Days since last order", "days", "Fewer is more recent.", "less",
        "ordered longer ago", "ordered more recently",
    ),
    "frequency": Measure(
        "Orders", "count", "Orders that were not cancelled.", "more",
        "order more often", "order less often",
    ),
    "monetary": Measure(
        "Spent so far", "money", "Net of matched returns.", "more",
        "have spent more", "have spent less",
    ),
    "average_order_value": Measure(
        "Value of an order", "money", "Spent so far by orders.", "more",
        "spend more per order", "spend less per order",
    ),
    "average_days_between_orders": Measure(
        "Days between orders", "days", "Known from the second order on.", "less",
        "wait longer between orders", "wait less between orders",
    ),
    "tenure_days": Measure(
        "Days since first order", "days", "How long a customer is known.", None,
        "have been customers for longer", "have been customers for less time",
    ),
    "product_count": Measure(
        "Different products", "count", "Products ever bought.", "more",
        "have bought more different products", "have bought fewer different products",
    ),
    "return_rate": Measure(
        "Share returned", "share", "Returned amount by gross amount.", "less",
        "return a larger share", "return a smaller share",
    ),
}  # fmt: skip
"""Every measure, in the order in which charts show it."""


def oriented_value(measure: str, percentile: float) -> float | None:
    """Return a percentile (0 to 100) such that higher is better; None where no side is good."""
    better = MEASURES[measure].better
    if better is None:
        return None
    return percentile if better == "more" else 100 - percentile


def compared(row: Any) -> str:
    """Return how a segment's median compares: ``order more often than 97% of customers``.

    Parameters
    ----------
    row : namedtuple or Series
        ``measure``, and the shares of customers below the median and above it:
        ``lower_share``, ``higher_share``.
    """
    measure = MEASURES[row.measure]
    if row.lower_share >= row.higher_share:
        return f"{measure.more} than {formats.share(row.lower_share)} of customers"
    return f"{measure.less} than {formats.share(row.higher_share)} of customers"


def show(measure: str, value: Any, currency: str) -> str:
    """Return a value of a measure in its unit, short enough for a cell of a heat map.

    Parameters
    ----------
    measure : str
        A key of `MEASURES`.
    value : float or None
        In the measure's unit: days, money in the currency, a count, or a share from 0 to 1.
    currency : str
        ISO code, for money.

    Returns
    -------
    str
        ``31 d``, ``£1.2 k``, ``950`` or ``12%``; a dash where the value is missing.
    """
    unit = MEASURES[measure].unit
    if formats.is_missing(value):
        return formats.MISSING
    if unit == "money":
        return formats.money(value, currency)
    if unit == "share":
        return formats.share(value)
    if unit == "days":
        return f"{formats.count(value)}{formats.THIN}d"
    return formats.short(value)


def label(measure: str) -> str:
    """Return the plain name of a measure."""
    return MEASURES[measure].label


def with_texts(frame: pd.DataFrame, currency: str, **texts: str) -> pd.DataFrame:
    """Return rows of measures with their plain names and their values as text.

    Parameters
    ----------
    frame : DataFrame
        ``measure`` and the columns that ``texts`` names.
    currency : str
        ISO code.
    **texts
        For each new column of text, the column whose values it writes.

    Returns
    -------
    DataFrame
        With ``measure_label`` and the columns of text.
    """
    return frame.assign(
        measure_label=[label(name) for name in frame["measure"]],
        **{
            text: [
                show(name, value, currency)
                for name, value in zip(frame["measure"], frame[column], strict=True)
            ]
            for text, column in texts.items()
        },
    )


def order() -> list[str]:
    """Return the plain names in order."""
    return [measure.label for measure in MEASURES.values()]


def bin_label(measure: str, lower: float, following: float | None, currency: str) -> str:
    """Return the name of a bin: ``31–60 d``, ``5–9``, ``from £200``, ``£5 k+``.

    Parameters
    ----------
    measure : str
        Its unit decides how bounds are written.
    lower : float
        Lower bound, included.
    following : float or None
        Lower bound of the next bin; None for the last.
    currency : str
        ISO code.
    """
    if MEASURES[measure].unit == "money":
        low = formats.money(lower, currency)
        return f"{low}+" if following is None else f"from {low}"
    if following is None:
        return f"{formats.count(lower)}+"
    upper = following - 1
    return (
        formats.count(lower) if upper <= lower else f"{formats.count(lower)}–{formats.count(upper)}"
    )
