"""What the user's own Spark configuration says, which the session factory respects."""

import os
import re
import shlex
from pathlib import Path

from pyspark.find_spark_home import _find_spark_home

__all__ = ["names_metastore", "own_settings"]

# Each names a catalogue that is not the state folder's.
_METASTORE = (
    "hive.metastore.uris",
    "hive.metastore.client.factory.class",
    "javax.jdo.option.ConnectionURL",
)


def own_settings() -> dict[str, str]:
    """Return the settings that Spark will find without us.

    They come from ``spark-defaults.conf`` in ``SPARK_CONF_DIR`` (by default
    ``conf`` in Spark's own folder), and above it from the ``--conf`` options
    in ``PYSPARK_SUBMIT_ARGS``.

    Returns
    -------
    dict of str to str
        By name the value as it is written; empty where nothing is set.
    """
    found: dict[str, str] = {}
    defaults = _conf_dir() / "spark-defaults.conf"
    if defaults.is_file():
        for line in defaults.read_text().splitlines():
            if line.strip() and not line.lstrip().startswith(("#", "!")):
                name, *rest = re.split(r"\s*[\s=:]\s*", line.strip(), maxsplit=1)
                found[name] = rest[0] if rest else ""
    options = iter(shlex.split(os.environ.get("PYSPARK_SUBMIT_ARGS", "")))
    for option in options:
        if option in ("--conf", "-c") or option.startswith("--conf="):
            text = option[7:] if option.startswith("--conf=") else next(options, "")
            name, _, value = text.partition("=")
            found[name] = value
    return found


def names_metastore(settings: dict[str, str]) -> bool:
    """Say whether the user has a Hive metastore already.

    Parameters
    ----------
    settings : dict
        The user's own Spark settings.

    Returns
    -------
    bool
        True where one of them names it, or a ``hive-site.xml`` lies in
        ``SPARK_CONF_DIR``, ``HADOOP_CONF_DIR`` or ``YARN_CONF_DIR``.
    """
    given = [os.environ.get(name) for name in ("HADOOP_CONF_DIR", "YARN_CONF_DIR")]
    folders = [_conf_dir(), *(Path(folder) for folder in given if folder)]
    return any(name.endswith(_METASTORE) for name in settings) or any(
        (folder / "hive-site.xml").is_file() for folder in folders
    )


def _conf_dir() -> Path:
    return Path(os.environ.get("SPARK_CONF_DIR") or Path(_find_spark_home()) / "conf")
