"""What the page that compares says: the differences of two sides, largest first."""

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.measures import MEASURES

__all__ = ["ROWS", "Compared", "differences", "gap", "opened", "shown"]


@dataclass(frozen=True)
class Compared:
    """A row of the comparison.

    Attributes
    ----------
    label : str
        Plain name.
    unit : str
        ``days``, ``money``, ``count``, ``number`` or ``share``.
    more, less : str
        What the first side does where its value is higher, or lower; "than" follows.
    """

    label: str
    unit: str
    more: str
    less: str


def _measure(name: str) -> Compared:
    measure = MEASURES[name]
    return Compared(f"{measure.label} (median)", measure.unit, measure.more, measure.less)


ROWS: dict[str, Compared] = {
    "customer_count": Compared("Customers", "count", "are more", "are fewer"),
    "customer_share": Compared("Share of customers", "share", "", ""),
    "revenue": Compared("Spent so far, all of them", "money", "", ""),
    "revenue_share": Compared(
        "Share of revenue", "share", "hold a larger share of revenue",
        "hold a smaller share of revenue",
    ),
    "active_share": Compared(
        "Ordered in the last 90 days", "share", "more often ordered in the last 90 days",
        "less often ordered in the last 90 days",
    ),
    **{
        name: _measure(name)
        for name in ("recency_days", "frequency", "monetary", "average_order_value")
    },
    "order_chance": Compared(
        "Chance to order (mean)", "share", "are likelier to order again",
        "are less likely to order again",
    ),
    "expected_orders": Compared("Expected orders (mean)", "number", "", ""),
    "expected_spend": Compared(
        "Expected spend (mean)", "money", "are expected to spend more",
        "are expected to spend less",
    ),
}  # fmt: skip
"""The measures of a comparison by the columns of ``compare/side``, in order."""


def shown(name: str, value: Any, currency: str) -> str:
    """Return a value of a row as people read it.

    Parameters
    ----------
    name : str
        A key of `ROWS`.
    value : float or None
        In the row's unit: days, money in the currency, a count, a number, or a share from 0 to 1.
    currency : str
        ISO code, for money.

    Returns
    -------
    str
        A dash where the value is missing.
    """
    if formats.is_missing(value):
        return formats.MISSING
    unit = ROWS[name].unit
    if unit == "money":
        return formats.money(value, currency)
    if unit == "share":
        return formats.share(value)
    if unit == "days":
        return f"{formats.count(value)} days"
    if unit == "number":
        return formats.decimal(value, 1)
    return formats.count(value) if float(value).is_integer() else formats.decimal(value, 1)


def differences(one: pd.Series, other: pd.Series, names: tuple[str, str], currency: str) -> list:
    """Return how one side differs from the other, the largest difference first, sizes last.

    Parameters
    ----------
    one, other : Series
        Rows of ``compare/side``.
    names : tuple of str
        The two sides, as Markdown.
    currency : str
        ISO code.

    Returns
    -------
    list of str
        Sentences without a full stop; none for what differs by less than a twentieth.
    """
    found = []
    # That all customers are more than some is no finding.
    sizes = ("customer_count", "revenue_share")
    is_part = 1 in (one["customer_share"], other["customer_share"])
    for name, row in ROWS.items():
        if is_part and name in sizes:
            continue
        left, right = one[name], other[name]
        if not row.more or formats.is_missing(left) or formats.is_missing(right):
            continue
        left, right = float(left), float(right)
        if left == right or not (left > 0 or right > 0):
            continue
        size = abs(math.log(left / right)) if left > 0 and right > 0 else math.inf
        if size < math.log(1.05):
            continue
        verb = row.more if left > right else row.less
        values = [formats.markdown(shown(name, value, currency)) for value in (left, right)]
        found.append(
            (
                0 if name in sizes else size,
                f"{names[0]} {verb} than {names[1]}: {values[0]} against {values[1]}",
            )
        )
    return [text for _, text in sorted(found, key=lambda part: -part[0])]


def opened(text: str) -> str:
    """Return a sentence that begins with a capital letter."""
    return f"{text[0].upper()}{text[1:]}"


def gap(frame: pd.DataFrame, what: str, names: tuple[str, str]) -> str:
    """Return where two sides differ most among products or countries, as Markdown.

    Parameters
    ----------
    frame : DataFrame
        ``name``, ``first_share`` and ``second_share`` (0 to 1), none of them missing: the results
        of ``compare/products`` or ``compare/countries`` of both sides, as
        `dashboard.compared_sides.shares` joins them; at least one row.
    what : str
        ``product`` or ``country``.
    names : tuple of str
        The two sides, as Markdown.
    """
    row = frame.loc[(frame["first_share"] - frame["second_share"]).abs().idxmax()]
    if formats.share(row["first_share"]) == formats.share(row["second_share"]):
        return f"No {what} sets the two apart"
    parts = [
        f"{formats.share(row[key])} of {name}"
        for key, name in zip(("first_share", "second_share"), names, strict=True)
    ]
    return f"{formats.markdown(row['name'])} sets them apart most: {', '.join(parts)}"
