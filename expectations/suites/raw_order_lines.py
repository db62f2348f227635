"""Gate raw, ``raw.order_lines``: the boundary between landing and dbt."""

import great_expectations.expectations as gxe
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from expectations.facts import Facts, Read
from expectations.suite import ERROR, WARNING, Suite
from pipeline.store.declared import schema_of

NAME = "raw_order_lines"
# UTF-8 that was read as a one-byte encoding turns every accented letter into
# one of these two beside another sign; bytes that decode to nothing become
# the replacement character.
GARBLED = "[ÃÂ][\\u0080-\\u00BF]|â[\\u0080\\u20AC]|\\uFFFD"


def frame(read: Read, facts: Facts) -> DataFrame:
    """Return the raw lines but the forgotten ones.

    Returns
    -------
    DataFrame
        One row a raw line, with the columns that the table has; blank text is null.
    """
    lines = read("raw.order_lines")
    # Absent or of another type, the column is for the expectations to find.
    if "is_forgotten" in lines.columns:
        lines = lines.where("coalesce(cast(is_forgotten as string), '') != 'true'")
    texts = [name for name, kind in lines.dtypes if kind == "string"]
    return lines.withColumns(
        {name: F.when(F.trim(F.col(name)) != "", F.col(name)) for name in texts}
    )


def expectations(facts: Facts) -> list[gxe.Expectation]:
    """List the expectations on the raw lines."""
    limits = facts.limits
    declared = schema_of("raw.order_lines")
    filled = 1 - limits.maximum_unparseable_share
    required = ["order_id", "ordered_at"]
    required += ["quantity", "unit_price"] if facts.has_quantity else ["amount"]
    optional = ["product_id"] * facts.has_product + ["country"] * facts.has_country
    found: list[gxe.Expectation] = [
        gxe.ExpectTableColumnsToMatchSet(
            column_set=declared.fieldNames(),
            exact_match=True,
            severity=ERROR,
            description="the columns are those that the sources' yml declares",
        ),
        *(
            gxe.ExpectColumnValuesToBeOfType(
                column=column.name,
                type_=type(column.dataType).__name__,
                severity=ERROR,
                description=f"{column.name} is {column.dataType.simpleString()}, as declared",
            )
            for column in declared
        ),
        gxe.ExpectTableRowCountToBeBetween(
            min_value=1,
            severity=ERROR,
            description="at least one raw line is there",
            meta={"statistic": "row_count"},
        ),
        gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(
            column="customer_id",
            min_value=limits.minimum_customer_id_share,
            severity=ERROR,
            description=(
                f"at least {limits.minimum_customer_id_share:.0%} of the lines name a customer "
                "(gate_minimum_customer_id_share); a wrong column in the source config gives none"
            ),
            meta={"statistic": "customer_id_share"},
        ),
        *(
            gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(
                column=column,
                min_value=filled,
                severity=ERROR,
                description=f"{column} is filled in at least {filled:.0%} of the lines",
            )
            for column in required
        ),
        *(
            gxe.ExpectColumnProportionOfNonNullValuesToBeBetween(
                column=column,
                min_value=limits.minimum_optional_share,
                severity=WARNING,
                description=(
                    f"{column}, which the source says it has, is filled in at least "
                    f"{limits.minimum_optional_share:.0%} of the lines "
                    "(gate_minimum_optional_share)"
                ),
            )
            for column in optional
        ),
    ]
    if facts.has_product:
        found.append(
            gxe.ExpectColumnValuesToNotMatchRegex(
                column="description",
                regex=GARBLED,
                mostly=1 - limits.maximum_garbled_share,
                severity=WARNING,
                description=(
                    f"at most {limits.maximum_garbled_share:.0%} of the descriptions look like "
                    "text read in the wrong encoding (gate_maximum_garbled_share)"
                ),
            )
        )
    return found


SUITE = Suite(NAME, "raw", ("source_file", "source_row"), frame, expectations)
