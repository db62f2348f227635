"""How every command of the project ends: one line and an exit code."""

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from pipeline.core.errors import (
    InputError,
    UserError,
    error_chain,
    is_disk_full,
    is_java_gone,
    is_memory_exhausted,
)
from pipeline.core.log import is_verbose
from pipeline.core.paths import state
from pipeline.core.stopping import Stopped, StopSignals

__all__ = ["leave", "run_command"]

DEFECT = 1


def run_command(work: Callable[[], int | None]) -> int:
    """Do the work of a command and return its exit code.

    Parameters
    ----------
    work : callable
        Returns an exit code, or None for 0.

    Returns
    -------
    int
        0 done, 1 a defect, 2 bad input or configuration, 3 a gate failed,
        4 locked, 130 and 143 stopped by Ctrl-C and SIGTERM.
    """
    os.umask(0o077)
    # Another process warns of dbt's locks where a command ends in the middle of its work.
    sys.warnoptions.append("ignore:resource_tracker:UserWarning")
    signals = StopSignals()
    signals.listen()
    try:
        return work() or 0
    except (Exception, Stopped) as error:
        signals.ignore()
        if isinstance(error, Stopped) or signals.seen is not None:
            # Whatever error this is, it came of the stop.
            print(signals.message(), file=sys.stderr)
            return signals.exit_code
        return _failed(error)
    finally:
        signals.ignore()
        _end_spark()


def leave(code: int) -> NoReturn:
    """End the process with an exit code.

    What a command writes is whole by now. Python's own way out would wait for
    what Sail is still at work on, and to its server.
    """
    sail = sys.modules.get("pipeline.engines.sail")
    if sail is None or not sail.has_sail():
        sys.exit(code)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _failed(error: Exception) -> int:
    if isinstance(error, UserError):
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        return 0
    if is_memory_exhausted(error):
        return _memory_exhausted(error)
    return _disk_full(error) if is_disk_full(error) else _defect(error)


def _disk_full(error: Exception) -> int:
    print(
        f"error: the disk is full{_place(error)}; nothing is lost and the last export is "
        f"untouched; free some space, then run again{_details(error)}",
        file=sys.stderr,
    )
    return InputError.exit_code


def _memory_exhausted(error: Exception) -> int:
    first = " ".join(str(error).split())[:120]
    print(
        f"error: Sail needs more memory at once than it may use ({first} …); nothing is lost and "
        "the last export is untouched; give it more with SAIL_MEMORY, or set ENGINE=spark, which "
        f"writes to disk what does not fit{_details(error)}",
        file=sys.stderr,
    )
    return InputError.exit_code


def _defect(error: Exception) -> int:
    """Say in one line what went wrong and keep the rest in a file."""
    if is_verbose():
        traceback.print_exception(error)
    first = next((line for line in str(error).splitlines() if line.strip()), "")[:300]
    if is_java_gone(error):
        first = "the Java process ended under the command (killed, or out of memory); run it again"
    print(f"error: {type(error).__name__}: {first}{_details(error)}", file=sys.stderr)
    return DEFECT


def _details(error: Exception) -> str:
    """Keep the whole error in a file and return where, nothing if that can't be written."""
    log = state().logs / "error.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("".join(traceback.format_exception(error)))
    except OSError:
        return ""
    return f" (details: {log})"


def _place(error: Exception) -> str:
    named = next((one.filename for one in error_chain(error) if isinstance(one, OSError)), None)
    return f" ({named})" if named else f" (state folder {state().root})"


def _end_spark() -> None:
    """Let Java go at once: its tables are written, there is nothing to flush."""
    session = sys.modules.get("pipeline.engines.session")
    if session is not None:
        session.end_process_session()
