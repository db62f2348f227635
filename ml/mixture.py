"""A Gaussian mixture as plain numbers: density, posteriors, information criteria.

Nothing here needs Spark. The fit itself is MLlib's, in `ml.fit`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Mixture", "log_sum_exp"]


def log_sum_exp(logs: np.ndarray) -> np.ndarray:
    """Compute log(sum(exp(logs))) along the last axis without overflow.

    Parameters
    ----------
    logs : ndarray of shape (..., k)

    Returns
    -------
    ndarray of shape (...,)
    """
    top = logs.max(axis=-1)
    return top + np.log(np.exp(logs - top[..., None]).sum(axis=-1))


@dataclass(frozen=True)
class Mixture:
    """Weights, means and covariances of k Gaussian components.

    Attributes
    ----------
    weights : ndarray of shape (k,)
        Sum to 1.
    means : ndarray of shape (k, d)
    covariances : ndarray of shape (k, d, d)
        Symmetric and positive definite.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray

    @property
    def k(self) -> int:
        """Number of components."""
        return len(self.weights)

    @property
    def parameter_count(self) -> int:
        """Free parameters: k - 1 weights, k * d means, k * d * (d + 1) / 2 covariances."""
        d = self.means.shape[1]
        return self.k - 1 + self.k * d + self.k * d * (d + 1) // 2

    def log_components(self, points: np.ndarray) -> np.ndarray:
        """Compute log(weight) + log(normal density) of every component.

        Parameters
        ----------
        points : ndarray of shape (n, d)

        Returns
        -------
        ndarray of shape (n, k)
        """
        d = self.means.shape[1]
        out = np.empty((len(points), self.k))
        for j in range(self.k):
            precision = np.linalg.inv(self.covariances[j])
            log_determinant = np.linalg.slogdet(self.covariances[j])[1]
            centred = points - self.means[j]
            distances = ((centred @ precision) * centred).sum(axis=1)
            constant = np.log(self.weights[j]) - 0.5 * (d * np.log(2.0 * np.pi) + log_determinant)
            out[:, j] = constant - 0.5 * distances
        return out

    def log_density(self, points: np.ndarray) -> np.ndarray:
        """Compute the log of the mixture's density; lower is more unusual. Shape (n,)."""
        return log_sum_exp(self.log_components(points))

    def posteriors(self, points: np.ndarray) -> np.ndarray:
        """Compute the probability of each component given each point. Shape (n, k), rows sum to 1.

        Not MLlib's ``predictSoft``, which adds an epsilon to each density and so gives a point
        far from everything nearly equal probabilities.
        """
        logs = self.log_components(points)
        return np.exp(logs - log_sum_exp(logs)[:, None])

    def labels(self, points: np.ndarray) -> np.ndarray:
        """Return each point's most probable component.

        Returns
        -------
        ndarray of int, shape (n,)
            From 0 to k - 1; the first of equals.
        """
        return self.log_components(points).argmax(axis=1)

    def log_likelihood(self, points: np.ndarray) -> float:
        """Sum the log densities of the points; higher is better.

        Parameters
        ----------
        points : ndarray of shape (n, d)
        """
        return float(self.log_density(points).sum())

    def bic(self, points: np.ndarray) -> float:
        """Return the Bayesian information criterion, ``p log n - 2 log L``; lower is better.

        Parameters
        ----------
        points : ndarray of shape (n, d)
        """
        return self.parameter_count * np.log(len(points)) - 2.0 * self.log_likelihood(points)

    def aic(self, points: np.ndarray) -> float:
        """Return the Akaike information criterion, ``2 p - 2 log L``; lower is better.

        Parameters
        ----------
        points : ndarray of shape (n, d)
        """
        return 2.0 * self.parameter_count - 2.0 * self.log_likelihood(points)

    def smallest_eigenvalue(self) -> float:
        """Smallest eigenvalue over all covariances; near 0 is a component collapsed to a spike."""
        return float(np.linalg.eigvalsh(self.covariances).min())

    def is_sound(self, floor: float) -> bool:
        """Say whether every number is finite and no covariance's eigenvalue is below `floor`."""
        numbers = (self.weights, self.means, self.covariances)
        return (
            all(np.isfinite(values).all() for values in numbers)
            and self.smallest_eigenvalue() >= floor
        )

    def ordered(self, order: ArrayLike) -> Mixture:
        """Return the same mixture with its components in another order."""
        at = np.asarray(order)
        return Mixture(self.weights[at], self.means[at], self.covariances[at])

    def floored(self, floor: float) -> Mixture:
        """Raise eigenvalues of the covariances that are below `floor` to it."""
        values, vectors = np.linalg.eigh(self.covariances)
        raised = np.maximum(values, floor)
        # Left as they are bit for bit where nothing is below the floor.
        low = np.any(values < floor, axis=1)
        rebuilt = (vectors * raised[:, None, :]) @ vectors.transpose(0, 2, 1)
        return Mixture(
            self.weights, self.means, np.where(low[:, None, None], rebuilt, self.covariances)
        )

    def stepped(self, points: np.ndarray, weights: np.ndarray | None = None) -> Mixture:
        """Take one EM step, with the arithmetic of MLlib's ``GaussianMixture``.

        For the search alone: a model is MLlib's own fit (`ml.fit`).

        Parameters
        ----------
        points : ndarray of shape (n, d)
        weights : ndarray of shape (n,), optional
            How often each point counts.

        Returns
        -------
        Mixture
            Within 1e-9 of MLlib's.
        """
        # MLlib adds it to each density, so that no point is without any.
        chances = np.exp(self.log_components(points)) + np.finfo(float).eps
        chances /= chances.sum(axis=1, keepdims=True)
        if weights is not None:
            chances *= weights[:, None]
        sizes = chances.sum(axis=0)
        # einsum rather than a product of matrices, whose last digits depend on the cores.
        means = np.einsum("nk,nd->kd", chances, points) / sizes[:, None]
        covariances = np.empty_like(self.covariances)
        for j in range(self.k):
            centred = points - means[j]
            weighted = centred * chances[:, [j]]
            covariances[j] = np.einsum("nd,ne->de", weighted, centred) / sizes[j]
        return Mixture(sizes / sizes.sum(), means, covariances)

    @classmethod
    def from_labels(
        cls,
        points: np.ndarray,
        labels: np.ndarray,
        k: int,
        *,
        floor: float,
        weights: np.ndarray | None = None,
    ) -> Mixture:
        """Describe labelled points: the share, mean and covariance of each label.

        Parameters
        ----------
        points : ndarray of shape (n, d)
        labels : ndarray of int, shape (n,)
            From 0 to k - 1; labels that nobody has are left out, so that the mixture may have
            fewer than k components.
        k : int
        floor : float
            Added to the diagonal of each covariance, so that one point alone has one too.
        weights : ndarray of shape (n,), optional
            How often each point counts.

        Returns
        -------
        Mixture
            A component for each label that somebody has, in the order of the labels.
        """
        weights = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=float)
        d = points.shape[1]
        sizes = np.bincount(labels, weights, minlength=k)
        used = np.flatnonzero(sizes > 0)
        means = np.empty((len(used), d))
        covariances = np.empty((len(used), d, d))
        for index, label in enumerate(used):
            mine = labels == label
            share = weights[mine] / sizes[label]
            means[index] = share @ points[mine]
            centred = points[mine] - means[index]
            covariances[index] = (centred * share[:, None]).T @ centred + floor * np.eye(d)
        return cls(sizes[used] / sizes[used].sum(), means, covariances)

    def to_dict(self) -> dict:
        """Return the numbers as nested lists, for the model's JSON (exact: shortest repr)."""
        return {
            "weights": self.weights.tolist(),
            "means": self.means.tolist(),
            "covariances": self.covariances.tolist(),
        }

    @classmethod
    def from_dict(cls, values: dict) -> Mixture:
        """Read what `to_dict` wrote."""
        return cls(
            np.array(values["weights"], dtype=float),
            np.array(values["means"], dtype=float),
            np.array(values["covariances"], dtype=float),
        )
