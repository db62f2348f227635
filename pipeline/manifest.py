"""What the manifest of a run says beyond the list of tables and files."""

from datetime import UTC, datetime
from decimal import Decimal

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

import expectations.gates as gates
from pipeline.core.errors import InputError
from pipeline.core.log import stage_seconds
from pipeline.core.paths import state
from pipeline.core.settings import project_vars
from pipeline.core.versions import versions
from pipeline.land import LandingReport
from pipeline.land.losses import losses
from pipeline.store.shop_source import ShopSource
from pipeline.store.tables import full_name

__all__ = ["account", "currencies", "manifest_of"]

_MONEY = ("amount", "amount_in_currency")


def manifest_of(
    spark: SparkSession,
    run_id: str,
    landing: LandingReport,
    warnings: list[str],
    variables: dict,
) -> dict:
    """Return what the manifest says beyond the list of tables and files.

    Parameters
    ----------
    spark : SparkSession
        Session that reads the run's tables.
    run_id : str
        A finished run, with its row in ``ml.model_runs`` and its gates' results.
    landing : LandingReport
        Says the source, its files and the raw rows.
    warnings : list of str
        Sentences for the reader.
    variables : dict
        Values that override the vars of ``dbt_project.yml``.

    Returns
    -------
    dict
        For JSON: ``run_id``, ``created_at`` (UTC), ``as_of_date``, ``currency``, ``source``,
        ``account`` (as `account` gives it, with `currencies`), ``losses``, ``model``, ``gates``
        (counts of results), ``warnings``, ``versions``, ``parameters`` and ``stage_seconds``.

    Raises
    ------
    InputError
        If kept and rejected lines are not the raw ones.
    """
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
        "account": {
            **account(spark, landing.raw_rows),
            "currencies": currencies(spark, landing.currency),
        },
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


def currencies(spark: SparkSession, own: str) -> list[dict]:
    """Return what lines were paid in, before and after it was converted.

    Parameters
    ----------
    spark : SparkSession
        Session that reads the classified lines.
    own : str
        The shop's currency.

    Returns
    -------
    list of dict
        One of each currency, by its code: ``currency`` (null for lines that
        do not read), ``raw_rows`` and ``kept_rows``, and as decimal text
        ``raw_amount_in_currency``, ``raw_amount``, ``kept_amount_in_currency``
        and ``kept_amount``. Empty where all lines are of the shop's own.
    """
    lines = spark.table(full_name("mart.int_order_lines_classified"))
    is_kept = F.col("line_class").isin("sale", "return")
    sums = [
        F.sum(F.when(condition, F.col(column))).alias(f"{name}_{column}")
        for name, condition in (("raw", F.lit(True)), ("kept", is_kept))
        for column in ("amount_in_currency", "amount")
    ]
    rows = (
        lines.groupBy("currency")
        .agg(F.count("*").alias("raw_rows"), F.count_if(is_kept).alias("kept_rows"), *sums)
        .orderBy("currency")
        .collect()
    )
    if {row["currency"] for row in rows} <= {own, None}:
        return []
    return [
        {
            name: format(value or Decimal(0), "f") if name.endswith(_MONEY) else value
            for name, value in row.asDict().items()
        }
        for row in rows
    ]
