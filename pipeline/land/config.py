"""The description of a source: which columns a file has and how its text is read."""

import hashlib
import json
import zoneinfo
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool, field_validator, model_validator

from pipeline.land.canonical import header_key
from pipeline.land.config_rules import require_whole
from pipeline.land.source_options import STRICT, Letters, SourceOptions
from pipeline.land.timestamp_formats import joined_patterns, require_patterns

# The landing's own way of reading; a change of it makes landed files be read again.
_READER_VERSION = "3"

# Settings that older configs did not have.
_LATER = (
    *("title_rows", "has_total_rows", "carry", "no_customer", "counted_statuses", "timezone"),
    *("has_number_signs", "other_names", "optional", "is_reexported", "query", "currency_rates"),
)
# Names of delivery that any shop may book as a line; all else is the source's to say.
_DELIVERY = ("SHIPPING", "POSTAGE", "DELIVERY", "CARRIAGE", "FREIGHT")
# Columns that a file may lack.
_Optional = Literal["description", "country", "discount", "refund", "cancelled_at"]

Value = Annotated[str, Field(strict=True, min_length=1, max_length=60)]
Prefix = Annotated[str, Field(strict=True, pattern=r"^\S{1,20}$")]
Code = Annotated[str, Field(strict=True, pattern=r"^[^=*\s]([^=*]{0,58}[^=*\s])?[*]?$")]


