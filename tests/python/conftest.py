"""What every test shares: a state folder of its own and one Spark session."""

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything reads it: tests never touch the state of the project itself.
# TEST_STATE_DIR names a folder that is kept, to look into afterwards.
KEPT = os.environ.get("TEST_STATE_DIR")
STATE = KEPT or tempfile.mkdtemp(prefix="segments-")
os.environ["STATE_DIR"] = STATE
# Whole runs are made once for all of pytest's processes, which inherit this.
RUNS = None
if "TEST_RUNS_DIR" not in os.environ:
    RUNS = os.environ["TEST_RUNS_DIR"] = tempfile.mkdtemp(prefix="segments-runs-")
os.environ["DBT_LOG_PATH"] = f"{STATE}/logs"
os.environ.setdefault("SPARK_DRIVER_MEMORY", "2g")
# What tests call in this process works on one engine, as a process is Java's or Sail's for good:
# on Spark, or on TEST_ENGINE. Commands run by themselves say their own.
ASKED = os.environ.get("TEST_ENGINE", "")
os.environ["ENGINE"] = ASKED or "spark"

# The same examples at every run; `make soak PART=properties` looks for new ones.
settings.register_profile("repeatable", derandomize=True)
settings.register_profile("search", print_blob=True)
settings.load_profile("repeatable")


# Files that take minutes: begun first, so that no process ends long after the others.
LONG = (
    *("test_warm_server", "test_engines", "test_ml_train", "test_tables"),
    *("test_killed", "test_runs_in_a_row", "test_retail", "test_expectations_gates"),
)


def pytest_collection_modifyitems(config, items):
    """Leave out what is another engine's, and order the files of tests; a file's own order stays.

    Everything runs on Spark. Where an engine is asked for, the files marked ``sail`` are that
    engine's, a tenth of the time, those marked ``engines`` both's, and the rest Spark's.
    """
    if ASKED:
        chosen, left = [], []
        for item in items:
            mine = "engines" in item.keywords or ("sail" in item.keywords) == (ASKED == "sail")
            (chosen if mine else left).append(item)
        config.hook.pytest_deselected(items=left)
        items[:] = chosen
    rank = {name: at for at, name in enumerate(LONG)}
    items.sort(key=lambda item: rank.get(item.module.__name__, len(LONG)))


def pytest_unconfigure():
    """Clear the folders of this process away, unless they are to be kept."""
    if not KEPT:
        shutil.rmtree(STATE, ignore_errors=True)
        if RUNS:
            shutil.rmtree(RUNS, ignore_errors=True)


@pytest.fixture(scope="session")
def spark():
    """Return the session of this test run."""
    from pipeline.engines.session import get_session, stop_session

    yield get_session("tests")
    stop_session()


@pytest.fixture(autouse=True)
def commands_leave_the_session(monkeypatch):
    """Let a command called in this process end without ending the tests' session."""
    monkeypatch.setattr("pipeline.core.command._end_spark", lambda: None)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    # A command that has ended ignores them, and so would every process begun after it.
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(scope="session")
def retail_file() -> Path:
    """Return the real retailer's lines, or skip where they are not at hand."""
    from runs import retail_lines

    path = retail_lines()
    if path is None:
        pytest.skip("online_retail.csv.gz is not at hand; set RETAIL_DATA to test on it")
    return path
