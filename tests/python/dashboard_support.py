"""Exports that the dashboard's tests read, each written once."""

from functools import cache
from pathlib import Path

import runs
from dashboard_export import Shape, write_export

from dashboard.database import open_export
from dashboard.exports import Export, current_folder, read_manifest, verify

PROJECT = Path(__file__).resolve().parents[2]
SHAPES = {
    "full": Shape(customers=500),
    "one segment": Shape(customers=200, segments=1, campaigns=False, run_id="one"),
    "short": Shape(customers=120, months=1, run_id="short"),
    "newcomers": Shape(customers=300, rule_segment=4, currency="XXX", run_id="newcomers"),
}
RUNS = {"demo": runs.demo_run, "minimal": runs.minimal_run}
if runs.retail_lines():
    RUNS["retail"] = runs.retail_run
KINDS = [*SHAPES, *RUNS]


@cache
def exports_root(kind: str) -> Path:
    """Return a folder with ``current``: made up, or of a run of the tests."""
    if kind in RUNS:
        return RUNS[kind]().exports
    root = runs.folder("exports")
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
