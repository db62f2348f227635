"""Take forgotten customers out of finished exports and out of gate results."""

import csv
import json
import re
import shutil
from pathlib import Path

from pipeline.core.files import write_whole
from pipeline.privacy.forgotten import ForgottenList
from pipeline.privacy.rewriting import rewrite_parquet, without_customers
from pipeline.store.export_folders import finished, switch_to, write_manifest

__all__ = ["purge_exports", "purge_gates"]

_TEXTS = ("description", "quantity_text", "unit_price_text", "ordered_at_text")
_EXAMPLES = ("unexpected_values",)
_EDITION = re.compile(r"-f(\d+)$")


def purge_exports(exports: Path, forgotten: ForgottenList) -> int:
    """Write anew each export that names a forgotten customer; return how many.

    The new one stands beside the old one under a name of its own before
    ``current`` is switched and the old one is removed, so that a reader sees
    one or the other.
    """
    for path in exports.iterdir():
        is_hidden = path.name.startswith(".")
        if path.is_symlink():
            if is_hidden:
                path.unlink()
        elif path.is_dir() and (is_hidden or not (path / "manifest.json").is_file()):
            shutil.rmtree(path)
    count = 0
    for name in finished(exports):
        beside = exports / f".{name}.new"
        beside.mkdir(mode=0o700)
        if _copy(exports / name, beside, forgotten):
            _replace(exports, name, beside)
            count += 1
        else:
            shutil.rmtree(beside)
    return count


def _replace(exports: Path, name: str, beside: Path) -> None:
    """Put a new edition in an export's place."""
    number = _EDITION.search(name)
    edition = f"{_EDITION.sub('', name)}-f{int(number[1]) + 1 if number else 1}"
    current = (exports / "current").resolve().name
    if edition != current:
        # A killed command may have finished this edition: it is made once more.
        shutil.rmtree(exports / edition, ignore_errors=True)
        beside.rename(exports / edition)
    if current == name:
        switch_to(exports, edition)
    shutil.rmtree(exports / name)
    shutil.rmtree(beside, ignore_errors=True)


def purge_gates(gates: Path) -> None:
    """Take customers out of the kept examples of what gates found."""
    for path in gates.glob("*/*.json"):
        try:
            kept = json.loads(path.read_text())
        except json.JSONDecodeError:
            path.unlink()
            continue
        found = False
        for result in kept.get("results", []):
            for name in _EXAMPLES:
                if result.get(name):
                    result[name], found = "", True
        if found:
            write_whole(path, json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def _copy(source: Path, target: Path, forgotten: ForgottenList) -> bool:
    """Copy an export without the customers; say whether it named any."""
    change = without_customers(forgotten, _TEXTS, _EXAMPLES)
    changed = 0
    for path in sorted(source.rglob("*")):
        beside = target / path.relative_to(source)
        if path.is_dir():
            beside.mkdir(mode=0o700)
        elif path.suffix == ".parquet":
            changed += rewrite_parquet(path, change, beside)
        elif path.suffix == ".csv":
            changed += _copy_list(path, beside, forgotten)
        elif path.name != "manifest.json":
            shutil.copyfile(path, beside)
    if not changed:
        return False
    manifest = json.loads((source / "manifest.json").read_text())
    manifest["forgotten_since"] = True
    sentence = (
        "Customers have been forgotten since this export was made: their rows are gone, totals "
        "still count them until the next run."
    )
    manifest["warnings"] = list(dict.fromkeys([*manifest.get("warnings", []), sentence]))
    write_manifest(target, manifest)
    return True


def _copy_list(source: Path, target: Path, forgotten: ForgottenList) -> int:
    """Copy the activation list; return how many customers were left out."""
    left_out = 0
    with (
        source.open(encoding="utf-8", newline="") as reading,
        target.open("w", encoding="utf-8", newline="") as writing,
    ):
        rows, writer = csv.reader(reading), csv.writer(writing, lineterminator="\n")
        header = next(rows)
        at = header.index("customer_id")
        writer.writerow(header)
        for row in rows:
            # An apostrophe keeps a spreadsheet from reading a formula.
            if forgotten.names(row[at]) or forgotten.names(row[at].removeprefix("'")):
                left_out += 1
            else:
                writer.writerow(row)
    return left_out
