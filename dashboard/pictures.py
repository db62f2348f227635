"""Draw the main charts of an export: ``python -m dashboard.pictures EXPORT``.

The same chart functions as the app's, as SVG and PNG, without a browser.
"""

import sys
from pathlib import Path
from typing import Any

import altair as alt

from dashboard.charts import feature_space, model, overview, segments, uplift
from dashboard.database import execute, open_export
from dashboard.export_command import run_on_export
from dashboard.exports import Export, read_manifest
from dashboard.theme import LIGHT, apply_theme

PREPARED = (
    "snapshots", "customer_keys", "customer_measures", "customer_months", "feature_cells",
    "directions", "month_orders",
)  # fmt: skip
PNG_SCALE = 2
CAMPAIGNS = 12
"""The most campaigns of a picture, the latest ones."""


def draw(export_dir: Path, currency: str | None = None) -> list[Path]:
    """Draw the charts of an export into its ``pictures`` folder.

    Parameters
    ----------
    export_dir : Path
        Folder with the export's parquet files; the manifest may still be missing, since it is
        written last.
    currency : str, optional
        ISO code for amounts; by default the manifest's, and no sign where there is none.

    Returns
    -------
    list of Path
        The files written, an SVG and a PNG for each chart that the export has data for.
    """
    export = _export(export_dir.resolve())
    folder = export.folder / "pictures"
    folder.mkdir(exist_ok=True)
    written = []
    for name, chart in _charts(export, currency or export.currency):
        themed = apply_theme(chart, LIGHT, background=LIGHT.surface)
        for suffix, options in (("svg", {}), ("png", {"scale_factor": PNG_SCALE})):
            path = folder / f"{name}.{suffix}"
            themed.save(str(path), format=suffix, **options)
            written.append(path)
    return written


def _export(folder: Path) -> Export:
    if (folder / "manifest.json").is_file():
        return read_manifest(folder)
    return Export(folder, {"currency": ""})


def _charts(export: Export, currency: str) -> list[tuple[str, Any]]:
    con = open_export(export, PREPARED)
    try:
        selection = execute(con, "model/selection")
        cells = execute(con, "model/feature_map")
        parts = execute(con, "model/components")
        shares = execute(con, "pictures/shares")
        ((as_of,),) = con.execute("select max(as_of_date) from customer_segments").fetchall()
        profiles = execute(con, "segments/comparison", {"as_of": as_of, "country": None})
        backtest = execute(con, "model/backtest_metrics")
        campaigns = execute(con, "campaign/uplift")
    finally:
        con.close()
    charts = []
    if not selection.empty:
        panels = [model.selection(selection, LIGHT, name) for name in ("silhouette", "bic")]
        charts.append(("selection", alt.hconcat(*(_sized(p, 420, 240) for p in panels))))
    if not cells.empty:
        charts.append(("map", _sized(feature_space.feature_map(cells, parts, LIGHT), 820, 520)))
    if not shares.empty:
        charts.append(("shares", _sized(overview.share_bars(shares, LIGHT, currency), 760, 420)))
    if not profiles.empty:
        charts.append(("profiles", _sized(segments.comparison(profiles, LIGHT, currency), 900)))
    if not backtest.empty:
        panels = [
            _sized(model.methods(backtest, LIGHT, value), 360).properties(title=title)
            for value, title in (
                ("top_fifth_capture", "Future revenue held by the best fifth"),
                ("eta_squared", "Future spend explained by the segment (eta²)"),
            )
        ]
        charts.append(("backtest", alt.hconcat(*panels)))
    campaigns = campaigns[campaigns["is_total"] & campaigns["order_rate_uplift_low"].notna()]
    if not campaigns.empty:
        latest = campaigns.head(CAMPAIGNS)
        panels = [
            _sized(uplift.intervals(latest, LIGHT, measure, currency, "campaign_name"), 340)
            for measure in uplift.MEASURES
        ]
        charts.append(("campaigns", alt.hconcat(*panels)))
    return charts


def _sized(chart: Any, width: int, height: int | None = None) -> Any:
    size = {"width": width} if height is None else {"width": width, "height": height}
    return chart.properties(**size)


def main() -> int:
    """Run the command."""
    return run_on_export(__doc__, draw)


if __name__ == "__main__":
    sys.exit(main())
