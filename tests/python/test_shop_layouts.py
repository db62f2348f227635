"""Shipped layouts, from a file as the shop exports it to lines; figures are counted by hand."""

import json
import os
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path

import layout_files
import pytest
import runs

from pipeline.core.errors import InputError
from pipeline.land.files import find_files
from pipeline.land.forecast import forecast
from pipeline.land.pick import pick_config


@pytest.fixture(scope="module")
def shops() -> dict:
    """Land the exports in a process of its own, which works on Sail."""

    def make(state: Path) -> None:
        state.mkdir()
        done = subprocess.run(
            [sys.executable, layout_files.__file__, state / "found.json"],
            cwd=runs.ROOT,
            env={**os.environ, "ENGINE": "sail", "STATE_DIR": str(state), "PYTHONPATH": "."},
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]

    return json.loads((runs.once("layouts", make) / "found.json").read_text())


@pytest.mark.parametrize(
    ("file", "source", "currency", "classes", "sales", "returned", "customers"),
    [
        (
            *("stripe.csv", "stripe_payments", "EUR"),
            {"sale": 4, "order_status": 2, "no_customer": 1},
            *("195.00", "50.00", {"ann@x.y", "bob@x.y", "cus_3"}),
        ),
        (
            *("stripe_before.csv", "stripe_payments", "USD", {"sale": 2}),
            *("15.50", "0", {"eve@x.y"}),
        ),
        (
            *("items.csv", "square_items", "XXX", {"sale": 4, "return": 1, "no_customer": 1}),
            *("1284.50", "18.00", {"C1", "C2"}),
        ),
        (
            *("magento.csv", "magento_orders", "XXX", {"sale": 3, "order_status": 2}),
            *("150.00", "50.00", {"ann@x.y", "bob@x.y"}),
        ),
        (
            *("orders.txt", "amazon_orders", "EUR", {"sale": 3, "no_customer": 1}),
            *("31.00", "0", {"b1@marketplace.amazon.de", "b2@marketplace.amazon.de"}),
        ),
        (
            *("woo_items.csv", "woocommerce_items", "XXX"),
            {"sale": 3, "zero_price": 1, "order_status": 2, "no_customer": 1},
            *("32.49", "0", {"ann@x.y", "bob@x.y"}),
        ),
        (
            *("bigcommerce.csv", "bigcommerce_orders", "AUD"),
            {"sale": 5, "order_status": 2, "no_customer": 1},
            *("120.00", "17.50", {"ann@x.y", "bob@x.y", "9"}),
        ),
        (
            # 10 + 5 + 8.774198 + 12.1939 + 17.548395, and 6.0939 and the fifth back.
            *("currencies.csv", "stripe_payments", "EUR", {"sale": 5, "no_customer": 1}),
            *("53.516493", "23.642295", {"ann@x.y", "bob@x.y", "cyd@x.y"}),
        ),
    ],
)
def test_a_layout_is_known_and_comes_to(
    shops, file, source, currency, classes, sales, returned, customers
):
    assert shops["sources"][file] == [source, currency]
    lines = [row for row in shops["int_order_lines_classified"] if row["source_file"] == file]
    assert Counter(row["line_class"] for row in lines) == classes
    kept = [row for row in shops["fct_order_lines"] if row["source_file"] == file]
    assert {row["customer_id"] for row in kept} == customers
    sold = [row for row in kept if row["line_class"] == "sale"]
    assert sum(Decimal(row["amount"]) for row in sold) == Decimal(sales)
    assert sum(Decimal(row["returned_amount"]) for row in sold) == Decimal(returned)


def moments(shops, file: str) -> list[str]:
    lines = [row for row in shops["int_order_lines_classified"] if row["source_file"] == file]
    return [row["ordered_at"] for row in sorted(lines, key=lambda row: row["source_row"])]


def test_moments_of_two_columns_of_twelve_hours_and_with_offsets(shops):
    assert moments(shops, "items.csv")[0] == "2026-07-18 12:59:30"
    assert moments(shops, "magento.csv")[1:3] == ["2026-01-15 14:22:33", "2026-02-01 00:05:00"]
    assert set(moments(shops, "orders.txt")) == {"2026-01-06 06:30:00"}
    assert set(moments(shops, "stripe_before.csv")) == {"2016-05-18 00:14:00"}


def test_titles_with_inches_and_accents(shops):
    lines = [row for row in shops["fct_order_lines"] if row["source_file"] == "orders.txt"]
    assert {row["description"] for row in lines} == {'5" plate', "Café"}


def test_every_cent_of_every_currency_is_accounted_for(shops):
    lines = [
        row for row in shops["int_order_lines_classified"] if row["source_file"] == "currencies.csv"
    ]
    paid = Counter()
    for row in lines:
        paid[row["currency"]] += Decimal(row["amount_in_currency"])
    assert paid == {"EUR": Decimal("10"), "USD": Decimal("47.03"), "JPY": Decimal("1999")}
    # 7.00 dollars of nobody at 0.87654321.
    (nobody,) = [row for row in lines if row["line_class"] == "no_customer"]
    assert Decimal(nobody["amount"]) == Decimal("6.135802")


