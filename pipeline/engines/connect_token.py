"""The token that the warm server asks of whoever speaks Connect to it.

It lies in the state folder, for its owner only, so that this project's
commands find it; a token given in the environment goes before it. pyspark
sends a token unencrypted to ``localhost`` only, by that name.
"""

import os
import re
import secrets
from urllib.parse import quote

from pipeline.core.paths import StatePaths

__all__ = ["TOKEN", "make_token", "own_address", "remove_token", "with_token"]

TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"
_LOOPBACK = re.compile(r"^sc://(127\.0\.0\.1|localhost|\[::1\])(?=[:/]|$)")


def make_token(paths: StatePaths) -> str:
    """Return the server's token, the environment's or a new one, and keep it in its file."""
    token = os.environ.get(TOKEN, "").strip() or secrets.token_urlsafe(32)
    path = paths.token_file
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(token)
    return token


def remove_token(paths: StatePaths) -> None:
    """Forget the token of a server that has ended."""
    paths.token_file.unlink(missing_ok=True)


def own_address(paths: StatePaths, host: str, port: int) -> str:
    """Return the address at which the server's own machine asks it, the token included.

    The token goes as a header, because pyspark would want TLS for any name
    but ``localhost``, and so it would for a token that the environment gives:
    that one is the same, and is removed from the environment.

    Parameters
    ----------
    paths : StatePaths
        The state folder that the server runs on.
    host : str
        Name or address that the server listens at.
    port : int
        Its port for Spark Connect.

    Returns
    -------
    str
        ``sc://host:port/`` with the token, a secret.

    Raises
    ------
    FileNotFoundError
        If no token is kept, because no server runs.
    """
    os.environ.pop(TOKEN, None)
    header = f"authorization=Bearer%20{quote(paths.token_file.read_text())}"
    return f"sc://{host}:{port}/;{header}"


def with_token(paths: StatePaths, remote: str) -> str:
    """Return the address to give to pyspark, after putting the token where pyspark looks.

    Parameters
    ----------
    paths : StatePaths
        The state folder, whose token is for a server on this machine only.
    remote : str
        As ``SPARK_REMOTE`` gives it.
    """
    if not _LOOPBACK.match(remote) or ";token=" in remote or "use_ssl=true" in remote.lower():
        return remote
    if not os.environ.get(TOKEN, "").strip():
        if not paths.token_file.is_file():
            return remote
        os.environ[TOKEN] = paths.token_file.read_text()
    return _LOOPBACK.sub("sc://localhost", remote)
