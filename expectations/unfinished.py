"""Great Expectations writes its files in place, so a killed gate's are made anew."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from expectations.context import forget_context
from pipeline.core.paths import state

__all__ = ["marked_unfinished"]


@contextmanager
def marked_unfinished() -> Iterator[None]:
    """Leave a mark for as long as files are written, and begin anew where one was left.

    A file cut short would fail every later gate. All that the ``gx`` folder
    holds is made from the suites again; the results of gates lie elsewhere.
    """
    folder = state().root / "gx"
    mark = folder.with_name("gx.unfinished")
    if mark.exists():
        shutil.rmtree(folder, ignore_errors=True)
        forget_context()
    mark.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark.touch(mode=0o600)
    yield
    mark.unlink()
