"""Bad source configs and bad vars, and what the one line of each refusal says."""

GOOD = """\
name: mine
columns:
  order_id: InvoiceNo
  product_id: StockCode
  quantity: Quantity
  unit_price: UnitPrice
  ordered_at: InvoiceDate
  customer_id: CustomerID
timestamp_format: M/d/yyyy H:mm
currency: GBP
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


NAME, CURRENCY, STAMP = "name: mine", "currency: GBP", "timestamp_format: M/d/yyyy H:mm"

# Name: the file's content, and a part of what is said.
CONFIGS: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "expected names and values"),
    "a list": ("- 1\n", "expected names and values"),
    "a word": ("yes\n", "expected names and values"),
    "no YAML": ("a: [1\n", "not valid YAML"),
    "a tab": ("a:\n\t- 1\n", "not valid YAML"),
    "no text": (b"\xff\xfe\0", "not UTF-8 text"),
    "a NUL": ("name: a\0b\n", "not valid YAML"),
    "too long": ("#" * 70_000, "at most 64 kB"),
    "a Python object": ("name: !!python/object/apply:os.system ['true']\n", "not valid YAML"),
    "a binary": ("name: !!binary x\n", "not valid YAML"),
    "an alias": ("a: &a [x]\nb: *a\n", "aliases are not allowed"),
    "a key twice": (GOOD + NAME + "\n", "given twice"),
    "brackets without end": ("[" * 30_000, "not valid YAML"),
    "an unknown key": (GOOD + "shop: x\n", "shop is not a setting"),
    "an unknown option": (GOOD + "options: {sep: x}\n", "options.sep is not a setting"),
    "an unknown column": (changed("  product_id", "  colour"), "colour is not one of"),
    "a missing column": (changed("  customer_id: CustomerID\n", ""), "customer_id is required"),
    "no amount": (changed("  unit_price: UnitPrice\n", ""), "are required"),
    "two ways to an amount": (changed("  product_id", "  amount: A\n  product_id"), "not both"),
    "a header for two": (changed("StockCode", "quantity"), "name the same header"),
    "a blank header": (changed("StockCode", "'  '"), "blank"),
    "a number for a header": (changed("StockCode", "5"), "should be a valid string"),
    "columns as a list": ("name: a\ncolumns: [1]\n", "columns"),
    "a name of signs": (changed(NAME, "name: 'a; drop table x'"), "name"),
    "a number for a name": (changed(NAME, "name: 5"), "name"),
    "no name": (changed(NAME + "\n", ""), "name is required"),
    "a format of its own": (GOOD + "format: json\n", "format"),
    "a currency in words": (changed(CURRENCY, "currency: pounds"), "currency"),
    "two currencies": (changed(CURRENCY, "currency: [GBP, EUR]"), "currency"),
    "text for a flag": (GOOD + "is_decimal_id: 'yes'\n", "is_decimal_id"),
    "a number for a flag": (GOOD + "is_negative_return: 1\n", "is_negative_return"),
    "no header": (GOOD + "header: false\n", "needs the list of its columns"),
    "an empty header": (GOOD + "header: []\n", "header"),
    "separators alike": (GOOD + "decimal_separator: ','\nthousands_separator: ','\n", "the same"),
    "a letter between decimals": (GOOD + "decimal_separator: x\n", "decimal_separator"),
    "prefixes alike": (GOOD + "cancellation_prefix: C\nadjustment_prefix: C\n", "the same"),
    "a blank prefix": (GOOD + "cancellation_prefix: ' '\n", "cancellation_prefix"),
    "two delimiters": (GOOD + "options: {delimiter: '||'}\n", "expected one character"),
    "a letter as delimiter": (GOOD + "options: {delimiter: a}\n", "expected one character"),
    "a line break as delimiter": (GOOD + 'options: {delimiter: "\\n"}\n', "expected one character"),
    "quote and delimiter alike": (GOOD + "options: {quote: ','}\n", "are the same"),
    "an unknown encoding": (GOOD + "options: {encoding: klingon}\n", "not a text encoding"),
    "an encoding of bytes": (GOOD + "options: {encoding: hex}\n", "not a text encoding"),
    "an encoding by path": (GOOD + "options: {encoding: ../../x}\n", "not a text encoding"),
    "no sheets": (GOOD + "options: {sheets: []}\n", "sheets"),
    "a pattern without a year": (changed(STAMP, "timestamp_format: M/d H:mm"), "needs a year"),
    "Python's pattern": (changed(STAMP, "timestamp_format: '%Y-%m-%d'"), "holds"),
    "an open quote": (changed(STAMP, 'timestamp_format: "yyyy-MM-dd \'T"'), "does not close"),
    "a pattern of SQL": (changed(STAMP, 'timestamp_format: "yMd\') or 1=1--"'), "not close"),
    "a pattern of 300 characters": (
        changed(STAMP, f"timestamp_format: yMd{' ' * 300}x"),
        "at most 200",
    ),
}

# Var, its value, and a part of what is said.
VARS: list[tuple[str, object, str]] = [
    ("no_such_var", 1, "unknown vars no_such_var"),
    ("as_of_date", "soon", "YYYY-MM-DD"),
    ("as_of_date", "2011-02-30", "YYYY-MM-DD"),
    ("as_of_date", "2011-01-01' or '1'='1", "YYYY-MM-DD"),
    ("as_of_date", 20110101, "YYYY-MM-DD"),
    ("as_of_date", None, "YYYY-MM-DD"),
    ("look_back_days", -1, "whole number"),
    ("look_back_days", "90", "whole number"),
    ("look_back_days", True, "whole number"),
    ("history_months", 0, "whole number"),
    ("history_months", 10**9, "whole number"),
    ("backtest_cutoff_days", 90, "list of days"),
    ("backtest_cutoff_days", ["90) as x; drop table y"], "list of days"),
    ("duplicates", "maybe", "drop or keep"),
    ("free_unit_price", "0 or true", "a number"),
    ("maximum_line_quantity", float("inf"), "a number"),
    ("maximum_unit_price", float("nan"), "a number"),
    ("rfm_bin_count", 1, "whole number"),
    ("rfm_cut_points", {"speed": [1]}, "lists of numbers"),
    ("rfm_cut_points", {"monetary": ["1)--"]}, "lists of numbers"),
    ("rfm_segment_scheme", "../personas", "eleven or six"),
    ("example_line_count", 1.5, "whole number"),
    ("stand_out_minimum_customers", "0 or 1=1 --", "whole number"),
    ("stand_out_minimum_share", "0 or 1=1 --", "a number"),
    ("campaign_minimum_customers", "30) or (1=1", "whole number"),
    ("timestamp_formats", ["yyyy\\\\' or 1=1"], "list of timestamp formats"),
    ("timestamp_formats", "yyyy", "list of timestamp formats"),
    ("gate_minimum_customers", "many", "a number"),
    ("gate_maximum_day_share", [1], "a number"),
    ("pseudonymous_export", "yes", "true or false"),
    ("ml_settings", {"k_max": "many"}, "k_max"),
    ("ml_settings", {"no_such": 1}, "no_such"),
]
