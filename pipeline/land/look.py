"""Look at an unknown file: how it is cut, its header, and a sample of its rows."""

import codecs
import csv
import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import InputError
from pipeline.land.file_bytes import open_text, read_bytes
from pipeline.land.files import kind_of, shown
from pipeline.land.guess import guess_delimiter, guess_header, guess_titles
from pipeline.land.scan import scan_csv, split_record
from pipeline.land.sheets import sheet_names, text_rows
from pipeline.land.source_options import SourceOptions

__all__ = ["Found", "look_at"]

_STRIDE = 1 << 20
_SAMPLE = 20_000
_FEWEST = 10
_LAST = 5


@dataclass
class Found:
    """What was seen of a file.

    Attributes
    ----------
    kind : str
        Format.
    header : list of str
        Names; made up where the file has none.
    rows : list of list of str
        A sample of rows over the whole file, in its order, beginning with the
        first ones.
    has_header : bool
        True where the first record names the columns.
    options : SourceOptions
        How a csv file is cut.
    notes : list of str
        Sentences for the report.
    title_rows : int
        Records above the header.
    last : list of list of str
        The last records of a csv file, of any number of fields.
    """

    kind: str
    header: list[str]
    rows: list[list[str]]
    has_header: bool = True
    options: SourceOptions = field(default_factory=SourceOptions)
    notes: list[str] = field(default_factory=list)
    title_rows: int = 0
    last: list[list[str]] = field(default_factory=list)

    def column(self, name: str) -> list[str]:
        """Return what the sampled rows hold in a column."""
        at = self.header.index(name)
        return [cell_of(row, at) for row in self.rows]


def cell_of(row: Sequence[str], at: int) -> str:
    """Return a cell of a row, which may be short of it."""
    return row[at] if at < len(row) else ""


def look_at(path: Path) -> Found:
    """Look at a file.

    Parameters
    ----------
    path : Path
        csv, csv.gz, parquet or workbook.

    Returns
    -------
    Found
        With a sample of the rows.

    Raises
    ------
    InputError
        If it can't be read at all.
    """
    look = {"csv": _look_at_csv, "parquet": _look_at_parquet, "xlsx": _look_at_workbook}
    return look[kind_of(path)](path)


def _look_at_csv(path: Path) -> Found:
    encoding = _guess_encoding(path)
    head, sample = _sampled(path, encoding)
    if not head:
        raise InputError(f"{shown(path)}: the file is empty; expected a header and rows")
    delimiter, quote = guess_delimiter(head[:200])
    options, row_count, notes = _whole(path, delimiter, quote, encoding)
    if not row_count:
        raise InputError(f"{shown(path)}: the file has a header but no rows")
    title_rows = guess_titles([split_record(line, options) for line in head[:200]])
    head = head[title_rows:]
    below = "the titles and the header" if title_rows else "the first one"
    notes.insert(0, f"{row_count - title_rows} records after {below}.")
    rows = [split_record(line, options) for line in head[:1]]
    has_header = guess_header(rows)
    width = len(rows[0])
    header = rows[0] if has_header else [f"column_{at + 1}" for at in range(width)]
    body = list(_cut(head[1:] if has_header else head, options)) + list(_cut(sample, options))
    body = [fields for fields in body if len(fields) == width]
    named = "a tab" if delimiter == "\t" else f"'{delimiter}'"
    notes.insert(0, f"Fields are separated by {named}, the text is {encoding}.")
    if title_rows:
        notes.append(f"The first {title_rows} records are titles; the header follows them.")
    if not has_header:
        notes.append("The first record looks like data, so the file has no header.")
    last = _last_records(path, options)
    return Found("csv", header, body, has_header, options, notes, title_rows, last)


def _cut(lines: list[str], options: SourceOptions) -> Iterator[list[str]]:
    """Yield the fields of records; of those that hold line breaks too."""
    if options.multiline:
        text = io.StringIO("\n".join(lines))
        yield from csv.reader(text, delimiter=options.delimiter, quotechar=options.quote)
        return
    for line in lines:
        try:
            yield split_record(line, options)
        except ValueError:
            continue


