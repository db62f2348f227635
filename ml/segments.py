"""From a fitted mixture to segments: order, names, references for scoring later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from ml.features import MEASURES
from ml.marts import DESCRIBED, Sample
from ml.mixture import Mixture
from ml.outlook import Outlook
from ml.outlook_features import Known
from ml.pace import Pace
from ml.personas import Persona, assign_personas, measure_members, new_customer_persona

__all__ = [
    "Segments",
    "customer_worth",
    "drift_reference",
    "name_segments",
    "new_customers_id",
    "population_reference",
    "spend_rate",
    "value_order",
    "without_unused",
]

_BINS = 10


@dataclass(frozen=True)
class Segments:
    """Segments in the order of their value: the mixture's components and the new customers.

    Attributes
    ----------
    mixture : Mixture
        Components in the order of their segments' ids.
    component_ids : tuple of int
        Segment id of each component, ascending; the one id they leave out is the new customers'.
    personas : list of str
        Names of the segments, in the order of their ids.
    bases : list of Persona
        Persona that each name is based on.
    """

    mixture: Mixture
    component_ids: tuple[int, ...]
    personas: list[str]
    bases: list[Persona]

    def labels(self, points: np.ndarray, is_new: np.ndarray) -> np.ndarray:
        """Return customers' segment ids.

        Parameters
        ----------
        points : ndarray of shape (n, 2)
        is_new : ndarray of bool, shape (n,)

        Returns
        -------
        ndarray of int, shape (n,)
            From 1, the segment of the highest value; who is new is of the new customers whatever
            the point.
        """
        ids = np.array(self.component_ids)[self.mixture.labels(points)]
        return np.where(is_new, new_customers_id(self.component_ids), ids)


def new_customers_id(component_ids: tuple[int, ...]) -> int:
    """Return the segment id that no component has."""
    return next(i for i in range(1, len(component_ids) + 2) if i not in component_ids)


def name_segments(
    mixture: Mixture,
    points: np.ndarray,
    known: Known,
    outlook: Outlook | None,
    pace: Pace,
    personas: list[Persona],
    share: float,
) -> Segments:
    """Order the components and the new customers by value and name them.

    Parameters
    ----------
    mixture : Mixture
        Fitted on the customers who are not new.
    points : ndarray of shape (n, 2)
        Features of all customers.
    known : Known
        Measures of all customers.
    outlook : Outlook or None
        None where the features are those of the past alone.
    pace : Pace
    personas : list of Persona
        To choose names from.
    share : float
        Smallest share of a segment's customers for whom its name is true (0 to 1).

    Returns
    -------
    Segments
        With ids by value, 1 for the highest.

    Raises
    ------
    InputError
        If no persona is true of a segment.
    """
    is_new = pace.is_new(known.tenure_days)
    labels = np.where(is_new, mixture.k, mixture.labels(points))
    order = value_order(labels, mixture.k + 1, customer_worth(known, outlook)).tolist()
    by_value = [label for label in order if label < mixture.k]
    ordered = mixture.ordered(by_value)
    measures = (known.recency_days, known.frequency, known.monetary, known.tenure_days)
    chance = None if outlook is None else expit(outlook.chance.line(outlook.scaled(known).T))
    members = measure_members(*measures, pace, chance).of(~is_new)
    names, bases = assign_personas(
        ordered.labels(points[~is_new]), mixture.k, members, personas, share
    )
    new, place = new_customer_persona(personas), order.index(mixture.k)
    return Segments(
        ordered,
        tuple(i for i in range(1, mixture.k + 2) if i != place + 1),
        [*names[:place], new.name, *names[place:]],
        [*bases[:place], new, *bases[place:]],
    )


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


def spend_rate(monetary: ArrayLike, tenure_days: ArrayLike) -> np.ndarray:
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


def customer_worth(known: Known, outlook: Outlook | None) -> np.ndarray:
    """Measure what segments are ordered by: expected spend, or `spend_rate` without an outlook.

    Parameters
    ----------
    known : Known
    outlook : Outlook or None
        None where the features are those of the past alone.

    Returns
    -------
    ndarray of shape (n,)
        Higher is better.
    """
    if outlook is None:
        return spend_rate(known.monetary, known.tenure_days)
    return np.exp(outlook.spend.line(outlook.scaled(known).T))


def value_order(labels: np.ndarray, k: int, worth: np.ndarray) -> np.ndarray:
    """Order segments by the mean worth of their customers, the best first.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        From 0 to k - 1.
    k : int
    worth : array-like of shape (n,)

    Returns
    -------
    ndarray of int, shape (k,)
        Labels, best first; of equals the lower label first, empty ones last.
    """
    sizes = np.bincount(labels, minlength=k)
    sums = np.bincount(labels, worth, minlength=k)
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
