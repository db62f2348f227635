"""Write small results that lie on the driver."""

from __future__ import annotations

import numpy as np
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from pipeline.tables import schema_of, write_partition

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
    schema = StructType(schema_of(name).fields[:-1])
    values = [[_plain(row[column.name]) for column in schema] for row in rows]
    write_partition(spark, spark.createDataFrame(values, schema), name, run_id)


def _plain(value: object) -> object:
    """Turn numpy's numbers into Python's, and nan into null."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
