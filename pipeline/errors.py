"""What a command can end with, and the exit code of each."""

import errno

__all__ = ["DISK_FULL", "GateFailed", "InputError", "Locked", "UserError"]

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class UserError(Exception):
    """A fault that the user can mend; its message is one clear line.

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