def test_a_list_of_orders_with_names_alone_is_refused(tmp_path):
    path = layout_files.prestashop_grid(tmp_path)
    with pytest.raises(InputError, match="initial and last name only"):
        pick_config(find_files(str(path), "auto")[0][0])


def test_a_report_without_buyers_is_refused_with_the_one_to_take(tmp_path):
    path = layout_files.amazon_all(tmp_path)
    with pytest.raises(InputError, match="All Orders report, which names no buyer") as caught:
        pick_config(find_files(str(path), "auto")[0][0])
    assert "\n" not in str(caught.value)


def test_of_a_folder_that_grows_only_the_new_file_is_read(shops):
    assert shops["read_again"] == [[True], [False, True]]


def test_moments_written_in_several_ways_and_as_a_spreadsheet_counts(shops):
    assert moments(shops, "ways.csv") == [
        "2025-01-05 00:00:00",
        "2025-02-06 14:30:00",
        "2025-03-07 00:00:00",
    ]
    assert moments(shops, "serials.csv") == [
        "2025-01-01 00:00:00",
        "2025-01-01 12:00:00",
        "2025-01-01 18:00:00",
    ]


def test_where_one_currency_counts_the_lines_in_others_are_kept_apart(shops):
    file, rows = "one_of_many.csv", shops["int_order_lines_classified"]
    lines = [row for row in rows if row["source_file"] == file]
    found = Counter((row["line_class"], row["currency"]) for row in lines)
    assert found == {("sale", "EUR"): 1, ("other_currency", "USD"): 4, ("other_currency", "JPY"): 1}
    paid = {row["order_id"]: row["amount_in_currency"] for row in lines}
    assert Decimal(paid["ch_34"]) == 1999 and Decimal(paid["ch_31"]) == 10
    assert {row["amount"] for row in lines if row["currency"] != "EUR"} == {None}
    assert shops["sources"][file] == ["stripe_payments", "EUR"]


def test_a_product_called_m_and_a_minus_behind_the_amount(shops):
    lines = [row for row in shops["int_order_lines_classified"] if row["source_file"] == "ways.csv"]
    assert Counter(row["line_class"] for row in lines) == {"sale": 2, "return": 1}
    assert sum(Decimal(row["amount"]) for row in lines) == Decimal("2434.50")


def test_what_a_landing_refuses_names_the_lines(shops):
    several, late, both = shops["refused"]
    assert "names 3 currencies (USD 66.7%, EUR 16.7%, JPY 16.7%" in several
    assert "CURRENCY_RATES=rates.csv" in several
    # Before the first rate of the dollar, and of a currency without any.
    assert "late.csv has no rate to EUR for 2 lines: row 2 (USD on 2026-01-05), row 4 " in late
    assert "(JPY on 2026-01-07)" in late
    assert "1 of 3 rows fit several patterns" in both and "row 3: '2/3/2025'" in both
    assert not any("\n" in text for text in shops["refused"])


def test_an_order_that_is_exported_again_counts_as_it_is_now(shops):
    found = Counter(
        (row["source_file"], row["order_id"], row["line_class"])
        for row in shops["int_order_lines_classified"]
        if row["source_file"] in ("01.csv", "02.csv")
    )
    assert found == {
        ("01.csv", "r0", "sale"): 1,
        ("01.csv", "r1", "duplicate"): 1,
        # One of them is on the order no more.
        ("01.csv", "r2", "duplicate"): 2,
        ("02.csv", "r1", "sale"): 1,
        ("02.csv", "r2", "sale"): 1,
        ("02.csv", "r3", "sale"): 1,
    }
    kept = [row for row in shops["fct_order_lines"] if row["source_file"] in ("01.csv", "02.csv")]
    assert sum(Decimal(row["amount"]) for row in kept) == Decimal("55.00")
    assert sum(Decimal(row["returned_amount"]) for row in kept) == Decimal("12.50")


@pytest.mark.parametrize(
    ("make", "kept", "customers", "net"),
    [
        (layout_files.stripe, 4, 3, "145.00"),
        (layout_files.stripe_before, 2, 1, "15.50"),
        (layout_files.square, 5, 2, "1266.50"),
        (layout_files.magento, 3, 2, "100.00"),
        (layout_files.amazon, 3, 2, "31.00"),
        (layout_files.woocommerce, 3, 2, "32.49"),
        (layout_files.bigcommerce, 5, 3, "102.50"),
    ],
)
def test_the_reconciliation_to_come_is_the_one_that_comes(tmp_path, make, kept, customers, net):
    path = make(tmp_path)
    config, _ = pick_config(find_files(str(path), "auto")[0][0])
    coming = forecast(path, config)
    assert (coming.kept, coming.customers, coming.net) == (kept, customers, Decimal(net))
