"""A customer's outlook: chance to order, expected orders and expected spend, from coefficients.

Three regressions on the features of `ml.outlook_features`, fitted on what customers of earlier
snapshots did in the days after: a logistic one for the chance to order, a Poisson one for the
number of orders and a Tweedie one for the amount. This module scores in numpy; nothing of MLlib
is needed once the coefficients are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from scipy.special import expit

from ml.bgnbd import BgNbd
from ml.gamma_gamma import GammaGamma
from ml.outlook_features import MOST_SURPRISE, Known, outlook_columns, outlook_features

__all__ = ["LEAST", "LIKELY", "NORMAL_95", "Outlook", "Part", "Prediction"]

NORMAL_95 = 1.959963984540054
LEAST = 1e-12
"""A chance below this divides as this one does."""
LIKELY = (0.1, 0.9)
"""What a customer spends lies between these two quantiles four times in five."""


@dataclass(frozen=True)
class Part:
    """One regression.

    Attributes
    ----------
    intercept : float
    coefficients : tuple of float
        One for each feature, per standard deviation.
    covariance : tuple of tuple of float
        Of the intercept and the coefficients, customers drawn as a whole.
    season : float
        Standard deviation of the level from snapshot to snapshot, on the scale of the intercept:
        some months are better than the customers of before would tell.
    """

    intercept: float
    coefficients: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    season: float

    def line(self, scaled: Iterable[Any], constant: Callable = float) -> Any:
        """Return the linear predictor.

        Parameters
        ----------
        scaled : iterable of ndarray or Column
            One for each feature.
        constant : callable, default float
            Makes a number a summand: `F.lit` for columns.

        Returns
        -------
        ndarray or Column
            On the scale of the link: log odds of the chance, logs of orders and of spend.
        """
        terms = (
            constant(weight) * each for weight, each in zip(self.coefficients, scaled, strict=True)
        )
        return reduce(add, terms, constant(self.intercept))

    def score(self, scaled: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the linear predictor and its standard error.

        Parameters
        ----------
        scaled : ndarray of shape (n, d)

        Returns
        -------
        line : ndarray of shape (n,)
            On the scale of the link, as `line` gives it.
        error : ndarray of shape (n,)
            Standard error of the line, with that of the season.
        """
        rows = np.column_stack([np.ones(len(scaled)), scaled])
        line = self.line(scaled.T)
        variance = np.einsum("ni,ij,nj->n", rows, np.array(self.covariance), rows)
        return line, np.sqrt(np.maximum(variance, 0.0) + self.season**2)

    def to_dict(self) -> dict:
        """Return plain lists, for the model's JSON."""
        return {
            "intercept": self.intercept,
            "coefficients": list(self.coefficients),
            "covariance": [list(row) for row in self.covariance],
            "season": self.season,
        }

    @classmethod
    def from_dict(cls, values: dict) -> Part:
        """Read what `to_dict` wrote."""
        return cls(
            values["intercept"],
            tuple(values["coefficients"]),
            tuple(tuple(row) for row in values["covariance"]),
            values["season"],
        )


@dataclass(frozen=True)
class Prediction:
    """Outlooks of customers; every attribute has shape (n,), or (n, 2) for an interval.

    Attributes
    ----------
    chance, orders, spend : ndarray
        Probability of an order, expected orders and expected net amount in the horizon.
    chance_interval, orders_interval, spend_interval : ndarray
        95% intervals of the three: how exactly they are known.
    likely_spend : ndarray
        What four in five such customers spend lies in between.
    """

    chance: np.ndarray
    orders: np.ndarray
    spend: np.ndarray
    chance_interval: np.ndarray
    orders_interval: np.ndarray
    spend_interval: np.ndarray
    likely_spend: np.ndarray


