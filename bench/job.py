"""The whole job and the same work, beside the baseline, at several sizes."""

import json
import shutil
import tempfile
from pathlib import Path

from bench.lines import repeated_lines
from bench.measure import Measured, measure, python, spread

__all__ = ["bench_job", "table_of"]

_ALIKE = ("customers", "orders", "monetary", "recency_days")


def bench_job(data: Path, sizes: list[int], repeats: int, parts: tuple[str, ...]) -> list[dict]:
    """Run each part in turn, several times, at each size.

    Parameters
    ----------
    data : Path
        Lines in the layout of UCI Online Retail.
    sizes : list of int
        How many times as large the inputs are.
    repeats : int
        Rounds at size 1; larger sizes run once.
    parts : tuple of str
        Of ``baseline``, ``core`` and ``job``.

    Returns
    -------
    list of dict
        ``size``, ``part`` and ``measured``.

    Raises
    ------
    RuntimeError
        If the core pipeline and the baseline do not come to the same customers and money.
    """
    rows: list[dict] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for size in sizes:
            file = data if size == 1 else repeated_lines(data, size, Path(folder) / "lines.csv")
            for _ in range(repeats if size == 1 else 1):
                rows += _round(file, size, parts, Path(folder))
    return rows


def _round(file: Path, size: int, parts: tuple[str, ...], folder: Path) -> list[dict]:
    rows, found = [], {}
    for part in parts:
        state, out = folder / "state", folder / "out.json"
        shutil.rmtree(state, ignore_errors=True)
        out.unlink(missing_ok=True)
        command = {
            "baseline": python("bench/baseline.py", str(file), str(out)),
            "core": python("-m", "bench.core", str(file), str(out)),
            "job": python("-m", "pipeline", "run", "--data", str(file)),
        }[part]
        measured = measure(command, state)
        rows.append({"size": size, "part": part, "measured": measured})
        print(f"  {size}x {part}: {measured.seconds:.0f} s, {measured.peak_mib:,} MiB", flush=True)
        if out.exists():
            found[part] = json.loads(out.read_text())
        shutil.rmtree(state, ignore_errors=True)
    if {"baseline", "core"} <= found.keys():
        for name in _ALIKE:
            if found["baseline"][name] != found["core"][name]:
                raise RuntimeError(
                    f"{size}x: the baseline comes to {name} = {found['baseline'][name]}, "
                    f"the project to {found['core'][name]}"
                )
    return rows


def table_of(rows: list[dict]) -> str:
    """Return the figures as a table: seconds, memory, and ratios to the baseline and to size 1."""
    groups: dict[tuple[int, str], list[Measured]] = {}
    for row in rows:
        groups.setdefault((row["size"], row["part"]), []).append(row["measured"])
    lines = [
        "size  part      seconds min/median/max    of baseline   of size 1  peak MiB (Java, Python)"
    ]
    for (size, part), runs in groups.items():
        baseline, first = groups.get((size, "baseline")), groups.get((1, part))
        seconds = [run.seconds for run in runs]
        to_baseline = spread(_ratios(seconds, baseline)) if baseline and part != "baseline" else "-"
        to_first = f"{min(seconds) / min(run.seconds for run in first):.1f}" if first else "-"
        most = max(runs, key=lambda run: run.peak_mib)
        lines.append(
            f"{size:>3}x  {part:<9} {spread(seconds):<24}  {to_baseline:<13} {to_first:>5}   "
            f"{most.peak_mib:,} ({most.peak_java_mib:,}, {most.peak_python_mib:,})"
        )
    return "\n".join([*lines, *_stages(groups)])


def _stages(groups: dict[tuple[int, str], list[Measured]]) -> list[str]:
    """Return the seconds of each stage of the whole job, a column a size."""
    jobs = {size: runs[-1].stages for (size, part), runs in groups.items() if part == "job"}
    if not jobs:
        return []
    names = list(next(iter(jobs.values())))
    lines = ["", "stage of the whole job".ljust(54) + "".join(f"{size:>8}x" for size in jobs)]
    for name in names:
        seconds = [stages.get(name) for stages in jobs.values()]
        lines.append(
            name.ljust(54) + "".join("        -" if s is None else f"{s:>8.1f}s" for s in seconds)
        )
    return lines


def _ratios(seconds: list[float], baseline: list[Measured]) -> list[float]:
    return [mine / theirs.seconds for mine, theirs in zip(seconds, baseline, strict=False)]
