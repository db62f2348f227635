"""The two features that the mixture is fitted on, in numpy and as Spark columns.

``x1`` says how far away a customer is, ``x2`` how much they are worth. From past orders alone, of
the z-scores of sqrt(recency), log(frequency) and log(monetary): ``x1 = zR`` and
``x2 = (zF + zM) / sqrt(2)``. Neither is scaled again, so that value, which two measures agree on,
weighs more than recency. The root keeps the customers of a past season apart from those of last
year; a log lays them together in one dense mass.

Where the shop's past is long enough for an outlook (`ml.outlook`), half of each feature is what
the outlook expects of the customer, so that segments differ in what comes next: with z-scores of
the log odds of an order and of the log of expected spend, ``x1 = (zR - zC) / 2`` and
``x2 = (zF + zM) / 2 + zS / sqrt(2)``, of which what lies above 3.5 counts by its log
(README.md has the figures).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from pyspark.sql import Column

from ml.outlook import Outlook
from ml.outlook_features import Known

__all__ = [
    "FEATURES",
    "MEASURES",
    "TRANSFORMS",
    "Feature",
    "Scaling",
    "feature_columns",
    "feature_matrix",
    "fit_scaling",
    "measures_of",
    "transform_measures",
]

TRANSFORMS = {"recency_days": "sqrt", "frequency": "log", "monetary": "log"}
"""Measures and what is taken of each: a function of that name in numpy and in Spark."""
MEASURES = tuple(TRANSFORMS)


class Feature(NamedTuple):
    """A feature: a weighted sum of z-scores.

    Attributes
    ----------
    name : str
        Of its column.
    weights : tuple of float
        Of the z-scores of `TRANSFORMS` and, where it looks ahead, of the log odds of an order and
        the log of expected spend.
    formula, direction : str
        In words.
    bend : float or None
        Value above which only the log of the rest counts.
    """

    name: str
    weights: tuple[float, ...]
    formula: str
    direction: str
    bend: float | None = None


_SQRT2 = math.sqrt(2.0)
_PAST = (
    Feature(
        "recency_feature",
        (1.0, 0.0, 0.0),
        "z-score of √(days since the last order)",
        "higher is longer ago",
    ),
    Feature(
        "value_feature",
        (0.0, 1.0 / _SQRT2, 1.0 / _SQRT2),
        "(z-score of log(orders) + z-score of log(net amount)) / √2",
        "higher is more",
    ),
)
_AHEAD = (
    Feature(
        "recency_feature",
        (0.5, 0.0, 0.0, -0.5, 0.0),
        "(z-score of √(days since the last order) − z-score of the log odds of an order) / 2",
        "higher is farther away",
    ),
    Feature(
        "value_feature",
        (0.0, 0.5, 0.5, 0.0, 1.0 / _SQRT2),
        "(z-score of log(orders) + z-score of log(net amount)) / 2 + z-score of log(expected "
        "spend) / √2, above 3.5 by the log of the rest",
        "higher is more",
        # Above it the few largest customers would be a segment of their own, too small for its
        # guard.
        bend=3.5,
    ),
)
FEATURES = tuple(feature.name for feature in _PAST)


@dataclass(frozen=True)
class Scaling:
    """Means and standard deviations of the transformed measures.

    Attributes
    ----------
    means, deviations : tuple of float
        One number each for sqrt(recency_days), log(frequency), log(monetary) and, where the
        outlook is part of the features, the log odds of an order and the log of expected spend.
        A deviation of a measure that is the same for everybody is 1, so that its z-score is 0 and
        not undefined.
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @property
    def features(self) -> tuple[Feature, ...]:
        """The features that are scaled so, in the order of `FEATURES`."""
        return _PAST if len(self.means) == len(MEASURES) else _AHEAD

    def to_dict(self) -> dict:
        """Return the scaling and the weights as plain lists, for the model's JSON."""
        return {
            "means": list(self.means),
            "deviations": list(self.deviations),
            "weights": [list(feature.weights) for feature in self.features],
            "value_bend": self.features[1].bend,
        }

    @classmethod
    def from_dict(cls, values: dict) -> Scaling:
        """Read what `to_dict` wrote."""
        return cls(tuple(values["means"]), tuple(values["deviations"]))


