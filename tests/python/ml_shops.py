"""Made-up shops for the ml tests: customers, their history and their orders."""

import os
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

AS_OF = date(2024, 1, 1)
CUTOFFS = (date(2023, 10, 3), date(2023, 7, 5))


def orders_of(customers: int = 600, seed: int = 0, days: int = 700) -> pd.DataFrame:
    """Draw orders of a shop with a few kinds of customers."""
    rng = np.random.default_rng(seed)
    begin = datetime.combine(AS_OF, datetime.min.time()) - timedelta(days=days)
    rows = []
    for number in range(customers):
        kind = rng.choice(4, p=[0.1, 0.3, 0.35, 0.25])
        gap, size, most = ((12, 220, 60), (45, 90, 20), (200, 50, 3), (30, 70, 6))[kind]
        at = rng.uniform(0, days * 0.99)
        for _ in range(rng.integers(1, most + 1)):
            rows.append(
                (f"c{number:06d}", begin + timedelta(days=at), rng.lognormal(0, 0.5) * size)
            )
            at += rng.exponential(gap) + 0.01
            if at >= days or (kind == 3 and at > days * 0.6):
                break
    frame = pd.DataFrame(rows, columns=["customer_id", "ordered_at", "net_amount"])
    frame["ordered_at"] = frame["ordered_at"].dt.floor("s")
    frame["net_amount"] = frame["net_amount"].round(2)
    frame.insert(1, "order_id", [f"o{number}" for number in range(len(frame))])
    return frame


def measures_at(orders: pd.DataFrame, day: date) -> pd.DataFrame:
    """Measure customers from the orders before a day began."""
    start = pd.Timestamp(day)
    known = orders[orders.ordered_at < start]
    grouped = known.groupby("customer_id")
    found = pd.DataFrame(
        {
            "first_order_at": grouped.ordered_at.min(),
            "last_order_at": grouped.ordered_at.max(),
            "frequency": grouped.size(),
            "monetary": grouped.net_amount.sum(),
            "purchase_day_count": known.ordered_at.dt.normalize()
            .groupby(known.customer_id)
            .nunique(),
        }
    )
    found["recency_days"] = (start - found.last_order_at.dt.normalize()).dt.days
    found["tenure_days"] = (start - found.first_order_at.dt.normalize()).dt.days
    found["average_order_value"] = found.monetary / found.frequency
    found["product_count"] = (found.frequency * 2).astype(float)
    found["average_days_between_orders"] = np.where(
        found.frequency > 1,
        (found.tenure_days - found.recency_days) / np.maximum(found.frequency - 1, 1),
        np.nan,
    )
    found["return_rate"] = 0.0
    return found.reset_index()


@contextmanager
def ml_state(spark, folder):
    """Give the ml tables and the marts databases and folders of their own."""
    from pipeline.core.paths import analytics_schema, ml_schema, raw_schema
    from pipeline.store.tables import ensure_tables

    given = {"STATE_DIR": str(folder), "ANALYTICS_SCHEMA": f"ml_{abs(hash(str(folder))) % 10**9}"}
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        ensure_tables(spark)
        yield
    finally:
        for schema in (analytics_schema(), ml_schema(), raw_schema()):
            spark.sql(f"drop database if exists {schema} cascade")
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def write_marts(spark, orders: pd.DataFrame, as_of: date = AS_OF, cutoffs=CUTOFFS, partitions=2):
    """Write the marts that ml reads."""
    snapshots = sorted({as_of, *cutoffs, *pd.date_range("2023-03-01", as_of, freq="MS").date})
    history = pd.concat(
        [
            measures_at(orders, day).assign(
                snapshot_date=day,
                is_as_of_date=day == as_of,
                is_backtest_cutoff=day in cutoffs,
                is_month_end=day.day == 1,
            )
            for day in snapshots
        ]
    )
    history = history[history.monetary > 0]
    current = history[history.is_as_of_date].rename(columns={"snapshot_date": "as_of_date"})
    marks = ["is_as_of_date", "is_backtest_cutoff", "is_month_end"]
    write(spark, current.drop(columns=marks), "fct_rfm_customers", partitions)
    write(spark, history, "fct_rfm_customer_history", partitions)
    write(spark, orders.assign(is_counted=True), "fct_orders", partitions)


def write_source(spark, name: str, files: tuple[str, ...], currency: str = "XXX") -> None:
    """Let files have landed by a source config, in place of those before."""
    from pipeline.store.tables import drop_partition, partition_values, schema_of, write_partition

    for load_id in partition_values(spark, "raw.loads"):
        drop_partition(spark, "raw.loads", load_id)
    schema = schema_of("raw.loads")
    for number, file in enumerate(files):
        known = {"source_name": name, "source_file": file, "currency": currency}
        row = tuple(known.get(field) for field in schema.fieldNames())
        frame = spark.createDataFrame([row], schema).drop(schema.fieldNames()[-1])
        write_partition(spark, frame, "raw.loads", f"load{number}")


def write(spark, frame: pd.DataFrame, name: str, partitions: int = 2) -> None:
    from pyspark.sql import functions as F

    from pipeline.store.tables import full_name

    decimals = {"monetary", "average_order_value", "net_amount"}
    made = spark.createDataFrame(frame.astype({"customer_id": object}))
    made = made.select(
        *(
            F.col(c).cast("decimal(38,9)").alias(c) if c in decimals else F.col(c)
            for c in made.columns
        )
    )
    for column in ("product_count", "frequency"):
        if column in made.columns:
            made = made.withColumn(column, F.col(column).cast("bigint"))
    made.repartition(partitions).write.mode("overwrite").saveAsTable(full_name(f"mart.{name}"))
