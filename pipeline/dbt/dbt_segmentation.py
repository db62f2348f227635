"""Give plain dbt commands the project's own Spark session.

dbt-core imports every module named ``dbt_*`` that has a ``plugins`` list. A
session that dbt itself creates would miss the static settings (warehouse,
metastore, memory), the Java check and the state folder's lock; so the first
connection that dbt opens asks the session factory instead. Its cursors would
build a session for every statement: each sends all settings anew, and a server
warns of the ones it can't change.
"""

import sys
from typing import TYPE_CHECKING

from dbt.plugins.manager import dbtPlugin

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


class SegmentationPlugin(dbtPlugin):
    """Start the project's session before dbt's first statement."""

    def initialize(self) -> None:
        """Put the session factory before dbt-spark's own."""
        if self.project_name != "customer_segmentation":
            return
        from dbt.adapters.spark import session as dbt_session

        if getattr(dbt_session.Connection, "uses_project_session", False):
            return

        class Cursor(dbt_session.Cursor):
            """dbt-spark's cursor on the project's session as it is."""

            def execute(self, sql: str, *parameters: object) -> None:
                """Run a statement, with dbt's own way of putting values in."""
                from dbt_common.exceptions import DbtRuntimeError
                from pyspark.errors import AnalysisException

                from pipeline.session import is_connect

                text = sql % parameters if parameters else sql
                spark = _project_session()
                try:
                    if is_connect(spark):
                        from pipeline.connect_rows import run_sql

                        self._df = run_sql(spark, text)
                    else:
                        self._df = spark.sql(text)
                except AnalysisException as error:
                    raise DbtRuntimeError(str(error)) from error

        class Connection(dbt_session.Connection):
            """dbt-spark's connection on the project's session."""

            uses_project_session = True

            def __init__(self, **options: object) -> None:
                from pyspark.errors import PySparkException

                from pipeline.session import runtime_settings

                super().__init__(**options)
                spark = _project_session()
                known = runtime_settings()
                for name, value in self.server_side_parameters.items():
                    if known.get(name) == value:
                        continue
                    try:
                        spark.conf.set(name, value)
                    except PySparkException:
                        dbt_session.logger.warning(
                            f"{name} of the dbt profile: a running session can't change it; "
                            "it belongs into spark-defaults.conf"
                        )

            def cursor(self) -> Cursor:
                """Return a cursor on the project's session."""
                return Cursor()

        dbt_session.Connection = Connection


def _project_session() -> "SparkSession":
    """Return the project's session; the first call of plain dbt starts it."""
    from dbt_common.exceptions import DbtRuntimeError

    from pipeline import session
    from pipeline.errors import UserError

    begun = session.has_session()
    try:
        spark = session.get_session("dbt")
    except UserError as error:
        raise DbtRuntimeError(str(error)) from error
    if not begun and not session.has_lines(spark):
        print(
            "No lines have landed yet, so every model is empty. Next: make run "
            "(demo data), or make run DATA=path/to/lines.csv",
            file=sys.stderr,
        )
    return spark


plugins = [SegmentationPlugin]
