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
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from pyspark.sql import Column

from ml.outlook import Outlook
from ml.outlook_features import Known

__all__ = [
    "FEATURES",
    "MEASURES",
    "Scaling",
    "feature_columns",
    "feature_matrix",
    "fit_scaling",
    "measures_of",
    "transform_measures",
]

MEASURES = ("recency_days", "frequency", "monetary")
FEATURES = ("recency_feature", "value_feature")

_SQRT2 = math.sqrt(2.0)
# Above it the few largest customers would be a segment of their own, too small for its guard.
_BEND = 3.5
# Weights of the z-scores in each feature: of the measures, and with the outlook's two.
_PAST = ((1.0, 0.0, 0.0), (0.0, 1.0 / _SQRT2, 1.0 / _SQRT2))
_AHEAD = ((0.5, 0.0, 0.0, -0.5, 0.0), (0.0, 0.5, 0.5, 0.0, 1.0 / _SQRT2))


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
    def weights(self) -> tuple[tuple[float, ...], ...]:
        """Weight of each z-score in ``x1`` and in ``x2``."""
        return _PAST if len(self.means) == len(MEASURES) else _AHEAD

    @property
    def value_bend(self) -> float | None:
        """Value of ``x2`` above which only the log of the rest counts; None for none."""
        return None if len(self.means) == len(MEASURES) else _BEND

    def to_dict(self) -> dict:
        """Return the scaling and the weights as plain lists, for the model's JSON."""
        return {name: list(values) for name, values in asdict(self).items()} | {
            "weights": [list(row) for row in self.weights],
            "value_bend": self.value_bend,
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
    return np.column_stack(
        [
            np.sqrt(np.asarray(recency_days, dtype=float)),
            np.log(np.asarray(frequency, dtype=float)),
            np.log(np.asarray(monetary, dtype=float)),
        ]
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
    z = (values - np.array(scaling.means)) / np.array(scaling.deviations)
    # Sums of columns rather than a product of matrices, whose last digits depend on the cores.
    x1, x2 = (
        sum(w * column for w, column in zip(row, z.T, strict=True)) for row in scaling.weights
    )
    if scaling.value_bend is not None:
        above = np.maximum(x2 - scaling.value_bend, 0.0)
        x2 = np.minimum(x2, scaling.value_bend) + np.log1p(above)
    return np.column_stack([x1, x2])


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
        F.sqrt(F.col("recency_days").cast("double")),
        F.log(F.col("frequency").cast("double")),
        F.log(F.col("monetary").cast("double")),
    ]
    if len(scaling.means) > len(MEASURES):
        outlook = cast(Outlook, outlook)
        scaled = outlook.scaled_columns()
        values += [part.line(scaled, F.lit) for part in (outlook.chance, outlook.spend)]
    z = [
        (value - F.lit(mean)) / F.lit(deviation)
        for value, mean, deviation in zip(values, scaling.means, scaling.deviations, strict=True)
    ]
    x1, x2 = (
        sum((F.lit(w) * value for w, value in zip(row, z, strict=True) if w), F.lit(0.0))
        for row in scaling.weights
    )
    if scaling.value_bend is not None:
        bend = F.lit(scaling.value_bend)
        x2 = F.least(x2, bend) + F.log1p(F.greatest(x2 - bend, F.lit(0.0)))
    return [x1, x2]
