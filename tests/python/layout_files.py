"""Files laid out as shop systems export them, and what they come to on Sail."""

import csv
import json
import sys
from pathlib import Path

import yaml
from pyspark.sql.types import StructType

from pipeline.core.engine import is_sail
from pipeline.core.errors import InputError
from pipeline.core.paths import state
from pipeline.engines.session import get_session
from pipeline.engines.transform import build
from pipeline.land import land
from pipeline.store.tables import (
    ensure_tables,
    full_name,
    partition_values,
    schema_of,
    write_partition,
)

STRIPE = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
    "Converted Amount Refunded,Converted Currency,Decline Reason,Description,Fee,Mode,"
    "PaymentIntent ID,Statement Descriptor,Status,Seller Message,Customer ID,"
    "Customer Description,Customer Email,Invoice ID"
)
STRIPE_BEFORE = (
    "id,Description,Seller Message,Created (UTC),Amount,Amount Refunded,Currency,"
    "Converted Amount,Converted Amount Refunded,Fee,Tax,Converted Currency,Mode,Status,"
    "Statement Descriptor,Customer ID,Customer Description,Customer Email,Captured,Card ID"
)
SQUARE = (
    "Date,Time,Time Zone,Category,Item,Qty,Price Point Name,SKU,Modifiers Applied,Gross Sales,"
    "Discounts,Net Sales,Tax,Transaction ID,Payment ID,Device Name,Notes,Details,Event Type,"
    "Location,Dining Option,Customer ID,Customer Name,Customer Reference ID,Unit,Count,GTIN,"
    "Itemization Type,Commission,Employee,Fulfillment Note,Channel,Token,Card Brand,PAN Suffix"
)
MAGENTO = (
    "ID,Purchase Point,Purchase Date,Bill-to Name,Ship-to Name,Grand Total (Base),"
    "Grand Total (Purchased),Status,Billing Address,Shipping Address,Shipping Information,"
    "Customer Email,Customer Group,Subtotal,Shipping and Handling,Customer Name,Payment Method,"
    "Total Refunded"
)
AMAZON = (
    "order-id,order-item-id,purchase-date,payments-date,buyer-email,buyer-name,"
    "buyer-phone-number,sku,product-name,quantity-purchased,currency,item-price,item-tax,"
    "shipping-price,shipping-tax,ship-service-level,recipient-name,ship-address-1,ship-city,"
    "ship-state,ship-postal-code,ship-country,ship-phone-number,item-promotion-discount,"
    "item-promotion-id"
)
AMAZON_ALL = (
    "amazon-order-id,merchant-order-id,purchase-date,last-updated-date,order-status,"
    "fulfillment-channel,sales-channel,order-channel,ship-service-level,product-name,sku,asin,"
    "item-status,quantity,currency,item-price,item-tax,shipping-price,shipping-tax,ship-city,"
    "ship-state,ship-postal-code,ship-country,promotion-ids"
)
WOO = (
    "Order Number,Order Status,Order Date,Customer Note,First Name (Billing),"
    "Last Name (Billing),City (Billing),Country Code (Billing),Email (Billing),"
    "Payment Method Title,Cart Discount Amount,Order Subtotal Amount,Order Shipping Amount,"
    "Order Refund Amount,Order Total Amount,Order Total Tax Amount,SKU,Item #,Item Name,"
    "Quantity (- Refund),Item Cost,Coupon Code,Discount Amount"
)
BIGCOMMERCE = (
    "Order ID,Customer ID,Customer Name,Customer Email,Customer Phone,Order Date,Order Status,"
    "Subtotal (inc tax),Subtotal (ex tax),Tax Total,Shipping Cost (inc tax),"
    "Shipping Cost (ex tax),Ship Method,Handling Cost (inc tax),Handling Cost (ex tax),"
    "Order Total (inc tax),Order Total (ex tax),Payment Method,Total Quantity,Total Shipped,"
    "Date Shipped,Order Currency Code,Exchange Rate,Order Notes,Customer Message,"
    "Billing First Name,Billing Last Name,Billing Company,Billing Street 1,Billing Street 2,"
    "Billing Suburb,Billing State,Billing Zip,Billing Country,Billing Phone,Billing Email,"
    "Product Details,Store Credit Redeemed,Coupon Details,Refund Amount"
)
PRESTASHOP_GRID = "ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date"


