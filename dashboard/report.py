"""Write the month of an export as one page to hand on: ``python -m dashboard.report EXPORT``.

The page holds its pictures and names no other file or server, so that it can be mailed. It says of
the last whole month what the strip on top of the overview says.
"""

import base64
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard import cards, formats, sentences
from dashboard.database import execute, open_export, prepare_moves
from dashboard.export_command import run_on_export
from dashboard.exports import Export, read_manifest
from dashboard.formats import html_text
from dashboard.theme import LIGHT, segment_colour

FILE = "report.html"
PREPARED = ("snapshots", "customer_keys", "customer_months", "directions", "map_cells",
            "snapshot_totals", "first_order", "month_orders")  # fmt: skip
PICTURES = {
    "shares": (
        "Who brings the revenue",
        "Bars of each segment's share of customers and of revenue, which the table gives too.",
    ),
    "profiles": (
        "How the segments differ",
        "Heat map of the segments' medians on every measure, coloured by whether they are better "
        "or worse for the shop than the typical customer's.",
    ),
    "campaigns": (
        "The campaigns beside their control groups",
        "Differences of each campaign with 95% intervals, of which the text above tells.",
    ),
}
"""The pictures of the export that the page shows: their headings and alternative texts."""
LISTED = 5
"""The most flows of a direction that the page lists."""


def write(export_dir: Path, currency: str | None = None) -> Path:
    """Write the report of an export into its folder.

    Parameters
    ----------
    export_dir : Path
        Folder with the export's parquet files and its ``pictures``; the manifest may still be
        missing, since it is written last.
    currency : str, optional
        ISO code for amounts; by default the manifest's, and no sign where there is none.

    Returns
    -------
    Path
        The file written.
    """
    folder = export_dir.resolve()
    has_manifest = (folder / "manifest.json").is_file()
    export = read_manifest(folder) if has_manifest else Export(folder, {"currency": ""})
    path = folder / FILE
    path.write_text(_page(export, currency or export.currency), encoding="utf-8")
    return path


def _page(export: Export, currency: str) -> str:
    con = open_export(export, PREPARED)
    try:
        prepare_moves(con, latest=2)
        ((as_of, run_id),) = con.execute(
            "select max(as_of_date), max(run_id) from customer_segments"
        ).fetchall()
        view = {"as_of": as_of, "country": None, "segment": None, "segment_id": None}
        months = execute(con, "overview/months", view)
        start = months["month"].iloc[0]
        ends = {"from_date": start, "to_date": start + pd.DateOffset(months=1)}
        changes = execute(con, "overview/changes", {**view, **ends})
        shares = execute(con, "overview/segment_shares", view)
        profiles = execute(con, "segments/profiles", view)
        campaigns = execute(con, "campaign/uplift")
    finally:
        con.close()
    month = formats.month(start)
    is_whole = bool(months["is_known"].iloc[0])
    about = f"Orders before {formats.day(as_of)} · run {run_id}"
    parts = [
        f"<h1>Our customers in {html_text(month)}</h1><p class='note'>{html_text(about)}</p>"
        if is_whole
        else f"<h1>Our customers</h1><p class='note'>{html_text(about)}</p>",
        *(_month(months, changes, as_of, currency) if is_whole else []),
        f"<p class='lead'>{html_text(sentences.headline(shares, currency))}</p>",
        "<h2>The segments and what to do</h2>",
        _segments(profiles, currency),
        *_campaigns(campaigns[campaigns["is_total"]], currency),
        *_pictures(export.folder / "pictures"),
    ]
    return _HEAD.format(title=html_text(f"Customers, {month}"), style=_STYLE) + "\n".join(
        [*parts, "</main></body></html>\n"]
    )


def _month(months: pd.DataFrame, changes: pd.DataFrame, as_of: date, currency: str) -> list[str]:
    """Return the figures of the month, and who slipped and who rose, as HTML."""
    month = formats.month(months["month"].iloc[0])
    note = " ".join(
        [
            "Revenue is net of matched returns. Slipped: no order, and a segment of longer "
            "absence. Rose: ordered, and a better segment. Amounts are what these customers spent "
            "in the 12 months up to the month's end.",
            sentences.part_month(as_of),
        ]
    )
    heading = sentences.changes(changes, month, currency, sentences.HTML)
    listed = [
        f"<li>{sentences.change(row, currency, sentences.HTML)}"
        f"<br>{sentences.to_do(row, sentences.HTML)}</li>"
        for direction in ("slipped", "rose")
        for row in changes[changes["direction"] == direction].head(LISTED).itertuples()
    ]
    return [
        cards.month_row(sentences.month_figures(months, currency)),
        f"<h2>{heading}</h2><p class='note'>{html_text(note)}</p>",
        f"<ul>{''.join(listed)}</ul>" if listed else "<p>Nobody slipped or rose.</p>",
    ]


