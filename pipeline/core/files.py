"""Put a file in place whole, so that a killed command leaves the old one or the new one."""

import os
from pathlib import Path

__all__ = ["write_whole"]


def write_whole(path: Path, text: str) -> None:
    """Write a text for its owner only, let it reach the disk, then put it in place.

    Parameters
    ----------
    path : Path
        The file; its folder is there.
    text : str
        Its whole content.
    """
    staged = path.with_name(f".{path.name}.new")
    descriptor = os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    staged.replace(path)
