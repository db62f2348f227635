"""A small, sound shop as the tables that the gates read; tests then break one thing."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.store.declared import schema_of

AS_OF = date(2024, 7, 1)
RUN_ID = "20240701T000000Z-aaaa"
EARLIER_RUN_ID = "20240630T000000Z-aaaa"
CUSTOMERS = 120
# Customers order one to four times in turn.
SALES = CUSTOMERS // 4 * (1 + 2 + 3 + 4)
PERSONAS = ("Champions", "Regulars", "Newcomers", "Asleep")
SNAPSHOTS = (date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1), AS_OF)

_LOADS = {
    "source_name": "online_retail",
    "file_checksum": "0" * 64,
    "config_checksum": "1" * 64,
    "timestamp_format": "M/d/yyyy H:mm",
    "cancellation_prefix": "C",
    "adjustment_prefix": "A",
    "is_negative_return": False,
    "decimal_separator": ".",
    "thousands_separator": None,
    "is_decimal_id": False,
    "has_product": True,
    "has_quantity": True,
    "has_country": True,
    "currency": "GBP",
}


class Tables(dict):
    """Frames by short name; calling it reads one, as the gates do."""

    def __call__(self, name: str) -> DataFrame:
        return self[name]

    def change(self, name: str, **columns) -> "Tables":
        """Return the same shop with some columns of one table replaced."""
        changed = Tables(self)
        changed[name] = self[name].withColumns(
            {key: F.lit(v) if not hasattr(v, "cast") else v for key, v in columns.items()}
        )
        return changed

    def put(self, name: str, frame: DataFrame) -> "Tables":
        """Return the same shop with one table replaced."""
        changed = Tables(self)
        changed[name] = frame
        return changed


def sound_shop(spark: SparkSession, *, minimal: bool = False) -> Tables:
    """Build the tables of a shop that passes every gate.

    Parameters
    ----------
    spark : SparkSession
        Session that holds them.
    minimal : bool
        Without products, quantities, prices and countries, as from a source
        that has customer, order, time and amount only.
    """
    lines = [
        (f"c{customer:03d}", order, 10.0 + customer % 17 + order)
        for customer in range(CUSTOMERS)
        for order in range(1 + customer % 4)
    ]
    tables = Tables()
    tables["raw.order_lines"] = _raw_lines(spark, lines, minimal)
    tables["raw.loads"] = spark.createDataFrame(
        [
            {
                **_LOADS,
                "source_file": file,
                "load_id": load,
                "raw_row_count": count,
                "has_product": not minimal,
                "has_quantity": not minimal,
                "has_country": not minimal,
            }
            for file, load, count in (("orders.csv", "load-1", SALES), ("late.csv", "load-2", 1))
        ],
        schema_of("raw.loads"),
    )
    tables["mart.fct_order_lines"] = spark.createDataFrame(
        [
            (
                "orders.csv",
                row,
                "load-1",
                "sale",
                f"o{row}",
                customer,
                Decimal(str(amount)),
                Decimal(0),
            )
            for row, (customer, _, amount) in enumerate(lines, start=1)
        ],
        "source_file string, source_row bigint, load_id string, line_class string, "
        "order_id string, customer_id string, amount decimal(38,9), "
        "returned_amount decimal(38,9)",
    )
    total = Decimal(str(sum(amount for *_, amount in lines)))
    tables["mart.fct_line_classes"] = spark.createDataFrame(
        [
            ("sale", len(lines), total, True),
            ("return", 0, Decimal(0), True),
            ("unparseable", 0, Decimal(0), False),
            ("no_customer", 1, Decimal(5), False),
        ],
        "line_class string, row_count bigint, amount decimal(38,9), is_kept boolean",
    )
    tables["mart.fct_orders"] = spark.createDataFrame(
        [
            (customer, f"o{row}", AS_OF - timedelta(days=1 + row % 90))
            for row, (customer, *_) in enumerate(lines, start=1)
        ],
        "customer_id string, order_id string, order_date date",
    )
    tables["mart.fct_rfm_customers"] = _rfm(spark, minimal)
    tables["mart.fct_rfm_customer_history"] = spark.createDataFrame(
        [
            (f"c{customer:03d}", snapshot, Decimal(20 + customer % 7))
            for place, snapshot in enumerate(SNAPSHOTS)
            for customer in range(CUSTOMERS - 20 * (len(SNAPSHOTS) - 1 - place))
        ],
        "customer_id string, snapshot_date date, monetary decimal(38,9)",
    )
    tables["mart.fct_customer_segments"] = spark.createDataFrame(
        [
            (
                f"c{customer:03d}",
                RUN_ID,
                1 + customer % len(PERSONAS),
                0.9,
                [0.9, 0.05, 0.03, 0.02],
                -2.5,
                customer == 0,
            )
            for customer in range(CUSTOMERS)
        ],
        "customer_id string, run_id string, segment_id int, membership_probability double, "
        "segment_probabilities array<double>, log_density double, is_outlier boolean",
    )
    tables["mart.fct_segment_profiles"] = spark.createDataFrame(
        [
            (place, persona, "active", 1 / len(PERSONAS), 0.9)
            for place, persona in enumerate(PERSONAS, start=1)
        ],
        "segment_id int, persona string, life_cycle string, customer_share double, "
        "mean_membership_probability double",
    )
    return tables


def _raw_lines(spark: SparkSession, lines: list, minimal: bool) -> DataFrame:
    rows = []
    for row, (customer, _, amount) in enumerate([*lines, ("", 0, 5.0)], start=1):
        full = not minimal
        rows.append(
            {
                "source_file": "orders.csv" if customer else "late.csv",
                "source_row": row,
                "order_id": f"o{row}",
                "product_id": f"p{row % 9}" if full else None,
                "description": f"Café cup {row % 9}" if full else None,
                "quantity": "1" if full else None,
                "unit_price": str(amount) if full else None,
                "amount": None if full else str(amount),
                "ordered_at": "6/1/2024 10:00",
                "customer_id": customer,
                "country": "France" if full else None,
                "unparsed_text": None,
                "is_forgotten": False,
                "load_id": "load-1" if customer else "load-2",
            }
        )
    return spark.createDataFrame(rows, schema_of("raw.order_lines"))


def _rfm(spark: SparkSession, minimal: bool) -> DataFrame:
    rows = []
    for customer in range(CUSTOMERS):
        frequency = 1 + customer % 4
        rows.append(
            (
                f"c{customer:03d}",
                AS_OF,
                1 + customer % 90,
                frequency,
                Decimal(20 + customer % 31),
                0.01 * (customer % 5),
                None if minimal else 1 + customer % 6,
                None if minimal else "France",
                1 + customer % 5,
                1 + customer % 4,
                1 + customer % 5,
                datetime(2024, 1, 1),
            )
        )
    return spark.createDataFrame(
        rows,
        "customer_id string, as_of_date date, recency_days int, frequency bigint, "
        "monetary decimal(38,9), return_rate double, "
        "product_count bigint, country string, recency_score int, frequency_score int, "
        "monetary_score int, first_order_at timestamp",
    )