def _campaigns(totals: pd.DataFrame, currency: str) -> list[str]:
    """Return what the latest campaigns brought, as HTML; nothing where there are none."""
    listed = [
        f"<li><b>{html_text(row.campaign_name)}</b>. "
        f"{sentences.uplift(row, currency, sentences.HTML)}"
        f"<br>{html_text(sentences.campaign_window(row))}</li>"
        for row in totals.head(LISTED).itertuples()
    ]
    if not listed:
        return []
    note = "Customers written to beside the control group; in brackets 95% intervals."
    return [f"<h2>What campaigns brought</h2><p class='note'>{note}</p><ul>{''.join(listed)}</ul>"]


def _segments(profiles: pd.DataFrame, currency: str) -> str:
    rows = "".join(_segment(row, currency) for row in profiles.itertuples())
    heads = ("Segment", "Customers", "Share", "Spent so far", "Share", "What to do")
    return (
        "<div class='wide'><table><thead><tr>"
        + "".join(f"<th scope='col'>{head}</th>" for head in heads)
        + f"</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _segment(row: Any, currency: str) -> str:
    cells = (
        formats.count(row.customer_count),
        formats.share(row.customer_share),
        formats.money(row.revenue, currency),
        formats.share(row.revenue_share),
    )
    dot = f"<i style='background:{segment_colour(row.segment_id)}'></i>"
    return (
        f"<tr><th scope='row'>{dot}{html_text(row.persona)}</th>"
        + "".join(f"<td class='number'>{html_text(cell)}</td>" for cell in cells)
        + f"<td>{html_text(formats.sentence(row.recommended_action))}</td></tr>"
    )


def _pictures(folder: Path) -> list[str]:
    """Return the pictures as HTML, each within the page itself."""
    found = []
    for name, (heading, words) in PICTURES.items():
        path = folder / f"{name}.png"
        if path.is_file():
            data = base64.b64encode(path.read_bytes()).decode("ascii")
            found.append(f"<h2>{heading}</h2>")
            found.append(f'<img alt="{html_text(words)}" src="data:image/png;base64,{data}">')
    return found


_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><style>{style}</style></head><body><main>
"""
_STYLE = f"""
body {{ margin: 0; color: {LIGHT.text}; background: {LIGHT.surface};
  font: 16px/1.5 'Source Sans 3', 'Segoe UI', Helvetica, Arial, sans-serif; }}
main {{ max-width: 60rem; margin: 0 auto; padding: 2rem 1.2rem 4rem; }}
h1 {{ font-size: 1.9rem; margin: 0; }} h2 {{ font-size: 1.2rem; margin: 2rem 0 .2rem; }}
.note {{ color: {LIGHT.muted}; font-size: .9rem; margin: .2rem 0 1rem; }}
.lead {{ font-size: 1.2rem; border-left: 4px solid {LIGHT.accent}; padding-left: .9rem;
  margin: 2rem 0; }}
.facts {{ display: flex; flex-wrap: wrap; gap: .6rem; }}
.facts div {{ flex: 1 1 14rem; border: 1px solid {LIGHT.grid}; border-radius: .5rem;
  padding: .7rem .9rem; }}
.facts span {{ display: block; color: {LIGHT.muted}; font-size: .9rem; }}
.facts b {{ display: block; font-size: 1.7rem; }}
.facts .up {{ color: {LIGHT.accent}; }} .facts .down {{ color: {LIGHT.negative}; }}
ul {{ list-style: none; padding: 0; }} li {{ border: 1px solid {LIGHT.grid};
  border-radius: .5rem; padding: .6rem .9rem; margin: .5rem 0; }}
table {{ border-collapse: collapse; width: 100%; font-size: .93rem; }}
th, td {{ text-align: left; vertical-align: top; padding: .45rem .6rem;
  border-bottom: 1px solid {LIGHT.grid}; }}
.wide {{ overflow-x: auto; }}
.number {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }}
i {{ display: inline-block; width: .7rem; height: .7rem; border-radius: 50%;
  margin-right: .5rem; }}
img {{ display: block; max-width: 100%; height: auto; margin: 1rem 0; }}
"""


def main() -> int:
    """Run the command."""
    return run_on_export(__doc__, lambda folder: [write(folder)])


if __name__ == "__main__":
    sys.exit(main())
