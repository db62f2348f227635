"""How every command of the project ends: one line and an exit code."""

import os
import signal
import sys
import traceback
from collections.abc import Callable

from pipeline.errors import UserError
from pipeline.log import is_verbose
from pipeline.paths import state

__all__ = ["run_command"]

DEFECT, INTERRUPTED, TERMINATED = 1, 130, 143


class _Terminated(BaseException):
    """SIGTERM arrived."""


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
    signal.signal(signal.SIGTERM, _on_terminate)
    try:
        return work() or 0
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("stopped by Ctrl-C; the last export is untouched", file=sys.stderr)
        return INTERRUPTED
    except _Terminated:
        print("stopped by SIGTERM; the last export is untouched", file=sys.stderr)
        return TERMINATED
    except BrokenPipeError:
        return 0
    except Exception as error:
        return _defect(error)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        _end_spark()


def _on_terminate(*_: object) -> None:
    raise _Terminated


def _defect(error: Exception) -> int:
    """Say in one line what went wrong and keep the rest in a file."""
    log = state().logs / "error.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(traceback.format_exception(error)))
    if is_verbose():
        traceback.print_exception(error)
    first = next((line for line in str(error).splitlines() if line.strip()), "")[:300]
    if _java_is_gone(error):
        first = "the Java process ended under the command (killed, or out of memory); run it again"
    print(f"error: {type(error).__name__}: {first} (details: {log})", file=sys.stderr)
    return DEFECT


def _java_is_gone(error: BaseException | None) -> bool:
    while error is not None:
        if type(error).__name__ in {"Py4JNetworkError", "ConnectionRefusedError"}:
            return True
        error = error.__cause__ or error.__context__
    return False


def _end_spark() -> None:
    """Let Java go at once: its tables are written, there is nothing to flush."""
    session = sys.modules.get("pipeline.session")
    if session is not None:
        session.end_process_session()
