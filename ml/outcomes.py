"""Measures of how well segments known at a cut-off predict what customers did next."""

from __future__ import annotations

import numpy as np

__all__ = [
    "bootstrap_counts",
    "capture_draws",
    "eta_squared",
    "grouped_sums",
    "normalised_gini",
    "top_capture",
]

# More groups hardly change an interval, and keep the cost the same for any number of customers.
_MOST_GROUPS = 5_000


def eta_squared(codes: np.ndarray, values: np.ndarray) -> float | None:
    """Measure the share of the variance of values that lies between segments.

    Parameters
    ----------
    codes : ndarray of int, shape (n,)
        Segment of each customer, from 0.
    values : ndarray of shape (n,)
        What each customer did, such as the log of future revenue.

    Returns
    -------
    float or None
        From 0 to 1, higher is better; None where all values are the same.
    """
    total = ((values - values.mean()) ** 2).sum()
    if total <= 0:
        return None
    sizes = np.bincount(codes)
    means = np.bincount(codes, values) / np.maximum(sizes, 1)
    return float((sizes * (means - values.mean()) ** 2).sum() / total)


def _gains(score: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cumulate customers and value from the best score down; equal scores move together."""
    codes = np.unique(-np.round(score, 9), return_inverse=True)[1]
    customers = np.cumsum(np.bincount(codes)) / len(codes)
    gained = np.cumsum(np.bincount(codes, value)) / value.sum()
    return np.concatenate([[0.0], customers]), np.concatenate([[0.0], gained])


def top_capture(score: np.ndarray, value: np.ndarray, share: float = 0.2) -> float | None:
    """Measure what share of the value the best-scored share of customers holds.

    Parameters
    ----------
    score : ndarray of shape (n,)
        Known at the cut-off, higher is better. Within a group of equal scores value is taken as
        spread evenly.
    value : ndarray of shape (n,)
        Future revenue, 0 or more.
    share : float, default 0.2

    Returns
    -------
    float or None
        From 0 to 1, higher is better; None where there is no value.
    """
    return float(np.interp(share, *_gains(score, value))) if value.sum() > 0 else None


def normalised_gini(score: np.ndarray, value: np.ndarray) -> float | None:
    """Compare the Gini coefficient of value in the order of a score with the best possible one.

    Parameters
    ----------
    score : ndarray of shape (n,)
        Known at the cut-off, higher is better; equal scores share their value evenly.
    value : ndarray of shape (n,)
        Future revenue, 0 or more.

    Returns
    -------
    float or None
        Twice the area between the curve of value gained from the best score down and the diagonal,
        as a share of that in the order of the value itself: at most 1, higher is better, 0 for an
        order at random; None where there is no value or everybody has the same.
    """
    if value.sum() <= 0:
        return None

    def gini(order: np.ndarray) -> float:
        customers, gained = _gains(order, value)
        return 2.0 * float(np.trapezoid(gained, customers)) - 1.0

    best = gini(value)
    return gini(score) / best if best > 1e-12 else None


def bootstrap_counts(customers: int, draws: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw bootstrap resamples of customers.

    Where there are many customers, they are put into random groups and the groups are drawn.

    Parameters
    ----------
    customers : int
        Number of customers.
    draws : int
        Number of resamples.
    seed : int
        The same seed draws the same groups, whatever is measured on them.

    Returns
    -------
    group : ndarray of int, shape (customers,)
        Group of each customer, from 0.
    counts : ndarray of float, shape (draws, groups)
        How often each group was drawn; each row sums to the number of groups.
    """
    rng = np.random.default_rng((seed, 11))
    groups = min(customers, _MOST_GROUPS)
    group = rng.permutation(customers) % groups
    drawn = rng.integers(0, groups, (draws, groups))
    drawn += np.arange(draws)[:, None] * groups
    counts = np.bincount(drawn.ravel(), minlength=draws * groups).reshape(draws, groups)
    return group, counts.astype(float)


def grouped_sums(
    group: np.ndarray, groups: int, codes: np.ndarray, k: int, values: np.ndarray
) -> np.ndarray:
    """Sum values by group and segment.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
        Group of each customer, as `bootstrap_counts` draws it.
    groups : int
        Number of groups.
    codes : ndarray of int, shape (n,)
        Segment of each customer, from 0.
    k : int
        Number of segments.
    values : ndarray of shape (n,)
        Ones count the customers.

    Returns
    -------
    ndarray of shape (groups, k)
        ``counts @`` it gives the sums of each bootstrap resample, of shape (draws, k).
    """
    return np.bincount(group * k + codes, values, minlength=groups * k).reshape(groups, k)


def capture_draws(
    score: np.ndarray,
    value: np.ndarray,
    group: np.ndarray,
    counts: np.ndarray,
    share: float = 0.2,
) -> np.ndarray:
    """Measure `top_capture` on bootstrap resamples.

    Parameters
    ----------
    score, value : ndarray of shape (n,)
    group, counts : ndarray
        As `bootstrap_counts` returns them.
    share : float, default 0.2

    Returns
    -------
    ndarray of shape (draws,)
        nan for a resample without value.
    """
    codes = np.unique(-np.round(score, 9), return_inverse=True)[1]
    order = np.argsort(codes, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(codes[order]) > 0, True))
    values, groups = value[order], group[order]
    drawn = np.full(len(counts), np.nan)
    for at, count in enumerate(counts):
        times = count[groups]
        customers, gained = np.cumsum(times)[ends], np.cumsum(times * values)[ends]
        if gained[-1] > 0:
            found = np.interp(
                share * customers[-1], np.append(0.0, customers), np.append(0, gained)
            )
            drawn[at] = found / gained[-1]
    return drawn
