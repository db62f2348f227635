"""Where the project is, where its state lies, and what its databases are called."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.core.errors import InputError

__all__ = ["StatePaths", "analytics_schema", "ml_schema", "project_root", "raw_schema", "state"]

_SCHEMA_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")


def project_root() -> Path:
    """Return the folder that holds ``dbt_project.yml``."""
    return Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class StatePaths:
    """Every folder that a command writes to.

    Parameters
    ----------
    root : Path
        The state folder; everything else is below it.
    """

    root: Path

    @property
    def warehouse(self) -> Path:
        """Tables that dbt builds; rebuildable."""
        return self.root / "warehouse"

    @property
    def raw(self) -> Path:
        """Landed lines, a folder a load; durable."""
        return self.root / "raw"

    @property
    def ml(self) -> Path:
        """What the ml step wrote, a folder a run; durable."""
        return self.root / "ml"

    @property
    def exports(self) -> Path:
        """Finished exports and the link to the current one."""
        return self.root / "exports"

    @property
    def gates(self) -> Path:
        """Gate results by run and the statistics of the last good run."""
        return self.root / "gates"

    @property
    def data_docs(self) -> Path:
        """Great Expectations' Data Docs."""
        return self.root / "data_docs"

    @property
    def logs(self) -> Path:
        """Logs of Spark, of the JVM and of dbt."""
        return self.root / "logs"

    @property
    def tmp(self) -> Path:
        """Scratch space; emptied when a command begins."""
        return self.root / "tmp"

    @property
    def fit_tmp(self) -> Path:
        """Scratch files of the fit beside a run."""
        return self.tmp / "fit"

    @property
    def drafts(self) -> Path:
        """Source configs that were drafted for files of unknown layouts."""
        return self.root / "drafts"

    @property
    def lock_file(self) -> Path:
        """The file whose lock says that a command is at work."""
        return self.root / "lock"

    @property
    def token_file(self) -> Path:
        """Where the warm server's token lies while it runs."""
        return self.root / "connect.token"

    def create(self) -> "StatePaths":
        """Make the folders, readable by their owner only, and return self.

        Raises
        ------
        InputError
            If one of them can't be written; it names ``STATE_DIR``.
        """
        try:
            self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self.raw, self.ml, self.exports, self.gates, self.logs, self.tmp):
                folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"{self.root}: the state folder can't be written ({error.strerror}); "
                "set STATE_DIR to a folder that can"
            ) from error
        return self


def state() -> StatePaths:
    """Return the state folder that ``STATE_DIR`` names, ``.state`` by default."""
    named = os.environ.get("STATE_DIR", "").strip()
    root = Path(named).expanduser() if named else project_root() / ".state"
    return StatePaths(root if root.is_absolute() else project_root() / root)


def analytics_schema() -> str:
    """Return the database of the marts, from ``ANALYTICS_SCHEMA``.

    Raises
    ------
    InputError
        If the name is not a plain lower-case identifier, or is ``default``.
    """
    name = os.environ.get("ANALYTICS_SCHEMA", "").strip() or "analytics"
    # Hive keeps the place of `default` from when a metastore was made: the
    # prepared one's is a folder of set-up that is long gone.
    if not _SCHEMA_NAME.fullmatch(name) or name == "default":
        raise InputError(
            f"ANALYTICS_SCHEMA={name!r}: expected a lower-case letter followed by letters, "
            "digits or underscores, at most 41 in all, and not `default`"
        )
    return name


def raw_schema() -> str:
    """Return the database of the landed lines.

    Raises
    ------
    InputError
        If `analytics_schema` refuses the name.
    """
    return f"{analytics_schema()}_raw"


def ml_schema() -> str:
    """Return the database of the ml tables.

    Raises
    ------
    InputError
        If `analytics_schema` refuses the name.
    """
    return f"{analytics_schema()}_ml"
