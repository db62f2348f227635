"""The dbt models against an independent computation, on many generated shops at once.

The shops are packed into one input, their customers, orders and products set
apart by a prefix, so that dbt runs once. The shops are small and crowded: few
customers, products, prices and moments, so that ties, returns across several
sales, returns of returns and copies are the rule.
"""

import os
import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from dbt_reference import PATTERNS, Load, classify, match, measure, read, scores, snapshots

pytestmark = [pytest.mark.spark, pytest.mark.engines]

ROOT = Path(__file__).resolve().parents[2]
AS_OF = date(2012, 3, 1)
CUTOFFS = (90, 180)
NON_PRODUCTS = {"POST", "M", "D"}
FIELDS = (
    *("order_id", "product_id", "description", "quantity", "unit_price", "amount"),
    *("ordered_at", "customer_id", "country", "currency", "unparsed_text"),
)
LOADS = (
    Load("plain", "M/d/yyyy H:mm"),
    Load("returns", "yyyy-MM-dd HH:mm:ss", is_negative_return=True, cancellation_prefix=None),
    Load(
        *("amounts", "yyyy-MM-dd HH:mm:ss"),
        has_quantity=False,
        has_product=False,
        is_negative_return=True,
    ),
    Load(
        *("commas", "d.M.yyyy H:mm"),
        is_decimal_id=True,
        decimal_separator=",",
        thousands_separator=".",
    ),
    Load("dollars", "yyyy-MM-dd HH:mm:ss", is_converted=True),
)


def written(load: Load, value: Decimal) -> str:
    if not load.thousands_separator:
        return str(value)
    return f"{value:,}".replace(",", "#").replace(".", ",").replace("#", ".")


def small_shop(dice: random.Random, load: Load, name: str) -> list[dict]:
    """Return the raw rows of one shop, a few of them broken."""
    start = datetime(2011, 10, 28)
    moments = [
        start + timedelta(days=dice.randrange(130), minutes=dice.choice((0, 719, 1439)))
        for _ in range(dice.randint(3, 10))
    ]
    products = [f"{name}p{number}" for number in range(dice.randint(1, 3))]
    customers = [f"{name}c{number}" for number in range(dice.randint(1, 3))]
    suffix = ".0" if load.is_decimal_id else ""
    rows = []
    for _ in range(dice.randint(4, 30)):
        cancelled = dice.random() < 0.35
        quantity = Decimal(dice.choice(("1", "2", "3", "5", "0.125", "1200")))
        price = Decimal(dice.choice(("0.001", "2.55", "9.99", "0", "3.000001")))
        moment = dice.choice(moments)
        prefix = "c" if cancelled and load.cancellation_prefix else ""
        prefix = dice.choice((prefix,) * 30 + ("A",))
        back = cancelled or dice.random() < 0.03
        amount = quantity * price or Decimal("0.25")
        product = dice.choice((*products * 8, "POST", "m "))
        row = {
            "order_id": f"{prefix}{name}o{dice.randrange(9)}{suffix}",
            "product_id": f" {product}{suffix}" if load.has_product else None,
            "description": dice.choice(("POT", " POT ", None)),
            "quantity": written(load, -quantity if back else quantity),
            "unit_price": written(load, price),
            "amount": None,
            "ordered_at": moment.strftime(PATTERNS[load.pattern]),
            "customer_id": dice.choice((*(f"{c}{suffix}" for c in customers * 8), " ", None)),
            "country": dice.choice(("France", "France", "EIRE", None)),
            "currency": dice.choice(("USD", "USD", "GBP")) if load.is_converted else None,
            "unparsed_text": None,
        }
        if not load.has_quantity:
            row.update(quantity=None, unit_price=None, amount=str(-amount if back else amount))
        if dice.random() < 0.04:
            broken = dice.choice(("order_id", "ordered_at", "quantity", "unit_price", "amount"))
            row[broken] = dice.choice(("", "x", "1.0005.1", "0.1234567", "2011-02-30 00:00:00"))
        if dice.random() < 0.01:
            row["unparsed_text"] = "a,b"
        rows += [row] * dice.choice((1,) * 12 + (2, 3))
    return rows


