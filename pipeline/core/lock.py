"""One command at a time on a state folder."""

import fcntl
import json
import os
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pipeline.core.errors import Locked

__all__ = ["StateLock"]

FITTING = "pipeline.fitting"
"""The module that a command runs in a process of its own beside it."""

_JVM_GRACE_SECONDS = 20


class StateLock:
    """A lock that the kernel releases with its owner, however that ends.

    The file's text names the owner for the one who is refused; it carries no
    authority, so a text left by a killed process never blocks anyone.

    Parameters
    ----------
    path : Path
        The lock file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def acquire(self, serves: str | None = None) -> None:
        """Take the lock or refuse at once.

        Parameters
        ----------
        serves : str, optional
            The ``SPARK_REMOTE`` address that the holder offers to others.

        Raises
        ------
        Locked
            If another process holds it; the message names that process.
        """
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "r+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = _read(file)
            file.close()
            raise Locked(_refusal(self._path.parent, owner)) from error
        _await_orphan(_read(file).get("jvm_pid"))
        self._file = file
        _write(
            file,
            {
                "pid": os.getpid(),
                "command": _command_line(),
                "started_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "serves": serves,
            },
        )

    def name_jvm(self, pid: int) -> None:
        """Record the Java process, so that a successor can see it end."""
        if self._file is not None:
            _write(self._file, {**_read(self._file), "jvm_pid": pid})

    def release(self) -> None:
        """Let the next command in."""
        if self._file is not None:
            self._file.truncate(0)
            self._file.close()
            self._file = None


def _write(file: IO[str], owner: dict) -> None:
    file.seek(0)
    file.truncate()
    json.dump(owner, file)
    file.flush()


def _command_line() -> str:
    """Return what was typed, without the ids of customers to forget."""
    arguments = sys.argv[1:2] if sys.argv[1:2] == ["forget"] else sys.argv[1:]
    program = Path(sys.argv[0])
    # `python -m package` starts a file that says nothing.
    name = program.parent.name if program.name == "__main__.py" else program.name
    return " ".join([name, *arguments])[:200]


def _read(file: IO[str]) -> dict:
    file.seek(0)
    try:
        owner = json.loads(file.read() or "{}")
    except json.JSONDecodeError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _refusal(folder: Path, owner: dict) -> str:
    who = (
        f"pid {owner.get('pid', '?')} ({owner.get('command', 'unknown command')}, "
        f"since {owner.get('started_at', 'an unknown time')})"
    )
    if owner.get("serves"):
        return (
            f"{folder} is held by the warm Spark server, {who}; "
            f"set SPARK_REMOTE={owner['serves']} to work through it, or stop it with: make stop"
        )
    return f"{folder} is in use by {who}; wait for it to end, or set STATE_DIR to another folder"


def _await_orphan(pid: int | None) -> None:
    """Wait until the Java process of a killed owner works on no table any more.

    Java ends by itself when its Python parent is gone, a moment later; one
    that is stopped or stuck is ended.
    """
    if not pid or not _is_java(pid):
        return
    deadline = time.monotonic() + _JVM_GRACE_SECONDS
    while _is_java(pid):
        if time.monotonic() > deadline:
            os.kill(pid, signal.SIGKILL)
            deadline += _JVM_GRACE_SECONDS
        time.sleep(0.1)


def _is_java(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return (b"spark" in command and b"java" in command) or FITTING.encode() in command
