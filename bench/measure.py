"""Run a command and measure its whole process tree."""

import contextlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from pipeline.core.versions import versions

__all__ = ["ROOT", "Measured", "machine", "measure", "python", "spread", "write_result"]

ROOT = Path(__file__).resolve().parent.parent
_EVERY = 0.2
_STAGE = re.compile(r"^\s*✓ (?P<name>.+) \((?P<seconds>[0-9.]+) s\)$", re.MULTILINE)


@dataclass(frozen=True)
class Measured:
    """What a command took.

    Attributes
    ----------
    seconds : float
        Wall time.
    cpu_seconds : float
        User and system time of every process of the tree that was seen.
    peak_mib : float
        Most resident memory of all processes together, in MiB. Pages that
        several processes share count more than once.
    peak_java_mib, peak_python_mib : float
        The same of the Java and of the Python processes.
    stages : dict of str to float
        Seconds of each stage, where the command says them.
    output : str
        What it printed on standard output.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    peak_java_mib: float
    peak_python_mib: float
    stages: dict[str, float] = field(default_factory=dict)
    output: str = ""


def python(*arguments: str) -> list[str]:
    """Return a command of this environment's Python."""
    return [sys.executable, *arguments]


def measure(command: list[str], state: Path | None = None, **variables: str) -> Measured:
    """Run a command in the project's folder and measure it and all below it.

    Parameters
    ----------
    command : list of str
    state : Path, optional
        State folder of the command.
    **variables
        Environment variables on top of this process's.

    Returns
    -------
    Measured

    Raises
    ------
    RuntimeError
        If the command fails; with the end of what it said.
    """
    environment = {**os.environ, **variables}
    if state is not None:
        environment["STATE_DIR"] = str(state)
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        begun = time.monotonic()
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err)
        seen = _Tree(process.pid)
        seen.start()
        code = process.wait()
        seconds = time.monotonic() - begun
        seen.stop()
        out.seek(0)
        err.seek(0)
        output, said = out.read(), err.read()
    if code:
        raise RuntimeError(f"{' '.join(command)}: exit code {code}: {said[-2000:]}")
    stages = {found["name"]: float(found["seconds"]) for found in _STAGE.finditer(said)}
    return Measured(
        round(seconds, 2),
        round(seen.cpu_seconds, 1),
        round(seen.peak["all"] / 2**20),
        round(seen.peak["java"] / 2**20),
        round(seen.peak["python"] / 2**20),
        stages,
        output,
    )


class _Tree(threading.Thread):
    """Watch the memory and time of a process and its descendants."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._ended = threading.Event()
        self._times: dict[tuple[int, float], float] = {}
        self.peak = {"all": 0, "java": 0, "python": 0}

    @property
    def cpu_seconds(self) -> float:
        """User and system seconds of every process seen, as last seen."""
        return sum(self._times.values())

    def run(self) -> None:
        """Look at the tree until told to stop."""
        while not self._ended.wait(_EVERY):
            self._look()

    def stop(self) -> None:
        """End the watch."""
        self._ended.set()
        self.join()

    def _look(self) -> None:
        now = {"all": 0, "java": 0, "python": 0}
        commands: dict[int, list[str]] = {}
        with contextlib.suppress(psutil.Error):
            for process in (self._root, *self._root.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    commands[process.pid] = process.cmdline()
                    is_java = "java" in Path(process.exe()).name
                    if is_java and commands.get(process.ppid()) == commands[process.pid]:
                        # A fork of Java's that is about to run something else
                        # still shows all of Java's memory as its own.
                        continue
                    memory = process.memory_info().rss
                    times = process.cpu_times()
                    self._times[process.pid, process.create_time()] = times.user + times.system
                    now["all"] += memory
                    now["java" if is_java else "python"] += memory
        self.peak = {kind: max(self.peak[kind], now[kind]) for kind in now}


def spread(values: list[float]) -> str:
    """Return minimum, median and maximum as text."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else sum(ordered[middle - 1 : middle + 1]) / 2
    return f"{ordered[0]:.2f} / {median:.2f} / {ordered[-1]:.2f}"


def machine() -> dict[str, Any]:
    """Return what the figures were taken on."""
    return {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "cores": len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count(),
        "memory_mib": round(psutil.virtual_memory().total / 2**20),
        "load_at_begin": round(os.getloadavg()[0], 2),
        "versions": versions(),
    }


def write_result(name: str, taken_on: dict[str, object], rows: list[dict]) -> Path:
    """Write a benchmark's figures as JSON into the state folder and return the file."""
    from pipeline.core.paths import state

    folder = state().root / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    plain = [
        {key: asdict(value) if isinstance(value, Measured) else value for key, value in row.items()}
        for row in rows
    ]
    path.write_text(json.dumps({"machine": taken_on, "rows": plain}, indent=1) + "\n")
    return path
