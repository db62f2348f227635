"""The bytes of a file: opened, unpacked, read, and their checksum."""

import gzip
import hashlib
import io
import zlib
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, cast

from pipeline.core.errors import InputError
from pipeline.land.files import shown

__all__ = ["HashingReader", "checksum_of", "is_gzip", "open_text", "read_bytes"]


class HashingReader(io.RawIOBase):
    """Reads a file and takes its SHA-256 on another thread as it goes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self._pool = ThreadPoolExecutor(1)
        self._pending: Future | None = None

    def readable(self) -> bool:
        """Return true."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._hash(data)
        return len(data)

    def read(self, size: int = -1) -> bytes:
        """Read as many bytes, or all."""
        data = self._file.read(size)
        self._hash(data)
        return data

    def checksum(self) -> str:
        """Read to the end and return the SHA-256, hexadecimal."""
        while self.read(1 << 20):
            pass
        self._wait()
        return self._digest.hexdigest()

    def close(self) -> None:
        """Close this reader, not the file."""
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


def checksum_of(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, hexadecimal.

    Raises
    ------
    InputError
        If the file can't be read.
    """
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


def read_bytes(stream: BinaryIO, path: Path, size: int) -> bytes:
    """Read from a file that ``open_text`` opened.

    Parameters
    ----------
    stream : BinaryIO
        The open file.
    path : Path
        Where it lies, for messages.
    size : int
        Bytes to read at most.

    Returns
    -------
    bytes
        Unpacked; empty at the end of the file.

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
