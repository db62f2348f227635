"""Time each page's queries at size: ``python bench/dashboard_queries.py``.

Makes a synthetic export of a million customers and twelve month ends (or takes ``--export``),
opens it as the dashboard does, and runs every query of each page, without the app's cache. Prints
the best of some repeats a query, the sum a page against its budget, and the most memory that the
process held.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "python")]

from query_values import values  # noqa: E402

from dashboard.database import execute, open_export  # noqa: E402
from dashboard.exports import Export, current_folder, read_manifest, verify  # noqa: E402

PAGE_BUDGET_MS = 300
MEMORY_BUDGET_MIB = 1024
FILTERS = ["filters/snapshots", "filters/segments", "filters/countries"]
PAGES = {
    "overview": [
        "overview/totals", "overview/segment_shares", "overview/customer_map",
        "overview/segment_outlines", "overview/months", "overview/changes",
    ],
    "segments": [
        "segments/profiles", "segments/comparison", "segments/spread", "segments/distributions",
        "segments/products", "segments/countries", "segments/backtest",
        "segments/best_customers",
    ],
    "customers": ["customers/total", "customers/page"],
    "one customer": [
        "customers/person", "customers/person_probabilities", "customers/person_place",
        "customers/person_outlook",
        "customers/person_orders", "customers/person_history",
    ],
    "movement": [
        "movement/matrix", "movement/moved_customers", "movement/sizes", "movement/in_and_out",
    ],
    "campaign": ["campaign/summary", "campaign/list"],
    "build": ["build/summary", "build/months", "build/products"],
    "products": ["products/products", "products/first_day"],
    "compare": ["compare/side", "compare/products", "compare/countries"],
    "cohorts": ["cohorts/retention", "cohorts/average_curve"],
    "model": [
        "model/selection", "model/backtest_metrics", "model/confidence_calibration",
        "segments/backtest", "model/feature_map",
        "model/components", "model/drift", "model/lineage", "model/outlook_backtest",
        "model/outlook_calibration",
    ],
    "data": [
        "data/line_classes", "data/examples", "data/gates", "data/unmatched_returns",
        "data/excluded_customers",
    ],
}  # fmt: skip


def views(con: Any, export: Export) -> dict[str, dict[str, Any]]:
    """Return parameters of the views to time: unfiltered, and narrowed by every filter."""
    cursor = con.cursor()
    cursor.execute("use store")
    country = cursor.execute(
        "select country from snapshot_totals group by 1 order by sum(customer_count) limit 1"
    ).fetchone()
    personas = cursor.execute("from segment_profiles select persona order by segment_id").fetchall()
    cursor.close()
    plain = values(export, con)
    narrow = {"country": country[0], "segment": personas[-1][0], "segment_id": len(personas)}
    return {"all": plain, "filtered": {**plain, **narrow, "search": "12", "least_sure": 0.5}}


def best_ms(con: Any, name: str, params: dict[str, Any], repeats: int) -> float:
    """Return the quickest of some runs, in milliseconds."""
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        execute(con, name, params)
        found.append((time.perf_counter() - started) * 1000)
    return min(found)


def measure(export: Export, repeats: int) -> dict[str, Any]:
    """Return how long opening and each page take, and the peak memory.

    Returns
    -------
    dict
        ``open_s`` (seconds), ``pages`` (milliseconds by page and view), ``memory_mib``.
    """
    started = time.perf_counter()
    verify(export)
    con = open_export(export)
    opened = time.perf_counter() - started
    pages: dict[str, dict[str, float]] = {}
    for view, params in views(con, export).items():
        for page, names in PAGES.items():
            total = sum(best_ms(con, name, params, repeats) for name in [*FILTERS, *names])
            pages.setdefault(page, {})[view] = round(total, 1)
    con.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"open_s": round(opened, 1), "pages": pages, "memory_mib": round(memory)}


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, help="folder with `current`, instead of a new one")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    if given.export:
        result = measure(read_manifest(current_folder(given.export)), given.repeats)
    else:
        with tempfile.TemporaryDirectory() as folder:
            # In a process of its own, so that making the export does not count as memory.
            script = ROOT / "tests" / "python" / "dashboard_export.py"
            subprocess.run(
                [sys.executable, str(script), folder, f"--customers={given.customers}",
                 f"--months={given.months}"], check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            result = measure(read_manifest(current_folder(Path(folder))), given.repeats)
    if given.json:
        print(json.dumps(result))
    else:
        print(f"opening (once an export) {result['open_s']:>8} s")
        for page, times in result["pages"].items():
            shown = "  ".join(f"{view} {ms:7.1f} ms" for view, ms in times.items())
            print(f"{page:<14} {shown}   {max(times.values()) / PAGE_BUDGET_MS:4.2f} of the budget")
        share = result["memory_mib"] / MEMORY_BUDGET_MIB
        print(f"memory {result['memory_mib']} MiB, {share:.2f} of the budget")
    return 0


if __name__ == "__main__":
    sys.exit(main())
