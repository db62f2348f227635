"""What an outlook is read from, in numpy and as Spark columns.

Five features of a customer at a day. The first three are what a BG/NBD and a Gamma-Gamma, fitted
on all customers of one day, make of the customer's own few orders: they draw the pace of who
ordered once towards the shop's, so that a customer of three weeks and one of three years can be
compared. Days since the last order and orders stand beside them as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ml.bgnbd import BgNbd
from ml.gamma_gamma import GammaGamma

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = [
    "KNOWN",
    "MOST_SURPRISE",
    "OUTLOOK_FEATURES",
    "Known",
    "outlook_columns",
    "outlook_features",
]

KNOWN = ("recency_days", "frequency", "monetary", "tenure_days", "purchase_day_count")
"""Measures that an outlook is read from."""

OUTLOOK_FEATURES = (
    "log of the order rate",
    "surprise at the silence",
    "log of the value of an order",
    "root of days since the last order",
    "log of orders",
)

# A silence that one customer in 1,100 of such a pace would keep by chance is as telling as a longer
# one; without an end, a few who bought daily and left would bend the regression for all.
MOST_SURPRISE = 7.0


@dataclass(frozen=True)
class Known:
    """Measures of customers at a day.

    Attributes
    ----------
    recency_days, frequency, monetary, tenure_days, purchase_day_count : ndarray, shape (n,)
        Days since the last order, orders, net amount, days since the first order, days with an
        order.
    """

    recency_days: np.ndarray
    frequency: np.ndarray
    monetary: np.ndarray
    tenure_days: np.ndarray
    purchase_day_count: np.ndarray

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.recency_days)

    def take(self, rows: np.ndarray) -> Known:
        """Return some of the customers."""
        return Known(*(getattr(self, name)[rows] for name in KNOWN))

    @property
    def repeats(self) -> np.ndarray:
        """Days with an order after the first one. Shape (n,)."""
        return self.purchase_day_count - 1.0

    @property
    def last_day(self) -> np.ndarray:
        """Days from the first order to the last one. Shape (n,)."""
        return np.maximum(self.tenure_days - self.recency_days, 0.0)


def outlook_features(known: Known, orders: BgNbd, value: GammaGamma) -> np.ndarray:
    """Return the features of customers, not scaled.

    Parameters
    ----------
    known : Known
    orders : BgNbd
    value : GammaGamma

    Returns
    -------
    ndarray of shape (n, 5)
        In the order of `OUTLOOK_FEATURES`.
    """
    rate = orders.r + known.repeats
    age = orders.alpha + known.tenure_days
    # Minus the log of the probability of no order since the last one, if still a customer.
    surprise = rate * np.log(age / (orders.alpha + known.last_day))
    return np.column_stack(
        [
            np.log(rate / age),
            np.minimum(surprise, MOST_SURPRISE),
            np.log(value.expected(known.purchase_day_count, known.monetary)),
            np.sqrt(known.recency_days),
            np.log(known.frequency),
        ]
    )


def outlook_columns(orders: BgNbd, value: GammaGamma) -> list[Column]:
    """Build the features as Spark columns, equal to `outlook_features` to rounding.

    Returns
    -------
    list of five pyspark.sql.Column
        Doubles, from the columns `KNOWN` of any numeric type.
    """
    from pyspark.sql import functions as F

    recency, frequency, monetary, tenure, days = (F.col(name).cast("double") for name in KNOWN)
    repeats = days - F.lit(1.0)
    last_day = F.greatest(tenure - recency, F.lit(0.0))
    rate = F.lit(orders.r) + repeats
    age = F.lit(orders.alpha) + tenure
    surprise = rate * F.log(age / (F.lit(orders.alpha) + last_day))
    worth = (
        F.lit(value.p)
        * (F.lit(value.v) + monetary)
        / (F.lit(value.p) * days + F.lit(value.q) - F.lit(1.0))
    )
    return [
        F.log(rate / age),
        F.least(surprise, F.lit(MOST_SURPRISE)),
        F.log(worth),
        F.sqrt(recency),
        F.log(frequency),
    ]
