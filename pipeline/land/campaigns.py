"""Land campaigns that were sent: who was written to, who was held out, and when."""

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from pipeline.core.errors import InputError
from pipeline.land.files import kind_of, shown
from pipeline.privacy.blanking import without_ids
from pipeline.privacy.forgotten import ForgottenList
from pipeline.privacy.pseudonyms import Pseudonyms
from pipeline.store.partitions import partition_folder
from pipeline.store.staged import stored_schema, write_batches_staged
from pipeline.store.tables import drop_partition, full_name, partition_values, place_partition

__all__ = ["LandedCampaign", "add_campaign", "check_campaign", "landed_campaigns",
           "remove_campaign"]  # fmt: skip

TABLE = "raw.campaign_customers"
LONGEST_NAME = 100
MOST_DAYS = 366

_COLUMNS = ("customer_id", "persona", "is_control")
_NEEDED = ("customer_id", "is_control")
# Brevo's name for the id of a customer.
_OTHER_NAMES = {"ext_id": "customer_id"}
_DELIMITERS = (",", ";", "\t")
_MARKED_FORMULA = re.compile(r"(^|[\r\n])'(?=\s*[=+\-@\t\r])")


@dataclass(frozen=True)
class LandedCampaign:
    """A campaign as it landed.

    Attributes
    ----------
    name : str
    sent_on : date
    window_days : int or None
        Days that count; None for the var ``campaign_window_days``.
    row_count : int
        Records of its files.
    is_new : bool
        False where the same campaign had landed before.
    """

    name: str
    sent_on: date
    window_days: int | None
    row_count: int
    is_new: bool = False


def check_campaign(files: Sequence[Path], name: str, sent_on: str, days: int | None) -> date:
    """Refuse what needs no engine to be found wrong, and return the day it was sent.

    Parameters
    ----------
    files : sequence of Path
        Lists of the campaign, each of which is read whole.
    name : str
        1 to 100 characters that print.
    sent_on : str
        ``YYYY-MM-DD``, from 1900 to 2099.
    days : int or None
        Days that count, 1 to 366; None for the var ``campaign_window_days``.

    Returns
    -------
    date
        ``sent_on`` as a day.

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
    for path in files:
        _read(path)
    return day


def add_campaign(
    spark: SparkSession,
    files: Sequence[Path],
    name: str,
    sent_on: str,
    days: int | None = None,
    pseudonyms: Pseudonyms | None = None,
) -> LandedCampaign:
    """Land a campaign's list files as one partition, whole or not at all.

    Parameters
    ----------
    spark : SparkSession
        The session whose catalogue is updated.
    files : sequence of Path
        CSV files with the columns ``customer_id`` and ``is_control``, as the page Campaign gives
        them: the list, and the control group's.
    name : str
        What the campaign is called; no two campaigns have the same name.
    sent_on : str
        The day it was sent, as YYYY-MM-DD.
    days : int, optional
        Days that count; those of the var ``campaign_window_days`` if None.
    pseudonyms : Pseudonyms, optional
        Where the files are of a pseudonymous export: what its ids were made by.

    Returns
    -------
    LandedCampaign
        The one that is there, with ``is_new`` false, where the same had landed before.

    Raises
    ------
    InputError
        If a file or a setting can't be used, or another campaign has the name; nothing has been
        changed then.
    """
    day = check_campaign(files, name, sent_on, days)
    name = name.strip()
    checksum = _checksum(files, name, day, days)
    value = _partition(name)
    for known in landed_campaigns():
        if _partition(known.name) != value:
            continue
        if _value(value, "files_checksum") == checksum:
            return known
        raise InputError(
            f"{shown(name)}: another campaign has this name, sent on {known.sent_on}; take it away "
            f"first (python -m pipeline campaign remove {shown(known.name)!r}), or choose another"
        )
    rows = [row for path in files for row in _read(path)]
    if pseudonyms:
        known_ids = _customers(spark, pseudonyms)
        rows = [
            {**row, "customer_id": known_ids.get(row["customer_id"], row["customer_id"])}
            for row in rows
        ]
    settings = {
        "campaign_name": name, "sent_on": day, "window_days": days, "files_checksum": checksum,
    }  # fmt: skip
    table = pa.Table.from_pylist(
        [{**settings, "is_forgotten": False, **row} for row in rows], schema=stored_schema(TABLE)
    )
    table, _ = without_ids(table, ForgottenList.load())
    write_batches_staged(TABLE, value, [table])
    place_partition(spark, TABLE, value)
    return LandedCampaign(name, day, days, len(rows), is_new=True)


def remove_campaign(spark: SparkSession, name: str) -> None:
    """Take a campaign away.

    Raises
    ------
    InputError
        If no campaign has the name.
    """
    value = _partition(name)
    if value not in partition_values(spark, TABLE):
        known = ", ".join(shown(each.name) for each in landed_campaigns()) or "none"
        raise InputError(f"{shown(name, 120)}: no campaign has this name; there are: {known}")
    drop_partition(spark, TABLE, value)


def landed_campaigns() -> list[LandedCampaign]:
    """Return the campaigns that have landed.

    Returns
    -------
    list of LandedCampaign
        By the day they were sent, those of a day by name.
    """
    folder = partition_folder(TABLE, "x").parent
    found = []
    for path in folder.glob("[!.]*/*.parquet"):
        file = pq.ParquetFile(path)
        columns = ["campaign_name", "sent_on", "window_days"]
        (first,) = next(file.iter_batches(1, columns=columns)).to_pylist()
        name, sent_on, days = (first[column] for column in columns)
        found.append(LandedCampaign(name, sent_on, days, file.metadata.num_rows))
    return sorted(found, key=lambda each: (each.sent_on, each.name))


def _partition(name: str) -> str:
    """Return a campaign's id; capital letters do not tell one name from another."""
    return hashlib.sha256(name.strip().casefold().encode()).hexdigest()[:16]


def _value(partition: str, column: str) -> str:
    (path,) = partition_folder(TABLE, partition).glob("*.parquet")
    return pq.read_table(path, columns=[column], partitioning=None)[column][0].as_py()


def _checksum(files: Sequence[Path], name: str, day: date, days: int | None) -> str:
    whole = hashlib.sha256(f"{name}\0{day}\0{days}".encode())
    for content in sorted(hashlib.sha256(path.read_bytes()).digest() for path in files):
        whole.update(content)
    return whole.hexdigest()


def _customers(spark: SparkSession, pseudonyms: Pseudonyms) -> dict[str, str]:
    """Return each known customer by pseudonym."""
    customers = full_name("mart.dim_customers")
    if not spark.catalog.tableExists(customers):
        raise InputError(
            f"table {customers} is missing, by which pseudonyms are told; type `make run` first"
        )
    ids = spark.table(customers).select("customer_id").toArrow()["customer_id"].to_pylist()
    return {pseudonyms.of(each): each for each in ids}


def _read(path: Path) -> list[dict]:
    """Return the records of a list file.

    A record that does not fit the header has no ``is_control``, and is counted as unreadable.
    """
    place = shown(path)
    if kind_of(path) != "csv":
        raise InputError(f"{place}: expected the list as CSV; save it as `CSV UTF-8`")
    try:
        text = path.read_bytes().decode("utf-8-sig")
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
