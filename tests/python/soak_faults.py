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
    (".", 300_000),
    (".", 1_000_000),
    (".", 2_000_000),
)
_OTHER_LINES = 2000
_FAKETIME = "faketime"


class Seen:
    """What a pass has seen so far, kept in a file so that a stopped one goes on.

    Parameters
    ----------
    path : Path
        The file.
    seed : int
        That of the pass; what another pass has seen does not count.
    """

    def __init__(self, path: Path, seed: int) -> None:
        self.path = path
        kept = json.loads(path.read_text()) if path.is_file() else {}
        self._seed = seed
        self.said: dict[str, str] = kept["said"] if kept.get("seed") == seed else {}

    def __contains__(self, what: str) -> bool:
        return what in self.said

    def add(self, what: str, said: str) -> None:
        """Keep what was said to a fault."""
        self.said[what] = said
        beside = self.path.with_suffix(".new")
        kept = {"seed": self._seed, "said": self.said}
        beside.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
        beside.rename(self.path)
        print(f"{what}: {said}", flush=True)


def fault_pass(folder: Path, seed: int) -> dict[str, str]:
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
    seen = Seen(folder / "faults.part.json", seed)
    if not seen.said:
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(folder / "reference", state, symlinks=True)
    seed += _OTHER_LINES
    expected = tables(folder / "reference" / "exports")

    def plain_run_after(what: str, lost: str | None = None, **variables: str) -> None:
        if what in seen:
            return
        if lost:
            shutil.rmtree(state / lost, ignore_errors=True)
        before = assert_served(state / "exports")
        with started(state, **variables) as run:
            run.done()
        assert assert_served(state / "exports") > before, f"{what}: the run ids do not ascend"
        assert_same_tables(expected, state / "exports")
        assert not left_over(state), left_over(state)
        seen.add(what, "a plain run gave the tables of the undisturbed run")

    if can_mount():
        for number, (name, room) in enumerate(SMALL_DISKS):
            _fails(seen, state, f"{name} full ({room:,} bytes left)", FULL, seed + number,
                   lambda name=name, room=room: disk(state / name, room))  # fmt: skip
        _fails(seen, state, "exports read-only", "can't be written", seed + len(SMALL_DISKS),
               lambda: disk(state / "exports", 0, read_only=True))  # fmt: skip
        plain_run_after("full and read-only disks")
    else:
        print("small disks: left out, only root may mount them", flush=True)
    plain_run_after("warehouse gone", "warehouse")
    if shutil.which(_FAKETIME):
        plain_run_after("clock 3 days back", **_days_back(3))
    else:
        print(f"clock: left out, {_FAKETIME} is not installed", flush=True)
    # A pass that was seen to its end is never gone on with: the next begins anew.
    seen.path.replace(folder / "faults.json")
    return seen.said


def _fails(seen: Seen, state: Path, what: str, message: str, seed: int, fault: Callable) -> None:
    """Assert that a run under a fault ends with one clear line and loses nothing."""
    if what in seen:
        return
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
    seen.add(what, f"{run.lines[-2].strip()}; {run.lines[-1]}")


def _days_back(days: int) -> dict[str, str]:
    """Return variables under which a process believes an earlier time."""
    shown = subprocess.run(
        [_FAKETIME, "-m", f"-{days} days", "env"], capture_output=True, text=True, check=True
    )
    kept = ("LD_PRELOAD", "FAKETIME")
    found = dict(line.split("=", 1) for line in shown.stdout.splitlines() if "=" in line)
    return {name: found[name] for name in kept}
