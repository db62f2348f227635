"""Write small results that lie on the driver."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from ml.backtest_measures import Backtest
from ml.outlook_backtest import OutlookTest
from pipeline.store.staged import stored_schema, write_batches_staged
from pipeline.store.tables import place_partition

__all__ = ["write_backtests", "write_rows"]


def write_rows(spark: SparkSession, rows: list[dict], name: str, run_id: str) -> None:
    """Write rows as one run's partition of a declared table.

    Parameters
    ----------
    spark : SparkSession
    rows : list of dict
        Each with every declared column but the partition column; more keys are ignored.
    name : str
        As ``ml.model_selection``.
    run_id : str
    """
    schema = stored_schema(name)
    values = [{column: _plain(row[column]) for column in schema.names} for row in rows]
    table = pa.Table.from_pylist(values, schema=schema)
    write_batches_staged(name, run_id, [table])
    place_partition(spark, name, run_id)


def write_backtests(
    spark: SparkSession, tests: list[Backtest], outlook_tests: list[OutlookTest], run_id: str
) -> None:
    """Write the four tables of a backtest: of the segments and of the outlook, by cut-off.

    Parameters
    ----------
    spark : SparkSession
    tests : list of Backtest
    outlook_tests : list of OutlookTest
        None of them where no outlook was learned.
    run_id : str
    """
    found = {
        "ml.backtest": [row for test in tests for row in test.segments],
        "ml.backtest_metrics": [row for test in tests for row in test.metrics],
        "ml.outlook_backtest": [row for test in outlook_tests for row in test.metrics],
        "ml.outlook_calibration": [row for test in outlook_tests for row in test.calibration],
    }
    for name, rows in found.items():
        write_rows(spark, rows, name, run_id)


def _plain(value: object) -> object:
    """Turn numpy's numbers into Python's, and nan into null."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
