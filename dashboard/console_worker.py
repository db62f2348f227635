"""The console's process: it holds one export, and runs each statement in a child of its own.

`console` starts this file by itself, with an empty environment, in the export's folder. It opens
the tables, shuts everything else, and then forks for each statement that comes in on its
standard input, so that every statement meets the same untouched tables and a killed one costs
nothing. Nothing typed runs in this process: it waits for the child, at most so long and for
at most so many bytes, kills it, and passes on what came. It ends when its input does.
"""

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
import traceback
from pathlib import Path
from typing import Any, NoReturn

import duckdb

# The process starts isolated: neither this folder nor the working directory is on its path.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from dashboard.console_rules import Names, Refused, judge, names

_WHOLE = {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
    "UBIGINT", "UHUGEINT",
}  # fmt: skip
_ROWS_AT_ONCE = 64
_SYNTAX_DEPTH = 10_000
_SMALLER = "This needs more memory than the console has: narrow the question down."
_NESTED = "This is nested too deeply: take it apart."


def main() -> None:
    """Open the export that the first line of the input describes, then answer statements."""
    start = json.loads(sys.stdin.buffer.readline())
    limits = start["limits"]
    if sys.platform == "linux":
        # Where the machine runs out of memory, a statement goes before the server does.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    con = _opened(start)
    known = names(con)
    # A sum of some hundred terms is a syntax tree of some thousand levels.
    sys.setrecursionlimit(_SYNTAX_DEPTH)
    confine(Path())
    _send({"tables": _tables(con)}, b"")
    while line := sys.stdin.buffer.readline():
        _send(*_supervise(con, known, json.loads(line), limits))


def _opened(start: dict[str, Any]) -> duckdb.DuckDBPyConnection:
    """Return a connection to the export's tables that can open nothing else."""
    # Without threads of its own the process can be forked at any time.
    config = {"threads": 1, "async_threads": 0, "memory_limit": start["limits"]["duckdb"]}
    con = duckdb.connect(config={**config, "temp_directory": ""})
    for statement in start["prepare"]:
        con.execute(statement)
    for setting in (
        "set global timezone = 'UTC'",
        f"set allowed_paths = {start['files']}",
        "set python_enable_replacements = false",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        "set allow_community_extensions = false",
        "set allow_persistent_secrets = false",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        con.execute(setting)
    return con


def _tables(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[str, str]]]:
    """Return the columns and types of every table."""
    rows = con.execute(
        """
        select table_name, column_name, lower(data_type) from duckdb_columns()
        where not internal order by table_name, column_index
        """
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for table, column, kind in rows.fetchall():
        found.setdefault(table, []).append((column, kind))
    return found


def confine(folder: Path) -> bool:
    """Let this process and its children open nothing but ``folder``, for reading.

    Linux's Landlock needs no privilege and can't be undone; on 6.7 and later it ends
    connections over TCP as well, and on 6.12 signals to other processes.

    Parameters
    ----------
    folder : Path
        Files and folders beneath it stay readable.

    Returns
    -------
    bool
        False where the system has no Landlock.

    Raises
    ------
    OSError
        If the folder can't be opened, or Landlock is there and refuses a step: the process is not
        confined then.
    """
    if sys.platform != "linux":
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    create, add, restrict = 444, 445, 446  # The same numbers on every architecture.
    version = libc.syscall(create, None, ctypes.c_size_t(0), 1)
    if version < 1:
        return False
    # Kernels know more rights from version to version: all of them are taken away.
    rights = (1 << {1: 13, 2: 14, 3: 15, 4: 15}.get(version, 16)) - 1
    taken = (ctypes.c_uint64 * 3)(rights, 0b11 if version >= 4 else 0, 0b11 if version >= 6 else 0)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(create, taken, ctypes.c_size_t(size), 0)
    opened = os.open(folder, os.O_RDONLY)
    read_file, read_folder = 1 << 2, 1 << 3
    given = (read_file | read_folder).to_bytes(8, sys.byteorder)
    beneath = given + opened.to_bytes(4, sys.byteorder)
    set_no_new_privileges = 38
    done = [
        rules >= 0,
        libc.syscall(add, rules, 1, beneath, 0) == 0,
        libc.prctl(set_no_new_privileges, 1, 0, 0, 0) == 0,
        libc.syscall(restrict, rules, 0) == 0,
    ]
    if not all(done):
        raise OSError(ctypes.get_errno(), "Landlock did not close")
    os.close(opened)
    os.close(rules)
    return True


def _send(head: dict[str, Any], content: bytes) -> None:
    head["size"] = len(content)
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + content)
    sys.stdout.buffer.flush()