def _look_at_parquet(path: Path) -> Found:
    try:
        file = pq.ParquetFile(path)
        header, rows = file.schema_arrow.names, []
        for group in range(file.num_row_groups):
            few = max(_FEWEST, _SAMPLE // file.num_row_groups)
            table = next(file.iter_batches(few, row_groups=[group]), None)
            if table is None:
                continue
            columns = [
                ["" if value is None else str(value) for value in column.to_pylist()]
                for column in table.columns
            ]
            rows += [list(row) for row in zip(*columns, strict=True)]
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{shown(path)}: not a whole parquet file ({reason})") from error
    note = f"{file.metadata.num_rows} rows."
    return Found("parquet", header, rows, notes=[note])


def _look_at_workbook(path: Path) -> Found:
    notes, first = [], None
    for sheet in sheet_names(path):
        rows = [[cell or "" for cell in row] for row in islice(text_rows(path, sheet), _SAMPLE)]
        if not rows:
            notes.append(f"Sheet {shown(sheet)} is empty.")
            continue
        title_rows = guess_titles(rows[:200]) if first is None else first.title_rows
        header = rows[min(title_rows, len(rows) - 1)]
        if first is None:
            body = rows[title_rows + 1 :]
            first = Found("xlsx", header, body, title_rows=title_rows, last=body[-_LAST:])
            if title_rows:
                notes.append(f"The first {title_rows} rows are titles; the header follows them.")
            notes.append(f"Sheet {shown(sheet)} is the one looked at.")
        elif header != first.header:
            notes.append(
                f"Sheet {shown(sheet)} has other columns; name the sheets to read in "
                "`options: {sheets: [...]}`."
            )
        else:
            notes.append(f"Sheet {shown(sheet)} has the same columns and is read as well.")
    if first is None:
        raise InputError(f"{shown(path)}: no sheet holds anything")
    first.notes = notes
    return first


def _guess_encoding(path: Path) -> str:
    """Read a whole file's bytes for the encodings they can be."""
    with open_text(path) as file:
        head = read_bytes(file, path, 4096)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if len(head) > 3 and head.count(b"\0") > len(head) // 4:
            return "utf-16-le" if head[1::2].count(b"\0") > head[::2].count(b"\0") else "utf-16-be"
        decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
        chunk = head
        while True:
            for name in list(decoders):
                try:
                    decoders[name].decode(chunk, final=not chunk)
                except UnicodeDecodeError:
                    del decoders[name]
            if not chunk or not decoders:
                return next(iter(decoders), "iso-8859-1")
            chunk = read_bytes(file, path, 8 * _STRIDE)


def _sampled(path: Path, encoding: str) -> tuple[list[str], list[str]]:
    """Return the first lines of a file and some from each later stretch."""
    size = max(path.stat().st_size // _STRIDE, 1)
    each = max(20, _SAMPLE // (2 * size))
    decoder = codecs.getincrementaldecoder(encoding)()
    head: list[str] = []
    sample: list[str] = []
    with open_text(path) as file:
        while chunk := read_bytes(file, path, _STRIDE):
            # The ends of a stretch are parts of lines, save where the file begins.
            lines = decoder.decode(chunk).removeprefix("\ufeff").splitlines()
            if not head:
                whole = lines if len(chunk) < _STRIDE else lines[:-1]
                head = [line for line in whole if line.strip()][: _SAMPLE // 2]
            else:
                sample += [line for line in lines[1:-1] if line.strip()][:each]
    return head, sample


def _last_records(path: Path, options: SourceOptions) -> list[list[str]]:
    """Return the last records of a file."""
    last: deque[bytes] = deque(maxlen=2)
    with open_text(path) as file:
        while chunk := read_bytes(file, path, _STRIDE):
            last.append(chunk)
    text = b"".join(last).decode(options.encoding, "replace")
    found = []
    for line in [line for line in text.splitlines() if line.strip()][-_LAST:]:
        try:
            found.append(split_record(line, options))
        except ValueError:
            continue
    return found


def _whole(
    path: Path, delimiter: str, quote: str | None, encoding: str
) -> tuple[SourceOptions, int, list[str]]:
    """Try ways to quote until the whole file can be cut into records, and count them."""
    tries = [(quote, False), (quote, True), (None, False)] if quote else [(None, False)]
    faults: list[InputError] = []
    for sign, multiline in tries:
        options = SourceOptions(
            delimiter=delimiter, quote=sign, encoding=encoding, multiline=multiline
        )
        try:
            scan = scan_csv(path, options, has_header=True)
        except InputError as error:
            faults.append(error)
            continue
        notes = []
        if multiline:
            notes.append("Some quoted fields hold line breaks.")
        if quote and sign is None:
            notes.append("Quotes do not balance anywhere sensible, so they are plain text.")
        return options, scan.row_count, notes
    raise faults[0]
