"""One pass over a csv file's bytes: checksum, encoding, records and quotes.

A reader of csv files says little of what is wrong with one, and nothing of
where, so all of it is settled here first, in constant memory.
"""

import codecs
import csv
import gzip
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from pipeline.core.errors import InputError
from pipeline.land.file_bytes import HashingReader, is_gzip, read_bytes
from pipeline.land.files import shown
from pipeline.land.records import Records
from pipeline.land.source_options import SourceOptions

__all__ = ["Scan", "scan_csv", "split_record"]

_BLOCK = 8 << 20


@dataclass(frozen=True)
class Scan:
    """What one pass over a csv file found.

    Attributes
    ----------
    checksum : str
        SHA-256 of the file's bytes.
    header : list of str or None
        Names in the first record; None where the config gives them.
    row_count : int
        Records after the header, blank lines not counted.
    titles : tuple of str
        Records above the header that the config says are titles.
    """

    checksum: str
    header: list[str] | None
    row_count: int
    titles: tuple[str, ...] = ()


def split_record(text: str, options: SourceOptions) -> list[str]:
    """Cut one record into fields.

    Returns
    -------
    list of str
        The fields without their quotes; none where the text is empty.

    Raises
    ------
    ValueError
        If a field is longer than Python's csv module takes.
    """
    try:
        rows = csv.reader(
            io.StringIO(text, newline=""),
            delimiter=options.delimiter,
            quotechar=options.quote or None,
            quoting=csv.QUOTE_NONE if options.quote is None else csv.QUOTE_MINIMAL,
        )
        return next(rows, [])
    except csv.Error as error:
        raise ValueError(str(error)) from error


def scan_csv(path: Path, options: SourceOptions, *, has_header: bool, title_rows: int = 0) -> Scan:
    """Check a csv file and count its records.

    Parameters
    ----------
    path : Path
        Plain or gzip, of any size.
    options : SourceOptions
        How it is cut into fields, and its encoding.
    has_header : bool
        True where the first record names the columns.
    title_rows : int
        Records above that one.

    Returns
    -------
    Scan

    Raises
    ------
    InputError
        If the file is empty, is damaged gzip, does not decode, holds NUL
        bytes, quotes that do not balance or a record that is too long, or
        changes while it is read.
    """
    try:
        return _scan(path, options, has_header, title_rows)
    except OSError as error:
        raise InputError(f"{shown(path)}: can't be read ({error.strerror or error})") from error


def _scan(path: Path, options: SourceOptions, has_header: bool, title_rows: int) -> Scan:
    packed = is_gzip(path)
    with path.open("rb", buffering=0) as file, HashingReader(file) as reader:
        before = os.fstat(file.fileno())
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=reader) if packed else reader)
        head = read_bytes(stream, path, _BLOCK)
        mark = codecs.BOM_UTF8 if head.startswith(codecs.BOM_UTF8) else b""
        if options.encoding == "utf-8" and head.startswith(
            (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
        ):
            raise InputError(
                f"{shown(path)}: this is UTF-16 text; set `encoding: utf-16` in the source "
                "config's options"
            )
        above = title_rows + has_header
        records = Records(path, options, above)
        chunks = _chunks(stream, path, head)
        if options.encoding == "utf-8":
            _feed_utf8(chunks, records, len(mark))
        else:
            _feed_other(chunks, records, options.encoding)
        records.finish()
        checksum = reader.checksum()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError(f"{shown(path)}: the file changed while it was read; run again")
    if not records.count:
        raise InputError(f"{shown(path)}: the file is empty; expected a header and rows")
    if records.count < above:
        raise InputError(
            f"{shown(path)}: the file ends within the {title_rows} title_rows of the source config "
            "and the header"
        )
    header = None
    if has_header:
        try:
            header = split_record(records.head[-1], options)
        except ValueError as error:
            raise InputError(f"{shown(path)}: the header can't be read ({error})") from error
    return Scan(checksum, header, records.count - above, tuple(records.head[:title_rows]))


def _chunks(stream: BinaryIO, path: Path, head: bytes) -> Iterator[bytes]:
    chunk = head
    while chunk:
        yield chunk
        chunk = read_bytes(stream, path, _BLOCK)


def _feed_utf8(chunks: Iterator[bytes], records: Records, skip: int) -> None:
    """Feed UTF-8 as it is, after checking that it is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    pending = 0
    for chunk in chunks:
        data, skip = chunk[skip:], 0
        if pending or not data.isascii():
            try:
                decoder.decode(data)
            except UnicodeDecodeError as error:
                records.feed(data[: max(error.start - pending, 0)])
                raise records.undecodable(error, "utf-8") from error
            pending = len(decoder.getstate()[0])
        records.feed(data)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise records.undecodable(error, "utf-8") from error


def _feed_other(chunks: Iterator[bytes], records: Records, encoding: str) -> None:
    """Feed any other encoding recoded to UTF-8."""
    decoder = codecs.getincrementaldecoder(encoding)()
    is_first = True

    def feed(data: bytes, final: bool = False) -> None:
        nonlocal is_first
        try:
            text = decoder.decode(data, final)
        except UnicodeError as error:
            if isinstance(error, UnicodeDecodeError) and error.start:
                # What decodes before the fault, so that its row can be told.
                good = error.object[: error.start].decode(encoding, "ignore")
                records.feed(good.encode("utf-8", "ignore"))
            raise records.undecodable(error, encoding) from error
        if is_first and text:
            text, is_first = text.removeprefix("\ufeff"), False
        try:
            records.feed(text.encode())
        except UnicodeEncodeError as error:
            raise records.undecodable(error, encoding) from error

    for chunk in chunks:
        feed(chunk)
    feed(b"", final=True)
