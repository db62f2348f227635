"""Learn an outlook with MLlib from what customers of earlier snapshots did next."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

import numpy as np
from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.base import PySparkException
from pyspark.sql import SparkSession
from scipy.special import expit, logit

from ml.bgnbd import fit_bgnbd
from ml.gamma_gamma import fit_gamma_gamma
from ml.outlook import Outlook, Part
from ml.outlook_features import Known, outlook_features
from ml.outlook_past import Followed, Past, read_past
from ml.outlook_regressions import RIDGE, TWEEDIE_POWER, fit_regressions
from ml.settings import Settings

__all__ = ["fit_outlook", "fit_outlooks", "learn", "too_little"]


_DIGITS = 12
_QUANTILES = 101


def fit_outlooks(
    spark: SparkSession, days: list[date], settings: Settings
) -> list[tuple[Outlook | None, str | None]]:
    """Learn an outlook as of each of several days.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    days : list of date
        Snapshots.
    settings : Settings

    Returns
    -------
    list of (Outlook or None, str or None)
        Each with the reason where there is none.
    """
    past = read_past(spark, settings.outlook_rows)
    return [fit_outlook(spark, past, day, settings) for day in days]


def fit_outlook(
    spark: SparkSession, past: Past, known_at: date, settings: Settings
) -> tuple[Outlook | None, str | None]:
    """Learn from every snapshot whose horizon is over on a day.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    past : Past
    known_at : date
        A snapshot; nothing ordered on that day or later enters.
    settings : Settings

    Returns
    -------
    outlook : Outlook or None
    reason : str or None
        Why there is none.
    """
    rows = past.followed(known_at, settings.backtest_horizon)
    reason = too_little(rows, settings)
    if reason:
        return None, reason
    try:
        return learn(spark, rows, known_at, settings), None
    except (PySparkException, Py4JJavaError, np.linalg.LinAlgError, FloatingPointError):
        # What MLlib and numpy say of equations that have no solution. Where it is Java that is
        # gone, whatever asks it next says so.
        return None, "the orders of earlier months are too uneven for a regression"


def too_little(followed: Followed, settings: Settings) -> str | None:
    """Say why nothing can be learned; None where there is enough.

    Parameters
    ----------
    followed : Followed
    settings : Settings
    """
    horizon, least = settings.backtest_horizon, settings.outlook_min_customers
    if len(followed.snapshots) < settings.outlook_min_snapshots:
        found = len(followed.snapshots)
        return (
            f"the history holds {found} month {'end' if found == 1 else 'ends'} with {horizon} "
            f"days after, and {settings.outlook_min_snapshots} are needed"
        )
    ordered = followed.orders > 0
    for said, chosen in (("ordered", ordered), ("did not order", ~ordered)):
        customers = len(np.unique(followed.customer[chosen]))
        if customers < least:
            return (
                f"only {customers} customers {said} in the {horizon} days after a month end, and "
                f"{least} are needed"
            )
    if (followed.today.repeats > 0).sum() < least:
        return f"fewer than {least} customers ordered on two days or more"
    return None


def learn(spark: SparkSession, followed: Followed, known_at: date, settings: Settings) -> Outlook:
    """Fit the three regressions.

    Parameters
    ----------
    spark : SparkSession
        A classic session.
    followed : Followed
        With enough in it (`too_little`).
    known_at : date
        Day up to which orders are known.
    settings : Settings

    Returns
    -------
    Outlook
        Coefficients, means and deviations to 12 significant digits.

    Raises
    ------
    FloatingPointError
        If a coefficient is not finite.
    LinAlgError
        If the equations behind the standard errors are singular.
    PySparkException, Py4JJavaError
        If MLlib finds no solution.
    """
    today = _some(followed.today, settings)
    orders = fit_bgnbd(today.repeats, today.last_day, today.tenure_days)
    value = fit_gamma_gamma(today.purchase_day_count, today.monetary)
    features = outlook_features(followed.known, orders, value)
    means, deviations = features.mean(axis=0), features.std(axis=0)
    # What is the same for everybody tells nothing and would make the equations singular.
    tells = deviations > 1e-9 * np.maximum(1.0, np.abs(means))
    deviations = np.where(tells, deviations, 1.0)
    scaled = (features - means) / deviations
    usual = float(followed.revenue.mean())
    ordered = (followed.orders > 0).astype(float)
    fitted = fit_regressions(
        spark, scaled[:, tells], ordered, followed.orders, followed.revenue / usual
    )
    chance, count, spend = (_place(each, tells) for each in fitted)
    spend[0] += np.log(usual)
    if not np.isfinite([chance, count, spend]).all():
        raise FloatingPointError("a coefficient is no number")
    rows = np.column_stack([np.ones(len(scaled)), scaled])
    lines = [np.einsum("ni,i->n", rows, each) for each in (chance, count, spend)]
    likely, mean_orders, mean_spend = expit(lines[0]), np.exp(lines[1]), np.exp(lines[2])
    free = np.concatenate([[True], tells])
    power = mean_spend ** (1.0 - TWEEDIE_POWER)
    # Gradient and curvature of each observation's log-likelihood along the linear predictor.
    part = partial(_part, followed, rows, free)
    parts = (
        part(chance, ordered - likely, likely * (1.0 - likely), logit, ordered, likely),
        part(
            count,
            followed.orders - mean_orders,
            mean_orders,
            np.log,
            followed.orders,
            mean_orders,
        ),
        part(
            spend,
            (followed.revenue - mean_spend) * power,
            mean_spend * power,
            np.log,
            followed.revenue,
            mean_spend,
        ),
    )
    did = ordered > 0
    ratio = followed.revenue[did] * likely[did] / mean_spend[did]
    spread = np.quantile(ratio, np.linspace(0.0, 1.0, _QUANTILES))
    return Outlook(
        settings.backtest_horizon,
        known_at.isoformat(),
        len(followed.snapshots),
        len(followed),
        len(np.unique(followed.customer)),
        orders,
        value,
        _rounded(means),
        _rounded(deviations),
        *parts,
        _rounded(spread),
    )


def _some(today: Known, settings: Settings) -> Known:
    """Return as many customers as the closed forms need; four parameters need no more."""
    if len(today) <= settings.start_sample:
        return today
    rng = np.random.default_rng((settings.seed, 17))
    return today.take(np.sort(rng.choice(len(today), settings.start_sample, replace=False)))


def _place(fitted: np.ndarray, tells: np.ndarray) -> np.ndarray:
    """Put coefficients in their places; 0 for features that tell nothing."""
    placed = np.zeros(len(tells) + 1)
    placed[0], placed[1:][tells] = fitted[0], fitted[1:]
    return placed


def _part(
    followed: Followed,
    rows: np.ndarray,
    free: np.ndarray,
    coefficients: np.ndarray,
    slope: np.ndarray,
    curve: np.ndarray,
    link: Callable[[np.ndarray], np.ndarray],
    happened: np.ndarray,
    expected: np.ndarray,
) -> Part:
    """Add to coefficients how exactly they are known.

    A customer is there at many snapshots, so the covariance is the sandwich estimate with
    one term for each customer.
    """
    # einsum rather than a product of matrices, whose last digits depend on the cores.
    hessian = np.einsum("ni,n,nj->ij", rows[:, free], curve, rows[:, free])
    hessian += RIDGE * len(rows) * np.diag(np.append(0.0, np.ones(len(hessian) - 1)))
    scores = np.column_stack(
        [np.bincount(followed.customer, slope * column) for column in rows[:, free].T]
    )
    inverse = np.linalg.inv(hessian)
    inner = np.einsum("ci,cj->ij", scores, scores)
    covariance = np.zeros((len(free), len(free)))
    covariance[np.ix_(free, free)] = np.einsum("ij,jk,kl->il", inverse, inner, inverse)
    counts = np.bincount(followed.snapshot)
    levels = [np.bincount(followed.snapshot, each) / counts for each in (happened, expected)]
    known = (levels[0] > 0) & ((link is np.log) | (levels[0] < 1))
    gaps = link(levels[0][known]) - link(levels[1][known])
    season = float(np.sqrt((gaps**2).sum() / max(len(gaps) - 1, 1)))
    return Part(
        _rounded(coefficients[:1])[0],
        _rounded(coefficients[1:]),
        tuple(_rounded(row) for row in covariance),
        _rounded(np.array([season]))[0],
    )


def _rounded(values: np.ndarray) -> tuple[float, ...]:
    """Leave out the digits that another machine's arithmetic would give otherwise."""
    return tuple(float(f"{value:.{_DIGITS}g}") for value in values)