class SourceConfig(BaseModel):
    """One source, as its YAML file describes it.

    Attributes
    ----------
    name : str
        Name of the source in tables and reports.
    format : str
        ``csv``, ``parquet``, ``xlsx``, ``table`` or ``query``; ``auto`` tells
        the first three apart by a file's first bytes.
    query : str or None
        SQL that gives the lines, of the database that ``DATA`` then names.
    options : SourceOptions
        How bytes become fields.
    header : bool or list of str
        True where the first record names the columns; otherwise the names, in
        the file's order.
    title_rows : int
        Records above the header (or above the first row where there is none)
        that are titles; they are no lines.
    has_total_rows : bool
        True where the file may end in totals: the last records without an
        order id and a date, which are no lines.
    columns : dict
        Canonical column to the file's header, whose case and spaces don't
        matter; ``customer_id`` may name several, of which the first that is
        filled counts, and ``ordered_at`` several that make one moment, as a
        date and a time.
    other_names : dict
        Canonical column to further headers, of which the file has one where
        it lacks that of ``columns``.
    optional : list of str
        Canonical columns that the file may lack.
    carry : list of str
        Canonical columns that stand on an order's first record only, and are
        carried to those of the same order that follow it.
    no_customer : list of str
        Values of customer ids that mean nobody, in any case.
    counted_statuses : list of str or None
        Values of ``status``, in any case, of orders that count; all others
        are kept apart. None where all count.
    timestamp_format : str
        Spark pattern of ``ordered_at``, ``epoch_seconds``,
        ``epoch_milliseconds`` or ``excel_serial``; a list of up to three
        patterns, of which each moment fits one, is kept with ``|`` between
        them.
    timezone : str
        Time zone of the shop, to which moments are converted that say how far
        they are from UTC.
    currency : str or None
        ISO 4217 code; ``XXX`` where it is not known; None where the column
        ``currency`` says it. Where both do, only lines in this currency count,
        or with ``currency_rates`` all, converted to it.
    currency_rates : str or None
        csv file of rates, by which amounts of several currencies are
        converted; its path from the folder of the config.
    non_product_codes : dict
        Product code that is no product to what it is; a ``*`` at its end
        stands for any further characters.
    cancellation_prefix, adjustment_prefix : str or None
        What the order id of a cancellation or an accounting entry begins with.
    is_negative_return : bool
        True where a negative quantity (or amount) without a prefix is a return.
    decimal_separator, thousands_separator : str, str or None
        How numbers are written.
    has_number_signs : bool
        True where numbers carry a currency's sign or code, or are below zero
        by parentheses or a minus behind them.
    is_reexported : bool
        True where a file may hold an order again that an earlier one has, in a
        later state; the latest counts.
    is_decimal_id : bool
        True where ids carry a spurious ``.0`` that is to be dropped.
    """

    model_config = STRICT

    name: Annotated[str, Field(strict=True, pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    format: Literal["auto", "csv", "parquet", "xlsx", "table", "query"] = "auto"
    query: Annotated[str, Field(strict=True, min_length=1, max_length=20_000)] | None = None
    options: SourceOptions = SourceOptions()
    header: StrictBool | Annotated[list[Letters], Field(min_length=1)] = True
    title_rows: Annotated[int, Field(strict=True, ge=0, le=100)] = 0
    has_total_rows: StrictBool = False
    columns: dict[str, Letters | Annotated[list[Letters], Field(min_length=1, max_length=9)]]
    other_names: dict[str, Annotated[list[Letters], Field(min_length=1, max_length=9)]] = {}
    optional: list[_Optional] = []
    carry: list[Value] = []
    no_customer: list[Value] = []
    counted_statuses: Annotated[list[Value], Field(min_length=1)] | None = None
    timestamp_format: Letters
    timezone: Letters = "UTC"
    currency: Annotated[str, Field(strict=True, pattern=r"^[A-Z]{3}$")] | None = None
    currency_rates: Letters | None = None
    non_product_codes: dict[Code, Value] = dict.fromkeys(_DELIVERY, "delivery")
    cancellation_prefix: Prefix | None = None
    adjustment_prefix: Prefix | None = None
    is_negative_return: StrictBool = False
    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal[".", ",", " ", "'", "\u00a0", "\u202f"] | None = None
    has_number_signs: StrictBool = False
    is_reexported: StrictBool = False
    is_decimal_id: StrictBool = False

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in zoneinfo.available_timezones():
            raise ValueError(f"{value!r} is not a time zone such as Europe/Berlin")
        return value

    @field_validator("counted_statuses", "no_customer")
    @classmethod
    def _folded(cls, value: list[str] | None) -> list[str] | None:
        folded = value and [each.strip().lower() for each in value]
        if folded and any("|" in each or not each for each in folded):
            raise ValueError("a value is blank or holds |")
        return folded

    @field_validator("non_product_codes")
    @classmethod
    def _upper(cls, value: dict[str, str]) -> dict[str, str]:
        return {code.upper(): meaning for code, meaning in value.items()}

    @field_validator("timestamp_format", mode="before")
    @classmethod
    def _joined(cls, value: object) -> object:
        return joined_patterns(value) if isinstance(value, list) else value

    @field_validator("timestamp_format")
    @classmethod
    def _spark_patterns(cls, value: str) -> str:
        require_patterns(value)
        return value

    @field_validator("header")
    @classmethod
    def _header_names(cls, value: bool | list[str]) -> bool | list[str]:
        if value is False:
            raise ValueError("a file without a header needs the list of its columns here")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "SourceConfig":
        require_whole(self)
        return self

    @property
    def checksum(self) -> str:
        """SHA-256 of what the config says, comments and layout aside."""
        # A setting that says nothing is left out, so that a new one changes no older config.
        said = self.model_dump()
        for name in _LATER:
            if said[name] == type(self).model_fields[name].default:
                del said[name]
        text = f"{_READER_VERSION}\n{json.dumps(said, sort_keys=True)}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def named_header(self) -> list[str]:
        """The columns of a file without a header."""
        return self.header if isinstance(self.header, list) else []

    @property
    def headers(self) -> dict[str, str]:
        """The file's header of each column that is read.

        Where a column names several, the others are ``customer_id.2`` and so on.
        """
        found = {}
        for column, given in self.columns.items():
            for at, header in enumerate(given if isinstance(given, list) else [given], 1):
                found[column if at == 1 else f"{column}.{at}"] = header
        return found

    def headers_in(self, header: Collection[str]) -> dict[str, str]:
        """Return ``headers`` as a file has them.

        Parameters
        ----------
        header : collection of str
            The file's.

        Returns
        -------
        dict of str to str
            Another name where the file has that one; without optional columns
            that it lacks. One that is required and lacking has its first name.
        """
        keys = {header_key(name) for name in header}
        found = {}
        for column, name in self.headers.items():
            names = [name, *self.other_names.get(column, ())]
            had = next((one for one in names if header_key(one) in keys), None)
            if had or column not in self.optional:
                found[column] = had or name
        return found

    def fits(self, header: Collection[str]) -> bool:
        """Say whether a file of that header has every column that must be there."""
        keys = {header_key(name) for name in header}
        return keys >= {header_key(name) for name in self.headers_in(header).values()}

    @property
    def has_product(self) -> bool:
        """True where lines name a product."""
        return "product_id" in self.columns

    @property
    def has_quantity(self) -> bool:
        """True where lines give quantity and unit price rather than an amount."""
        return "quantity" in self.columns

    @property
    def has_country(self) -> bool:
        """True where lines name a country."""
        return "country" in self.columns
