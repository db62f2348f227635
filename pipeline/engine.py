"""Which program answers Spark SQL in this process."""

import os

from pyspark.sql import SparkSession

from pipeline.errors import InputError

__all__ = ["ENGINES", "SAIL_MARK", "engine", "is_sail", "require_no_spark"]

ENGINES = ("spark", "sail")
SAIL_MARK = "segmentation.is_sail"
"""Setting by which a session on Sail is known."""


def engine() -> str:
    """Return the engine that ``ENGINE`` names, ``spark`` by default.

    Raises
    ------
    InputError
        If the name is unknown, or Sail is asked for where Spark is told where to run.
    """
    name = os.environ.get("ENGINE", "").strip() or "spark"
    if name not in ENGINES:
        raise InputError(f"ENGINE={name!r}: expected {' or '.join(ENGINES)}")
    if name == "sail":
        require_no_spark()
    return name


def is_sail(spark: SparkSession) -> bool:
    """Say whether a session is that of Sail rather than of a Spark."""
    return spark.conf.get(SAIL_MARK, "") == "true"


def require_no_spark() -> None:
    """Refuse Sail where the environment sends the work to a Spark.

    Raises
    ------
    InputError
        One line that names the variables.
    """
    given = [name for name in ("MASTER", "SPARK_REMOTE") if os.environ.get(name, "").strip()]
    if given:
        raise InputError(
            f"Sail runs in the command's own process and {' and '.join(given)} "
            "says where Spark runs; unset one or the other, or set ENGINE=spark"
        )
