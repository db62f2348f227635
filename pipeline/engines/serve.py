"""A long-lived local Spark that speaks Connect and Thrift from one application."""

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from pipeline.core.errors import InputError, UserError
from pipeline.core.log import say
from pipeline.core.own_settings import own_settings
from pipeline.core.paths import StatePaths, project_root, state
from pipeline.engines.connect_token import TOKEN, make_token, own_address, remove_token
from pipeline.engines.session import get_server_session
from pipeline.store.views import keep_views

__all__ = ["addresses", "serve", "start", "status", "stop"]

_LOOPBACK = "127.0.0.1"
_START_SECONDS = 300
_STOP_SECONDS = 30
_ANSWER_SECONDS = 30
_KEPT_CLASSES = "spark.sql.codegen.cache.maxEntries"


def addresses() -> tuple[str, int, int]:
    """Return where the server listens.

    ``SERVE_HOST``, ``CONNECT_PORT`` and ``THRIFT_PORT`` override 127.0.0.1,
    15002 and 10000.

    Returns
    -------
    host : str
    connect_port, thrift_port : int
        From 1 to 65535.

    Raises
    ------
    InputError
        If a port is not a number from 1 to 65535.
    """
    ports = []
    for variable, default in (("CONNECT_PORT", 15002), ("THRIFT_PORT", 10000)):
        text = os.environ.get(variable, "").strip() or str(default)
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise InputError(f"{variable}={text}: expected a port from 1 to 65535")
        ports.append(int(text))
    return os.environ.get("SERVE_HOST", "").strip() or _LOOPBACK, ports[0], ports[1]


