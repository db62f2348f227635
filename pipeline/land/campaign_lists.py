"""The lists of a campaign that was sent, read and checked before any engine starts."""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.land.files import kind_of, shown

__all__ = ["Campaign", "read_campaign"]

LONGEST_NAME = 100
MOST_DAYS = 366

_COLUMNS = ("customer_id", "persona", "is_control")
_NEEDED = ("customer_id", "is_control")
# Brevo's name for the id of a customer.
_OTHER_NAMES = {"ext_id": "customer_id"}
_DELIMITERS = (",", ";", "\t")
_MARKED_FORMULA = re.compile(r"(^|[\r\n])'(?=\s*[=+\-@\t\r])")


@dataclass(frozen=True)
class Campaign:
    """A campaign as its lists and its sender tell it.

    Attributes
    ----------
    name : str
        What it is called; no two campaigns have the same name.
    sent_on : date
    window_days : int or None
        Days that count; None for the var ``campaign_window_days``.
    records : list of dict
        ``customer_id``, ``persona``, ``is_control`` (None where the record does not fit its
        header), ``source_file`` and ``source_row``, in the order of the files.
    checksum : str
        SHA-256 of all that, by which the same campaign is known again.
    """

    name: str
    sent_on: date
    window_days: int | None
    records: list[dict]
    checksum: str


def read_campaign(
    files: Sequence[Path], name: str, sent_on: str, days: int | None = None
) -> Campaign:
    """Read the lists of a campaign, as the page Campaign gives them.

    Parameters
    ----------
    files : sequence of Path
        CSV files with the columns ``customer_id`` and ``is_control``: the list, and the control
        group's.
    name : str
        1 to 100 characters that print.
    sent_on : str
        ``YYYY-MM-DD``, from 1900 to 2099.
    days : int, optional
        Days that count, 1 to 366; those of the var ``campaign_window_days`` if None.

    Returns
    -------
    Campaign

    Raises
    ------
    InputError
        If a file, the name, the day or the number of days can't be used, or two files have one
        name.
    """
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"--name {shown(name, 120)!r}: expected 1 to {LONGEST_NAME} characters that print"
        )
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InputError(f"--days {days}: expected a whole number from 1 to {MOST_DAYS}")
    try:
        day = date.fromisoformat(sent_on)
    except ValueError as error:
        raise InputError(f"--sent-on {shown(sent_on, 40)}: expected a day as YYYY-MM-DD") from error
    if not 1900 <= day.year < 2100:
        raise InputError(f"--sent-on {sent_on}: expected a day from 1900 to 2099")
    names = [path.name for path in files]
    for each in names:
        if names.count(each) > 1:
            raise InputError(
                f"{shown(each)}: two files of one campaign have this name; name each file once, "
                "or rename one of them"
            )
    contents = [_content(path) for path in files]
    records = [
        record
        for path, content in zip(files, contents, strict=True)
        for record in _read(path, content)
    ]
    name = name.strip()
    return Campaign(name, day, days, records, _checksum(contents, name, day, days))


def _checksum(contents: Sequence[bytes], name: str, day: date, days: int | None) -> str:
    whole = hashlib.sha256(f"{name}\0{day}\0{days}".encode())
    for digest in sorted(hashlib.sha256(content).digest() for content in contents):
        whole.update(digest)
    return whole.hexdigest()


def _content(path: Path) -> bytes:
    if kind_of(path) != "csv":
        raise InputError(f"{shown(path)}: expected the list as CSV; save it as `CSV UTF-8`")
    return path.read_bytes()


def _read(path: Path, content: bytes) -> list[dict]:
    """Return the records of a list file.

    A record that does not fit the header has no ``is_control``, and is counted as unreadable.
    """
    place = shown(path)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{place}: is not UTF-8 text; save it as `CSV UTF-8`") from error
    try:
        return _records(text, path)
    except csv.Error as error:
        raise InputError(f"{place}: is no readable CSV ({error})") from error


def _records(text: str, path: Path) -> list[dict]:
    for delimiter in _DELIMITERS:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        header = next((record for record in reader if record), [])
        places = _places(header)
        if set(_NEEDED) <= set(places):
            break
    else:
        raise InputError(
            f"{shown(path)}: expected a header with {' and '.join(_NEEDED)}, as the page Campaign "
            f"gives it, and found {shown(text.strip().partition(chr(10))[0], 120)!r}"
        )
    rows: list[dict[str, Any]] = []
    for record in reader:
        if not any(record):
            continue
        fits = len(record) == len(header)
        cells = {name: _cell(record[at]) for name, at in places.items() if at < len(record)}
        row = {**dict.fromkeys(_COLUMNS), **cells}
        if not fits:
            row["is_control"] = None
        rows.append({**row, "source_file": path.name, "source_row": len(rows) + 1})
    if not rows:
        raise InputError(f"{shown(path)}: the file has a header but no rows")
    return rows


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return which field of a record holds which column."""
    names = [name.strip().lower().replace(" ", "_") for name in header]
    names = [_OTHER_NAMES.get(name, name) for name in names]
    return {name: names.index(name) for name in _COLUMNS if name in names}


def _cell(text: str) -> str | None:
    """Return a field as the tables hold it: without the mark that a spreadsheet needs."""
    return _MARKED_FORMULA.sub(r"\1", text).strip(" ") or None
