"""Charts of the plane of the two features: its customers, its segments and how both drift."""

import math
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from dashboard.theme import Theme, segment_scale

FEATURES = {
    "recency_days": "Days since last order",
    "frequency": "Orders",
    "monetary": "Spent so far",
    "outlier_share": "Share of unusual customers",
}


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
