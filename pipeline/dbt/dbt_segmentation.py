"""Give plain dbt commands the project's own session, on the engine of the target.

dbt-core imports every module named ``dbt_*`` that has a ``plugins`` list. A
session that dbt itself creates would miss the static settings (warehouse,
metastore, memory), the Java check and the state folder's lock; so the first
connection that dbt opens asks the session factory instead. Its cursors would
build a session for every statement: each sends all settings anew, and a server
warns of the ones it can't change.
"""

import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from dbt.plugins.manager import dbtPlugin

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from pipeline.engines.connect_rows import Result


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

            _df: Any

            def execute(self, sql: str, *parameters: object) -> None:
                """Run a statement, with dbt's own way of putting values in."""
                from dbt_common.exceptions import DbtRuntimeError
                from pyspark.errors import AnalysisException

                try:
                    self._df = _run(sql % parameters if parameters else sql)
                except AnalysisException as error:
                    raise DbtRuntimeError(str(error)) from error

        class Connection(dbt_session.Connection):
            """dbt-spark's connection on the project's session."""

            uses_project_session = True

            def __init__(self, **options: Any) -> None:
                from pyspark.errors import PySparkException

                from pipeline.engines.spark_settings import runtime_settings

                super().__init__(**options)
                # Not a setting: a target's own word for the program that runs it.
                spark = _project_session(self.server_side_parameters.get("engine", "spark"))
                known = runtime_settings()
                for name, value in self.server_side_parameters.items():
                    if name == "engine" or known.get(name) == value:
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

        module: Any = dbt_session
        module.Connection = Connection


def _project_session(engine: str) -> "SparkSession":
    """Return the project's session; the first call of plain dbt starts it.

    A process that has Spark already, as the pipeline's, keeps to it.
    """
    from dbt_common.exceptions import DbtRuntimeError

    from pipeline.core.errors import UserError
    from pipeline.engines import sail, session

    if engine == "spark" and sail.has_sail():
        raise DbtRuntimeError(
            "dbt's target is spark and this command works on Sail: set ENGINE=spark, or leave "
            "DBT_TARGET unset"
        )
    begun = session.has_session() or sail.has_sail()
    if not begun:
        # The target is what was asked for last.
        os.environ["ENGINE"] = engine
    try:
        if engine == "sail" and not session.has_session():
            spark = sail.get_sail()
        else:
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


def _run(text: str) -> "DataFrame | Result":
    """Run a statement on the session that the connection has begun."""
    from pipeline.engines import sail, session
    from pipeline.engines.connect_rows import run_sql
    from pipeline.store.warehouse import Warehouse

    if sail.has_sail():
        return sail.run_statement(sail.get_sail(), text)
    spark = session.get_session("dbt")
    run: Callable[[str], DataFrame | Result] = (
        partial(run_sql, spark) if session.is_connect(spark) else spark.sql
    )
    return Warehouse().follow_views(text, lambda: run(text))


plugins = [SegmentationPlugin]
