"""Progress for people, and a log file for everything else."""

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["get_logger", "say", "set_verbose", "stage_seconds", "step"]

_verbose = False
_seconds: dict[str, float] = {}


def set_verbose(on: bool) -> None:
    """Show the libraries' own logs on the terminal as well."""
    global _verbose
    _verbose = on
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if on else logging.ERROR,
        format="%(asctime)s %(name)s %(levelname)s %(message)s",
        force=True,
    )


def is_verbose() -> bool:
    """Say whether ``--verbose`` was given."""
    return _verbose


def get_logger(name: str) -> logging.Logger:
    """Return the logger of a module."""
    return logging.getLogger(name)


def say(line: str) -> None:
    """Print one line of progress."""
    print(line, file=sys.stderr, flush=True)


def stage_seconds() -> dict[str, float]:
    """Return the wall seconds of each finished stage, in the order they ended."""
    return dict(_seconds)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print a stage's name as it begins and its seconds as it ends.

    Parameters
    ----------
    name : str
        What is being done, in a few words.
    """
    terminal = sys.stderr.isatty()
    if terminal:
        print(f"  … {name}", end="", file=sys.stderr, flush=True)
    begin = time.monotonic()
    mark = "✗"
    try:
        yield
        mark = "✓"
    finally:
        _seconds[name] = time.monotonic() - begin
        start = "\r" if terminal else ""
        print(f"{start}  {mark} {name} ({_seconds[name]:.1f} s)", file=sys.stderr, flush=True)