def crowded_shop(dice: random.Random) -> list[dict]:
    """Return the rows of one customer with thousands of sales and returns of one product."""
    start = datetime(2011, 1, 1)
    rows = []
    for step in range(6_000):
        # A long rise and a long fall, then sales and returns in turn.
        back = step >= 1_500 and (step < 3_000 or dice.random() < 0.5)
        quantity = dice.randint(1, 4)
        rows.append(
            {
                **dict.fromkeys(FIELDS),
                "order_id": f"{'C' if back else ''}big{step}",
                "product_id": "bigp",
                "quantity": str(-quantity if back else quantity),
                "unit_price": "1.25",
                "ordered_at": f"{start + timedelta(minutes=step):%-m/%-d/%Y %-H:%M}",
                "customer_id": "bigc",
            }
        )
    return rows


def generated() -> dict[Load, list[dict]]:
    dice = random.Random(20111210)
    rows = {load: [] for load in LOADS}
    for number in range(100):
        load = LOADS[number % len(LOADS)]
        rows[load] += small_shop(dice, load, f"s{number}")
    rows[LOADS[0]] += crowded_shop(dice)
    return rows


@pytest.fixture(scope="module")
def lines():
    """Return the generated rows as the reference reads, classifies and matches them."""
    found = [
        read(load, number, row)
        for load, rows in generated().items()
        for number, row in enumerate(rows, 1)
    ]
    classify(found, AS_OF, NON_PRODUCTS)
    return found


@pytest.fixture(scope="module")
def pairs(lines):
    return match(lines)


def test_dbt_keeps_to_the_engine_that_is_at_work(spark):
    from dbt_common.exceptions import DbtRuntimeError
    from dbt_segmentation import _project_session

    from pipeline.core.engine import is_sail

    if is_sail(spark):
        with pytest.raises(DbtRuntimeError, match="command works on Sail: set ENGINE"):
            _project_session("spark")
    assert _project_session("sail") is spark


@pytest.fixture(scope="module")
def built(spark, tmp_path_factory):
    """Land the generated rows, run dbt on them once, and return a reader of its tables."""
    from dbt.cli.main import dbtRunner

    from pipeline.engines.transform import preload
    from pipeline.store import tables

    kept = {name: os.environ.get(name) for name in ("STATE_DIR", "ANALYTICS_SCHEMA")}
    os.environ["STATE_DIR"] = str(tmp_path_factory.mktemp("properties"))
    os.environ["ANALYTICS_SCHEMA"] = "properties"
    tables.ensure_tables(spark)
    land(spark)
    preload()
    outcome = dbtRunner().invoke(
        [
            *("build", "--exclude-resource-type", "unit_test", "--exclude", "tag:thorough"),
            *("--quiet", "--log-level", "none", "--log-path", os.environ["STATE_DIR"]),
            *("--project-dir", str(ROOT), "--profiles-dir", str(ROOT / "profiles")),
            *("--vars", f"{{as_of_date: {AS_OF}, backtest_cutoff_days: {list(CUTOFFS)}}}"),
        ]
    )
    spark.conf.set("spark.sql.ansi.enabled", "true")
    assert outcome.exception is None, outcome.exception
    bad = [
        f"{r.node.name}: {r.message}" for r in outcome.result if str(r.status) in ("error", "fail")
    ]
    assert not bad, "\n".join(bad)[:3000]
    yield lambda name: [row.asDict() for row in spark.table(f"properties.{name}").collect()]
    for name, value in kept.items():
        os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


def land(spark) -> None:
    from pyspark.sql import types

    from pipeline.store import tables

    for load, rows in generated().items():
        schema = tables.schema_of("raw.order_lines")
        frame = spark.createDataFrame(
            [
                {**row, "source_file": f"{load.load_id}.csv", "source_row": number}
                for number, row in enumerate(rows, 1)
            ],
            types.StructType(schema.fields[:-1]),
        )
        tables.write_partition(spark, frame, "raw.order_lines", load.load_id)
        schema = tables.schema_of("raw.loads")
        described = {
            **dict.fromkeys(schema.fieldNames()[:-1]),
            **{name: value for name, value in vars(load).items() if name in schema.fieldNames()},
            "source_file": f"{load.load_id}.csv",
            "timestamp_format": load.pattern,
            "raw_row_count": len(rows),
            "has_country": True,
            "currency": "GBP",
        }
        described.pop("load_id")
        described["non_product_codes"] = [f"{code}=no product" for code in NON_PRODUCTS]
        frame = spark.createDataFrame([described], types.StructType(schema.fields[:-1]))
        tables.write_partition(spark, frame, "raw.loads", load.load_id)
        if load.is_converted:
            days = [date(2011, 10, 1) + timedelta(at) for at in range(200)]
            rates = [(code, day, load.rate(code, day)) for code in ("USD", "GBP") for day in days]
            schema = types.StructType(tables.schema_of("raw.currency_rates").fields[:-1])
            frame = spark.createDataFrame(rates, schema)
            tables.write_partition(spark, frame, "raw.currency_rates", load.load_id)


