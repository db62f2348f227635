"""What a command can end with, and the exit code of each."""

import errno
import os
from collections.abc import Iterator

__all__ = [
    "DISK_FULL",
    "GateFailed",
    "InputError",
    "Locked",
    "UserError",
    "error_chain",
    "is_disk_full",
    "is_java_gone",
    "is_memory_exhausted",
]

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class UserError(Exception):
    """A user-fixable error; its message is one clear line.

    Attributes
    ----------
    exit_code : int
        What the command exits with.
    """

    exit_code = 1


class InputError(UserError):
    """Bad input or configuration."""

    exit_code = 2


class GateFailed(UserError):
    """A Great Expectations gate did not pass."""

    exit_code = 3


class Locked(UserError):
    """Another command holds the state folder."""

    exit_code = 4


def error_chain(error: BaseException | None) -> Iterator[BaseException]:
    """Return an error and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_disk_full(error: Exception) -> bool:
    """Say so of Python's own error and of Java's, which is known by its text."""
    return any(
        (isinstance(one, OSError) and one.errno in DISK_FULL)
        or any(os.strerror(number) in str(one) for number in DISK_FULL)
        for one in error_chain(error)
    )


def is_memory_exhausted(error: BaseException) -> bool:
    """Say whether Sail needed more memory at once than it may use."""
    return any("memory pool" in str(one) for one in error_chain(error))


def is_java_gone(error: BaseException) -> bool:
    """Say whether an error comes of a Java process that ended under a command."""
    return any(
        isinstance(one, ConnectionError) or type(one).__name__ == "Py4JNetworkError"
        for one in error_chain(error)
    )
