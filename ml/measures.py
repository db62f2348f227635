"""Measures of a clustering: silhouette, agreement of two labellings, shares."""

from __future__ import annotations

import numpy as np

__all__ = ["adjusted_rand_index", "segment_shares", "silhouette"]


def silhouette(points: np.ndarray, labels: np.ndarray) -> float | None:
    """Compute the mean silhouette by squared Euclidean distance, as MLlib's evaluator does.

    Mean squared distances to a cluster follow from its size, sum and sum of squares, so that the
    cost is linear: no pair of points is ever compared.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    labels : ndarray of int, shape (n,)

    Returns
    -------
    float or None
        From -1 to 1, higher is better; None with fewer than two clusters. A point alone in its
        cluster counts 0.
    """
    found, codes = np.unique(labels, return_inverse=True)
    k = len(found)
    if k < 2:
        return None
    sizes = np.bincount(codes, minlength=k).astype(float)
    norms = (points**2).sum(axis=1)
    sums = np.column_stack([np.bincount(codes, column, minlength=k) for column in points.T])
    squares = np.bincount(codes, norms, minlength=k)
    # Sum over a cluster of |x - y|^2 = n |x|^2 - 2 x.sum(y) + sum |y|^2.
    totals = norms[:, None] * sizes - 2.0 * points @ sums.T + squares
    rows = np.arange(len(points))
    own_size = sizes[codes]
    own = totals[rows, codes] / np.maximum(own_size - 1.0, 1.0)
    others = totals / sizes
    others[rows, codes] = np.inf
    nearest = others.min(axis=1)
    larger = np.maximum(own, nearest)
    scores = np.divide(nearest - own, larger, out=np.zeros(len(points)), where=larger > 0)
    scores[own_size == 1] = 0.0
    return float(scores.mean())


def adjusted_rand_index(first: np.ndarray, second: np.ndarray) -> float:
    """Measure how far two labellings agree beyond chance (Hubert and Arabie, 1985).

    Parameters
    ----------
    first, second : ndarray of shape (n,)
        Labels of the same customers, of any values.

    Returns
    -------
    float
        1 when they are the same up to names, about 0 when unrelated, below 0 when they agree less
        than by chance; higher is better.
    """
    a = np.unique(first, return_inverse=True)[1]
    b = np.unique(second, return_inverse=True)[1]
    width = b.max() + 1
    table = np.bincount(a * width + b, minlength=(a.max() + 1) * width).astype(float)
    table = table.reshape(-1, width)

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1.0)).sum() / 2.0)

    together = pairs(table)
    in_first, in_second = pairs(table.sum(axis=1)), pairs(table.sum(axis=0))
    everything = len(first) * (len(first) - 1.0) / 2.0
    expected = in_first * in_second / everything if everything else 0.0
    best = (in_first + in_second) / 2.0
    # Both put everybody together, or everybody apart: they agree.
    return 1.0 if best == expected else (together - expected) / (best - expected)


def segment_shares(labels: np.ndarray, k: int) -> np.ndarray:
    """Return the share of customers in each of k segments. Shape (k,), sums to 1."""
    return np.bincount(labels, minlength=k) / len(labels)
