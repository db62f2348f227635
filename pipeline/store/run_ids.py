"""Names of runs, which sort by the time they were begun."""

import secrets
from datetime import UTC, datetime, timedelta

from pyspark.sql import SparkSession

from pipeline.store.tables import current_run_id

__all__ = ["new_run_id"]

_FORMAT = "%Y%m%dT%H%M%SZ"


def new_run_id(spark: SparkSession) -> str:
    """Return a run id that sorts after every earlier one, clock set back or not.

    The letter before the random digits keeps readers from taking them for an
    offset from UTC.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    last = current_run_id(spark)
    if last is not None:
        begun = datetime.strptime(last.split("-")[0], _FORMAT).replace(tzinfo=UTC)
        now = max(now, begun + timedelta(seconds=1))
    return f"{now.strftime(_FORMAT)}-r{secrets.token_hex(2)}"
