"""How often the segment that a customer is given holds: probabilities against refits.

Nobody knows a customer's true segment, so what is measured is whether a customer lands in the
same segment when the mixture is fitted again on resampled customers.
"""

from __future__ import annotations

import numpy as np
from pyspark.sql import SparkSession
from scipy.optimize import linear_sum_assignment

from ml.features import feature_matrix, measures_of
from ml.marts import Sample
from ml.model import SegmentModel
from ml.output import write_rows
from ml.search import refitted_mixture
from ml.settings import Settings

__all__ = ["calibration", "confidence_of", "matched_labels", "write_confidence"]

_TENTHS = 10
_PLACES = 9


def confidence_of(
    sample: Sample, model: SegmentModel, components: int, settings: Settings
) -> list[dict]:
    """Compare a model's probabilities with refits on resampled customers.

    Parameters
    ----------
    sample : Sample
        Customers that the number of segments was chosen on.
    model : SegmentModel
        As fitted; with an outlook only where its features look ahead.
    components : int
        Components that the fit began with.
    settings : Settings
        Seed and number of refits.

    Returns
    -------
    list of dict
        Rows of ``ml.confidence_calibration``, of the customers who are not new.
    """
    measures = measures_of(sample.known, model.outlook)
    points = feature_matrix(measures, model.scaling)[~model.pace.is_new(sample.tenure_days)]
    own = model.mixture.labels(points)
    same = np.array(
        [
            matched_labels(own, refitted_mixture(points, components, draw, settings).labels(points))
            == own
            for draw in range(settings.stability_draws)
        ]
    )
    return calibration(model.mixture.posteriors(points).max(axis=1), same)


def matched_labels(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Call the groups of another clustering by the names of those that they share most with.

    Parameters
    ----------
    own, other : ndarray of int, shape (n,)
        Labels from 0 of the same customers.

    Returns
    -------
    ndarray of int, shape (n,)
        Of ``other``, one to one, so that as many customers as possible keep their label; -1 where
        ``other`` has more groups than ``own``.
    """
    shared = np.zeros((own.max() + 1, other.max() + 1), dtype=np.int64)
    np.add.at(shared, (own, other), 1)
    rows, columns = linear_sum_assignment(shared, maximize=True)
    names = np.full(shared.shape[1], -1)
    names[columns] = rows
    return names[other]


def calibration(probability: np.ndarray, same: np.ndarray) -> list[dict]:
    """Compare tenths of the customers, the most confident first, with what refits say.

    Parameters
    ----------
    probability : ndarray of shape (n,)
        Of each customer's own segment.
    same : ndarray of bool, shape (refits, n)
        Whether a refit gives the customer the same segment.

    Returns
    -------
    list of dict
        One a tenth that has customers.
    """
    tenth = np.empty(len(probability), dtype=int)
    order = np.argsort(-np.round(probability, _PLACES), kind="stable")
    tenth[order] = np.arange(len(probability)) * _TENTHS // len(probability)
    rows = []
    for number in np.unique(tenth):
        here = tenth == number
        shares = same[:, here].mean(axis=1)
        row = {
            "mean_probability": probability[here].mean(),
            "same_segment_share": shares.mean(),
            "same_segment_share_low": shares.min(),
            "same_segment_share_high": shares.max(),
        }
        rows.append(
            {"decile": int(number) + 1, "customer_count": int(here.sum()), "refit_count": len(same)}
            | {name: round(float(value), _PLACES) for name, value in row.items()}
        )
    return rows


def write_confidence(spark: SparkSession, rows: list[dict], run_id: str) -> None:
    """Write ``ml.confidence_calibration`` of a run.

    Parameters
    ----------
    spark : SparkSession
    rows : list of dict
        As `confidence_of` returns them.
    run_id : str
        Partition that is written.
    """
    write_rows(spark, rows, "ml.confidence_calibration", run_id)
