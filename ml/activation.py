"""The list that a mail tool imports: whom to write to, with what, and whom to leave alone."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from ml.model import SegmentModel
from ml.persona_seed import load_personas
from ml.personas import Persona
from ml.settings import Settings
from pipeline.store.tables import full_name, one_row

__all__ = ["ACTIVATION_COLUMNS", "activation_rows", "control_column", "write_activation"]

ACTIVATION_COLUMNS = (
    "customer_id",
    "persona",
    "action",
    "membership_probability",
    "as_of_date",
    "run_id",
    "is_control",
    "order_chance",
    "expected_spend",
)
_HASH_RANGE = 1_000_000
# What spreadsheets take for the beginning of a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def control_column(customer_id: str, share: float, seed: int) -> Column:
    """Mark a share of customers, the same ones in every run with the same seed.

    Parameters
    ----------
    customer_id : str
        Name of the column.
    share : float
        From 0 to 1.
    seed : int

    Returns
    -------
    pyspark.sql.Column
        boolean
    """
    hashed = F.pmod(F.xxhash64(F.lit(f"control-{seed}"), F.col(customer_id)), F.lit(_HASH_RANGE))
    return hashed < F.lit(round(share * _HASH_RANGE))


def activation_rows(
    segments: DataFrame,
    outlooks: DataFrame,
    settings: Settings,
    personas: list[Persona] | None = None,
) -> DataFrame:
    """Choose the customers to act on.

    Parameters
    ----------
    segments : DataFrame
        Customers of one run of ``ml.customer_segments``.
    outlooks : DataFrame
        Customers of the same run of ``ml.customer_outlook``; none where there is no outlook.
    settings : Settings
        Share and seed of the control group.
    personas : list of Persona, optional
        The project's when left out.

    Returns
    -------
    DataFrame
        `ACTIVATION_COLUMNS`. Customers less sure to belong than their persona's minimum
        probability are left out. Customers with is_control are to get no campaign: the
        difference in what the two groups then buy is the campaign's uplift.

    Raises
    ------
    InputError
        If the project's personas are read and are at fault.
    """
    base = {persona.name: persona for persona in personas or load_personas()}
    # Segments that share a persona are called "<persona> (<what tells them apart>)".
    plain = F.regexp_replace("persona", r" \([^()]*\)$", "")
    action = minimum = F.lit(None)
    for name, persona in base.items():
        action = F.when(plain == F.lit(name), F.lit(persona.action)).otherwise(action)
        minimum = F.when(plain == F.lit(name), F.lit(persona.minimum_probability)).otherwise(
            minimum
        )
    return (
        segments.withColumns({"action": action, "minimum_probability": minimum})
        .where(F.col("membership_probability") >= F.coalesce("minimum_probability", F.lit(0.0)))
        .withColumn(
            "is_control", control_column("customer_id", settings.control_share, settings.seed)
        )
        .join(
            outlooks.select("customer_id", "order_chance", "expected_spend"), "customer_id", "left"
        )
        .select(*ACTIVATION_COLUMNS)
    )


def write_activation(
    spark: SparkSession,
    run_id: str,
    path: Path,
    rename: Callable[[str], str] | None = None,
) -> None:
    """Write a run's activation list as csv.

    It is sorted by expected spend, best first, where the run's model says that this ranks no
    worse than past spend (setting ``activation_ranking``), and by customer id otherwise.

    Parameters
    ----------
    spark : SparkSession
    run_id : str
    path : Path
        UTF-8, one header line, quoted where needed. Text that a spreadsheet would take for a
        formula begins with an apostrophe.
    rename : callable, optional
        Gives what stands in the list for a customer's id; the id itself when left out.
    """
    runs = spark.table(full_name("ml.model_runs"))
    run = one_row(runs.where(runs.run_id == run_id))
    settings = Settings.from_json(run.settings_json)
    segments, outlooks = (
        spark.table(full_name(name)).where(F.col("run_id") == F.lit(run_id))
        for name in ("ml.customer_segments", "ml.customer_outlook")
    )
    table = activation_rows(segments, outlooks, settings).toArrow()
    if rename:
        renamed = [rename(customer_id) for customer_id in table["customer_id"].to_pylist()]
        at = table.column_names.index("customer_id")
        table = table.set_column(at, "customer_id", pa.array(renamed, pa.string()))
    outlook = SegmentModel.from_json(run.model_json).outlook
    best_first = [("expected_spend", "descending")] if outlook and outlook.is_ranking else []
    table = table.sort_by([*best_first, ("customer_id", "ascending")])
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(ACTIVATION_COLUMNS)
        for batch in table.to_batches(max_chunksize=50_000):
            columns = [batch.column(name).to_pylist() for name in ACTIVATION_COLUMNS]
            writer.writerows([_cell(value) for value in row] for row in zip(*columns, strict=True))


def _cell(value: object) -> object:
    """Turn a value into what the file shows."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.6f}"
    if isinstance(value, date):
        return value.isoformat()
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
