"""The whole job, stage by stage; it reads like the picture in the README."""

import importlib.util
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pyspark.sql import SparkSession

import expectations.gates as gates
from expectations.settings import thresholds
from ml.activation import write_activation
from ml.model_card import write_model_card
from ml.refresh import refresh
from ml.settings import Settings
from ml.train import complete, train
from ml.train_report import TrainReport
from pipeline.core.engine import engine, is_sail
from pipeline.core.errors import GateFailed, InputError
from pipeline.core.lock import StateLock
from pipeline.core.log import say, step
from pipeline.core.paths import analytics_schema, state
from pipeline.core.settings import overrides, project_vars
from pipeline.demo import write_demo
from pipeline.engines import transform
from pipeline.engines.sail import lock_of_sail
from pipeline.engines.session import get_session, is_connect, require_classic
from pipeline.export import write_export
from pipeline.fitting import Fitting
from pipeline.land import LandingReport, check_input, land, landed
from pipeline.land.losses import losses
from pipeline.manifest import manifest_of
from pipeline.privacy.pseudonyms import Pseudonyms
from pipeline.recognise import recognise
from pipeline.store.run_ids import new_run_id
from pipeline.store.tables import full_name, keep_runs, one_row

__all__ = ["RunOptions", "RunResult", "run"]


@dataclass(frozen=True)
class RunOptions:
    """What a user may choose of a run.

    Parameters
    ----------
    data : str, optional
        File, folder, glob or table of lines; the built-in demo data if None.
    config : Path, optional
        Source config; if None recognised by the header, or else drafted, where
        nothing is open.
    currency_rates : Path, optional
        csv file of rates to the shop's own currency, by which amounts of
        several are converted.
    as_of : date, optional
        Only what was ordered before this day began counts; the day after the
        last order if None.
    lines, seed : int
        Size and seed of the demo data.
    pseudonymous : bool
        Export keyed hashes for customer ids, and no descriptions; also where
        the var ``pseudonymous_export`` says so.
    fit : bool
        False to score with the last model instead of fitting one, which Spark
        Connect can do too. Then lines are those that have landed if ``data``
        is None.
    """

    data: str | None = None
    config: Path | None = None
    currency_rates: Path | None = None
    as_of: date | None = None
    lines: int = 100_000
    seed: int = 7
    pseudonymous: bool = False
    fit: bool = True


@dataclass(frozen=True)
class RunResult:
    """What a run made.

    Parameters
    ----------
    export : Path
        The finished export.
    landing : LandingReport
        What landed.
    training : TrainReport
        What was fitted, and sentences about it.
    warnings : list of str
        Everything that a reader should know before relying on the result.
    """

    export: Path
    landing: LandingReport
    training: TrainReport
    warnings: list[str]


def run(options: RunOptions) -> RunResult:
    """Turn raw lines into a finished export.

    Parameters
    ----------
    options : RunOptions
        What the user chose.

    Returns
    -------
    RunResult
        The export and what is worth saying about it.

    Raises
    ------
    InputError
        If the lines, the source config or a setting can't be used.
    GateFailed
        If a dbt test or a gate failed; the last export stays.
    Locked
        If another command holds the state folder.
    """
    pseudonyms = _pseudonyms(options)
    Settings.from_project()
    thresholds()
    if (data := options.data) is not None:
        if options.config is None:
            options = replace(options, config=recognise(data))
        check_input(data, options.config, options.currency_rates)
    preloading = threading.Thread(target=_preload, daemon=True)
    preloading.start()
    variables = _variables(options)
    with ExitStack() as ending:
        with step(f"start {engine().title()}"):
            spark = get_session()
            fitting = None
            if options.fit and is_sail(spark):
                fitting = ending.enter_context(Fitting(lock_of_sail()))
            elif options.fit:
                require_classic(spark, "the run")
            writer_lock = _writer_lock(spark)
        # While lines land: dbt's first half waits for what is left of it.
        threading.Thread(target=transform.parse, args=(spark, variables), daemon=True).start()
        return _run(spark, options, variables, fitting, pseudonyms, preloading, writer_lock)


