"""Which versions made a result."""

import platform
import subprocess
from importlib import metadata

from pipeline.core.paths import project_root

__all__ = ["versions"]

_PACKAGES = (
    "pyspark",
    "dbt-core",
    "dbt-spark",
    "great-expectations",
    "numpy",
    "pandas",
    "duckdb",
    "streamlit",
    "altair",
)


def versions() -> dict[str, str]:
    """Return the versions of Python, of the packages that matter and of the project.

    Returns
    -------
    dict of str to str
        By ``python``, ``project`` and name of the package; ``not installed`` where one is
        missing.
    """
    found = {"python": platform.python_version(), "project": _project_version()}
    for package in _PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found


def _project_version() -> str:
    """Return the commit that ran, or say that it is not known."""
    try:
        answer = subprocess.run(
            ["git", "-C", str(project_root()), "describe", "--always", "--dirty"],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return answer.stdout.strip()
