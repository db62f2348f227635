"""Find the export to show, and check that it is whole before anything reads it."""

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from dashboard.settings import CHECKSUM_BYTES, SCHEMA_VERSION

ACTIVATION_LIST = "activation.csv"
VIEWS = Path(__file__).parent / "queries" / "_views.sql"


class ExportProblem(Exception):
    """An export that cannot be shown.

    Attributes
    ----------
    title : str
        What is wrong, as a short sentence.
    advice : str
        What to do about it, as Markdown; names no folder of the server, as anyone may read it.
    folder : Path
        Where it is, for the one who runs the server.
    """

    def __init__(self, title: str, advice: str, folder: Path) -> None:
        super().__init__(f"{title}: {folder}")
        self.title = title
        self.advice = advice
        self.folder = folder


@dataclass(frozen=True)
class Export:
    """One complete export.

    Attributes
    ----------
    folder : Path
        The run's own folder, links resolved, so that a later run cannot move it.
    manifest : dict
        Content of ``manifest.json``.
    """

    folder: Path
    manifest: dict[str, Any] = field(hash=False, compare=False, repr=False)

    @property
    def run_id(self) -> str:
        """Identifier of the run that wrote the export."""
        return str(self.manifest["run_id"])

    @property
    def as_of_date(self) -> date:
        """Day before which everything in the export was ordered."""
        return date.fromisoformat(self.manifest["as_of_date"])

    @property
    def currency(self) -> str:
        """ISO code of the one currency of the source."""
        return str(self.manifest.get("currency") or "")

    @property
    def has_product(self) -> bool:
        """Whether the source names products."""
        return bool(self.manifest["source"].get("has_product"))

    @property
    def has_quantity(self) -> bool:
        """Whether the source has units and prices, rather than amounts alone."""
        return bool(self.manifest["source"].get("has_quantity"))

    @property
    def has_country(self) -> bool:
        """Whether the source names countries."""
        return bool(self.manifest["source"].get("has_country"))

    @property
    def stand_out(self) -> dict[str, float]:
        """Support that the run asked of a product or country before it stands out."""
        kept = self.manifest["parameters"]
        return {
            "minimum_customers": int(kept["stand_out_minimum_customers"]),
            "minimum_share": float(kept["stand_out_minimum_share"]),
        }


def exports_root() -> Path:
    """Return the folder that holds ``current``.

    ``EXPORTS_DIR`` where it is set; else ``exports`` in ``STATE_DIR`` where that names another
    folder than the default; else ``exports`` in the project, or in its default state folder.
    """
    project = Path(__file__).resolve().parent.parent
    if given := os.environ.get("EXPORTS_DIR", "").strip():
        return Path(given).expanduser()
    default = project / ".state"
    named = os.environ.get("STATE_DIR", "").strip()
    # Relative to the project, as every other command takes it. An activated
    # environment names the default too.
    chosen = project / Path(named).expanduser() if named else default
    if chosen.resolve() != default.resolve():
        return chosen / "exports"
    shipped = project / "exports"
    return shipped if shipped.exists() else default / "exports"


def current_folder(root: Path) -> Path:
    """Return the folder that ``root/current`` leads to now.

    Raises
    ------
    ExportProblem
        Where there is none.
    """
    link = root if (root / "manifest.json").is_file() else root / "current"
    if not link.exists():
        raise ExportProblem(
            "There is no export yet",
            "Run `make run` for the built-in demo data, or `make run DATA=path/to/file.csv` for "
            "your own, and reload this page. Where the dashboard looks is in the server's log.",
            root,
        )
    return link.resolve()


def read_manifest(folder: Path) -> Export:
    """Return the export in ``folder`` without checking its tables.

    Raises
    ------
    ExportProblem
        Where the manifest is missing, unreadable, or of another layout.
    """
    path = folder / "manifest.json"
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        version = int(manifest["schema_version"])
        export = Export(folder, manifest)
        export.run_id, export.as_of_date, manifest["tables"], manifest["source"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(folder, f"`manifest.json` cannot be read ({type(error).__name__})") from None
    if version < SCHEMA_VERSION:
        raise ExportProblem(
            "This export was written by an older version",
            f"It has layout {version}; this dashboard reads layout {SCHEMA_VERSION}.\n\n"
            "Run `make run` again with the same data to write a new one.",
            folder,
        )
    if version > SCHEMA_VERSION:
        raise ExportProblem(
            "This export was written by a newer version",
            f"It has layout {version}; this dashboard reads layout {SCHEMA_VERSION}.\n\n"
            "Update the project, or go back with `make rollback`.",
            folder,
        )
    return export


def verify(export: Export) -> None:
    """Check every table against the manifest: presence, checksum or rows, and columns.

    Raises
    ------
    ExportProblem
        At the first difference.
    """
    for name in table_names():
        entry = export.manifest["tables"].get(name)
        if entry is None:
            raise ExportProblem(
                "This export lacks a table",
                f"`{name}` is not in `{export.folder.name}`; it was probably written by an older "
                "version.\n\nRun `make run` again with the same data to write a new one.",
                export.folder,
            )
        _verify_table(export.folder, name, entry)
    _verify_list(export)


def table_names() -> list[str]:
    """Return the tables that the dashboard reads, as declared in ``_views.sql``."""
    lines = VIEWS.read_text(encoding="utf-8").splitlines()
    return [line.split()[2] for line in lines if line.startswith("create view")]


def _verify_table(folder: Path, name: str, entry: dict[str, Any]) -> None:
    path = folder / f"{name}.parquet"
    if entry.get("file", path.name) != path.name or path.resolve().parent != folder.resolve():
        raise _damaged(folder, f"`{name}` lies outside the export")
    if not path.is_file():
        raise _damaged(folder, f"`{path.name}` is missing")
    if path.stat().st_size <= CHECKSUM_BYTES:
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != entry.get("sha256"):
                raise _damaged(folder, f"`{path.name}` is not the file that the run wrote")
        return
    with duckdb.connect() as con:
        try:
            rows = con.execute(
                "select sum(num_rows) from parquet_file_metadata($path)", {"path": str(path)}
            ).fetchone()
        except duckdb.Error:
            raise _damaged(folder, f"`{path.name}` is not readable parquet") from None
    if rows is None or rows[0] != entry.get("rows"):
        raise _damaged(
            folder, f"`{path.name}` does not hold the {entry.get('rows')} rows it should"
        )


def _verify_list(export: Export) -> None:
    """Check the activation list, which campaigns are made of."""
    path = export.folder / ACTIVATION_LIST
    if not path.is_file():
        raise _damaged(export.folder, f"`{path.name}` is missing")
    if path.stat().st_size <= CHECKSUM_BYTES:
        with path.open("rb") as stream:
            found = hashlib.file_digest(stream, "sha256").hexdigest()
        if found != export.manifest.get("files", {}).get(path.name):
            raise _damaged(export.folder, f"`{path.name}` is not the file that the run wrote")


def _damaged(folder: Path, what: str) -> ExportProblem:
    return ExportProblem(
        "This export is damaged",
        f"In `{folder.name}`, {what}.\n\nGo back to the previous export with `make rollback`, or "
        "write a new one with `make run`.",
        folder,
    )
