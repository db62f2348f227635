"""Typed columns as text, written as a csv export of the source would hold them."""

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import InputError
from pipeline.land.files import shown

__all__ = ["TYPED_DATE", "TYPED_TIMESTAMP", "pattern_of", "text_of"]

TYPED_TIMESTAMP = "yyyy-MM-dd HH:mm:ss.SSSSSS"
"""How a timestamp that is not text in its source is written at landing."""
TYPED_DATE = "yyyy-MM-dd"

_NUMBERS = ("quantity", "unit_price", "amount", "discount", "refund")


def pattern_of(field: pa.Field, pattern: str, place: str) -> str:
    """Return the pattern that a column's text has, given that of the config.

    Parameters
    ----------
    field : Field
        A column of the parquet file or table.
    pattern : str
        The config's ``timestamp_format``, for text.
    place : str
        The file or table, for the message.

    Raises
    ------
    InputError
        If the column is of a type that has no plain text.
    """
    kind = _plain(field.type)
    if pa.types.is_timestamp(kind):
        return TYPED_TIMESTAMP
    if pa.types.is_date(kind):
        return TYPED_DATE
    if not (_is_text(kind) or _is_number(kind)):
        raise InputError(
            f"{place}: column {shown(field.name)} is of type {field.type}; expected "
            "text, a number, a date or a timestamp"
        )
    return pattern


def text_of(
    values: pa.Array, column: str, decimal_separator: str, timezone: str = "UTC"
) -> pa.Array:
    """Return a typed column as text.

    Parameters
    ----------
    values : Array
        Text, numbers, dates or timestamps.
    column : str
        The canonical column; only money and quantities get the separator.
    decimal_separator : str
        How the config says that numbers are written.
    timezone : str
        In which timestamps that know their zone are written.

    Returns
    -------
    Array
        Of strings.
    """
    kind = _plain(values.type)
    if kind != values.type:
        values = values.cast(kind)
    if _is_text(kind):
        return values.cast(pa.string())
    if pa.types.is_timestamp(kind):
        zone = timezone if kind.tz else None
        moments = values.cast(pa.timestamp("us", zone), safe=False)
        return pc.strftime(moments, "%Y-%m-%d %H:%M:%S")
    if pa.types.is_date(kind):
        return pc.strftime(values.cast(pa.timestamp("s")), "%Y-%m-%d")
    sign = decimal_separator if column in _NUMBERS else "."
    return _each(values, lambda value: _number(value).replace(".", sign))


def _each(values: pa.Array, told: Callable[[Any], str]) -> pa.Array:
    """Return what a function tells of each value; a value that repeats is asked once."""
    coded = values.dictionary_encode()
    texts = pa.array([told(value) for value in coded.dictionary.to_pylist()], pa.string())
    return texts.take(coded.indices)


def _number(value: int | float | Decimal) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return repr(value)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_text(kind: pa.DataType) -> bool:
    return (
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    )


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
