"""Segments that people saved by name: one small file beside the exports, shared by all sessions.

It is state of the dashboard and no part of an export, so that a new export leaves it alone. It is
read whole, changed under a lock and written whole, so that neither two sessions nor a power cut
leave half of it.
"""

import fcntl
import json
import os
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from dashboard.conditions import Built, Unfit, read, write
from dashboard.exports import exports_root
from dashboard.settings import SAVED_BYTES, SAVED_NAME, SAVED_VIEWS

__all__ = ["SavedProblem", "delete", "load", "place", "save"]

FILE = "saved_views.json"
_VERSION = 1


class SavedProblem(Exception):
    """Views that cannot be read or saved; the message says why and what to do, as a sentence."""


def place() -> Path:
    """Return where the views are: among the exports, or beside the one that stands alone."""
    root = exports_root()
    return (root.parent if (root / "manifest.json").is_file() else root) / FILE


def load() -> dict[str, str]:
    """Return the text of each view's conditions by its name, in the order of the names.

    A view that no longer reads is still named: `dashboard.conditions.read` says what is wrong.

    Raises
    ------
    SavedProblem
        Where the file is there and is none of saved views.
    """
    path = place()
    try:
        with path.open("rb") as stream:
            content = stream.read(SAVED_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SavedProblem(f"The saved views cannot be read ({error.strerror}).") from None
    try:
        if len(content) > SAVED_BYTES:
            raise ValueError("too large")
        found = json.loads(content)
        if found["version"] != _VERSION:
            raise ValueError("another version")
        views = {str(name): json.dumps(part) for name, part in found["views"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise SavedProblem(
            f"The saved views cannot be read: {FILE} beside the exports is damaged. Fix it or "
            "move it away; until then nothing is saved."
        ) from None
    return dict(sorted(views.items(), key=lambda view: view[0].casefold()))


def save(name: str, built: Built) -> str:
    """Save a segment under a name, in place of an earlier one of that name.

    Returns
    -------
    str
        The name as it was saved: without spaces around it.

    Raises
    ------
    SavedProblem
        Where the name or the number of views is refused, or the file cannot be written.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not name or len(name) > SAVED_NAME or not name.isprintable():
        raise SavedProblem(f"A name has 1 to {SAVED_NAME} characters, in one line.")
    try:
        read(write(built))
    except Unfit as problem:
        raise SavedProblem(f"This is not saved: {problem}.") from None

    def add(views: dict[str, str]) -> None:
        if name not in views and len(views) >= SAVED_VIEWS:
            raise SavedProblem(f"There are {SAVED_VIEWS} views already: delete one first.")
        views[name] = write(built)

    _change(add)
    return name


def delete(name: str) -> None:
    """Delete a view; one that is not there is no fault.

    Raises
    ------
    SavedProblem
        Where the file cannot be written.
    """
    _change(lambda views: views.pop(name, None))


def _change(change: Callable[[dict[str, str]], object]) -> None:
    path = place()
    try:
        with path.with_name(f".{FILE}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            views = load()
            change(views)
            kept = {name: json.loads(text) for name, text in views.items()}
            content = {"version": _VERSION, "views": kept}
            text = json.dumps(content, ensure_ascii=False, indent=1).encode()
            if len(text) > SAVED_BYTES:
                raise SavedProblem("The saved views would be too large: delete one first.")
            _replace(path, text)
    except OSError as error:
        raise SavedProblem(f"This is not saved ({error.strerror}).") from None


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole, or leave the one before."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{FILE}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
