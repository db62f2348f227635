"""How the segments' sizes move from month to month."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import number_axis
from dashboard.theme import Theme, segment_scale


def sizes_over_time(frame: pd.DataFrame, look: Theme) -> Any:
    """Return the segments' sizes over time as stacked areas, named at their right end.

    Parameters
    ----------
    frame : DataFrame
        Result of ``movement/sizes``: ``snapshot_date``, ``segment_id``, ``persona``,
        ``customer_count``.
    look : Theme
        Colours.
    """
    shown = frame.sort_values(["snapshot_date", "segment_id"]).copy()
    shown["top"] = shown.groupby("snapshot_date")["customer_count"].cumsum()
    shown["base"] = shown["top"] - shown["customer_count"]
    last = shown[shown["snapshot_date"] == shown["snapshot_date"].max()].copy()
    last["middle"] = (last["top"] + last["base"]) / 2
    last["label"] = [
        f"{row.persona} {formats.short(row.customer_count)}" for row in last.itertuples()
    ]
    least = float(last["top"].max() or 1) * 0.025
    first_day, last_day = shown["snapshot_date"].min(), shown["snapshot_date"].max()
    days = [str(day.date()) for day in sorted(shown["snapshot_date"].unique())][::2]
    room = last_day + (last_day - first_day) * 0.3
    x = alt.X(
        "snapshot_date:T",
        axis=alt.Axis(title=None, format="%b %Y", labelOverlap=True, values=days),
        scale=alt.Scale(domain=[str(first_day.date()), str(room.date())]),
    )
    areas = (
        alt.Chart(shown)
        .mark_area(opacity=0.85, stroke=look.surface, strokeWidth=1)
        .encode(
            x=x,
            y=alt.Y("base:Q", axis=number_axis("Customers", tickCount=5)),
            y2="top:Q",
            color=alt.Color("persona:N", scale=segment_scale(frame), legend=None),
            tooltip=[
                alt.Tooltip("snapshot_date:T", title="As of", format="%d %B %Y"),
                alt.Tooltip("persona:N", title="Segment"),
                alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
            ],
        )
    )
    names = (
        alt.Chart(last[last["customer_count"] >= least])
        .mark_text(align="left", dx=8, color=look.text)
        .encode(x=x, y="middle:Q", text="label:N")
    )
    return alt.layer(areas, names).properties(height=340, width="container")


def in_and_out(frame: pd.DataFrame, look: Theme) -> Any:
    """Return arrivals above and departures below a line, month by month, for one segment.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``movement/in_and_out``: ``to_date``, ``persona``, ``new_count``, ``arrived_count``,
        ``slipped_count``, ``left_count`` of one segment.
    look : Theme
        Colours; the kinds also differ by their side of the line and in the tooltip.
    """
    kinds = {
        "arrived_count": "came in", "new_count": "first order", "slipped_count": "slipped",
        "left_count": "left otherwise",
    }  # fmt: skip
    shown = frame.rename(columns=kinds).melt(
        ["to_date", "persona"], list(kinds.values()), "kind", "size"
    )
    is_departure = shown["kind"].isin(["slipped", "left otherwise"])
    shown["signed"] = shown["size"].where(~is_departure, -shown["size"])
    shown["month"] = [formats.month_before(day) for day in shown["to_date"]]
    return (
        alt.Chart(shown)
        .mark_bar(cornerRadius=1)
        .encode(
            x=alt.X(
                "month:N",
                sort=None,
                scale=alt.Scale(paddingInner=0.25),
                axis=alt.Axis(title=None, labelAngle=0, labelExpr="substring(datum.label, 0, 1)"),
            ),
            y=alt.Y("signed:Q", axis=number_axis(tickCount=4)),
            color=alt.Color(
                "kind:N",
                scale=alt.Scale(
                    domain=list(kinds.values()),
                    range=[look.accent, look.faint, look.negative, look.faint],
                ),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("persona:N", title="Segment"),
                alt.Tooltip("month:N", title="Month"),
                alt.Tooltip("kind:N", title="Customers who"),
                alt.Tooltip("size:Q", title="Customers", format=",d"),
            ],
        )
        .properties(height=150, width="container")
    )
