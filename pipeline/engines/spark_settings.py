"""The settings of a Spark session: the profile's, the user's own, and ours."""

import os
import re

import yaml
from jinja2 import Environment

from pipeline.core.errors import InputError
from pipeline.core.log import is_verbose
from pipeline.core.own_settings import names_metastore, own_settings
from pipeline.core.paths import StatePaths, project_root
from pipeline.engines.warm import archive_option

__all__ = ["runtime_settings", "static_settings"]

# Java reads options from these too.
_JAVA_VARIABLES = ("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")

# A run compiles some 60,000 methods, few of which run for long. Inlining less,
# Java's compiler spares a tenth of all CPU time, and many lines are not
# slower for it (docs/performance.md). Java takes the last of its options, so the
# user's own come after these.
_COMPILER = "-XX:MaxInlineLevel=5 -XX:FreqInlineSize=150 -XX:InlineSmallCode=1000"
# A fit beside a run is over before what Java's slow compiler makes pays: without
# it the fit takes 21 CPU seconds on the real file instead of 30.
_QUICK_COMPILER = "-XX:TieredStopAtLevel=1"

_LOG4J = """\
rootLogger.level = {level}
rootLogger.appenderRef.file.ref = file
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = {folder}/spark.log
appender.file.filePattern = {folder}/spark.%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %p %c{{1}}: %m%n%ex
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 20MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
"""


def runtime_settings() -> dict[str, str]:
    """Return the runtime SQL settings that dbt's profile declares.

    Returns
    -------
    dict of str to str
        By Spark's name of each.

    Raises
    ------
    InputError
        If the environment gives one that Spark would not take.
    """
    jinja = Environment(autoescape=False)
    jinja.globals["env_var"] = os.environ.get
    jinja.filters["as_number"] = str
    text = (project_root() / "profiles" / "profiles.yml").read_text()
    profiles = yaml.safe_load(jinja.from_string(text).render())
    settings = profiles["segmentation"]["outputs"]["spark"]["server_side_parameters"]
    partitions = settings["spark.sql.shuffle.partitions"]
    if not partitions.isdigit() or int(partitions) < 1:
        raise InputError(f"SPARK_SHUFFLE_PARTITIONS={partitions}: expected a number from 1 on")
    return settings


def static_settings(
    paths: StatePaths,
    app_name: str,
    *,
    submitted: dict[str, str] | None = None,
    in_memory: bool = False,
) -> dict[str, str]:
    """Return the settings of a classic session.

    What the user's own Spark configuration says stays as it is, except what
    results depend on: the catalogue's kind and the profile's SQL settings.

    Parameters
    ----------
    paths : StatePaths
        Where warehouse, logs and scratch space go.
    app_name : str
        Name of the application.
    submitted : dict, optional
        The settings of a Java process that ``spark-submit`` has started; its
        master, memory and Java options hold.
    in_memory : bool
        True for a fit beside a run: the catalogue lies in memory even where the
        user has a metastore.

    Returns
    -------
    dict of str to str
        By Spark's name of each, to be set on top of the user's own; with ``submitted`` without
        master, memory and Java options.

    Raises
    ------
    InputError
        If the environment gives one that Spark would not take.
    """
    own = own_settings() if submitted is None else submitted
    log_config = paths.logs / "log4j2.properties"
    # A fit's Java is killed at its end, and the run clears its folder away.
    scratch = paths.fit_tmp if in_memory else paths.tmp
    scratch.mkdir(exist_ok=True)
    log_config.write_text(
        _LOG4J.format(level="info" if is_verbose() else "warn", folder=paths.logs)
    )
    ours = {
        "spark.app.name": app_name,
        "spark.scheduler.mode": "FAIR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch),
        "spark.log.level": "INFO" if is_verbose() else "WARN",
        "spark.sql.legacy.createHiveTableByDefault": "false",
    }
    if not names_metastore(own):
        # Hadoop's file system sets permissions itself, whatever the process's umask.
        ours["spark.hadoop.fs.permissions.umask-mode"] = "077"
        ours["spark.sql.warehouse.dir"] = str(paths.warehouse)
    settings = {name: value for name, value in ours.items() if name not in own}
    is_hive = names_metastore(own) and not in_memory
    settings["spark.sql.catalogImplementation"] = "hive" if is_hive else "in-memory"
    settings.update(runtime_settings())
    if submitted is not None:
        return settings
    master = os.environ.get("MASTER", "").strip() or own.get("spark.master", "local[*]")
    memory = os.environ.get("SPARK_DRIVER_MEMORY", "").strip()
    settings["spark.master"] = master
    settings["spark.driver.memory"] = memory or own.get("spark.driver.memory", "4g")
    if master.startswith(("local", "spark://127.0.0.1:")) and "spark.driver.host" not in own:
        settings["spark.driver.bindAddress"] = settings["spark.driver.host"] = "127.0.0.1"
    # Spark takes double quotes for its own, so that a folder's name may have spaces.
    java = [
        _QUICK_COMPILER if in_memory else _COMPILER,
        own.get("spark.driver.extraJavaOptions", ""),
        "-Duser.timezone=UTC",
        _collector(own),
        archive_option(),
        # Java is killed at the end and would leave its scratch files behind.
        f'"-Djava.io.tmpdir={scratch}"',
        f"-Dlog4j2.configurationFile={log_config.as_uri()}",
    ]
    settings["spark.driver.extraJavaOptions"] = " ".join(filter(None, java))
    executor = (own.get("spark.executor.extraJavaOptions", ""), "-Duser.timezone=UTC")
    settings["spark.executor.extraJavaOptions"] = " ".join(filter(None, executor))
    return settings


def _collector(own: dict[str, str]) -> str:
    """Return Java's option for the collector, unless the user names one.

    Java takes one only. Nobody waits for a pause here, and on two cores the
    parallel collector leaves more of them to the work (docs/performance.md).
    """
    given = [own.get(f"spark.driver.{kind}JavaOptions", "") for kind in ("default", "extra")]
    given += [os.environ.get(name, "") for name in _JAVA_VARIABLES]
    return "" if re.search(r"-XX:\+Use\w+GC\b", " ".join(given)) else "-XX:+UseParallelGC"
