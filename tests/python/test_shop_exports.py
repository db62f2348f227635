"""Exports as shops hand them in, from the file to orders; every figure is counted by hand here."""

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
import runs
import yaml
from pyspark.sql.types import StructType

from pipeline.core.paths import StatePaths
from pipeline.engines.transform import build
from pipeline.inspect_source import inspect
from pipeline.land import land
from pipeline.land.losses import losses
from pipeline.store.tables import ensure_tables, full_name, schema_of, write_partition

# Minutes of Spark: `make soak PART=layouts` runs them.
pytestmark = [pytest.mark.spark, pytest.mark.soak]

SHOPIFY = ("Name", "Email", "Financial Status", "Currency", "Created at", "Lineitem quantity")
SHOPIFY = (*SHOPIFY, "Lineitem name", "Lineitem price", "Lineitem sku", "Lineitem discount")
SHOPIFY = (*SHOPIFY, "Refunded Amount", "Billing Country", "Notes", "Cancelled at")
NIGHT = "2025-01-05 23:30:00 -0500"


def shopify(folder: Path) -> Path:
    """Write nine line items of six orders: what an order says stands on its first record."""

    def item(number: str, quantity: str, price: str, off: str = "0.00", **order: str) -> list[str]:
        return [
            *(number, order.get("mail", ""), order.get("status", ""), order.get("money", "")),
            *(NIGHT, quantity, f"Tea {price}", price, "SKU-1", off, order.get("refund", "")),
            *(order.get("land", ""), order.get("note", ""), order.get("cancelled", "")),
        ]

    paid = {"status": "paid", "money": "EUR", "land": "FR"}
    rows = [
        # 30.00, of which 5.00 were paid back.
        item("#1", "2", "10.00", mail="ann@x.y", refund="5.00", note='ring\n"twice"', **paid),
        item("#1", "3", "3.33"),
        item("#1", "1", "0.01"),
        item("#2", "1", "7.00", **paid),
        # With shipping more was paid back than the item came to.
        item("#3", "1", "8.00", mail="ANN@x.y ", refund="12.90", **{**paid, "status": "refunded"}),
        item("#4", "1", "4.00", mail="bob@x.y", cancelled=NIGHT, **paid),
        item("#4", "1", "5.00"),
        item("#5", "1", "6.00", mail="bob@x.y", **{**paid, "status": "voided"}),
        item("#6", "2", "5.00", "1.50", mail="bob@x.y", refund="0.00", **paid),
    ]
    return write(folder / "shopify.csv", [SHOPIFY, *rows], encoding="utf-8-sig")


def without_carry(folder: Path) -> Path:
    """Write thirty orders of three items, read by a config that carries nothing."""
    rows = [
        [f"#9{n:02d}", f"c{n % 7}@x.y" if at == 0 else "", "2025-01-05", f"{at + 5}.00"]
        for n in range(30)
        for at in range(3)
    ]
    return write(folder / "plain.csv", [["Name", "Email", "Created at", "Total"], *rows])


def woocommerce(folder: Path) -> Path:
    header = ("order_id", "order_date", "status", "order_total", "order_currency", "customer_id")
    header = (*header, "billing_email", "billing_country", "refunded_total")
    rows = [
        ["10", "completed", "50.00", "0", "cyd@x.y", "0.00"],
        ["11", "processing", "30.00", "5", "CYD@x.y", "10.00"],
        ["12", "failed", "70.00", "5", "cyd@x.y", "0.00"],
        ["13", "refunded", "20.00", "6", "dan@x.y", "0.00"],
        # More than the order's own total, which holds shipping, counts whole.
        ["14", "completed", "9.99", "7", "", "12.00"],
        ["15", "completed", "4.00", "0", "", "0.00"],
    ]
    rows = [
        [number, "2025-01-05 10:00:00", status, total, "EUR", who, mail, "DE", refund]
        for number, status, total, who, mail, refund in rows
    ]
    return write(folder / "woo.csv", [header, *rows])


def french(folder: Path) -> Path:
    """Write forty lines of 1,000.50 and as many euros more as come before each."""
    rows = [
        [f"acheteur{n % 9}", f"F{n // 2}", f"{n % 28 + 1:02d}.01.2025", "Café", f"1.{n:03d},50 €"]
        for n in range(40)
    ]
    titles = [["Rapport de ventes", *[""] * 4], ["Période: 2025", *[""] * 4]]
    header = ["Client", "Commande", "Date", "Article", "Montant"]
    total = ["TOTAL", "", "", "", "40 800,00 €"]
    path = folder / "ventes.csv"
    return write(path, [*titles, header, *rows, total], encoding="cp1252", delimiter=";")


def american(folder: Path) -> Path:
    """Write twenty lines, of which the first two give one piece back, of five customers."""
    rows = [
        [
            f"{'BUYER' if n % 2 else 'buyer'}{n % 5}@Example.com",
            *(f"50{n:02d}", f"2025-01-{n + 1:02d}T10:00:00+01:00", "A2"),
            *("(1)" if n < 2 else "2", "$1,100.00"),
        ]
        for n in range(20)
    ]
    header = ["customer_email", "order_number", "created", "sku", "qty", "price"]
    return write(folder / "sales.csv", [header, *rows])


def write(path: Path, rows: list, *, encoding="utf-8", delimiter=",") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


PLAIN = {
    "name": "plain",
    "columns": {
        "customer_id": "Email",
        "order_id": "Name",
        "ordered_at": "Created at",
        "amount": "Total",
    },
    "timestamp_format": "yyyy-MM-dd",
    "currency": "EUR",
}