def write(path: Path, header: str, rows: list[dict[str, str]], **format_: str) -> Path:
    """Write an export; what a row leaves out is blank."""
    encoding = format_.pop("encoding", "utf-8")
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, header.split(","), **{"restval": "", **format_})
        writer.writeheader()
        writer.writerows(rows)
    return path


def stripe(folder: Path) -> Path:
    rows = [
        ("ch_1", "100.00", "0.00", "Paid", "ann@x.y", "cus_1"),
        ("ch_2", "50.00", "20.00", "Paid", "ANN@x.y", ""),
        ("ch_3", "30.00", "30.00", "Refunded", "bob@x.y", "cus_2"),
        ("ch_4", "70.00", "0.00", "Failed", "bob@x.y", "cus_2"),
        ("ch_5", "15.00", "0.00", "Paid", "", "cus_3"),
        ("ch_6", "9.00", "0.00", "Paid", "", ""),
        ("ch_7", "12.00", "0.00", "canceled", "bob@x.y", "cus_2"),
    ]
    names = ("id", "Amount", "Amount Refunded", "Status", "Customer Email", "Customer ID")
    more = {"Created date (UTC)": "2026-01-05 20:38:34", "Currency": "eur"}
    whole = [{**dict(zip(names, row, strict=True)), **more} for row in rows]
    return write(folder / "stripe.csv", STRIPE, whole)


def stripe_before(folder: Path) -> Path:
    row = {"Created (UTC)": "2016-05-18 00:14", "Currency": "usd", "Status": "Paid"}
    row |= {"Amount Refunded": "0.00", "Customer Email": "eve@x.y"}
    rows = [{**row, "id": "ch_a", "Amount": "10.00"}, {**row, "id": "ch_b", "Amount": "5.50"}]
    return write(folder / "stripe_before.csv", STRIPE_BEFORE, rows)


def square(folder: Path) -> Path:
    rows = [
        ("T1", "Mug", "M1", "2.0", "$36.00", "$0.00", "$36.00", "C1", "Payment"),
        ("T1", "Print", "P1", "1.0", "$12.00", "-$3.00", "$9.00", "C1", "Payment"),
        ("T2", "Vase", "V1", "1.0", "$1,234.50", "$0.00", "$1,234.50", "C2", "Payment"),
        ("T3", "Mug", "M1", "1.0", "$8.00", "$0.00", "$8.00", "", "Payment"),
        ("T4", "Mug", "M1", "-1.0", "-$18.00", "$0.00", "-$18.00", "C1", "Refund"),
        ("T5", "Custom Amount", "", "1.0", "$5.00", "$0.00", "$5.00", "C2", "Payment"),
    ]
    names = ("Transaction ID", "Item", "SKU", "Qty", "Gross Sales", "Discounts", "Net Sales")
    names = (*names, "Customer ID", "Event Type")
    whole = [
        {
            **dict(zip(names, row, strict=True)),
            **{"Date": f"2026-07-{18 + at}", "Time": "12:59:30"},
            "Time Zone": "Eastern Time (US & Canada)",
        }
        for at, row in enumerate(rows)
    ]
    return write(folder / "items.csv", SQUARE, whole)


def magento(folder: Path) -> Path:
    rows = [
        ("000000001", "Jan 5, 2026 09:15:00 AM", "50.0000", "Complete", "ann@x.y", ""),
        ("000000002", "Jan 15, 2026 02:22:33 PM", "80.0000", "Processing", "Ann@x.y", "30.0000"),
        ("000000003", "Feb 1, 2026 12:05:00 AM", "20.0000", "Closed", "bob@x.y", "20.0000"),
        ("000000004", "Feb 2, 2026 12:05:00 PM", "99.0000", "Canceled", "bob@x.y", ""),
        ("000000005", "Feb 3, 2026 11:59:59 PM", "10.0000", "Pending", "cyd@x.y", ""),
    ]
    names = ("ID", "Purchase Date", "Grand Total (Base)", "Status", "Customer Email")
    names = (*names, "Total Refunded")
    whole = [dict(zip(names, row, strict=True)) for row in rows]
    return write(folder / "magento.csv", MAGENTO, whole, quoting=csv.QUOTE_ALL)


