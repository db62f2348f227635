"""Nothing listens beyond this machine unless told to, and what is written is its owner's."""

import contextlib
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import runs
from dashboard_support import exports_root

from dashboard.__main__ import address
from pipeline.core.paths import StatePaths
from pipeline.engines.connect_token import TOKEN, make_token, own_address, remove_token, with_token

LOOPBACK = {"127.0.0.1", "::1", "::ffff:127.0.0.1"}


def listening(*pids: int) -> dict[int, str]:
    """Return the ports on which processes and their children listen, with the addresses."""
    found = {}
    for pid in pids:
        process = psutil.Process(pid)
        for each in (process, *process.children(recursive=True)):
            for connection in each.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    found[connection.laddr.port] = connection.laddr.ip
    return found


@pytest.mark.spark
def test_a_run_listens_on_this_machine_only(spark):
    from pyspark import SparkContext

    spark.range(10).repartition(2).count()
    java = SparkContext._gateway.proc.pid
    found = listening(os.getpid(), java)
    driver = int(spark.conf.get("spark.driver.port"))
    assert driver in found and len(found) >= 3
    assert set(found.values()) <= LOOPBACK, found
    assert spark.conf.get("spark.ui.enabled") == "false"


def test_the_dashboard_listens_on_this_machine_only():
    environment = {**os.environ, "EXPORTS_DIR": str(exports_root("short"))}
    environment.pop("STREAMLIT_SERVER_ADDRESS", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "dashboard", "--server.port=0"],
        cwd=runs.ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until = time.monotonic() + 60
        while not listening(process.pid):
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.2)
        assert set(listening(process.pid).values()) <= LOOPBACK
    finally:
        process.terminate()
        assert "listening on" not in process.communicate(timeout=20)[1]


def test_another_address_is_said_with_what_it_means():
    """Help ends before anything listens; the line is said all the same."""
    done = subprocess.run(
        [sys.executable, "-m", "dashboard", "--server.address", "0.0.0.0", "--help"],
        cwd=runs.ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert "0.0.0.0: whoever reaches it sees every customer" in done.stderr


def test_where_the_dashboard_would_listen(monkeypatch):
    monkeypatch.delenv("STREAMLIT_SERVER_ADDRESS", raising=False)
    assert address([]) == "127.0.0.1"
    assert address(["--server.address=10.0.0.1"]) == "10.0.0.1"
    assert address(["--server.port", "1", "--server.address", "::"]) == "::"
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    assert address([]) == "0.0.0.0"


@pytest.mark.spark
def test_what_a_run_writes_is_for_its_owner_only():
    """Everything below the state folder of a whole run, whatever wrote it."""
    state = runs.demo_run().state
    others = stat.S_IRWXG | stat.S_IRWXO
    open_to_others = [
        str(path.relative_to(state))
        for path in state.rglob("*")
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & others
    ]
    assert open_to_others == []


@pytest.fixture
def paths(tmp_path, monkeypatch) -> StatePaths:
    monkeypatch.delenv(TOKEN, raising=False)
    return StatePaths(tmp_path / "state").create()


def test_the_token_is_its_owners_and_goes_with_the_server(paths):
    token = make_token(paths)
    assert len(token) >= 32 and paths.token_file.read_text() == token
    assert stat.S_IMODE(paths.token_file.stat().st_mode) == 0o600
    assert make_token(paths) != token
    remove_token(paths)
    assert not paths.token_file.exists()


def test_the_token_goes_to_this_machine_only(paths, monkeypatch):
    away = "sc://warehouse.example:15002"
    make_token(paths)
    assert with_token(paths, away) == away and TOKEN not in os.environ
    assert with_token(paths, "sc://127.0.0.1.example:1") == "sc://127.0.0.1.example:1"
    assert TOKEN not in os.environ
    monkeypatch.setenv(TOKEN, "of the user's own")
    assert with_token(paths, "sc://127.0.0.1:15002") == "sc://localhost:15002"
    assert os.environ[TOKEN] == "of the user's own"


def test_the_server_s_own_machine_asks_without_tls_whatever_the_environment_says(
    paths, monkeypatch
):
    monkeypatch.setenv(TOKEN, "of the user's own")
    make_token(paths)
    address = own_address(paths, "127.0.0.1", 15002)
    assert address == "sc://127.0.0.1:15002/;authorization=Bearer%20of%20the%20user%27s%20own"
    # With it in the environment pyspark would want TLS.
    assert TOKEN not in os.environ


def test_a_server_without_a_token_is_joined_as_before(paths):
    assert with_token(paths, "sc://127.0.0.1:15002") == "sc://127.0.0.1:15002"


ASK = """
from pyspark.sql.connect.session import SparkSession
import sys
print(SparkSession.builder.remote(sys.argv[1]).create().range(3).count())
"""


@pytest.mark.spark
def test_the_warm_server_listens_here_and_asks_for_the_token(tmp_path):
    """Without the token Connect tells nothing; this project's commands come with it."""
    ports = [str(free_port()) for _ in range(2)]
    environment = {
        **os.environ,
        "STATE_DIR": str(tmp_path),
        "CONNECT_PORT": ports[0],
        "THRIFT_PORT": ports[1],
    }
    environment.pop(TOKEN, None)
    remote = f"sc://127.0.0.1:{ports[0]}"

    def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=runs.ROOT,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            timeout=300,
        )

    started = call("-m", "pipeline", "serve")
    assert started.returncode == 0, started.stderr
    try:
        token = (tmp_path / "connect.token").read_text()
        assert token not in started.stderr + started.stdout
        server = int((tmp_path / "server.ready").read_text())
        found = listening(server)
        assert {int(port) for port in ports} <= set(found)
        assert set(found.values()) <= LOOPBACK, found
        assert token not in command_lines(server)
        refused = call("-c", ASK, remote)
        assert refused.returncode and "UNAUTHENTICATED" in refused.stderr
        wrong = call("-c", ASK, remote.replace("127.0.0.1", "localhost"), **{TOKEN: "guessed"})
        assert wrong.returncode and wrong.stdout == ""
        asked = (
            "from pipeline.engines.session import get_session; "
            "print(get_session().range(3).count())"
        )
        ours = call("-c", asked, SPARK_REMOTE=remote)
        assert ours.stdout.strip() == "3", ours.stderr[-2000:]
        assert not [path for path in tmp_path.rglob("*.log") if token.encode() in path.read_bytes()]
    finally:
        assert call("-m", "pipeline", "stop").returncode == 0
    assert not (tmp_path / "connect.token").exists()


def command_lines(pid: int) -> str:
    """Return what every user of the machine can read of a process's children."""
    found = []
    for each in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.ZombieProcess, psutil.NoSuchProcess):
            found += each.cmdline()
    assert any("java" in part for part in found)
    return " ".join(found)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_the_lock_file_shows_no_id(tmp_path, monkeypatch):
    from pipeline.core.lock import StateLock

    monkeypatch.setattr(sys, "argv", ["pipeline", "forget", "17850"])
    lock = StateLock(tmp_path / "lock")
    lock.acquire()
    try:
        assert "17850" not in Path(tmp_path / "lock").read_text()
    finally:
        lock.release()
