"""Write small results that lie on the driver."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from pipeline.store.tables import place_partition, stored_schema, write_batches_staged

__all__ = ["write_rows"]


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


def _plain(value: object) -> object:
    """Turn numpy's numbers into Python's, and nan into null."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
