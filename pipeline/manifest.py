"""What the manifest of a run says beyond the list of tables and files."""

from datetime import UTC, datetime
from decimal import Decimal

from pyspark.sql import SparkSession

import expectations.gates as gates
from ml.train import TrainReport
from pipeline.core.errors import InputError
from pipeline.core.log import stage_seconds
from pipeline.core.paths import state
from pipeline.core.settings import project_vars
from pipeline.core.versions import versions
from pipeline.land import LandingReport
from pipeline.land.losses import losses
from pipeline.store.shop_source import ShopSource
from pipeline.store.tables import full_name

__all__ = ["account", "manifest_of"]


def manifest_of(
    spark: SparkSession,
    run_id: str,
    landing: LandingReport,
    training: TrainReport,
    warnings: list[str],
    variables: dict,
) -> dict:
    """Return what the manifest says beyond the list of tables and files."""
    results = gates.collect_results(run_id)
    (model,) = spark.table(full_name("ml.model_runs")).where(f"run_id = '{run_id}'").collect()
    critical = [row for row in results if not row["success"] and row["severity"] == "critical"]
    return {
        "run_id": run_id,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "as_of_date": model.as_of_date.isoformat(),
        "currency": landing.currency,
        "source": {
            "name": landing.source_name,
            "files": [
                {
                    "source_file": file.source_file,
                    "rows": file.rows,
                    "sha256": file.sha256,
                    "title_rows": file.title_rows,
                    "total_rows": file.total_rows,
                }
                for file in landing.files
            ],
            "has_product": landing.has_product,
            "has_quantity": landing.has_quantity,
            "has_country": landing.has_country,
            "amounts": ShopSource.from_json(model.source_json).unit,
        },
        "account": account(spark, landing.raw_rows),
        "losses": losses(spark),
        "model": {
            "segment_count": model.segment_count,
            "silhouette": model.silhouette,
            "stability": model.stability,
            "selection_rule": model.selection_rule,
            "violated_guards": model.violated_guards,
            "seed": model.seed,
        },
        "gates": {
            "passed": sum(row["success"] for row in results),
            "failed": len(critical),
            "warnings": sum(not row["success"] for row in results) - len(critical),
            "data_docs": str(state().data_docs / "index.html"),
        },
        "warnings": warnings,
        "versions": versions(),
        "parameters": {**project_vars(), **variables},
        "stage_seconds": {name: round(value, 1) for name, value in stage_seconds().items()},
    }


def account(spark: SparkSession, raw_rows: int) -> dict:
    """Return the reconciliation of lines and assert that nothing was lost.

    Parameters
    ----------
    spark : SparkSession
        Session that reads the classes.
    raw_rows : int
        Records that landing counted, independently of dbt.

    Returns
    -------
    dict
        Rows and money (as decimal text) raw, kept and rejected.

    Raises
    ------
    InputError
        If kept and rejected lines are not the raw ones.
    """
    classes = spark.table(full_name("mart.fct_line_classes")).collect()
    kept = [row for row in classes if row.is_kept]
    rejected = [row for row in classes if not row.is_kept]
    rows = {"kept": sum(r.row_count for r in kept), "rejected": sum(r.row_count for r in rejected)}
    if rows["kept"] + rows["rejected"] != raw_rows:
        raise InputError(
            f"{raw_rows:,} lines landed but {rows['kept']:,} kept and {rows['rejected']:,} "
            "rejected were found; nothing is exported"
        )
    money = {
        "kept": sum((r.amount or 0 for r in kept), Decimal(0)),
        "rejected": sum((r.amount or 0 for r in rejected), Decimal(0)),
    }
    return {
        "raw_rows": raw_rows,
        "kept_rows": rows["kept"],
        "rejected_rows": rows["rejected"],
        "raw_amount": format(money["kept"] + money["rejected"], "f"),
        "kept_amount": format(money["kept"], "f"),
        "rejected_amount": format(money["rejected"], "f"),
    }
