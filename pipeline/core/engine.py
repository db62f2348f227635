"""Which program answers Spark SQL in this process."""

import os

from pyspark.sql import SparkSession

from pipeline.core.errors import InputError
from pipeline.core.own_settings import names_metastore, own_settings

__all__ = ["ENGINES", "SAIL_MARK", "engine", "is_sail", "require_no_spark"]

ENGINES = ("spark", "sail")
SAIL_MARK = "segmentation.is_sail"
"""Setting by which a session on Sail is known."""


def engine() -> str:
    """Return the engine that ``ENGINE`` names.

    Where it names none, the engine is Spark if the environment says where
    Spark runs (``MASTER``, ``SPARK_REMOTE``, ``spark-submit``), else Sail.

    Raises
    ------
    InputError
        If the name is unknown, Sail is asked for where Spark is configured to
        run, or it is not said which of the two a ``spark-defaults.conf`` that
        names a cluster is for.
    """
    name = os.environ.get("ENGINE", "").strip()
    if not name:
        if _told_where_spark_runs() or "PYSPARK_GATEWAY_PORT" in os.environ:
            return "spark"
        own = own_settings()
        if "spark.master" in own or names_metastore(own):
            raise InputError(
                "your Spark configuration names a master or a metastore: set ENGINE=spark to work "
                "there, or ENGINE=sail to work on this machine without it"
            )
        return "sail"
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
    given = _told_where_spark_runs()
    if given:
        raise InputError(
            f"Sail runs in the command's own process and {' and '.join(given)} "
            "says where Spark runs; unset one or the other, or set ENGINE=spark"
        )


def _told_where_spark_runs() -> list[str]:
    return [name for name in ("MASTER", "SPARK_REMOTE") if os.environ.get(name, "").strip()]
