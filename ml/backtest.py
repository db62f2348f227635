"""Fit on what was known at earlier cut-offs, measure what customers did next.

``python -m ml.backtest`` measures as many cut-offs as asked for; a training run measures the
latest. The mixture stands beside k-means on the same features, two RFM rule sets and a ranking
by past spend.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from ml.backtest_measures import Backtest, run_backtest
from ml.backtest_words import backtest_sentences, backtest_table
from ml.marts import current_source, history_mart
from ml.outlook_backtest import measure_outlook
from ml.outlook_fit import fit_outlook
from ml.outlook_past import read_past
from ml.outlook_words import outlook_table
from ml.output import write_backtests
from ml.settings import Settings, add_setting_flags, settings_from_flags
from pipeline.core.command import run_command
from pipeline.core.errors import InputError
from pipeline.engines.session import get_session, require_classic
from pipeline.store.tables import current_run_id, full_name, one_row

__all__ = ["main"]


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
    spark = get_session("ml.backtest", fits=True)
    require_classic(spark, "ml.backtest")
    as_of_date, run_id = _current(spark, write=not given.no_write)
    tests, looked = [], []
    past = read_past(spark, settings.outlook_rows)
    for cutoff in _cutoffs(spark, given.cutoffs, as_of_date, settings):
        outlook, reason = fit_outlook(spark, past, cutoff, settings)
        test = run_backtest(spark, cutoff, as_of_date, outlook, settings)
        tests.append(test)
        looked.append(measure_outlook(test, outlook, reason, settings))
        if given.labels and not test.skipped:
            _write_labels(test, given.labels)
    if run_id is not None:
        write_backtests(spark, tests, looked, run_id)
    if given.json:
        rows = {
            "segments": [row for test in tests for row in test.segments],
            "metrics": [row for test in tests for row in test.metrics],
            "outlook": [row for test in looked for row in test.metrics],
            "outlook_calibration": [row for test in looked for row in test.calibration],
            "skipped": [test.skipped for test in tests if test.skipped],
        }
        print(json.dumps(rows, default=_json_value))
        return
    amounts = current_source(spark).amounts
    for test, forecast in zip(tests, looked, strict=True):
        print(backtest_table(test, amounts))
        print(outlook_table(forecast, amounts))
    for line in backtest_sentences(tests, amounts):
        print(f"  - {line}")
    if run_id is not None:
        print(f"  written to run {run_id}; `python -m pipeline refresh` brings it to the dashboard")


def _json_value(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


def _current(spark: SparkSession, *, write: bool) -> tuple[date, str | None]:
    """Return the as-of date of the marts and the run whose tables are written, if any are."""
    row = one_row(history_mart(spark).where("is_as_of_date").agg(F.max("snapshot_date").alias("d")))
    if row.d is None:
        raise InputError("fct_rfm_customer_history is empty; land lines first (make run DATA=...)")
    if not write:
        return row.d, None
    run_id = current_run_id(spark)
    if run_id is None:
        raise InputError("no run to write to; type python -m ml.train first, or use --no-write")
    runs = spark.table(full_name("ml.model_runs"))
    trained = one_row(runs.where(runs.run_id == run_id)).as_of_date
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
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    ids = [] if test.customer_id is None else test.customer_id.tolist()
    for method, names in test.labels.items():
        with (target / f"{test.cutoff}_{method}.csv").open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f)
            writer.writerow(["customer_id", "segment"])
            writer.writerows(zip(ids, names.tolist(), strict=True))


if __name__ == "__main__":
    sys.exit(main())
