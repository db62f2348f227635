"""Find the Java that Spark needs."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from pipeline.core.errors import InputError

__all__ = ["SUPPORTED", "find_java", "java_version", "use_java"]

SUPPORTED = (17, 21)
_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk@*",
)


def java_version(home: Path) -> int | None:
    """Return the major version of the Java in a folder, or None where there is none."""
    binary = home / "bin" / "java"
    if not binary.is_file():
        return None
    try:
        answer = subprocess.run(
            [str(binary), "-version"], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r'version "(\d+)(?:\.(\d+))?', answer.stderr)
    if not found:
        return None
    major = int(found[1])
    return int(found[2] or 0) if major == 1 else major


def candidates(fetched: Path | None = None) -> list[Path]:
    """Return the folders where Java may be, the user's own choice first.

    Parameters
    ----------
    fetched : Path, optional
        Folder that holds a JDK which set-up fetched.

    Returns
    -------
    list of Path
        Each once, whether or not a Java is there.
    """
    homes = []
    if os.environ.get("JAVA_HOME"):
        homes.append(Path(os.environ["JAVA_HOME"]))
    on_path = shutil.which("java")
    if on_path:
        homes.append(Path(on_path).resolve().parent.parent)
    if fetched:
        homes += sorted(path for path in fetched.glob("*") if path.is_dir())
        homes += sorted(fetched.glob("*/Contents/Home"))
    for pattern in _FOLDERS:
        homes += sorted(Path("/").glob(pattern[1:]))
    return list(dict.fromkeys(homes))


def find_java(fetched: Path | None = None) -> Path:
    """Return the home of a Java that Spark runs on.

    Parameters
    ----------
    fetched : Path, optional
        Folder that holds a JDK which set-up fetched.

    Raises
    ------
    InputError
        If there is none; the message says what was found and what to install.
    """
    seen = []
    for home in candidates(fetched):
        version = java_version(home)
        if version in SUPPORTED:
            return home
        if version:
            seen.append(f"{version} in {home}")
    wanted = " or ".join(map(str, SUPPORTED))
    raise InputError(
        f"Java {wanted} is needed and was not found (found: {', '.join(seen) or 'no Java'}); "
        "install it: Debian and Ubuntu `apt-get install openjdk-17-jre-headless`, "
        "macOS `brew install openjdk@17`, Windows `winget install EclipseAdoptium.Temurin.17.JDK`, "
        "or set JAVA_HOME"
    )


def use_java(fetched: Path | None = None) -> Path:
    """Find Java and make it the one that Spark starts.

    Returns
    -------
    Path
        Its home.

    Raises
    ------
    InputError
        If there is none.
    """
    home = find_java(fetched)
    os.environ["JAVA_HOME"] = str(home)
    return home
