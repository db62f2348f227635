"""End real runs at chosen moments, and look at what they leave behind."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
RUN = ("run", "--lines", "3000")
# Fewer refits and months than a user's run: every stage, table and file is
# still made, and a pass of thirty runs ends within the hour.
VARS = {
    "history_months": 6,
    "ml_settings": {
        "k_max": 5,
        "stability_draws": 2,
        "max_stability_draws": 2,
        "backtest_draws": 20,
    },
}
STAGES = (
    "start Sail",
    "make the demo lines",
    "land the raw lines",
    "gate: raw",
    "dbt: clean lines, sales and RFM marts, tests",
    "gate: clean",
    "gate: mart",
    "fit the mixture and choose the number of segments",
    "dbt: segment marts, tests",
    "gate: segments",
    "export for the dashboard",
)
# How a run is ended, and the exit code that its Python process must end with.
WAYS = {"group": -9, "python": -9, "java": 1, "term": 143, "interrupt": 130}
SECONDS_TO_END = 15
# A run without the Java beside it goes on until it wants to fit.
_SECONDS_TO_MISS_JAVA = 150
_FIT = STAGES.index("fit the mixture and choose the number of segments")
_WAIT = 600


@dataclass(frozen=True)
class Moment:
    """When a run is ended, and how.

    Parameters
    ----------
    stage : int
        Position in ``STAGES``.
    part : float
        Share of the stage's seconds in an undisturbed run; 0 is the boundary
        before the stage.
    way : str
        One of ``WAYS``.
    """

    stage: int
    part: float
    way: str

    def __str__(self) -> str:
        return f"{self.way} at {self.part:.0%} of '{STAGES[self.stage]}'"


class TooLate(Exception):
    """A run was done before it was to be ended: this time it was faster."""


class Run:
    """A run as a process of its own, with its finished stages as they are said."""

    def __init__(self, state: Path, *arguments: str, **variables: str) -> None:
        self.state = state
        self._said: list[tuple[float, str]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pipeline", *(arguments or RUN)],
            cwd=ROOT,
            env=environment(state, **variables),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A shell gives the jobs it starts in the background a Ctrl-C that is ignored.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )
        self._begun = time.monotonic()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self._said.append((time.monotonic(), line.rstrip("\n")))

    @property
    def lines(self) -> list[str]:
        """What it has said so far."""
        return [line for _, line in list(self._said)]

    @property
    def finished(self) -> list[str]:
        """Names of the stages that it has finished."""
        return [line[4:].rsplit(" (", 1)[0] for line in self.lines if line.startswith("  ✓ ")]

    def stage_began(self, stage: int) -> float | None:
        """Return when a stage began, None where it has not."""
        done = [when for when, line in list(self._said) if line.startswith("  ✓ ")]
        if len(done) < stage:
            return None
        return done[stage - 1] if stage else self._begun

    def await_stage(self, stage: int, seconds: float = 0) -> None:
        """Return so many seconds into a stage, or at its end if that is sooner."""
        deadline = time.monotonic() + _WAIT
        while (began := self.stage_began(stage)) is None:
            assert self.process.poll() is None, f"ended by itself: {self.lines[-5:]}"
            assert time.monotonic() < deadline, f"stage {stage} never began: {self.lines}"
            time.sleep(0.005)
        while time.monotonic() < began + seconds and self.stage_began(stage + 1) is None:
            time.sleep(0.005)

    def await_lock(self) -> None:
        """Return once it holds the state folder."""
        lock = self.state / "lock"
        own = f'"pid": {self.process.pid}'
        _until(lambda: lock.is_file() and own in lock.read_text(), "the lock was never taken")

    def below(self) -> list[psutil.Process]:
        """Return the processes that it has started."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def java(self) -> list[psutil.Process]:
        """Return the Java processes below it."""
        try:
            return [process for process in self.below() if "java" in process.name()]
        except psutil.NoSuchProcess:
            return []

    def end(self, way: str) -> int:
        """End it, assert that it was at work until then, and return the exit code."""
        process = self.process
        if way == "java":
            _until(lambda: self.java() or process.poll() is not None, "no Java to kill")
        java = self.java()
        below = self.below()
        if process.poll() == 0:
            raise TooLate(f"done before it was killed: {self.lines[-3:]}")
        assert process.poll() is None, f"ended before it was killed: {self.lines[-5:]}"
        if way == "group":
            os.killpg(process.pid, signal.SIGKILL)
        elif way == "python":
            os.kill(process.pid, signal.SIGKILL)
        elif way == "java":
            for one in java:
                one.kill()
        elif way == "term":
            os.kill(process.pid, signal.SIGTERM)
        else:
            os.killpg(process.pid, signal.SIGINT)
        before = time.monotonic()
        try:
            code = process.wait(_SECONDS_TO_MISS_JAVA if way == "java" else SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self.clean_up()
            raise AssertionError(
                f"{way}: still there after {SECONDS_TO_END} s: {self.lines[-5:]}"
            ) from None
        self.seconds_to_end = time.monotonic() - before
        if way != "python":
            self._reader.join(SECONDS_TO_END)
        _until(
            lambda: not any(_is_at_work(one) for one in below),
            f"{way}: processes of the run are left over",
            seconds=SECONDS_TO_END,
        )
        return code

    def wait(self) -> int:
        """Return the exit code with which it ends by itself."""
        code = self.process.wait(_WAIT)
        self._reader.join(10)
        return code

    def done(self) -> "Run":
        """Wait for its own end and assert that it did what it should."""
        code = self.wait()
        assert code == 0, f"exit code {code}: {self.lines[-8:]}"
        return self

    def seconds(self) -> list[float]:
        """Return the seconds of each stage of a finished run."""
        begun = [self.stage_began(stage) for stage in range(len(STAGES) + 1)]
        return [after - before for before, after in itertools.pairwise(begun)]

    def clean_up(self) -> None:
        """Leave no process behind, whatever the test found."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def _is_at_work(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _until(holds: Callable[[], object], otherwise: str, seconds: float = _WAIT) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.01)


def environment(state: Path, **variables: str) -> dict[str, str]:
    """Return a user's environment with a state folder of its own, and no engine named."""
    kept = {name: value for name, value in os.environ.items() if name != "ENGINE"}
    return {
        **kept,
        "STATE_DIR": str(state),
        "DBT_LOG_PATH": str(state / "logs"),
        "SEGMENTATION_VARS": json.dumps(VARS),
        **variables,
    }


@contextmanager
def started(state: Path, *arguments: str, **variables: str) -> Iterator[Run]:
    """Yield a run that is at work."""
    run = Run(state, *arguments, **variables)
    try:
        yield run
    finally:
        run.clean_up()


def moments(seed: int, points: int) -> list[Moment]:
    """Return seeded moments: the boundaries in turn, then random ones.

    Parameters
    ----------
    seed : int
        Decides the random moments, their order and the ways.
    points : int
        How many. From the number of stages on, every boundary is among them.
    """
    dice = random.Random(seed)
    ways = list(WAYS)
    chosen = [(stage, 0.0) for stage in range(len(STAGES))]
    # The second stage is over within milliseconds.
    long = [stage for stage in range(len(STAGES)) if stage != 1]
    while len(chosen) < points:
        chosen.append((dice.choice(long), round(dice.uniform(0.1, 0.8), 2)))
    dice.shuffle(chosen)
    found = []
    for number, (stage, part) in enumerate(chosen[:points]):
        # Before the start there is no handler yet.
        way = ways[number % len(ways)] if stage else "group"
        found.append(_possible(Moment(stage, part, way)))
    return found


def handful(seed: int, stages: tuple[int, ...]) -> list[Moment]:
    """Return one seeded moment inside each of these stages, each ended in another way."""
    dice = random.Random(seed)
    ways = dice.sample([way for way in WAYS if way != "group"], len(stages))
    return [
        _possible(Moment(stage, round(dice.uniform(0.1, 0.8), 2), way))
        for stage, way in zip(stages, ways, strict=True)
    ]


def _possible(moment: Moment) -> Moment:
    """Kill Java before the fit is over: then it is gone."""
    is_over = moment.way == "java" and moment.stage > _FIT
    return replace(moment, way="python") if is_over else moment


def end_a_run(
    state: Path, moment: Moment, seconds: list[float], *arguments: str, **variables: str
) -> dict:
    """End a run at a moment, assert how it ended, and return what was seen of it."""
    with started(state, *arguments, **variables) as run:
        run.await_stage(moment.stage, moment.part * seconds[moment.stage])
        try:
            code = run.end(moment.way)
        except TooLate:
            sooner = replace(moment, part=moment.part / 2)
            return end_a_run(state, sooner, seconds, *arguments, **variables)
    assert code == WAYS[moment.way], f"{moment}: exit code {code}, {run.lines[-5:]}"
    assert len(run.finished) < len(STAGES), f"{moment}: the run was over"
    if moment.way in ("java", "term", "interrupt"):
        assert_one_line(run, moment)
    return {
        "point": str(moment),
        "way": moment.way,
        "ended_in": STAGES[len(run.finished)],
        "seconds_to_end": round(run.seconds_to_end, 2),
    }


def assert_one_line(run: Run, moment: object) -> None:
    """Assert that all a run said beyond its stages is one line."""
    said = [line for line in run.lines if not line.startswith(("  ✓ ", "  ✗ ", "  - "))]
    assert len(said) == 1, f"{moment}: {said}"
