"""Every layout that a shop's lines come in, from its file to the classes of its lines.

The same lines are written in each layout, landed one layout after the other, and classified by
one run of dbt; each layout has order ids of its own, so that none is a copy of another's.
"""

import csv
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import openpyxl
import pytest
import runs
from pyspark.sql.types import StructType

from pipeline.core.paths import StatePaths
from pipeline.engines.transform import build
from pipeline.inspect_source import inspect
from pipeline.land import land
from pipeline.store.tables import ensure_tables, full_name, schema_of, write_partition

pytestmark = [pytest.mark.spark, pytest.mark.engines]


class Line(NamedTuple):
    order: str
    product: str
    units: int
    moment: datetime
    price: str
    customer: str | None
    line_class: str


def line(order: str, product: str, units: int, day: int, price: str, *rest) -> Line:
    return Line(order, product, units, datetime(2010, 12, day, 9, 5), price, *rest)


LINES = [
    *(line(f"{number}", "85123A", number, 1, "2.55", "13085", "sale") for number in range(10, 40)),
    line("40", "85123A", 6, 8, "2.55", "13085", "sale"),
    line("40", "85123A", 6, 8, "2.55", "13085", "duplicate"),
    line("41", "22138", 2, 9, "4.95", "17850", "sale"),
    line("C42", "22138", -1, 9, "4.95", "17850", "return"),
    line("43", "22138", 3, 12, "4.95", None, "no_customer"),
    line("44", "POST", 1, 13, "18.00", "17850", "non_product"),
    line("45", "22139", -10, 14, "0.00", None, "write_off"),
    line("46", "22139", 1, 15, "0.00", "17850", "zero_price"),
    line("C47", "22140", -1, 16, "1.25", "17850", "return"),
]
UCI = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice")
UCI = (*UCI, "CustomerID", "Country")
SECOND = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price")
SECOND = (*SECOND, "Customer ID", "Country")
GERMAN = ("Rechnungs-Nr", "Artikelnr", "Bezeichnung", "Menge", "Rechnungsdatum", "Einzelpreis")
GERMAN = (*GERMAN, "Kundennr", "Land")
TEXT = "CAFÉ, £5"


def cells(item: Line, moment: str, price: str, customer: str) -> list[str]:
    return [item.order, item.product, TEXT, str(item.units), moment, price, customer, "France"]


