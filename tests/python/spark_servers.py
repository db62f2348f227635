"""A standalone cluster and a warm server as processes of their own, and runs on them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import psutil
from pyspark.find_spark_home import _find_spark_home
from reliability_kill import VARS
from runs import once
from same_tables import built, run_ids, segments, written

from pipeline.engines.java import use_java

ROOT = Path(__file__).resolve().parents[2]
SPARK_HOME = Path(_find_spark_home())
LINES = "3000"
_WAIT = 180


def environment(state: Path, **variables: str) -> dict[str, str]:
    """Return a user's environment with a state folder of its own."""
    use_java()
    return {
        **os.environ,
        "STATE_DIR": str(state),
        "DBT_LOG_PATH": f"{state}/logs",
        "DBT_PROFILES_DIR": str(ROOT / "profiles"),
        "PYTHONPATH": str(ROOT),
        "SPARK_DRIVER_MEMORY": "1g",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SEGMENTATION_VARS": json.dumps(VARS),
        **variables,
    }


def command(state: Path, *words: str, **variables: str) -> subprocess.Popen:
    """Start a command of the project, as a user types it."""
    return subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment(state, **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen, code: int = 0) -> subprocess.CompletedProcess:
    """Wait for a command and assert how it ended."""
    try:
        stdout, stderr = process.communicate(timeout=600)
    finally:
        process.kill()
    assert process.returncode == code, f"{process.args}: {stdout[-3000:]} {stderr[-3000:]}"
    return subprocess.CompletedProcess(process.args, code, stdout, stderr)


def python(state: Path, *words: str, code: int = 0, **variables: str):
    """Run ``python -m ...`` and assert how it ended."""
    return finished(command(state, sys.executable, "-m", *words, **variables), code)


def dbt(state: Path, *words: str, **variables: str) -> subprocess.Popen:
    """Start dbt."""
    return command(state, str(Path(sys.executable).with_name("dbt")), *words, **variables)


@cache
def embedded_run(engine: str = "sail") -> SimpleNamespace:
    """Run the whole job on an engine of its own, and return what it wrote, to be looked at only."""
    words = ("pipeline", "run", "--lines", LINES)
    state = once(f"embedded-{engine}", lambda state: python(state, *words, ENGINE=engine))
    return _what_it_wrote(state)


def copy_of_embedded_run() -> SimpleNamespace:
    """Return such a run on Sail in a state folder that may be worked on."""
    copy = Path(tempfile.mkdtemp(prefix="embedded-", dir=os.environ["STATE_DIR"])) / "state"
    return _what_it_wrote(Path(shutil.copytree(embedded_run().state, copy, symlinks=True)))


def _what_it_wrote(state: Path) -> SimpleNamespace:
    return SimpleNamespace(
        state=state,
        built=built(state),
        written=written(state),
        segments=segments(state),
        run_id=run_ids(state)[-1],
        manifest=json.loads((state / "exports/current/manifest.json").read_text()),
    )


def free_ports(count: int) -> list[int]:
    """Return ports that nothing listens on now."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def await_true(what: str, holds, seconds: float = _WAIT, pause: float = 0.1):
    """Return what ``holds()`` gives once it is true."""
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(pause)
    return found


def read_json(url: str):
    """Return what Spark's own pages tell, None while they do not answer."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


class Cluster:
    """A standalone master and two workers of one core each, on 127.0.0.1."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port, self._page = free_ports(2)
        self.master = f"spark://127.0.0.1:{self._port}"
        self._processes: list[subprocess.Popen] = []
        self._workers: list[psutil.Process] = []

    @classmethod
    @contextmanager
    def started(cls, folder: Path):
        """Give a cluster that is up, and leave no process behind."""
        one = cls(folder)
        try:
            ports = ("--port", str(one._port), "--webui-port", str(one._page))
            one._start("master.Master", *ports)
            await_true("the master answers", one._state)
            one._workers = [one._worker(), one._worker()]
            await_true("two workers are there", lambda: one.cores() == 2)
            yield one
        finally:
            one._stop()

    def _state(self):
        return read_json(f"http://127.0.0.1:{self._page}/json/")

    def cores(self) -> int:
        """Return the cores of the workers that are alive."""
        return sum(w["cores"] for w in self._state()["workers"] if w["state"] == "ALIVE")

    def _worker(self) -> psutil.Process:
        folder = self._folder / f"worker-{len(self._processes)}"
        options = ("--cores", "1", "--memory", "1g", "--webui-port", "0")
        process = self._start("worker.Worker", *options, "--work-dir", str(folder), self.master)
        return psutil.Process(process.pid)

    def replace(self, dead: psutil.Process) -> None:
        """Start a worker for one that was killed."""
        self._workers[self._workers.index(dead)] = self._worker()
        await_true("two workers are there again", lambda: self.cores() == 2)

    def _start(self, name: str, *words: str) -> subprocess.Popen:
        log = (self._folder / f"{name}-{len(self._processes)}.log").open("w")
        process = subprocess.Popen(
            [
                str(SPARK_HOME / "bin" / "spark-class"),
                f"org.apache.spark.deploy.{name}",
                *("--host", "127.0.0.1"),
                *words,
            ],
            env={
                **os.environ,
                "JAVA_HOME": str(use_java()),
                "SPARK_LOCAL_IP": "127.0.0.1",
                "SPARK_DAEMON_MEMORY": "256m",
                "SPARK_LOCAL_DIRS": str(self._folder / "scratch"),
            },
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
        log.close()
        self._processes.append(process)
        return process

    def workers_by_executor(self) -> dict[str, psutil.Process]:
        """Return the worker of each executor by its id, once both have one."""
        found = {}
        for worker in self._workers:
            for process in worker.children(recursive=True):
                # A worker's short helpers may be gone by now.
                with suppress(psutil.NoSuchProcess):
                    words = process.cmdline()
                    if "--executor-id" in words:
                        found[words[words.index("--executor-id") + 1]] = worker
        return found if len(set(found.values())) == len(self._workers) else {}

    def kill(self, worker: psutil.Process) -> None:
        """Kill a worker and its executors, as a machine that is gone."""
        for process in [*worker.children(recursive=True), worker]:
            with suppress(psutil.NoSuchProcess):
                process.kill()

    def _stop(self) -> None:
        for process in self._processes:
            if process.poll() is None:
                self.kill(psutil.Process(process.pid))
            process.wait()


@contextmanager
def warm_server(state: Path, **variables: str):
    """Serve a state folder; give the variables by which clients find the server."""
    connect, thrift = map(str, free_ports(2))
    variables = {"CONNECT_PORT": connect, "THRIFT_PORT": thrift, **variables}
    try:
        python(state, "pipeline", "serve", **variables)
        # Clients with a state folder of their own do not find it there.
        token = (state / "connect.token").read_text()
        variables["SPARK_CONNECT_AUTHENTICATE_TOKEN"] = token
        yield {**variables, "SPARK_REMOTE": f"sc://127.0.0.1:{connect}"}
    finally:
        if (state / "server.ready").exists():
            python(state, "pipeline", "stop", **variables)
