"""Views of a catalogue: kept as statements, and made again from them."""

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from pipeline.core.log import get_logger
from pipeline.core.paths import analytics_schema
from pipeline.store.warehouse import Warehouse

__all__ = ["create_views", "keep_views"]


def keep_views(spark: SparkSession) -> None:
    """Keep the views that clients of a server have made, for the next session to make again."""
    warehouse = Warehouse()
    kept = {}
    for row in spark.sql(f"show views in {analytics_schema()}").collect():
        name = f"{analytics_schema()}.{row.viewName}"
        described = spark.sql(f"describe table extended {name}")
        (text,) = described.where("col_name = 'View Text'").collect()
        kept[row.viewName] = f"create or replace view {name} as {text.data_type}"
    warehouse.keep_views(kept)


def create_views(spark: SparkSession, statements: dict[str, str]) -> None:
    """Make views, each after those it reads; one whose tables are gone waits for dbt."""
    while statements:
        refused = {name: text for name, text in statements.items() if not _stands(spark, text)}
        if len(refused) == len(statements):
            get_logger(__name__).info("views without their tables: %s", ", ".join(refused))
            return
        statements = refused


def _stands(spark: SparkSession, statement: str) -> bool:
    try:
        spark.sql(statement)
    except PySparkException:
        return False
    return True
