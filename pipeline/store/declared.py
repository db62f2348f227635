"""What the sources' yml declares: the tables that Python writes and dbt reads."""

import re
from dataclasses import dataclass
from functools import cache

import yaml
from pyspark.sql import types

from pipeline.core.paths import analytics_schema, ml_schema, project_root, raw_schema

__all__ = ["DeclaredTable", "declared_tables", "full_name", "schema_of"]

_SOURCES = (("raw", "shop"), ("raw", "campaigns"), ("ml", "ml"))
_LAST = {"raw": "raw.loads", "ml": "ml.model_runs"}
"""The table that completes those of its area which name no other."""
_SIMPLE = {
    "string": types.StringType,
    "bigint": types.LongType,
    "int": types.IntegerType,
    "double": types.DoubleType,
    "boolean": types.BooleanType,
    "date": types.DateType,
    "timestamp": types.TimestampType,
}


@dataclass(frozen=True)
class DeclaredTable:
    """A table that Python writes.

    Parameters
    ----------
    name : str
        Short name, ``raw.<table>`` or ``ml.<table>``.
    columns : tuple of (str, str)
        Names and Spark types in order, the partition column last.
    partition : str
        The column that the table is partitioned by.
    completed_by : str
        The table whose partition is written last, and so says that this one's is whole.
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    partition: str
    completed_by: str


@cache
def declared_tables() -> dict[str, DeclaredTable]:
    """Return every declared table by its short name."""
    found = {}
    for area, source in _SOURCES:
        path = project_root() / "models" / "staging" / source / f"_{source}__sources.yml"
        for table in yaml.safe_load(path.read_text())["sources"][0]["tables"]:
            columns = tuple((column["name"], column["data_type"]) for column in table["columns"])
            name = f"{area}.{table['name']}"
            meta = table["meta"]
            last = f"{area}.{meta['completed_by']}" if "completed_by" in meta else _LAST[area]
            found[name] = DeclaredTable(name, columns, meta["partitioned_by"], last)
    return found


def full_name(name: str) -> str:
    """Return the name in the catalogue of ``raw.x``, ``ml.x`` or ``mart.x``."""
    area, table = name.split(".")
    schema = {"raw": raw_schema, "ml": ml_schema, "mart": analytics_schema}[area]()
    return f"{schema}.{table}"


def schema_of(name: str) -> types.StructType:
    """Return a declared table's Spark schema, the partition column last."""
    return types.StructType(
        [
            types.StructField(column, _type(text), True)
            for column, text in declared_tables()[name].columns
        ]
    )


def _type(text: str) -> types.DataType:
    if text in _SIMPLE:
        return _SIMPLE[text]()
    decimal = re.fullmatch(r"decimal\((\d+), ?(\d+)\)", text)
    if decimal:
        return types.DecimalType(int(decimal[1]), int(decimal[2]))
    array = re.fullmatch(r"array<(.+)>", text)
    if array:
        return types.ArrayType(_type(array[1]))
    raise ValueError(f"{text}: a type that the sources' yml may not use")
