"""Fit the mixture on a shop's customers, order the segments and name them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ml.feature_space import FeatureSpace
from ml.features import FEATURES, feature_columns
from ml.fit import cached_rows, expectation_maximisation, fit_points
from ml.marts import Facts, Sample
from ml.mixture import Mixture
from ml.model import SegmentModel, outlier_threshold, package_versions
from ml.outlook import Outlook
from ml.persona_seed import load_personas
from ml.search import Search, search
from ml.segments import drift_reference, population_reference
from ml.settings import Settings

__all__ = ["TrainingSet", "fit_model"]


@dataclass(frozen=True)
class TrainingSet:
    """What a model is fitted on.

    Attributes
    ----------
    mart : DataFrame
        All customers.
    facts : Facts
        Of the mart.
    sample : Sample
        All customers, or those that k is searched on.
    outlook : Outlook or None
        None where the features are those of the past alone.
    """

    mart: DataFrame
    facts: Facts
    sample: Sample
    outlook: Outlook | None

    @property
    def is_sampled(self) -> bool:
        """Whether the mart holds more customers than the sample."""
        return self.facts.customers > len(self.sample)


def fit_model(
    spark: SparkSession, training: TrainingSet, settings: Settings, run_id: str
) -> tuple[SegmentModel, Search]:
    """Fit the mixture on the customers who are not new, order the segments and name them.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    training : TrainingSet
    settings : Settings
    run_id : str

    Returns
    -------
    model : SegmentModel
    found : Search
        Every k that was tried.

    Raises
    ------
    InputError
        If there are too few customers, nothing tells them apart, the personas are at fault,
        or none is true of a segment.
    """
    facts, sample = training.facts, training.sample
    space = FeatureSpace.of(sample.known, training.outlook, settings)
    found = search(space.fitted_points, settings)
    if training.is_sampled:
        mixture = _fit_everybody(training, space, found.start, settings)
    else:
        mixture = fit_points(spark, space.fitted_points, found.start, settings)
    segments = space.segments(mixture, load_personas(), settings.name_share)
    mixture = segments.mixture
    model = SegmentModel(
        run_id=run_id,
        as_of_date=facts.as_of_date.isoformat(),
        scaling=space.scaling,
        mixture=mixture,
        pace=space.pace,
        component_ids=segments.component_ids,
        personas=segments.personas,
        outlier_log_density=outlier_threshold(mixture, settings.outlier_share, settings.seed),
        population=population_reference(sample),
        drift_reference=drift_reference(sample),
        fit={
            "customers": facts.customers,
            "sample_customers": len(sample),
            "partitions": settings.fit_partitions if training.is_sampled else 1,
            "seed": settings.seed,
            "em_steps": settings.em_steps,
            "data_fingerprint": facts.fingerprint,
        },
        settings=asdict(settings),
        versions=package_versions(),
        outlook=training.outlook,
    )
    return model, found


def _fit_everybody(
    training: TrainingSet, space: FeatureSpace, start: Mixture, settings: Settings
) -> Mixture:
    """Take the EM steps from the sample's start on all customers who are not new."""
    features = feature_columns(space.scaling, training.outlook)
    # The same rows in the same partitions in the same order, however the mart lies on disk.
    placed = (
        training.mart.where(F.col("tenure_days") > space.pace.new_days)
        .withColumns(dict(zip(FEATURES, features, strict=True)))
        .select("customer_id", *FEATURES)
        .repartition(settings.fit_partitions, "customer_id")
        .sortWithinPartitions("customer_id")
    )
    rows = cached_rows(placed, list(FEATURES))
    try:
        return expectation_maximisation(
            rows, start, steps=settings.em_steps, floor=settings.covariance_floor
        )
    finally:
        rows.unpersist()
