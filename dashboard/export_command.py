"""A command that writes files into the folder of one export."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from dashboard.exports import ExportProblem

__all__ = ["run_on_export"]


def run_on_export(description: str, write: Callable[[Path], list[Path]]) -> int:
    """Run the command and return its exit code: 0 done, 2 where there is no sound export.

    Parameters
    ----------
    description : str
        For ``--help``.
    write : callable
        Given the folder, writes files into it and returns them; they are printed.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("export", type=Path, help="folder of one export, such as exports/current")
    folder = parser.parse_args().export
    if not (folder / "segment_profiles.parquet").is_file():
        print(f"{folder}: no export there; expected its parquet files", file=sys.stderr)
        return 2
    try:
        for path in write(folder):
            print(path)
    except ExportProblem as problem:
        print(f"{folder}: {problem.title}", file=sys.stderr)
        return 2
    return 0
