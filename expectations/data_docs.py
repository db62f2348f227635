"""Data Docs that open from a plain file, with no other file and no server behind them.

Great Expectations writes the pages, and has them take style sheets, scripts
and a picture that counts visits from public servers. Here each page gets a
style sheet and a script of its own instead, and the index is a plain list.
"""

import json
import re
from functools import cache
from html import escape
from pathlib import Path

from expectations.facts import GATES, result_file

__all__ = ["finish_data_docs"]

_MARK = "<!-- self-contained -->"
# Style sheets, scripts and the footer's advertisement. Inline scripts go
# too: they call what the removed ones would have brought.
_FOREIGN = re.compile(
    r"<link[^>]*(?:https?://|favicon)[^>]*>|<script\b.*?</script>|<footer\b.*?</footer>", re.DOTALL
)
_LOGO = re.compile(r"<img[^>]*https?://[^>]*>")
_BACKGROUND = re.compile(r"background: url\('https?://[^;]*;")


def finish_data_docs(folder: Path) -> None:
    """Make the pages that are new in a Data Docs folder self-contained, and write the index.

    Parameters
    ----------
    folder : Path
        The Data Docs site.
    """
    for path in folder.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        if _MARK not in text:
            path.write_text(_self_contained(text), encoding="utf-8")
    (folder / "index.html").write_text(_index(folder), encoding="utf-8")


def _self_contained(page: str) -> str:
    page = _FOREIGN.sub("", page)
    page = _BACKGROUND.sub("", page)
    page = _LOGO.sub("All runs", page)
    page = page.replace("</head>", f"{_MARK}<style>\n{_asset('css')}</style></head>", 1)
    return page.replace("</body>", f"<script>\n{_asset('js')}</script></body>", 1)


@cache
def _asset(kind: str) -> str:
    return Path(__file__).with_suffix(f".{kind}").read_text(encoding="utf-8")


def _index(folder: Path) -> str:
    """Return a page that lists every kept run, the latest first, and its suites."""
    pages: dict[tuple[str, str], Path] = {}
    for path in sorted(folder.glob("validations/*/*/*/*.html")):
        pages[path.parts[-3], path.parts[-4]] = path.relative_to(folder)
    runs = sorted({run for run, _ in pages}, reverse=True)
    parts = [
        "<!DOCTYPE html><html lang='en'><head><meta charset='UTF-8'><title>Gates</title>",
        "<meta name='viewport' content='width=device-width, initial-scale=1.0'>",
        f"{_MARK}<style>\n{_asset('css')}</style></head><body>",
        "<nav class='navbar sticky-top'><strong>Gates: what was expected, and what was "
        "found</strong></nav><div class='container-fluid'>",
    ]
    for run in runs:
        rows = [row for gate in GATES for row in _rows(run, gate, pages)]
        parts.append(
            f"<div class='ge-section'><div class='alert'>Run {escape(run)}</div><table><thead>"
            "<tr><th>Gate</th><th>Table</th><th>Passed</th><th>Failed</th></tr></thead>"
            f"<tbody>{''.join(rows)}</tbody></table></div>"
        )
    parts.append("<p>The pages are made by Great Expectations.</p></div></body></html>\n")
    return "".join(parts)


def _rows(run: str, gate: str, pages: dict[tuple[str, str], Path]) -> list[str]:
    path = result_file(run, gate)
    if not path.is_file():
        return []
    counts: dict[str, list[int]] = {}
    for result in json.loads(path.read_text())["results"]:
        counts.setdefault(result["suite"], [0, 0])[not result["success"]] += 1
    rows = []
    for suite, (held, broken) in counts.items():
        page = pages.get((run, suite))
        name = escape(suite)
        shown = f"<a href='{escape(page.as_posix())}'>{name}</a>" if page else name
        rows.append(
            f"<tr><td>{gate}</td><td>{shown}</td><td>{held}</td><td>{broken or ''}</td></tr>"
        )
    return rows
