"""The two periods that growth compares."""

from dataclasses import dataclass
from datetime import date
from typing import cast

import pandas as pd

from dashboard import formats

YEAR = 12


@dataclass(frozen=True)
class Periods:
    """Two periods of whole months, each from its first day and up to the day after its last.

    Attributes
    ----------
    this_from, this_to, before_from, before_to : date or None
        None where too little is known.
    """

    this_from: date | None = None
    this_to: date | None = None
    before_from: date | None = None
    before_to: date | None = None

    @property
    def words(self) -> str:
        """What growth compares, in a sentence."""
        days = (self.this_from, self.this_to, self.before_from, self.before_to)
        if None in days:
            return "Growth needs two whole months of orders."
        this_from, this_to, before_from, before_to = cast(tuple[date, ...], days)
        this, before = _span(this_from, this_to), _span(before_from, before_to)
        return f"Growth: revenue of {this} against {before}."


def growth_periods(first_day: date, as_of: date) -> Periods:
    """Return the latest whole months, and the same a year before or else those just before.

    Parameters
    ----------
    first_day : date
        Of the orders that are known; its month is whole only if it is the first of it.
    as_of : date
        Orders are before this day.

    Returns
    -------
    Periods
        Both equally long, a year at most; without days where fewer than two whole months are
        known.
    """
    start = pd.Timestamp(first_day)
    start = start if start.day == 1 else start + pd.offsets.MonthBegin(1)
    end = pd.Timestamp(as_of).replace(day=1)
    months = (end.year - start.year) * 12 + end.month - start.month
    is_a_year = months > YEAR
    length = min(YEAR, months - YEAR) if is_a_year else months // 2
    if length < 1:
        return Periods()
    this_from = end - pd.DateOffset(months=length)
    shift = pd.DateOffset(months=YEAR if is_a_year else length)
    ends = (this_from, end, this_from - shift, end - shift)
    return Periods(*(day.date() for day in ends))


def _span(start: date, end: date) -> str:
    first, last = formats.month(start), formats.month_before(end)
    return first if first == last else f"{first} to {last}"