def _run(
    spark: SparkSession,
    options: RunOptions,
    variables: dict[str, object],
    fitting: Fitting | None,
    pseudonyms: Pseudonyms | None,
    preloading: threading.Thread,
    writer_lock: StateLock,
) -> RunResult:
    run_id = new_run_id(spark)
    landing = _land(spark, options)
    preloading.join()
    _gate(spark, "raw", run_id)
    with step("dbt: clean lines, sales and RFM marts, tests"):
        transform.build(spark, transform.BEFORE_ML, variables)
    _gate_clean(spark, run_id)
    _gate(spark, "mart", run_id)
    if options.fit:
        with step("fit the mixture and choose the number of segments"):
            settings = Settings.from_project()
            if fitting:
                training = complete(spark, fitting.fit(run_id), settings)
            else:
                training = train(spark, settings, run_id)
    else:
        with step("score with the last model"):
            training = refresh(spark, Settings.from_project(), run_id)
    with step("dbt: segment marts, tests"):
        transform.build(spark, transform.AFTER_ML, variables)
    _gate(spark, "segments", run_id)
    warnings = [*landing.warnings, *training.warnings, *_gate_warnings(run_id)]
    manifest = manifest_of(spark, run_id, landing, warnings, variables)
    with step("export for the dashboard"):
        export = write_export(
            spark,
            run_id,
            manifest,
            gates.collect_results(run_id),
            _file_writer(spark, run_id, landing.currency, pseudonyms),
            pseudonyms,
        )
    keep_runs(spark, Settings.from_project().kept_runs)
    writer_lock.release()
    return RunResult(export, landing, training, warnings)


def _variables(options: RunOptions) -> dict[str, object]:
    """Return the values that override the project's vars."""
    variables = overrides()
    if options.as_of:
        variables["as_of_date"] = options.as_of.isoformat()
    return variables


def _writer_lock(spark: SparkSession) -> StateLock:
    """Keep a second writer out where the session's own lock is the server's.

    The kernel releases it if the command ends before it says so.
    """
    lock = StateLock(state().root / f"lock.{analytics_schema()}")
    if is_connect(spark) and not is_sail(spark):
        lock.acquire()
    return lock


def _land(spark: SparkSession, options: RunOptions) -> LandingReport:
    """Land the lines that the options name."""
    if options.data is None and not options.fit:
        return landed(spark)
    if options.data is not None:
        with step("land the raw lines"):
            return land(spark, options.data, options.config, options.currency_rates)
    # Named by its size and seed: other lines are another file, not a file
    # that shrank.
    path = state().tmp / f"demo_{options.lines}_{options.seed}.csv"
    with step(f"make {options.lines:,} demo lines"):
        write_demo(path, options.lines, options.seed)
    with step("land the raw lines"):
        landing = land(spark, str(path), options.config)
    path.unlink()
    return landing


def _pseudonyms(options: RunOptions) -> Pseudonyms | None:
    wanted = project_vars()["pseudonymous_export"]
    if not isinstance(wanted, bool):
        raise InputError(f"the var pseudonymous_export is {wanted!r}; expected true or false")
    return Pseudonyms.from_environment() if wanted or options.pseudonymous else None


def _preload() -> None:
    """Import the slow libraries while Java starts."""
    gates.preload()
    transform.preload()


def _gate_clean(spark: SparkSession, run_id: str) -> None:
    """Check the clean lines; where they fail, say which reasons took much and what repairs it."""
    try:
        _gate(spark, "clean", run_id)
    except GateFailed:
        for sentence in losses(spark):
            say(f"  ! {sentence}")
        raise


def _gate(spark: SparkSession, gate: str, run_id: str) -> None:
    with step(f"gate: {gate}"):
        gates.run_gate(spark, gate, run_id)


def _gate_warnings(run_id: str) -> list[str]:
    return [
        f"gate {row['gate']}: {row['description']} (found {row['observed_value']})"
        for row in gates.collect_results(run_id)
        if not row["success"]
    ]


def _file_writer(
    spark: SparkSession, run_id: str, currency: str, pseudonyms: Pseudonyms | None
) -> Callable[[Path], None]:
    """Return what writes the export's files that are not tables."""

    def write(folder: Path) -> None:
        rename = pseudonyms.of if pseudonyms else None
        write_activation(spark, run_id, folder / "activation.csv", rename)
        write_model_card(spark, run_id, folder / "MODEL_CARD.md")
        runs = spark.table(full_name("ml.model_runs")).where(f"run_id = '{run_id}'")
        model = one_row(runs).model_json
        (folder / "model.json").write_text(model + "\n")
        _draw_pictures(folder, currency)

    return write


def _draw_pictures(folder: Path, currency: str) -> None:
    needed = ("altair", "duckdb", "vl_convert")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        names = ", ".join(missing)
        say(f"  - no pictures, no report: {names} of the dashboard group is not installed")
        return
    from dashboard.pictures import draw
    from dashboard.report import write as write_report

    draw(folder, currency)
    write_report(folder, currency)
