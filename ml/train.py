"""Fit the segments and write every ml table: ``python -m ml.train``.

The only entry point that trains. It reads the RFM marts, calls pure functions, and writes a
partition of each ml table under one run id, ``ml.model_runs`` last.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

if not __package__:
    # spark-submit puts this file's folder on the path instead of the project's.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from pyspark.sql import SparkSession

from ml.backtest_measures import due_cutoffs, run_backtest
from ml.backtest_words import backtest_sentences
from ml.confidence import confidence_of
from ml.fit import spark_thread_pool
from ml.fit_model import TrainingSet, fit_model
from ml.marts import current_source, customer_mart, read_facts, read_sample
from ml.model import SegmentModel
from ml.outlook import Outlook
from ml.outlook_backtest import measure_outlook, ranked
from ml.outlook_fit import fit_outlooks
from ml.outlook_words import outlook_sentences
from ml.output import write_rows
from ml.pace import pace_warnings
from ml.persona_seed import load_personas
from ml.settings import Settings, add_setting_flags, settings_from_flags
from ml.sufficiency import sufficiency_warnings
from ml.train_report import Fitted, TrainReport
from ml.train_tables import write_fit, write_scores
from pipeline.core.command import run_command
from pipeline.engines.session import get_session, require_classic
from pipeline.store.run_ids import new_run_id
from pipeline.store.shop_source import ShopSource, last_run_of

__all__ = ["complete", "fit", "guard_warnings", "main", "train"]


def train(spark: SparkSession, settings: Settings, run_id: str) -> TrainReport:
    """Fit, choose, name, score, test on the past, and write all ml tables of a run.

    Parameters
    ----------
    spark : SparkSession
        A classic session, embedded or on a cluster.
    settings : Settings
    run_id : str
        Partition that is written.

    Returns
    -------
    TrainReport

    Raises
    ------
    InputError
        If the marts are missing, empty or hold too little, or over Spark Connect; one line.
    """
    return complete(spark, fit(spark, settings, run_id), settings)


def fit(spark: SparkSession, settings: Settings, run_id: str) -> Fitted:
    """Fit, choose, name and test on the past, and write the tables that tell of it.

    Parameters
    ----------
    spark : SparkSession
        A classic session, embedded or on a cluster.
    settings : Settings
    run_id : str
        Partition that is written.

    Returns
    -------
    Fitted

    Raises
    ------
    InputError
        If the marts are missing, empty or hold too little, or over Spark Connect; one line.
    """
    require_classic(spark, "ml.train")
    # A mistake among the personas is reported before the fit rather than after it.
    load_personas()
    amounts = current_source(spark).amounts
    mart = customer_mart(spark)
    facts = read_facts(mart)
    sample = read_sample(mart, facts.customers, settings.fit_sample)
    with spark_thread_pool(spark, 2 + settings.backtest_cutoffs) as submit:
        cutoffs = due_cutoffs(spark, facts.as_of_date, settings)
        looking = submit(fit_outlooks, spark, [facts.as_of_date, *cutoffs], settings)
        # Segments of past orders alone need not wait for it.
        ahead: list[Outlook | None] = [None] * (1 + len(cutoffs))
        if settings.look_ahead == "auto":
            ahead = [learned for learned, _ in looking.result()]
        testing = [
            submit(run_backtest, spark, cutoff, facts.as_of_date, learned, settings)
            for cutoff, learned in zip(cutoffs, ahead[1:], strict=True)
        ]
        training = TrainingSet(mart, facts, sample, ahead[0])
        model, found = fit_model(spark, training, settings, run_id)
        confidence = confidence_of(sample, model, found.chosen.k, settings)
        tests = [future.result() for future in testing]
        (outlook, reason), *earlier = looking.result()
    outlook_tests = [
        measure_outlook(test, learned, reason, settings)
        for test, (learned, reason) in zip(tests, earlier, strict=True)
    ]
    model = replace(model, outlook=ranked(outlook, outlook_tests, settings))
    write_fit(spark, model, found, tests, outlook_tests, settings)
    write_rows(spark, confidence, "ml.confidence_calibration", run_id)
    return Fitted(
        model_json=model.to_json(),
        customer_count=facts.customers,
        data_fingerprint=facts.fingerprint,
        silhouette=found.chosen.silhouette,
        stability=found.chosen.stability,
        violated_guards=found.choice.violated_guards,
        lines=[
            *backtest_sentences(tests, amounts),
            *outlook_sentences(model.outlook, reason, outlook_tests, amounts),
        ],
        warnings=[
            *guard_warnings(found.chosen.k, found.choice.violated_guards),
            *sufficiency_warnings(sample, facts.customers, settings),
            *pace_warnings(model.pace),
        ],
    )


def complete(spark: SparkSession, fitted: Fitted, settings: Settings) -> TrainReport:
    """Score everybody with a fitted model, and write the tables that say so.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect, with the marts of the fit.
    fitted : Fitted
    settings : Settings

    Returns
    -------
    TrainReport
    """
    model = SegmentModel.from_json(fitted.model_json)
    source = current_source(spark)
    said = write_scores(
        spark, customer_mart(spark), model, last_run_of(spark, source), model.run_id, settings
    )
    report = TrainReport(
        run_id=model.run_id,
        as_of_date=date.fromisoformat(model.as_of_date),
        customer_count=fitted.customer_count,
        segment_count=len(model.personas),
        silhouette=fitted.silhouette,
        stability=fitted.stability,
        selection_rule=settings.rule,
        violated_guards=fitted.violated_guards,
        seed=settings.seed,
        personas=model.personas,
        lines=[*fitted.lines, *said.lines],
        warnings=[*fitted.warnings, *said.warnings],
    )
    _write_run(spark, report, fitted, settings, source)
    return report


def _write_run(
    spark: SparkSession,
    report: TrainReport,
    fitted: Fitted,
    settings: Settings,
    source: ShopSource,
) -> None:
    row = {
        "created_at": datetime.now(UTC).replace(microsecond=0),
        "as_of_date": report.as_of_date,
        "customer_count": report.customer_count,
        "segment_count": report.segment_count,
        "selection_rule": report.selection_rule,
        "seed": report.seed,
        "silhouette": report.silhouette,
        "stability": report.stability,
        "violated_guards": report.violated_guards,
        "source_json": source.to_json(),
        "data_fingerprint": fitted.data_fingerprint,
        "settings_json": settings.to_json(),
        "model_json": fitted.model_json,
        "warnings_json": json.dumps(report.warnings, ensure_ascii=False),
    }
    write_rows(spark, [row], "ml.model_runs", report.run_id)


def guard_warnings(segment_count: int, violated_guards: str | None) -> list[str]:
    """Warn where the chosen number of segments misses a guard.

    Parameters
    ----------
    segment_count : int
    violated_guards : str or None
        Guards that it misses; None where it meets them all.
    """
    if violated_guards is None:
        return []
    return [
        f"NO NUMBER OF SEGMENTS MEETS EVERY GUARD. k = {segment_count} misses them least and "
        f"was taken: {violated_guards}. Use these segments with care."
    ]


# -- command -----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Run ``python -m ml.train`` and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ml.train", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_setting_flags(parser)
    given = parser.parse_args(arguments)
    return run_command(lambda: _command(given))


def _command(given: argparse.Namespace) -> None:
    settings = settings_from_flags(given)
    spark = get_session("ml.train", fits=True)
    report = train(spark, settings, new_run_id(spark))
    if given.json:
        print(json.dumps(asdict(report), default=str, ensure_ascii=False))
        return
    print(
        f"run {report.run_id}: {report.segment_count} segments of {report.customer_count:,} "
        f"customers as of {report.as_of_date}: {', '.join(report.personas)}"
    )
    for line in report.lines:
        print(f"  - {line}")
    for line in report.warnings:
        print(f"  ! {line}")


if __name__ == "__main__":
    sys.exit(main())
