"""Charts of the model page."""

import math
from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import percent_axis
from dashboard.theme import Theme

METHODS = {
    "mixture": "Our segments",
    "kmeans": "k-means",
    "rfm_rules_11": "RFM rules, 11 names",
    "rfm_rules_10": "RFM rules, 10 names",
    "past_spend": "Past spend alone",
}
SELECTION = {
    "silhouette": "Silhouette (higher is better)",
    "bic": "BIC (lower is better)",
    "stability": "Stability (higher is better)",
    "smallest_share": "Smallest segment's share",
}


def selection(frame: pd.DataFrame, look: Theme, measure: str) -> Any:
    """Return one measure of the fits by number of segments, the choice marked.

    Parameters
    ----------
    frame : DataFrame
        Result of ``model/selection``: ``segment_count``, ``is_chosen``, ``is_eligible``, and the
        column ``measure``.
    look : Theme
        Colours.
    measure : str
        A key of `SELECTION`.
    """
    shown = frame.dropna(subset=[measure]).assign(
        value=lambda rows: rows[measure].astype(float),
        state=lambda rows: [
            "chosen" if row.is_chosen else "allowed" if row.is_eligible else "fails a guard"
            for row in rows.itertuples()
        ],
    )
    form = {"smallest_share": ".0%", "bic": ",.0f"}.get(measure, ".2f")
    base = alt.Chart(shown).encode(
        x=alt.X("segment_count:O", axis=alt.Axis(title="Number of segments", labelAngle=0)),
        y=alt.Y(
            "value:Q",
            scale=alt.Scale(zero=False, nice=True, padding=12),
            axis=alt.Axis(title=None, format=form, tickCount=4),
        ),
        tooltip=[
            alt.Tooltip("segment_count:Q", title="Segments"),
            alt.Tooltip("value:Q", title=SELECTION[measure], format=form),
            alt.Tooltip("state:N", title="State"),
            alt.Tooltip("reason:N", title="Why"),
        ],
    )
    line = base.mark_line(color=look.faint, strokeWidth=1.5)
    dots = base.mark_point(size=80, opacity=1, strokeWidth=2).encode(
        color=alt.Color(
            "state:N",
            scale=alt.Scale(
                domain=["chosen", "allowed", "fails a guard"],
                range=[look.accent, look.muted, look.faint],
            ),
            legend=None,
        ),
        fill=alt.condition("datum.is_eligible", alt.value(look.muted), alt.value(look.surface)),
    )
    mark = base.transform_filter("datum.is_chosen").mark_point(
        size=230, filled=True, color=look.accent, opacity=1
    )
    text = base.transform_filter("datum.is_chosen").mark_text(
        dy=-18, fontWeight=600, color=look.accent
    ).encode(text=alt.value("chosen"))  # fmt: skip
    return alt.layer(line, dots, mark, text).properties(
        height=170, width="container", title=alt.TitleParams(SELECTION[measure], fontSize=13)
    )


