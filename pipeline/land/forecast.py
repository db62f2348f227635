"""What a file would come to by a config: its first lines, and the reconciliation to come."""

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import InputError
from pipeline.land.canonical import CANONICAL, EXTRAS
from pipeline.land.config import SourceConfig
from pipeline.land.files import kind_of, shown
from pipeline.land.lines import csv_lines, parquet_lines, positions
from pipeline.land.reading import Reading
from pipeline.land.scan import scan_csv
from pipeline.land.sheets import sheet_names, write_sheet

__all__ = ["Forecast", "forecast", "preview", "told"]

_FIRST = 10
# No order id begins with it.
_NO_PREFIX = "\1"
# As the models have them: their product fits a decimal.
_NUMBERS = {
    "quantity": "decimal(18, 3)",
    **dict.fromkeys(("unit_price", "amount", "discount", "refund"), "decimal(18, 6)"),
}
_SQL = Path(__file__).with_name("forecast.sql")


@dataclass(frozen=True)
class Forecast:
    """What would come of a file.

    Attributes
    ----------
    first : list of dict
        The first lines, by canonical column.
    currency : str
        ISO 4217 code; blank where the file names several or none.
    records, orders : int
        Lines of the file, and different order ids.
    kept : int
        Lines that count: sales and returns.
    kept_orders, customers : int
        Orders and customers of these.
    net : Decimal
        What they come to, less returns and refunds.
    left_out : list of tuple
        Reason, lines, share of the lines, share of the money; most lines first.
    named_elsewhere : int
        Lines left out for want of a customer whose order names one elsewhere.
    """

    first: list[dict]
    currency: str
    records: int
    orders: int
    kept: int
    kept_orders: int
    customers: int
    net: object
    left_out: list[tuple]
    named_elsewhere: int


def forecast(path: Path, config: SourceConfig) -> Forecast:
    """Read a whole file by a config and count what would come of it.

    Parameters
    ----------
    path : Path
        csv, csv.gz, parquet or workbook.
    config : SourceConfig
        How it is read.

    Returns
    -------
    Forecast
        Exact duplicates and lines that are no goods still count in it, and
        dates are not judged: these only a run finds.

    Raises
    ------
    InputError
        As landing does.
    """
    with tempfile.TemporaryDirectory(prefix="inspect-") as folder, duckdb.connect() as connection:
        reading = Reading(_lines(path, config, Path(folder)), config)
        faults: list[InputError] = []
        batches = _until_fault(reading, faults)
        head = next(batches, None)
        if head is None:
            if faults:
                raise faults[0]
            raise InputError(f"{shown(path)}: no sheet holds any rows")
        reader = pa.RecordBatchReader.from_batches(head.schema, chain([head], batches))
        connection.register("raw_lines", reader)
        connection.execute("set temp_directory = ?", [folder])
        given = _parameters(config)
        for statement in _sql(config).split(";\n"):
            named = {name: value for name, value in given.items() if f"${name}" in statement}
            try:
                connection.execute(statement, named)
            except duckdb.OutOfRangeException as error:
                raise InputError(f"{shown(path)}: its amounts are too large to add up") from error
            if faults:
                raise faults[0]
        (totals,) = connection.execute("select * from totals").fetchall()
        left_out = connection.execute("select * from left_out").fetchall()
        first = head.slice(0, _FIRST).to_pylist()
        try:
            currency = reading.currency(shown(path))
        except InputError:
            currency = ""
    records, orders, kept, kept_orders, customers, net, named_elsewhere = totals
    return Forecast(
        first,
        currency,
        records,
        orders,
        kept,
        kept_orders,
        customers,
        net,
        left_out,
        named_elsewhere,
    )


def _until_fault(
    batches: Iterable[pa.RecordBatch], faults: list[InputError]
) -> Iterator[pa.RecordBatch]:
    """Yield batches; a fault of the file is kept, since DuckDB would raise one of its own."""
    try:
        yield from batches
    except InputError as fault:
        faults.append(fault)


def _sql(config: SourceConfig) -> str:
    """Return the statements; only names and separators of the config's own schema go in."""
    text = _SQL.read_text(encoding="utf-8")
    for name, kind in _NUMBERS.items():
        text = text.replace(f"{{{name}}}", f"try_cast({_number(name, config)} as {kind})")
    return text


