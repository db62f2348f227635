"""Single steps on a copy of a finished run: k search, dbt, refresh, gates; runs in a row."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.measure import ROOT, Measured, measure, python, spread

__all__ = ["bench_dbt", "bench_gates", "bench_live", "bench_search"]

_DBT = str(Path(python()[0]).with_name("dbt"))
_BUILD_TABLES = [
    *(_DBT, "build", "--quiet"),
    *("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"),
]
_ONE_MODEL = "fct_rfm_customers"
_SCRATCH = ("exports", "tmp", "logs", "lock", "java")


@contextmanager
def _copied(finished: Path) -> Iterator[Path]:
    """Yield a copy of a state folder, which the next command makes its own."""
    if not (finished / "warehouse").is_dir():
        raise FileNotFoundError(f"{finished}: no finished run there; type make run first")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state = Path(folder) / "state"
        shutil.copytree(finished, state, symlinks=True, ignore=shutil.ignore_patterns(*_SCRATCH))
        yield state


@contextmanager
def _warm_server(state: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of a client of a warm server on this state folder."""
    ports = {"CONNECT_PORT": "15902", "THRIFT_PORT": "15900"}
    measure(python("-m", "pipeline", "serve"), state, **ports)
    try:
        yield {**ports, "SPARK_REMOTE": f"sc://127.0.0.1:{ports['CONNECT_PORT']}"}
    finally:
        measure(python("-m", "pipeline", "stop"), state, **ports)


def _dbt(state: Path, command: list[str], client: dict[str, str] | None = None) -> Measured:
    """Measure a command that reads dbt's profile, with the profile and logs it would have."""
    paths = {"DBT_LOG_PATH": str(state / "logs"), "DBT_PROFILES_DIR": str(ROOT / "profiles")}
    return measure(command, state, **(client or {}), **paths)


def bench_dbt(finished: Path, repeats: int) -> tuple[str, list[dict]]:
    """Time ``dbt build`` and a refresh, cold and against the warm server."""
    commands = {
        "all models, tests, unit tests": [_DBT, "build", "--quiet"],
        "one model": [_DBT, "build", "--quiet", "--select", _ONE_MODEL],
        "refresh: dbt, gates, score, export": python("-m", "pipeline", "refresh"),
    }
    rows = []
    with _copied(finished) as state:
        for name, command in commands.items():
            for _ in range(repeats):
                rows.append(_row(f"{name}, cold", _dbt(state, command)))
        with _warm_server(state) as client:
            for name, command in commands.items():
                # The first time warms the server and does not count.
                _dbt(state, command, client)
                for _ in range(repeats):
                    rows.append(_row(f"{name}, warm", _dbt(state, command, client)))
    return _table(rows), rows


def bench_gates(finished: Path, repeats: int) -> tuple[str, list[dict]]:
    """Time all the gates on finished tables, Spark's start included."""
    with _copied(finished) as state:
        # A state folder that was copied has raw and ml tables only.
        _dbt(state, _BUILD_TABLES)
        rows = [
            _row("all gates, cold", measure(python("-m", "expectations"), state))
            for _ in range(repeats)
        ]
    return _table(rows), rows


def bench_live(data: Path, repeats: int) -> tuple[str, list[dict]]:
    """Time whole runs in one session, the first of which starts Spark and lands the lines."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        done = measure(python("-m", "bench.live", str(data), str(repeats + 1)), Path(folder))
    seconds = json.loads(done.output.splitlines()[-1])
    table = f"first run {seconds[0]:.1f} s, later ones {spread(seconds[1:])} s"
    return table, [{"seconds": seconds, "measured": done}]


def bench_search(finished: Path, repeats: int) -> tuple[str, list[dict]]:
    """Time the search of k within one session, fits one by one and side by side."""
    with _copied(finished) as state:
        _dbt(state, _BUILD_TABLES)
        done = measure(python("-m", "bench.search", str(repeats)), state)
    found = json.loads(done.output.splitlines()[-1])
    lines = [f"{name:<32} {spread(seconds)} s" for name, seconds in found.items()]
    ratio = min(found["one at a time"]) / min(found["side by side"])
    return "\n".join([*lines, f"side by side is {ratio:.2f} times as fast"]), [found]


def _row(name: str, measured: Measured) -> dict:
    return {"step": name, "measured": measured}


def _table(rows: list[dict]) -> str:
    names = list(dict.fromkeys(row["step"] for row in rows))
    lines = []
    for name in names:
        runs = [row["measured"] for row in rows if row["step"] == name]
        peak = max(run.peak_mib for run in runs)
        lines.append(f"{name:<40} {spread([r.seconds for r in runs])} s   {peak:,} MiB")
    return "\n".join(lines)
