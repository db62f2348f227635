"""Many small runs one after another in one state folder: the disk stays bounded, and the pace.

The first and the last are processes of their own, as typed in a shell; those
between share one process and its Spark, as in a notebook or a scheduler.
"""

import json
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from reliability_checks import assert_served, left_over
from reliability_kill import ROOT, environment, started

from ml.settings import Settings

# So many runs are compared with so many others.
SAMPLE = 6
# What is kept of earlier runs (exports, ml's tables, gate results) has filled up by then.
SETTLED = Settings.from_project().kept_runs
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
    state, path, scratch = folder / "row", folder / "row.part.json", folder / "row.tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    seen = json.loads(path.read_text()) if path.is_file() and state.is_dir() else []
    if not seen:
        shutil.rmtree(state, ignore_errors=True)
    for run in _runs(state, scratch, len(seen), count):
        seen.append(run)
        path.write_text(json.dumps(seen, indent=1) + "\n")
        kind = "in a live session" if run["live"] else "in a process of its own"
        print(f"run {len(seen)}, {kind}: {run['seconds']} s, {run['bytes']:,} bytes", flush=True)
    # Runs that were made are never counted twice: the next pass begins anew.
    path.replace(folder / "row.json")
    return seen


def _runs(state: Path, scratch: Path, done: int, count: int) -> Iterator[dict]:
    """Make the runs that are missing and yield what is seen after each."""
    live = max(0, count - 3 * SAMPLE)
    first = count - live - SAMPLE
    for _ in range(done, first):
        yield _run_alone(state, scratch)
    if done < first + live:
        yield from runs_live(state, scratch, first + live - max(done, first))
    for _ in range(max(done, first + live), count):
        yield _run_alone(state, scratch)


def _run_alone(state: Path, scratch: Path) -> dict:
    begin = time.monotonic()
    with started(state, TMPDIR=str(scratch)) as run:
        run.done()
    seconds = time.monotonic() - begin
    assert not list(scratch.iterdir()), f"left in TMPDIR: {list(scratch.iterdir())}"
    return {"live": False, **_seen(state, seconds)}


def runs_live(
    state: Path, scratch: Path, count: int, data: Path | None = None, **variables: str
) -> Iterator[dict]:
    """Make runs in one process of their own, and yield what each took and left.

    Parameters
    ----------
    state : Path
    scratch : Path
        Temporary files of the process; an empty folder.
    count : int
    data : Path, optional
        Lines; a small demo shop if None.
    **variables
        Environment of the process.
    """
    log = state.with_suffix(".live.log")
    with (
        log.open("w") as said,
        subprocess.Popen(
            [sys.executable, __file__, str(state), str(count), *([str(data)] if data else [])],
            cwd=ROOT,
            env=environment(state, TMPDIR=str(scratch), PYTHONPATH=str(ROOT), **variables),
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
        ) as process,
    ):
        for line in process.stdout:
            yield {"live": True, **json.loads(line)}
    assert process.returncode == 0, f"the live session failed; {log} says why"
    assert not list(scratch.iterdir()), f"left in TMPDIR: {list(scratch.iterdir())}"


def _seen(state: Path, seconds: float) -> dict:
    """Return what a finished run took and left, and assert that nothing is left over."""
    assert_served(state / "exports")
    assert not left_over(state), left_over(state)
    sizes = {entry.name: _bytes(entry) for entry in sorted(state.iterdir())}
    return {
        "seconds": round(seconds, 1),
        "bytes": sum(sizes.values()),
        "files": sum(1 for _ in state.rglob("*")),
        "files_in": _files(state),
        "folders": sizes,
    }


def assert_bounded(seen: list[dict]) -> None:
    """Assert that neither disk nor seconds grow once what is kept has filled up."""
    fewest = SETTLED + 2 * SAMPLE
    assert len(seen) >= fewest, f"{len(seen)} runs are too few to tell; {fewest} do"
    settled = seen[SETTLED : SETTLED + SAMPLE]
    for name in ("bytes", "files"):
        _assert_steady(settled, seen[-SAMPLE:], name, MOST_GROWTH)
    for kind in (False, True):
        alike = [run for run in seen if run["live"] is kind]
        # The first runs of a live session warm it up: what follows would look quick beside them.
        half = len(alike) // 2
        _assert_steady(alike[half - SAMPLE : half], alike[-SAMPLE:], "seconds", MOST_SLOWDOWN)


def _assert_steady(before: list[dict], after: list[dict], name: str, most: float) -> None:
    first, last = (median(run[name] for run in runs) for runs in (before, after))
    print(f"{name}: {first:,.1f}, at the end {last:,.1f}", flush=True)
    assert last < most * first, f"{name} grew {last / first:.2f}-fold"


def _files(state: Path) -> Counter:
    """Return how many files lie in each folder of a state folder."""
    paths = (path.relative_to(state) for path in state.rglob("*") if path.is_file())
    return Counter(path.parts[0] for path in paths if len(path.parts) > 1)


def _bytes(entry: Path) -> int:
    """Return the bytes on disk; what goes while it is looked at does not count."""
    total = 0
    for path in entry.rglob("*") if entry.is_dir() and not entry.is_symlink() else [entry]:
        try:
            total += path.lstat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


def _live(state: Path, count: int, *data: str) -> None:
    """Make runs in this process, and say in a line of JSON what was seen after each."""
    from pipeline.run import RunOptions, run

    for _ in range(count):
        begin = time.monotonic()
        run(RunOptions(data=data[0]) if data else RunOptions(lines=3_000))
        print(json.dumps(_seen(state, time.monotonic() - begin)), flush=True)


if __name__ == "__main__":
    from pipeline.core.command import run_command

    sys.exit(run_command(lambda: _live(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])))
