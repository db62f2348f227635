"""From a fitted mixture to segments: order, names, references for scoring later."""

from __future__ import annotations

import numpy as np

from ml.features import MEASURES
from ml.marts import DESCRIBED, Sample
from ml.mixture import Mixture

__all__ = ["drift_reference", "population_reference", "spend_rate", "value_order", "without_unused"]

_BINS = 10


def without_unused(mixture: Mixture, points: np.ndarray) -> Mixture:
    """Drop components that are no customer's most probable one.

    Parameters
    ----------
    mixture : Mixture
    points : ndarray of shape (n, 2)

    Returns
    -------
    Mixture
        With the other weights scaled to sum to 1.
    """
    while True:
        used = np.unique(mixture.labels(points))
        if len(used) == mixture.k:
            return mixture
        kept = mixture.ordered(used)
        mixture = Mixture(kept.weights / kept.weights.sum(), kept.means, kept.covariances)


def spend_rate(monetary, tenure_days) -> np.ndarray:
    """Measure what customers have spent a month, on a log scale.

    A month is added to the time since the first order, so that a single recent order is not
    taken for a habit.

    Parameters
    ----------
    monetary, tenure_days : array-like of shape (n,)
        Net amount, and days since the first order.

    Returns
    -------
    ndarray of shape (n,)
        ``log1p(30 * monetary / (tenure_days + 30))``; higher is better.
    """
    amount = np.maximum(np.asarray(monetary, dtype=float), 0.0)
    return np.log1p(amount / (np.asarray(tenure_days, dtype=float) + 30.0) * 30.0)


def value_order(labels: np.ndarray, k: int, monetary, tenure_days) -> np.ndarray:
    """Order segments by value, the best first: the mean `spend_rate` of their customers.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        From 0 to k - 1.
    k : int
    monetary, tenure_days : array-like of shape (n,)

    Returns
    -------
    ndarray of int, shape (k,)
        Labels, best first; of equals the lower label first, empty ones last.
    """
    sizes = np.bincount(labels, minlength=k)
    sums = np.bincount(labels, spend_rate(monetary, tenure_days), minlength=k)
    means = np.where(sizes > 0, sums / np.maximum(sizes, 1), -np.inf)
    return np.argsort(-means, kind="stable")


def population_reference(sample: Sample) -> dict[str, dict[str, float]]:
    """Measure medians and spreads that single customers are compared with.

    Returns
    -------
    dict
        By measure: ``median`` in its own unit, ``mean`` and ``deviation`` of log1p. Measures
        that the source lacks are left out.
    """
    values = {name: getattr(sample, name) for name in MEASURES} | sample.described
    found = {}
    for name in (*MEASURES, *DESCRIBED):
        known = values[name][np.isfinite(values[name])]
        if len(known):
            logs = np.log1p(np.maximum(known, 0.0))
            found[name] = {
                "median": float(np.median(known)),
                "mean": float(logs.mean()),
                "deviation": float(logs.std()),
            }
    return found


def drift_reference(sample: Sample) -> dict[str, dict[str, list[float]]]:
    """Cut each fitted measure into bins of about equal size and count the shares.

    Returns
    -------
    dict
        By measure: ``edges``, the inner cut points (a value at a cut point falls below it), and
        ``shares`` of the customers, one more than the edges.
    """
    found = {}
    for name in MEASURES:
        values = getattr(sample, name)
        inner = np.quantile(values, np.arange(1, _BINS) / _BINS, method="higher")
        edges = np.unique(inner[inner < values.max()])
        counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
        found[name] = {"edges": edges.tolist(), "shares": (counts / len(values)).tolist()}
    return found
