"""Measure an outlook on what happened: beside past spend, the segments and a BG/NBD."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import cast

import numpy as np

from ml.backtest_measures import Backtest
from ml.backtest_population import Population
from ml.outcomes import bootstrap_counts, capture_draws, grouped_sums, top_capture
from ml.outlook import Outlook, Prediction
from ml.settings import Settings

__all__ = [
    "Forecast",
    "OutlookTest",
    "forecasts",
    "is_no_worse",
    "measure_outlook",
    "ranked",
]

_INTERVAL = (2.5, 97.5)
_TENTHS = 10
_PLACES = 9


@dataclass(frozen=True)
class Forecast:
    """What a method expects of each customer; None for what it does not say.

    Attributes
    ----------
    score : ndarray of shape (n,)
        Customers are ranked by it, higher is better.
    spend : ndarray of shape (n,)
        Expected amount in the horizon.
    orders, chance : ndarray of shape (n,) or None
        Expected orders, and the probability of any.
    """

    score: np.ndarray
    spend: np.ndarray
    orders: np.ndarray | None = None
    chance: np.ndarray | None = None


@dataclass(frozen=True)
class OutlookTest:
    """What was measured at a cut-off.

    Attributes
    ----------
    cutoff : date
    metrics, calibration : list of dict
        Rows of ``ml.outlook_backtest`` and ``ml.outlook_calibration``; empty where there is no
        outlook.
    skipped : str or None
        Why nothing could be measured.
    """

    cutoff: date
    metrics: list[dict] = field(default_factory=list)
    calibration: list[dict] = field(default_factory=list)
    skipped: str | None = None


def forecasts(
    people: Population, segments: np.ndarray, outlook: Outlook, predicted: Prediction
) -> dict[str, Forecast]:
    """Let every method look ahead from what was known at the cut-off.

    Parameters
    ----------
    people : Population
    segments : ndarray of str, shape (n,)
        Segment of each customer.
    outlook : Outlook
        Learned on what was known at the cut-off.
    predicted : Prediction
        Of these customers.

    Returns
    -------
    dict of str to Forecast
        By method. Past spend is carried on at its daily rate since the first order (one horizon
        at least), and ranks by the amount itself; a segment is expected to carry on the mean of
        its customers.
    """
    days = outlook.horizon_days
    known = people.known
    carried = people.monetary * days / np.maximum(people.tenure_days, days)
    codes = np.unique(segments, return_inverse=True)[1]
    shared = (np.bincount(codes, carried) / np.bincount(codes))[codes]
    model, history = outlook.order_model, (known.repeats, known.last_day, known.tenure_days)
    orders = model.expected(*history, days)
    value = outlook.value_model.expected(known.purchase_day_count, known.monetary)
    return {
        "outlook": Forecast(predicted.spend, predicted.spend, predicted.orders, predicted.chance),
        "bg_nbd": Forecast(orders * value, orders * value, orders, model.chance(*history, days)),
        "mixture": Forecast(shared, shared),
        "past_spend": Forecast(people.monetary, carried),
    }


def measure_outlook(
    test: Backtest, outlook: Outlook | None, reason: str | None, settings: Settings
) -> OutlookTest:
    """Compare what was expected with what happened.

    Parameters
    ----------
    test : Backtest
        Customers at the cut-off, their segments and what they did.
    outlook : Outlook or None
        Learned on what was known at that cut-off.
    reason : str or None
        Why there is none.
    settings : Settings
        Draws and seed of the intervals.

    Returns
    -------
    OutlookTest
        With `skipped` where there is no outlook or the cut-off could not be measured.
    """
    people = test.people
    if people is None or outlook is None:
        return OutlookTest(test.cutoff, skipped=reason or test.skipped)
    predicted = outlook.predict(people.known)
    found = forecasts(people, test.labels["mixture"], outlook, predicted)
    group, counts = bootstrap_counts(len(people), settings.backtest_draws, settings.seed)
    drawn = {
        name: capture_draws(each.score, people.revenue, group, counts)
        for name, each in found.items()
    }
    # Somebody has ordered since the cut-off, or there would be no people to test on.
    captured = {
        name: cast(float, top_capture(each.score, people.revenue)) for name, each in found.items()
    }
    active = (people.orders > 0).astype(float)
    low, high = predicted.likely_spend.T
    inside = float(((people.revenue >= low) & (people.revenue <= high)).mean())
    shared = {"cutoff_date": test.cutoff, "horizon_days": test.horizon}
    metrics, calibration = [], []
    for method, each in found.items():
        error = np.abs(each.spend - people.revenue)
        ends = {
            "top_fifth_capture": drawn[method],
            "capture_gain": drawn[method] - drawn["past_spend"],
            "mean_absolute_error": _means(error, group, counts),
        }
        row = {
            "method": method,
            "customer_count": len(people),
            "top_fifth_capture": captured[method],
            "capture_gain": captured[method] - captured["past_spend"],
            "expected_spend": each.spend.mean(),
            "actual_spend": people.revenue.mean(),
            "mean_absolute_error": error.mean(),
            "root_mean_square_error": float(np.sqrt((error**2).mean())),
            "expected_active_share": None if each.chance is None else each.chance.mean(),
            "active_share": active.mean(),
            "brier_score": (
                None if each.chance is None else float(((each.chance - active) ** 2).mean())
            ),
            "likely_spend_coverage": inside if method == "outlook" else None,
        }
        for name, values in ends.items():
            row[f"{name}_low"], row[f"{name}_high"] = np.nanpercentile(values, _INTERVAL)
        metrics.append(shared | {name: _rounded(value) for name, value in row.items()})
        for measure, expected, actual in (
            ("order_chance", each.chance, active),
            ("expected_orders", each.orders, people.orders),
            ("expected_spend", each.spend, people.revenue),
        ):
            if expected is not None:
                calibration += [
                    shared | {"method": method, "measure": measure} | tenth
                    for tenth in _tenths(expected, actual, group, counts)
                ]
    return OutlookTest(test.cutoff, metrics, calibration)


def _means(values: np.ndarray, group: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the mean of each bootstrap resample."""
    one = np.zeros(len(values), dtype=int)
    groups = counts.shape[1]
    sums = counts @ grouped_sums(group, groups, one, 1, values)
    return (sums / (counts @ grouped_sums(group, groups, one, 1, np.ones(len(values)))))[:, 0]


