"""The one place where a Spark session is made."""

import os
import shutil
import time
from pathlib import Path

import yaml
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from pipeline.catalog import prepare_catalog
from pipeline.declared import full_name
from pipeline.errors import InputError
from pipeline.java import use_java
from pipeline.lock import StateLock
from pipeline.log import is_verbose
from pipeline.paths import StatePaths, project_root, state
from pipeline.warm import archive_option, settle_metastore

__all__ = [
    "get_session",
    "has_lines",
    "has_session",
    "is_connect",
    "require_classic",
    "runtime_settings",
    "static_settings",
    "stop_session",
]

_lock: StateLock | None = None
_session: SparkSession | None = None

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
    """Return the runtime SQL settings that dbt's profile declares."""
    profiles = yaml.safe_load((project_root() / "profiles" / "profiles.yml").read_text())
    return profiles["segmentation"]["outputs"]["session"]["server_side_parameters"]


def is_connect(spark: SparkSession) -> bool:
    """Say whether a session speaks Spark Connect rather than being a classic one."""
    return type(spark).__module__.startswith("pyspark.sql.connect")


def get_session(app_name: str = "segmentation") -> SparkSession:
    """Return this process's session; the first call starts or joins Spark.

    With ``SPARK_REMOTE`` the session is that server's. Otherwise it is a
    classic one on ``MASTER`` (default ``local[*]``), and the state folder is
    locked, swept and its tables made present first.

    Parameters
    ----------
    app_name : str
        Name shown in Spark's own pages and logs.

    Raises
    ------
    Locked
        If another command holds the state folder.
    InputError
        If there is no usable Java or the state folder can't be written.
    """
    global _session
    if _session is None:
        if not is_verbose():
            # pyspark prints every failed statement's Java trace by itself; the
            # exception carries the same text to whoever handles it.
            for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
                PySparkLogger.getLogger(name).disabled = True
        os.environ["TZ"] = "UTC"
        time.tzset()
        remote = os.environ.get("SPARK_REMOTE", "").strip()
        _session = _join(remote) if remote else _start(app_name)
    return _session


def has_session() -> bool:
    """Say whether this process already has its session."""
    return _session is not None


def has_lines(spark: SparkSession) -> bool:
    """Say whether any file has landed."""
    return bool(spark.table(full_name("raw.loads")).limit(1).count())


def stop_session() -> None:
    """End Spark and let the next command have the state folder."""
    global _session, _lock
    if _session is not None:
        _session.stop()
        _session = None
        gateway = SparkContext._gateway
        if gateway is not None:
            gateway.shutdown()
            SparkContext._gateway = SparkContext._jvm = None
    if _lock is not None:
        _lock.release()
        _lock = None


def _join(remote: str) -> SparkSession:
    spark = SparkSession.builder.remote(remote).getOrCreate()
    for name, value in runtime_settings().items():
        spark.conf.set(name, value)
    prepare_catalog(spark, sweep=False)
    return spark


def _start(app_name: str) -> SparkSession:
    global _lock
    paths = state().create()
    lock = StateLock(paths.lock_file)
    lock.acquire()
    try:
        shutil.rmtree(paths.tmp, ignore_errors=True)
        paths.create()
        submitted = "PYSPARK_GATEWAY_PORT" in os.environ
        if not submitted:
            use_java(paths.root / "java")
        conf = SparkConf()
        for name, value in static_settings(paths, app_name, submitted=submitted).items():
            conf.set(name, value)
        gateway = None
        if not submitted:
            log = (paths.logs / "jvm.log").open("w")
            gateway = launch_gateway(conf, {"stdout": log, "stderr": log})
            log.close()
            lock.name_jvm(gateway.proc.pid)
        SparkContext(gateway=gateway, conf=conf)
        spark = SparkSession.builder.enableHiveSupport().getOrCreate()
        prepare_catalog(spark, sweep=True)
    except BaseException:
        lock.release()
        raise
    _lock = lock
    return spark


def static_settings(paths: StatePaths, app_name: str, *, submitted: bool = False) -> dict[str, str]:
    """Return the settings of a classic session.

    Parameters
    ----------
    paths : StatePaths
        Where warehouse, metastore, logs and scratch space go.
    app_name : str
        Name of the application.
    submitted : bool
        True under ``spark-submit``, whose own master and memory then hold.
    """
    log_config = paths.logs / "log4j2.properties"
    log_config.write_text(
        _LOG4J.format(level="info" if is_verbose() else "warn", folder=paths.logs)
    )
    settings = {
        "spark.app.name": app_name,
        "spark.sql.catalogImplementation": "hive",
        "spark.scheduler.mode": "FAIR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(paths.tmp),
        "spark.log.level": "INFO" if is_verbose() else "WARN",
        "spark.sql.legacy.createHiveTableByDefault": "false",
        **runtime_settings(),
    }
    if not submitted:
        master = os.environ.get("MASTER", "").strip() or "local[*]"
        settings["spark.master"] = master
        settings["spark.driver.memory"] = os.environ.get("SPARK_DRIVER_MEMORY", "").strip() or "4g"
        if master.startswith("local"):
            settings["spark.driver.bindAddress"] = "127.0.0.1"
            settings["spark.driver.host"] = "127.0.0.1"
    if not _has_own_metastore():
        settle_metastore(paths.metastore)
        settings["spark.sql.warehouse.dir"] = str(paths.warehouse)
        settings["spark.hadoop.javax.jdo.option.ConnectionURL"] = (
            f"jdbc:derby:;databaseName={paths.metastore};create=true"
        )
    settings["spark.driver.extraJavaOptions"] = " ".join(
        [
            "-Duser.timezone=UTC",
            archive_option(),
            f"-Dderby.stream.error.file={paths.logs / 'derby.log'}",
            f"-Dderby.system.home={paths.root}",
            f"-Dlog4j2.configurationFile={log_config.as_uri()}",
        ]
    )
    settings["spark.executor.extraJavaOptions"] = "-Duser.timezone=UTC"
    return settings


def _has_own_metastore() -> bool:
    """Say whether the user's Spark settings name a Hive metastore."""
    for variable in ("SPARK_CONF_DIR", "HADOOP_CONF_DIR"):
        folder = os.environ.get(variable)
        if folder and (Path(folder) / "hive-site.xml").is_file():
            return True
    defaults = Path(os.environ.get("SPARK_CONF_DIR", "/nonexistent")) / "spark-defaults.conf"
    return defaults.is_file() and "hive.metastore.uris" in defaults.read_text()


def require_classic(spark: SparkSession, command: str) -> None:
    """Refuse a Spark Connect session where a classic one is needed.

    Raises
    ------
    InputError
        One line that says what to do instead.
    """
    if is_connect(spark):
        raise InputError(
            f"{command} fits a mixture from given starts, which Spark Connect does not offer; "
            "unset SPARK_REMOTE (after `make stop`, if the warm server holds the state folder), "
            "or give a cluster with MASTER=spark://host:7077"
        )


def end_process_session() -> None:
    """End Spark at the end of a command without waiting for a slow shutdown."""
    global _lock
    gateway = SparkContext._gateway
    process = getattr(gateway, "proc", None)
    if process is not None:
        context = SparkContext._active_spark_context
        if context is not None:
            # It would print a trace when its peer goes.
            context._accumulatorServer.handle_error = lambda *_: None
        process.kill()
        process.wait()
    if _lock is not None:
        _lock.release()
        _lock = None
