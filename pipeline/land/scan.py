"""One pass over a csv file's bytes: checksum, encoding, records and quotes.

A reader of csv files says little of what is wrong with one, and nothing of
where, so all of it is settled here first, in constant memory.
"""

import codecs
import csv
import gzip
import hashlib
import io
import os
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from pipeline.core.errors import InputError
from pipeline.land.config import SourceOptions
from pipeline.land.files import shown

__all__ = [
    "LONGEST_RECORD",
    "Scan",
    "blanks",
    "checksum_of",
    "is_gzip",
    "open_text",
    "read_bytes",
    "scan_csv",
    "split_record",
]

LONGEST_RECORD = 1 << 20
"""Bytes that one record may have; more means that line ends or quotes are wrong."""

_BLOCK = 8 << 20
_BLANK = bytes(range(33))
_LF, _CR = 10, 13
# With more candidates than this, blank lines are told apart in one vector pass.
_FEW = 1000


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


class _HashingReader(io.RawIOBase):
    """Reads a file and takes its SHA-256 on another thread as it goes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1)
        self._pending: Future | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._hash(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self._hash(data)
        return data

    def checksum(self) -> str:
        while self.read(_BLOCK):
            pass
        self._wait()
        return self._digest.hexdigest()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        super().close()

    def _hash(self, data: bytes) -> None:
        self._wait()
        if data:
            self._pending = self._pool.submit(self._digest.update, data)

    def _wait(self) -> None:
        if self._pending is not None:
            self._pending.result()
            self._pending = None


def blanks(delimiter: str) -> bytes:
    """Return the characters of which a line is blank: those up to space, but no delimiter."""
    return _BLANK.replace(delimiter.encode(), b"")


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(f"{shown(path)}: can't be read ({error.strerror})") from error


def is_gzip(path: Path) -> bool:
    """Say whether a file begins as gzip does."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def open_text(path: Path) -> BinaryIO:
    """Open a csv file's bytes, unpacked where it is gzip."""
    return cast(BinaryIO, gzip.open(path)) if is_gzip(path) else path.open("rb")