def start() -> None:
    """Start the server in the background and return once it answers.

    Raises
    ------
    UserError
        If it ended before it answered; the message is the server's own.
    """
    paths = state().create()
    host, connect, thrift = addresses()
    _say_exposure(host)
    log = paths.logs / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "pipeline", "serve", "--foreground"],
            cwd=project_root(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    deadline = time.monotonic() + _START_SECONDS
    while not _ready(paths, server.pid):
        if server.poll() is not None:
            last = (log.read_text().strip().splitlines() or ["it said nothing"])[-1]
            error = UserError(f"the server did not start: {last.removeprefix('error: ')}")
            error.exit_code = server.returncode
            raise error
        if time.monotonic() > deadline:
            server.terminate()
            raise UserError(f"the server did not answer in {_START_SECONDS} s; see {log}")
        time.sleep(0.2)
    say(f"Spark Connect  SPARK_REMOTE=sc://{host}:{connect}, with the token in {paths.token_file}")
    say(f"Thrift         DBT_TARGET=thrift, or beeline -u jdbc:hive2://{host}:{thrift}")
    say(f"Log            {log} and spark.log beside it")
    say("               make status asks how it is; make stop ends it")


def serve() -> None:
    """Be the server: hold the state folder's lock until a signal ends it.

    Raises
    ------
    Locked
        If another command holds the state folder.
    InputError
        If a port is taken or there is no usable Java.
    """
    paths = state().create()
    host, connect, thrift = addresses()
    for port in (connect, thrift):
        _require_free(host, port)
    _say_exposure(host)

    def settle() -> dict[str, str]:
        # Java takes it from there: its command line every user of the machine can read.
        os.environ[TOKEN] = make_token(paths)
        return _settings(host, connect, thrift, paths.tmp / "hive")

    spark = get_server_session(settle, f"sc://{host}:{connect}")
    gateway: Any = SparkContext._gateway
    java = gateway.proc
    try:
        _open_thrift(spark)
        _ready_file(paths).write_text(str(os.getpid()))
        java.wait()
        raise UserError(f"Spark ended with code {java.returncode}; see {paths.logs}")
    finally:
        # A stop is raised anew each second, which would cut this short where it takes longer.
        signal.setitimer(signal.ITIMER_REAL, 0)
        _ready_file(paths).unlink(missing_ok=True)
        remove_token(paths)
        _end(spark, java)


def _open_thrift(spark: SparkSession) -> None:
    """Have Spark speak Thrift too, through Java's own entry to the session."""
    jvm: Any = spark.sparkContext._jvm
    server = jvm.org.apache.spark.sql.hive.thriftserver.HiveThriftServer2
    server.startWithContext(spark._jsparkSession.sqlContext())


def _end(spark: SparkSession, java: subprocess.Popen) -> None:
    """Keep what lies in Java's memory alone, and end it."""
    if java.poll() is None:
        # Java may be anything but well, and its end is what counts.
        with contextlib.suppress(PySparkException, Py4JError):
            keep_views(spark)
    java.terminate()
    try:
        java.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        java.kill()
        java.wait()


def _say_exposure(host: str) -> None:
    """Say what it means to listen beyond this machine."""
    if host != _LOOPBACK:
        say(
            f"listening on {host}: whoever reaches Thrift's port there can read and change every "
            "table, as it asks for no password; Connect asks for the token, which pyspark sends "
            "over TLS only, so put a proxy with TLS before it"
        )


def status() -> None:
    """Ask the server a question at each endpoint and print how it is.

    Raises
    ------
    InputError
        If no server runs on this state folder.
    UserError
        If it runs and does not answer at one of them.
    """
    paths = state()
    pid = _server_pid(paths)
    if pid is None:
        raise InputError(f"no warm server runs on {paths.root}; start one with: make serve")
    host, connect, thrift = addresses()
    doors: dict[str, tuple[str, Callable[[], None]]] = {
        "Spark Connect": (
            f"sc://{host}:{connect}",
            lambda: _ask_connect(own_address(paths, host, connect)),
        ),
        "Thrift": (f"jdbc:hive2://{host}:{thrift}", lambda: _ask_thrift(host, thrift)),
    }
    silent = [name for name, (_, ask) in doors.items() if not _replies(ask)]
    for name, (address, _) in doors.items():
        print(f"{name:<15}{'no answer' if name in silent else 'answers':<9}{address}")
    owner = json.loads(paths.lock_file.read_text())
    print(f"{'Process':<15}{pid}, since {owner['started_at']}")
    print(f"{'Log':<15}{paths.logs / 'server.log'} and spark.log beside it")
    if silent:
        raise UserError(f"the server (pid {pid}) does not answer by {' or '.join(silent)}")


def stop() -> None:
    """End the server and return once it has released the state folder.

    Raises
    ------
    InputError
        If no server runs on this state folder.
    """
    paths = state()
    pid = _server_pid(paths)
    if pid is None:
        raise InputError(f"no warm server runs on {paths.root}; start one with: make serve")
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 2 * _STOP_SECONDS
    while _server_pid(paths) is not None:
        if time.monotonic() > deadline:
            raise UserError(f"the server (pid {pid}) did not end; see {paths.logs / 'server.log'}")
        time.sleep(0.1)
    say("the warm server has ended")


def _settings(host: str, connect: int, thrift: int, scratch: Path) -> dict[str, str]:
    settings = {
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": host,
        "spark.connect.grpc.binding.port": str(connect),
        "spark.hadoop.hive.server2.thrift.bind.host": host,
        "spark.hadoop.hive.server2.thrift.port": str(thrift),
        "spark.hadoop.hive.exec.scratchdir": str(scratch),
        "spark.hadoop.hive.server2.logging.operation.enabled": "false",
    }
    if _KEPT_CLASSES not in own_settings():
        # A run has more generated classes than the 100 that Spark keeps, and what
        # Janino and Java have compiled for one is good for the next. A session
        # that runs once is slower for keeping them (docs/performance.md).
        settings[_KEPT_CLASSES] = "1000"
    return settings


def _ask_connect(address: str) -> None:
    from pyspark.sql.connect.session import SparkSession

    spark = SparkSession.builder.remote(address).create()
    # It would keep asking a silent server at the end of this process too.
    atexit.unregister(spark.client._cleanup_ml_cache)
    spark.sql("select 1").collect()
    spark.stop()


def _ask_thrift(host: str, port: int) -> None:
    from pyhive import hive

    with hive.connect(host, port, username="health") as connection:
        cursor = connection.cursor()
        cursor.execute("select 1")
        cursor.fetchall()


def _replies(ask: Callable[[], None]) -> bool:
    """Say whether a question is answered in time; a client may try for minutes by itself."""
    answered = threading.Event()

    def put() -> None:
        with contextlib.suppress(Exception):
            ask()
            answered.set()

    threading.Thread(target=put, daemon=True).start()
    return answered.wait(_ANSWER_SECONDS)


def _ready_file(paths: StatePaths) -> Path:
    return paths.root / "server.ready"


def _ready(paths: StatePaths, pid: int) -> bool:
    file = _ready_file(paths)
    return file.is_file() and file.read_text() == str(pid)


def _server_pid(paths: StatePaths) -> int | None:
    """Return the pid that the lock's text names, if that is a live server."""
    try:
        owner = json.loads(paths.lock_file.read_text() or "{}")
        pid = int(owner["pid"]) if owner.get("serves") else None
        if pid is None:
            return None
        os.kill(pid, 0)
    except (OSError, ValueError, KeyError):
        return None
    return pid


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise InputError(
                f"{host}:{port} can't be listened on ({error.strerror}); end what uses it, or "
                "choose other ports with CONNECT_PORT and THRIFT_PORT"
            ) from error
