"""Fit in a process of its own: one process speaks either to Sail or to Java.

The process starts with the run and waits, its Spark warm, until the marts are
there. It reads them from their folders, writes what it found as files, and goes
when the command that started it does, however that ends.
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import threading
import traceback
from contextlib import suppress
from dataclasses import asdict

from ml.train_report import Fitted
from pipeline.core.errors import InputError, UserError, is_disk_full, is_java_gone
from pipeline.core.lock import FITTING, StateLock
from pipeline.core.log import is_verbose, set_verbose
from pipeline.core.paths import project_root, state
from pipeline.engines.java import use_java

__all__ = ["Fitting"]

_CONNECT = ("SPARK_REMOTE", "SPARK_LOCAL_REMOTE", "SPARK_CONNECT_MODE_ENABLED")


class Fitting:
    """The process beside a run, as the run sees it.

    Parameters
    ----------
    lock : StateLock
        The run's, in which the process is named for a successor to await.

    Raises
    ------
    InputError
        If there is no usable Java.
    """

    def __init__(self, lock: StateLock) -> None:
        # What is missing is said now, and not when the marts are there.
        use_java(state().root / "java")
        root = str(project_root())
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        verbose = ["--verbose"] if is_verbose() else []
        # pyspark leaves word of the run's own session where its children would follow it.
        own = {name: value for name, value in os.environ.items() if name not in _CONNECT}
        self._process = subprocess.Popen(
            [sys.executable, "-m", FITTING, *verbose],
            env={**own, "ENGINE": "spark", "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._to, self._from = self._process.stdin, self._process.stdout
        lock.name_jvm(self._process.pid)

    def __enter__(self) -> "Fitting":
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process, at work or not."""
        self.end()

    def end(self) -> None:
        """End the process; nothing happens if it has ended."""
        # It kills its Java when nothing holds the other end of its input.
        with suppress(BrokenPipeError):
            self._to.close()
        self._process.wait()
        self._from.close()
        shutil.rmtree(state().fit_tmp, ignore_errors=True)

    def fit(self, run_id: str) -> Fitted:
        """Have ``ml.train.fit`` work on the marts as they are now, and end the process.

        Parameters
        ----------
        run_id : str
            Partition that is written.

        Returns
        -------
        Fitted

        Raises
        ------
        InputError
            As ``fit`` does.
        OSError
            If the disk is full.
        ConnectionError
            If the process ended under it.
        """
        with suppress(BrokenPipeError):
            print(json.dumps({"run_id": run_id}), file=self._to, flush=True)
        answer = json.loads(self._from.readline() or '{"is_gone": true}')
        self.end()
        if "fitted" in answer:
            return Fitted(**answer["fitted"])
        if "bad_input" in answer:
            raise InputError(answer["bad_input"])
        if "disk_full" in answer:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), answer["disk_full"])
        if "defect" in answer:
            raise RuntimeError(answer["defect"])
        raise ConnectionError("the process that fits, or its Java, is gone")


def main() -> int:
    """Wait for a run to fit, fit it and say so."""
    import signal

    # The run hears them and ends this process.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    set_verbose("--verbose" in sys.argv)
    os.umask(0o077)
    # Spark's own words must not get between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked: list[str] = []
    has_come = threading.Event()
    threading.Thread(target=_listen, args=(asked, has_come), daemon=True).start()
    try:
        answer = _answer(asked, has_come)
    except UserError as error:
        answer = {"bad_input": str(error)}
    except Exception as error:
        first = next(filter(None, str(error).splitlines()), "")
        answer = {"defect": f"{type(error).__name__}: {first}\n{traceback.format_exc()}"}
        if is_disk_full(error):
            answer = {"disk_full": str(state().root)}
        elif is_java_gone(error):
            answer = {"is_gone": True}
    print(json.dumps(answer), file=answers, flush=True)
    has_come.wait()
    _end()
    return 0


def _answer(asked: list[str], has_come: threading.Event) -> dict:
    from ml.marts import MARTS
    from ml.settings import Settings
    from ml.train import fit
    from pipeline.engines.session import get_fitting_session
    from pipeline.store.catalog import register_built, register_declared

    spark = get_fitting_session()
    register_declared(spark)
    has_come.wait()
    register_built(spark, MARTS)
    run_id = json.loads(asked[0])["run_id"]
    return {"fitted": asdict(fit(spark, Settings.from_project(), run_id))}


def _listen(asked: list[str], has_come: threading.Event) -> None:
    """Take what is asked, and end with whoever asks."""
    for line in sys.stdin:
        asked.append(line)
        has_come.set()
    _end()


def _end() -> None:
    session = sys.modules.get("pipeline.engines.session")
    if session is not None:
        session.end_process_session()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
