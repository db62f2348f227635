"""Fit on what was known at earlier cut-offs, measure what customers did next.

``python -m ml.backtest`` measures as many cut-offs as asked for; a training run measures the
latest. The mixture stands beside k-means on the same features, two RFM rule sets and a ranking
by past spend.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from ml.features import MEASURES, feature_matrix, fit_scaling, transform_measures
from ml.kmeans import nearest_centre
from ml.marts import history_mart, order_mart
from ml.outcomes import (
    bootstrap_counts,
    eta_squared,
    grouped_sums,
    normalised_gini,
    top_capture,
)
from ml.output import write_rows
from ml.personas import assign_personas, load_personas, segment_positions
from ml.rfm_rules import rules_of_10, rules_of_11
from ml.search import search
from ml.segments import spend_rate, value_order, without_unused
from ml.settings import Settings, add_setting_flags, settings_from_flags
from pipeline.command import run_command
from pipeline.errors import InputError
from pipeline.session import get_session, require_classic
from pipeline.tables import current_run_id, full_name

__all__ = [
    "METHODS",
    "Backtest",
    "Population",
    "backtest_sentences",
    "due_cutoffs",
    "evaluate",
    "main",
    "read_population",
    "run_backtest",
    "segment_population",
    "write_backtest",
]

METHODS = {
    "mixture": "the segments",
    "kmeans": "k-means with as many clusters",
    "rfm_rules_11": "RFM rules with 11 names",
    "rfm_rules_10": "RFM rules with 10 names",
    "past_spend": "ranking by past spend",
}
_FIFTHS = ("1st", "2nd", "3rd", "4th", "5th")
_INTERVAL = (2.5, 97.5)


@dataclass(frozen=True)
class Population:
    """Customers as known at a cut-off, and what they did afterwards, sorted by id.

    Attributes
    ----------
    customer_id : ndarray of str, shape (n,)
    recency_days, frequency, monetary, tenure_days : ndarray of float, shape (n,)
        As the mart gave them at the cut-off, in whole days.
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
    exact_recency: np.ndarray
    exact_tenure: np.ndarray
    revenue: np.ndarray
    orders: np.ndarray

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.customer_id)


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
    """

    cutoff: date
    horizon: int
    segments: list[dict] = field(default_factory=list)
    metrics: list[dict] = field(default_factory=list)
    skipped: str | None = None
    labels: dict[str, np.ndarray] = field(default_factory=dict)
    customer_id: np.ndarray | None = None


# -- reading -----------------------------------------------------------------------------------


def due_cutoffs(spark: SparkSession, as_of_date: date, settings: Settings) -> list[date]:
    """List the cut-offs that a training run measures, latest first.

    Returns
    -------
    list of date
        Cut-offs of the history whose horizon ends by the as-of date.
    """
    if not settings.backtest_cutoffs:
        return []
    last = as_of_date - timedelta(days=settings.backtest_horizon)
    marked = history_mart(spark).where("is_backtest_cutoff").select("snapshot_date").distinct()
    complete = sorted((row.snapshot_date for row in marked.collect()), reverse=True)
    return [day for day in complete if day <= last][: settings.backtest_cutoffs]


def read_population(spark: SparkSession, cutoff: date, horizon: int) -> Population:
    """Bring the customers of a snapshot and their following days to the driver.

    An order counts with its net amount, if that is above zero.
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

    def days_since(column: str):
        return ((midnight - F.unix_timestamp(column)) / F.lit(86_400.0)).cast("double")

    table = (
        known.join(later, "customer_id", "left")
        .select(
            "customer_id",
            *(F.col(name).cast("double").alias(name) for name in (*MEASURES, "tenure_days")),
            days_since("last_order_at").alias("exact_recency"),
            days_since("first_order_at").alias("exact_tenure"),
            F.coalesce("revenue", F.lit(0.0)).alias("revenue"),
            F.coalesce("orders", F.lit(0.0)).alias("orders"),
        )
        .toArrow()
    )
    ids = table["customer_id"].to_numpy(zero_copy_only=False).astype(str)
    order = np.argsort(ids, kind="stable")
    names = (*MEASURES, "tenure_days", "exact_recency", "exact_tenure", "revenue", "orders")
    columns = {name: table[name].to_numpy(zero_copy_only=False)[order] for name in names}
    return Population(ids[order], **columns)


# -- fitting and measuring ---------------------------------------------------------------------


