"""Records of a csv file: counted and checked in its bytes, block by block."""

from pathlib import Path

import numpy as np

from pipeline.core.errors import InputError
from pipeline.land.files import shown
from pipeline.land.source_options import SourceOptions

__all__ = ["LONGEST_RECORD", "Records", "blanks"]

LONGEST_RECORD = 1 << 20
"""Bytes that one record may have; more means that line ends or quotes are wrong."""

_BLANK = bytes(range(33))
_LF, _CR = 10, 13
# With more candidates than this, blank lines are told apart in one vector pass.
_FEW = 1000


def blanks(delimiter: str) -> bytes:
    """Return the characters of which a line is blank: those up to space, but no delimiter."""
    return _BLANK.replace(delimiter.encode(), b"")


class Records:
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
        """Take the next bytes; the last record stays behind until it is whole.

        Raises
        ------
        InputError
            If a record is longer than ``LONGEST_RECORD``, has a NUL byte, or quotes that do not
            balance or open inside a field.
        """
        block = self._carry + data if self._carry else data
        end = len(block) - block.endswith(b"\r")
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, end)) + 1
        if cut:
            cut = self._take(block[:cut])
        self._carry = block[cut:]
        if len(self._carry) > LONGEST_RECORD:
            raise self._too_long(self.count + 1)

    def finish(self) -> None:
        """Take what is left after the last line break.

        Raises
        ------
        InputError
            If a quote never closes, or as for `feed`.
        """
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
        """Refuse an opening quote that is not the first character of its field."""
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
