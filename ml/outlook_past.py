"""What customers of earlier snapshots did in the days after: what an outlook is learned from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from ml.marts import HASH_RANGE, history_mart, order_mart
from ml.outlook_features import KNOWN, Known

__all__ = ["Followed", "Past", "read_past"]

_DAY_ZERO = date(1970, 1, 1)


@dataclass(frozen=True)
class Followed:
    """Customers at snapshots whose horizon is over, and the customers of today.

    Attributes
    ----------
    snapshots : list of date
        Ascending.
    snapshot, customer : ndarray of int, shape (n,)
        Position of each row's snapshot, and a number for its customer.
    known : Known
        Measures of each row at its snapshot.
    orders, revenue : ndarray of float, shape (n,)
        In the horizon that follows it.
    today : Known
        Customers of the day up to which orders are known.
    """

    snapshots: list[date]
    snapshot: np.ndarray
    customer: np.ndarray
    known: Known
    orders: np.ndarray
    revenue: np.ndarray
    today: Known

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.snapshot)


@dataclass(frozen=True)
class Past:
    """A shop's snapshots and orders as arrays; days are counted from 1970.

    Attributes
    ----------
    day, customer : ndarray of int, shape (n,)
        Snapshot and a number for the customer, sorted by both.
    known : Known
        Measures of the customer at the snapshot.
    bought, buyer : ndarray of int, shape (m,)
        Day and customer of each order that counts, sorted.
    amount : ndarray of float, shape (m,)
        Net amount, above 0.
    """

    day: np.ndarray
    customer: np.ndarray
    known: Known
    bought: np.ndarray
    buyer: np.ndarray
    amount: np.ndarray

    def followed(self, known_at: date, horizon: int) -> Followed:
        """Return every snapshot whose horizon is over on a day, and what followed it.

        Parameters
        ----------
        known_at : date
            A snapshot; nothing ordered from that day on enters.
        horizon : int
            Days after a snapshot.

        Returns
        -------
        Followed
            Rows by snapshot, then customer; none where no horizon is over.
        """
        now = (known_at - _DAY_ZERO).days
        past = self.day + horizon <= now
        days, customer = self.day[past], self.customer[past]
        snapshots = np.unique(days)
        most = int(max(self.customer.max(initial=0), self.buyer.max(initial=0))) + 1
        orders, revenue = np.zeros(len(days)), np.zeros(len(days))
        for snapshot in snapshots:
            chosen = (self.bought >= snapshot) & (self.bought < snapshot + horizon)
            buyer, amount = self.buyer[chosen], self.amount[chosen]
            here = days == snapshot
            orders[here] = np.bincount(buyer, minlength=most)[customer[here]]
            revenue[here] = np.bincount(buyer, amount, most)[customer[here]]
        return Followed(
            snapshots=[_DAY_ZERO + timedelta(days=int(day)) for day in snapshots],
            snapshot=np.searchsorted(snapshots, days),
            customer=customer,
            known=self.known.take(past),
            orders=orders,
            revenue=revenue,
            today=self.known.take(self.day == now),
        )


def read_past(spark: SparkSession, most: int) -> Past:
    """Bring the history and the orders to the driver.

    Parameters
    ----------
    spark : SparkSession
    most : int
        Rows of the history to bring at most; above that, customers by hash of their id.

    Returns
    -------
    Past
        The same whatever the layout of the marts.

    Raises
    ------
    InputError
        If the history or the orders have not been built.
    """
    history, orders = history_mart(spark), order_mart(spark).where(F.col("net_amount") > 0)
    count = history.count()
    if count > most:
        hashed = F.pmod(F.xxhash64("customer_id"), F.lit(HASH_RANGE))
        chosen = hashed < F.lit(int(HASH_RANGE * most / count))
        history, orders = history.where(chosen), orders.where(chosen)
    rows = history.select(
        "customer_id",
        _day("snapshot_date"),
        *(F.col(name).cast("double").alias(name) for name in KNOWN),
    ).toArrow()
    placed = orders.select(
        "customer_id", _day("ordered_at"), F.col("net_amount").cast("double").alias("amount")
    ).toArrow()
    ids = [
        table["customer_id"].to_numpy(zero_copy_only=False).astype(str) for table in (rows, placed)
    ]
    codes = np.unique(np.concatenate(ids), return_inverse=True)[1]
    customer, buyer = codes[: len(ids[0])], codes[len(ids[0]) :]
    day, bought = rows["snapshot_date"].to_numpy(), placed["ordered_at"].to_numpy()
    amount = placed["amount"].to_numpy()
    order = np.lexsort((customer, day))
    # Sums of floats depend on the order of the rows.
    placing = np.lexsort((amount, bought, buyer))
    return Past(
        day[order].astype(int),
        customer[order],
        Known(*(rows[name].to_numpy()[order] for name in KNOWN)),
        bought[placing].astype(int),
        buyer[placing],
        amount[placing],
    )


def _day(name: str) -> Column:
    """Return the days from 1970 to a day or moment."""
    return F.datediff(F.col(name), F.lit(_DAY_ZERO)).cast("int").alias(name)