def _supervise(
    con: duckdb.DuckDBPyConnection, known: Names, sql: str, limits: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """Return what a child made of a statement: how it ended, and its words."""
    started = time.monotonic()
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _answer_and_end(con, known, sql, limits, writer)
    os.close(writer)
    content, is_late = bytearray(), False
    while len(content) <= 2 * limits["bytes"]:
        left = started + limits["seconds"] - time.monotonic()
        ready, _, _ = select.select([reader, sys.stdin], [], [], max(left, 0))
        is_late = not ready
        # Input can only be its end here, as the next statement waits for this one's answer.
        if reader not in ready or not (part := os.read(reader, 65536)):
            break
        content += part
    os.kill(child, signal.SIGKILL)
    os.close(reader)
    _, _, used = os.wait4(child, 0)
    unit = 1 if sys.platform == "darwin" else 1024
    head = {
        "is_late": is_late,
        "seconds": time.monotonic() - started,
        "peak_bytes": used.ru_maxrss * unit,
    }
    return head, bytes(content)


def _limit(limits: dict[str, Any]) -> None:
    """Bound what this process may take, in the kernel."""
    for name, most in (
        (resource.RLIMIT_AS, limits["memory"]),
        (resource.RLIMIT_CPU, int(limits["seconds"]) + 1),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(name)
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        # macOS knows no limit of the address space.
        refused = (ValueError, OSError) if sys.platform == "darwin" else ()
        with contextlib.suppress(*refused):
            resource.setrlimit(name, (bound, bound))
    os.nice(10)


def _answer_and_end(
    con: duckdb.DuckDBPyConnection, known: Names, sql: str, limits: dict[str, Any], writer: int
) -> NoReturn:
    """Run a statement in this process, write its answer and end."""
    try:
        _limit(limits)
        os.close(sys.stdin.fileno())
        os.close(sys.stdout.fileno())
        try:
            answer = _answer(con, known, sql, limits)
        except Refused as error:
            answer = _json({"refused": str(error)})
        except (MemoryError, duckdb.OutOfMemoryException):
            answer = _json({"refused": _SMALLER})
        except RecursionError:
            answer = _json({"refused": _NESTED})
        except duckdb.Error as error:
            reason = str(error).strip()[:1200]
            answer = _json({"refused": _NESTED if "expression depth" in reason else reason})
        with open(writer, "wb") as stream:
            stream.write(answer)
    except BaseException:
        traceback.print_exc()
    finally:
        # Nothing of the parent's is flushed or closed a second time.
        os._exit(0)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _answer(
    con: duckdb.DuckDBPyConnection, known: Names, sql: str, limits: dict[str, Any]
) -> bytes:
    """Return what a statement gives as JSON: columns with their kinds, and rows."""
    text = judge(con, sql, known)
    con.execute("begin transaction read only")
    # The line break ends a comment at the end of the typed text.
    typed = f"select * from (\n{text}\n) limit {limits['rows'] + 1}"
    described = con.execute(f"describe {typed}").fetchall()
    if len(described) > limits["columns"]:
        raise Refused(f"These are more than {limits['columns']} columns: name those you need.")
    columns = [(name, _kind(type_name)) for name, type_name, *_ in described]
    listed = ", ".join(_cell(*column, limits["cell"]) for column in columns)
    con.execute(f"select {listed} from ({typed})")
    rows: list[bytes] = []
    size, is_cut = 0, False
    while not is_cut and (batch := con.fetchmany(_ROWS_AT_ONCE)):
        for row in batch:
            line = _json(row)
            size += len(line) + 1
            if is_cut := len(rows) == limits["rows"] or size > limits["bytes"]:
                break
            rows.append(line)
    head = _json({"columns": columns, "is_cut": is_cut})
    return head[:-1] + b', "rows": [' + b",".join(rows) + b"]}"


def _kind(type_name: str) -> str:
    if type_name in _WHOLE:
        return "whole"
    if type_name in ("FLOAT", "DOUBLE") or (
        type_name.startswith("DECIMAL(") and type_name.endswith(")")
    ):
        return "decimal"
    if type_name in ("BOOLEAN", "DATE"):
        return type_name.lower()
    return "moment" if type_name.startswith("TIMESTAMP") and type_name[-1] != "]" else "text"


def _cell(name: str, kind: str, most: int) -> str:
    """Return a column of the answer as JSON can hold it, no cell larger than a page of text."""
    quoted = '"' + name.replace('"', '""') + '"'
    if kind in ("whole", "boolean"):
        return quoted
    shown = f"{quoted}::double" if kind == "decimal" else f"left({quoted}::varchar, {most})"
    return f"{shown} as {quoted}"


if __name__ == "__main__":
    try:
        main()
    except BrokenPipeError:
        # The server is gone; flushing what is left would fail once more.
        os._exit(0)