def amazon(folder: Path) -> Path:
    rows = [
        ("111-1", "TEA-1", '5" plate', "2", "20.00", "-4.00", "b1@marketplace.amazon.de"),
        ("111-1", "TEA-2", "Café", "1", "5.00", "0.00", "b1@marketplace.amazon.de"),
        ("222-2", "TEA-1", '5" plate', "1", "10.00", "", "b2@marketplace.amazon.de"),
        ("333-3", "MUG-1", "Mug", "3", "30.00", "", ""),
    ]
    names = ("order-id", "sku", "product-name", "quantity-purchased", "item-price")
    names = (*names, "item-promotion-discount", "buyer-email")
    more = {"purchase-date": "2026-01-05T23:30:00-07:00", "currency": "EUR", "ship-country": "DE"}
    whole = [{**dict(zip(names, row, strict=True)), **more} for row in rows]
    plain = {"delimiter": "\t", "quoting": csv.QUOTE_NONE, "quotechar": None}
    return write(folder / "orders.txt", AMAZON, whole, encoding="cp1252", **plain)


def amazon_all(folder: Path) -> Path:
    row = {"amazon-order-id": "111-1", "purchase-date": "2026-01-05T10:00:00+00:00"}
    return write(folder / "all.txt", AMAZON_ALL, [row], delimiter="\t")


def woocommerce(folder: Path) -> Path:
    rows = [
        ("500", "Completed", "2026-01-05 10:22", "ann@x.y", "TEA-1", "2", "10.00"),
        # A setting of the plug-in: what the order says is not said again.
        ("500", "", "", "", "TEA-2", "1", "2.50"),
        ("501", "Processing", "2026-01-06 08:00", "bob@x.y", "TEA-1", "0", "10.00"),
        ("501", "Processing", "2026-01-06 08:00", "bob@x.y", "MUG-1", "3", "3.33"),
        ("502", "Cancelled", "2026-01-07 08:00", "bob@x.y", "TEA-1", "1", "10.00"),
        ("503", "Refunded", "2026-01-07 08:00", "bob@x.y", "TEA-1", "1", "10.00"),
        ("504", "Completed", "2026-01-07 08:00", "", "TEA-1", "1", "10.00"),
    ]
    names = ("Order Number", "Order Status", "Order Date", "Email (Billing)", "SKU")
    names = (*names, "Quantity (- Refund)", "Item Cost")
    whole = [dict(zip(names, row, strict=True)) for row in rows]
    return write(folder / "woo_items.csv", WOO, whole)


def bigcommerce(folder: Path) -> Path:
    rows = [
        ("101", "7", "ann@x.y", "", "5/1/2026", "Completed", "50.00", "0.00"),
        # A guest, and later with an account.
        ("102", "0", "", "bob@x.y", "17/1/2026", "Shipped", "30.00", "0.00"),
        ("103", "8", "BOB@x.y", "bob@x.y", "18/1/2026", "Partially Refunded", "20.00", "5.50"),
        ("104", "7", "ann@x.y", "", "19/1/2026", "Cancelled", "99.00", "0.00"),
        ("105", "7", "ann@x.y", "", "20/1/2026", "Refunded", "12.00", "12.00"),
        ("106", "9", "", "", "21/1/2026", "Awaiting Fulfillment", "8.00", "0.00"),
        ("107", "0", "", "", "22/1/2026", "Completed", "4.00", "0.00"),
        ("108", "9", "", "", "23/1/2026", "Incomplete", "4.00", "0.00"),
    ]
    names = ("Order ID", "Customer ID", "Customer Email", "Billing Email", "Order Date")
    names = (*names, "Order Status", "Order Total (inc tax)", "Refund Amount")
    more = {"Order Currency Code": "AUD", "Billing Country": "Australia"}
    more |= {"Customer Message": 'leave it\nat the "door"'}
    whole = [{**dict(zip(names, row, strict=True)), **more} for row in rows]
    return write(folder / "bigcommerce.csv", BIGCOMMERCE, whole)


