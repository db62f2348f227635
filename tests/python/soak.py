"""The long passes, all by ``make soak``: kills, faults, load, a cluster and others."""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from reliability_load import click_through
from soak_engines import compare_engines
from soak_faults import fault_pass
from soak_kills import kill_pass, undisturbed
from soak_runs import assert_bounded, runs_in_a_row

PARTS = ("kills", "faults", "runs", "load", "engines", "cluster", "layouts", "properties")
MOST_MEMORY_GROWTH = 1.1
HERE = Path(__file__).parent


def main() -> None:
    """Run the parts that were asked for, all by default; the first loss ends them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, action="append", help="all by default")
    parser.add_argument("--folder", type=Path, default=Path(".state/soak"))
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kills", type=int, default=33, help="points at which a run is ended")
    parser.add_argument("--runs", type=int, default=50, help="runs in a row")
    parser.add_argument("--sessions", type=int, default=50, help="people at the dashboard")
    parser.add_argument("--minutes", type=float, default=5, help="of clicking, and of properties")
    options = parser.parse_args()
    os.environ.setdefault("SPARK_DRIVER_MEMORY", "2g")
    folder = options.folder.absolute()
    for part in options.part or PARTS:
        print(f"-- {part}", flush=True)
        if part == "kills":
            report = kill_pass(folder, options.kills, options.seed)
            lost = len(report.losses)
            print(f"{len(report.kills)} kills, {report.plain_runs} plain runs, {lost} losses")
            assert not lost, report.losses
        elif part == "faults":
            print(f"{len(fault_pass(folder, options.seed))} faults, none lost anything")
        elif part == "runs":
            assert_bounded(runs_in_a_row(folder, options.runs))
        elif part == "engines":
            assert not compare_engines(folder / "engines", options.seed)
            # `make test` has them on Sail.
            assert pytest.main([str(HERE), "-m", "sail"]) == 0
        elif part == "cluster":
            assert pytest.main([str(HERE / "test_cluster.py"), "-m", "soak"]) == 0
        elif part == "layouts":
            exports = [str(HERE / f"test_{name}.py") for name in ("shop_exports", "layouts_whole")]
            assert pytest.main([*exports, "-m", "soak"]) == 0
        elif part == "properties":
            _search(options)
        else:
            _load(folder, options)


def _search(options: argparse.Namespace) -> None:
    """Try the property tests on examples that no run has seen, until the time is over."""
    end, seed = time.monotonic() + options.minutes * 60, options.seed
    while time.monotonic() < end:
        chosen = ["-m", "hypothesis", "--hypothesis-profile", "search", "--hypothesis-seed"]
        done = subprocess.run([sys.executable, "-m", "pytest", "-q", *chosen, str(seed), HERE])
        assert done.returncode == 0, f"a property test failed with --hypothesis-seed {seed}"
        seed += 1


def _load(folder: Path, options: argparse.Namespace) -> None:
    undisturbed(folder)
    load = click_through(
        folder / "reference" / "exports", options.sessions, options.minutes * 60, options.seed
    )
    seen = {
        "sessions": options.sessions,
        "seconds": options.minutes * 60,
        "clicks": len(load.seconds),
        "p95_seconds": round(load.p95, 2),
        "errors": load.errors,
        "memory_megabytes": [round(load.memory[at] / 1e6) for at in (0, len(load.memory) // 2, -1)],
        "memory_growth": round(load.growth, 3),
    }
    (folder / "load.json").write_text(json.dumps(seen, indent=1) + "\n")
    print(json.dumps(seen), flush=True)
    assert not load.errors, load.errors[:5]
    assert load.growth < MOST_MEMORY_GROWTH, f"memory grew {load.growth:.2f}-fold"


if __name__ == "__main__":
    main()
