"""Two classic RFM rule sets, which the backtest sets the mixture against.

Both score customers in quintiles of recency, frequency and money as they were at the cut-off.
Equal numbers of orders are told apart by the amount, as rules of thumb do to get quintiles of
equal size in a shop where many bought once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["rules_of_10", "rules_of_11"]

# Rows: recency score 1 (longest ago) to 5; columns: score of frequency, or of frequency and
# money together, 1 (least) to 5.
_GRID_10 = (
    ("Hibernating", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
    ("Hibernating", "Hibernating", "At Risk", "At Risk", "Cannot Lose Them"),
    ("About To Sleep", "About To Sleep", "Need Attention", "Loyal", "Loyal"),
    ("Promising", "Potential Loyalists", "Potential Loyalists", "Loyal", "Loyal"),
    ("New", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"),
)
_GRID_11 = (
    ("Lost", "Lost", "At Risk", "Cannot Lose Them", "Cannot Lose Them"),
    ("Hibernating", "Hibernating", "At Risk", "At Risk", "At Risk"),
    ("About To Sleep", "Need Attention", "Need Attention", "Loyal", "Loyal"),
    ("Promising", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"),
    ("New", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions"),
)


def rules_of_10(recency_days: ArrayLike, frequency: ArrayLike, monetary: ArrayLike) -> np.ndarray:
    """Name customers by recency and frequency.

    Parameters
    ----------
    recency_days, frequency, monetary : array-like of shape (n,)
        Sorted by customer id: of customers with equal recency the first get the lower score.

    Returns
    -------
    ndarray of str, shape (n,)
        One of 10 names.
    """
    recency, frequent, _ = _scores(recency_days, frequency, monetary)
    return np.array(_GRID_10)[recency - 1, frequent - 1]


def rules_of_11(recency_days: ArrayLike, frequency: ArrayLike, monetary: ArrayLike) -> np.ndarray:
    """Name customers by recency and by frequency and money together.

    Parameters
    ----------
    recency_days, frequency, monetary : array-like of shape (n,)

    Returns
    -------
    ndarray of str, shape (n,)
        One of 11 names.
    """
    recency, frequent, money = _scores(recency_days, frequency, monetary)
    both = (frequent + money).astype(float)
    codes = np.unique(both, return_inverse=True)[1]
    counts = np.bincount(codes)
    # The mean of the ranks 1 to n that equal sums share.
    shared = np.cumsum(counts) - (counts - 1) / 2.0
    value = np.clip(np.ceil(shared[codes] / len(both) * 5.0), 1, 5).astype(int)
    return np.array(_GRID_11)[recency - 1, value - 1]


def _scores(
    recency_days: ArrayLike, frequency: ArrayLike, monetary: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score three measures from 1 to 5, higher is better."""
    recency_days, frequency, monetary = (
        np.asarray(values, dtype=float) for values in (recency_days, frequency, monetary)
    )
    return (
        _quintiles(np.argsort(-recency_days, kind="stable")),
        _quintiles(np.lexsort((monetary, frequency))),
        _quintiles(np.argsort(monetary, kind="stable")),
    )


def _quintiles(order: np.ndarray) -> np.ndarray:
    """Score positions of an order, worst first, from 1 to 5 in five parts of equal size."""
    scores = np.empty(len(order), dtype=int)
    ranks = np.arange(1, len(order) + 1)
    scores[order] = np.clip(np.ceil(ranks / len(order) * 5.0), 1, 5).astype(int)
    return scores
