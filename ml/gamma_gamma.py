"""Gamma-Gamma in closed form: what a customer's orders are worth.

Fader and Hardie, The Gamma-Gamma model of monetary value (2013): orders of a customer are gamma
distributed around a mean of the customer's own, and so are those means over customers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from ml.bgnbd import minimum


@dataclass(frozen=True)
class GammaGamma:
    """How much an order is worth.

    Attributes
    ----------
    p, q, v : float
        Orders of a customer are gamma distributed with shape p around a mean of the customer's
        own; the rates are gamma distributed over customers with shape q (above 1) and rate v
        (in the currency of the amounts).
    """

    p: float
    q: float
    v: float

    def to_dict(self) -> dict:
        """Return the parameters, for the model's JSON."""
        return asdict(self)

    def expected(self, orders: ArrayLike, amount: ArrayLike) -> np.ndarray:
        """Return what a customer's next order is expected to be worth.

        The conditional expectation of Fader and Hardie (2013): a weighted mean of the customer's
        own mean order and that of all customers; the more orders are known, the more the former
        weighs.

        Parameters
        ----------
        orders, amount : array-like of shape (n,)
            Number of orders known, 1 or more, and what they amount to, above 0.

        Returns
        -------
        ndarray of shape (n,)
            In the currency of the amounts, above 0.
        """
        n, total = np.asarray(orders, dtype=float), np.asarray(amount, dtype=float)
        return self.p * (self.v + total) / (self.p * n + self.q - 1.0)

    def log_likelihood(self, orders: ArrayLike, amount: ArrayLike) -> np.ndarray:
        """Return the log-likelihood of each customer's mean order.

        The likelihood of one customer in the model of Fader and Hardie (2013).

        Parameters
        ----------
        orders, amount : array-like of shape (n,)
            As in `expected`, amounts in the unit of `v`.

        Returns
        -------
        ndarray of shape (n,)
            Natural logarithms of densities; higher is better.
        """
        n, total = np.asarray(orders, dtype=float), np.asarray(amount, dtype=float)
        p, q, v = self.p, self.q, self.v
        return (
            gammaln(p * n + q)
            - gammaln(p * n)
            - gammaln(q)
            + q * np.log(v)
            + (p * n - 1.0) * np.log(total / n)
            + p * n * np.log(n)
            - (p * n + q) * np.log(total + v)
        )


def fit_gamma_gamma(orders: ArrayLike, amount: ArrayLike) -> GammaGamma:
    """Fit a Gamma-Gamma by maximum likelihood.

    Parameters
    ----------
    orders, amount : array-like of shape (n,)
        As in `GammaGamma.expected`, in a fixed order of the customers.

    Returns
    -------
    GammaGamma
        With `v` in the currency of the amounts.
    """
    n, total = np.asarray(orders, dtype=float), np.asarray(amount, dtype=float)
    unit = float((total / n).mean())

    def model(logs: np.ndarray, scale: float = 1.0) -> GammaGamma:
        p, above, v = np.exp(logs)
        return GammaGamma(float(p), 1.0 + float(above), float(v) * scale)

    def loss(logs: np.ndarray) -> float:
        return -float(model(logs).log_likelihood(n, total / unit).mean())

    return model(minimum(loss, 3), unit)
