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
    """

    label: str
    unit: str
    help: str


MEASURES = {
    "recency_days": Measure("Days since last order", "days", "Fewer is more recent."),
    "frequency": Measure("Orders", "count", "Orders that were not cancelled."),
    "monetary": Measure("Spent so far", "money", "Net of matched returns."),
    "average_order_value": Measure("Value of an order", "money", "Spent so far by orders."),
    "average_days_between_orders": Measure(
        "Days between orders", "days", "Known from the second order on."
    ),
    "tenure_days": Measure("Days since first order", "days", "How long a customer is known."),
    "product_count": Measure("Different products", "count", "Products ever bought."),
    "return_rate": Measure("Share returned", "share", "Returned amount by gross amount."),
}
"""Every measure, in the order in which charts show it."""


def show(measure: str, value: Any, currency: str) -> str:
    """Return a value of a measure in its unit, short enough for a cell of a heat map."""
    unit = MEASURES[measure].unit
    if formats.is_missing(value):
        return "–"
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


def told(frame: pd.DataFrame, currency: str, **texts: str) -> pd.DataFrame:
    """Return rows of measures with their plain names and their values as text.

    Parameters
    ----------
    frame : DataFrame
        ``measure`` and the columns that ``texts`` names.
    currency : str
        ISO code.
    **texts
        For each new column of text, the column whose values it tells.

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
    return formats.count(lower) if upper <= lower else f"{lower:.0f}–{upper:.0f}"
