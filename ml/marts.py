"""Read what the ml part needs from the marts; the only place that names their columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from ml.features import MEASURES
from ml.outlook_features import KNOWN, Known
from pipeline.core.amounts import ORDERS, UNKNOWN
from pipeline.core.errors import InputError
from pipeline.store.shop_source import ShopSource, landed_source
from pipeline.store.tables import full_name, one_row

__all__ = [
    "DESCRIBED",
    "HASH_RANGE",
    "MARTS",
    "Sample",
    "current_source",
    "customer_mart",
    "history_mart",
    "order_mart",
    "read_facts",
    "read_sample",
]

# Measures that are described in profiles and in words, beside the three that are fitted.
DESCRIBED = ("average_order_value", "tenure_days", "product_count")
MARTS = ("fct_rfm_customers", "fct_rfm_customer_history", "fct_orders")
"""Every mart that is read here."""

HASH_RANGE = 1_000_000_007


@dataclass(frozen=True)
class Sample:
    """Customers of a mart as arrays, sorted by id.

    Attributes
    ----------
    customer_id : ndarray of str, shape (n,)
    recency_days, frequency, monetary : ndarray of float, shape (n,)
    purchase_day_count : ndarray of float, shape (n,)
        Days with an order.
    described : dict of str to ndarray
        `DESCRIBED` measures; nan where the source has none.
    """

    customer_id: np.ndarray
    recency_days: np.ndarray
    frequency: np.ndarray
    monetary: np.ndarray
    purchase_day_count: np.ndarray
    described: dict[str, np.ndarray]

    def __len__(self) -> int:
        """Return the number of customers."""
        return len(self.customer_id)

    @property
    def tenure_days(self) -> np.ndarray:
        """Days since the first order. Shape (n,)."""
        return self.described["tenure_days"]

    @property
    def known(self) -> Known:
        """What an outlook and the features are read from."""
        return Known(*(getattr(self, name) for name in KNOWN))


def customer_mart(spark: SparkSession) -> DataFrame:
    """Return ``fct_rfm_customers``.

    Returns
    -------
    DataFrame
        One row a segmented customer, with every column of the mart.

    Raises
    ------
    InputError
        If it has not been built.
    """
    return _mart(spark, "mart.fct_rfm_customers")


def history_mart(spark: SparkSession) -> DataFrame:
    """Return the rows of ``fct_rfm_customer_history`` that can be scored.

    Customers without orders or with a net amount of zero or less are not segmented, at a
    snapshot as little as at the as-of date.

    Returns
    -------
    DataFrame
        One row a customer and snapshot, with every column of the mart.

    Raises
    ------
    InputError
        If it has not been built.
    """
    history = _mart(spark, "mart.fct_rfm_customer_history")
    return history.where((F.col("frequency") >= 1) & (F.col("monetary") > 0))


def order_mart(spark: SparkSession) -> DataFrame:
    """Return the orders of ``fct_orders`` of which units remain.

    Returns
    -------
    DataFrame
        One row an order of a customer, with every column of the mart.

    Raises
    ------
    InputError
        If it has not been built.
    """
    return _mart(spark, "mart.fct_orders").where("is_counted")


def current_source(spark: SparkSession) -> ShopSource:
    """Return what has landed, and what its amounts are.

    Returns
    -------
    ShopSource
        With ``unit`` for orders where the source names no currency and every order of which units
        remain amounts to 1.

    Raises
    ------
    InputError
        If no currency is named and the orders have not been built.
    """
    source = landed_source(spark.table(full_name("raw.loads")).collect())
    if source.unit != UNKNOWN:
        return source
    amounts = one_row(order_mart(spark).agg(F.min("net_amount"), F.max("net_amount")))
    return replace(source, unit=ORDERS) if tuple(amounts) == (1, 1) else source


def _mart(spark: SparkSession, name: str) -> DataFrame:
    if not spark.catalog.tableExists(full_name(name)):
        raise InputError(
            f"table {full_name(name)} is missing; type `make run`, or `dbt build` after a landing"
        )
    return spark.table(full_name(name))


@dataclass(frozen=True)
class Facts:
    """What a mart holds, in a few numbers.

    Attributes
    ----------
    customers : int
    as_of_date : date
    fingerprint : str
        Hash of ids and measures, whatever the order of rows.
    """

    customers: int
    as_of_date: date
    fingerprint: str


def read_facts(mart: DataFrame) -> Facts:
    """Count and fingerprint a customer mart.

    Parameters
    ----------
    mart : DataFrame
        Customers with customer_id, as_of_date, recency_days (at least 0), frequency (at least 1)
        and monetary (above 0).

    Returns
    -------
    Facts

    Raises
    ------
    InputError
        If it is empty, holds more than one as-of date, or measures that can't be logged.
    """
    unusable = (
        F.col("customer_id").isNull()
        | F.col("recency_days").isNull()
        | (F.col("recency_days") < 0)
        | F.col("frequency").isNull()
        | (F.col("frequency") < 1)
        | F.col("monetary").isNull()
        | (F.col("monetary") <= 0)
    )
    measured = mart.agg(
        F.count(F.lit(1)).alias("customers"),
        F.min("as_of_date").alias("first"),
        F.max("as_of_date").alias("last"),
        F.count(F.when(unusable, True)).alias("unusable"),
        F.bit_xor(F.xxhash64("customer_id", *MEASURES)).alias("fingerprint"),
    )
    row = one_row(measured)
    if not row.customers:
        raise InputError(
            "fct_rfm_customers is empty: no customer has an order that still counts and a "
            "positive net amount; land lines first (make run DATA=...) or look at "
            "fct_line_classes for what was rejected"
        )
    if row.first != row.last:
        raise InputError(
            f"fct_rfm_customers holds as-of dates from {row.first} to {row.last}; expected one: "
            "build it again with dbt"
        )
    if row.unusable:
        raise InputError(
            f"fct_rfm_customers holds {row.unusable:,} customers without id, without orders or "
            "with a net amount of zero or less; the mart leaves them out: build it again with dbt"
        )
    return Facts(row.customers, row.last, f"{row.customers:x}-{row.fingerprint % 2**64:016x}")


def read_sample(mart: DataFrame, customers: int, most: int) -> Sample:
    """Bring customers to the driver, all or as many as asked for by hash of their id.

    Parameters
    ----------
    mart : DataFrame
        Customers with measures.
    customers : int
        Rows of the mart.
    most : int
        Customers to bring at most.

    Returns
    -------
    Sample
        The same whatever the order and the partitions of the mart.
    """
    fitted = (*MEASURES, "purchase_day_count")
    wanted_names = (*fitted, *DESCRIBED)
    wanted = mart.select(
        F.col("customer_id"),
        *(F.col(name).cast("double").alias(name) for name in wanted_names),
    )
    hashed = F.pmod(F.xxhash64("customer_id"), F.lit(HASH_RANGE))
    if customers > most:
        wanted = wanted.withColumn("hash", hashed).where(
            F.col("hash") < int(HASH_RANGE * 1.02 * most / customers)
        )
    table = wanted.toArrow()
    ids = table["customer_id"].to_numpy(zero_copy_only=False).astype(str)
    if customers > most:
        kept = np.lexsort((ids, table["hash"].to_numpy()))[:most]
    else:
        kept = np.arange(len(ids))
    kept = kept[np.argsort(ids[kept], kind="stable")]
    columns = {
        name: table[name].to_numpy(zero_copy_only=False).astype(float)[kept]
        for name in wanted_names
    }
    return Sample(
        customer_id=ids[kept],
        **{name: columns[name] for name in fitted},
        described={name: columns[name] for name in DESCRIBED},
    )
