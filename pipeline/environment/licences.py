"""List the licence of every installed package that is locked: ``make licences``."""

import re
import sys
from importlib.metadata import PackageNotFoundError, files, metadata
from pathlib import Path
from typing import Any

__all__ = ["TARGET", "licence_of", "listed", "locked_names", "main"]

_ROOT = Path(__file__).resolve().parents[2]
LOCK = _ROOT / "requirements.lock"
TARGET = _ROOT / "LICENSES.md"
_LONGEST = 60
_HEAD = """\
# Licences of the packages

What `requirements.lock` installs, and the licence that each package names
itself. Written by `make licences`; a test compares it with what is installed.
Packages for other systems than the one it was written on are left out.

| package | licence |
|---|---|
"""


def main() -> int:
    """Write the list."""
    TARGET.write_text(listed())
    return 0


def listed() -> str:
    """Return the list as Markdown."""
    rows = [(name, licence_of(name)) for name in locked_names(LOCK.read_text())]
    return _HEAD + "".join(f"| {name} | {licence} |\n" for name, licence in rows if licence)


def locked_names(lock: str) -> list[str]:
    """Return the names of the packages that a lock file holds, sorted."""
    return sorted(set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", lock, re.MULTILINE)))


def licence_of(name: str) -> str | None:
    """Return the licence that an installed package names; None where it is not installed."""
    try:
        found: Any = metadata(name)
    except PackageNotFoundError:
        return None
    if found.get("License-Expression"):
        return found["License-Expression"]
    classifiers = [
        each.rpartition(" :: ")[2]
        for each in found.get_all("Classifier") or []
        if each.startswith("License :: ") and each != "License :: OSI Approved"
    ]
    if classifiers:
        return "; ".join(sorted(classifiers))
    text = " ".join((found.get("License") or "").split())
    if text and len(text) <= _LONGEST:
        return text
    if text:
        # Some put the whole text there; its first words name it.
        return text[:_LONGEST].rpartition(" ")[0] + " …"
    return _title_of_file(name) or "not named"


def _title_of_file(name: str) -> str | None:
    """Return the first line of the licence that a package brings as a file."""
    for file in files(name) or []:
        if file.name.upper().startswith(("LICENSE", "LICENCE")):
            lines = file.read_text().splitlines()
            return next((line.strip()[:_LONGEST] for line in lines if line.strip()), None)
    return None


if __name__ == "__main__":
    sys.exit(main())
