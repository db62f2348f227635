"""Run a gate, keep its results, and stop the run where it fails."""

import json
import shutil
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession

from expectations.facts import ADHOC_RUN, GATES, Facts, Read, gather, result_file
from expectations.results import (
    CRITICAL,
    GateResult,
    config_of,
    exception_of,
    failure_message,
    result_of,
)
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

    from expectations.suite import Frame, Suite

__all__ = ["ADHOC_RUN", "GATES", "GateResult", "collect_results", "preload", "run_gate"]

# Runs whose results and Data Docs pages are kept.
_KEPT_RUNS = 20


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
        raise GateFailed(failure_message(gate, failures))
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
        One an expectation with ``gate_order``, the gate's place from 1, and the
        fields of `GateResult`; empty where the run has passed no gate.
    """
    return [
        {"gate_order": place, **result}
        for place, gate in enumerate(GATES, start=1)
        if (path := result_file(run_id, gate)).is_file()
        for result in json.loads(path.read_text())["results"]
    ]


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
        result = result_of(suite, _with_keys(context, suite, frame, each))
        results.append(result)
        name = (config_of(each).meta or {}).get("statistic")
        if exception_of(each):
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
        config_of(result).to_domain_obj(),
        result_format={**OFFENDERS_FORMAT, "unexpected_index_column_names": list(suite.keys)},
    )
    return result if exception_of(again) else again


def _keep(
    gate: str,
    facts: Facts,
    results: list[GateResult],
    statistics: dict[str, dict],
    *,
    success: bool,
) -> None:
    """Write one gate's results whole, and remove the oldest runs'."""
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