def write_csv(path: Path, header: tuple, lines: list, *, encoding="utf-8", delimiter=",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *lines])
    return path


def write_sheets(path: Path, header: tuple, sheets: dict[str, list[Line]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append(header)
        for item in lines:
            customer = int(item.customer) if item.customer else None
            order = int(item.order) if item.order.isdigit() else item.order
            values = (item.product, TEXT, item.units, item.moment, float(item.price))
            sheet.append([order, *values, customer, "France"])
    book.save(path)
    return path


def uci_csv(folder: Path, lines: list[Line]) -> Path:
    rows = [
        cells(item, f"{item.moment:%-m/%-d/%Y %-H:%M}", item.price, item.customer or "")
        for item in lines
    ]
    return write_csv(folder / "uci.csv", UCI, rows)


def uci_workbook(folder: Path, lines: list[Line]) -> Path:
    return write_sheets(folder / "uci.xlsx", UCI, {"Online Retail": lines})


def second_csv(folder: Path, lines: list[Line]) -> Path:
    rows = [
        cells(item, str(item.moment), item.price, f"{item.customer}.0" if item.customer else "")
        for item in lines
    ]
    return write_csv(folder / "second.csv", SECOND, rows)


def second_workbook(folder: Path, lines: list[Line]) -> Path:
    """Write two sheets that share the ninth to the twelfth of December."""
    earlier = [item for item in lines if item.moment.day <= 12]
    later = [item for item in lines if item.moment.day >= 9]
    sheets = {"Year 2009-2010": earlier, "Year 2010-2011": later}
    return write_sheets(folder / "second.xlsx", SECOND, sheets)


def german_csv(folder: Path, lines: list[Line]) -> Path:
    rows = [
        cells(item, f"{item.moment:%d.%m.%Y %H:%M}", item.price.replace(".", ","), item.customer)
        for item in lines
    ]
    path = folder / "Umsätze.csv"
    return write_csv(path, GERMAN, rows, encoding="cp1252", delimiter=";")


def minimal_csv(folder: Path, lines: list[Line]) -> Path:
    rows = [
        [item.customer, item.order, item.moment, Decimal(item.price) * item.units] for item in lines
    ]
    return write_csv(folder / "minimal.csv", ("customer", "order", "timestamp", "amount"), rows)


class Layout(NamedTuple):
    write: Callable[[Path, list[Line]], Path]
    source: str
    is_inspected: bool = False


LAYOUTS = {
    "1": Layout(uci_csv, "uci_online_retail"),
    "2": Layout(uci_workbook, "uci_online_retail"),
    "3": Layout(second_csv, "online_retail_ii"),
    "4": Layout(second_workbook, "online_retail_ii"),
    "5": Layout(german_csv, "ums_tze", is_inspected=True),
    "6": Layout(minimal_csv, "minimal"),
}


def own_lines(number: str) -> list[Line]:
    """Return the lines with order ids that only one layout has."""
    return [
        item._replace(order=item.order.replace("C", f"C{number}"))
        if item.order.startswith("C")
        else item._replace(order=number + item.order)
        for item in LINES
    ]


def expected(number: str) -> Counter:
    """Return how many lines of each order should be of each class."""
    lines = own_lines(number)
    found = Counter((item.order, item.line_class) for item in lines)
    if LAYOUTS[number].write is second_workbook:
        shared = [item for item in lines if 9 <= item.moment.day <= 12]
        found.update((item.order, "duplicate") for item in shared)
    if LAYOUTS[number].write is minimal_csv:
        # Without products postage is a sale; without units nothing is written off.
        others = {"non_product": "sale", "write_off": "zero_price"}
        found = Counter((item.order, others.get(item[-1], item[-1])) for item in lines)
    return found


@pytest.fixture(scope="module")
def classified(spark, tmp_path_factory):
    """Land every layout, classify all at once, and return the lines and what landed."""
    folder = tmp_path_factory.mktemp("layouts")
    landed, sources = [], {}
    with runs.own_state(folder / "state", "layouts"):
        StatePaths(folder / "state").create()
        ensure_tables(spark)
        for number, layout in LAYOUTS.items():
            path = layout.write(folder, own_lines(number))
            config = folder / "drafted.yml" if layout.is_inspected else None
            if config:
                inspect(path, config)
            sources[number] = land(spark, str(path), config)
            for name in ("raw.order_lines", "raw.loads"):
                landed.append((name, spark.table(full_name(name)).collect()))
        # Landing lets go of what it is not told of again.
        for name, rows in landed:
            for load_id in {row.load_id for row in rows}:
                schema = StructType(schema_of(name).fields[:-1])
                part = [row[:-1] for row in rows if row.load_id == load_id]
                write_partition(spark, spark.createDataFrame(part, schema), name, load_id)
        selection = ("--select", "+int_order_lines_classified")
        build(spark, (*selection, "--exclude-resource-type", "test"), {})
        lines = spark.table(full_name("mart.int_order_lines_classified")).collect()
    return lines, sources


@pytest.mark.parametrize("number", LAYOUTS)
def test_lines_are_classified_in_every_layout(classified, number):
    lines, sources = classified
    assert sources[number].source_name == LAYOUTS[number].source
    of_layout = [row for row in lines if row.order_id.lstrip("C")[0] == number]
    found = Counter((row.order_id, row.line_class) for row in of_layout)
    assert found == expected(number)
    money = sum(row.amount for row in of_layout if row.line_class in ("sale", "return"))
    sold = [item for item in own_lines(number) if item.line_class in ("sale", "return")]
    postage = Decimal(18) if LAYOUTS[number].write is minimal_csv else 0
    assert money == sum(Decimal(item.price) * item.units for item in sold) + postage
    assert {row.customer_id for row in of_layout} == {"13085", "17850", None}
    if LAYOUTS[number].write is not minimal_csv:
        assert {row.description for row in of_layout} == {TEXT}
