"""The one place where a Spark session is made."""

import logging
import os
import shutil
import signal
import time
from collections.abc import Callable
from typing import Any

from py4j.java_gateway import JavaGateway
from pyspark import SparkConf, SparkContext
from pyspark.java_gateway import launch_gateway
from pyspark.logger import PySparkLogger
from pyspark.sql import SparkSession

from pipeline.core.engine import engine, is_sail
from pipeline.core.errors import InputError
from pipeline.core.lock import StateLock
from pipeline.core.log import is_verbose, say
from pipeline.core.paths import StatePaths, state
from pipeline.engines.connect_token import with_token
from pipeline.engines.java import use_java
from pipeline.engines.sail import get_sail, release_sail, stop_sail
from pipeline.engines.spark_settings import runtime_settings, static_settings
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
    "stop_session",
]

_lock: StateLock | None = None
_session: SparkSession | None = None


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
        Its ``SPARK_REMOTE`` address, which a refused command names.

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
    # pyspark refuses to be given both; the server has its own master.
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