def split_record(text: str, options: SourceOptions) -> list[str]:
    """Cut one record into fields.

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
    with path.open("rb", buffering=0) as file, _HashingReader(file) as reader:
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
        records = _Records(path, options, above)
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


def read_bytes(stream: BinaryIO, path: Path, size: int) -> bytes:
    """Read from a file that ``open_text`` opened.

    Raises
    ------
    InputError
        If it is gzip that is cut short or damaged.
    """
    try:
        return stream.read(size)
    except EOFError as error:
        raise InputError(
            f"{shown(path)}: the gzip file is cut short; copy or download it again"
        ) from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"{shown(path)}: the gzip file is damaged ({error}); copy or download it again"
        ) from error


def _chunks(stream: BinaryIO, path: Path, head: bytes) -> Iterator[bytes]:
    chunk = head
    while chunk:
        yield chunk
        chunk = read_bytes(stream, path, _BLOCK)


def _feed_utf8(chunks: Iterator[bytes], records: "_Records", skip: int) -> None:
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


def _feed_other(chunks: Iterator[bytes], records: "_Records", encoding: str) -> None:
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


class _Records:
    """Counts records in UTF-8 bytes and checks them, block by block.

    Parameters
    ----------
    path : Path
        The file, for messages.
    options : SourceOptions
        Quote and whether quoted fields may hold line breaks.
    above : int
        How many of the first records are not rows.
    """

    def __init__(self, path: Path, options: SourceOptions, above: int) -> None:
        self.count = 0
        self.head: list[str] = []
        self._path = path
        self._options = options
        self._above = above
        self._blanks = blanks(options.delimiter)
        self._quote = options.quote.encode() if options.quote else b""
        self._carry = b""

    def feed(self, data: bytes) -> None:
        """Take the next bytes; the last record stays behind until it is whole."""
        block = self._carry + data if self._carry else data
        end = len(block) - block.endswith(b"\r")
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, end)) + 1
        if cut:
            cut = self._take(block[:cut])
        self._carry = block[cut:]
        if len(self._carry) > LONGEST_RECORD:
            raise self._too_long(self.count + 1)

    def finish(self) -> None:
        """Take what is left after the last line break."""
        if self._carry:
            block = self._carry if self._carry.endswith(b"\r") else self._carry + b"\n"
            if self._take(block) < len(block):
                raise self._fault(
                    self.count + 1, "a quote opens here and never closes; correct the file"
                )
            self._carry = b""

    def undecodable(self, error: UnicodeError, encoding: str) -> InputError:
        """Return the error for bytes that are not text in the encoding."""
        what = "bytes"
        if isinstance(error, UnicodeDecodeError):
            what = "byte " + error.object[error.start : error.start + 1].hex(" ")
        return self._fault(
            self.count + 1,
            f"{what} is not {encoding} text; set `encoding` in the source config's options "
            "(cp1252 is common), `python -m pipeline inspect` guesses it",
        )

    def _take(self, block: bytes) -> int:
        """Check and count the whole records of a block; return where they end."""
        values = np.frombuffer(block, np.uint8)
        ends = self._line_ends(block, values)
        if self._options.multiline:
            ends = self._true_ends(values, ends)
            if not len(ends):
                return 0
        starts = np.concatenate(([0], ends[:-1] + 1))
        is_blank = self._blank(block, values, starts, ends)
        rows = self.count + np.cumsum(~is_blank)
        if b"\0" in block:
            row = rows[np.searchsorted(ends, block.index(b"\0"))]
            raise self._fault(
                row, "a NUL byte; this is not plain text (for UTF-16 set `encoding` in the options)"
            )
        long = np.flatnonzero(ends - starts > LONGEST_RECORD)
        if len(long):
            raise self._too_long(rows[long[0]])
        if self._quote and not self._options.multiline and self._quote in block:
            before = np.searchsorted(np.flatnonzero(values == self._quote[0]), ends)
            odd = np.flatnonzero(np.diff(before, prepend=0) & 1)
            if len(odd):
                raise self._fault(
                    rows[odd[0]],
                    f"its {self._options.quote} quotes do not balance; where quoted fields hold "
                    "line breaks set `multiline: true` in the source config's options, where "
                    "quotes mean nothing set `quote: null`",
                )
        if len(self.head) < self._above:
            for at in np.flatnonzero(~is_blank)[: self._above - len(self.head)]:
                record = block[starts[at] : ends[at]].decode(errors="replace")
                self.head.append(record.rstrip("\r"))
        self.count = int(rows[-1])
        return int(ends[-1]) + 1

    @staticmethod
    def _line_ends(block: bytes, values: np.ndarray) -> np.ndarray:
        """Return where lines end: at line feeds, and at carriage returns by themselves."""
        ends = np.flatnonzero(values == _LF)
        if b"\r" in block:
            returns = np.flatnonzero(values == _CR)
            following = values[np.minimum(returns + 1, len(values) - 1)]
            ends = np.union1d(ends, returns[following != _LF])
        return ends

    def _blank(
        self, block: bytes, values: np.ndarray, starts: np.ndarray, ends: np.ndarray
    ) -> np.ndarray:
        """Say which records hold nothing but blanks and control characters."""
        is_blank = np.zeros(len(ends), bool)
        candidates = np.flatnonzero(values[starts] <= _BLANK[-1])
        if len(candidates) > _FEW:
            is_filled = np.isin(values, np.frombuffer(self._blanks, np.uint8), invert=True)
            is_blank = ~np.logical_or.reduceat(is_filled, starts)
        else:
            for at in candidates:
                is_blank[at] = not block[starts[at] : ends[at]].strip(self._blanks)
        return is_blank

    def _true_ends(self, values: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Return the line ends that are not inside quotes."""
        quotes = np.flatnonzero(values == self._quote[0])
        ends = ends[np.searchsorted(quotes, ends) % 2 == 0]
        if len(ends):
            self._require_whole_fields(values, quotes[quotes < ends[-1]], ends)
        return ends

    def _require_whole_fields(
        self, values: np.ndarray, quotes: np.ndarray, ends: np.ndarray
    ) -> None:
        """Refuse an opening quote that is not the first sign of its field."""
        opening = quotes[::2]
        opening = opening[opening > 0]
        previous = values[opening - 1]
        allowed = (_LF, _CR, self._quote[0], self._options.delimiter.encode()[-1])
        stray = opening[~np.isin(previous, allowed)]
        if len(stray):
            raise self._fault(
                self.count + 1 + int(np.searchsorted(ends, stray[0])),
                "a quote inside a field that is not quoted, so that it is not clear where "
                "records end (blank lines counted); correct the file",
            )

    def _too_long(self, row: int) -> InputError:
        return self._fault(
            row,
            f"longer than {LONGEST_RECORD >> 20} MB; a line break is missing, or a quote never "
            "closes",
        )

    def _fault(self, record: int, text: str) -> InputError:
        row = int(record) - self._above
        place = f"row {row} after the header" if self._above else f"row {row}"
        return InputError(f"{shown(self._path)}: {place if row > 0 else 'the header'}: {text}")
