"""A source config says exactly what it means, or is refused in one line."""

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import InputError
from pipeline.land.config import SourceConfig
from pipeline.land.config_files import load_config, shipped_configs

MINIMAL = {
    "name": "shop",
    "columns": {"customer_id": "c", "order_id": "o", "ordered_at": "t", "amount": "a"},
    "timestamp_format": "yyyy-MM-dd",
    "currency": "EUR",
}


def write(tmp_path, content) -> str:
    path = tmp_path / "source.yml"
    text = content if isinstance(content, bytes) else yaml.safe_dump(content).encode()
    path.write_bytes(text)
    return path


def refused(path) -> str:
    with pytest.raises(InputError) as caught:
        load_config(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_the_shipped_configs_are_valid_and_differ():
    configs = {config.name: config for config in shipped_configs()}
    assert set(configs) >= {"minimal", "online_retail_ii", "uci_online_retail"}
    assert set(configs) >= {"shopify_orders", "woocommerce_orders", "woocommerce_items"}
    assert set(configs) >= {"stripe_payments", "square_items", "magento_orders", "amazon_orders"}
    assert len({config.checksum for config in configs.values()}) == len(configs)
    assert not configs["minimal"].has_quantity
    assert configs["uci_online_retail"].has_country


def test_comments_and_order_do_not_change_the_checksum(tmp_path):
    one = load_config(write(tmp_path, MINIMAL))
    text = "# a comment\n" + yaml.safe_dump(dict(reversed(MINIMAL.items())), sort_keys=False)
    assert load_config(write(tmp_path, text.encode())).checksum == one.checksum
    other = load_config(write(tmp_path, {**MINIMAL, "currency": "GBP"}))
    assert other.checksum != one.checksum


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"delimeter": ";"}, "delimeter is not a setting"),
        ({"options": {"delimeter": ";"}}, "options.delimeter is not a setting"),
        ({"options": {"delimiter": ";;"}}, "one character"),
        ({"options": {"delimiter": "x"}}, "one character"),
        ({"options": {"quote": "''"}}, "options.quote"),
        ({"options": {"quote": ","}}, "the same"),
        ({"options": {"quote": None, "multiline": True}}, "multiline needs a quote"),
        ({"options": {"encoding": "klingon"}}, "text encoding"),
        ({"options": {"encoding": "rot13"}}, "text encoding"),
        ({"options": {"encoding": "base64"}}, "text encoding"),
        ({"options": {"multiline": "yes"}}, "options.multiline"),
        ({"options": {"sheets": []}}, "options.sheets"),
        ({"options": "csv"}, "options"),
        ({"format": "json"}, "format"),
        ({"header": False}, "list of its columns"),
        ({"header": "yes"}, "header"),
        ({"name": "Robert'); drop table"}, "name"),
        ({"name": 7}, "name"),
        ({"currency": "euro"}, "currency"),
        ({"currency": False}, "currency"),
        ({"timestamp_format": "YYYY-MM-DD"}, "Spark's date patterns"),
        ({"timestamp_format": "HH:mm"}, "needs a year"),
        ({"timestamp_format": "%Y-%m-%d"}, "timestamp_format"),
        ({"timestamp_format": "yyyy-MM-dd'T"}, "does not close"),
        ({"timestamp_format": 20240101}, "timestamp_format"),
        ({"cancellation_prefix": ""}, "cancellation_prefix"),
        ({"cancellation_prefix": "C", "adjustment_prefix": "C"}, "the same"),
        ({"is_negative_return": "no"}, "is_negative_return"),
        ({"decimal_separator": ";"}, "decimal_separator"),
        ({"decimal_separator": ",", "thousands_separator": ","}, "the same"),
        ({"is_decimal_id": 1}, "is_decimal_id"),
        ({"columns": {}}, "customer_id"),
        ({"columns": []}, "columns"),
        ({"columns": {**MINIMAL["columns"], "colour": "x"}}, "colour is not one of"),
        ({"columns": {**MINIMAL["columns"], "amount": "T"}}, "the same header"),
        ({"columns": {**MINIMAL["columns"], "amount": "  "}}, "blank"),
        ({"columns": {**MINIMAL["columns"], "amount": 5}}, "columns.amount"),
        ({"columns": {**MINIMAL["columns"], "quantity": "q"}}, "not both"),
        ({"columns": {**MINIMAL["columns"], "order_id": ["o", "p"]}}, "ordered_at alone"),
        ({"other_names": {"country": ["k"]}}, "other_names: country is not among"),
        ({"other_names": {"amount": ["T "]}}, "the same header"),
        ({"other_names": {"amount": "b"}}, "other_names.amount"),
        ({"optional": ["order_id"]}, "optional"),
        ({"columns": {**MINIMAL["columns"], "updated_at": "u"}}, "with is_reexported only"),
        ({"is_reexported": "yes"}, "is_reexported"),
        ({"optional": ["refund"]}, "optional: refund is not among"),
        ({"columns": {**MINIMAL["columns"], "customer_id": []}}, "columns.customer_id"),
        ({"columns": {**MINIMAL["columns"], "customer_id": ["c", "C "]}}, "the same header"),
        ({"columns": {**MINIMAL["columns"], "status": "s"}}, "needs counted_statuses"),
        ({"counted_statuses": ["paid"]}, "name no status"),
        ({"counted_statuses": "paid"}, "counted_statuses"),
        ({"counted_statuses": ["a|b"]}, "holds |"),
        ({"no_customer": [" "]}, "blank"),
        ({"no_customer": [0]}, "no_customer"),
        ({"carry": ["country"]}, "not among the columns"),
        ({"carry": ["order_id"]}, "can't be carried"),
        ({"carry": "customer_id"}, "carry"),
        ({"currency_rates": "r.csv"}, "the columns name no currency"),
        ({"non_product_codes": {"A=B": "x"}}, "non_product_codes"),
        ({"non_product_codes": ["A"]}, "non_product_codes"),
        ({"timestamp_format": ["yyyy-MM-dd", "dd.MM.yyyy X"]}, "all tell the offset"),
        ({"timestamp_format": ["yyyy-MM-dd"] * 2}, "different patterns"),
        ({"timestamp_format": []}, "one to 3 patterns"),
        ({"currency": None}, "currency is required"),
        ({"timezone": "Berlin"}, "not a time zone"),
        ({"timezone": 1}, "timezone"),
        ({"title_rows": -1}, "title_rows"),
        ({"title_rows": True}, "title_rows"),
        ({"has_total_rows": 1}, "has_total_rows"),
        ({"has_number_signs": "$"}, "has_number_signs"),
        ({"columns": {"customer_id": "c", "order_id": "o", "ordered_at": "t"}}, "amount"),
        (
            {"columns": {"customer_id": "c", "order_id": "o", "ordered_at": "t", "quantity": "q"}},
            "unit_price",
        ),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, change, expected):
    assert expected in refused(write(tmp_path, {**MINIMAL, **change}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "names and values"),
        (b"- a\n- b\n", "names and values"),
        (b"just text", "names and values"),
        (b"a: [1, 2", "not valid YAML"),
        (b"a: 1\na: 2\n", "given twice"),
        (b"a: &x [1]\nb: *x\n", "aliases are not allowed"),
        (b"!!python/object/apply:os.system ['true']", "not valid YAML"),
        (b"name: \xff\xfe", "not UTF-8"),
        (b"? [a, b]\n: c\n", ""),
        (b"a: " + b"[" * 5000, "not valid YAML"),
        (b"x" * 70_000, "at most 64 kB"),
        (b"a: \x00", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_config_is_refused(tmp_path, text, expected):
    assert expected in refused(write(tmp_path, text))


def test_a_config_that_is_not_there_is_refused(tmp_path):
    assert "can't be read" in refused(tmp_path / "none.yml")
    assert "YAML file" in refused(tmp_path)


def test_the_word_tab_and_a_marked_utf8_are_understood(tmp_path):
    options = {"delimiter": "tab", "encoding": "utf-8-sig"}
    config = load_config(write(tmp_path, {**MINIMAL, "options": options}))
    assert (config.options.delimiter, config.options.encoding) == ("\t", "utf-8")


def test_a_setting_that_says_nothing_leaves_the_checksum_as_it_was(tmp_path):
    plain = load_config(write(tmp_path, MINIMAL))
    said = {"carry": [], "timezone": "UTC", "title_rows": 0, "counted_statuses": None}
    assert load_config(write(tmp_path, {**MINIMAL, **said})).checksum == plain.checksum
    other = load_config(write(tmp_path, {**MINIMAL, "timezone": "Europe/Berlin"}))
    assert other.checksum != plain.checksum


def test_columns_of_other_names_and_columns_that_may_be_lacking(tmp_path):
    columns = {**MINIMAL["columns"], "ordered_at": ["Day", "Hour"], "refund": "back"}
    more = {"other_names": {"amount": ["Total", "sum"]}, "optional": ["refund"]}
    config = load_config(write(tmp_path, {**MINIMAL, "columns": columns, **more}))
    before = {"customer_id": "c", "order_id": "o", "ordered_at": "Day", "ordered_at.2": "Hour"}
    assert config.headers_in(["C", "o", "day", "hour", "SUM", "a"]) == {**before, "amount": "a"}
    header = ["c", "o", "day", "hour", "Sum", "back"]
    assert config.headers_in(header) == {**before, "amount": "sum", "refund": "back"}
    assert config.fits(header) and not config.fits(header[1:])
    assert not config.fits(["c", "o", "day", "sum"])


@pytest.mark.parametrize("pattern", ["epoch_seconds", "epoch_milliseconds"])
def test_moments_may_be_counted(tmp_path, pattern):
    content = {**MINIMAL, "timestamp_format": pattern, "timezone": "Europe/Berlin"}
    assert load_config(write(tmp_path, content)).timestamp_format == pattern


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(list(SourceConfig.model_fields)), ANYTHING)
def test_any_value_is_taken_or_refused_in_one_line(tmp_path_factory, key, value):
    path = tmp_path_factory.mktemp("fuzz") / "source.yml"
    path.write_text(yaml.safe_dump({**MINIMAL, key: value}))
    try:
        load_config(path)
    except InputError as error:
        assert "\n" not in str(error)