def run_backtest(
    spark: SparkSession, cutoff: date, as_of_date: date, settings: Settings
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
    settings : Settings

    Returns
    -------
    Backtest
        With `skipped` where the population or the days after it hold too little.
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
        labels = segment_population(spark, people, settings)
    except InputError as error:
        return Backtest(cutoff, horizon, skipped=f"on {cutoff}: {error}")
    segments, metrics = evaluate(people, labels, cutoff, horizon, settings)
    return Backtest(
        cutoff, horizon, segments, metrics, labels=labels, customer_id=people.customer_id
    )


def segment_population(
    spark: SparkSession, people: Population, settings: Settings
) -> dict[str, np.ndarray]:
    """Segment customers by every method from what was known at the cut-off alone.

    Returns
    -------
    dict of str to ndarray of str, shape (n,)
        By method, in the order of `METHODS`.

    Raises
    ------
    InputError
        If there are too few customers.
    """
    logs = transform_measures(people.recency_days, people.frequency, people.monetary)
    chosen = np.arange(len(people))
    if len(people) > settings.fit_sample:
        rng = np.random.default_rng((settings.seed, 13))
        chosen = np.sort(rng.choice(len(people), settings.fit_sample, replace=False))
    if len(chosen) == 0:
        raise InputError("no customer had ordered yet")
    scaling = fit_scaling(logs[chosen])
    points = feature_matrix(logs, scaling)
    found = search(spark, points[chosen], settings)
    mixture = without_unused(found.chosen.mixture, points[chosen])
    labels = mixture.labels(points)
    order = value_order(
        labels[chosen], mixture.k, people.monetary[chosen], people.tenure_days[chosen]
    )
    labels = mixture.ordered(order).labels(points)
    positions = segment_positions(
        labels,
        mixture.k,
        people.recency_days,
        people.frequency,
        people.monetary,
        people.tenure_days,
    )
    names, _ = assign_personas(positions, load_personas())
    centres = np.array(
        [
            points[chosen][found.kmeans_labels == label].mean(axis=0)
            for label in np.unique(found.kmeans_labels)
        ]
    )
    clusters = nearest_centre(points, centres)[0]
    ranked = value_order(clusters, len(centres), people.monetary, people.tenure_days)
    cluster_names = np.empty(len(centres), dtype=object)
    cluster_names[ranked] = [f"cluster {number}" for number in range(1, len(centres) + 1)]
    fifth = np.empty(len(people), dtype=int)
    by_spend = np.argsort(-people.monetary, kind="stable")
    fifth[by_spend] = np.arange(len(people)) * 5 // len(people)
    rules = (people.exact_recency, people.frequency, people.monetary)
    return {
        "mixture": np.array(names)[labels],
        "kmeans": cluster_names[clusters].astype(str),
        "rfm_rules_11": rules_of_11(*rules),
        "rfm_rules_10": rules_of_10(*rules),
        "past_spend": np.array([f"{nth} fifth by past spend" for nth in _FIFTHS])[fifth],
    }


def evaluate(
    people: Population,
    labels: dict[str, np.ndarray],
    cutoff: date,
    horizon: int,
    settings: Settings,
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

    Returns
    -------
    segments, metrics : list of dict
        Rows of ``ml.backtest`` and ``ml.backtest_metrics``. Segments are ranked on what was known
        at the cut-off (mean `spend_rate`), past spend by each customer's own amount.
    """
    group, counts = bootstrap_counts(len(people), settings.backtest_draws, settings.seed)
    past = spend_rate(people.monetary, people.exact_tenure)
    logged = np.log1p(people.revenue)
    active = (people.orders > 0).astype(float)
    shared = {"cutoff_date": cutoff, "horizon_days": horizon}
    segments, metrics = [], []
    for method, names in labels.items():
        found, codes = np.unique(names, return_inverse=True)
        k = len(found)
        sizes = np.bincount(codes, minlength=k)
        by_spend = method == "past_spend"
        known = np.bincount(codes, people.monetary if by_spend else past, minlength=k) / sizes
        rank = np.empty(k, dtype=int)
        rank[np.argsort(-known, kind="stable")] = np.arange(1, k + 1)

        def resampled(values, codes=codes, k=k):
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
        low, high = (None, None)
        if explained is not None:
            low, high = _eta_interval(drawn, resampled(logged), resampled(logged**2))
        metrics.append(
            shared
            | {
                "method": method,
                "segment_count": None if by_spend else k,
                "eta_squared": explained,
                "eta_squared_low": low,
                "eta_squared_high": high,
                "top_fifth_capture": top_capture(score, people.revenue),
                "normalised_gini": normalised_gini(score, people.revenue),
            }
        )
    return segments, metrics


def _eta_interval(
    sizes: np.ndarray, sums: np.ndarray, squares: np.ndarray
) -> tuple[float | None, float | None]:
    """Take the interval of eta squared over resamples, given sums by draw and segment."""
    count = sizes.sum(axis=1)
    mean = sums.sum(axis=1) / count
    total = squares.sum(axis=1) - count * mean**2
    between = (sums**2 / np.maximum(sizes, 1.0)).sum(axis=1) - count * mean**2
    known = between[total > 0] / total[total > 0]
    if not len(known):
        return None, None
    low, high = np.percentile(known, _INTERVAL)
    return float(low), float(high)


# -- telling and writing -----------------------------------------------------------------------


def write_backtest(spark: SparkSession, tests: list[Backtest], run_id: str) -> None:
    """Write ``ml.backtest`` and ``ml.backtest_metrics`` of a run."""
    write_rows(spark, [row for test in tests for row in test.segments], "ml.backtest", run_id)
    write_rows(
        spark, [row for test in tests for row in test.metrics], "ml.backtest_metrics", run_id
    )


def backtest_sentences(tests: list[Backtest]) -> list[str]:
    """Say in plain words what the segments predicted, and where others did better.

    Parameters
    ----------
    tests : list of Backtest

    Returns
    -------
    list of str
        About the latest cut-off that could be measured.
    """
    measured = [test for test in tests if test.skipped is None]
    if not measured:
        reasons = "; ".join(test.skipped for test in tests) or (
            "the history holds no cut-off early enough"
        )
        return [f"What the segments predict could not be measured: {reasons}."]
    test = max(measured, key=lambda test: test.cutoff)
    rows = [row for row in test.segments if row["method"] == "mixture"]
    rows = sorted(rows, key=lambda row: -row["future_revenue_share"])
    said = [
        f"{row['segment']} were {row['customer_share']:.0%} of customers on {test.cutoff} and "
        f"brought {row['future_revenue_share']:.0%} of the next {test.horizon} days' revenue "
        f"({row['future_revenue_per_customer']:,.0f} each, 95% interval "
        f"{row['future_revenue_per_customer_low']:,.0f} to "
        f"{row['future_revenue_per_customer_high']:,.0f})."
        for row in rows[:2]
    ]
    metrics = {row["method"]: row for row in test.metrics}
    own = metrics["mixture"]
    if own["eta_squared"] is not None:
        said.append(_comparison(metrics, own, test))
    own_capture, spend_capture = (
        own["top_fifth_capture"],
        metrics["past_spend"]["top_fifth_capture"],
    )
    verdict = (
        "to list only the top customers, sort by past spend"
        if spend_capture > own_capture
        else "at least as good as a list sorted by past spend"
    )
    said.append(
        f"The best fifth of customers by segment brought {own_capture:.0%} of that revenue, the "
        f"best fifth by past spend {spend_capture:.0%}: {verdict}."
    )
    return said


def _comparison(metrics: dict[str, dict], own: dict, test: Backtest) -> str:
    others = [name for name in METHODS if name in metrics and name not in ("mixture", "past_spend")]
    told = ", ".join(f"{METHODS[name]} {metrics[name]['eta_squared']:.1%}" for name in others)
    better = [name for name in others if metrics[name]["eta_squared"] > own["eta_squared"]]
    ending = (
        "none of them explains more"
        if not better
        else f"{' and '.join(METHODS[name] for name in better)} "
        f"{'explains' if better == ['kmeans'] else 'explain'} more here"
    )
    return (
        f"The segments explain {own['eta_squared']:.1%} of the differences in what customers "
        f"spent next (95% interval {own['eta_squared_low']:.1%} to "
        f"{own['eta_squared_high']:.1%}); {told}: {ending}."
    )


# -- command -----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run ``python -m ml.backtest`` and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ml.backtest", description=__doc__)
    parser.add_argument(
        "--cutoffs",
        default="",
        metavar="DATES",
        help="snapshots to fit at, YYYY-MM-DD separated by commas, or a number of snapshots, "
        "latest first; by default every backtest cut-off of the history",
    )
    parser.add_argument("--json", action="store_true", help="print rows as JSON")
    parser.add_argument(
        "--no-write", action="store_true", help="print only, leave the tables as they are"
    )
    parser.add_argument(
        "--labels", metavar="FOLDER", help="also write customer_id, segment of each method as csv"
    )
    add_setting_flags(parser)
    given = parser.parse_args(arguments)
    return run_command(lambda: _command(given))


def _command(given: argparse.Namespace) -> None:
    settings = settings_from_flags(given)
    spark = get_session("ml.backtest")
    require_classic(spark, "ml.backtest")
    as_of_date, run_id = _current(spark, write=not given.no_write)
    tests = []
    for cutoff in _cutoffs(spark, given.cutoffs, as_of_date, settings):
        test = run_backtest(spark, cutoff, as_of_date, settings)
        tests.append(test)
        if given.labels and not test.skipped:
            _write_labels(test, given.labels)
    if not given.no_write:
        write_backtest(spark, tests, run_id)
    if given.json:
        rows = {
            "segments": [row for test in tests for row in test.segments],
            "metrics": [row for test in tests for row in test.metrics],
            "skipped": [test.skipped for test in tests if test.skipped],
        }
        print(json.dumps(rows, default=_json_value))
        return
    for test in tests:
        print(_table(test))
    for line in backtest_sentences(tests):
        print(f"  - {line}")
    if not given.no_write:
        print(
            f"  written to run {run_id}; `dbt build --select staging.ml+` and "
            "`python -m pipeline export` bring it to the dashboard"
        )


def _json_value(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


def _current(spark: SparkSession, *, write: bool) -> tuple[date, str | None]:
    """Return the as-of date of the marts and the run whose tables are written."""
    row = history_mart(spark).where("is_as_of_date").agg(F.max("snapshot_date").alias("d")).first()
    if row.d is None:
        raise InputError("fct_rfm_customer_history is empty; land lines first (make run DATA=...)")
    run_id = current_run_id(spark)
    if not write:
        return row.d, run_id
    if run_id is None:
        raise InputError("no run to write to; type python -m ml.train first, or use --no-write")
    runs = spark.table(full_name("ml.model_runs"))
    trained = runs.where(runs.run_id == run_id).first().as_of_date
    if trained != row.d:
        raise InputError(
            f"the marts are as of {row.d} but run {run_id} was trained as of {trained}; type "
            "python -m ml.train first, or use --no-write"
        )
    return row.d, run_id


def _cutoffs(spark: SparkSession, wanted: str, as_of_date: date, settings: Settings) -> list[date]:
    last = as_of_date - timedelta(days=settings.backtest_horizon)
    days = (
        history_mart(spark)
        .groupBy("snapshot_date")
        .agg(F.max("is_backtest_cutoff").alias("marked"))
        .collect()
    )
    known = {row.snapshot_date: row.marked for row in days}
    complete = sorted((day for day in known if day <= last), reverse=True)
    if not wanted:
        found = [day for day in complete if known[day]]
    elif wanted.isdigit():
        found = complete[: int(wanted)]
    else:
        try:
            found = [date.fromisoformat(text.strip()) for text in wanted.split(",")]
        except ValueError as error:
            raise InputError(
                f"--cutoffs {wanted!r}: {error}; expected dates as 2011-09-01,2011-06-01 or a "
                "number"
            ) from error
        missing = [day for day in found if day not in complete]
        if missing:
            raise InputError(
                f"no snapshot on {missing[0]} with {settings.backtest_horizon} days after it; "
                f"the history has {', '.join(map(str, complete[:6])) or 'none'} (dbt var "
                "backtest_cutoff_days adds cut-offs)"
            )
    if not found:
        raise InputError(
            f"the history holds no snapshot {settings.backtest_horizon} days or more before "
            f"{as_of_date}; give a shorter --backtest-horizon or land more history"
        )
    return found


def _write_labels(test: Backtest, folder: str) -> None:
    import csv
    from pathlib import Path

    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for method, names in test.labels.items():
        with (target / f"{test.cutoff}_{method}.csv").open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f)
            writer.writerow(["customer_id", "segment"])
            writer.writerows(zip(test.customer_id.tolist(), names.tolist(), strict=True))


def _table(test: Backtest) -> str:
    if test.skipped:
        return f"{test.cutoff}: not measured, {test.skipped}"
    lines = [
        f"{test.cutoff}, next {test.horizon} days",
        f"  {'method':<14}{'k':>4}{'eta squared':>24}{'top fifth':>11}{'gini':>8}",
    ]
    for row in test.metrics:
        eta = (
            ""
            if row["eta_squared"] is None
            else (
                f"{row['eta_squared']:.4f} ({row['eta_squared_low']:.3f} to "
                f"{row['eta_squared_high']:.3f})"
            )
        )
        lines.append(
            f"  {row['method']:<14}{row['segment_count'] or '':>4}{eta:>24}"
            f"{row['top_fifth_capture']:>11.4f}{row['normalised_gini']:>8.4f}"
        )
    lines.append(
        f"  {'segment':<28}{'customers':>11}{'revenue':>9}{'each (95% interval)':>28}{'active':>8}"
    )
    for row in test.segments:
        if row["method"] == "mixture":
            each = (
                f"{row['future_revenue_per_customer']:,.0f} "
                f"({row['future_revenue_per_customer_low']:,.0f} to "
                f"{row['future_revenue_per_customer_high']:,.0f})"
            )
            lines.append(
                f"  {row['segment']:<28}{row['customer_share']:>11.1%}"
                f"{row['future_revenue_share']:>9.1%}{each:>28}{row['active_share']:>8.1%}"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
