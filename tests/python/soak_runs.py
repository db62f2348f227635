"""Many small runs one after another in one state folder: the disk stays bounded, and the pace."""

import json
import shutil
import time
from pathlib import Path
from statistics import median

from reliability_checks import assert_served, left_over
from reliability_kill import started

# What is kept of earlier runs (exports, gate results) has filled up by then.
SETTLED = 6
MOST_GROWTH, MOST_SLOWDOWN = 1.1, 1.3


def runs_in_a_row(folder: Path, count: int) -> list[dict]:
    """Run so often in one state folder, and return what each run took and left.

    Parameters
    ----------
    folder : Path
        Where the state and the report lie; a stopped pass goes on.
    count : int
        How many runs in all.
    """
    state, path = folder / "row", folder / "row.part.json"
    folder.mkdir(parents=True, exist_ok=True)
    seen = json.loads(path.read_text()) if path.is_file() and state.is_dir() else []
    if not seen:
        shutil.rmtree(state, ignore_errors=True)
    while len(seen) < count:
        scratch = folder / "row.tmp"
        scratch.mkdir(exist_ok=True)
        begin = time.monotonic()
        with started(state, TMPDIR=str(scratch)) as run:
            run.done()
        seconds = time.monotonic() - begin
        assert not list(scratch.iterdir()), f"left in TMPDIR: {list(scratch.iterdir())}"
        assert_served(state / "exports")
        assert not left_over(state), left_over(state)
        sizes = {entry.name: _bytes(entry) for entry in sorted(state.iterdir())}
        seen.append(
            {
                "seconds": round(seconds, 1),
                "bytes": sum(sizes.values()),
                "files": sum(1 for _ in state.rglob("*")),
                "folders": sizes,
            }
        )
        path.write_text(json.dumps(seen, indent=1) + "\n")
        print(f"run {len(seen)}: {seconds:.0f} s, {seen[-1]['bytes']:,} bytes", flush=True)
    # Runs that were made are never counted twice: the next pass begins anew.
    path.replace(folder / "row.json")
    return seen


def assert_bounded(seen: list[dict]) -> None:
    """Assert that disk and seconds do not grow once what is kept has filled up."""
    assert len(seen) >= 2 * SETTLED, f"{len(seen)} runs are too few to tell; {2 * SETTLED} do"
    settled, last = seen[SETTLED - 1 : 2 * SETTLED - 1], seen[-SETTLED:]
    grown = median(one["bytes"] for one in last) / median(one["bytes"] for one in settled)
    slowed = median(one["seconds"] for one in last) / median(one["seconds"] for one in settled)
    assert grown < MOST_GROWTH, f"the state folder grew {grown:.2f}-fold"
    assert slowed < MOST_SLOWDOWN, f"runs took {slowed:.2f} times as long"


def _bytes(entry: Path) -> int:
    paths = entry.rglob("*") if entry.is_dir() and not entry.is_symlink() else [entry]
    return sum(path.lstat().st_blocks * 512 for path in paths)
