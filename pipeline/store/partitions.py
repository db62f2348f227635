"""Folders of the declared tables and of their partitions."""

import shutil
from pathlib import Path

from pipeline.core.paths import state
from pipeline.store.declared import declared_tables

__all__ = [
    "finished_partitions",
    "partition_folder",
    "partitions_on_disk",
    "sweep_partitions",
    "table_folder",
]


def table_folder(name: str) -> Path:
    """Return the folder of a declared table, given as ``raw.x`` or ``ml.x``."""
    area, table = name.split(".")
    return {"raw": state().raw, "ml": state().ml}[area] / table


def partition_folder(name: str, value: str) -> Path:
    """Return the folder of one partition of a declared table."""
    return table_folder(name) / f"{declared_tables()[name].partition}={value}"


def partitions_on_disk(name: str) -> list[str]:
    """Return the partition values whose folders exist, sorted."""
    prefix = f"{declared_tables()[name].partition}="
    folder = table_folder(name)
    if not folder.is_dir():
        return []
    return sorted(
        path.name.removeprefix(prefix)
        for path in folder.iterdir()
        if path.is_dir() and path.name.startswith(prefix)
    )


def finished_partitions(name: str) -> list[str]:
    """Return the partitions of a declared table whose load or run is whole.

    Returns
    -------
    list of str
        Partition values, sorted.
    """
    whole = partitions_on_disk(declared_tables()[name].completed_by)
    return [value for value in partitions_on_disk(name) if value in whole]


def sweep_partitions() -> None:
    """Remove what a killed command left half-written of the declared tables.

    Only for the holder of the state folder's lock.
    """
    for name in declared_tables():
        folder = table_folder(name)
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            replaced = path.with_name(path.name[1:].removesuffix(".old"))
            if path.suffix == ".old" and not replaced.exists():
                # Killed between the two renames of a replacement.
                path.rename(replaced)
            elif path.name.startswith("."):
                shutil.rmtree(path, ignore_errors=True)
        for value in set(partitions_on_disk(name)) - set(finished_partitions(name)):
            shutil.rmtree(partition_folder(name, value))
