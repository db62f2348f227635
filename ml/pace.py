"""How often a shop's customers order, against which a time without an order is long or short.

Three weeks are long in a grocer's shop and nothing in a furniture shop. Days since the last order
are therefore divided by the days that usually pass between a customer's orders; what is not known
of a customer is taken from the shop.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from ml.settings import Settings

__all__ = ["Pace", "fit_pace", "pace_warnings", "recency_ratio", "usual_days"]


@dataclass(frozen=True)
class Pace:
    """A shop's pace, as its customers' orders show it.

    Attributes
    ----------
    usual_days : float
        Median over customers of their mean days between orders, above 0.
    repeat_customers : int
        Customers that it was measured on; 0 where there were too few and a setting stands in.
    new_days : int
        A customer is new up to so many days after the first order; 0 where nobody is.
    shortest_days : float
        A customer who orders more often is taken to order once in so many days: a week without
        is no absence, even where coffee is sold daily.
    """

    usual_days: float
    repeat_customers: int
    new_days: int
    shortest_days: float

    def is_new(self, tenure_days: ArrayLike) -> np.ndarray:
        """Say which customers placed their first order recently. Shape (n,), bool."""
        return np.asarray(tenure_days, dtype=float) <= self.new_days

    def to_dict(self) -> dict:
        """Return the numbers, for the model's JSON."""
        return asdict(self)


def usual_days(
    recency_days: ArrayLike, frequency: ArrayLike, tenure_days: ArrayLike
) -> tuple[float | None, int]:
    """Measure the usual time between orders.

    Parameters
    ----------
    recency_days, frequency, tenure_days : array-like of shape (n,)
        Days since the last order, orders, days since the first.

    Returns
    -------
    days : float or None
        Median over customers with orders on two days or more of their mean days between orders.
        The median, because a few who order daily would otherwise speak for everybody.
    customers : int
        How many these are.
    """
    recency, orders, tenure = (
        np.asarray(values, dtype=float) for values in (recency_days, frequency, tenure_days)
    )
    span = tenure - recency
    repeated = (orders >= 2) & (span > 0)
    if not repeated.any():
        return None, 0
    return float(np.median(span[repeated] / (orders[repeated] - 1))), int(repeated.sum())


def recency_ratio(
    recency_days: ArrayLike, frequency: ArrayLike, tenure_days: ArrayLike, pace: Pace
) -> np.ndarray:
    """Measure days since the last order in each customer's usual time between orders.

    Parameters
    ----------
    recency_days, frequency, tenure_days : array-like of shape (n,)
    pace : Pace
        The shop's usual days between orders count as one interval beside the customer's own:
        with one order they are all there is, with many they hardly matter.

    Returns
    -------
    ndarray of shape (n,)
        0 or more; lower is more recent. 1: as long as usual. Where orders come at random (in a
        Poisson process), one interval in twenty is longer than 3.
    """
    recency, orders, tenure = (
        np.asarray(values, dtype=float) for values in (recency_days, frequency, tenure_days)
    )
    expected = (np.maximum(tenure - recency, 0.0) + pace.usual_days) / orders
    return recency / np.maximum(expected, pace.shortest_days)


def fit_pace(
    recency_days: ArrayLike, frequency: ArrayLike, tenure_days: ArrayLike, settings: Settings
) -> Pace:
    """Measure a shop's pace and up to when a customer is new.

    Parameters
    ----------
    recency_days, frequency, tenure_days : array-like of shape (n,)
    settings : Settings

    Returns
    -------
    Pace
        A customer is new for one usual time between orders, within `new_days_min` and
        `new_days_max`; for less where more than `max_share` of the customers would be new, as in
        a young shop, or where too few would be left to segment.
    """
    days, customers = usual_days(recency_days, frequency, tenure_days)
    if days is None or customers < settings.min_repeat_customers:
        days, customers = settings.default_days_between_orders, 0
    longest = int(min(max(days, settings.new_days_min), settings.new_days_max))
    tenure = np.asarray(tenure_days, dtype=float)
    most = min(settings.max_share, 1.0 - settings.min_customers / len(tenure))
    known, counts = np.unique(tenure, return_counts=True)
    allowed = known[np.cumsum(counts) / len(tenure) <= most]
    new_days = min(longest, int(allowed[-1])) if len(allowed) else 0
    return Pace(days, customers, new_days, settings.shortest_days_between_orders)


def pace_warnings(pace: Pace) -> list[str]:
    """Say where the pace is not the shop's own.

    Returns
    -------
    list of str
        One sentence, or none.
    """
    if pace.repeat_customers:
        return []
    return [
        "Too few customers ordered on two days or more to tell the usual time between orders; "
        f"{pace.usual_days:.0f} days are assumed (setting default_days_between_orders)."
    ]
