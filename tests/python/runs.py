"""Whole runs that several tests look at, each made once and only if asked for."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import duckdb
from filelock import FileLock

from pipeline.core.paths import StatePaths
from pipeline.core.paths import state as paths
from pipeline.demo import write_demo
from pipeline.store.tables import ensure_tables

ROOT = Path(__file__).resolve().parents[2]
DEMO_LINES = 20_000
QUICK = {"ml_settings": {"k_max": 5, "starts": 3, "stability_draws": 3, "max_stability_draws": 6}}


@dataclass(frozen=True)
class FinishedRun:
    """What a run left behind."""

    state: Path
    stdout: str
    stderr: str
    littered: set[str]

    @property
    def exports(self) -> Path:
        return self.state / "exports"

    @property
    def export(self) -> Path:
        return self.exports / "current"

    @property
    def manifest(self) -> dict:
        return json.loads((self.export / "manifest.json").read_text())

    def query(self, sql: str) -> list[tuple]:
        """Return what DuckDB reads from the export's tables."""
        with duckdb.connect() as connection:
            for path in self.export.glob("*.parquet"):
                view = f"create view {path.stem} as select * from read_parquet('{path}')"
                connection.execute(view)
            return connection.execute(sql).fetchall()


def pipeline(state: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
    """Run a command of the pipeline on a state folder, as a user types it."""
    kept = {name: value for name, value in os.environ.items() if name != "ENGINE"}
    return subprocess.run(
        [sys.executable, "-m", "pipeline", *arguments],
        cwd=ROOT,
        env={**kept, "STATE_DIR": str(state), **variables},
        capture_output=True,
        text=True,
        timeout=900,
    )


def folder(name: str) -> Path:
    """Return a new folder in the state folder of the tests, which goes with it."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=os.environ["STATE_DIR"]))


@contextmanager
def own_state(state: Path, schema: str, variables: dict[str, object] | None = None):
    """Let this process use another state folder, other databases and vars for a while."""
    changed = {
        "STATE_DIR": str(state),
        "ANALYTICS_SCHEMA": schema,
        "DBT_LOG_PATH": f"{state}/logs",
        "SEGMENTATION_VARS": json.dumps(variables or {}),
    }
    kept = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    try:
        yield
    finally:
        for name, value in kept.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)


@contextmanager
def landing_place(spark, folder: Path, schema: str):
    """Let landings of this process go to an empty state folder and databases of its own."""
    with own_state(folder, schema):
        paths().create()
        ensure_tables(spark)
        yield folder


def once(name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that the first of pytest's processes to ask for it has filled."""
    root = Path(os.environ["TEST_RUNS_DIR"])
    with FileLock(root / f"{name}.lock"):
        if not (root / f"{name}.made").exists():
            make(root / name)
            (root / f"{name}.made").touch()
    return root / name


@cache
def demo_run() -> FinishedRun:
    """Run the whole job on demo data in a process of its own."""

    def make(state: Path) -> None:
        before = {path.name for path in ROOT.iterdir()}
        done = pipeline(state, "run", "--lines", str(DEMO_LINES))
        assert done.returncode == 0, done.stderr[-3000:]
        littered = sorted({path.name for path in ROOT.iterdir()} - before)
        said = {"stdout": done.stdout, "stderr": done.stderr, "littered": littered}
        state.with_suffix(".said").write_text(json.dumps(said))

    state = once("demo-run", make)
    said = json.loads(state.with_suffix(".said").read_text())
    return FinishedRun(state, said["stdout"], said["stderr"], set(said["littered"]))


@cache
def minimal_run() -> FinishedRun:
    """Run the whole job on customer, order, time and amount alone, with a short search for k."""

    def make(state: Path) -> None:
        state.mkdir()
        run_alone(state, write_minimal(state / "orders.csv", lines=8_000), **QUICK)

    return FinishedRun(once("minimal-run", make), "", "", set())


@cache
def minimal_run_here() -> FinishedRun:
    """Make such a run for this process alone, whose Spark keeps its tables."""
    state = folder("minimal-run")
    lines = write_minimal(state / "orders.csv", lines=8_000)
    return run_here(state, "minimal_here", lines, **QUICK)


@cache
def retail_run() -> FinishedRun:
    """Run the whole job on the real retailer's lines, which must be at hand."""
    state = once("retail-run", lambda state: run_alone(state, retail_lines()))
    return FinishedRun(state, "", "", set())


def run_alone(state: Path, data: Path, **variables: object) -> None:
    """Run the whole job in a process of its own, on the engine of those who name none."""
    given = {"SEGMENTATION_VARS": json.dumps(variables)} if variables else {}
    done = pipeline(state, "run", "--data", str(data), **given)
    assert done.returncode == 0, done.stderr[-3000:]


def retail_lines() -> Path | None:
    """Return the real retailer's lines, None where they are not at hand."""
    path = Path(os.environ.get("RETAIL_DATA") or ROOT.parent / "shared/data/online_retail.csv.gz")
    return path if path.is_file() else None


def run_here(state: Path, schema: str, data: Path, **variables: object) -> FinishedRun:
    """Run the whole job in this process and on its Spark, in databases of its own."""
    from pipeline.engines.session import get_session
    from pipeline.run import RunOptions, run
    from pipeline.store.tables import ensure_tables

    spark = get_session("tests")
    with own_state(state, schema, variables):
        StatePaths(state).create()
        ensure_tables(spark)
        run(RunOptions(data=str(data)))
    return FinishedRun(state, "", "", set())


def write_minimal(path: Path, lines: int) -> Path:
    """Write the demo lines' orders in the minimal layout: what each customer paid, and when."""
    demo = write_demo(path.with_name("demo.csv"), lines, 7)
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select
                    cast(any_value(CustomerID) as varchar) as customer,
                    InvoiceNo as order,
                    strftime(
                        min(strptime(InvoiceDate, '%m/%d/%Y %H:%M')), '%Y-%m-%d %H:%M:%S'
                    ) as timestamp,
                    sum(cast(Quantity as decimal(18, 3)) * cast(UnitPrice as decimal(18, 3)))
                        as amount
                from read_csv('{demo}', all_varchar = true)
                group by InvoiceNo
                order by InvoiceNo
            ) to '{path}' (header)
            """
        )
    return path
