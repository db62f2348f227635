"""Runs are killed at seeded moments, and nothing is lost. `make soak` holds the full pass."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import soak_kills
from reliability_checks import assert_same_tables, assert_served, left_over, tables
from reliability_kill import STAGES, WAYS, end_a_run, environment, handful, moments, started
from runs import DEMO_LINES, ROOT, demo_run

LOCKED = 4
CHOSEN = handful(seed=2, stages=(2, 4, 7))
LINES = ("run", "--lines", str(DEMO_LINES))
# The vars of the run that the tests compare with.
AS_THE_DEMO_RUN = {"SEGMENTATION_VARS": ""}


def test_a_full_pass_has_every_boundary_and_every_way():
    chosen = moments(seed=7, points=33)
    assert {moment.stage for moment in chosen if moment.part == 0} == set(range(len(STAGES)))
    assert sum(moment.part > 0 for moment in chosen) >= 20
    assert {moment.way for moment in chosen} == set(WAYS)
    assert chosen == moments(seed=7, points=33) != moments(seed=8, points=33)


def test_a_stopped_pass_goes_on_where_it_was(tmp_path):
    report = soak_kills.Report(tmp_path / "kills.json", seed=7, points=33)
    report.kills.append({"point": "there", "way": "term"})
    with pytest.raises(AssertionError), soak_kills._losses_kept(report):
        raise AssertionError("a table is gone")
    report.save()
    assert soak_kills.Report.load(report.path, 7, 33).kills == report.kills
    assert soak_kills.Report.load(report.path, 8, 33).kills == []
    assert json.loads(report.path.read_text())["ways"] == {"term": 1}
    assert json.loads(report.path.read_text())["losses"] == ["a table is gone"]


@pytest.fixture(scope="module")
def state(tmp_path_factory) -> Path:
    """A copy of a finished run's state folder; nothing in it names the original's place."""
    folder = tmp_path_factory.mktemp("killed") / "state"
    return Path(shutil.copytree(demo_run().state, folder, symlinks=True))


@pytest.fixture(scope="module")
def seconds() -> list[float]:
    """How long each stage took the finished run; of the export only that it took some."""
    found = list(demo_run().manifest["stage_seconds"].values())
    assert len(found) == len(STAGES) - 1
    return [*found, 3.0]


def second(state: Path, *command: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(state, DBT_PROFILES_DIR=str(ROOT / "profiles"), **AS_THE_DEMO_RUN),
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.mark.spark
def test_a_second_command_is_refused_and_a_killed_owner_forgotten(state):
    with started(state, *LINES, **AS_THE_DEMO_RUN) as first:
        first.await_lock()
        with ThreadPoolExecutor() as pool:
            commands = (
                (sys.executable, "-m", "pipeline", *LINES),
                (str(Path(sys.executable).with_name("dbt")), "run", "--select", "fct_orders"),
            )
            run, dbt = pool.map(lambda command: second(state, *command), commands)
        first.end("group")
    owner = f"pid {first.process.pid} "
    assert run.returncode == LOCKED and run.stderr.count("\n") <= 2, run.stderr
    assert f"{owner}(pipeline run" in run.stderr and owner in dbt.stdout + dbt.stderr
    assert dbt.returncode != 0
    assert_served(state / "exports")


@pytest.mark.spark
@pytest.mark.parametrize("moment", CHOSEN, ids=str)
def test_a_killed_run_leaves_the_export_before(moment, state, seconds):
    before = assert_served(state / "exports")
    other = (*LINES, "--seed", str(1000 + CHOSEN.index(moment)))
    end_a_run(state, moment, seconds, *other, **AS_THE_DEMO_RUN)
    assert assert_served(state / "exports") == before


@pytest.mark.spark
def test_a_plain_run_then_gives_the_tables_of_an_undisturbed_one(state):
    """The warehouse is gone as well."""
    before = assert_served(state / "exports")
    shutil.rmtree(state / "warehouse")
    with started(state, *LINES, **AS_THE_DEMO_RUN) as run:
        run.done()
    assert assert_served(state / "exports") > before
    assert_same_tables(tables(demo_run().exports), state / "exports")
    assert left_over(state) == []
