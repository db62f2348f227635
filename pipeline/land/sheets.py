"""Workbooks: every sheet is read once and laid down as text for Spark."""

import datetime
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import python_calamine

from pipeline.core.errors import InputError
from pipeline.land.config import SourceConfig
from pipeline.land.files import shown
from pipeline.land.lines import positions

__all__ = [
    "SHEET_TIMESTAMP",
    "LaidSheet",
    "sheet_header",
    "sheet_names",
    "text_rows",
    "write_sheet",
]

SHEET_TIMESTAMP = "yyyy-MM-dd HH:mm:ss"
"""How a cell that is a date is written as text."""

_BATCH = 50_000
# A sheet is held in memory as a full rectangle: one stray cell far out fills it.
_MOST_CELLS = 100_000_000
_MOST_BYTES = 4 << 30
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]+[0-9]+:([A-Z]+)([0-9]+)"')


@dataclass(frozen=True)
class LaidSheet:
    """A sheet written down as a parquet file of text.

    Attributes
    ----------
    path : Path
        The file; its columns are the config's canonical ones.
    row_count : int
        Rows after the header that are not blank.
    timestamp_format : str
        Pattern of ``ordered_at``: the config's where most of its cells are
        text, else ``SHEET_TIMESTAMP``.
    titles : tuple of str
        Rows above the header that the config says are titles.
    """

    path: Path
    row_count: int
    timestamp_format: str
    titles: tuple[str, ...] = ()


def sheet_names(path: Path, wanted: Sequence[str] | None = None) -> list[str]:
    """Return the sheets to read, in the workbook's order; all of them where none is named.

    Raises
    ------
    InputError
        If the workbook can't be opened or a named sheet is not in it.
    """
    names = _open(path).sheet_names
    if wanted is None:
        return names
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InputError(
            f"{shown(path)}: the workbook has no sheet {', '.join(missing)}; "
            f"it has {', '.join(shown(name) for name in names)}"
        )
    return [name for name in names if name in wanted]


def sheet_header(path: Path, sheet: str, title_rows: int = 0) -> list[str] | None:
    """Return the first row of a sheet that is not blank, titles aside, as text.

    Parameters
    ----------
    path : Path
        Workbook.
    sheet : str
        Its name.
    title_rows : int
        Rows above the header that are titles; blank ones don't count.

    Returns
    -------
    list of str or None
        An empty cell is ``""``; None where there is no such row.

    Raises
    ------
    InputError
        If the workbook or the sheet can't be read.
    """
    for row in islice(_rows(path, sheet), title_rows, None):
        return [_text(cell, ".") or "" for cell in row]
    return None


def text_rows(path: Path, sheet: str) -> Iterator[list[str | None]]:
    """Yield the rows that are not blank, as text.

    Yields
    ------
    list of str or None
        A cell each, as a csv export would hold it; None for an empty one.

    Raises
    ------
    InputError
        If the workbook or the sheet can't be read.
    """
    for row in _rows(path, sheet):
        yield [_text(cell, ".") for cell in row]


def write_sheet(path: Path, sheet: str, config: SourceConfig, target: Path) -> LaidSheet | None:
    """Write a sheet's lines as text.

    Parameters
    ----------
    path : Path
        Workbook.
    sheet : str
        Sheet.
    config : SourceConfig
        Its columns.
    target : Path
        Parquet file to write.

    Returns
    -------
    LaidSheet or None
        None if every cell of the sheet is empty.

    Raises
    ------
    InputError
        If the header does not hold the config's columns.
    """
    place = f"{shown(path)}#{shown(sheet)}"
    rows = _rows(path, sheet)
    titles = tuple(
        " ".join(filter(None, (_text(cell, ".") for cell in row)))
        for row in islice(rows, config.title_rows)
    )
    if config.header is True:
        header = next(rows, None)
        names = None if header is None else [_text(cell, ".") or "" for cell in header]
    else:
        names = config.named_header
    if names is None:
        return None
    places = positions(names, config, place)
    schema = pa.schema([(column, pa.string()) for column in places])
    count = dated = written = 0
    with pq.ParquetWriter(target, schema) as writer:
        batch: list[list[str | None]] = []
        for row in rows:
            moment = row[places["ordered_at"]] if places["ordered_at"] < len(row) else ""
            dated += isinstance(moment, datetime.date)
            written += isinstance(moment, str) and bool(moment)
            batch.append(
                [
                    _text(row[at] if at < len(row) else "", config.decimal_separator)
                    for at in places.values()
                ]
            )
            count += 1
            if len(batch) == _BATCH:
                writer.write_batch(_columns(batch, schema))
                batch = []
        if batch:
            writer.write_batch(_columns(batch, schema))
    is_typed = dated and dated >= written
    pattern = SHEET_TIMESTAMP if is_typed else config.timestamp_format
    return LaidSheet(target, count, pattern, titles)


def _open(path: Path) -> python_calamine.CalamineWorkbook:
    _require_bounded(path)
    try:
        return python_calamine.load_workbook(str(path))
    except (python_calamine.CalamineError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{shown(path)}: not a workbook that can be read ({reason}); expected xlsx without a "
            "password"
        ) from error


def _require_bounded(path: Path) -> None:
    """Refuse an archive that is no workbook, or one that would fill the memory."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        names = [member.filename for member in members]
        if "[Content_Types].xml" not in names and "mimetype" not in names:
            raise InputError(f"{shown(path)}: this is a zip archive; unpack it first")
        if sum(member.file_size for member in members) > _MOST_BYTES:
            raise InputError(
                f"{shown(path)}: the workbook unpacks to more than {_MOST_BYTES >> 30} GB; save it "
                "as csv"
            )
        for name in names:
            if not re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
                continue
            with archive.open(name) as sheet:
                found = _DIMENSION.search(sheet.read(4096))
            if not found:
                continue
            width = 0
            for letter in found[1]:
                width = width * 26 + letter - ord("A") + 1
            if width * int(found[2]) > _MOST_CELLS:
                raise InputError(
                    f"{shown(path)}: a sheet says that it is {width} columns by {int(found[2])} "
                    "rows, more than can be held; delete the cells beyond the lines, or save it "
                    "as csv"
                )


def _rows(path: Path, sheet: str) -> Iterator[list]:
    """Yield the rows that are not blank."""
    try:
        found = _open(path).get_sheet_by_name(sheet)
        for row in found.iter_rows():
            if any(cell != "" and cell is not None for cell in row):
                yield row
    except python_calamine.CalamineError as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{shown(path)}#{shown(sheet)}: can't be read ({reason})") from error


def _columns(batch: list[list[str | None]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.string()) for column in zip(*batch, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _text(cell: object, decimal_separator: str) -> str | None:
    """Return a cell as a csv export would hold it; None for an empty one."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 2**53:
            return str(int(cell))
        return format(Decimal(repr(cell)), "f").replace(".", decimal_separator)
    if isinstance(cell, datetime.datetime):
        # Workbooks count days in binary fractions; the second is what was meant.
        moment = cell + datetime.timedelta(microseconds=500_000)
        return moment.strftime("%Y-%m-%d %H:%M:%S").rjust(19, "0")
    if isinstance(cell, datetime.date):
        return f"{cell.isoformat()} 00:00:00"
    return str(cell)