def _number(column: str, config: SourceConfig) -> str:
    text = f"trim({column})"
    if config.has_number_signs:
        minus = f"if(regexp_matches({text}, '^[^0-9]*[-(]|-[^0-9]*$'), '-', '')"
        text = f"{minus} || regexp_replace({text}, '^[^0-9.,]+|[^0-9]+$', '', 'g')"
    if config.thousands_separator:
        sign = config.thousands_separator.replace("'", "''")
        text = f"replace({text}, '{sign}', '')"
    text = f"replace({text}, '{config.decimal_separator}', '.')"
    return f"nullif({text}, '')"


def _parameters(config: SourceConfig) -> dict[str, object]:
    return {
        "has_quantity": config.has_quantity,
        "statuses": config.counted_statuses or [],
        "has_status": bool(config.counted_statuses),
        "cancellation": (config.cancellation_prefix or _NO_PREFIX).upper(),
        "adjustment": (config.adjustment_prefix or _NO_PREFIX).upper(),
        "is_negative_return": config.is_negative_return,
    }


def _lines(path: Path, config: SourceConfig, folder: Path) -> Iterator[pa.RecordBatch]:
    """Read a file's lines as landing does; of a workbook those of all its sheets."""
    place = shown(path)
    kind = kind_of(path)
    if kind == "csv":
        has_header = config.header is True
        scan = scan_csv(path, config.options, has_header=has_header, title_rows=config.title_rows)
        header = scan.header or config.named_header
        yield from csv_lines(path, len(header), positions(header, config, place), config)
    elif kind == "parquet":
        places = positions(pq.read_schema(path).names, config, place)
        yield from parquet_lines([path], places, config, place)
    else:
        for at, sheet in enumerate(sheet_names(path, config.options.sheets)):
            laid = write_sheet(path, sheet, config, folder / f"{at}.parquet")
            if laid is not None:
                names = pq.read_schema(laid.path).names
                places = {column: place for place, column in enumerate(names)}
                yield from parquet_lines([laid.path], places, config, place)


def told(found: Forecast, loud_share: float) -> list[str]:
    """Return a forecast in sentences.

    Parameters
    ----------
    found : Forecast
    loud_share : float
        Of lines or money; a reason that takes more has a warning of its own.

    Returns
    -------
    list of str
        Indented lines for the report; warnings begin with ``!``.
    """
    unit = "" if found.currency in ("", "XXX") else f" {found.currency}"
    lines = [
        f"  {found.records:,} records of {found.orders:,} orders, of which {found.kept:,} records "
        f"of {found.kept_orders:,} orders and {found.customers:,} customers count; net revenue "
        f"{found.net:,.2f}{unit}.",
    ]
    for reason, count, _, money in found.left_out:
        share = f", {money:.0%} of the money" if money else ""
        if reason == "no customer id":
            alone = count - found.named_elsewhere
            share += f", {alone:,} of them of orders that name none at all"
        lines.append(f"  Left out: {count:,} records ({shown(reason, 60)}{share}).")
    for reason, _, *shares in found.left_out:
        if max(shares) > loud_share:
            lines.append(
                f"  ! {max(shares):.0%} of the {'lines' if shares[0] >= shares[1] else 'money'} "
                f"would be lost ({shown(reason, 60)})."
            )
    if found.named_elsewhere:
        lines.append(
            f"  ! {found.named_elsewhere:,} lines name no customer, although another line of "
            "their order does: set `carry: [customer_id]`."
        )
    return lines


def preview(found: Forecast) -> list[str]:
    """Return the first lines as a table.

    Returns
    -------
    list of str
        A header and at most ten lines, of the columns that these fill; texts are cut short.
    """
    names = [
        name
        for name in (*CANONICAL, *EXTRAS)
        if any(row.get(name) is not None for row in found.first)
    ]
    table = [names]
    table += [
        [shown(row[name] or "")[:24] for name in names] for row in islice(found.first, _FIRST)
    ]
    widths = [max(len(row[at]) for row in table) for at in range(len(names))]
    return [
        (
            "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
