"""The console can be asked anything: nothing else is seen, and everything ends."""

import os
import re
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import psutil
import pytest
from console_statements import BOMBS, BORNE, ESCAPES
from dashboard_support import PROJECT, connection, export

from dashboard import console as consoles
from dashboard import console_worker, settings
from dashboard.console import Console, Refused
from dashboard.console_rules import names
from dashboard.database import execute
from dashboard.exports import table_names

SENTENCES = re.compile(
    r"Stopped after 1 second: narrow the question down\.|This needs more memory than the console "
    r"has: narrow the question down\.|This is nested too deeply: take it apart\.|These are more "
    r"than 200 columns: name those you need\.|This was more than DuckDB could bear: .*\."
)
SLACK_SECONDS = 2.5
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="Linux has /proc and Landlock")


@pytest.fixture(scope="module")
def folder() -> Path:
    return export("full").folder


@pytest.fixture(scope="module")
def console():
    """Yield a console that gives a statement one second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "CONSOLE_SECONDS", 1)
        patch.setenv("SEGMENTATION_PSEUDONYM_KEY", "a secret of the server")
        opened = Console(export("full"), connection("full"))
        yield opened
        opened.close()


def state(console: Console, folder: Path) -> dict:
    """Return everything that a statement might have changed."""
    files = {p.name: (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.rglob("*")}
    counts = [
        console.run(f"select count(*) as n, sum(hash(t)::varchar::double) as h from {name} as t")
        for name in ("orders", "customer_segments", "moves", "snapshot_totals", "snapshots")
    ]
    return {
        "files": files,
        "beside": sorted(p.name for p in folder.parent.iterdir()),
        "written": Path("/tmp/console_was_here").exists(),
        "columns": console.run("from (describe customer_segments)").frame.to_dict(),
        "counts": [answer.frame.to_dict() for answer in counts],
        "time zone": str(console.run("select now() as n").frame["n"].dt.tz),
    }


def running(console: Console) -> psutil.Process:
    """Return the process of the statement that runs now."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        if children := psutil.Process(console.process.pid).children():
            return children[0]
        time.sleep(0.01)
    raise AssertionError("no statement is running")


