"""BG/NBD in closed form: with Gamma-Gamma, the yardstick of every outlook.

Fader, Hardie and Lee, "Counting your customers" the easy way (Marketing Science 24, 2005): while
alive a customer orders at random at a rate of their own, and after each order may be lost for
good; rates are gamma and the chances of being lost beta distributed over customers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.special import expit, gammaln, hyp2f1

__all__ = ["BgNbd", "fit_bgnbd", "minimum"]

# Keeps a parameter that the customers say nothing about (nobody is ever lost) finite; too weak to
# show in one that they tell of.
_PENALTY = 1e-6
_BOUND = 12.0
# So close to a limit, what stands beside it is right to five digits.
_BESIDE = 1e-6


@dataclass(frozen=True)
class BgNbd:
    """How often customers order and how soon they are lost.

    Attributes
    ----------
    r, alpha : float
        Shape and scale (days) of the gamma distribution of order rates.
    a, b : float
        Of the beta distribution of the chance of being lost after an order.
    """

    r: float
    alpha: float
    a: float
    b: float

    def to_dict(self) -> dict:
        """Return the parameters, for the model's JSON."""
        return asdict(self)

    def alive(self, repeats: ArrayLike, last_day: ArrayLike, age: ArrayLike) -> np.ndarray:
        """Return the probability that a customer has not been lost.

        Parameters
        ----------
        repeats : array-like of shape (n,)
            Days with an order after the first one.
        last_day, age : array-like of shape (n,)
            Days from the first order to the last one, and to now.

        Returns
        -------
        ndarray of shape (n,)
            From 0 to 1; 1 after a first order alone.
        """
        return expit(-self.log_odds_lost(repeats, last_day, age))

    def log_odds_lost(self, repeats: ArrayLike, last_day: ArrayLike, age: ArrayLike) -> np.ndarray:
        """Return the log odds of having been lost.

        By Bayes' rule from the likelihood of Fader, Hardie and Lee (2005), with x for repeats, the
        odds are ``a / (b + x - 1) * ((alpha + age) / (alpha + last_day)) ** (r + x)``.

        Parameters
        ----------
        repeats, last_day, age : array-like of shape (n,)
            As in `alive`, the latter two in days.

        Returns
        -------
        ndarray of shape (n,)
            Natural logarithms; minus infinity after a first order alone.
        """
        x, last, now = (np.asarray(values, dtype=float) for values in (repeats, last_day, age))
        lost = np.log(self.a / (self.b + np.maximum(x, 1.0) - 1.0)) + (self.r + x) * np.log(
            (self.alpha + now) / (self.alpha + last)
        )
        return np.where(x > 0, lost, -np.inf)

    def chance(
        self, repeats: ArrayLike, last_day: ArrayLike, age: ArrayLike, days: float
    ) -> np.ndarray:
        """Return the probability of an order in the next days.

        In the model of Fader, Hardie and Lee (2005) the order rate of who is alive is gamma
        distributed with shape r + repeats and scale alpha + age, so that the next days stay empty
        with probability ``((alpha + age) / (alpha + age + days)) ** (r + repeats)``.

        Parameters
        ----------
        repeats, last_day, age : array-like of shape (n,)
            As in `alive`, the latter two in days.
        days : float
            Length of the time ahead, at least 0.

        Returns
        -------
        ndarray of shape (n,)
            From 0 to the probability of being alive.
        """
        x, now = np.asarray(repeats, dtype=float), np.asarray(age, dtype=float)
        quiet = ((self.alpha + now) / (self.alpha + now + days)) ** (self.r + x)
        return self.alive(repeats, last_day, age) * (1.0 - quiet)

    def expected(
        self, repeats: ArrayLike, last_day: ArrayLike, age: ArrayLike, days: float
    ) -> np.ndarray:
        """Return the expected number of days with an order in the next days.

        The conditional expectation of Fader, Hardie and Lee (2005), with Gauss' hypergeometric
        function; where a is 1, at which it has a limit, the value beside it.

        Parameters
        ----------
        repeats, last_day, age : array-like of shape (n,)
            As in `alive`, the latter two in days.
        days : float
            Length of the time ahead, at least 0.

        Returns
        -------
        ndarray of shape (n,)
            At least 0.
        """
        x, now = np.asarray(repeats, dtype=float), np.asarray(age, dtype=float)
        after = self.alpha + now + days
        a = self.a if abs(self.a - 1.0) > _BESIDE else 1.0 + _BESIDE
        series = hyp2f1(self.r + x, self.b + x, a + self.b + x - 1.0, days / after)
        left = 1.0 - ((self.alpha + now) / after) ** (self.r + x) * series
        count = (a + self.b + x - 1.0) / (a - 1.0) * left
        return count * self.alive(repeats, last_day, age)

    def log_likelihood(self, repeats: ArrayLike, last_day: ArrayLike, age: ArrayLike) -> np.ndarray:
        """Return the log-likelihood of each customer's orders.

        The likelihood of one customer in the model of Fader, Hardie and Lee (2005).

        Parameters
        ----------
        repeats, last_day, age : array-like of shape (n,)
            As in `alive`, the latter two in the unit of `alpha`, days.

        Returns
        -------
        ndarray of shape (n,)
            Natural logarithms of densities; higher is better.
        """
        x, last, now = (np.asarray(values, dtype=float) for values in (repeats, last_day, age))
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        orders = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        losses = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
        still = -(r + x) * np.log(alpha + now)
        gone = np.log(a / (b + np.maximum(x, 1.0) - 1.0)) - (r + x) * np.log(alpha + last)
        return orders + losses + np.logaddexp(still, np.where(x > 0, gone, -np.inf))


def fit_bgnbd(repeats: ArrayLike, last_day: ArrayLike, age: ArrayLike) -> BgNbd:
    """Fit a BG/NBD by maximum likelihood.

    Parameters
    ----------
    repeats, last_day, age : array-like of shape (n,)
        As in `BgNbd.alive`, in a fixed order of the customers.

    Returns
    -------
    BgNbd
        With `alpha` in days; the logs of the parameters are bounded, so that all are finite and
        above 0.
    """
    x, last, now = (np.asarray(values, dtype=float) for values in (repeats, last_day, age))
    unit = max(float(now.max()) / 10.0, 1.0)

    def model(logs: np.ndarray, scale: float = 1.0) -> BgNbd:
        r, alpha, a, b = np.exp(logs)
        return BgNbd(float(r), float(alpha) * scale, float(a), float(b))

    def loss(logs: np.ndarray) -> float:
        return -float(model(logs).log_likelihood(x, last / unit, now / unit).mean())

    return model(minimum(loss, 4), unit)


def minimum(loss: Callable[[np.ndarray], float], parameters: int) -> np.ndarray:
    """Find the logs of the parameters with the least loss."""
    found = minimize(
        lambda logs: loss(logs) + _PENALTY * float((logs**2).sum()),
        np.zeros(parameters),
        method="L-BFGS-B",
        bounds=[(-_BOUND, _BOUND)] * parameters,
        options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500},
    )
    # What lies beyond is the rounding of the slopes.
    return np.round(found.x, 6)