def prestashop_grid(folder: Path) -> Path:
    path = folder / "order_list.csv"
    row = '1;XKBKNABJK;1;France;"J. DOE";"76,01 €";Chèque;"Paiement accepté";"2026-01-05 10:00:00"'
    path.write_text(f"{PRESTASHOP_GRID}\n{row}\n")
    return path


RATES = """\
currency,day,rate
EUR,2020-01-01,1
USD,2025-12-01,0.5
usd,2026-01-06,0.87654321
JPY,2025-01-01,0.0061
"""


def many_currencies(folder: Path) -> tuple[Path, Path]:
    """Write Stripe payments of three currencies and one with no rate needed, and the rates."""
    rows = [
        ("ch_11", "10.00", "0.00", "eur", "ann@x.y", "2026-01-05 23:59:59"),
        # The rate of the day before counts to its last second.
        ("ch_12", "10.00", "0.00", "usd", "ann@x.y", "2026-01-05 23:59:59"),
        ("ch_13", "10.01", "0.00", "USD ", "bob@x.y", "2026-01-06 00:00:00"),
        ("ch_14", "1999", "999", "jpy", "bob@x.y", "2026-01-07 10:00:00"),
        ("ch_15", "20.02", "20.02", "usd", "cyd@x.y", "2026-01-07 10:00:00"),
        ("ch_16", "7.00", "0.00", "usd", "", "2026-01-07 10:00:00"),
    ]
    names = ("id", "Amount", "Amount Refunded", "Currency", "Customer Email", "Created date (UTC)")
    whole = [{**dict(zip(names, row, strict=True)), "Status": "Paid"} for row in rows]
    (folder / "rates.csv").write_text(RATES)
    return write(folder / "currencies.csv", STRIPE, whole), folder / "rates.csv"


def one_of_many(folder: Path) -> tuple[Path, Path]:
    """Write the payments of `many_currencies` again, and a config of which the euro counts."""
    payments, _ = many_currencies(folder)
    root = Path(__file__).resolve().parents[2]
    shipped = root / "pipeline" / "sources" / "stripe_payments.yml"
    config = folder / "euros.yml"
    config.write_text(f"{shipped.read_text()}currency: EUR\n")
    chosen = folder / "one_of_many.csv"
    chosen.write_text(payments.read_text().replace("ch_1", "ch_3"))
    return chosen, config


AGAIN = {
    "name": "again",
    "columns": {
        "customer_id": "customer",
        "order_id": "order",
        "ordered_at": "placed",
        "amount": "total",
        "refund": "refunded",
        "updated_at": "changed",
    },
    "timestamp_format": "yyyy-MM-dd",
    "currency": "EUR",
    "is_reexported": True,
}


def again(folder: Path, day: int) -> tuple[Path, Path]:
    """Write a day's export; on the second an order was refunded, one lost a line, one is new."""
    header = "customer,order,placed,total,refunded,changed"
    exports = {
        1: [
            "a,r1,2025-01-05,30.00,0,2025-01-05",
            "b,r2,2025-01-06,20.00,0,2025-01-06",
            "b,r2,2025-01-06,7.00,0,2025-01-06",
            "a,r0,2025-01-04,1.00,0,2025-01-04",
        ],
        2: [
            "a,r1,2025-01-05,30.00,12.50,2025-02-01",
            "b,r2,2025-01-06,20.00,0,2025-02-01",
            "c,r3,2025-02-01,4.00,0,2025-02-01",
        ],
    }
    (folder / "again").mkdir(exist_ok=True)
    rows = "\n".join([header, *exports[day]])
    (folder / "again" / f"{day:02d}.csv").write_text(f"{rows}\n")
    (folder / "again.yml").write_text(yaml.safe_dump(AGAIN))
    return folder / "again", folder / "again.yml"