def methods(frame: pd.DataFrame, look: Theme, value: str) -> Any:
    """Return how well each method predicted what customers did, intervals where known.

    Parameters
    ----------
    frame : DataFrame
        Result of ``model/backtest_metrics``: ``cutoff_date``, ``method``, ``segment_count`` and
        ``value`` with its 95% interval, ``_low`` and ``_high``, where there is one.
    look : Theme
        Colours; our segments have the accent.
    value : {"eta_squared", "top_fifth_capture", "normalised_gini"}
        Higher is better.
    """
    shown = frame.dropna(subset=[value]).assign(
        name=lambda rows: [
            METHODS.get(row.method, row.method)
            + (
                ""
                if formats.is_missing(row.segment_count) or row.method.startswith("rfm")
                else f" ({int(row.segment_count)})"
            )
            for row in rows.itertuples()
        ],
        cutoff=lambda rows: [f"after {formats.short_day(day)}" for day in rows["cutoff_date"]],
        ours=lambda rows: rows["method"] == "mixture",
        text=lambda rows: [formats.share(amount) for amount in rows[value]],
        interval=lambda rows: _intervals(rows, value),
    )
    cutoffs = list(dict.fromkeys(shown["cutoff"]))
    order = [METHODS.get(name, name) for name in METHODS]
    names = sorted(
        shown["name"].unique(),
        key=lambda name: next((i for i, o in enumerate(order) if name.startswith(o)), 99),
    )
    colour = alt.condition("datum.ours", alt.value(look.accent), alt.value(look.muted))
    base = alt.Chart(shown).encode(
        y=alt.Y("name:N", sort=names, axis=alt.Axis(title=None, labelColor=look.text)),
        yOffset=alt.YOffset("cutoff:N", sort=cutoffs, scale=alt.Scale(paddingOuter=0.25)),
        color=colour,
        tooltip=[
            alt.Tooltip("name:N", title="Method"),
            alt.Tooltip("cutoff:N", title="Days"),
            alt.Tooltip("text:N", title="Value"),
            alt.Tooltip("interval:N", title="95% interval"),
        ],
    )
    x = alt.X(
        f"{value}:Q",
        scale=alt.Scale(domainMin=0, nice=True),
        axis=percent_axis(grid=True, tickCount=5),
    )
    layers = []
    if f"{value}_low" in shown:
        layers.append(
            base.mark_rule(strokeWidth=2.5).encode(
                x=alt.X(f"{value}_low:Q", axis=percent_axis()), x2=f"{value}_high:Q"
            )
        )
    dots = base.mark_point(filled=True, size=85, opacity=1).encode(
        x=x,
        shape=alt.Shape("cutoff:N", sort=cutoffs, scale=alt.Scale(range=["circle", "diamond"])),
    )
    return alt.layer(*layers, dots).properties(height=46 * max(1, len(names)), width="container")


def _intervals(frame: pd.DataFrame, value: str) -> list[str]:
    """Return the interval of each row in words, empty where it has none."""
    if f"{value}_low" not in frame:
        return [""] * len(frame)
    ends = zip(frame[f"{value}_low"], frame[f"{value}_high"], strict=True)
    return [
        "" if formats.is_missing(low) else f"{formats.share(low)} to {formats.share(high)}"
        for low, high in ends
    ]


def confidence(frame: pd.DataFrame, look: Theme) -> Any:
    """Return how often refits give the same segment, by tenths of the customers' confidence.

    Parameters
    ----------
    frame : DataFrame
        Result of ``model/confidence_calibration``: ``decile``, ``customer_count``,
        ``mean_probability``, ``same_segment_share`` and that of the refits that agree least and
        most, ``_low`` and ``_high``.
    look : Theme
        Colours.
    """
    shown = frame.assign(
        confidence_text=frame["mean_probability"].map(formats.share),
        same_text=frame["same_segment_share"].map(formats.share),
        interval=_intervals(frame, "same_segment_share"),
    )
    least = float(min(shown["mean_probability"].min(), shown["same_segment_share_low"].min()))
    scale = alt.Scale(domain=[math.floor(least * 10) / 10, 1])
    ends = pd.DataFrame({"mean_probability": [least, 1.0], "same_segment_share": [least, 1.0]})
    line = (
        alt.Chart(ends)
        .mark_line(color=look.faint, strokeDash=[4, 4])
        .encode(
            x=alt.X("mean_probability:Q", scale=scale),
            y=alt.Y("same_segment_share:Q", scale=scale),
        )
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "mean_probability:Q",
            scale=scale,
            axis=percent_axis("Confidence", grid=True, tickCount=5),
        ),
        tooltip=[
            alt.Tooltip("decile:Q", title="Tenth, most confident first"),
            alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
            alt.Tooltip("confidence_text:N", title="Confidence, on average"),
            alt.Tooltip("same_text:N", title="Same segment in a refit"),
            alt.Tooltip("interval:N", title="From refit to refit"),
        ],
    )
    rules = base.mark_rule(color=look.accent, strokeWidth=2).encode(
        y=alt.Y(
            "same_segment_share_low:Q",
            scale=scale,
            axis=percent_axis("Same segment in a refit", grid=True, tickCount=5),
        ),
        y2="same_segment_share_high:Q",
    )
    dots = base.mark_point(filled=True, size=85, opacity=1, color=look.accent).encode(
        y=alt.Y("same_segment_share:Q", scale=scale)
    )
    return alt.layer(line, rules, dots).properties(height=280, width="container")
