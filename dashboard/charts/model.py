"""Charts of the model page."""

import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import percent_axis
from dashboard.theme import Theme, segment_scale

METHODS = {
    "mixture": "Our segments",
    "kmeans": "k-means",
    "rfm_rules_11": "RFM rules, 11 names",
    "rfm_rules_10": "RFM rules, 10 names",
    "past_spend": "Past spend alone",
}
FEATURES = {
    "recency_days": "Days since last order",
    "frequency": "Orders",
    "monetary": "Spent so far",
    "outlier_share": "Share of unusual customers",
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


def leads(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return by how much our segments lead each other method, in texts.

    Parameters
    ----------
    metrics : DataFrame
        Result of ``model/backtest_metrics``.

    Returns
    -------
    DataFrame
        A row for each other method and cut-off: its name, the leads in percentage points with 95%
        intervals of what the best fifth held and what the segment explains (empty where unknown),
        and the cut-off. The names of the columns are headings.
    """
    rows = []
    for _, row in metrics.iterrows():
        if row["method"] == "mixture":
            continue
        rows.append(
            {
                "Our segments against": METHODS.get(row["method"], row["method"]),
                "Held by the best fifth, points": _lead(row, "top_fifth_capture"),
                "Explained by the segment, points": _lead(row, "eta_squared"),
                "After": formats.short_day(row["cutoff_date"]),
            }
        )
    return pd.DataFrame(rows)


def _lead(row: Any, value: str) -> str:
    """Return by how many points our segments lead another method, and if chance explains it."""
    difference, low, high = (row[f"{value}_lead{end}"] for end in ("", "_low", "_high"))
    if any(formats.is_missing(part) for part in (difference, low, high)):
        return ""
    judged = "ahead" if low > 0 else "behind" if high < 0 else "within the error"
    return f"{_points(difference)} ({_points(low)} to {_points(high)}): {judged}"


def _points(value: float) -> str:
    """Return a difference of shares in points with its sign; one that rounds to 0 has none."""
    size = f"{abs(value) * 100:.1f}"
    if size == "0.0":
        return size
    return f"{'+' if value > 0 else '−'}{size}"


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


def drift(frame: pd.DataFrame, look: Theme, feature: str) -> Any:
    """Return how far each snapshot's customers are from those of the fit, on one feature.

    Parameters
    ----------
    frame : DataFrame
        Result of ``model/drift``: ``snapshot_date``, ``feature``, ``distance``, ``is_refit_due``.
    look : Theme
        Colours; a value that calls for a refit is also a diamond.
    feature : str
        Rows of this feature are drawn.
    """
    part = frame[frame["feature"] == feature]
    shown = part.assign(
        state=["refit is due" if due else "no refit due" for due in part["is_refit_due"]]
    )
    form = ".1%" if feature == "outlier_share" else ",.2f"
    base = alt.Chart(shown).encode(
        x=alt.X(
            "snapshot_date:T",
            axis=alt.Axis(title=None, format="%b %y", labelOverlap=True, labelSeparation=12),
        ),
        y=alt.Y(
            "distance:Q",
            axis=alt.Axis(title=None, tickCount=3, format=form),
            scale=alt.Scale(zero=True),
        ),
        tooltip=[
            alt.Tooltip("snapshot_date:T", title="As of", format="%d %B %Y"),
            alt.Tooltip("distance:Q", title="Distance from the fit", format=form),
            alt.Tooltip("state:N", title="State"),
        ],
    )
    states = ["no refit due", "refit is due"]
    line = base.mark_line(color=look.faint, strokeWidth=2)
    dots = base.mark_point(filled=True, size=55, opacity=1).encode(
        color=alt.Color(
            "state:N",
            scale=alt.Scale(domain=states, range=[look.muted, look.negative]),
            legend=None,
        ),
        shape=alt.Shape(
            "state:N", scale=alt.Scale(domain=states, range=["circle", "diamond"]), legend=None
        ),
    )
    return alt.layer(line, dots).properties(
        height=150,
        width="container",
        title=alt.TitleParams(FEATURES.get(feature, feature), fontSize=13),
    )


def feature_map(cells: pd.DataFrame, components: pd.DataFrame, look: Theme) -> Any:
    """Return customers in the plane of the two features, with the components' outlines.

    Parameters
    ----------
    cells : DataFrame
        Result of ``model/feature_map``: ``segment_id``, ``persona``, ``recency_feature``,
        ``value_feature``, ``customer_count``.
    components : DataFrame
        Result of ``model/components``: means, variances and covariance of each component in the
        same plane; a segment that is no component has none, and no outline.
    look : Theme
        Colours.
    """
    scale = segment_scale(components)
    components = components.dropna(subset=["mean_recency_feature", "mean_value_feature"])
    outlines = component_outlines(components)
    x = alt.X(
        "recency_feature:Q",
        scale=alt.Scale(reverse=True, zero=False),
        axis=alt.Axis(title="Recency (standard deviations; recent on the right)", grid=True),
    )
    y = alt.Y(
        "value_feature:Q",
        scale=alt.Scale(zero=False),
        axis=alt.Axis(title="Value: orders and spend together", grid=True),
    )
    colour = alt.Color("persona:N", scale=scale, legend=None)
    dots = (
        alt.Chart(cells)
        .mark_circle(opacity=0.5)
        .encode(
            x=x,
            y=y,
            color=colour,
            size=alt.Size(
                "customer_count:Q", scale=alt.Scale(range=[4, 190], type="sqrt"), legend=None
            ),
            tooltip=[
                alt.Tooltip("persona:N", title="Mostly"),
                alt.Tooltip("customer_count:Q", title="Customers here", format=",d"),
            ],
        )
    )
    rings = (
        alt.Chart(outlines)
        .mark_line(strokeWidth=2)
        .encode(x=x, y=y, color=colour, order="step:Q", detail=["persona:N", "deviations:N"])
    )
    names = alt.Chart(components).encode(
        x=alt.X("mean_recency_feature:Q"), y=alt.Y("mean_value_feature:Q"), text="persona:N"
    )
    halo = names.mark_text(
        fontSize=13, fontWeight=600, stroke=look.surface, strokeWidth=4, strokeJoin="round"
    )
    label = names.mark_text(fontSize=13, fontWeight=600, color=look.text)
    return alt.layer(dots, rings, halo, label).properties(height=430, width="container")


def component_outlines(components: pd.DataFrame, *, steps: int = 60) -> pd.DataFrame:
    """Return the ellipses at one and two standard deviations of each component.

    Parameters
    ----------
    components : DataFrame
        Result of ``model/components``: ``segment_id``, ``persona``, ``mean_*_feature``,
        ``variance_*_feature``, ``covariance_features``.
    steps : int
        Points of an ellipse.

    Returns
    -------
    DataFrame
        ``segment_id``, ``persona``, ``deviations``, ``step``, ``recency_feature``,
        ``value_feature``.
    """
    rows = []
    for part in components.itertuples():
        covariance = np.array(
            [
                [part.variance_recency_feature, part.covariance_features],
                [part.covariance_features, part.variance_value_feature],
            ],
            dtype=float,
        )
        values, vectors = np.linalg.eigh(covariance)
        axes = vectors * np.sqrt(np.clip(values, 0, None))
        for deviations in (1, 2):
            for step in range(steps + 1):
                angle = 2 * math.pi * step / steps
                offset = deviations * axes @ np.array([math.cos(angle), math.sin(angle)])
                rows.append(
                    {
                        "segment_id": part.segment_id,
                        "persona": part.persona,
                        "deviations": deviations,
                        "step": step,
                        "recency_feature": float(part.mean_recency_feature + offset[0]),
                        "value_feature": float(part.mean_value_feature + offset[1]),
                    }
                )
    return pd.DataFrame(rows)
