"""Finished exports side by side, and the link to the one that is read."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import pyarrow.parquet as pq

from pipeline.core.errors import InputError

__all__ = [
    "KEPT_EXPORTS",
    "SCHEMA_VERSION",
    "finished",
    "prune",
    "replace_link",
    "rollback",
    "sweep",
    "switch_to",
    "write_manifest",
]

SCHEMA_VERSION = 6
"""Layout of an export; the dashboard, which imports nothing of ours, has its own copy."""
KEPT_EXPORTS = 5


def switch_to(exports: Path, run_id: str) -> None:
    """Point ``current`` at another export in one atomic step."""
    _sync(exports)
    replace_link(exports / "current", Path(run_id))
    _sync(exports)


def finished(exports: Path) -> list[str]:
    """Return the run ids of the whole exports, oldest first."""
    folders = (path.parent for path in exports.glob("[!.]*/manifest.json"))
    return sorted(folder.name for folder in folders if not folder.is_symlink())


def prune(exports: Path) -> None:
    """Remove the oldest exports beyond those that are kept, never the current one."""
    current = (exports / "current").resolve().name
    for run_id in finished(exports)[:-KEPT_EXPORTS]:
        if run_id != current:
            # Killed half-way, it must not be taken for a whole export.
            trash = exports / f".{run_id}.new"
            (exports / run_id).rename(trash)
            shutil.rmtree(trash)


def rollback(exports: Path) -> str:
    """Point ``current`` at the export before it and return that one's run id.

    Raises
    ------
    InputError
        If there is no current export or none before it.
    """
    link = exports / "current"
    if not link.is_symlink():
        raise InputError(f"{exports}: there is no export yet; make one with: make run")
    current = link.readlink().name
    earlier = [run_id for run_id in finished(exports) if run_id < current]
    if not earlier:
        raise InputError(f"{exports}: no export is older than the current one, {current}")
    switch_to(exports, earlier[-1])
    return earlier[-1]


def sweep(exports: Path) -> None:
    """Remove what a killed run left unfinished."""
    for path in exports.glob(".*.new"):
        if path.is_symlink():
            path.unlink()
        else:
            shutil.rmtree(path)


def write_manifest(folder: Path, manifest: dict) -> None:
    """List what the folder holds, and let all of it reach the disk."""
    tables, files = {}, {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        checksum = _checksum_and_sync(path)
        if path.suffix == ".parquet":
            parquet = pq.ParquetFile(path)
            tables[path.stem] = {
                "file": name,
                "rows": parquet.metadata.num_rows,
                "sha256": checksum,
                "columns": {field.name: str(field.type) for field in parquet.schema_arrow},
            }
        else:
            files[name] = checksum
    whole = {"schema_version": SCHEMA_VERSION, **manifest, "tables": tables, "files": files}
    path = folder / "manifest.json"
    path.write_text(json.dumps(whole, indent=2, default=str, ensure_ascii=False) + "\n")
    _checksum_and_sync(path)
    _sync(folder)


def replace_link(link: Path, target: Path) -> None:
    """Point a link at another target in one atomic step.

    Raises
    ------
    InputError
        If something else lies where the link is to be.
    """
    if link.exists() and not link.is_symlink():
        raise InputError(f"{link}: expected a link that this command made; move it away")
    beside = link.with_name(f".{link.name}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)


def _checksum_and_sync(path: Path) -> str:
    with path.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return checksum


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
