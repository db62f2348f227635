"""What a machine does to a run besides killing it: full and read-only disks, lost folders, time."""

import json
import shutil
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from reliability_checks import assert_same_tables, assert_served, left_over, tables
from reliability_disks import can_mount, disk
from reliability_kill import RUN, assert_one_line, started
from soak_kills import undisturbed

BAD_ENVIRONMENT = 2
FULL = "the disk is full"
# Folder of the state that lies on a small disk, and the bytes that still fit:
# too few for what landing, shuffles, tables, the ml step or the export write.
SMALL_DISKS = (
    ("raw", 30_000),
    ("tmp", 400_000),
    ("warehouse", 100_000),
    ("ml", 60_000),
    ("exports", 500_000),
    (".", 2_000_000),
    (".", 5_000_000),
    (".", 10_000_000),
)
_OTHER_LINES = 2000
_FAKETIME = "faketime"


def fault_pass(folder: Path, seed: int) -> list[str]:
    """Bring about every fault in one state folder and assert that nothing is lost.

    Parameters
    ----------
    folder : Path
        Where the undisturbed run, the disturbed ones and the report lie.
    seed : int
        Which lines the failing runs land; never those of the plain ones.
    """
    undisturbed(folder)
    state = folder / "faults"
    shutil.rmtree(state, ignore_errors=True)
    shutil.copytree(folder / "reference", state, symlinks=True)
    seed += _OTHER_LINES
    expected = tables(folder / "reference" / "exports")
    seen: list[str] = []

    def plain_run_after(what: str, **variables: str) -> None:
        before = assert_served(state / "exports")
        with started(state, **variables) as run:
            run.done()
        assert assert_served(state / "exports") > before, f"{what}: the run ids do not ascend"
        assert_same_tables(expected, state / "exports")
        assert not left_over(state), left_over(state)
        _say(seen, f"{what}: a plain run gave the tables of the undisturbed run")

    if can_mount():
        for number, (name, room) in enumerate(SMALL_DISKS):
            _fails(seen, state, f"{name} full ({room:,} bytes left)", FULL, seed + number,
                   lambda name=name, room=room: disk(state / name, room))  # fmt: skip
        _fails(seen, state, "exports read-only", "can't be written", seed + len(SMALL_DISKS),
               lambda: disk(state / "exports", 0, read_only=True))  # fmt: skip
        plain_run_after("full and read-only disks")
    else:
        _say(seen, "small disks: left out, only root may mount them")
    shutil.rmtree(state / "metastore")
    plain_run_after("metastore gone, warehouse there")
    shutil.rmtree(state / "warehouse")
    if shutil.which(_FAKETIME):
        plain_run_after("warehouse gone, metastore there; clock 3 days back", **_days_back(3))
    else:
        plain_run_after("warehouse gone, metastore there")
        _say(seen, f"clock: left out, {_FAKETIME} is not installed")
    (folder / "faults.json").write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n")
    return seen


def _fails(
    seen: list[str], state: Path, what: str, message: str, seed: int, fault: Callable
) -> None:
    """Assert that a run under a fault ends with one clear line and loses nothing."""
    before = assert_served(state / "exports")
    with ExitStack() as stack:
        stack.enter_context(fault())
        run = stack.enter_context(started(state, *RUN, "--seed", str(seed)))
        code = run.wait()
        assert code == BAD_ENVIRONMENT, f"{what}: exit code {code}, {run.lines[-5:]}"
        assert_one_line(run, what)
        assert message in run.lines[-1], f"{what}: {run.lines[-1]}"
        assert assert_served(state / "exports") == before
    assert assert_served(state / "exports") == before
    _say(seen, f"{what}: {run.lines[-2].strip()}; {run.lines[-1]}")


def _days_back(days: int) -> dict[str, str]:
    """Return variables under which a process believes an earlier time."""
    shown = subprocess.run(
        [_FAKETIME, "-m", f"-{days} days", "env"], capture_output=True, text=True, check=True
    )
    kept = ("LD_PRELOAD", "FAKETIME")
    found = dict(line.split("=", 1) for line in shown.stdout.splitlines() if "=" in line)
    return {name: found[name] for name in kept} | {"FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def _say(seen: list[str], line: str) -> None:
    seen.append(line)
    print(line, flush=True)
