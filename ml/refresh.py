"""Score the current marts with the last model into a run of its own, without refitting.

Works over Spark Connect, where nothing can be fitted. A refreshed run has every ml table: what
follows from the marts is made anew, what the fit found out is that of the fit.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import cast

from pyspark.sql import SparkSession

from ml.history import drift_warnings
from ml.marts import current_source, customer_mart, read_facts, read_sample
from ml.model import load_model
from ml.output import write_rows
from ml.settings import Settings
from ml.sufficiency import sufficiency_warnings
from ml.train import guard_warnings
from ml.train_report import TrainReport
from ml.train_tables import write_scores
from pipeline.store.shop_source import ShopSource, last_run_of
from pipeline.store.tables import current_run_id, full_name, one_row, write_partition

__all__ = ["refresh"]

# What a fit found out and a later mart does not change.
_OF_THE_FIT = (
    "ml.model_selection",
    "ml.confidence_calibration",
    "ml.backtest",
    "ml.backtest_metrics",
    "ml.outlook_backtest",
    "ml.outlook_calibration",
)


def refresh(spark: SparkSession, settings: Settings, run_id: str) -> TrainReport:
    """Write all ml tables of a run that keeps the model of the shop's last run.

    Where no run is about the same shop, the latest model scores, and a warning says whose it is.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.
    settings : Settings
        Its limits of drift and sufficiency are used.
    run_id : str
        Partition that is written.

    Returns
    -------
    TrainReport

    Raises
    ------
    InputError
        If no model has been trained, or the marts are missing or empty; one line.
    """
    source = current_source(spark)
    previous = last_run_of(spark, source)
    kept = previous or current_run_id(spark)
    model = load_model(spark, kept)
    # There is a run, or there would be no model.
    kept = cast(str, kept)
    runs = spark.table(full_name("ml.model_runs"))
    fitted = one_row(runs.where(runs.run_id == kept))
    mart = customer_mart(spark)
    facts = read_facts(mart)
    sample = read_sample(mart, facts.customers, settings.fit_sample)
    written = write_scores(spark, mart, model, previous, run_id, settings)
    for name in _OF_THE_FIT:
        _copy(spark, name, kept, run_id)
    drift = [row for row in written.drift if row["snapshot_date"] == facts.as_of_date]
    said = f"Nothing was fitted: the model is that of run {model.run_id}, as of {model.as_of_date}."
    warnings = [
        *guard_warnings(fitted.segment_count, fitted.violated_guards),
        *sufficiency_warnings(sample, facts.customers, settings),
        *written.warnings,
        *drift_warnings(drift, settings),
    ]
    if previous is None:
        theirs = ShopSource.from_json(fitted.source_json)
        warnings.insert(
            0,
            f"The model was fitted on another source ({theirs}), which shares no file with this "
            f"one ({source}). If that is another shop, fit anew: make run.",
        )
    report = TrainReport(
        run_id=run_id,
        as_of_date=facts.as_of_date,
        customer_count=facts.customers,
        segment_count=fitted.segment_count,
        silhouette=fitted.silhouette,
        stability=fitted.stability,
        selection_rule=fitted.selection_rule,
        violated_guards=fitted.violated_guards,
        seed=fitted.seed,
        personas=model.personas,
        lines=[said, *written.lines],
        warnings=warnings,
    )
    row = fitted.asDict() | {
        "created_at": datetime.now(UTC).replace(microsecond=0),
        "as_of_date": facts.as_of_date,
        "customer_count": facts.customers,
        "source_json": source.to_json(),
        "data_fingerprint": facts.fingerprint,
        "warnings_json": json.dumps(warnings, ensure_ascii=False),
    }
    write_rows(spark, [row], "ml.model_runs", run_id)
    return report


def _copy(spark: SparkSession, name: str, kept: str, run_id: str) -> None:
    """Carry a table's rows of the run whose model is kept over to this one."""
    table = spark.table(full_name(name))
    rows = table.where(table.run_id == kept).drop("run_id")
    write_partition(spark, rows, name, run_id)
