"""Customers as known at a cut-off, what they did afterwards, and their segments by each method."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from ml.feature_space import FeatureSpace
from ml.features import feature_matrix, fit_scaling, transform_measures
from ml.fit import fit_points
from ml.kmeans import nearest_centre
from ml.marts import history_mart, order_mart
from ml.outlook import Outlook
from ml.outlook_features import KNOWN, Known
from ml.persona_seed import load_personas
from ml.rfm_rules import rules_of_10, rules_of_11
from ml.search import search
from ml.segments import spend_rate, value_order
from ml.settings import Settings
from ml.start import start_mixture
from pipeline.core.errors import InputError

__all__ = ["METHODS", "Population", "read_population", "segment_population"]

METHODS = {
    "mixture": "the segments",
    "kmeans": "k-means with as many clusters",
    "rfm_rules_11": "RFM rules with 11 names",
    "rfm_rules_10": "RFM rules with 10 names",
    "past_spend": "ranking by past spend",
}
_FIFTHS = ("1st", "2nd", "3rd", "4th", "5th")


@dataclass(frozen=True)
class Population:
    """Customers as known at a cut-off, and what they did afterwards, sorted by id.

    Attributes
    ----------
    customer_id : ndarray of str, shape (n,)
    recency_days, frequency, monetary, tenure_days, purchase_day_count : ndarray of float
        As the mart gave them at the cut-off, in whole days. Shape (n,).
    exact_recency, exact_tenure : ndarray of float, shape (n,)
        Days with fractions, for rankings.
    revenue, orders : ndarray of float, shape (n,)
        In the horizon.
    """

    customer_id: np.ndarray
    recency_days: np.ndarray
    frequency: np.ndarray
    monetary: np.ndarray
    tenure_days: np.ndarray
    purchase_day_count: np.ndarray
    exact_recency: np.ndarray
    exact_tenure: np.ndarray
    revenue: np.ndarray
    orders: np.ndarray

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.customer_id)

    @property
    def known(self) -> Known:
        """What the features and the outlook are read from."""
        return Known(*(getattr(self, name) for name in KNOWN))


def read_population(spark: SparkSession, cutoff: date, horizon: int) -> Population:
    """Bring the customers of a snapshot and their following days to the driver.

    An order counts with its net amount, if that is above zero.

    Parameters
    ----------
    spark : SparkSession
    cutoff : date
        A snapshot of the history: what was ordered on that day or later was not known.
    horizon : int
        Days from the cut-off on in which orders count as what followed.

    Returns
    -------
    Population
        Empty where the history has no such snapshot.

    Raises
    ------
    InputError
        If the history or the orders have not been built.
    """
    known = history_mart(spark).where(F.col("snapshot_date") == F.lit(cutoff))
    begin, end = F.lit(cutoff), F.lit(cutoff + timedelta(days=horizon))
    later = (
        order_mart(spark)
        .where((F.col("ordered_at") >= begin) & (F.col("ordered_at") < end))
        .where(F.col("net_amount") > 0)
        .groupBy("customer_id")
        .agg(
            F.sum("net_amount").cast("double").alias("revenue"),
            F.countDistinct("order_id").cast("double").alias("orders"),
        )
    )
    midnight = F.unix_timestamp(F.lit(cutoff).cast("timestamp"))

    def days_since(column: str) -> Column:
        return ((midnight - F.unix_timestamp(column)) / F.lit(86_400.0)).cast("double")

    table = (
        known.join(later, "customer_id", "left")
        .select(
            "customer_id",
            *(F.col(name).cast("double").alias(name) for name in KNOWN),
            days_since("last_order_at").alias("exact_recency"),
            days_since("first_order_at").alias("exact_tenure"),
            F.coalesce("revenue", F.lit(0.0)).alias("revenue"),
            F.coalesce("orders", F.lit(0.0)).alias("orders"),
        )
        .toArrow()
    )
    ids = table["customer_id"].to_numpy(zero_copy_only=False).astype(str)
    order = np.argsort(ids, kind="stable")
    names = (*KNOWN, "exact_recency", "exact_tenure", "revenue", "orders")
    columns = {name: table[name].to_numpy(zero_copy_only=False)[order] for name in names}
    return Population(ids[order], **columns)


def segment_population(
    spark: SparkSession, people: Population, outlook: Outlook | None, settings: Settings
) -> dict[str, np.ndarray]:
    """Segment customers by every method from what was known at the cut-off alone.

    Parameters
    ----------
    spark : SparkSession
    people : Population
    outlook : Outlook or None
        Learned on what was known at the cut-off.
    settings : Settings

    Returns
    -------
    dict of str to ndarray of str, shape (n,)
        By method, in the order of `METHODS`.

    Raises
    ------
    InputError
        If there are too few customers.
    """
    ahead = outlook if settings.look_ahead == "auto" else None
    chosen = np.arange(len(people))
    if len(people) > settings.fit_sample:
        rng = np.random.default_rng((settings.seed, 13))
        chosen = np.sort(rng.choice(len(people), settings.fit_sample, replace=False))
    if len(chosen) == 0:
        raise InputError("no customer had ordered yet")
    space = FeatureSpace.of(people.known, ahead, settings, chosen)
    found = search(space.fitted_points, settings)
    mixture = fit_points(spark, space.fitted_points, found.start, settings)
    segments = space.segments(mixture, load_personas(), settings.name_share)
    is_new = space.pace.is_new(people.tenure_days)
    names = np.array(segments.personas)[segments.labels(space.points, is_new) - 1]
    # On past orders of all customers, with their own scaling: nothing is set apart by rule.
    logs = transform_measures(people.recency_days, people.frequency, people.monetary)
    plane = feature_matrix(logs, fit_scaling(logs[chosen]))
    _, clustered = start_mixture(
        plane[chosen],
        len(segments.personas),
        seed=(settings.seed, len(segments.personas)),
        starts=settings.starts,
        floor=settings.covariance_floor,
        start_sample=settings.start_sample,
    )
    centres = np.array(
        [plane[chosen][clustered == label].mean(axis=0) for label in np.unique(clustered)]
    )
    clusters = nearest_centre(plane, centres)[0]
    ranked = value_order(clusters, len(centres), spend_rate(people.monetary, people.tenure_days))
    cluster_names = np.empty(len(centres), dtype=object)
    cluster_names[ranked] = [f"cluster {number}" for number in range(1, len(centres) + 1)]
    fifth = np.empty(len(people), dtype=int)
    by_spend = np.argsort(-people.monetary, kind="stable")
    fifth[by_spend] = np.arange(len(people)) * 5 // len(people)
    rules = (people.exact_recency, people.frequency, people.monetary)
    return {
        "mixture": names,
        "kmeans": cluster_names[clusters].astype(str),
        "rfm_rules_11": rules_of_11(*rules),
        "rfm_rules_10": rules_of_10(*rules),
        "past_spend": np.array([f"{nth} fifth by past spend" for nth in _FIFTHS])[fifth],
    }
