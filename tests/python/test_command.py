"""A command ends with one line and the exit code that is promised."""

import errno
import os
import signal
import time
from pathlib import Path

import pytest
from py4j.protocol import Py4JNetworkError

from pipeline.cli import main
from pipeline.core.command import run_command
from pipeline.core.errors import GateFailed, InputError, Locked
from pipeline.engines.transform import _full_disk


def fail(error):
    def work():
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError("x"), 2), (GateFailed("x"), 3), (Locked("x"), 4)],
)
def test_exit_codes(error, code, capsys):
    assert run_command(fail(error)) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_success_is_zero():
    assert run_command(lambda: None) == 0


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """Be as in the foreground: a shell's background jobs ignore Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


STOPS = [(signal.SIGINT, 130, "Ctrl-C"), (signal.SIGTERM, 143, "SIGTERM")]


@pytest.mark.parametrize(("number", "code", "name"), STOPS)
def test_a_signal_stops_it(number, code, name, capsys):
    assert run_command(lambda: os.kill(os.getpid(), number)) == code
    assert capsys.readouterr().err == f"stopped by {name}; the last export is untouched\n"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(("number", "code", "name"), STOPS)
def test_a_signal_that_arrives_in_a_destructor_stops_it(number, code, name, capsys):
    class Dropped:
        def __del__(self):
            os.kill(os.getpid(), number)

    def work():
        Dropped()
        time.sleep(60)

    assert run_command(work) == code
    assert capsys.readouterr().err == f"stopped by {name}; the last export is untouched\n"


def test_an_error_that_comes_of_a_signal_is_told_as_the_signal(capsys):
    def work():
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except BaseException:
            raise ValueError("does not exist in the JVM") from None

    assert run_command(work) == 130
    assert capsys.readouterr().err.startswith("stopped by Ctrl-C")


def test_a_signal_that_the_shell_has_ignored_stays_ignored():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert run_command(lambda: os.kill(os.getpid(), signal.SIGINT)) == 0


def test_defect_is_one_line_with_the_rest_in_a_file(capsys):
    assert run_command(fail(ValueError("first\nsecond\n\tat java.lang.Thread"))) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "ValueError: first" in said
    path = said.split("details: ")[1].rstrip(")\n")
    assert "second" in Path(path).read_text()


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/there/part-0"),
        RuntimeError("Job aborted.\njava.io.IOException: No space left on device\n\tat x.y"),
    ],
)
def test_a_full_disk_is_said_plainly(error, capsys):
    assert run_command(fail(error)) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: the disk is full") and said.count("\n") == 1
    assert "java.io" not in said


def test_an_error_that_cannot_be_kept_is_still_said(capsys, monkeypatch):
    def refuse(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_text", refuse)
    assert run_command(fail(ValueError("first"))) == 1
    assert capsys.readouterr().err == "error: ValueError: first\n"


@pytest.mark.parametrize(
    "error", [Py4JNetworkError("Answer from Java side is empty"), ConnectionResetError(104, "x")]
)
def test_dead_java_is_said_plainly(error, capsys):
    assert run_command(fail(error)) == 1
    assert "Java process ended" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["2011-13-01", "10/9/2011", "soon"])
def test_as_of_must_be_a_day(day, capsys):
    assert main(["run", "--as-of", day]) == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err


def test_a_full_disk_is_found_in_what_java_logged_since(tmp_path):
    log = tmp_path / "spark.log"
    assert _full_disk(log, 0) is None
    log.write_text("java.io.IOException: No space left on device\n")
    before = log.stat().st_size
    assert _full_disk(log, before) is None
    with log.open("a") as file:
        file.write("Caused by: java.io.IOException: No space left on device\n")
    assert _full_disk(log, before).errno == errno.ENOSPC
    assert _full_disk(log, 10 * before).errno == errno.ENOSPC
