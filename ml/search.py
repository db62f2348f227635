"""Search the number of segments on a sample: fit every k, measure, choose.

Everything here is numpy's: a fit of a few thousand customers is milliseconds of arithmetic, and
as a Spark job it would be a hundred times that. The steps are MLlib's (`Mixture.stepped`), and the
k that wins is fitted by MLlib itself, from the same start (`ml.fit`).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ml.measures import adjusted_rand_index, segment_shares, silhouette
from ml.mixture import Mixture
from ml.selection import Candidate, Choice, choose, next_to_measure
from ml.settings import Settings
from ml.start import start_mixture, stepped_mixture
from pipeline.core.errors import InputError

__all__ = ["Search", "possible_k", "refitted_mixture", "search"]


@dataclass(frozen=True)
class Search:
    """Every k that was tried and the one that was chosen.

    Attributes
    ----------
    candidates : list of Candidate
        In the order of k.
    choice : Choice
    start : Mixture
        Where the chosen fit's EM began.
    """

    candidates: list[Candidate]
    choice: Choice
    start: Mixture

    @property
    def chosen(self) -> Candidate:
        """The candidate that won."""
        return next(c for c in self.candidates if c.k == self.choice.k)


def possible_k(points: np.ndarray, settings: Settings) -> list[int]:
    """List the numbers of segments that so many customers can bear.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
    settings : Settings

    Returns
    -------
    list of int
        `k_min` to `k_max`, or fewer segments for few or very similar customers; never below 2.

    Raises
    ------
    InputError
        If there are too few customers or nothing tells them apart.
    """
    count = len(points)
    if count < settings.min_customers:
        raise InputError(
            f"fct_rfm_customers holds {count:,} customers with orders and a positive net amount; "
            f"segments need at least {settings.min_customers} (setting min_customers): land more "
            "history, or check that the source's customer column is the right one"
        )
    distinct = len(np.unique(np.round(points, 9), axis=0))
    if distinct < 2:
        raise InputError(
            f"all {count:,} customers have the same recency, frequency and amount: there is "
            "nothing to tell them apart by; land more history or real order dates"
        )
    most = max(2, min(settings.k_max, count // settings.min_segment_customers, distinct))
    return list(range(min(settings.k_min, most), most + 1))


def search(points: np.ndarray, settings: Settings) -> Search:
    """Fit every k in range, measure what the choice needs, and choose.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
        Features of the sample, sorted by customer id.
    settings : Settings

    Returns
    -------
    Search

    Raises
    ------
    InputError
        From `possible_k`.
    """
    ks = possible_k(points, settings)
    with ThreadPoolExecutor(settings.parallel_fits, thread_name_prefix="search") as pool:
        futures = [pool.submit(_fit, points, k, settings) for k in ks]
        fits = {k: future.result() for k, future in zip(ks, futures, strict=True)}
        candidates = [fits[k][0] for k in ks]
        _measure_stabilities(pool.submit, points, candidates, settings)
    choice = choose(candidates, settings)
    return Search(candidates, choice, fits[choice.k][1])


def _fit(points: np.ndarray, k: int, settings: Settings) -> tuple[Candidate, Mixture]:
    start, _ = start_mixture(
        points,
        k,
        seed=(settings.seed, k),
        starts=settings.starts,
        floor=settings.covariance_floor,
        start_sample=settings.start_sample,
    )
    mixture = stepped_mixture(
        points, start, steps=settings.em_steps, floor=settings.covariance_floor
    )
    return measure(points, k, mixture, settings), start


def measure(points: np.ndarray, k: int, mixture: Mixture, settings: Settings) -> Candidate:
    """Measure a fitted mixture on the points it was fitted on, stability apart.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
    k : int
        Components asked for.
    mixture : Mixture
    settings : Settings

    Returns
    -------
    Candidate
    """
    labels = mixture.labels(points)
    shares = segment_shares(labels, k)
    likelihood = mixture.log_likelihood(points)
    parameters = mixture.parameter_count
    return Candidate(
        k=k,
        mixture=mixture,
        labels=labels,
        silhouette=silhouette(points, labels),
        log_likelihood=likelihood,
        bic=parameters * float(np.log(len(points))) - 2.0 * likelihood,
        aic=2.0 * parameters - 2.0 * likelihood,
        steps=settings.em_steps,
        is_converged=_gain_of_a_step(points, mixture) < settings.em_tolerance,
        used=int((shares > 0).sum()),
        smallest_share=float(shares.min()),
        largest_share=float(shares.max()),
        smallest_eigenvalue=mixture.smallest_eigenvalue(),
    )


def _gain_of_a_step(points: np.ndarray, mixture: Mixture) -> float:
    """Measure by how much one more EM step would raise a customer's mean log-likelihood."""
    stepped = mixture.stepped(points)
    if stepped.smallest_eigenvalue() <= 0:
        return np.inf
    return (stepped.log_likelihood(points) - mixture.log_likelihood(points)) / len(points)


def _measure_stabilities(
    submit: Callable[..., Future],
    points: np.ndarray,
    candidates: list[Candidate],
    settings: Settings,
) -> None:
    """Measure stability where it can change the choice, with more draws near the guard."""
    by_k = {candidate.k: candidate for candidate in candidates}
    while (k := next_to_measure(candidates, settings)) is not None:
        candidate = by_k[k]
        wanted = settings.stability_draws
        while True:
            draws = range(len(candidate.draws), wanted)
            futures = [submit(_refit, points, candidate, b, settings) for b in draws]
            candidate.draws.extend(future.result() for future in futures)
            if wanted == settings.max_stability_draws or not candidate.is_near(
                settings.min_stability
            ):
                break
            wanted = min(2 * wanted, settings.max_stability_draws)


def _refit(points: np.ndarray, candidate: Candidate, draw: int, settings: Settings) -> float:
    """Refit one k on a bootstrap resample and compare labels on the customers themselves."""
    refitted = refitted_mixture(points, candidate.k, draw, settings)
    return adjusted_rand_index(candidate.labels, refitted.labels(points))


def refitted_mixture(points: np.ndarray, k: int, draw: int, settings: Settings) -> Mixture:
    """Fit again on a bootstrap resample of the customers.

    Parameters
    ----------
    points : ndarray of shape (n, 2)
    k : int
    draw : int
        Number of the resample, from 0; the same number draws the same customers.
    settings : Settings

    Returns
    -------
    Mixture
    """
    rng = np.random.default_rng((settings.seed, k, 1 + draw))
    count = min(len(points), settings.start_sample)
    counts = np.bincount(rng.integers(0, len(points), count), minlength=len(points))
    drawn = np.flatnonzero(counts)
    weights = counts[drawn].astype(float)
    refitted, _ = start_mixture(
        points[drawn],
        k,
        seed=(settings.seed, k, 1 + draw, 1),
        starts=settings.refit_starts,
        floor=settings.covariance_floor,
        start_sample=settings.start_sample,
        weights=weights,
    )
    return stepped_mixture(
        points[drawn],
        refitted,
        steps=settings.em_steps,
        floor=settings.covariance_floor,
        weights=weights,
    )
