"""Time each page in a browser: ``python bench/dashboard_pages.py --export exports``.

For each page, of a warm server: in a browser that has never been there, first paint (from the
link to the heading) and settled (charts and tables are there and nothing runs); then, until it
has settled again, a click (a choice of the segment in the side bar) and a move (from another page
by the menu). The best of some repeats in milliseconds, and the charts of the page.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "python")]

from dashboard_export import Shape, write_export  # noqa: E402

from dashboard.navigation import PAGES  # noqa: E402
from dashboard.serving import browser, server  # noqa: E402

# What Streamlit shows while a script runs, or an element is not there yet; a chart behind another
# tab is drawn when it is looked at.
SETTLED = """() => {
    const state = document.querySelector("[data-testid='stApp']")?.dataset.testScriptState;
    const charts = [...document.querySelectorAll("[data-testid='stVegaLiteChart']")];
    return document.querySelector("[data-testid='stMainBlockContainer'] h1")
        && state !== "running" && state !== "initial"
        && !document.querySelector("[data-testid='stSkeleton']")
        && !document.querySelector("[data-stale='true']")
        && charts.every(chart => !chart.offsetParent || chart.querySelector("svg, canvas"));
}"""
# A rerun may be over before anybody asks whether it has begun, and too short for the app to show
# that it runs; then what it changed says so.
NOTE_A_RERUN = """() => {
    window.hasRerun = false;
    const observer = new MutationObserver(() => { window.hasRerun = true; });
    observer.observe(document.querySelector("[data-testid='stApp']"),
        {attributes: true, attributeFilter: ["data-test-script-state"]});
    observer.observe(document.querySelector("[data-testid='stMain']"),
        {childList: true, subtree: true, characterData: true});
}"""


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000)


def _press(page: Any, target: Any) -> float:
    """Press what makes the page run again, and return the milliseconds until it has settled."""
    page.evaluate(NOTE_A_RERUN)
    started = time.perf_counter()
    target.click()
    page.wait_for_function("window.hasRerun", polling="raf")
    page.wait_for_function(SETTLED, polling="raf")
    return _ms(started)


def measure_page(chrome: Any, address: str, path: str, title: str, choice: int) -> dict[str, float]:
    """Return how long one visit of a page takes, in milliseconds, and its number of charts.

    The click takes that choice of the segments, so that no visit finds another's results.
    """
    context = chrome.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)
    started = time.perf_counter()
    page.goto(f"{address}/{path}", wait_until="commit")
    page.wait_for_selector("[data-testid='stMainBlockContainer'] h1")
    painted = _ms(started)
    page.wait_for_function(SETTLED, polling="raf")
    found = {"first_paint_ms": painted, "settled_ms": _ms(started)}
    found["charts"] = page.locator("[data-testid='stVegaLiteChart']").count()
    page.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    option = page.get_by_role("option").nth(choice)
    option.wait_for()
    found["click_ms"] = _press(page, option)
    menu = page.get_by_test_id("stSidebarNav")
    _press(page, menu.get_by_text("Cohorts" if title != "Cohorts" else "Data", exact=True))
    found["move_ms"] = _press(page, menu.get_by_text(title, exact=True))
    context.close()
    return found


def measure(exports: Path, repeats: int) -> dict[str, dict[str, float]]:
    """Return the best of some visits of each page; the first warms the server and is left out."""
    rows: dict[str, dict[str, float]] = {}
    with server(exports) as address, browser() as chrome:
        for name, title, _ in PAGES:
            path = "" if name == "overview" else name
            visits = [
                measure_page(chrome, address, path, title, 1 + visit)
                for visit in range(repeats + 1)
            ][1:]
            rows[name] = {key: min(visit[key] for visit in visits) for key in visits[0]}
    return rows


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, help="folder with `current`, instead of a new one")
    parser.add_argument("--customers", type=int, default=4_324)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        exports = given.export or Path(folder)
        if not given.export:
            write_export(exports, Shape(customers=given.customers))
        rows = measure(exports, given.repeats)
    print(json.dumps(rows) if given.json else table(rows))
    return 0


def table(rows: dict[str, dict[str, float]]) -> str:
    """Return the figures as a table."""
    lines = [
        f"{'page':<12} {'first paint':>12} {'settled':>10} {'a click':>10} {'a move':>10}  charts"
    ]
    lines += [
        f"{name:<12} {row['first_paint_ms']:>9} ms {row['settled_ms']:>7} ms "
        f"{row['click_ms']:>7} ms {row['move_ms']:>7} ms {row['charts']:>7}"
        for name, row in rows.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