@pytest.fixture(scope="module")
def shops(spark, tmp_path_factory):
    """Land every export, build up to the orders, and return rows by file, reports and losses."""
    folder = tmp_path_factory.mktemp("shops")
    (folder / "plain.yml").write_text(yaml.safe_dump(PLAIN))
    landed, reports, found = [], {}, {}
    with runs.own_state(folder / "state", "shops"):
        StatePaths(folder / "state").create()
        ensure_tables(spark)
        for make in (shopify, without_carry, woocommerce, french, american):
            path = make(folder)
            config = folder / "plain.yml" if make is without_carry else None
            if make in (french, american):
                config = path.with_suffix(".yml")
                inspect(path, config)
            reports[path.name] = land(spark, str(path), config)
            for name in ("raw.order_lines", "raw.loads"):
                landed.append((name, spark.table(full_name(name)).collect()))
        # Landing lets go of what it is not told of again.
        for name, rows in landed:
            schema = StructType(schema_of(name).fields[:-1])
            part = spark.createDataFrame([row[:-1] for row in rows], schema)
            write_partition(spark, part, name, rows[0].load_id)
        build(spark, ("--select", "+fct_orders", "--exclude-resource-type", "test"), {})
        found["losses"] = losses(spark)
        for name in ("int_order_lines_classified", "fct_order_lines", "fct_orders"):
            found[name] = spark.table(full_name(f"mart.{name}")).collect()
    return found, reports


def of(rows: list, file: str) -> list:
    return [row for row in rows if row.source_file == file]


def classes(shops, file: str) -> Counter:
    return Counter(row.line_class for row in of(shops[0]["int_order_lines_classified"], file))


def money(shops, file: str) -> tuple[Decimal, Decimal]:
    """Return what sales came to, and what was paid back of them."""
    sales = [row for row in of(shops[0]["fct_order_lines"], file) if row.line_class == "sale"]
    return sum(row.amount for row in sales), sum(row.returned_amount for row in sales)


def test_line_items_whose_order_stands_on_the_first_of_them(shops):
    found, reports = shops
    report = reports["shopify.csv"]
    assert (report.source_name, report.currency, report.raw_rows) == ("shopify_orders", "EUR", 9)
    expected = {"sale": 5, "order_status": 3, "no_customer": 1}
    assert classes(shops, "shopify.csv") == expected
    assert money(shops, "shopify.csv") == (Decimal("46.50"), Decimal("13.00"))
    kept = of(found["fct_order_lines"], "shopify.csv")
    parts = {row.source_row: row.returned_amount for row in kept}
    cents = [Decimal(text) for text in ("3.33", "1.67", "0.00", "8.00", "0.00")]
    assert [parts[at] for at in sorted(parts)] == cents
    assert {row.customer_id for row in kept} == {"ann@x.y", "bob@x.y"}
    assert {str(row.ordered_at) for row in kept} == {"2025-01-06 04:30:00"}
    assert {row.country for row in kept} == {"FR"}
    orders = {row.order_id: row for row in found["fct_orders"] if row.order_id.startswith("#")}
    assert {name: row.is_counted for name, row in orders.items() if len(name) == 2} == {
        "#1": True,
        "#3": False,
        "#6": True,
    }
    reasons = Counter(
        row.reject_reason for row in of(found["int_order_lines_classified"], "shopify.csv")
    )
    assert reasons["the order was cancelled"] == 2 and reasons["status voided"] == 1


def test_orders_of_guests_and_of_a_status_that_does_not_count(shops):
    found, reports = shops
    assert reports["woo.csv"].source_name == "woocommerce_orders"
    assert classes(shops, "woo.csv") == {"sale": 3, "order_status": 2, "no_customer": 1}
    assert money(shops, "woo.csv") == (Decimal("89.99"), Decimal("22.00"))
    customers = {row.customer_id for row in of(found["fct_order_lines"], "woo.csv")}
    assert customers == {"cyd@x.y", "7"}


def test_titles_totals_and_a_currency_behind_the_amount(shops):
    report = shops[1]["ventes.csv"]
    assert (report.raw_rows, report.currency) == (40, "EUR")
    assert classes(shops, "ventes.csv") == {"sale": 40}
    assert money(shops, "ventes.csv") == (Decimal("40800.00"), 0)
    (sentence,) = [text for text in report.warnings if "no lines" in text]
    assert "2 title rows above the header and 1 total row at the end" in sentence
    assert "Rapport de ventes | Période: 2025 | 40 800,00 € TOTAL" in sentence


def test_offsets_parentheses_and_addresses_in_capitals(shops):
    found, reports = shops
    assert reports["sales.csv"].currency == "USD"
    lines = of(found["int_order_lines_classified"], "sales.csv")
    assert classes(shops, "sales.csv") == {"sale": 18, "return": 2}
    assert sum(row.amount for row in lines) == Decimal("37400.00")
    assert {row.customer_id for row in lines} == {f"buyer{n}@example.com" for n in range(5)}
    assert min(row.ordered_at for row in lines).isoformat() == "2025-01-01T09:00:00"


def test_what_is_lost_is_said_loudly_with_its_cause(shops):
    # 60 of 165 lines: two of each of the thirty orders, beside the two guests' own.
    (sentence,) = shops[0]["losses"]
    assert sentence.startswith("38% of the lines")
    assert "no_customer" in sentence and "set `carry: [customer_id]`" in sentence


def test_the_same_files_land_once_and_are_told_alike(spark, tmp_path):
    with runs.landing_place(spark, tmp_path / "state", "shops_again"):
        path = french(tmp_path)
        config = path.with_suffix(".yml")
        inspect(path, config)
        first, second = (land(spark, str(path), config) for _ in range(2))
        assert [file.read_again for file in (*first.files, *second.files)] == [True, False]
        assert first.warnings == second.warnings
        assert first.currency == second.currency == "EUR"
