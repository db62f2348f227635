"""Customers as points of the two features, and who of them a mixture is fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ml.features import Scaling, feature_matrix, fit_scaling, measures_of
from ml.mixture import Mixture
from ml.outlook import Outlook
from ml.outlook_features import Known
from ml.pace import Pace, fit_pace
from ml.personas import Persona
from ml.segments import Segments, name_segments, without_unused
from ml.settings import Settings

__all__ = ["FeatureSpace"]


@dataclass(frozen=True)
class FeatureSpace:
    """Customers of a day in the plane of the two features.

    Attributes
    ----------
    known : Known
    outlook : Outlook or None
        None where the features are those of the past alone.
    pace : Pace
    scaling : Scaling
        Measured on the customers who are fitted.
    points : ndarray of shape (n, 2)
        Features of all customers.
    is_fitted : ndarray of bool, shape (n,)
        Who is not new and, of many customers, was drawn.
    """

    known: Known
    outlook: Outlook | None
    pace: Pace
    scaling: Scaling
    points: np.ndarray
    is_fitted: np.ndarray

    @classmethod
    def of(
        cls,
        known: Known,
        outlook: Outlook | None,
        settings: Settings,
        drawn: np.ndarray | None = None,
    ) -> FeatureSpace:
        """Measure the pace, set the new customers apart and scale by the others.

        Parameters
        ----------
        known : Known
        outlook : Outlook or None
        settings : Settings
        drawn : ndarray of int, optional
            Rows to fit on; all when left out.

        Returns
        -------
        FeatureSpace
            Of all customers, in the order of ``known``; measured on the rows drawn.
        """
        drawn = np.arange(len(known)) if drawn is None else drawn
        some = known.take(drawn)
        pace = fit_pace(some.recency_days, some.frequency, some.tenure_days, settings)
        is_fitted = np.zeros(len(known), dtype=bool)
        is_fitted[drawn] = ~pace.is_new(some.tenure_days)
        measures = measures_of(known, outlook)
        scaling = fit_scaling(measures[is_fitted])
        points = feature_matrix(measures, scaling)
        return cls(known, outlook, pace, scaling, points, is_fitted)

    @property
    def fitted_points(self) -> np.ndarray:
        """Points that a mixture is fitted on. Shape (m, 2), m being the number of those fitted."""
        return self.points[self.is_fitted]

    def segments(self, mixture: Mixture, personas: list[Persona], name_share: float) -> Segments:
        """Order and name the components that are used, and the new customers.

        Parameters
        ----------
        mixture : Mixture
            Fitted on the customers who are not new, `fitted_points`; a component that is no fitted
            customer's most probable one is left out.
        personas : list of Persona
        name_share : float
            Smallest share of a segment's customers for whom its name is true (0.5 to 1).

        Returns
        -------
        Segments
            With ids by value, 1 for the highest.

        Raises
        ------
        InputError
            If no persona is true of a segment.
        """
        return name_segments(
            without_unused(mixture, self.fitted_points),
            self.points,
            self.known,
            self.outlook,
            self.pace,
            personas,
            name_share,
        )
