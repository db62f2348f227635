"""Exports that the dashboard's tests read, each written once."""

import os
import tempfile
from functools import cache
from pathlib import Path

import pytest
from dashboard_export import Shape, write_export

from dashboard.database import open_export
from dashboard.exports import Export, current_folder, read_manifest, verify

PROJECT = Path(__file__).resolve().parents[2]
SHAPES = {
    "full": Shape(customers=500),
    "minimal": Shape(customers=300, products=False, countries=False, run_id="minimal"),
    "one segment": Shape(customers=200, segments=1, run_id="one"),
    "short": Shape(customers=120, months=1, run_id="short"),
}
KINDS = [*SHAPES, "real"]


@cache
def exports_root(kind: str) -> Path:
    """Return a folder with ``current``; ``real`` is the project's own or REAL_EXPORTS."""
    if kind == "real":
        root = Path(os.environ.get("REAL_EXPORTS") or PROJECT / "exports")
        if not (root / "current" / "manifest.json").is_file():
            pytest.skip("no export of a real run: make run first")
        return root
    root = Path(tempfile.mkdtemp(prefix="dashboard-"))
    write_export(root, SHAPES[kind])
    return root


@cache
def export(kind: str) -> Export:
    """Return a verified export."""
    found = read_manifest(current_folder(exports_root(kind)))
    verify(found)
    return found


@cache
def connection(kind: str):
    """Return an open connection to an export."""
    return open_export(export(kind))
