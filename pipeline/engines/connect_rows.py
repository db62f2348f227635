"""What a statement returns over Spark Connect, for as few requests as can be.

pyspark asks the server three times for a query's rows: what kind of statement
it is, what columns it has, and at last the rows, and the server analyses it
each time. The last answer tells the columns too.
"""

import re
from functools import cached_property
from typing import cast

from pyspark.sql import Row, SparkSession
from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.plan import SQL
from pyspark.sql.connect.session import SparkSession as ConnectSession
from pyspark.sql.conversion import ArrowTableToRowsConversion
from pyspark.sql.types import StructType

__all__ = ["Result", "run_sql"]

# Atomic: a comment ends at its first end, and a later one is not taken into it.
_QUERY = re.compile(r"(?>\s+|/\*.*?\*/|--[^\n]*\n)*+(select|with)\b", re.IGNORECASE | re.DOTALL)


class Result:
    """A frame whose columns and rows are asked for once, together.

    Parameters
    ----------
    frame : DataFrame
        Of a Spark Connect session.
    """

    def __init__(self, frame: DataFrame) -> None:
        self._frame = frame

    @property
    def schema(self) -> StructType:
        """The columns."""
        return self._fetched[0]

    def collect(self) -> list[Row]:
        """Return all rows."""
        return list(self._fetched[1])

    def take(self, count: int) -> list[Row]:
        """Return the first rows."""
        return self._fetched[1][:count]

    @cached_property
    def _fetched(self) -> tuple[StructType, list[Row]]:
        table, schema = self._frame._to_table()
        assert schema is not None
        return schema, ArrowTableToRowsConversion.convert(table, schema, binary_as_bytes=True)


def run_sql(spark: SparkSession, text: str) -> Result:
    """Run a statement, a query with all its rows.

    Parameters
    ----------
    spark : SparkSession
        A Spark Connect session.
    text : str
        One statement; comments may go before it.

    Returns
    -------
    Result

    Raises
    ------
    PySparkException
        If the server refuses it or fails at it.
    """
    if not _QUERY.match(text):
        return Result(cast(DataFrame, spark.sql(text)))
    result = Result(DataFrame(SQL(text), cast(ConnectSession, spark)))
    result.collect()
    return result