def ends(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_statements_are_different_and_many():
    assert len(set(ESCAPES)) == len(ESCAPES) >= 280
    assert len(set(BOMBS.values())) == len(BOMBS) >= 40


def test_nothing_but_the_export_is_seen_and_nothing_changes(console, folder):
    before = state(console, folder)
    ran, shown = [], []
    for sql in ESCAPES:
        try:
            answer = console.run(sql.replace("{folder}", str(folder)))
        except Refused as reason:
            text = str(reason)
            assert text.strip() and not SENTENCES.fullmatch(text)
            if str(folder.parent) in text or "root:" in text or "Traceback" in text:
                shown.append((sql, text))
        else:
            ran.append((sql, answer.frame.head(1).to_dict()))
    assert ran == []
    assert shown == []
    assert state(console, folder) == before


def test_what_a_session_tells_of_itself_is_not_the_server_s(console):
    sql = (
        "select current_user, session_user, user, current_schema, current_role, txid_current() > 0"
    )
    assert console.run(sql).frame.iloc[0].tolist() == ["duckdb"] * 3 + ["main", "duckdb", True]


def test_no_function_that_may_be_called_shows_a_setting_or_a_catalogue(folder, monkeypatch):
    """Every function of this DuckDB, given the texts that would make it tell."""
    monkeypatch.chdir(folder)
    con = console_worker._opened(plain(folder))
    known = names(con)
    assert {
        "current_setting",
        "json_serialize_plan",
        "pg_get_viewdef",
        "getvariable",
    } <= known.hidden
    secret = con.execute("select current_setting('allowed_paths')").fetchone()[0][0]
    assert secret.startswith(str(folder))
    rows = con.execute(
        """
        select distinct lower(function_name) from duckdb_functions()
        where function_type in ('scalar', 'macro', 'aggregate') and function_name ~ '\\w+'
        """
    ).fetchall()
    texts = ["allowed_paths", "from duckdb_settings()", "select current_setting('allowed_paths')"]
    tried, told = 0, []
    for (name,) in sorted(rows):
        if name in known.hidden or name in ("error", "sleep_ms"):
            continue
        console_worker.judge(con, f'select "{name}"()', known)
        for text in texts:
            quoted = "'" + text.replace("'", "''") + "'"
            for arguments in (quoted, f"{quoted}, {quoted}", f"[{quoted}]"):
                sql = f'select "{name}"({arguments}) as told'
                try:
                    answer = str(con.execute(sql).fetchall())
                except (duckdb.Error, UnicodeDecodeError, ValueError) as error:
                    answer = str(error)
                tried += 1
                if str(folder) in answer or "CREATE VIEW" in answer:
                    told.append(sql)
    con.close()
    assert tried > 4000
    assert told == []


def plain(folder: Path) -> dict:
    """Return what a worker is told that opens the parquet files and nothing more."""
    files = [f"{name}.parquet" for name in table_names()]
    views = [f"create view {file.removesuffix('.parquet')} as from '{file}'" for file in files]
    return {"prepare": views, "files": files, "limits": {"duckdb": "256MB"}}


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_text('/etc/passwd')",
        "select * from read_text('manifest.json')",
        "select * from 'https://example.com/x.parquet'",
        "select * from read_parquet('/etc/x.parquet')",
        "copy (select 1) to '/tmp/console_was_here.csv'",
        "copy (select 1) to 'orders.parquet'",
        "attach '/tmp/x.duckdb' as x",
        "install httpfs",
        "load httpfs",
        "set lock_configuration = false",
        "set enable_external_access = true",
        "create table stolen as select 1",
        "drop view orders",
        "select * from frame",
    ],
)
def test_duckdb_s_lock_holds_without_the_rules(folder, monkeypatch, sql):
    """The second wall: what the connection itself refuses, were a statement let through."""
    frame = [1]  # noqa: F841 - a name that SQL could reach as a Python object
    monkeypatch.chdir(folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    con = console_worker._opened(plain(folder))
    con.execute("begin transaction read only")
    with pytest.raises(duckdb.Error):
        con.execute(sql).fetchall()
    con.close()
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    assert not Path("/tmp/console_was_here.csv").exists()


CONFINED = """
import os, socket, sys
from pathlib import Path
from dashboard.console_worker import confine

listening = socket.create_server(("127.0.0.1", 0))
assert confine(Path()), "this kernel has no Landlock"
assert Path("orders.parquet").read_bytes()[:4] == b"PAR1"

def refused(what):
    try:
        what()
    except PermissionError:
        return True
    return False

print(refused(lambda: open("/etc/passwd")), refused(lambda: open("/proc/self/environ")),
    refused(lambda: os.listdir("/")), refused(lambda: open("new", "w")),
    refused(lambda: os.unlink("orders.parquet")), refused(lambda: os.execv("/bin/true", ["true"])),
    refused(lambda: socket.socket().connect(listening.getsockname())))
"""


@LINUX
def test_the_kernel_holds_without_duckdb_s_lock(folder):
    """The third wall: what any code in the process is refused, were DuckDB broken out of."""
    done = subprocess.run(
        [sys.executable, "-c", CONFINED],
        cwd=folder,
        env={"PYTHONPATH": str(PROJECT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if "no Landlock" in done.stderr:
        pytest.skip("this kernel has no Landlock")
    files, connected = done.stdout.split()[:-1], done.stdout.split()[-1]
    assert files == ["True"] * 6, done.stderr
    release = tuple(int(part) for part in re.findall(r"\d+", os.uname().release)[:2])
    assert connected == str(release >= (6, 7))


@LINUX
def test_the_process_holds_no_secret_and_the_kernel_bounds_it(console):
    thread = threading.Thread(target=refusal, args=(console, "select sleep_ms(60000)"))
    thread.start()
    child = running(console)
    # The limits are set as the first thing after the fork.
    until = time.monotonic() + 5
    while child.rlimit(psutil.RLIMIT_CORE) != (0, 0) and time.monotonic() < until:
        time.sleep(0.01)
    most = settings.CONSOLE_MEMORY_BYTES
    assert child.rlimit(psutil.RLIMIT_AS) == (most, most)
    assert child.rlimit(psutil.RLIMIT_CPU) == (2, 2)
    assert child.rlimit(psutil.RLIMIT_NPROC) == (0, 0)
    assert child.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
    assert child.num_threads() == 1
    for process in (child, psutil.Process(console.process.pid)):
        assert process.environ() == {}
        status = Path(f"/proc/{process.pid}/status").read_text()
        assert re.search(r"NoNewPrivs:\s+1", status)
        assert Path(f"/proc/{process.pid}/oom_score_adj").read_text().strip() == "1000"
    thread.join()


def refusal(console: Console, sql: str) -> str:
    with pytest.raises(Refused) as refused:
        console.run(sql)
    return str(refused.value)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_ends_in_time_and_memory_with_a_sentence(console, name):
    own = psutil.Process().memory_info().rss
    started = time.monotonic()
    message = refusal(console, BOMBS[name])
    assert time.monotonic() - started < 1 + SLACK_SECONDS
    assert SENTENCES.fullmatch(message)
    assert 0 < console.peak_bytes <= settings.CONSOLE_MEMORY_BYTES
    assert psutil.Process().memory_info().rss - own < 32 * 2**20
    started = time.monotonic()
    assert console.run("select 6 * 7 as n").frame["n"][0] == 42
    assert time.monotonic() - started < SLACK_SECONDS


def test_what_has_an_answer_within_the_limits_is_answered():
    patient = Console(export("full"), connection("full"))
    try:
        for sql in BORNE:
            assert len(patient.run(sql).frame)
    finally:
        patient.close()


def test_an_answer_is_bounded_in_bytes_rows_and_cells(console):
    answer = console.run("select repeat('é', 3000) as a, n from range(5000) as t(n)")
    sizes = answer.frame["a"].map(lambda text: len(text.encode()))
    assert sizes.max() == 2 * settings.CONSOLE_CELL
    assert settings.CONSOLE_BYTES * 0.9 < sizes.sum() <= settings.CONSOLE_BYTES
    assert answer.is_cut and answer.frame["n"].tolist() == list(range(len(answer.frame)))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x80\x04\x95",
        b"[]",
        b"{}",
        b'{"columns": [["a", "whole"]], "is_cut": false, "rows": [[1, 2]]}',
        b'{"columns": [["a", "whole"]], "is_cut": false, "rows": [["x"]]}',
        b'{"columns": [["a", "whole"]], "is_cut": false, "rows": [[1]]',
        b'{"columns": 1, "is_cut": false, "rows": []}',
        b'{"rows": ' + b"[" * 100_000,
    ],
)
def test_what_comes_from_the_process_is_not_trusted(content):
    with pytest.raises(Refused, match="more than DuckDB could bear"):
        consoles._answer(content, 0.1)


def test_several_at_once_get_their_turn_or_a_clear_message(console):
    """Five ask for too much: each waits its turn, or is told; pages go on meanwhile."""
    found: list[tuple[float, str]] = []

    def ask() -> None:
        started = time.monotonic()
        message = refusal(console, "select sleep_ms(60000)")
        found.append((time.monotonic() - started, message))

    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    slowest = 0.0
    while any(thread.is_alive() for thread in threads):
        started = time.monotonic()
        assert len(execute(connection("full"), "filters/segments"))
        slowest = max(slowest, time.monotonic() - started)
        time.sleep(0.05)
    assert slowest < SLACK_SECONDS
    messages = [message for _, message in found]
    stopped = messages.count("Stopped after 1 second: narrow the question down.")
    waited = messages.count("Another statement is still running: try again in a moment.")
    assert stopped + waited == 5 and stopped >= 2 and waited >= 1
    assert max(seconds for seconds, _ in found) < 3 + 1 + SLACK_SECONDS
    assert console.run("select 1 as n").frame["n"][0] == 1


def test_a_process_that_was_killed_is_replaced(console):
    os.kill(console.process.pid, signal.SIGKILL)
    console.process.wait()
    assert console.run("select count(*) as n from moves").frame["n"][0] > 0
    thread = threading.Timer(0.3, lambda: os.kill(console.process.pid, signal.SIGKILL))
    thread.start()
    message = refusal(console, "select sleep_ms(60000)")
    assert message == "The console had to start again: run the statement once more."
    assert console.run("select 1 as n").frame["n"][0] == 1


SERVER = """
import sys, threading, time
sys.path[:0] = [{project!r}]
from pathlib import Path
from dashboard.console import Console
from dashboard.database import open_export
from dashboard.exports import read_manifest

export = read_manifest(Path({folder!r}))
console = Console(export, open_export(export))
threading.Thread(target=console.run, args=("select sleep_ms(60000)",), daemon=True).start()
time.sleep(0.5)
print(console.process.pid, flush=True)
time.sleep(60)
"""


def test_the_process_and_its_statement_end_with_the_server(folder):
    code = SERVER.format(project=str(PROJECT), folder=str(folder))
    server = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    worker = int(server.stdout.readline())
    (statement,) = psutil.Process(worker).children()
    server.kill()
    server.communicate()
    assert ends(worker, 10) and ends(statement.pid, 10)


def test_a_statement_ends_by_itself_where_nothing_is_left_to_kill_it(console):
    thread = threading.Thread(
        target=refusal, args=(console, "select count(*) from range(100000000000)")
    )
    thread.start()
    child = running(console)
    os.kill(console.process.pid, signal.SIGKILL)
    thread.join()
    # Two seconds of CPU time may be many on a busy machine.
    assert ends(child.pid, 60)
    assert console.run("select 1 as n").frame["n"][0] == 1


def test_the_server_writes_no_core_and_keeps_its_own_limits(console):
    """The limits are the statement's: nothing of them reaches the server."""
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != settings.CONSOLE_MEMORY_BYTES
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0