@dataclass(frozen=True)
class Outlook:
    """What was learned from a shop's past, enough to score any customer.

    Attributes
    ----------
    horizon_days : int
        Days that are looked ahead.
    known_at : str
        Day (YYYY-MM-DD) up to which orders were known to the fit.
    snapshots, rows, customers : int
        What it was learned from: snapshots, customers at a snapshot, different customers.
    order_model : BgNbd
    value_model : GammaGamma
        Fitted on the customers of that day; features are read from them, and they are the
        yardstick.
    means, deviations : tuple of float
        Of the features over the rows.
    chance, orders, spend : Part
    spread : tuple of float
        Quantiles (0%, 1%, ... 100%) of what those who ordered spent over what was expected of
        them if they ordered.
    is_ranking : bool
        True where the activation list is sorted by expected spend.
    """

    horizon_days: int
    known_at: str
    snapshots: int
    rows: int
    customers: int
    order_model: BgNbd
    value_model: GammaGamma
    means: tuple[float, ...]
    deviations: tuple[float, ...]
    chance: Part
    orders: Part
    spend: Part
    spread: tuple[float, ...]
    is_ranking: bool = False

    def scaled(self, known: Known) -> np.ndarray:
        """Return the scaled features of customers.

        Returns
        -------
        ndarray of shape (n, 5)
            In the order of `OUTLOOK_FEATURES`, in standard deviations from the mean.
        """
        features = outlook_features(known, self.order_model, self.value_model)
        return (features - np.array(self.means)) / np.array(self.deviations)

    def scaled_columns(self) -> list:
        """Return the scaled features as Spark columns.

        Returns
        -------
        list of five pyspark.sql.Column
            As `scaled` has them, from the columns `KNOWN`.
        """
        columns = outlook_columns(self.order_model, self.value_model)
        return [
            (column - mean) / deviation
            for column, mean, deviation in zip(columns, self.means, self.deviations, strict=True)
        ]

    def predict(self, known: Known) -> Prediction:
        """Look ahead from what is known of customers.

        Returns
        -------
        Prediction
            Rows in the order of ``known``; amounts in the unit of its net amounts.
        """
        scaled = self.scaled(known)
        line, error = self.chance.score(scaled)
        chance = expit(line)
        chance_interval = expit(_around(line, error))
        line, error = self.orders.score(scaled)
        # Nobody who orders orders less than once.
        orders = np.maximum(np.exp(line), chance)
        orders_interval = np.exp(_around(line, error))
        orders_interval[:, 1] = np.maximum(orders_interval[:, 1], orders)
        line, error = self.spend.score(scaled)
        spend = np.exp(line)
        return Prediction(
            chance,
            orders,
            spend,
            chance_interval,
            orders_interval,
            np.exp(_around(line, error)),
            np.column_stack([self.spend_quantile(chance, spend, share) for share in LIKELY]),
        )

    def spend_quantile(self, chance: np.ndarray, spend: np.ndarray, share: float) -> np.ndarray:
        """Return the amount that a share of such customers stays below.

        Parameters
        ----------
        chance, spend : ndarray of shape (n,)
            As predicted: the chance to order (0 to 1) and the expected spend.
        share : float
            From 0 to 1.

        Returns
        -------
        ndarray of shape (n,)
            In the currency of the spend; 0 where at least that share is expected not to order.
        """
        # As many as do not order spend nothing; the others spread around their own mean.
        among = (share - (1.0 - chance)) / np.maximum(chance, LEAST)
        ratio = np.interp(among, np.linspace(0.0, 1.0, len(self.spread)), self.spread)
        return np.where(among > 0.0, ratio * spend / np.maximum(chance, LEAST), 0.0)

    def to_dict(self) -> dict:
        """Return plain values, for the model's JSON."""
        return {
            "horizon_days": self.horizon_days,
            "known_at": self.known_at,
            "snapshots": self.snapshots,
            "rows": self.rows,
            "customers": self.customers,
            "bg_nbd": self.order_model.to_dict(),
            "gamma_gamma": self.value_model.to_dict(),
            "most_surprise": MOST_SURPRISE,
            "means": list(self.means),
            "deviations": list(self.deviations),
            "chance": self.chance.to_dict(),
            "orders": self.orders.to_dict(),
            "spend": self.spend.to_dict(),
            "spread": list(self.spread),
            "is_ranking": self.is_ranking,
        }

    @classmethod
    def from_dict(cls, values: dict) -> Outlook:
        """Read what `to_dict` wrote."""
        return cls(
            values["horizon_days"],
            values["known_at"],
            values["snapshots"],
            values["rows"],
            values["customers"],
            BgNbd(**values["bg_nbd"]),
            GammaGamma(**values["gamma_gamma"]),
            tuple(values["means"]),
            tuple(values["deviations"]),
            Part.from_dict(values["chance"]),
            Part.from_dict(values["orders"]),
            Part.from_dict(values["spend"]),
            tuple(values["spread"]),
            values["is_ranking"],
        )


def _around(line: np.ndarray, error: np.ndarray) -> np.ndarray:
    return np.column_stack([line - NORMAL_95 * error, line + NORMAL_95 * error])
