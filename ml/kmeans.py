"""k-means in numpy, which gives the mixture its start.

It runs on the driver on the sorted sample, since its result would otherwise depend on how Spark
splits the rows. Points that are equal are one point with a weight, which makes bootstrap
resamples cheap.
"""

from __future__ import annotations

import numpy as np

__all__ = ["kmeans", "nearest_centre", "spread_centres"]


def nearest_centre(points: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find each point's nearest centre.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    centres : ndarray of shape (k, d)

    Returns
    -------
    labels : ndarray of int, shape (n,)
        The first of equally near centres.
    distances : ndarray of shape (n,)
        Squared Euclidean distance to it.
    """
    labels, nearest = _nearest(np.ascontiguousarray(points.T), centres)
    return labels, np.maximum(nearest + (points**2).sum(axis=1), 0.0)


def _nearest(columns: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find nearest centres of points given by columns, shape (d, n).

    The distances lack the points' own squares, which are the same for every centre. Going through
    the centres one by one is several times as fast as numpy's argmin over a short axis.
    """
    squares = (-2.0 * centres) @ columns
    squares += (centres**2).sum(axis=1)[:, None]
    nearest = squares[0]
    labels = np.zeros(columns.shape[1], dtype=np.intp)
    for j in range(1, len(centres)):
        closer = squares[j] < nearest
        labels[closer] = j
        nearest = np.minimum(nearest, squares[j])
    return labels, nearest


def spread_centres(
    points: np.ndarray, weights: np.ndarray, k: int, rng: np.random.Generator
) -> np.ndarray:
    """Draw k starting centres, each with probability in proportion to its squared distance.

    The seeding of Arthur and Vassilvitskii (2007), "k-means++: the advantages of careful seeding".

    Parameters
    ----------
    points : ndarray of shape (n, d)
        In a fixed order; the draw is a function of the order and the generator's state.
    weights : ndarray of shape (n,)
        How often each point counts: at least 0, and not all 0.
    k : int
        Number of centres, at least 1.
    rng : Generator
        Gives one number for each centre.

    Returns
    -------
    ndarray of shape (k, d)
        Rows of `points`; equal ones only where fewer than k points differ.
    """
    centres = np.empty((k, points.shape[1]))
    chances = weights.astype(float)
    distances = np.full(len(points), np.inf)
    for index in range(k):
        ends = np.cumsum(chances)
        drawn = np.searchsorted(ends, rng.random() * ends[-1], side="right")
        centres[index] = points[min(drawn, len(points) - 1)]
        distances = np.minimum(distances, ((points - centres[index]) ** 2).sum(axis=1))
        chances = weights * distances
        if chances.sum() <= 0.0:
            chances = weights.astype(float)
    return centres


def _lloyd(
    points: np.ndarray, weights: np.ndarray, centres: np.ndarray, max_steps: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Move centres to the means of their points until no label changes."""
    k = len(centres)
    columns = np.ascontiguousarray(points.T)
    weighted = columns * weights
    labels = None
    for _ in range(max_steps):
        moved, nearest = _nearest(columns, centres)
        if labels is not None and np.array_equal(moved, labels):
            break
        labels = moved
        sizes = np.bincount(labels, weights, minlength=k)
        sums = np.column_stack([np.bincount(labels, column, minlength=k) for column in weighted])
        # A centre that lost all its points stays where it was.
        filled = sizes > 0
        centres = centres.copy()
        centres[filled] = sums[filled] / sizes[filled, None]
    labels, nearest = _nearest(columns, centres)
    return centres, labels, float(weights @ (nearest + (columns**2).sum(axis=0)))


def kmeans(
    points: np.ndarray,
    k: int,
    *,
    seed: int | tuple[int, ...],
    starts: int = 10,
    weights: np.ndarray | None = None,
    centres: np.ndarray | None = None,
    max_steps: int = 100,
) -> tuple[np.ndarray, np.ndarray, float]:
    """Cluster points by k-means, keeping the start of the lowest cost.

    Parameters
    ----------
    points : ndarray of shape (n, d)
        In a fixed order; the result is a function of the order and the seed.
    k : int
        Number of clusters, at least 1.
    seed : int or tuple of int
        Seed of the starting centres.
    starts : int, default 10
        Independent starts.
    weights : ndarray of shape (n,), optional
        How often each point counts; 1 when left out.
    centres : ndarray of shape (k, d), optional
        Begin from these instead of drawing starts.
    max_steps : int, default 100
        Limit of Lloyd's steps a start.

    Returns
    -------
    centres : ndarray of shape (k, d)
    labels : ndarray of int, shape (n,)
    cost : float
        Weighted sum of squared distances to the nearest centre; lower is better.
    """
    rng = np.random.default_rng(seed)
    weights = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=float)
    if centres is not None:
        return _lloyd(points, weights, centres, max_steps)
    best = (points[:0], np.zeros(0, dtype=int), np.inf)
    for _ in range(starts):
        centres = spread_centres(points, weights, k, rng)
        found = _lloyd(points, weights, centres, max_steps)
        # Strictly lower, beyond rounding: of equally good starts the first is kept.
        if found[2] < best[2] * (1.0 - 1e-9):
            best = found
    return best
