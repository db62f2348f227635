"""Benchmarks as ratios: ``python -m bench [NAME ...]``.

Each prints a table and writes its figures, the machine and the versions as JSON into
``STATE_DIR/bench``. Run them on an idle machine.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.dashboard_pages import table
from bench.job import bench_job, table_of
from bench.measure import ROOT, machine, measure, python, write_result
from bench.steps import bench_dbt, bench_gates, bench_live, bench_search
from pipeline.demo import write_demo

_PARTS = ("baseline", "core", "job")


def _job(given: argparse.Namespace) -> tuple[str, list[dict]]:
    rows = bench_job(_data(given), given.sizes, given.repeats, tuple(given.parts))
    return table_of(rows), rows


def _customers(given: argparse.Namespace) -> tuple[str, list[dict]]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        state = Path(folder)
        made = measure(
            python("-m", "bench.many_customers", str(_finished(given)), str(given.customers)),
            state,
        )
        customers = int(made.output.split()[-1])
        trained = measure(
            python("-m", "ml.train", "--json"), state, SPARK_DRIVER_MEMORY=given.driver_memory
        )
    report = json.loads(trained.output)
    table = (
        f"{customers:,} customers trained in {trained.seconds:.0f} s "
        f"({trained.cpu_seconds:.0f} s of CPU time, driver heap {given.driver_memory}), "
        f"{report['segment_count']} segments; peak {trained.peak_mib:,} MiB in all, "
        f"Java {trained.peak_java_mib:,}, Python {trained.peak_python_mib:,}"
    )
    return table, [{"customers": customers, "measured": trained, "report": report}]


def _dashboard(given: argparse.Namespace) -> tuple[str, list[dict]]:
    done = measure(python("bench/dashboard_queries.py", "--json"))
    row = json.loads(done.output.splitlines()[-1])
    lines = [
        f"{page:<14} {max(views.values()):7.1f} ms, {max(views.values()) / 300:.2f} of 300 ms"
        for page, views in row["pages"].items()
    ]
    return "\n".join([*lines, f"memory {row['memory_mib']} MiB"]), [row]


def _pages(given: argparse.Namespace) -> tuple[str, list[dict]]:
    done = measure(python("bench/dashboard_pages.py", "--json", f"--repeats={given.repeats}"))
    rows = json.loads(done.output.splitlines()[-1])
    return table(rows), [{"page": name, **row} for name, row in rows.items()]


def _data(given: argparse.Namespace) -> Path:
    """Return the lines to measure on: those given, the retailer's, or the demo's."""
    if given.data:
        return given.data.resolve()
    beside = ROOT.parent / "shared" / "data" / "online_retail.csv.gz"
    named = Path(os.environ.get("RETAIL_DATA") or beside)
    if named.is_file():
        return named
    return write_demo(Path(tempfile.gettempdir()) / "bench_demo.csv", 540_000)


def _finished(given: argparse.Namespace) -> Path:
    """Return the state folder of a finished run; made by ``make run`` if not given."""
    from pipeline.core.paths import state

    return (given.finished or state().root).resolve()


_BENCHMARKS: dict[str, Callable[[argparse.Namespace], tuple[str, list[dict]]]] = {
    "job": _job,
    "search": lambda given: bench_search(_finished(given), given.repeats),
    "dbt": lambda given: bench_dbt(_finished(given), given.repeats),
    "live": lambda given: bench_live(_data(given), given.repeats),
    "gates": lambda given: bench_gates(_finished(given), given.repeats),
    "customers": _customers,
    "dashboard": _dashboard,
    "pages": _pages,
}


def main() -> int:
    """Run the benchmarks that were named, all by default."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(_BENCHMARKS))
    parser.add_argument("--data", type=Path, help="lines in the layout of UCI Online Retail")
    parser.add_argument("--finished", type=Path, help="state folder of a finished run")
    parser.add_argument("--sizes", type=_sizes, default=[1], help="such as 1,10,50 (default 1)")
    parser.add_argument("--repeats", type=int, default=3, help="rounds at 1x (default 3)")
    parser.add_argument("--parts", nargs="+", choices=_PARTS, default=list(_PARTS))
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--driver-memory", default="4g")
    given = parser.parse_args()
    unknown = sorted(set(given.names) - set(_BENCHMARKS))
    if unknown:
        parser.error(f"no benchmark is called {unknown[0]!r}; expected {', '.join(_BENCHMARKS)}")
    taken_on = machine()
    print(
        f"{taken_on['cores']} cores, {taken_on['memory_mib']:,} MiB, "
        f"load {taken_on['load_at_begin']}, {taken_on['system']}, "
        f"Spark {taken_on['versions']['pyspark']}"
    )
    for name in given.names or _BENCHMARKS:
        print(f"\n{name}", flush=True)
        table, rows = _BENCHMARKS[name](given)
        print(table)
        print(f"figures: {write_result(name, taken_on, rows)}", flush=True)
    return 0


def _sizes(text: str) -> list[int]:
    return [int(size) for size in text.split(",")]


if __name__ == "__main__":
    sys.exit(main())
