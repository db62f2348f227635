"""Rates by which amounts of several currencies are converted to the shop's own."""

import csv
import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F

from pipeline.core.errors import InputError
from pipeline.core.settings import project_vars
from pipeline.land.conformity import moment
from pipeline.land.files import shown
from pipeline.land.timestamp_formats import has_offset
from pipeline.store.staged import stored_schema

__all__ = ["RATES", "Rates", "load_rates", "only", "rates_of_days"]

RATES = "raw.currency_rates"

_LONGEST = 10_000_000
_SCALE = 10
_MOST = Decimal(10) ** 6
_SHOWN = 3
_BOUNDS = ("earliest", "latest")
_COLUMNS = "the columns currency and rate, and day where rates change"


@dataclass(frozen=True)
class Rates:
    """Rates to one currency.

    Attributes
    ----------
    name : str
        Name of the file, for messages.
    currency : str
        ISO 4217 code of the shop's own.
    by_currency : dict
        Of each currency the days from which a rate is in force, ascending, and
        the rates.
    checksum : str
        SHA-256 of the file's bytes.
    is_required : bool
        True where each line needs a rate; False where those without one do not
        count.
    """

    name: str
    currency: str
    by_currency: dict[str, tuple[tuple[date, ...], tuple[Decimal, ...]]]
    checksum: str
    is_required: bool = True

    def at(self, currency: str, day: date) -> Decimal | None:
        """Return the rate in force on a day; None where there is none yet."""
        if currency == self.currency:
            return Decimal(1)
        days, rates = self.by_currency.get(currency, ((), ()))
        place = bisect_right(days, day)
        return rates[place - 1] if place else None


def only(currency: str) -> Rates:
    """Return the rates of a source of which one currency counts."""
    return Rates("", currency, {}, "", is_required=False)


def load_rates(path: Path, currency: str | None) -> Rates:
    """Read a csv file of rates.

    Parameters
    ----------
    path : Path
        Its columns are ``currency`` and ``rate`` (what one unit is worth in
        the shop's own currency), and ``day`` (YYYY-MM-DD) from which the rate
        is in force, until the next one.
    currency : str, optional
        The shop's own; by default the one whose rate is always 1.

    Returns
    -------
    Rates
        With a rate required of each line.

    Raises
    ------
    InputError
        If the file can't be read or doesn't say that.
    """
    place = shown(path)
    try:
        data = path.read_bytes() if path.is_file() and path.stat().st_size <= _LONGEST else None
    except OSError as error:
        raise InputError(f"{place}: the rates can't be read ({error.strerror})") from error
    if data is None:
        raise InputError(f"{place}: expected a csv file of rates, of at most 10 MB")
    try:
        records = list(csv.reader(data.decode("utf-8-sig").splitlines()))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{place}: the rates are no csv file in UTF-8 ({error})") from error
    header = [name.strip().lower() for name in records[0]] if records else []
    if sorted(header) not in (["currency", "rate"], ["currency", "day", "rate"]):
        raise InputError(f"{place}: expected {_COLUMNS}; found {shown(', '.join(header) or None)}")
    found: dict[str, dict[date, Decimal]] = {}
    for number, record in enumerate(records[1:], 2):
        if not any(cell.strip() for cell in record):
            continue
        where = f"{place}, line {number}"
        if len(record) != len(header):
            raise InputError(f"{where}: expected {len(header)} fields, as in the header")
        code, day, rate = _record(dict(zip(header, record, strict=True)), where)
        if day in found.setdefault(code, {}):
            raise InputError(f"{where}: {code} has another rate of the same day")
        found[code][day] = rate
    own = currency or _own(found, place)
    if any(rate != 1 for rate in found.get(own, {}).values()):
        raise InputError(f"{place}: the rate of {own}, the shop's own currency, must be 1")
    by_currency = {
        code: (tuple(sorted(rates)), tuple(rates[day] for day in sorted(rates)))
        for code, rates in found.items()
    }
    return Rates(path.name, own, by_currency, hashlib.sha256(data).hexdigest())


