"""Bring a Java to a machine that has none."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from pipeline.core.errors import InputError
from pipeline.core.log import say
from pipeline.engines.java import SUPPORTED, find_java

__all__ = ["ensure_java"]

_DEBIAN_PACKAGE = "openjdk-17-jre-headless"


def ensure_java(folder: Path) -> Path:
    """Return the home of a usable Java, fetching one first where there is none.

    Debian's headless package where this user may install packages; otherwise
    a Temurin JDK into the state folder.

    Parameters
    ----------
    folder : Path
        Where a fetched JDK goes.

    Raises
    ------
    InputError
        If there is none and neither way brought one; one line saying what was
        found, what was tried and what to install.
    """
    try:
        return find_java(folder)
    except InputError as missing:
        tried = []
        for way in (_from_debian, _from_temurin):
            reason = way(folder)
            if reason is None:
                return find_java(folder)
            tried.append(reason)
        raise InputError(f"{missing}; tried: {'; '.join(tried)}") from missing


def _from_debian(_: Path) -> str | None:
    """Install Debian's package; return why that was not done, None on success."""
    apt = shutil.which("apt-get")
    if apt is None:
        return "no apt-get here"
    if os.geteuid() != 0:
        return f"apt-get install {_DEBIAN_PACKAGE} needs root"
    say(f"  … no Java found; installing {_DEBIAN_PACKAGE}")
    quiet: Any = {"capture_output": True, "text": True, "check": False}
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([apt, "update", "-qq"], env=environment, **quiet)
    done = subprocess.run(
        [apt, "install", "-y", "-qq", "--no-install-recommends", _DEBIAN_PACKAGE],
        env=environment,
        **quiet,
    )
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        return f"apt-get install {_DEBIAN_PACKAGE} failed ({' '.join(last)})"
    return None


def _from_temurin(folder: Path) -> str | None:
    """Fetch a Temurin JDK; return why that was not done, None on success."""
    import jdk

    say(f"  … no Java found; fetching Temurin {SUPPORTED[0]} into {folder}")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        jdk.install(str(SUPPORTED[0]), path=str(folder))
    except Exception as error:  # the package raises whatever its download met
        return f"fetching Temurin {SUPPORTED[0]} failed ({type(error).__name__})"
    return None
