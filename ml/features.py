"""The two features that the mixture is fitted on, in numpy and as Spark columns.

``x1`` says how long ago a customer ordered last, ``x2`` how much they are worth: the z-scores of
sqrt(recency), log(frequency) and log(monetary) are taken, ``x1 = zR`` and
``x2 = (zF + zM) / sqrt(2)``. Neither is scaled again, so that value, which two measures agree on,
weighs more than recency. The root keeps the customers of a past season apart from those of last
year; a log lays them together in one dense mass (README.md has the figures).
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = [
    "FEATURES",
    "MEASURES",
    "Scaling",
    "feature_columns",
    "feature_matrix",
    "fit_scaling",
    "transform_measures",
]

MEASURES = ("recency_days", "frequency", "monetary")
FEATURES = ("recency_feature", "value_feature")
_SQRT2 = math.sqrt(2.0)


@dataclass(frozen=True)
class Scaling:
    """Means and standard deviations of the three transformed measures.

    Attributes
    ----------
    means, deviations : tuple of float
        One number each for sqrt(recency_days), log(frequency), log(monetary). A deviation of a
        measure that is the same for everybody is 1, so that its z-score is 0 and not undefined.
    """

    means: tuple[float, float, float]
    deviations: tuple[float, float, float]

    def to_dict(self) -> dict:
        """Return the scaling as plain lists, for the model's JSON."""
        return {name: list(values) for name, values in asdict(self).items()}

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


def fit_scaling(values: np.ndarray) -> Scaling:
    """Measure means and standard deviations (population form) of transformed measures.

    Parameters
    ----------
    values : ndarray of shape (n, 3)
        From `transform_measures`, rows in a fixed order: sums of floats depend on it.
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
    values : ndarray of shape (n, 3)
        From `transform_measures`.
    scaling : Scaling
        From the fit, also when scoring other customers.

    Returns
    -------
    ndarray of shape (n, 2)
        ``x1`` (standard deviations; higher is longer ago) and ``x2`` (higher is more).
    """
    z = (values - np.array(scaling.means)) / np.array(scaling.deviations)
    return np.column_stack([z[:, 0], (z[:, 1] + z[:, 2]) / _SQRT2])


def feature_columns(scaling: Scaling) -> list[Column]:
    """Build the two features as Spark columns, equal to `feature_matrix` to rounding.

    Parameters
    ----------
    scaling : Scaling
        From the fit.

    Returns
    -------
    list of two pyspark.sql.Column
        ``x1`` and ``x2`` as doubles, from the columns `MEASURES` of any numeric type.
    """
    from pyspark.sql import functions as F

    values = [
        F.sqrt(F.col("recency_days").cast("double")),
        F.log(F.col("frequency").cast("double")),
        F.log(F.col("monetary").cast("double")),
    ]
    z = [
        (value - F.lit(mean)) / F.lit(deviation)
        for value, mean, deviation in zip(values, scaling.means, scaling.deviations, strict=True)
    ]
    return [z[0], (z[1] + z[2]) / F.lit(_SQRT2)]
