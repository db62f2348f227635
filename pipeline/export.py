"""Write what the dashboard reads: one folder a run, switched in one step."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.core.engine import is_sail
from pipeline.core.errors import DISK_FULL, InputError
from pipeline.core.paths import project_root, state
from pipeline.privacy.pseudonyms import Pseudonyms
from pipeline.store.export_folders import prune, replace_link, sweep, switch_to, write_manifest
from pipeline.store.staged import write_parquet
from pipeline.store.tables import full_name

__all__ = ["EXPORTED", "write_export"]

_WRITERS = 3

# Exported name: the mart it is a copy of, and the key its rows are sorted by.
EXPORTED: dict[str, tuple[str, tuple[str, ...]]] = {
    "customer_segments": ("fct_customer_segments", ("customer_id",)),
    "segment_profiles": ("fct_segment_profiles", ("segment_id",)),
    "segment_overview": ("fct_segment_overview", ("snapshot_date", "segment_id")),
    "segment_transitions": (
        "fct_segment_transitions",
        ("to_date", "from_segment_id", "to_segment_id"),
    ),
    "segment_products": ("fct_segment_products", ("segment_id", "product_id")),
    "segment_lineage": ("fct_segment_lineage", ("segment_id", "previous_segment_id")),
    "model_selection": ("fct_model_selection", ("segment_count", "seed")),
    "confidence_calibration": ("fct_confidence_calibration", ("decile",)),
    "backtest": ("fct_backtest", ("cutoff_date", "method", "segment_rank")),
    "backtest_metrics": ("fct_backtest_metrics", ("cutoff_date", "method")),
    "customer_outlook": ("fct_customer_outlook", ("customer_id",)),
    "outlook_backtest": ("fct_outlook_backtest", ("cutoff_date", "method")),
    "outlook_calibration": (
        "fct_outlook_calibration",
        ("cutoff_date", "method", "measure", "decile"),
    ),
    "drift": ("fct_drift", ("snapshot_date", "feature")),
    "customer_history": ("fct_customer_segment_history", ("snapshot_date", "customer_id")),
    "customers": ("dim_customers", ("customer_id",)),
    "products": ("dim_products", ("product_id",)),
    # By product first: who bought one is then a part of the file.
    "customer_product_months": (
        "fct_customer_product_months",
        ("product_id", "customer_id", "order_month"),
    ),
    "orders": ("fct_orders", ("customer_id", "ordered_at", "order_id")),
    "cohort_retention": ("fct_cohort_retention", ("cohort_month", "months_since")),
    "campaign_uplift": ("fct_campaign_uplift", ("campaign_id", "is_total", "persona")),
    "campaign_row_classes": ("fct_campaign_row_classes", ("campaign_id", "row_class")),
    "line_classes": ("fct_line_classes", ("class_order",)),
    "rejected_line_examples": (
        "fct_rejected_line_examples",
        ("line_class", "source_file", "source_row"),
    ),
    "unmatched_returns": ("fct_unmatched_returns", ("reason",)),
    "rfm_score_thresholds": ("fct_rfm_score_thresholds", ("measure", "score")),
    "personas": ("personas", ("persona",)),
}

GATE_RESULTS = pa.schema(
    [
        ("gate_order", pa.int32()),
        ("gate", pa.string()),
        ("suite", pa.string()),
        ("expectation", pa.string()),
        ("column_name", pa.string()),
        ("severity", pa.string()),
        ("success", pa.bool_()),
        ("observed_value", pa.string()),
        ("unexpected_count", pa.int64()),
        ("unexpected_values", pa.string()),
        ("description", pa.string()),
    ]
)


def write_export(
    spark: SparkSession,
    run_id: str,
    manifest: dict,
    gate_results: list[dict],
    add_files: Callable[[Path], None],
    pseudonyms: Pseudonyms | None = None,
) -> Path:
    """Write a whole export and make it the current one.

    Parameters
    ----------
    spark : SparkSession
        Session that reads the marts.
    run_id : str
        Name of the export's folder.
    manifest : dict
        What the manifest says beyond the tables and files it lists.
    gate_results : list of dict
        Rows of ``gate_results.parquet``.
    add_files : callable
        Given the unfinished folder with every table in it, writes the files
        that are not tables (activation list, model, card, pictures).
    pseudonyms : Pseudonyms, optional
        Stand for the customer ids in every table; without them the ids do.

    Returns
    -------
    Path
        The finished folder.

    Raises
    ------
    InputError
        If the exports folder can't be written.
    """
    exports = state().exports
    beside = exports / f".{run_id}.new"
    try:
        sweep(exports)
        beside.mkdir(mode=0o700)
        with ThreadPoolExecutor(_WRITERS) as pool:
            frames = {
                name: spark.table(full_name(f"mart.{EXPORTED[name][0]}")) for name in EXPORTED
            }
            if pseudonyms:
                frames = pseudonyms.applied(spark, frames)
                # What a gate found may be a customer's id.
                gate_results = [{**row, "unexpected_values": ""} for row in gate_results]
            list(pool.map(lambda name: _write_table(spark, frames[name], beside, name), EXPORTED))
        manifest = {**manifest, "pseudonyms": pseudonyms.manifest() if pseudonyms else None}
        gates = pa.Table.from_pylist(gate_results, schema=GATE_RESULTS)
        pq.write_table(gates, beside / "gate_results.parquet")
        add_files(beside)
        write_manifest(beside, manifest)
        target = exports / run_id
        beside.rename(target)
        switch_to(exports, run_id)
        prune(exports)
    except BaseException as error:
        shutil.rmtree(beside, ignore_errors=True)
        # A lost connection is Java's end; a full disk gets the same message in every stage.
        if (
            not isinstance(error, OSError)
            or isinstance(error, ConnectionError)
            or error.errno in DISK_FULL
        ):
            raise
        raise InputError(
            f"{exports}: the export can't be written ({error.strerror}); the last one stays; "
            "fix the folder's permissions, then run again"
        ) from error
    if state().root == project_root() / ".state":
        replace_link(project_root() / "exports", Path(".state/exports"))
    return target


def _write_table(spark: SparkSession, frame: DataFrame, folder: Path, name: str) -> None:
    _, key = EXPORTED[name]
    order = [F.col(column) for column in key]
    target = folder / f"{name}.parquet"
    if is_sail(spark):
        # Its own writer makes as many files as it likes.
        pq.write_table(frame.orderBy(*order).toArrow(), target)
        return
    scratch = folder / f".{name}"
    (part,) = write_parquet(spark, frame.coalesce(1).sortWithinPartitions(*order), scratch)
    part.rename(target)
    shutil.rmtree(scratch)
