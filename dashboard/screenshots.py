"""Picture every page, light and dark: ``python -m dashboard.screenshots --out DIR``."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dashboard.exports import exports_root
from dashboard.navigation import PAGES
from dashboard.serving import browser, chromium, server, settled

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZES = {"": (1280, 900), "_phone": (390, 844)}


def take(out: Path, exports: Path, *, pages: list[str], phone: bool = False) -> list[Path]:
    """Write a PNG of each page in each theme and return their paths.

    Parameters
    ----------
    out : Path
        Folder to write to.
    exports : Path
        Folder that holds ``current``.
    pages : list of str
        Names of pages; ``customer`` is a customer's own page.
    phone : bool
        Add pictures of 390 pixels' width.
    """
    out.mkdir(parents=True, exist_ok=True)
    written = []
    with server(exports) as address, browser() as chrome:
        for theme in ("light", "dark"):
            for suffix, (width, height) in SIZES.items():
                if suffix and not phone:
                    continue
                context = chrome.new_context(
                    viewport={"width": width, "height": height}, color_scheme=theme
                )
                view = context.new_page()
                for name in pages:
                    view.set_viewport_size({"width": width, "height": height})
                    view.goto(f"{address}/{'' if name == 'overview' else name}", timeout=60_000)
                    settled(view)
                    view.set_viewport_size({"width": width, "height": _height(view, height)})
                    view.wait_for_timeout(900)
                    path = out / f"{name.split('?')[0]}_{theme}{suffix}.png"
                    view.screenshot(path=str(path))
                    written.append(path)
                context.close()
    return written


def _height(view: "Page", least: int) -> int:
    inner = view.evaluate(
        "document.querySelector(\"[data-testid='stMainBlockContainer']\").scrollHeight"
    )
    return max(least, int(inner) + 80)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder for the PNG files")
    parser.add_argument("--exports", type=Path, default=None, help="folder that holds `current`")
    parser.add_argument("--page", action="append", help="only this page; may be repeated")
    parser.add_argument("--phone", action="store_true", help="also 390 pixels wide")
    given = parser.parse_args()
    if chromium() is None:
        print("no chromium on this machine: apt-get install chromium", file=sys.stderr)
        return 2
    pages = given.page or [name for name, _, _ in PAGES]
    for path in take(given.out, given.exports or exports_root(), pages=pages, phone=given.phone):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
