"""Run a gate, keep its results, and stop the run where it fails."""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession

from expectations.facts import ADHOC_RUN, GATES, Facts, Read, gather, result_file
from pipeline.core.errors import GateFailed
from pipeline.core.files import write_whole
from pipeline.core.paths import state
from pipeline.store.declared import full_name

if TYPE_CHECKING:
    from great_expectations.core import ExpectationValidationResult
    from great_expectations.data_context import FileDataContext
    from great_expectations.data_context.types.resource_identifiers import (
        ValidationResultIdentifier,
    )
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    from expectations.suite import Frame, Suite

__all__ = ["ADHOC_RUN", "GATES", "GateResult", "collect_results", "preload", "run_gate"]

CRITICAL, WARNING = "critical", "warning"
# Runs whose results and Data Docs pages are kept.
_KEPT_RUNS = 20
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


def preload() -> None:
    """Import Great Expectations and the suites, for example while Java starts.

    The import takes seconds and touches neither Spark nor the state folder,
    so it may run in a background thread.
    """
    import expectations.define
    import expectations.suites  # noqa: F401


def run_gate(
    spark: SparkSession, gate: str, run_id: str, read: Read | None = None
) -> list[GateResult]:
    """Check the tables of one gate and keep the results.

    Results and the statistics that later runs compare themselves with are
    written to ``gates/<run_id>/<gate>.json`` in the state folder, and the Data
    Docs are brought up to date, whether the gate passes or not.

    Parameters
    ----------
    spark : SparkSession
        Session that holds the tables; classic or Spark Connect.
    gate : str
        One of ``raw``, ``clean``, ``mart``, ``segments``.
    run_id : str
        The run; `ADHOC_RUN` for a check by hand, which no later run is
        compared with.
    read : callable, optional
        Gives the frame of a table by its short name, such as
        ``mart.fct_orders``; by default the tables of the catalogue.

    Returns
    -------
    list of GateResult
        One an expectation; failed ones are warnings.

    Raises
    ------
    GateFailed
        If a critical expectation failed or any could not be computed.
    ValueError
        If there is no such gate.
    """
    if gate not in GATES:
        raise ValueError(f"{gate!r}: the gates are {', '.join(GATES)}")
    from expectations.context import open_context, update_data_docs
    from expectations.suites import suites_of
    from expectations.unfinished import marked_unfinished

    read = read or (lambda name: spark.table(full_name(name)))
    facts = gather(read, gate, run_id)
    with marked_unfinished():
        checked = {suite.name: _check(suite, read, facts) for suite in suites_of(gate)}
        results = [result for each in checked.values() for result in each.results]
        broken = [result for each in checked.values() for result in each.broken]
        failures = [r for r in results if not r.success and (r.severity == CRITICAL or r in broken)]
        statistics = {name: each.statistics for name, each in checked.items()}
        _keep(gate, facts, results, statistics, success=not failures)
        update_data_docs(open_context(), [each.identifier for each in checked.values()])
    if failures:
        raise GateFailed(_message(gate, failures))
    return results


def collect_results(run_id: str) -> list[dict]:
    """Return the kept results of a run, gate by gate in the order they ran.

    Parameters
    ----------
    run_id : str
        The run.

    Returns
    -------
    list of dict
        One an expectation with the fields of `GateResult`; empty where the
        run has passed no gate.
    """
    found: list[dict] = []
    for gate in GATES:
        path = result_file(run_id, gate)
        if path.is_file():
            found += json.loads(path.read_text())["results"]
    return found


@dataclass(frozen=True)
class _Checked:
    """What came of one suite; ``broken`` could not be computed."""

    results: list[GateResult]
    broken: list[GateResult]
    statistics: dict[str, Any]
    identifier: "ValidationResultIdentifier"


