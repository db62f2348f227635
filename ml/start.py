"""Where EM begins, by k-means, and the search's own EM steps: numpy alone."""

from __future__ import annotations

import numpy as np

from ml.kmeans import kmeans
from ml.mixture import Mixture

__all__ = ["start_mixture", "stepped_mixture"]


def start_mixture(
    points: np.ndarray,
    k: int,
    *,
    seed: tuple[int, ...],
    starts: int,
    floor: float,
    start_sample: int,
    weights: np.ndarray | None = None,
) -> tuple[Mixture, np.ndarray]:
    """Describe the best k-means clustering of the points as a mixture.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Features in a fixed order.
    k : int
        Number of clusters.
    seed : tuple of int
        Seed of the starts.
    starts : int
        k-means starts.
    floor : float
        Added to the diagonal of each covariance.
    start_sample : int
        Above this many points the starts run on every so many-th point, and the best of them is
        carried on with all.
    weights : ndarray of shape (n,), optional
        How often each point counts.

    Returns
    -------
    mixture : Mixture
        Of k components, or fewer where a cluster is empty.
    labels : ndarray of int, shape (n,)
        Of k-means.
    """
    if len(points) > start_sample:
        chosen = np.linspace(0, len(points) - 1, start_sample).astype(int)
        centres = kmeans(points[chosen], k, seed=seed, starts=starts)[0]
        labels = kmeans(points, k, seed=seed, centres=centres, weights=weights)[1]
    else:
        labels = kmeans(points, k, seed=seed, starts=starts, weights=weights)[1]
    return Mixture.from_labels(points, labels, k, floor=floor, weights=weights), labels


def stepped_mixture(
    points: np.ndarray,
    start: Mixture,
    *,
    steps: int,
    floor: float,
    weights: np.ndarray | None = None,
) -> Mixture:
    """Take the EM steps that `ml.fit.expectation_maximisation` takes, without Spark.

    Parameters
    ----------
    points : ndarray of shape (n, d)
    start : Mixture
    steps : int
    floor : float
        Smallest eigenvalue of a covariance.
    weights : ndarray of shape (n,), optional
        How often each point counts.

    Returns
    -------
    Mixture
        Within 1e-9 of MLlib's.
    """
    fitted = start
    for _ in range(steps):
        fitted = fitted.stepped(points, weights)
        if not fitted.is_sound(0.0):
            break
    if fitted.is_sound(floor):
        return fitted
    fitted = start
    for _ in range(steps):
        fitted = fitted.stepped(points, weights).floored(floor)
    return fitted