def transform_measures(
    recency_days: ArrayLike, frequency: ArrayLike, monetary: ArrayLike
) -> np.ndarray:
    """Take the root of recency and logs of the others.

    Parameters
    ----------
    recency_days, frequency, monetary : array-like of shape (n,)
        Days since the last order (0 or more), orders (1 or more), net amount (above 0).

    Returns
    -------
    ndarray of shape (n, 3)
        sqrt(recency_days), log(frequency), log(monetary).
    """
    measures = zip(TRANSFORMS.values(), (recency_days, frequency, monetary), strict=True)
    return np.column_stack(
        [getattr(np, name)(np.asarray(values, dtype=float)) for name, values in measures]
    )


def measures_of(known: Known, outlook: Outlook | None) -> np.ndarray:
    """Transform customers' measures, and add what the outlook expects of them.

    Parameters
    ----------
    known : Known
    outlook : Outlook or None
        None where the features are those of the past alone.

    Returns
    -------
    ndarray of shape (n, 3) or (n, 5)
        What `transform_measures` gives and, with an outlook, the log odds of an order and the log
        of expected spend.
    """
    values = transform_measures(known.recency_days, known.frequency, known.monetary)
    if outlook is None:
        return values
    scaled = outlook.scaled(known).T
    return np.column_stack([values, outlook.chance.line(scaled), outlook.spend.line(scaled)])


def fit_scaling(values: np.ndarray) -> Scaling:
    """Measure means and standard deviations (population form) of transformed measures.

    Parameters
    ----------
    values : ndarray of shape (n, 3) or (n, 5)
        From `measures_of`, rows in a fixed order: sums of floats depend on it.

    Returns
    -------
    Scaling
        A column that is the same for everybody has deviation 1, so that it scales to 0.
    """
    means = values.mean(axis=0)
    deviations = values.std(axis=0)
    # Rounding leaves a constant column a deviation of about 1e-16 of its size.
    constant = deviations <= 1e-9 * np.maximum(1.0, np.abs(means))
    return Scaling(tuple(means.tolist()), tuple(np.where(constant, 1.0, deviations).tolist()))


def feature_matrix(values: np.ndarray, scaling: Scaling) -> np.ndarray:
    """Turn transformed measures into the two features.

    Parameters
    ----------
    values : ndarray of shape (n, 3) or (n, 5)
        From `measures_of`.
    scaling : Scaling
        From the fit, also when scoring other customers.

    Returns
    -------
    ndarray of shape (n, 2)
        ``x1`` (higher is farther away) and ``x2`` (higher is more).
    """
    return np.column_stack(
        _combined(list(values.T), scaling, np.minimum, np.maximum, np.log1p, float)
    )


def feature_columns(scaling: Scaling, outlook: Outlook | None) -> list[Column]:
    """Build the two features as Spark columns, equal to `feature_matrix` to rounding.

    Parameters
    ----------
    scaling : Scaling
        From the fit.
    outlook : Outlook or None
        The one that the scaling was measured with; it is not asked where the scaling has none.

    Returns
    -------
    list of two pyspark.sql.Column
        ``x1`` and ``x2`` as doubles, from the columns `ml.outlook_features.KNOWN` of any numeric
        type; without an outlook from `MEASURES`.
    """
    from pyspark.sql import functions as F

    values = [
        getattr(F, transform)(F.col(name).cast("double")) for name, transform in TRANSFORMS.items()
    ]
    if len(scaling.means) > len(MEASURES):
        outlook = cast(Outlook, outlook)
        scaled = outlook.scaled_columns()
        values += [part.line(scaled, F.lit) for part in (outlook.chance, outlook.spend)]
    return _combined(values, scaling, F.least, F.greatest, F.log1p, F.lit)


def _combined(
    values: Sequence[Any],
    scaling: Scaling,
    least: Callable,
    greatest: Callable,
    log1p: Callable,
    number: Callable,
) -> list[Any]:
    """Combine transformed measures, arrays or Spark columns, to the features."""
    z = [
        (value - number(mean)) / number(deviation)
        for value, mean, deviation in zip(values, scaling.means, scaling.deviations, strict=True)
    ]
    combined = []
    for feature in scaling.features:
        # Sums of columns rather than a product of matrices, whose last digits depend on the cores.
        terms = (number(w) * each for w, each in zip(feature.weights, z, strict=True) if w)
        value = sum(terms, number(0.0))
        if feature.bend is not None:
            bend = number(feature.bend)
            value = least(value, bend) + log1p(greatest(value - bend, number(0.0)))
        combined.append(value)
    return combined