MOMENTS = {
    "name": "moments",
    "columns": {
        "customer_id": "who",
        "order_id": "order",
        "ordered_at": "at",
        "amount": "sum",
        "product_id": "what",
    },
    "currency": "EUR",
    "thousands_separator": ".",
    "decimal_separator": ",",
    "has_number_signs": True,
    "is_negative_return": True,
}


def moments(folder: Path, name: str, formats: object, moments: list[str]) -> tuple[Path, Path]:
    """Write a line for each moment, of a product M, at 1.234,50 and the last at 34,50-."""
    rows = [
        f"w{at};{name}{at};{moment};M;{'34,50-' if moment == moments[-1] else '1.234,50 €'}"
        for at, moment in enumerate(moments)
    ]
    path, config = folder / f"{name}.csv", folder / f"{name}.yml"
    path.write_text("\n".join(["who;order;at;what;sum", *rows]) + "\n")
    said = {**MOMENTS, "timestamp_format": formats, "options": {"delimiter": ";"}}
    config.write_text(yaml.safe_dump(said))
    return path, config


WAYS = ["2025-01-05", "6.2.2025 14:30", "20250307"]
PATTERNS = ["yyyy-MM-dd", "d.M.yyyy H:mm", "yyyyMMdd"]
SERIALS = ["45658", "45658.5", "45658,75"]


def refused(spark, *source: object) -> str:
    """Return what a landing that must fail says."""
    try:
        land(spark, *source)
    except InputError as error:
        return str(error)
    return "it landed"


MAKERS = (stripe, stripe_before, square, magento, amazon, woocommerce, bigcommerce)


def main(out: Path) -> None:
    """Land every export without a CONFIG, build up to the orders, and write what they come to."""
    spark = get_session("layouts")
    assert is_sail(spark)
    state().create()
    ensure_tables(spark)
    landed, sources = [], {}
    folder = state().tmp
    euros = one_of_many(folder)
    mixed, rates = many_currencies(folder)
    late = folder / "late.csv"
    late.write_text("currency,day,rate\nEUR,2026-01-01,1\nUSD,2026-01-06,0.9\n")
    both = moments(folder, "both", ["d/M/yyyy", "M/d/yyyy"], ["13/1/2025", "1/13/2025", "2/3/2025"])
    found = {
        "refused": [
            refused(spark, str(mixed), None),
            refused(spark, str(mixed), None, late),
            refused(spark, *map(str, both)),
        ]
    }
    inputs = [
        *((make(folder), None, None) for make in MAKERS),
        (mixed, None, rates),
        (*euros, None),
        (*moments(folder, "ways", PATTERNS, WAYS), None),
        (*moments(folder, "serials", "excel_serial", SERIALS), None),
    ]
    reports = [
        land(spark, *map(str, again(folder, 1))),
        land(spark, *map(str, again(folder, 2))),
    ]
    found["read_again"] = [[file.read_again for file in one.files] for one in reports]
    for at, source in enumerate([None, *inputs]):
        report = land(spark, str(source[0]), *source[1:]) if at else reports[-1]
        for file in report.files:
            sources[file.source_file] = [report.source_name, report.currency]
        for name in ("raw.order_lines", "raw.loads", "raw.currency_rates"):
            for load in partition_values(spark, name):
                rows = spark.table(full_name(name)).where(f"load_id = '{load}'").collect()
                landed.append((name, rows))
    # Landing lets go of what it is not told of again.
    for name, rows in landed:
        schema = StructType(schema_of(name).fields[:-1])
        part = spark.createDataFrame([tuple(row[:-1]) for row in rows], schema)
        write_partition(spark, part, name, rows[0].load_id)
    build(spark, ("--select", "+fct_order_lines", "--exclude-resource-type", "test"), {})
    found["sources"] = sources
    for name in ("int_order_lines_classified", "fct_order_lines"):
        rows = spark.table(full_name(f"mart.{name}")).collect()
        found[name] = [row.asDict() for row in rows]
    out.write_text(json.dumps(found, default=str))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
