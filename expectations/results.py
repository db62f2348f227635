"""What a gate found: one result for each expectation, and the line that a failed gate says."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.core.paths import state

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    from expectations.suite import Suite

__all__ = ["CRITICAL", "GateResult", "config_of", "exception_of", "failure_message", "result_of"]

CRITICAL, WARNING = "critical", "warning"
_SHOWN_FAILURES = 3
_SHOWN_OFFENDERS = 5


@dataclass(frozen=True)
class GateResult:
    """The outcome of one expectation.

    Parameters
    ----------
    gate, suite, expectation : str
        Where it stands and its Great Expectations type.
    column_name : str
        Column it looks at; empty for a whole table.
    severity : str
        ``critical`` stops the run, ``warning`` is reported.
    success : bool
        Whether it held. An expectation that could not be computed did not.
    observed_value : str
        The aggregate it saw, or how much of the column was unexpected; the
        error where it could not be computed.
    unexpected_count : int or None
        Values that broke it; None for an aggregate.
    unexpected_values : str
        Some of them with the keys of their rows, separated by ``; ``.
    description : str
        The expectation in words.
    """

    gate: str
    suite: str
    expectation: str
    column_name: str
    severity: str
    success: bool
    observed_value: str
    unexpected_count: int | None
    unexpected_values: str
    description: str


def config_of(result: "ExpectationValidationResult") -> "ExpectationConfiguration":
    """Return the expectation that a result is of."""
    assert result.expectation_config is not None
    return result.expectation_config


def exception_of(result: "ExpectationValidationResult") -> str | None:
    """Return what went wrong where an expectation could not be computed, else None."""
    info = result.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    for each in raised:
        if each.get("raised_exception"):
            text = str(each.get("exception_message") or "an exception without a message")
            return text.strip().splitlines()[0][:300]
    return None


def result_of(suite: "Suite", result: "ExpectationValidationResult") -> GateResult:
    """Put what Great Expectations says of one expectation into our own words.

    Returns
    -------
    GateResult
        Not a success where the expectation could not be computed.
    """
    config = config_of(result)
    found = result.result or {}
    return GateResult(
        gate=suite.gate,
        suite=suite.name,
        expectation=config.type,
        column_name=config.kwargs.get("column") or "",
        severity=CRITICAL if config.severity == CRITICAL else WARNING,
        success=bool(result.success) and not exception_of(result),
        observed_value=exception_of(result) or _observed(found),
        unexpected_count=found.get("unexpected_count"),
        unexpected_values="" if result.success else "; ".join(_offenders(found)),
        description=config.description or config.type,
    )


def _observed(found: dict) -> str:
    if "observed_value" in found:
        return _text(found["observed_value"])
    if "unexpected_count" in found:
        # Both are None where there was no row to look at.
        count, share = found["unexpected_count"] or 0, found.get("unexpected_percent") or 0.0
        return f"{count:,} of {found['element_count']:,} rows ({share:.2f}%)"
    return ""


def _offenders(found: dict) -> list[str]:
    """Return each offending row as ``key value, key value``, or the bare value."""
    rows = found.get("partial_unexpected_index_list")
    if rows:
        return [", ".join(f"{key} {_text(value)}" for key, value in row.items()) for row in rows]
    return [_text(value) for value in found.get("partial_unexpected_list") or []]


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    if isinstance(value, list):
        return ", ".join(_text(each) for each in value)
    return str(value)


def failure_message(gate: str, failures: list[GateResult]) -> str:
    """Return the one line that says what failed, on what, and what to do."""
    parts = []
    for failure in failures[:_SHOWN_FAILURES]:
        where = f"{failure.suite}.{failure.column_name}" if failure.column_name else failure.suite
        text = (
            f"{where}: expected that {failure.description} [{failure.expectation}], "
            f"found {failure.observed_value or 'otherwise'}"
        )
        offenders = failure.unexpected_values.split("; ") if failure.unexpected_values else []
        if offenders:
            shown = "; ".join(offenders[:_SHOWN_OFFENDERS])
            text += f": {shown}" + ("; ..." if len(offenders) > _SHOWN_OFFENDERS else "")
        parts.append(text)
    if len(failures) > _SHOWN_FAILURES:
        parts.append(f"{len(failures) - _SHOWN_FAILURES} more")
    return (
        f"gate {gate} failed: {' | '.join(parts)}. The last export stays; see "
        f"{state().data_docs / 'index.html'}; what is named gate_... is a var of dbt_project.yml"
    )