def _check(suite: "Suite", read: Read, facts: Facts) -> _Checked:
    from great_expectations.core.run_identifier import RunIdentifier

    from expectations.context import open_context
    from expectations.define import define

    context = open_context()
    frame = suite.frame(read, facts)
    checkpoint = define(context, suite, frame, facts)
    outcome = checkpoint.run(
        batch_parameters={"dataframe": frame},
        run_id=RunIdentifier(run_name=facts.run_id, run_time=datetime.now(UTC)),
    )
    ((identifier, validation),) = outcome.run_results.items()
    results, broken, statistics = [], [], {}
    for each in validation.results:
        result = _result(suite, _with_keys(context, suite, frame, each))
        results.append(result)
        name = (_config(each).meta or {}).get("statistic")
        if _exception(each):
            broken.append(result)
        elif name:
            statistics[name] = each.result.get("observed_value")
    if suite.remember:
        statistics.update(suite.remember(frame))
    return _Checked(results, broken, statistics, identifier)


def _with_keys(
    context: "FileDataContext",
    suite: "Suite",
    frame: "Frame",
    result: "ExpectationValidationResult",
) -> "ExpectationValidationResult":
    """Run a failed value check again, for the keys of the rows that broke it."""
    if result.success or not result.result.get("unexpected_count"):
        return result
    from expectations.context import batch_definition
    from expectations.define import OFFENDERS_FORMAT

    batch = batch_definition(context, suite.name, frame).get_batch({"dataframe": frame})
    again = batch.validate(
        _config(result).to_domain_obj(),
        result_format={**OFFENDERS_FORMAT, "unexpected_index_column_names": list(suite.keys)},
    )
    return result if _exception(again) else again


def _config(result: "ExpectationValidationResult") -> "ExpectationConfiguration":
    assert result.expectation_config is not None
    return result.expectation_config


def _exception(result: "ExpectationValidationResult") -> str | None:
    """Return what went wrong where an expectation could not be computed, else None."""
    info = result.exception_info or {}
    raised = [info] if "raised_exception" in info else list(info.values())
    for each in raised:
        if each.get("raised_exception"):
            text = str(each.get("exception_message") or "an exception without a message")
            return text.strip().splitlines()[0][:300]
    return None


def _result(suite: "Suite", result: "ExpectationValidationResult") -> GateResult:
    config = _config(result)
    found = result.result or {}
    return GateResult(
        gate=suite.gate,
        suite=suite.name,
        expectation=config.type,
        column_name=config.kwargs.get("column") or "",
        severity=CRITICAL if config.severity == CRITICAL else WARNING,
        success=bool(result.success) and not _exception(result),
        observed_value=_exception(result) or _observed(found),
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


def _message(gate: str, failures: list[GateResult]) -> str:
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


def _keep(
    gate: str,
    facts: Facts,
    results: list[GateResult],
    statistics: dict[str, dict],
    *,
    success: bool,
) -> None:
    """Write one gate's results whole, and let go of the oldest runs'."""
    path = result_file(facts.run_id, gate)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = {
        "run_id": facts.run_id,
        "gate": gate,
        "success": success,
        "compared_with": facts.last_run_id,
        "identity": facts.identity(),
        "statistics": statistics,
        "results": [asdict(result) for result in results],
    }
    write_whole(path, json.dumps(kept, indent=1, ensure_ascii=False, default=str) + "\n")
    if gate == GATES[0]:
        _forget_old_runs()


def _forget_old_runs() -> None:
    """Keep the results, validations and Data Docs pages of the latest runs only."""
    from expectations.context import open_context, validations_folder

    runs = sorted(path.name for path in state().gates.iterdir() if path.is_dir())
    recent = set(runs[-_KEPT_RUNS:]) | {ADHOC_RUN}
    for name in set(runs) - recent:
        shutil.rmtree(state().gates / name)
    for folder in (validations_folder(open_context()), state().data_docs / "validations"):
        for path in folder.glob("*/*"):
            if path.is_dir() and path.name not in recent:
                shutil.rmtree(path)
