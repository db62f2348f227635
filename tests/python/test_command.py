"""A command ends with one line and the exit code that is promised."""

import os
import signal
from pathlib import Path

import pytest

from pipeline.cli import main
from pipeline.command import run_command
from pipeline.errors import GateFailed, InputError, Locked


def fail(error):
    def work():
        raise error

    return work


@pytest.fixture(autouse=True)
def no_session_to_end(monkeypatch):
    monkeypatch.setattr("pipeline.command._end_spark", lambda: None)
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError("x"), 2), (GateFailed("x"), 3), (Locked("x"), 4), (KeyboardInterrupt(), 130)],
)
def test_exit_codes(error, code, capsys):
    assert run_command(fail(error)) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_success_is_zero():
    assert run_command(lambda: None) == 0


def test_sigterm_is_143(capsys):
    assert run_command(lambda: os.kill(os.getpid(), signal.SIGTERM)) == 143
    assert "last export is untouched" in capsys.readouterr().err


def test_defect_is_one_line_with_the_rest_in_a_file(capsys):
    assert run_command(fail(ValueError("first\nsecond\n\tat java.lang.Thread"))) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "ValueError: first" in said
    path = said.split("details: ")[1].rstrip(")\n")
    assert "second" in Path(path).read_text()


def test_dead_java_is_said_plainly(capsys):
    from py4j.protocol import Py4JNetworkError

    assert run_command(fail(Py4JNetworkError("Answer from Java side is empty"))) == 1
    assert "Java process ended" in capsys.readouterr().err


@pytest.mark.parametrize("day", ["2011-13-01", "10/9/2011", "soon"])
def test_as_of_must_be_a_day(day, capsys):
    assert main(["run", "--as-of", day]) == 2
    assert "YYYY-MM-DD" in capsys.readouterr().err
