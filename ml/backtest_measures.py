"""Fit at a cut-off, and measure what the segments of each method did next."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from pyspark.sql import SparkSession

from ml.backtest_population import Population, read_population, segment_population
from ml.marts import history_mart
from ml.outcomes import (
    bootstrap_counts,
    capture_draws,
    eta_squared,
    grouped_sums,
    normalised_gini,
    top_capture,
)
from ml.outlook import Outlook
from ml.segments import customer_worth, spend_rate
from ml.settings import Settings
from pipeline.core.errors import InputError

__all__ = ["Backtest", "due_cutoffs", "evaluate", "run_backtest"]

_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Backtest:
    """What was measured at a cut-off.

    Attributes
    ----------
    cutoff : date
    horizon : int
        Days measured.
    segments, metrics : list of dict
        Rows of ``ml.backtest`` and ``ml.backtest_metrics``; empty if skipped.
    skipped : str or None
        Why nothing could be measured.
    labels : dict of str to ndarray
        By method: segment name of each customer, in the order of `customer_id`.
    customer_id : ndarray of str
    people : Population
        Customers at the cut-off and what they did.
    """

    cutoff: date
    horizon: int
    segments: list[dict] = field(default_factory=list)
    metrics: list[dict] = field(default_factory=list)
    skipped: str | None = None
    labels: dict[str, np.ndarray] = field(default_factory=dict)
    customer_id: np.ndarray | None = None
    people: Population | None = None


def due_cutoffs(spark: SparkSession, as_of_date: date, settings: Settings) -> list[date]:
    """List the cut-offs that a training run measures, latest first.

    Parameters
    ----------
    spark : SparkSession
    as_of_date : date
        Of the mart; orders are known up to then.
    settings : Settings
        `backtest_cutoffs`, the most to list, and `backtest_horizon` in days.

    Returns
    -------
    list of date
        Cut-offs of the history whose horizon ends by the as-of date.

    Raises
    ------
    InputError
        If the history has not been built, unless no cut-off is asked for.
    """
    if not settings.backtest_cutoffs:
        return []
    last = as_of_date - timedelta(days=settings.backtest_horizon)
    marked = history_mart(spark).where("is_backtest_cutoff").select("snapshot_date").distinct()
    complete = sorted((row.snapshot_date for row in marked.collect()), reverse=True)
    return [day for day in complete if day <= last][: settings.backtest_cutoffs]


def run_backtest(
    spark: SparkSession,
    cutoff: date,
    as_of_date: date,
    outlook: Outlook | None,
    settings: Settings,
) -> Backtest:
    """Segment customers as known at a cut-off by every method and measure what followed.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    cutoff : date
        A snapshot of the history.
    as_of_date : date
        Of the mart; the horizon must end by then.
    outlook : Outlook or None
        Learned on what was known at the cut-off.
    settings : Settings

    Returns
    -------
    Backtest
        With `skipped` where the population or the days after it hold too little.

    Raises
    ------
    InputError
        If the history or the orders have not been built.
    """
    horizon = settings.backtest_horizon
    if cutoff + timedelta(days=horizon) > as_of_date:
        return Backtest(
            cutoff, horizon, skipped=f"{horizon} days after {cutoff} end after {as_of_date}"
        )
    people = read_population(spark, cutoff, horizon)
    if len(people) and people.revenue.sum() <= 0:
        return Backtest(cutoff, horizon, skipped=f"nobody of before {cutoff} ordered afterwards")
    try:
        labels = segment_population(spark, people, outlook, settings)
    except InputError as error:
        return Backtest(cutoff, horizon, skipped=f"on {cutoff}: {error}")
    ahead = outlook if settings.look_ahead == "auto" else None
    expected = None if ahead is None else customer_worth(people.known, ahead)
    segments, metrics = evaluate(people, labels, cutoff, horizon, settings, expected)
    return Backtest(
        cutoff,
        horizon,
        segments,
        metrics,
        labels=labels,
        customer_id=people.customer_id,
        people=people,
    )


def evaluate(
    people: Population,
    labels: dict[str, np.ndarray],
    cutoff: date,
    horizon: int,
    settings: Settings,
    expected: np.ndarray | None = None,
) -> tuple[list[dict], list[dict]]:
    """Measure what the segments of each method did after the cut-off.

    Parameters
    ----------
    people : Population
    labels : dict of str to ndarray of str, shape (n,)
        By method.
    cutoff : date
    horizon : int
    settings : Settings
        Draws and seed of the intervals.
    expected : ndarray of shape (n,), optional
        Spend that was expected of each customer at the cut-off: the segments are ranked by it.

    Returns
    -------
    segments, metrics : list of dict
        Rows of ``ml.backtest`` and ``ml.backtest_metrics``. All are ranked on what was known
        at the cut-off: by mean `spend_rate` (the segments by expected spend, where there is an
        outlook), past spend by each customer's own amount.
    """
    group, counts = bootstrap_counts(len(people), settings.backtest_draws, settings.seed)
    past = spend_rate(people.monetary, people.exact_tenure)
    logged = np.log1p(people.revenue)
    active = (people.orders > 0).astype(float)
    shared = {"cutoff_date": cutoff, "horizon_days": horizon}
    segments, metrics, draws = [], [], {}
    for method, names in labels.items():
        found, codes = np.unique(names, return_inverse=True)
        k = len(found)
        sizes = np.bincount(codes, minlength=k)
        by_spend = method == "past_spend"
        value = people.monetary if by_spend else past
        if method == "mixture" and expected is not None:
            value = expected
        known = np.bincount(codes, value, minlength=k) / sizes
        rank = np.empty(k, dtype=int)
        rank[np.argsort(-known, kind="stable")] = np.arange(1, k + 1)

        def resampled(values: np.ndarray, codes: np.ndarray = codes, k: int = k) -> np.ndarray:
            return counts @ grouped_sums(group, counts.shape[1], codes, k, values)

        drawn = resampled(np.ones(len(people)))
        with np.errstate(invalid="ignore", divide="ignore"):
            per_customer = resampled(people.revenue) / drawn
            share_active = resampled(active) / drawn
        revenue_low, revenue_high = np.nanpercentile(per_customer, _INTERVAL, axis=0)
        active_low, active_high = np.nanpercentile(share_active, _INTERVAL, axis=0)
        revenue = np.bincount(codes, people.revenue, minlength=k)
        orders = np.bincount(codes, people.orders, minlength=k)
        actives = np.bincount(codes, active, minlength=k)
        segments += [
            shared
            | {
                "method": method,
                "segment_rank": rank[i],
                "segment": str(found[i]),
                "customer_count": sizes[i],
                "customer_share": sizes[i] / len(people),
                "future_revenue": revenue[i],
                "future_revenue_share": revenue[i] / revenue.sum(),
                "future_revenue_per_customer": revenue[i] / sizes[i],
                "future_revenue_per_customer_low": revenue_low[i],
                "future_revenue_per_customer_high": revenue_high[i],
                "future_orders_per_customer": orders[i] / sizes[i],
                "active_share": actives[i] / sizes[i],
                "active_share_low": active_low[i],
                "active_share_high": active_high[i],
            }
            for i in np.argsort(rank)
        ]
        score = people.monetary if by_spend else known[codes]
        explained = None if by_spend else eta_squared(codes, logged)
        draws[method] = {
            "eta_squared": None
            if explained is None
            else _eta_draws(drawn, resampled(logged), resampled(logged**2)),
            "top_fifth_capture": capture_draws(score, people.revenue, group, counts),
        }
        metrics.append(
            shared
            | {
                "method": method,
                "segment_count": None if by_spend else k,
                "eta_squared": explained,
                "top_fifth_capture": top_capture(score, people.revenue),
                "normalised_gini": normalised_gini(score, people.revenue),
            }
        )
    return segments, _with_intervals(metrics, draws)


def _with_intervals(metrics: list[dict], draws: dict[str, dict]) -> list[dict]:
    """Add intervals, and by how much the segments lead each other method.

    The methods are measured on the same resamples, so that what they share does not widen the
    interval of their difference.
    """
    own = next(row for row in metrics if row["method"] == "mixture")
    rows = []
    for row in metrics:
        added = {}
        for name, drawn in draws[row["method"]].items():
            added[f"{name}_low"], added[f"{name}_high"] = _ends(drawn)
            lead, difference = None, None
            if row is not own and row[name] is not None and own[name] is not None:
                lead, difference = own[name] - row[name], draws["mixture"][name] - drawn
            added[f"{name}_lead"] = lead
            added[f"{name}_lead_low"], added[f"{name}_lead_high"] = _ends(difference)
        rows.append(row | added)
    return rows


def _ends(drawn: np.ndarray | None) -> tuple[float | None, float | None]:
    known = drawn[np.isfinite(drawn)] if drawn is not None else np.array([])
    if not len(known):
        return None, None
    low, high = np.percentile(known, _INTERVAL)
    return float(low), float(high)


def _eta_draws(sizes: np.ndarray, sums: np.ndarray, squares: np.ndarray) -> np.ndarray:
    """Measure eta squared on resamples, given sums by draw and segment; nan where all are equal."""
    count = sizes.sum(axis=1)
    mean = sums.sum(axis=1) / count
    total = squares.sum(axis=1) - count * mean**2
    between = (sums**2 / np.maximum(sizes, 1.0)).sum(axis=1) - count * mean**2
    return np.divide(between, total, out=np.full(len(total), np.nan), where=total > 0)
