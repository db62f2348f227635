"""Small disks, and disks that refuse: memory file systems mounted over a folder."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest


@cache
def can_mount() -> bool:
    """Say whether this process may mount a file system."""
    return (
        os.geteuid() == 0
        and not subprocess.run(
            ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"],
            capture_output=True,
            check=False,
        ).returncode
    )


def require_mount() -> None:
    """Skip where this process may not mount a file system."""
    if not can_mount():
        pytest.skip("only root may mount the small file systems that this needs")


@contextmanager
def disk(folder: Path, room: int, *, read_only: bool = False) -> Iterator[None]:
    """Put a folder on a disk of its own with so many bytes to spare, and take it back after.

    Parameters
    ----------
    folder : Path
        An existing folder; what it holds is on the disk as well, and what the
        disk holds at the end is in the folder afterwards.
    room : int
        Bytes that still fit.
    read_only : bool
        Refuse every change.
    """
    aside = folder.with_name(f"{folder.name}.aside")
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    held = sum(_blocks(path) for path in aside.rglob("*"))
    _run("mount", "-t", "tmpfs", "-o", f"size={held + room},mode=700", "tmpfs", folder)
    try:
        shutil.copytree(aside, folder, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(aside)
        if read_only:
            _run("mount", "-o", "remount,ro", folder)
        yield
    finally:
        if not aside.exists():
            shutil.copytree(folder, aside, symlinks=True)
        # Java may hold a file open that it could not write to its end.
        _run("umount", "--lazy", folder)
        folder.rmdir()
        aside.rename(folder)


def _blocks(path: Path) -> int:
    """Return what a file takes up, in whole pages of memory."""
    if path.is_symlink() or path.is_dir():
        return 0
    page = os.sysconf("SC_PAGE_SIZE")
    return -(-path.stat().st_size // page) * page


def _run(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, capture_output=True)