def test_the_shops_hold_what_the_rules_are_about(lines, pairs):
    counts = defaultdict(int)
    for line in lines:
        counts[line.line_class] += 1
    assert len(counts) == 10 and min(counts.values()) >= 10, dict(counts)
    partial = [line for line in lines if 0 < line.returned_units < abs(line.units)]
    assert len(partial) > 50 and len(pairs) > 1000


def test_every_row_has_the_class_and_the_amount_of_the_rules(built, lines):
    got = {
        (row["load_id"], row["source_row"]): (row["line_class"], row["amount"])
        for row in built("int_order_lines_classified")
    }
    assert got == {line.key: (line.line_class, line.amount) for line in lines}


def test_what_was_paid_in_another_currency_is_kept_beside_what_it_comes_to(built, lines):
    got = {
        (row["load_id"], row["source_row"]): (row["currency"], row["amount_in_currency"])
        for row in built("int_order_lines_classified")
        if row["load_id"] == "dollars" and row["line_class"] != "unparseable"
    }
    paid = {
        line.key: (line.paid[0], line.quantity * line.paid[1])
        for line in lines
        if line.load.is_converted and line.line_class != "unparseable"
    }
    assert got == paid and len({currency for currency, _ in paid.values()}) == 2


def test_the_account_adds_up_to_the_raw_rows(built, lines):
    account = built("fct_line_classes")
    assert sum(row["row_count"] for row in account) == len(lines)
    assert sum(row["amount"] for row in account) == sum(line.amount or 0 for line in lines)


def test_returns_are_taken_from_the_sales_that_the_stack_names(built, pairs):
    got = {
        (
            (row["return_load_id"], row["return_source_row"]),
            (row["sale_load_id"], row["sale_source_row"]),
        ): row["matched_units"]
        for row in built("int_returns_matched")
    }
    assert got == pairs


def test_kept_lines_show_what_came_back(built, lines, pairs):
    got = {(row["load_id"], row["source_row"]): row for row in built("fct_order_lines")}
    kept = {line.key: line for line in lines if line.line_class in ("sale", "return")}
    assert got.keys() == kept.keys()
    for key, line in kept.items():
        assert got[key]["returned_amount"] == line.returned_amount, key
        assert got[key]["has_units_left"] == (abs(line.units) > line.returned_units), key


def test_measures_agree_at_every_snapshot(built, lines):
    got = defaultdict(dict)
    for row in built("fct_rfm_customer_history"):
        got[row["snapshot_date"]][row["customer_id"]] = row
    expected_dates = snapshots(lines, AS_OF, CUTOFFS)
    assert set(got) == {day for day in expected_dates if measure(lines, day)}
    for day in expected_dates:
        expected = measure(lines, day)
        assert got[day].keys() == expected.keys(), day
        for customer, measures in expected.items():
            row = got[day][customer]
            assert {name: row[name] for name in measures} == measures, (day, customer)


def test_scores_and_names_agree(built, lines):
    expected = scores(measure(lines, AS_OF))
    got = {row["customer_id"]: row for row in built("fct_rfm_customers")}
    assert {customer: row["rfm_score"] for customer, row in got.items()} == expected
    assert all(row["rfm_segment"] for row in got.values())


def test_the_same_sql_agrees_with_ansi_on(built, spark, capsys):
    """Run each model's compiled SQL with ANSI on and compare it with dbt's table."""
    compiled = Path(os.environ["STATE_DIR"]) / "dbt/target/compiled/customer_segmentation/models"
    spark.conf.set("spark.sql.ansi.enabled", "true")
    paths = [path for path in sorted(compiled.rglob("*.sql")) if path.parent.suffix != ".yml"]
    assert len(paths) > 30
    for path in paths:
        table = spark.table(f"properties.{path.stem}")
        again = spark.sql(path.read_text())
        assert again.columns == table.columns
        # Sail's check of a place in an array may fail where a batch holds no row.
        again.explain()
        assert "INVALID_ARRAY_INDEX" not in capsys.readouterr().out, path.stem
        assert digest(again) == digest(table), path.stem


def digest(frame) -> tuple:
    """Return how many rows there are and the sum of their hashes."""
    hashes = frame.selectExpr(f"cast(xxhash64({', '.join(frame.columns)}) as decimal(38, 0)) as h")
    return tuple(hashes.selectExpr("count(*)", "sum(h)").first())
