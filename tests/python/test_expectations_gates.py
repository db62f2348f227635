"""Each gate passes a sound shop, and catches each thing that it is there to catch."""

import json
import math
import re
from datetime import date

import pytest
from expectations_tables import (
    EARLIER_RUN_ID,
    PERSONAS,
    RUN_ID,
    SALES,
    SNAPSHOTS,
    sound_shop,
)
from pyspark.sql import functions as F

from expectations.facts import GATES, gather, result_file
from expectations.gates import collect_results, run_gate
from pipeline.core.errors import GateFailed
from pipeline.core.paths import state

pytestmark = [pytest.mark.spark, pytest.mark.sail]


@pytest.fixture(scope="module", autouse=True)
def own_state(tmp_path_factory):
    """Keep the results of these gates apart from those of other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STATE_DIR", str(tmp_path_factory.mktemp("gates")))
        yield


@pytest.fixture(scope="module")
def shop(spark):
    return sound_shop(spark)


@pytest.fixture(scope="module")
def good_run(spark, shop):
    """Run every gate once, as the last good run that others look back at."""
    tables = shop.change("mart.fct_customer_segments", run_id=EARLIER_RUN_ID)
    return {gate: run_gate(spark, gate, EARLIER_RUN_ID, tables) for gate in GATES}


def check(spark, gate, tables, run_id=RUN_ID):
    """Run a gate that may fail; return its kept results and the error, if any."""
    try:
        run_gate(spark, gate, run_id, tables)
        error = None
    except GateFailed as failure:
        error = failure
    rows = [row for row in collect_results(run_id) if row["gate"] == gate]
    return rows, error


def broken(rows):
    return {
        (row["suite"], row["column_name"], row["severity"]) for row in rows if not row["success"]
    }


# -- what passes ---------------------------------------------------------------


@pytest.mark.parametrize("gate", GATES)
def test_a_sound_shop_passes_without_a_warning(good_run, gate):
    assert good_run[gate]
    assert [result for result in good_run[gate] if not result.success] == []


@pytest.mark.parametrize("gate", ("raw", "mart"))
def test_a_source_without_products_prices_and_countries_passes(spark, gate):
    rows, error = check(spark, gate, sound_shop(spark, minimal=True), "minimal")
    assert error is None
    assert broken(rows) == set()
    optional = {"product_id", "product_count", "country", "quantity", "unit_price", "description"}
    checked = {row["column_name"] for row in rows if "of_type" not in row["expectation"]}
    assert checked.isdisjoint(optional)


# -- what each gate catches ----------------------------------------------------


@pytest.fixture(scope="module")
def broken_raw(spark, shop, good_run):
    row = F.col("source_row")
    lines = shop["raw.order_lines"].withColumns(
        {
            "order_id": F.when(row % 20 != 0, F.col("order_id")),
            "ordered_at": F.when(row % 20 != 0, F.col("ordered_at")).otherwise(" "),
            "quantity": F.when(row % 20 != 0, F.col("quantity")),
            "unit_price": F.when(row % 20 != 0, F.col("unit_price")),
            "product_id": F.when(row % 3 == 0, F.col("product_id")),
            "country": F.lit(""),
            "customer_id": F.lit(" "),
            "description": F.when(row % 20 != 0, F.col("description")).otherwise("CafÃ©"),
            "source_row": row.cast("string"),
            "surprise": F.lit("x"),
        }
    )
    late = F.col("source_file") == "late.csv"
    loads = shop["raw.loads"].withColumns(
        {
            "raw_row_count": F.when(late, 100_000).otherwise(100).cast("bigint"),
            "currency": F.when(late, "EUR").otherwise("GBP"),
        }
    )
    tables = shop.put("raw.order_lines", lines).put("raw.loads", loads)
    return check(spark, "raw", tables)


@pytest.mark.parametrize(
    ("suite", "column", "severity"),
    [
        ("raw_order_lines", "", "critical"),  # an undeclared column
        ("raw_order_lines", "source_row", "critical"),
        ("raw_order_lines", "customer_id", "critical"),
        ("raw_order_lines", "order_id", "critical"),
        ("raw_order_lines", "ordered_at", "critical"),
        ("raw_order_lines", "quantity", "critical"),
        ("raw_order_lines", "unit_price", "critical"),
        ("raw_order_lines", "product_id", "warning"),
        ("raw_order_lines", "country", "warning"),
        ("raw_order_lines", "description", "warning"),
        ("raw_loads", "currency", "critical"),
        ("raw_loads", "row_ratio", "critical"),
        ("raw_loads", "row_ratio", "warning"),
    ],
)
def test_gate_raw_catches(broken_raw, suite, column, severity):
    assert (suite, column, severity) in broken(broken_raw[0])


@pytest.fixture(scope="module")
def empty_raw(spark, shop, good_run):
    tables = shop.put("raw.order_lines", shop["raw.order_lines"].limit(0))
    return check(spark, "raw", tables.put("raw.loads", shop["raw.loads"].limit(0)))


def test_gate_raw_stops_where_the_tables_are_empty(empty_raw):
    rows, error = empty_raw
    assert ("raw_loads", "", "critical") in broken(rows)
    assert ("raw_order_lines", "", "critical") in broken(rows)
    assert "at least one raw line is there" in str(error)


@pytest.fixture(scope="module")
def mistyped_raw(spark, shop, good_run):
    lines = shop["raw.order_lines"]
    return check(spark, "raw", shop.put("raw.order_lines", lines.select(*mistyped(lines))))


def mistyped(frame):
    for name, kind in frame.dtypes:
        yield F.col(name).try_cast("string" if kind == "bigint" else "int").alias(name)


def test_gate_raw_stops_where_a_column_has_another_type(mistyped_raw, shop):
    types = {row["column_name"] for row in mistyped_raw[0] if "of_type" in row["expectation"]}
    assert types == set(shop["raw.order_lines"].columns)
    assert all(("raw_order_lines", name, "critical") in broken(mistyped_raw[0]) for name in types)


def test_a_failed_gate_says_in_one_line_what_where_and_which_values(broken_raw):
    rows, error = broken_raw
    assert error.exit_code == 3
    text = str(error)
    assert "\n" not in text
    assert text.startswith("gate raw failed: ")
    # The offending row by its keys, and the var that draws the line.
    assert "raw_loads.row_ratio" in text
    assert "source_file orders.csv, row_count 100" in text
    assert "gate_minimum_row_ratio" in text
    assert "last export stays" in text
    garbled = next(
        row for row in rows if row["column_name"] == "description" and not row["success"]
    )
    assert "CafÃ©" in garbled["unexpected_values"]
    assert "source_row 20" in garbled["unexpected_values"]
    assert garbled["unexpected_count"] == SALES // 20


def test_an_expectation_that_cannot_be_computed_fails_the_gate(spark, shop):
    tables = shop.put("raw.order_lines", shop["raw.order_lines"].drop("country"))
    rows, error = check(spark, "raw", tables)
    assert error is not None
    country = [row for row in rows if row["column_name"] == "country"]
    assert country
    assert not any(row["success"] for row in country)
    # Its severity is a warning, yet what can't be checked is not sound.
    share = next(row for row in country if row["severity"] == "warning")
    assert share["description"] in str(error) or "more" in str(error)


@pytest.fixture(scope="module")
def broken_clean(spark, shop, good_run):
    line_class = F.col("line_class")
    classes = shop["mart.fct_line_classes"].withColumn(
        "row_count",
        F.when(line_class == "unparseable", 5_000)
        .when(line_class == "no_customer", 20_000)
        .otherwise(F.col("row_count"))
        .cast("bigint"),
    )
    lines = shop["mart.fct_order_lines"].withColumn(
        "amount", F.when(F.col("source_row") == 1, 50_000).otherwise(F.col("amount"))
    )
    first_day = F.col("order_id") <= "o2"
    orders = shop["mart.fct_orders"].withColumn(
        "order_date",
        F.when(first_day, F.date_sub("order_date", 300)).otherwise(F.lit(SNAPSHOTS[0])),
    )
    tables = shop.put("mart.fct_line_classes", classes)
    tables = tables.put("mart.fct_order_lines", lines).put("mart.fct_orders", orders)
    return check(spark, "clean", tables)


@pytest.mark.parametrize(
    ("suite", "column", "severity"),
    [
        ("line_classes", "row_share", "critical"),
        ("line_classes", "kept_share", "critical"),
        ("line_classes", "rejected_share", "warning"),
        ("line_classes", "share_change", "warning"),
        ("kept_order_lines", "amount_share", "warning"),
        ("kept_order_lines", "amount", "warning"),
        ("order_days", "days_since_previous", "warning"),
        ("order_days", "order_share", "warning"),
    ],
)
def test_gate_clean_catches(broken_clean, suite, column, severity):
    assert (suite, column, severity) in broken(broken_clean[0])
    assert broken_clean[1] is not None


def test_gate_clean_names_the_line_that_holds_too_much(broken_clean):
    row = next(row for row in broken_clean[0] if row["column_name"] == "amount_share")
    assert "source_file orders.csv, source_row 1," in row["unexpected_values"]
    assert row["unexpected_count"] == 1


def test_gate_clean_lets_a_wrong_order_pass_that_was_cancelled(spark, shop):
    huge = F.when(F.col("source_row") == 1, 5_000).otherwise(F.col("amount"))
    given_back = F.when(F.col("source_row") == 1, 5_000).otherwise(0)
    rows, error = check(
        spark,
        "clean",
        shop.change("mart.fct_order_lines", amount=huge, returned_amount=given_back),
    )
    assert error is None
    assert ("kept_order_lines", "amount_share", "warning") not in broken(rows)


@pytest.fixture(scope="module")
def nothing_sold(spark, shop, good_run):
    return check(spark, "clean", shop.change("mart.fct_order_lines", line_class="return"))


def test_gate_clean_stops_where_nothing_was_sold(nothing_sold):
    rows, error = nothing_sold
    assert ("kept_order_lines", "", "critical") in broken(rows)
    assert "at least one line is a sale" in str(error)


@pytest.fixture(scope="module")
def broken_mart(spark, shop, good_run):
    """A mart that lost customers and whose measures say nothing any more."""
    mart = shop["mart.fct_rfm_customers"].where(F.col("customer_id") < "c050")
    mart = mart.withColumns(
        {
            "recency_days": F.lit(500),
            "monetary": F.lit(1000).cast("decimal(38,9)"),
            "return_rate": F.lit(0.9),
            "product_count": F.lit(None).cast("bigint"),
            "country": F.lit(None).cast("string"),
            "recency_score": F.lit(3),
            "frequency_score": F.lit(3),
            "monetary_score": F.lit(3),
        }
    )
    history = shop["mart.fct_rfm_customer_history"]
    history = history.where(
        (F.col("snapshot_date") != SNAPSHOTS[2]) | (F.col("customer_id") < "c010")
    ).withColumn("monetary", (F.col("monetary") * 2).cast("decimal(38,9)"))
    tables = shop.put("mart.fct_rfm_customers", mart)
    return check(spark, "mart", tables.put("mart.fct_rfm_customer_history", history))


@pytest.mark.parametrize(
    ("suite", "column", "severity"),
    [
        ("rfm_customers", "", "critical"),
        ("rfm_customers", "", "warning"),
        ("rfm_customers", "recency_days", "warning"),
        ("rfm_customers", "monetary", "warning"),
        ("rfm_customers", "return_rate", "warning"),
        ("rfm_customers", "product_count", "warning"),
        ("rfm_customers", "country", "warning"),
        ("rfm_customers", "recency_score", "warning"),
        ("rfm_customers", "frequency_score", "warning"),
        ("rfm_customers", "monetary_score", "warning"),
        ("rfm_snapshots", "growth", "warning"),
        ("rfm_snapshots", "customer_shift", "warning"),
        ("rfm_snapshots", "monetary_shift", "warning"),
    ],
)
def test_gate_mart_catches(broken_mart, suite, column, severity):
    assert (suite, column, severity) in broken(broken_mart[0])


def test_gate_mart_tells_a_constant_measure_from_one_that_moved(broken_mart):
    kinds = {
        (row["column_name"], row["expectation"]) for row in broken_mart[0] if not row["success"]
    }
    for measure in ("recency_days", "monetary"):
        assert (measure, "expect_column_unique_value_count_to_be_between") in kinds
        assert (measure, "expect_column_mean_to_be_between") in kinds


@pytest.fixture(scope="module")
def lopsided_mart(spark, shop, good_run):
    """A mart in which nobody came back and one customer bought nearly everything."""
    mart = shop["mart.fct_rfm_customers"].withColumns(
        {
            "frequency": F.lit(1).cast("bigint"),
            "monetary": F.when(F.col("customer_id") == "c007", 1_000_000)
            .otherwise(F.col("monetary"))
            .cast("decimal(38,9)"),
        }
    )
    return check(spark, "mart", shop.put("mart.fct_rfm_customers", mart))


@pytest.mark.parametrize("column", ("frequency", "revenue_share"))
def test_gate_mart_warns_of_a_lopsided_shop(lopsided_mart, column):
    rows, error = lopsided_mart
    assert error is None
    assert ("rfm_customers", column, "warning") in broken(rows)


def test_gate_mart_names_the_customer_and_the_mean_that_moved(lopsided_mart):
    rows, _ = lopsided_mart
    found = {(row["column_name"], row["expectation"]): row for row in rows}
    share = found["revenue_share", "expect_column_values_to_be_between"]
    assert "customer_id c007" in share["unexpected_values"]
    assert not found["frequency", "expect_column_mean_to_be_between"]["success"]
    assert EARLIER_RUN_ID in found["frequency", "expect_column_mean_to_be_between"]["description"]


@pytest.fixture(scope="module")
def nobody(spark, shop, good_run):
    tables = shop.put("mart.fct_rfm_customers", shop["mart.fct_rfm_customers"].limit(0))
    tables = tables.put(
        "mart.fct_rfm_customer_history", shop["mart.fct_rfm_customer_history"].limit(0)
    )
    return check(spark, "mart", tables)


def test_gate_mart_stops_where_there_is_nobody_to_segment(nobody):
    rows, error = nobody
    assert error is not None
    assert {("rfm_customers", "", "critical"), ("rfm_snapshots", "", "critical")} <= broken(rows)


@pytest.fixture(scope="module")
def broken_segments(spark, shop, good_run):
    customer = F.col("customer_id")
    segments = shop["mart.fct_customer_segments"].where(customer != "c000")
    segments = segments.withColumns(
        {
            "run_id": F.lit(EARLIER_RUN_ID),
            "membership_probability": F.lit(0.3),
            "is_outlier": F.lit(True),
            "log_density": F.when(customer == "c001", math.nan).otherwise(F.col("log_density")),
            "segment_probabilities": F.when(customer == "c002", F.array(F.lit(1.0)))
            .when(customer == "c003", F.array_repeat(F.lit(0.2), 5))
            .otherwise(F.col("segment_probabilities")),
        }
    )
    profiles = shop["mart.fct_segment_profiles"].withColumns(
        {
            "customer_share": F.when(F.col("segment_id") == 1, 0.97).otherwise(0.01),
            "life_cycle": F.when(F.col("segment_id") == 2, "new").otherwise("active"),
            "mean_membership_probability": F.lit(0.3),
        }
    )
    tables = shop.put("mart.fct_customer_segments", segments)
    return check(spark, "segments", tables.put("mart.fct_segment_profiles", profiles))


@pytest.mark.parametrize(
    ("suite", "column", "severity"),
    [
        ("customer_segments", "", "critical"),  # another run's rows
        ("customer_segments", "log_density", "critical"),
        ("customer_segments", "probability_count", "critical"),
        ("customer_segments", "membership_probability", "warning"),
        ("customer_segments", "outlier", "warning"),
        ("segment_profiles", "found_share", "warning"),
        ("segment_profiles", "mean_membership_probability", "warning"),
        ("segment_profiles", "share_change", "warning"),
    ],
)
def test_gate_segments_catches(broken_segments, suite, column, severity):
    assert (suite, column, severity) in broken(broken_segments[0])
    assert broken_segments[1] is not None


def test_gate_segments_sees_the_older_run(broken_segments):
    failed = [row for row in broken_segments[0] if not row["success"]]
    texts = " ".join(row["description"] for row in failed if not row["column_name"])
    assert "those of this run" in texts
    counts = [row["expectation"] for row in failed if row["column_name"] == "probability_count"]
    assert sorted(counts) == [
        "expect_column_max_to_be_between",
        "expect_column_min_to_be_between",
    ]
    density = next(row for row in failed if row["column_name"] == "log_density")
    assert "customer_id c001" in density["unexpected_values"]
    share = next(row for row in failed if row["column_name"] == "found_share")
    assert f"persona {PERSONAS[0]}" in share["unexpected_values"]
    # New customers may be few.
    assert f"persona {PERSONAS[1]}" not in share["unexpected_values"]
    assert f"persona {PERSONAS[2]}" in share["unexpected_values"]


@pytest.fixture(scope="module")
def single_segment(spark, shop, good_run):
    one = (
        shop["mart.fct_segment_profiles"]
        .where("segment_id = 1")
        .withColumn("customer_share", F.lit(1.0))
    )
    segments = shop["mart.fct_customer_segments"].withColumn(
        "segment_probabilities", F.array(F.lit(1.0))
    )
    tables = shop.put("mart.fct_segment_profiles", one)
    return check(spark, "segments", tables.put("mart.fct_customer_segments", segments))


def test_gate_segments_warns_of_a_single_segment(single_segment):
    rows, error = single_segment
    assert error is None
    assert ("segment_profiles", "", "warning") in broken(rows)


BREAKS = (
    *("broken_raw", "mistyped_raw", "empty_raw", "broken_clean", "nothing_sold", "broken_mart"),
    *("lopsided_mart", "nobody", "broken_segments", "single_segment"),
)


def test_every_check_has_been_seen_to_fail(request, good_run):
    def key(row):
        return row["suite"], row["column_name"], row["expectation"], row["severity"]

    checks = [key(row) for row in collect_results(EARLIER_RUN_ID)]
    assert len(checks) == len(set(checks)) == sum(map(len, good_run.values()))
    seen = {
        key(row)
        for name in BREAKS
        for row in request.getfixturevalue(name)[0]
        if not row["success"]
    }
    assert set(checks) - seen == set()


# -- the last good run ---------------------------------------------------------


def test_the_last_good_run_is_the_latest_that_passed_everything(shop, good_run):
    assert gather(shop, "raw", RUN_ID).last_run_id == EARLIER_RUN_ID
    assert gather(shop, "segments", RUN_ID).last_run_id == EARLIER_RUN_ID
    # A run is not compared with itself.
    assert gather(shop, "raw", EARLIER_RUN_ID).last_run_id is None


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("raw.loads", "source_file", "other.csv"),
        ("raw.loads", "source_name", "other"),
        ("mart.fct_rfm_customers", "as_of_date", date(2023, 1, 1)),
    ],
)
def test_another_shop_or_an_earlier_day_is_not_compared(shop, good_run, table, column, value):
    facts = gather(shop.change(table, **{column: value}), "mart", RUN_ID)
    assert (facts.last_run_id, facts.last) == (None, {})


def test_other_vars_are_not_compared(shop, good_run, monkeypatch):
    monkeypatch.setenv("SEGMENTATION_VARS", json.dumps({"look_back_days": 90}))
    assert gather(shop, "mart", RUN_ID).last_run_id is None
    monkeypatch.setenv("SEGMENTATION_VARS", json.dumps({"gate_minimum_customers": 5}))
    assert gather(shop, "mart", RUN_ID).last_run_id == EARLIER_RUN_ID


def test_a_run_with_a_failed_or_unfinished_gate_is_not_compared_with(shop, good_run):
    kept = result_file(EARLIER_RUN_ID, "segments")
    text = kept.read_text()
    try:
        kept.write_text(text.replace('"success": true', '"success": false', 1))
        assert gather(shop, "raw", RUN_ID).last_run_id is None
        kept.write_text(text[:50])
        assert gather(shop, "raw", RUN_ID).last_run_id is None
    finally:
        kept.write_text(text)


# -- what is kept --------------------------------------------------------------


def test_results_have_the_columns_of_the_export(good_run):
    rows = collect_results(EARLIER_RUN_ID)
    assert len(rows) == sum(len(results) for results in good_run.values())
    for row in rows:
        assert list(row) == [
            "gate_order",
            "gate",
            "suite",
            "expectation",
            "column_name",
            "severity",
            "success",
            "observed_value",
            "unexpected_count",
            "unexpected_values",
            "description",
        ]
        assert isinstance(row["success"], bool)
        assert row["unexpected_count"] is None or isinstance(row["unexpected_count"], int)
        assert GATES[row["gate_order"] - 1] == row["gate"]
        texts = set(row) - {"gate_order", "success", "unexpected_count"}
        assert all(isinstance(row[name], str) for name in texts)
        assert row["description"]
        assert row["observed_value"]
    assert collect_results("no-such-run") == []


def test_data_docs_open_from_a_plain_file_and_name_every_suite(good_run):
    index = (state().data_docs / "index.html").read_text()
    for suite in {row["suite"] for row in collect_results(EARLIER_RUN_ID)}:
        assert suite in index
        assert (state().data_docs / "expectations" / f"{suite}.html").is_file()
    pages = list((state().data_docs / "validations").rglob("*.html"))
    assert any(EARLIER_RUN_ID in str(page) for page in pages)
    for page in state().data_docs.rglob("*.html"):
        text = page.read_text()
        assert not re.search(r"(src=|<link[^>]*href=|url\()[\"']?(https?:|//)", text), page
        assert "<style>" in text
    for target in re.findall(r"href='([^']+)'", index):
        assert (state().data_docs / target).is_file()


def test_only_the_latest_runs_are_kept(spark, shop, tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.setattr("expectations.gates._KEPT_RUNS", 1)
    for run_id in (EARLIER_RUN_ID, RUN_ID):
        check(spark, "raw", shop, run_id)
    assert {path.name for path in state().gates.iterdir()} == {RUN_ID}
    pages = list((state().data_docs / "validations").rglob("*.html"))
    assert pages
    assert not any(EARLIER_RUN_ID in str(page) for page in pages)


def test_there_are_no_other_gates(spark, shop):
    with pytest.raises(ValueError, match="raw, clean, mart, segments"):
        run_gate(spark, "bronze", RUN_ID, shop)
