"""Train on many customers: ``python -m bench customers``.

Takes the marts of a finished run, repeats every customer under new ids with
amounts a little apart, in a state folder of its own, and runs the training
command there. What is made is as large as the marts of that many customers
would be; dbt is not part of it.
"""

import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.core.paths import analytics_schema
from pipeline.engines.session import get_session, stop_session

__all__ = ["multiply_marts"]

_MARTS = ("fct_rfm_customers", "fct_rfm_customer_history", "fct_orders")


def multiply_marts(source: Path, customers: int) -> int:
    """Write marts of so many customers into this process's state folder.

    Parameters
    ----------
    source : Path
        State folder of a finished run; only read.
    customers : int
        At least; the marts are repeated a whole number of times.

    Returns
    -------
    int
        Customers in the mart.
    """
    spark = get_session("bench", fits=True)
    try:
        tables = {name: _table(spark, source, name) for name in _MARTS}
        before = tables["fct_rfm_customers"].count()
        times = -(-customers // before)
        for name, frame in tables.items():
            _repeated(frame, times).write.mode("overwrite").saveAsTable(
                f"{analytics_schema()}.{name}"
            )
        return before * times
    finally:
        stop_session()


def _table(spark: SparkSession, source: Path, name: str) -> DataFrame:
    folder = source / "warehouse" / f"{analytics_schema()}.db" / name
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: not there; give the state folder of a finished run")
    return spark.read.parquet(str(folder))


def _repeated(frame: DataFrame, times: int) -> DataFrame:
    """Repeat each row under new customer and order ids, with amounts a little apart."""
    spark = frame.sparkSession
    copies = spark.range(times).withColumnRenamed("id", "copy")
    many = frame.crossJoin(F.broadcast(copies))
    # From 0.8 to 1.25 of the amount, the same for a customer in every table.
    apart = F.pow(F.lit(1.25), F.pmod(F.xxhash64("customer_id", "copy"), F.lit(2001)) / 1000 - 1)
    suffix = F.concat(F.lit("-"), F.col("copy"))
    changed = {"customer_id": F.concat("customer_id", suffix)}
    if "order_id" in frame.columns:
        changed["order_id"] = F.concat("order_id", suffix)
    if "monetary" in frame.columns:
        kind = frame.schema["monetary"].dataType
        changed["monetary"] = F.greatest(F.lit(0), F.col("monetary").cast("double") * apart).cast(
            kind
        )
    return many.select(*(changed.get(c, F.col(c)).alias(c) for c in frame.columns))


if __name__ == "__main__":
    print(multiply_marts(Path(sys.argv[1]), int(sys.argv[2])))
