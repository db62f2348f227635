"""The real retailer's file through the whole job: the figures that another engine counted."""

from decimal import Decimal

import duckdb
import pytest
from names import assert_names_hold
from runs import retail_run

pytestmark = pytest.mark.spark


@pytest.fixture(scope="module")
def retail(retail_file):
    return retail_run()


@pytest.fixture(scope="module")
def count(retail):
    """Return a counter of the classified lines that meet a condition."""
    lines = f"read_parquet('{retail.state}/warehouse/*.db/int_order_lines_classified/*.parquet')"

    def counted(condition: str, what: str = "count(*)"):
        ((found,),) = duckdb.sql(f"select {what} from {lines} where {condition}").fetchall()
        return found

    return counted


def test_it_lands_whole(retail):
    (file,) = retail.manifest["source"]["files"]
    assert (retail.manifest["source"]["name"], retail.manifest["currency"]) == (
        "uci_online_retail",
        "GBP",
    )
    assert file["sha256"].startswith("860145820894f476") and file["rows"] == 541_909
    landed = f"read_parquet('{retail.state}/raw/order_lines/*/*.parquet')"
    counts = duckdb.sql(
        f"""
        select count_if(description like '%£%'), count(distinct source_row),
            count_if(customer_id is null)
        from {landed}
        """
    )
    assert counts.fetchall() == [(32, 541_909, 135_080)]
    last = duckdb.sql(f"select order_id, product_id from {landed} where source_row = 541909")
    assert last.fetchall() == [("581587", "22138")]


@pytest.mark.parametrize(
    ("condition", "lines"),
    [
        ("true", 541_909),
        ("customer_id is null", 135_080),
        ("is_cancellation", 9_288),
        ("order_id like 'A%'", 3),
        ("unit_price = 0", 2_515),
        ("unit_price < 0", 2),
        ("quantity < 0 and not is_cancellation", 1_336),
        ("quantity < 0 and not is_cancellation and unit_price = 0", 1_336),
        ("line_class != 'duplicate'", 536_641),
        ("line_class = 'write_off'", 1_336),
        ("line_class = 'unparseable'", 0),
    ],
)
def test_lines(count, condition, lines):
    assert count(condition) == lines


def test_orders_customers_and_money(count):
    assert count("true", "count(distinct order_id)") == 25_900
    assert count("true", "count(distinct customer_id)") == 4_372
    assert count("true", "sum(amount)") == Decimal("9747747.934")
    bought = (
        "customer_id is not null and quantity > 0 and unit_price > 0 and line_class != 'duplicate'"
    )
    assert count(bought) == 392_692
    assert count(bought, "count(distinct customer_id)") == 4_338
    assert round(count(bought, "sum(amount)"), 2) == Decimal("8887208.89")


def test_the_export_accounts_for_every_line(retail):
    account = retail.manifest["account"]
    assert Decimal(account["raw_amount"]) == Decimal("9747747.934")
    assert account["raw_rows"] == account["kept_rows"] + account["rejected_rows"] == 541_909
    counts = dict(retail.query("select line_class, row_count from line_classes"))
    assert counts["duplicate"] == 541_909 - 536_641 and counts["adjustment"] == 3
    assert retail.manifest["gates"]["failed"] == 0


def test_customers_who_only_ever_cancelled_are_reported_and_not_segmented(retail):
    rows = retail.query(
        """
        select count(*) filter (is_only_cancelled),
            count(*) filter (is_only_cancelled and is_segmented),
            count(*) filter (is_segmented), count(*)
        from customers
        """
    )
    ((cancelled, segmented, all_segmented, everyone),) = rows
    assert (cancelled, segmented, everyone) == (33, 0, 4_372)
    assert retail.query("select count(*) from customer_segments") == [(all_segmented,)]


def test_orders_given_back_within_minutes_make_nobody_a_top_customer(retail):
    """Units by the ten thousand were bought and cancelled: 74,215 and 80,995 of them."""
    rows = retail.query(
        """
        select customer_id, gross_amount, net_amount, is_segmented from customers
        where customer_id in ('12346', '16446') order by customer_id
        """
    )
    assert rows == [
        ("12346", Decimal("77183.6"), Decimal("0"), False),
        ("16446", Decimal("168472.5"), Decimal("2.9"), True),
    ]
    ((place,),) = retail.query("select count(*) from customer_segments where monetary > 2.9")
    ((everyone,),) = retail.query("select count(*) from customer_segments")
    assert place > 0.99 * everyone
    best = retail.query("select customer_id from customer_segments order by monetary desc limit 3")
    assert best == [("14646",), ("18102",), ("17450",)]


def test_who_ordered_first_in_november_is_new(retail):
    ((first_time, named_new),) = retail.query(
        """
        with first_orders as (
            select customer_id, min(order_date) as first_date from orders
            where is_counted group by customer_id
        )
        select count(*), count(*) filter (segments.persona = 'New Customers')
        from first_orders inner join customer_segments as segments using (customer_id)
        where first_date between date '2011-11-01' and date '2011-11-30'
        """
    )
    assert first_time > 300
    assert named_new == first_time


def test_names_hold_for_four_in_five_of_their_customers(retail):
    assert_names_hold(retail)
