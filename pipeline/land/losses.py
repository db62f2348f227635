"""Which reasons leave much of the raw lines out, and what is the likeliest cause of each."""

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from pipeline.core.settings import project_vars
from pipeline.store.tables import full_name

__all__ = ["losses"]

_CAUSES = {
    "after_as_of": "they are not from before the as-of date",
    "order_status": "where such orders count, name their status in `counted_statuses` of the "
    "source config",
    "other_currency": "name a file of rates as `currency_rates` to count them too",
    "adjustment": "`adjustment_prefix` or `cancellation_prefix` of the source config may fit too "
    "many order ids",
    "duplicate": "the files may overlap; where a customer can buy the same twice in one order, "
    "set the var `duplicates: keep`",
    "write_off": "where they are money back to customers, set `is_negative_return: true` in the "
    "source config",
    "zero_price": "the source config may name the wrong column for the price or the discount",
    "non_product": "`non_product_codes` of the source config may name codes of goods",
    "no_customer": "the source config may name the wrong column for the customer, or most buyers "
    "are guests",
}
# What a row that does not read says, and the setting that is likely wrong.
_UNREAD = {
    "number": "check `decimal_separator`, `thousands_separator` and `has_number_signs` in the "
    "source config",
    "date does not fit": "check `timestamp_format` in the source config",
    "date is out of bounds": "check `timestamp_format` in the source config",
    "no order date": "where it stands on an order's first line only, set `carry: [ordered_at]` in "
    "the source config",
    "header": "check `delimiter` and `quote` in the source config's options",
    "currency": "check the currency rates",
    "": "the source config may name the wrong columns; `python -m pipeline inspect` looks at the "
    "file again",
}
_CARRY = (
    "although another line of their order does: set `carry: [customer_id]` in the source config"
)


def losses(spark: SparkSession) -> list[str]:
    """Return a sentence for each reason that rejects more than ``loud_rejected_share``.

    Parameters
    ----------
    spark : SparkSession
        Session that reads the classified lines.

    Returns
    -------
    list of str
        The largest first, by rows or by money, whichever is more.

    Raises
    ------
    InputError
        If a var is not what it may be.
    """
    lines = spark.table(full_name("mart.int_order_lines_classified"))
    found = (
        lines.groupBy("line_class", "reject_reason")
        .agg(F.count("*").alias("lines"), F.sum(F.abs("amount")).alias("money"))
        .collect()
    )
    rows = sum(row["lines"] for row in found) or 1
    money = sum(row["money"] or 0 for row in found)
    most = float(project_vars()["loud_rejected_share"])
    loud = []
    for row in found:
        if row["reject_reason"] is None:
            continue
        shares = row["lines"] / rows, float((row["money"] or 0) / money) if money else 0.0
        told = f" and {shares[1]:.0%} of the money" if row["money"] is not None else ""
        if max(shares) > most:
            why = row["line_class"], row["reject_reason"]
            loud.append((max(shares), shares[0], told or ", whose amounts do not read,", *why))
    return [
        f"{share:.0%} of the lines{money} are left out as {line_class} ({reason})"
        f"{_cause(spark, line_class, reason)}."
        for _, share, money, line_class, reason in sorted(loud, reverse=True)
    ]


def _cause(spark: SparkSession, line_class: str, reason: str) -> str:
    if line_class == "unparseable":
        return f": {next(cause for part, cause in _UNREAD.items() if part in reason)}"
    if line_class == "no_customer" and _is_named_elsewhere(spark):
        return f", {_CARRY}"
    cause = _CAUSES.get(line_class)
    return f": {cause}" if cause else ""


def _is_named_elsewhere(spark: SparkSession) -> bool:
    """Say whether most lines without a customer are of orders that another line gives one."""
    lines = spark.table(full_name("mart.int_order_lines_classified"))
    named = lines.where("customer_id is not null").select("load_id", "order_id").distinct()
    nobody = lines.where("line_class = 'no_customer'")
    return 2 * nobody.join(named, ["load_id", "order_id"], "left_semi").count() > nobody.count()