def _tenths(
    expected: np.ndarray, actual: np.ndarray, group: np.ndarray, counts: np.ndarray
) -> list[dict]:
    """Compare means of tenths of the customers, in the order of what is expected of them."""
    tenth = np.empty(len(expected), dtype=int)
    order = np.argsort(-np.round(expected, _PLACES), kind="stable")
    tenth[order] = np.arange(len(expected)) * _TENTHS // len(expected)
    rows = []
    resampled = counts @ grouped_sums(group, counts.shape[1], tenth, _TENTHS, actual)
    sizes = counts @ grouped_sums(group, counts.shape[1], tenth, _TENTHS, np.ones(len(actual)))
    with np.errstate(invalid="ignore", divide="ignore"):
        means = resampled / sizes
    for number in range(_TENTHS):
        here = tenth == number
        if not here.any():
            continue
        low, high = np.nanpercentile(means[:, number], _INTERVAL)
        row = {
            "decile": number + 1,
            "customer_count": int(here.sum()),
            "expected": expected[here].mean(),
            "actual": actual[here].mean(),
            "actual_low": low,
            "actual_high": high,
        }
        rows.append({name: _rounded(value) for name, value in row.items()})
    return rows


def _rounded(value: object) -> object:
    return round(float(value), _PLACES) if isinstance(value, float | np.floating) else value


def is_no_worse(tests: list[OutlookTest]) -> bool:
    """Say whether expected spend captured what past spend did, or more, at every cut-off."""
    gains = [
        row["capture_gain"] for test in tests for row in test.metrics if row["method"] == "outlook"
    ]
    return bool(gains) and min(gains) >= 0.0


def ranked(outlook: Outlook | None, tests: list[OutlookTest], settings: Settings) -> Outlook | None:
    """Decide whether the activation list is sorted by expected spend, as the setting says.

    Parameters
    ----------
    outlook : Outlook or None
        Learned up to the as-of date.
    tests : list of OutlookTest
        The run's own, at earlier cut-offs.
    settings : Settings
        `activation_ranking`: ``auto`` asks `is_no_worse`, ``always`` and ``never`` do not.

    Returns
    -------
    Outlook or None
        With `is_ranking`; None where there is no outlook.
    """
    if outlook is None:
        return None
    by_setting = {"always": True, "never": False}
    chosen = by_setting.get(settings.activation_ranking, is_no_worse(tests))
    return replace(outlook, is_ranking=chosen)
