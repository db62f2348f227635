"""One command at a time, and a killed one never blocks the next."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import Locked
from pipeline.lock import StateLock

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from pipeline.lock import StateLock
lock = StateLock(Path(sys.argv[1]))
lock.acquire(serves=sys.argv[2] if len(sys.argv) > 2 else None)
print("held", flush=True)
time.sleep(60)
"""


def hold(path: Path, *serves: str) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), *serves],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_second_command_is_refused_and_told_who_is_first(tmp_path):
    holder = hold(tmp_path / "lock")
    try:
        with pytest.raises(Locked) as refused:
            StateLock(tmp_path / "lock").acquire()
    finally:
        holder.kill()
        holder.wait()
    assert f"pid {holder.pid}" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 4


def test_warm_server_is_named_with_the_line_to_use(tmp_path):
    holder = hold(tmp_path / "lock", "sc://127.0.0.1:15002")
    try:
        with pytest.raises(Locked, match=r"SPARK_REMOTE=sc://127\.0\.0\.1:15002"):
            StateLock(tmp_path / "lock").acquire()
    finally:
        holder.kill()
        holder.wait()


def test_killed_owner_leaves_no_lock(tmp_path):
    holder = hold(tmp_path / "lock")
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    lock = StateLock(tmp_path / "lock")
    lock.acquire()
    lock.release()


def test_unreadable_owner_does_not_block(tmp_path):
    path = tmp_path / "lock"
    path.write_text('{"pid": ')
    lock = StateLock(path)
    lock.acquire()
    lock.release()


def test_orphan_java_is_awaited(tmp_path):
    """A killed command's Java is still at work for a moment."""
    path = tmp_path / "lock"
    code = "import time; time.sleep(1.5)"
    orphan = subprocess.Popen([sys.executable, "-c", code, "java", "spark"])
    path.write_text(f'{{"jvm_pid": {orphan.pid}}}')
    begin = time.monotonic()
    waiter = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], cwd=ROOT, stdout=-1)
    orphan.wait()
    assert waiter.stdout.readline() == b"held\n"
    assert time.monotonic() - begin >= 1.4
    waiter.kill()
    waiter.wait()
