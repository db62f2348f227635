"""Fetch the two UCI retail data sets, for those with internet."""

import hashlib
import shutil
import urllib.error
import urllib.request
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.core.log import say

__all__ = ["DATA_SETS", "DataSet", "fetch", "fetch_all"]

_TIMEOUT_SECONDS = 60


@dataclass(frozen=True)
class DataSet:
    """A published archive with one workbook in it.

    Parameters
    ----------
    title, page, url : str
        What it is called, where a person finds it, and the archive itself.
    member : str
        The workbook inside the archive.
    sha256 : str, optional
        Checksum of the archive where its publisher's bytes are known.
    """

    title: str
    page: str
    url: str
    member: str
    sha256: str | None = None


DATA_SETS = (
    DataSet(
        "Online Retail",
        "https://archive.ics.uci.edu/dataset/352/online+retail",
        "https://archive.ics.uci.edu/static/public/352/online+retail.zip",
        "Online Retail.xlsx",
    ),
    DataSet(
        "Online Retail II",
        "https://archive.ics.uci.edu/dataset/502/online+retail+ii",
        "https://archive.ics.uci.edu/static/public/502/online+retail+ii.zip",
        "online_retail_II.xlsx",
    ),
)


def fetch_all(folder: Path) -> list[Path]:
    """Fetch every data set that is not there yet.

    Returns
    -------
    list of Path
        In the order of `DATA_SETS`.

    Raises
    ------
    InputError
        If one can't be fetched; those before it stay.
    """
    return [fetch(data_set, folder) for data_set in DATA_SETS]


def fetch(data_set: DataSet, folder: Path) -> Path:
    """Fetch one data set, whole or not at all.

    Parameters
    ----------
    data_set : DataSet
        What to fetch.
    folder : Path
        Where the workbook goes.

    Returns
    -------
    Path
        The workbook.

    Raises
    ------
    InputError
        If it can't be fetched, is not the known archive, or lacks its
        workbook; one line saying where to get it by hand.
    """
    target = folder / data_set.member
    if target.is_file():
        say(f"  ✓ {data_set.title}: {target} is there")
        return target
    by_hand = f"get it by hand from {data_set.page} and put {data_set.member} into {folder}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    archive = folder / f".{data_set.member}.zip"
    try:
        with (
            urllib.request.urlopen(data_set.url, timeout=_TIMEOUT_SECONDS) as answer,
            archive.open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)
        checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
        if data_set.sha256 and checksum != data_set.sha256:
            raise InputError(
                f"{data_set.title}: expected sha256 {data_set.sha256}, got {checksum}; {by_hand}"
            )
        beside = folder / f".{data_set.member}.new"
        with (
            zipfile.ZipFile(archive) as zipped,
            zipped.open(data_set.member) as member,
            beside.open("wb") as file,
        ):
            shutil.copyfileobj(member, file)
        beside.rename(target)
    except (OSError, urllib.error.URLError, zipfile.BadZipFile, KeyError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"{data_set.title}: {data_set.url} can't be fetched ({reason}); {by_hand}"
        ) from error
    finally:
        archive.unlink(missing_ok=True)
    known = "as known" if data_set.sha256 else "no published checksum to compare with"
    say(f"  ✓ {data_set.title}: {target} (archive sha256 {checksum}, {known})")
    return target
