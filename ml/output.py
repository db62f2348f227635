"""Write small results that lie on the driver."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from pipeline.tables import full_name, schema_of, write_partition

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
    *columns, partition = schema_of(name).fields
    if rows:
        # As Arrow, rows reach Java without a Python process on the executors.
        values = [{column.name: _plain(row[column.name]) for column in columns} for row in rows]
        schema = to_arrow_schema(StructType(columns))
        frame = spark.createDataFrame(pa.Table.from_pylist(values, schema=schema))
    else:
        frame = spark.table(full_name(name)).drop(partition.name).limit(0)
    write_partition(spark, frame, name, run_id)


def _plain(value: object) -> object:
    """Turn numpy's numbers into Python's, and nan into null."""
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and np.isnan(value) else value
