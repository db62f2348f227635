"""What has landed already, reported as a landing is."""

from pyspark.sql import SparkSession

from pipeline.core.errors import InputError
from pipeline.land.landing import LandedFile, LandingReport
from pipeline.land.loads import LOADS
from pipeline.store.tables import full_name

__all__ = ["landed"]


def landed(spark: SparkSession) -> LandingReport:
    """Report what ``raw.order_lines`` holds.

    Parameters
    ----------
    spark : SparkSession
        Classic or Spark Connect.

    Returns
    -------
    LandingReport
        Of the landing that read them, with no file read again and no warnings.

    Raises
    ------
    InputError
        If nothing has landed.
    """
    loads = spark.table(full_name(LOADS)).orderBy("source_file").collect()
    if not loads:
        raise InputError("no lines have landed yet; name them with --data, or type: make run")
    # One landing read all of them, by one source config.
    first = loads[0]
    return LandingReport(
        files=[
            LandedFile(
                row.source_file,
                row.raw_row_count,
                row.file_checksum,
                read_again=False,
                title_rows=row.title_row_count or 0,
                total_rows=row.total_row_count or 0,
            )
            for row in loads
        ],
        source_name=first.source_name,
        currency=first.currency,
        has_product=first.has_product,
        has_quantity=first.has_quantity,
        has_country=first.has_country,
    )
