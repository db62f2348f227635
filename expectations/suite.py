"""What a suite is, and how its expectations look back at the last good run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity
from pyspark.sql import DataFrame

from expectations.facts import Facts, Read

__all__ = ["ERROR", "WARNING", "Frame", "Suite", "change", "near_last", "ratio"]

# Great Expectations' words for "stops the run" and "is reported".
ERROR = FailureSeverity.CRITICAL
WARNING = FailureSeverity.WARNING

Frame: TypeAlias = DataFrame | pd.DataFrame
"""Rows to check: a table in Spark, or a few rows that were aggregated from one."""


@dataclass(frozen=True)
class Suite:
    """The checks of one table at one gate.

    Parameters
    ----------
    name : str
        Name of the suite, after its table.
    gate : str
        Gate that runs it.
    keys : tuple of str
        Columns that name an offending row in a message.
    frame : callable
        ``frame(read, facts)`` gives the rows to check: the table itself, or
        a small aggregate of it in memory, which saves Spark a job a check.
    expectations : callable
        ``expectations(facts)`` lists the expectations. Those that name an
        optional column, or need a last good run, are left out without it.
        ``meta={"statistic": name}`` keeps the observed value for later runs.
    remember : callable, optional
        ``remember(frame)`` gives further statistics for later runs.
    """

    name: str
    gate: str
    keys: tuple[str, ...]
    frame: Callable[[Read, Facts], Frame]
    expectations: Callable[[Facts], Sequence[Expectation]]
    remember: Callable[[pd.DataFrame], dict] | None = None


def near_last(
    facts: Facts,
    suite: str,
    kind: Callable[..., Expectation],
    *,
    statistic: str,
    subject: str,
    floor: float = 0,
    **kwargs: object,
) -> Expectation:
    """Return a warning that a value stays near its value at the last good run.

    Parameters
    ----------
    facts : Facts
        Holds the last good run and the tolerance ``maximum_mean_shift``.
    suite : str
        Suite that the statistic belongs to.
    kind : callable
        An expectation with ``min_value`` and ``max_value``.
    statistic : str
        Name under which the observed value is kept.
    subject : str
        What is compared, for the description ("the mean ...").
    floor : float
        Lower bound while there is no last good run; then the value is only
        recorded.
    **kwargs
        Passed to ``kind`` (column, row_condition).

    Returns
    -------
    Expectation
        Of severity `WARNING`; keeps what it observes as ``statistic``.
    """
    last = facts.number(suite, statistic)
    shift = facts.limits.maximum_mean_shift
    if last is None:
        bounds: dict[str, float | None] = {"min_value": floor, "max_value": None}
        text = f"{subject} is {floor:g} or more (no earlier run to compare with)"
    else:
        bounds = {
            "min_value": last - abs(last) * shift,
            "max_value": last + abs(last) * shift,
        }
        text = (
            f"{subject} is within {shift:.0%} of {last:g}, its value at the last good run "
            f"({facts.last_run_id}; gate_maximum_mean_shift)"
        )
    return kind(
        **bounds,
        **kwargs,
        severity=WARNING,
        description=text,
        meta={"statistic": statistic},
    )


def ratio(now: float, then: float | None) -> float | None:
    """Return ``now / then``, None where there is nothing to divide by."""
    return float(now) / float(then) if then else None


def change(now: float, then: Mapping | None, key: str) -> float | None:
    """Return a share less its value at the last good run.

    Parameters
    ----------
    now : float
        The share in this run, 0 to 1.
    then : mapping of str to float, or None
        The shares of the last good run; None without one.
    key : str
        Name of the share among them; one that the last good run lacked counts as 0.

    Returns
    -------
    float or None
        From -1 to 1, above 0 where the share grew; None without a last good run.
    """
    return None if then is None else float(now) - float(then.get(key, 0))
