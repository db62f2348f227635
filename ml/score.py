"""Score the current mart with a trained model, without refitting: ``python -m ml.score``.

On the mart that the model was fitted on the result is that of the training run. On a later mart
it says how far the customers have drifted from the fit and whether a refit is due. Works over
Spark Connect too.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from ml.history import drift_rows, drift_warnings
from ml.marts import current_source, customer_mart, read_facts
from ml.model import load_model
from ml.outlook_scoring import OUTLOOK, outlook_of_customers
from ml.scoring import SCORES, distinguishing_measures, score_customers
from ml.settings import Settings, add_setting_flags, settings_from_flags
from pipeline.core.command import leave, run_command
from pipeline.core.errors import InputError
from pipeline.engines.session import get_session

__all__ = ["ScoreReport", "main", "score"]


@dataclass(frozen=True)
class ScoreReport:
    """What was scored.

    Attributes
    ----------
    run_id : str
        Of the model.
    as_of_date : date
        Of the mart.
    segments : list of (int, str, int)
        segment_id, persona, customers.
    drift : list of dict
        As ``ml.drift``.
    warnings : list of str
        Empty unless a refit is due.
    """

    run_id: str
    as_of_date: date
    segments: list[tuple[int, str, int]]
    drift: list[dict]
    warnings: list[str]


def score(
    spark: SparkSession, settings: Settings, run_id: str | None = None
) -> tuple[DataFrame, ScoreReport]:
    """Score every customer of the current mart.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.
    settings : Settings
        Its drift limits are used.
    run_id : str, optional
        Run whose model scores; the latest when left out.

    Returns
    -------
    frame : DataFrame
        The columns of ``ml.customer_segments`` but the run, and the outlook's where the model has
        one.
    report : ScoreReport

    Raises
    ------
    InputError
        If there is no such run or the mart is empty.
    """
    model = load_model(spark, run_id)
    mart = customer_mart(spark)
    facts = read_facts(mart)
    scored = score_customers(mart, model)
    ahead: tuple[str, ...] = ()
    if model.outlook is not None:
        scored, ahead = outlook_of_customers(scored, model.outlook), OUTLOOK
    counts = {
        row.segment_id: row["count"] for row in scored.groupBy("segment_id").count().collect()
    }
    drift = drift_rows(mart.withColumnRenamed("as_of_date", "snapshot_date"), model, settings)
    report = ScoreReport(
        run_id=model.run_id,
        as_of_date=facts.as_of_date,
        segments=[(j, name, counts.get(j, 0)) for j, name in enumerate(model.personas, start=1)],
        drift=drift,
        warnings=drift_warnings(drift, settings),
    )
    frame = scored.select(
        "customer_id",
        "as_of_date",
        *SCORES,
        *ahead,
        distinguishing_measures(scored, model, current_source(spark).amounts).alias(
            "distinguishing_measures"
        ),
    )
    return frame, report


def _write(frame: DataFrame, output: Path) -> None:
    """Write one parquet file or csv, beside and then in place."""
    kinds = {".parquet": "parquet", ".csv": "csv"}
    if output.suffix not in kinds:
        raise InputError(f"--output {output}: expected a name ending in .parquet or .csv")
    beside = output.with_name(f".{output.name}.new")
    beside.parent.mkdir(parents=True, exist_ok=True)
    import pyarrow.csv
    import pyarrow.parquet

    table = frame.toArrow().sort_by("customer_id")
    if kinds[output.suffix] == "parquet":
        pyarrow.parquet.write_table(table, beside)
    else:
        table = table.drop_columns(["segment_probabilities"])
        pyarrow.csv.write_csv(table, beside)
    shutil.move(beside, output)


def main(arguments: list[str] | None = None) -> int:
    """Run ``python -m ml.score`` and return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m ml.score", description=__doc__)
    parser.add_argument("--run-id", help="run whose model scores (default: the latest)")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="also write customers to .parquet or .csv"
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    add_setting_flags(parser)
    given = parser.parse_args(arguments)
    return run_command(lambda: _command(given))


def _command(given: argparse.Namespace) -> None:
    settings = settings_from_flags(given)
    spark = get_session("ml.score")
    frame, report = score(spark, settings, given.run_id)
    if given.output:
        _write(frame, given.output)
    if given.json:
        print(json.dumps(report.__dict__, default=str, ensure_ascii=False))
        return
    total = sum(customers for _, _, customers in report.segments)
    print(f"model of run {report.run_id}, customers as of {report.as_of_date}")
    for segment_id, persona, customers in report.segments:
        print(f"  {segment_id} {persona:<28}{customers:>12,} ({customers / total:.1%})")
    for line in report.warnings or ["Customers are like those the model was fitted on."]:
        print(f"  - {line}")


if __name__ == "__main__":
    leave(main())
