"""Keyed pseudonyms for customer ids in an export.

A pseudonym is the HMAC-SHA256 of the id, hexadecimal: the same for the same
id and key, and not to be found by trying ids without the key. The key comes
from the environment only and is neither written nor given to Spark.
"""

import hashlib
import hmac
import os
from functools import reduce

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.core.errors import InputError

__all__ = ["PSEUDONYM_KEY", "Pseudonyms"]

PSEUDONYM_KEY = "SEGMENTATION_PSEUDONYM_KEY"
METHOD = "HMAC-SHA256"
_LEAST_SIGNS = 16
_DESCRIPTIONS = {
    "products": ("description",),
    "segment_products": ("description",),
    "rejected_line_examples": ("description",),
}
# Whatever stands in a line that does not read may be a customer's.
_AS_WRITTEN = ("order_id", "product_id", "quantity_text", "unit_price_text", "ordered_at_text")


class Pseudonyms:
    """What stands for customers in an export.

    Parameters
    ----------
    key : str
        Whoever has it can tell whose pseudonym one is.
    """

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    @classmethod
    def from_environment(cls) -> "Pseudonyms":
        """Return the pseudonyms of the key in ``SEGMENTATION_PSEUDONYM_KEY``.

        Raises
        ------
        InputError
            If it is missing, or short enough to be found by trying.
        """
        key = os.environ.get(PSEUDONYM_KEY, "").strip()
        if len(key) < _LEAST_SIGNS:
            what = "is not set" if not key else f"is shorter than {_LEAST_SIGNS} signs"
            raise InputError(
                f"a pseudonymous export needs a key and {PSEUDONYM_KEY} {what}; make one with: "
                "openssl rand -hex 32"
            )
        try:
            return cls(key)
        except UnicodeEncodeError as error:
            raise InputError(f"{PSEUDONYM_KEY} is no UTF-8 text") from error

    def __repr__(self) -> str:
        """Return a name that does not show the key."""
        return f"Pseudonyms({self.key_id})"

    def of(self, customer_id: str) -> str:
        """Return an id's pseudonym."""
        return hmac.digest(self._key, customer_id.encode(), "sha256").hex()

    @property
    def key_id(self) -> str:
        """Return what tells one key from another: a hash of it, cut short."""
        return hashlib.sha256(b"key of pseudonyms\0" + self._key).hexdigest()[:12]

    def manifest(self) -> dict:
        """Return what an export's manifest says about its customer ids.

        Returns
        -------
        dict
            ``method`` and ``key_id``.
        """
        return {"method": METHOD, "key_id": self.key_id}

    def applied(self, spark: SparkSession, frames: dict[str, DataFrame]) -> dict[str, DataFrame]:
        """Put pseudonyms for ids, and leave out descriptions.

        The ids are hashed here rather than in Spark, so that the key is in no
        plan and no log of it.

        Parameters
        ----------
        spark : SparkSession
            Session of the frames.
        frames : dict of str to DataFrame
            An export's tables by name.

        Returns
        -------
        dict of str to DataFrame
            The same tables with the same columns.
        """
        with_ids = [frame for frame in frames.values() if "customer_id" in frame.columns]
        ids = reduce(
            lambda some, more: some.union(more), [frame.select("customer_id") for frame in with_ids]
        )
        known = ids.where("customer_id is not null").distinct().toArrow()["customer_id"].to_pylist()
        pseudonyms = spark.createDataFrame(
            pa.table(
                {
                    "customer_id": pa.array(known, pa.string()),
                    "_pseudonym": pa.array([self.of(each) for each in known], pa.string()),
                }
            )
        )
        return {name: _renamed(name, frame, pseudonyms) for name, frame in frames.items()}


def _renamed(name: str, frame: DataFrame, pseudonyms: DataFrame) -> DataFrame:
    columns = frame.columns
    if "customer_id" in columns:
        frame = frame.join(pseudonyms, "customer_id", "left")
        frame = frame.withColumn("customer_id", F.col("_pseudonym"))
    for column in _DESCRIPTIONS.get(name, ()):
        frame = frame.withColumn(column, F.lit(None).cast("string"))
    if name == "rejected_line_examples":
        reads = F.col("line_class") != "unparseable"
        frame = frame.withColumns(
            {column: F.when(reads, F.col(column)) for column in (*_AS_WRITTEN, "customer_id")}
        )
    return frame.select(*columns)
