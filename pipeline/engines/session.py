"""The one place where a Spark session is made."""

import logging
import os
import re
import shutil
import signal
import time
from collections.abc import Callable
from typing import Any

import yaml
from jinja2 import Environment
from py4j.java_gateway import JavaGateway
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from pipeline.core.engine import engine, is_sail
from pipeline.core.errors import InputError
from pipeline.core.lock import StateLock
from pipeline.core.log import is_verbose, say
from pipeline.core.own_settings import names_metastore, own_settings
from pipeline.core.paths import StatePaths, project_root, state
from pipeline.engines.connect_token import with_token
from pipeline.engines.java import use_java
from pipeline.engines.sail import get_sail, release_sail, stop_sail
from pipeline.engines.warm import archive_option
from pipeline.privacy.purge import finish_forgetting
from pipeline.store.catalog import join_catalog, prepare_catalog, register_all
from pipeline.store.declared import full_name

__all__ = [
    "get_fitting_session",
    "get_server_session",
    "get_session",
    "has_lines",
    "has_session",
    "is_connect",
    "require_classic",
    "runtime_settings",
    "static_settings",
    "stop_session",
]

# Java reads options from these too.
_JAVA_VARIABLES = ("JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS")

# A run compiles some 60,000 methods, few of which run for long. Inlining less,
# Java's compiler spares a tenth of all CPU time, and many lines are not
# slower for it (docs/performance.md). Java takes the last of its options, so the
# user's own come after these.
_COMPILER = "-XX:MaxInlineLevel=5 -XX:FreqInlineSize=150 -XX:InlineSmallCode=1000"

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
    """Return the runtime SQL settings that dbt's profile declares.

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


def is_connect(spark: SparkSession) -> bool:
    """Say whether a session speaks Spark Connect rather than being a classic one."""
    return type(spark).__module__.startswith("pyspark.sql.connect")


def get_session(app_name: str = "segmentation", *, fits: bool = False) -> SparkSession:
    """Return this process's session; the first call starts or joins an engine.

    With ``ENGINE=sail`` the session is one on Sail, with ``SPARK_REMOTE`` that
    server's. Otherwise it is a classic one on ``MASTER`` (default
    ``local[*]``). An engine of this process's own has the state folder locked,
    swept and its tables made present first.

    Parameters
    ----------
    app_name : str
        Name shown in Spark's own pages and logs.
    fits : bool
        True for a command that fits, which Sail can't do: Spark whatever
        ``ENGINE`` says.

    Raises
    ------
    Locked
        If another command holds the state folder.
    InputError
        If there is no usable Java, the state folder can't be written, or
        ``ENGINE`` names none.
    """
    global _session
    if _session is None:
        _quiet()
        os.environ["TZ"] = "UTC"
        time.tzset()
        remote = os.environ.get("SPARK_REMOTE", "").strip()
        if engine() == "sail" and not fits:
            _session = get_sail()
        else:
            _session = _join(remote) if remote else _start(app_name)
    return _session


def get_fitting_session() -> SparkSession:
    """Return a classic session beside a command that holds the state folder's lock.

    Its catalogue lies in memory, and holds nothing yet (``catalog.register_declared``).

    Raises
    ------
    InputError
        If there is no usable Java.
    """
    global _session
    if _session is None:
        _quiet()
        os.environ["TZ"] = "UTC"
        time.tzset()
        paths = state()
        use_java(paths.root / "java")
        conf = SparkConf().setAll([*static_settings(paths, "fit", in_memory=True).items()])
        context = _context(conf, _launch(paths, conf))
        _session = SparkSession(context)
    return _session


def get_server_session(settle: Callable[[], dict[str, str]], serves: str) -> SparkSession:
    """Return this process's session as one that others will speak to.

    Parameters
    ----------
    settle : callable
        Called once the state folder is locked; returns the server's own
        settings, which go before all others.
    serves : str
        Its ``SPARK_REMOTE`` address, which a refused command is told.

    Raises
    ------
    Locked
        If another command holds the state folder.
    InputError
        If there is no usable Java.
    """
    global _session
    _quiet()
    os.environ["TZ"] = "UTC"
    time.tzset()
    _session = _start("segmentation server", settle, serves)
    return _session


def _quiet() -> None:
    if is_verbose():
        return
    # pyspark prints every failed statement's Java trace by itself; the
    # exception carries the same text to whoever handles it.
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True
    # py4j logs one on the root logger for every thread that waits when Java goes.
    logging.root.addFilter(lambda record: "py4j" not in record.pathname)


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
        if is_sail(_session):
            stop_sail()
        else:
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
    state().create()
    # pyspark refuses to be told both; the server has its own master.
    os.environ.pop("MASTER", None)
    spark = SparkSession.builder.remote(with_token(state(), remote)).getOrCreate()
    for name, value in runtime_settings().items():
        spark.conf.set(name, value)
    join_catalog(spark)
    return spark


def _start(
    app_name: str, settle: Callable[[], dict[str, str]] = dict, serves: str | None = None
) -> SparkSession:
    global _lock
    paths = state().create()
    lock = StateLock(paths.lock_file)
    lock.acquire(serves)
    # Plain dbt comes here without the pipeline's own command line.
    os.umask(0o077)
    try:
        if finish_forgetting(paths):
            say("  - customers were still to be forgotten; that is done now")
        shutil.rmtree(paths.tmp, ignore_errors=True)
        paths.create()
        conf = SparkConf()
        if "PYSPARK_GATEWAY_PORT" in os.environ:
            # Under spark-submit Java runs already and knows what it was given.
            gateway = launch_gateway()
            SparkContext._ensure_initialized(gateway=gateway)
            given = dict(SparkConf(_jvm=SparkContext._jvm).getAll())
            conf.setAll([*static_settings(paths, app_name, submitted=given).items()])
            _set_java_time_zone()
        else:
            use_java(paths.root / "java")
            conf.setAll([*static_settings(paths, app_name).items(), *settle().items()])
            if conf.get("spark.driver.bindAddress") is None:
                say("  - Spark listens beyond this machine, as executors elsewhere must reach it")
            gateway = _launch(paths, conf)
            lock.name_jvm(gateway.proc.pid)
        spark = SparkSession(_context(conf, gateway))
        if conf.get("spark.sql.catalogImplementation") == "hive":
            prepare_catalog(spark, sweep=True)
        else:
            register_all(spark)
    except BaseException:
        lock.release()
        raise
    _lock = lock
    return spark


def _launch(paths: StatePaths, conf: SparkConf) -> JavaGateway:
    """Start Java, whose own words go to a file."""
    with (paths.logs / "jvm.log").open("w") as log:
        return launch_gateway(conf, {"stdout": log, "stderr": log})


def _context(conf: SparkConf, gateway: JavaGateway) -> SparkContext:
    interrupted = signal.getsignal(signal.SIGINT)
    context = SparkContext(gateway=gateway, conf=conf)
    if interrupted not in (signal.default_int_handler, signal.getsignal(signal.SIGINT)):
        # On the main thread pyspark has put its own handler over a command's.
        signal.signal(signal.SIGINT, interrupted)
    # It would print a trace when Java goes.
    server: Any = context._accumulatorServer
    server.handle_error = lambda *_: None
    return context


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
        True for a catalogue that lies in memory even where the user has a
        metastore.
    """
    own = own_settings() if submitted is None else submitted
    log_config = paths.logs / "log4j2.properties"
    log_config.write_text(
        _LOG4J.format(level="info" if is_verbose() else "warn", folder=paths.logs)
    )
    ours = {
        "spark.app.name": app_name,
        "spark.scheduler.mode": "FAIR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(paths.tmp),
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
        _COMPILER,
        own.get("spark.driver.extraJavaOptions", ""),
        "-Duser.timezone=UTC",
        _collector(own),
        archive_option(),
        # Java is killed at the end and would leave its scratch files behind.
        f'"-Djava.io.tmpdir={paths.tmp}"',
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


def _set_java_time_zone() -> None:
    """Tell a Java process that runs already what ours are started with."""
    jvm: Any = SparkContext._jvm
    java = jvm.java
    java.lang.System.setProperty("user.timezone", "UTC")
    java.util.TimeZone.setDefault(java.util.TimeZone.getTimeZone("UTC"))


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
            "give a cluster with MASTER=spark://host:7077, or score with the last model: "
            "python -m pipeline refresh"
        )


def end_process_session() -> None:
    """End Spark at the end of a command without waiting for a slow shutdown."""
    global _lock
    gateway = SparkContext._gateway
    process = getattr(gateway, "proc", None)
    context = SparkContext._active_spark_context
    if process is None and context is not None:
        # Under spark-submit Java is not ours to kill.
        context.stop()
    if process is not None:
        process.kill()
        process.wait()
    release_sail()
    if _lock is not None:
        _lock.release()
        _lock = None
