"""The full pass of kills: many moments, one state folder, and nothing lost."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from reliability_checks import Tables, assert_same_tables, assert_served, left_over, tables
from reliability_kill import RUN, end_a_run, moments, started


@dataclass
class Report:
    """What a pass has seen so far, kept in a file so that a stopped one goes on.

    Parameters
    ----------
    path : Path
        The file.
    """

    path: Path
    seed: int
    points: int
    stage_seconds: list[float] = field(default_factory=list)
    kills: list[dict] = field(default_factory=list)
    plain_runs: int = 0
    losses: list[str] = field(default_factory=list)

    def save(self) -> None:
        """Write the file anew, whole."""
        ways: dict[str, int] = {}
        for kill in self.kills:
            ways[kill["way"]] = ways.get(kill["way"], 0) + 1
        seen = {name: value for name, value in vars(self).items() if name != "path"}
        seen["ways"] = ways
        beside = self.path.with_suffix(".new")
        beside.write_text(json.dumps(seen, indent=1, ensure_ascii=False) + "\n")
        beside.rename(self.path)

    @classmethod
    def load(cls, path: Path, seed: int, points: int) -> "Report":
        """Return the report of the pass in this file, a new one where it is another pass."""
        kept = json.loads(path.read_text()) if path.is_file() else {}
        if (kept.get("seed"), kept.get("points")) != (seed, points):
            return cls(path, seed, points)
        names = ("stage_seconds", "kills", "plain_runs", "losses")
        return cls(path, seed, points, **{name: kept[name] for name in names})


def undisturbed(folder: Path) -> list[float]:
    """Have ``folder/reference`` hold an undisturbed run, and return the seconds of its stages."""
    state, path = folder / "reference", folder / "reference.json"
    if not (state.is_dir() and path.is_file()):
        shutil.rmtree(state, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        with started(state) as run:
            path.write_text(json.dumps(run.done().seconds()))
    return json.loads(path.read_text())


def kill_pass(folder: Path, points: int, seed: int) -> Report:
    """End runs at seeded moments in one state folder and assert that nothing is lost.

    Parameters
    ----------
    folder : Path
        Where the undisturbed run, the disturbed ones and the report lie.
    points, seed : int
        How many moments, and which.
    """
    folder.mkdir(parents=True, exist_ok=True)
    report = Report.load(folder / "kills.part.json", seed, points)
    reference, state = folder / "reference", folder / "disturbed"
    report.stage_seconds = undisturbed(folder)
    if not state.is_dir() or not report.kills:
        shutil.rmtree(state, ignore_errors=True)
        shutil.copytree(reference, state, symlinks=True)
    expected = tables(reference / "exports")
    with _losses_kept(report):
        _end_runs(state, expected, report)
    # A pass that was seen to its end is never gone on with: the next begins anew.
    report.path.replace(folder / "kills.json")
    return report


@contextmanager
def _losses_kept(report: Report) -> Iterator[None]:
    """Write down what was lost; the first loss ends the pass."""
    try:
        yield
    except AssertionError as loss:
        report.losses.append(str(loss))
        report.save()
        raise


def _end_runs(state: Path, expected: Tables, report: Report) -> None:
    if len(report.kills) > report.plain_runs:
        _plain_run(state, expected, report)
    done = len(report.kills)
    for number, moment in list(enumerate(moments(report.seed, report.points)))[done:]:
        # Other lines than the plain runs': every killed run lands a file anew,
        # and what it leaves behind would show in the tables of the next.
        other = (*RUN, "--seed", str(1000 + number))
        before = assert_served(state / "exports")
        seen = end_a_run(state, moment, report.stage_seconds, *other)
        served = assert_served(state / "exports")
        seen["served"] = "the export before" if served == before else "the new export"
        report.kills.append(seen)
        report.save()
        print(json.dumps(seen, ensure_ascii=False), flush=True)
        _plain_run(state, expected, report)


def _plain_run(state: Path, expected: Tables, report: Report) -> None:
    with started(state) as run:
        run.done()
    assert_served(state / "exports")
    assert_same_tables(expected, state / "exports")
    assert not left_over(state), left_over(state)
    report.plain_runs += 1
    report.save()
    print(f"plain run {report.plain_runs}: the tables of the undisturbed run", flush=True)
