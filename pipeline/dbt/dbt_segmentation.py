"""Give plain dbt commands the project's own Spark session.

dbt-core imports every module named ``dbt_*`` that has a ``plugins`` list. A
session that dbt itself creates would miss the static settings (warehouse,
metastore, memory), the Java check and the state folder's lock; so the first
connection that dbt opens asks the session factory instead.
"""

import sys

from dbt.plugins.manager import dbtPlugin


class SegmentationPlugin(dbtPlugin):
    """Start the project's session before dbt's first statement."""

    def initialize(self) -> None:
        """Put the session factory before dbt-spark's own."""
        if self.project_name != "customer_segmentation":
            return
        from dbt.adapters.spark import session as dbt_session

        if getattr(dbt_session.Connection, "uses_project_session", False):
            return

        class Connection(dbt_session.Connection):
            """dbt-spark's connection on the project's session."""

            uses_project_session = True

            def __init__(self, **options) -> None:
                _project_session()
                super().__init__(**options)

        dbt_session.Connection = Connection


def _project_session() -> None:
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


plugins = [SegmentationPlugin]
