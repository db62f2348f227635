"""Sail, the engine without Java: its server in this process, and the folders as its catalogue.

The warehouse is that of embedded Spark (``pipeline.store.warehouse``).
"""

import ctypes
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from pyspark.sql import SparkSession

from pipeline.core.engine import SAIL_MARK, require_no_spark
from pipeline.core.errors import InputError
from pipeline.core.lock import StateLock
from pipeline.core.log import is_verbose, say
from pipeline.core.paths import StatePaths, state
from pipeline.engines.connect_rows import Result, run_sql
from pipeline.privacy.purge import finish_forgetting
from pipeline.store.catalog import register_all
from pipeline.store.warehouse import Warehouse

__all__ = [
    "get_sail",
    "has_sail",
    "lock_of_sail",
    "release_sail",
    "run_statement",
    "stop_sail",
]

# A user's own SAIL_* variables hold; these are for where there are none.
_SETTINGS = {
    "SAIL_MODE": "local",
    # pyspark's rows know no Arrow views of text.
    "SAIL_PARQUET__SCHEMA_FORCE_VIEW_TYPES": "false",
    # The catalogue is the session's, and a session left alone for a while is forgotten.
    "SAIL_SPARK__SESSION_TIMEOUT_SECS": str(7 * 24 * 3600),
}

_sail: SparkSession | None = None
_server: Any = None
_starting = Lock()
_lock: StateLock | None = None


def has_sail() -> bool:
    """Say whether this process has begun its session on Sail."""
    return _sail is not None


def get_sail() -> SparkSession:
    """Return this process's session on Sail; the first call starts the server.

    The state folder is locked and swept as for embedded Spark, and its tables
    are registered from their folders.

    Raises
    ------
    Locked
        If another command holds the state folder.
    InputError
        If the environment says where Spark runs, or a setting can't be read.
    """
    global _sail
    # dbt opens its first connections side by side.
    with _starting:
        if _sail is None:
            require_no_spark()
            _sail = _start()
        return _sail


def stop_sail() -> None:
    """End the session and its server, and let the next command have the state folder."""
    global _sail, _server
    if _sail is not None:
        _sail.stop()
        _sail = None
    if _server is not None:
        _server.stop()
        _server = None
    release_sail()


def release_sail() -> None:
    """Let the next command have the state folder; the server goes with the process."""
    global _lock
    if _lock is not None:
        _lock.release()
        _lock = None


def lock_of_sail() -> StateLock:
    """Return the lock that this process holds with its session on Sail.

    Raises
    ------
    RuntimeError
        If it has no such session.
    """
    if _lock is None:
        raise RuntimeError("this process has no session on Sail")
    return _lock


def run_statement(spark: SparkSession, text: str) -> Result:
    """Run a statement on Sail; what it makes or drops, the warehouse remembers.

    Returns
    -------
    Result
        The statement's columns and rows.
    """
    return Warehouse().follow(
        text, lambda: run_sql(spark, text), lambda name: spark.table(name).schema
    )


def _start() -> SparkSession:
    global _lock, _server
    paths = state().create()
    if set(str(paths.root)) & set("*?[]{}"):
        raise InputError(
            f"{paths.root}: Sail takes *, ?, [ and {{ in a path for a pattern; set STATE_DIR to a "
            "folder without them, or ENGINE=spark"
        )
    lock = StateLock(paths.lock_file)
    lock.acquire()
    os.umask(0o077)
    os.environ["TZ"] = "UTC"
    time.tzset()
    try:
        if finish_forgetting(paths):
            say("  - customers were still to be forgotten; that is done now")
        shutil.rmtree(paths.tmp, ignore_errors=True)
        paths.create()
        for name, value in {**_SETTINGS, **_memory(paths)}.items():
            os.environ.setdefault(name, value)
        os.environ.setdefault("RUST_LOG", "info" if is_verbose() else "error")
        # Imported here: it reads its settings from the environment.
        from pysail.spark import SparkConnectServer

        with _own_interrupts():
            _server = SparkConnectServer(ip="127.0.0.1", port=0)
            _server.start(background=True)
            _, port = _server.listening_address
            spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
            spark.conf.set(SAIL_MARK, "true")
        spark.conf.set("spark.sql.session.timeZone", "UTC")
        register_all(spark)
    except BaseException:
        lock.release()
        raise
    _lock = lock
    return spark


@contextmanager
def _own_interrupts() -> Iterator[None]:
    """Keep Ctrl-C the command's: Sail's server would end at it, and the command wait for it.

    By the system's own call, which any thread may make, where Python's asks
    for the main one.
    """
    system = ctypes.CDLL(None)
    # More than a `struct sigaction` takes anywhere.
    action = ctypes.create_string_buffer(512)
    system.sigaction(signal.SIGINT, None, action)
    try:
        yield
    finally:
        system.sigaction(signal.SIGINT, action, None)


def _half_of_memory() -> int:
    """Return half of the bytes that this machine, or the container, has."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.is_file() and limit.read_text().strip().isdigit():
        found = min(found, int(limit.read_text()))
    return found // 2


def _memory(paths: StatePaths) -> dict[str, str]:
    """Return the settings of the pool that sorts, joins and aggregates share."""
    text = os.environ.get("SAIL_MEMORY", "").strip().lower() or f"{_half_of_memory() >> 20}m"
    found = re.fullmatch(r"(\d+)([kmg])", text)
    if not found or int(found[1]) == 0:
        raise InputError(f"SAIL_MEMORY={text!r}: expected a number and k, m or g, such as 4g")
    size = int(found[1]) << {"k": 10, "m": 20, "g": 30}[found[2]]
    return {
        "SAIL_RUNTIME__MEMORY_POOL__TYPE": "fair",
        "SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE": str(size),
        "SAIL_RUNTIME__TEMPORARY_FILES__PATHS": json.dumps([str(paths.tmp)]),
    }
