"""What ``DATA`` names: one file, a folder or a glob."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError

__all__ = ["InputFile", "find_files", "kind_of", "shown"]

_GLOB_SIGNS = frozenset("*?[")
_MAGIC = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xlsx"),
    (b"PK\x05\x06", "zip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"%PDF", "pdf"),
    (b"ORC", "orc"),
    (b"Obj\x01", "avro"),
)
_SUFFIXES = {
    "csv": (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz", ".txt.gz"),
    "parquet": (".parquet",),
    "xlsx": (".xlsx", ".xlsm", ".xls"),
}


@dataclass(frozen=True)
class InputFile:
    """A file to land.

    Attributes
    ----------
    path : Path
        Where it is.
    name : str
        Its path below what ``DATA`` names, with ``/`` between folders.
    """

    path: Path
    name: str


def shown(text: object, most: int = 500) -> str:
    """Return a path or a cell's text as it can stand inside one line.

    Parameters
    ----------
    text : object
        Anything; characters that do not print are escaped.
    most : int
        Characters after which it is cut.
    """
    text = str(text)
    cut = text if len(text) <= most else text[:most] + "…"
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in cut)


def find_files(data: str, file_format: str) -> tuple[list[InputFile], list[str]]:
    """Return the files that ``DATA`` names, sorted by name.

    Parameters
    ----------
    data : str
        Path of a file, of a folder (searched with its sub-folders), or a glob.
    file_format : str
        Format of the source config. In a folder only files with that format's
        endings are taken (``auto``: any of them); a file that is named, also
        by a glob, is taken whatever its ending.

    Returns
    -------
    files : list of InputFile
    warnings : list of str
        Files of a folder that were left out.

    Raises
    ------
    InputError
        If nothing is there, or something that is not a regular file.
    """
    text = str(data).strip()
    if not text or "\0" in text:
        raise InputError("DATA is empty; expected a file, a folder or a glob")
    if "://" in text:
        raise InputError(
            f"{shown(text)}: expected a path on this machine; lines in a database are read with "
            "`format: query` in a CONFIG, and a Spark table with `format: table`"
        )
    path = Path(text).expanduser()
    if not os.path.lexists(path) and _GLOB_SIGNS & set(text):
        return _sorted(_matches(path)), []
    mode = _mode(path)
    if stat.S_ISDIR(mode):
        return _in_folder(path, file_format)
    _require_regular(path, mode)
    return _sorted([InputFile(path, path.name)]), []


def kind_of(path: Path) -> str:
    """Tell a file's format by its first bytes.

    Returns
    -------
    str
        ``csv`` (plain or gzip), ``parquet`` or ``xlsx``.

    Raises
    ------
    InputError
        If the file is empty, can't be read, or is of a kind that is not read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise InputError(f"{shown(path)}: can't be read ({error.strerror})") from error
    if not head:
        raise InputError(f"{shown(path)}: the file is empty (0 bytes)")
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            if kind not in _SUFFIXES:
                raise InputError(
                    f"{shown(path)}: this is a {kind} file; expected csv, csv.gz, parquet or xlsx "
                    "(unpack or convert it first)"
                )
            return kind
    return "csv"


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError as error:
        if path.is_symlink():
            raise InputError(f"{shown(path)}: a link to something that is not there") from error
        raise InputError(
            f"{shown(path)}: no such file or folder (seen from {shown(Path.cwd())})"
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{shown(path)}: can't be opened ({reason})") from error


def _require_regular(path: Path, mode: int) -> None:
    if not stat.S_ISREG(mode):
        kinds = (
            (stat.S_ISFIFO, "a named pipe"),
            (stat.S_ISSOCK, "a socket"),
            (stat.S_ISCHR, "a device"),
            (stat.S_ISBLK, "a device"),
            (stat.S_ISDIR, "a folder"),
        )
        kind = next((name for test, name in kinds if test(mode)), "something else")
        raise InputError(f"{shown(path)}: this is {kind}; expected a regular file")


def _matches(pattern: Path) -> list[InputFile]:
    parts = pattern.parts
    fixed = next(i for i, part in enumerate(parts) if _GLOB_SIGNS & set(part))
    root = Path(*parts[:fixed])
    found = []
    hidden = tuple(part for part in parts[fixed:] if part.startswith("."))
    for path in root.glob(str(Path(*parts[fixed:]))):
        if not hidden and path.name.startswith("."):
            continue
        mode = _mode(path)
        if stat.S_ISDIR(mode):
            continue
        _require_regular(path, mode)
        found.append(InputFile(path, path.relative_to(root).as_posix()))
    if not found:
        raise InputError(
            f"{shown(pattern)}: no file fits this pattern (seen from {shown(Path.cwd())})"
        )
    return found


def _in_folder(root: Path, file_format: str) -> tuple[list[InputFile], list[str]]:
    endings = _SUFFIXES.get(file_format) or tuple(
        ending for endings in _SUFFIXES.values() for ending in endings
    )
    found, left_out = [], []
    for folder, names in _walk(root):
        for name in names:
            path = folder / name
            relative = path.relative_to(root).as_posix()
            if not name.lower().endswith(endings):
                left_out.append(relative)
                continue
            _require_regular(path, _mode(path))
            found.append(InputFile(path, relative))
    if not found:
        seen = ", ".join(shown(name) for name in sorted(left_out)[:5]) or "nothing"
        raise InputError(
            f"{shown(root)}: no file to land in this folder; expected names that end in "
            f"{', '.join(endings)}, found {seen}"
        )
    warnings = []
    if left_out:
        seen = ", ".join(shown(name) for name in sorted(left_out)[:5])
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        warnings.append(f"Left out of {shown(root)} by their endings: {seen}{more}.")
    return _sorted(found), warnings


def _walk(root: Path) -> list[tuple[Path, list[str]]]:
    """Return each folder below a root with its files, hidden ones left out.

    Linked folders are followed; one that leads back to a folder above itself
    is refused.
    """
    walked = []
    pending: list[tuple[Path, tuple[Path, ...]]] = [(root, (root.resolve(),))]
    while pending:
        folder, above = pending.pop()
        if "=" in folder.name and folder != root:
            raise InputError(
                f"{shown(folder)}: a partitioned table's folder, whose names hold a column; "
                "register it as a Spark table and read it with `format: table`"
            )
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            raise InputError(f"{shown(folder)}: can't be read ({error.strerror})") from error
        names = []
        for entry in entries:
            if entry.name.startswith((".", "_")):
                continue
            path = folder / entry.name
            if not stat.S_ISDIR(_mode(path)):
                names.append(entry.name)
                continue
            real = path.resolve()
            if real in above:
                raise InputError(f"{shown(path)}: a link that leads back to {shown(real)}")
            pending.append((path, (*above, real)))
        walked.append((folder, names))
    return walked


def _sorted(files: list[InputFile]) -> list[InputFile]:
    for file in files:
        if not os.access(file.path, os.R_OK):
            raise InputError(f"{shown(file.path)}: can't be read (permission denied)")
        try:
            file.name.encode()
        except UnicodeEncodeError as error:
            raise InputError(
                f"{shown(file.path)}: the file's name is not UTF-8; rename it"
            ) from error
    return sorted(files, key=lambda file: file.name)