def _record(cells: dict[str, str], where: str) -> tuple[str, date, Decimal]:
    code = cells.get("currency", "").strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise InputError(f"{where}: {shown(code, 40) or 'nothing'} is no ISO 4217 code such as EUR")
    try:
        # Without days a rate was always in force.
        day = date.fromisoformat(cells["day"].strip()) if "day" in cells else date.min
    except ValueError as error:
        raise InputError(f"{where}: expected a day as YYYY-MM-DD") from error
    text = cells.get("rate", "").strip()
    try:
        rate = Decimal(text)
    except InvalidOperation:
        rate = Decimal(0)
    is_one = bool(re.fullmatch(r"[0-9]+([.][0-9]*)?|[.][0-9]+", text)) and 0 < rate < _MOST
    if not is_one or round(rate, _SCALE) != rate:
        raise InputError(
            f"{where}: expected a rate above 0 and below a million, of at most {_SCALE} decimals "
            f"after a point; found {shown(text, 40) or 'nothing'}"
        )
    return code, day, rate


def _own(found: dict[str, dict[date, Decimal]], place: str) -> str:
    ones = [code for code, rates in found.items() if all(rate == 1 for rate in rates.values())]
    if len(ones) != 1:
        raise InputError(
            f"{place}: {'no currency has' if not ones else ' and '.join(ones) + ' have'} the rate "
            "1, by which the shop's own is known; give it a line, or name it as `currency` in a "
            "source config"
        )
    return ones[0]


def rates_of_days(
    lines: DataFrame, pattern: str, timezone: str, rates: Rates, place: str
) -> pa.Table:
    """Return the rate of each currency and day that lines have.

    Parameters
    ----------
    lines : DataFrame
        Columns of ``raw.order_lines``.
    pattern, timezone : str
        How their moments are read.
    rates : Rates
    place : str
        The file or sheet, for messages.

    Returns
    -------
    Table
        Rows of ``raw.currency_rates``.

    Raises
    ------
    InputError
        If a line that has a date has no currency, or its currency no rate that
        day.
    """
    at = moment(pattern)
    day = F.to_date(F.from_utc_timestamp(at, timezone) if has_offset(pattern) else at)
    bounds = [F.lit(project_vars()[f"{end}_order_date"]).cast("date") for end in _BOUNDS]
    code = F.expr("nullif(upper(trim(currency)), '')")
    pairs = (
        lines.where("unparsed_text is null and not coalesce(is_forgotten, false)")
        .select(code.alias("currency"), day.alias("day"), "source_row")
        .where((F.col("day") >= bounds[0]) & (F.col("day") < bounds[1]))
        .groupBy("currency", "day")
        .agg(F.count("*").alias("lines"), F.min("source_row").alias("first_row"))
        .orderBy("first_row")
        .collect()
    )
    found = [(row, rates.at(row["currency"], row["day"])) for row in pairs]
    if rates.is_required:
        _require_all([row for row, rate in found if rate is None], rates, place)
    known = [(row["currency"], row["day"], rate) for row, rate in found if rate is not None]
    return _table(known)


def _require_all(missing: Sequence[Row], rates: Rates, place: str) -> None:
    if not missing:
        return
    count = sum(row["lines"] for row in missing)
    named = [
        f"row {row['first_row']}"
        + (f" and {row['lines'] - 1:,} more" if row["lines"] > 1 else "")
        + f" ({row['currency'] or 'no currency'} on {row['day']})"
        for row in missing[:_SHOWN]
    ]
    more = len(missing) - _SHOWN
    raise InputError(
        f"{place}: {shown(rates.name)} has no rate to {rates.currency} for {count:,} lines: "
        f"{', '.join(named)}{f', and {more:,} more days' if more > 0 else ''}; add a rate that is "
        "in force on that day, or name the currency in the file"
    )


def _table(known: Iterable[tuple[str, date, Decimal]]) -> pa.Table:
    rows = [dict(zip(("currency", "day", "rate"), row, strict=True)) for row in known]
    return pa.Table.from_pylist(rows, schema=stored_schema(RATES))
