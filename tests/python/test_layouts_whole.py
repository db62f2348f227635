"""Shipped layouts from the file through a whole run; sums are kept while the file is written."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import layout_files as files
import pytest
import runs

# Whole runs, minutes of them: `make soak PART=layouts`.
pytestmark = pytest.mark.soak

ORDERS = 420


def stripe(n: int, who: str, at: datetime, money: str, *, counts: bool) -> dict[str, str]:
    row = {"id": f"ch_{n}", "Amount": money, "Amount Refunded": "0.00", "Currency": "gbp"}
    row |= {"Status": "Paid" if counts else "Failed", "Customer Email": f"{who}@x.y"}
    return {**row, "Created date (UTC)": f"{at:%Y-%m-%d %H:%M:%S}"}


def square(n: int, who: str, at: datetime, money: str, *, counts: bool) -> dict[str, str]:
    row = {
        "Transaction ID": f"T{n}",
        "Item": "Mug",
        "SKU": f"MUG-{n % 9}",
        "Net Sales": f"${money}",
    }
    row |= {"Customer ID": who if counts else "", "Event Type": "Payment"}
    return {**row, "Date": f"{at:%Y-%m-%d}", "Time": f"{at:%H:%M:%S}"}


def magento(n: int, who: str, at: datetime, money: str, *, counts: bool) -> dict[str, str]:
    row = {"ID": f"{n:09d}", "Grand Total (Base)": f"{money}00", "Customer Email": f"{who}@x.y"}
    row |= {"Status": "Complete" if counts else "Canceled"}
    return {**row, "Purchase Date": f"{at:%b} {at.day}, {at:%Y %I:%M:%S %p}"}


def amazon(n: int, who: str, at: datetime, money: str, *, counts: bool) -> dict[str, str]:
    row = {"order-id": f"111-{n}", "sku": f"MUG-{n % 9}", "item-price": money, "currency": "EUR"}
    row |= {"product-name": "Mug", "buyer-email": f"{who}@x.y" if counts else ""}
    return {**row, "purchase-date": f"{at:%Y-%m-%dT%H:%M:%S}+00:00", "quantity-purchased": "1"}


def woocommerce(n: int, who: str, at: datetime, money: str, *, counts: bool) -> dict[str, str]:
    row = {"Order Number": str(n), "SKU": f"MUG-{n % 9}", "Item Name": "Mug", "Item Cost": money}
    row |= {"Order Status": "Completed" if counts else "Cancelled", "Quantity (- Refund)": "1"}
    return {**row, "Order Date": f"{at:%Y-%m-%d %H:%M}", "Email (Billing)": f"{who}@x.y"}


def bigcommerce(n: int, who: str, at: datetime, money: str, *, counts: bool) -> dict[str, str]:
    row = {"Order ID": str(n), "Order Total (inc tax)": money, "Billing Email": f"{who}@x.y"}
    row |= {"Order Status": "Completed" if counts else "Declined", "Customer ID": "0"}
    return {**row, "Order Date": f"{at.day}/{at.month}/{at.year}", "Order Currency Code": "AUD"}


@pytest.mark.parametrize(
    ("row", "header", "source", "form"),
    [
        (stripe, files.STRIPE, "stripe_payments", {}),
        (square, files.SQUARE, "square_items", {}),
        (magento, files.MAGENTO, "magento_orders", {}),
        (amazon, files.AMAZON, "amazon_orders", {"delimiter": "\t"}),
        (woocommerce, files.WOO, "woocommerce_items", {}),
        (bigcommerce, files.BIGCOMMERCE, "bigcommerce_orders", {}),
    ],
)
def test_a_whole_run_comes_to_what_was_written(
    tmp_path: Path, row: Callable, header: str, source: str, form: dict
):
    rows, customers, revenue, kept = [], set(), Decimal(0), 0
    for n in range(ORDERS):
        who, money = f"c{n * n % 101}", Decimal(500 + n * 137 % 9001) / 100
        counts = n % 11 > 0
        at = datetime(2025, 1, 5, 9) + timedelta(hours=20 * n)
        rows.append(row(n, who, at, f"{money:.2f}", counts=counts))
        if counts:
            customers.add(who)
            revenue += money
            kept += 1
    path = files.write(tmp_path / "export.csv", header, rows, **form)
    done = runs.pipeline(
        tmp_path / "state",
        *("run", "--json", "--data", str(path)),
        SEGMENTATION_VARS=json.dumps(runs.QUICK),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    run = runs.FinishedRun(tmp_path / "state", done.stdout, done.stderr, set())
    assert run.manifest["source"]["name"] == source
    assert run.query("select count(*), sum(monetary) from customer_segments") == [
        (len(customers), revenue)
    ]
    classes = dict(run.query("select line_class, row_count from line_classes"))
    assert classes["sale"] == kept
