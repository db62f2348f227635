"""A chart of any result: the first category or day against the first number."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard.theme import Theme

MAX_MARKS = 1_000


def automatic(frame: pd.DataFrame, look: Theme, x: str, y: str) -> Any:
    """Return a line over days, a scatter of two numbers, or bars of a number by name.

    Parameters
    ----------
    frame : DataFrame
        Any result; the first `MAX_MARKS` rows are drawn.
    look : Theme
        Colours.
    x, y : str
        Names of columns; ``y`` is a number.
    """
    # Names of columns come from typed SQL and could be read as Vega-Lite's own syntax.
    shown = pd.DataFrame(
        {"x": frame[x].to_numpy(), "y": pd.to_numeric(frame[y], errors="coerce").to_numpy()}
    ).head(MAX_MARKS)
    tooltip = [alt.Tooltip("x", title=x), alt.Tooltip("y:Q", title=y, format=",.2f")]
    vertical = alt.Y("y:Q", title=y, axis=alt.Axis(format="~s", tickCount=5))
    if pd.api.types.is_datetime64_any_dtype(shown["x"]):
        chart = alt.Chart(shown).mark_line(color=look.accent, point=True)
        return chart.encode(x=alt.X("x:T", title=x), y=vertical, tooltip=tooltip).properties(
            height=320
        )
    if pd.api.types.is_numeric_dtype(shown["x"]):
        chart = alt.Chart(shown).mark_circle(color=look.accent, size=55, opacity=0.6)
        return chart.encode(x=alt.X("x:Q", title=x), y=vertical, tooltip=tooltip).properties(
            height=320
        )
    shown["x"] = shown["x"].astype(str).str.slice(0, 60)
    top = shown.head(40)
    return (
        alt.Chart(top)
        .mark_bar(color=look.accent, cornerRadiusEnd=3)
        .encode(
            y=alt.Y("x:N", sort=None, title=None, axis=alt.Axis(labelColor=look.text)),
            x=alt.X("y:Q", title=y, axis=alt.Axis(format="~s", tickCount=5, grid=True)),
            tooltip=tooltip,
        )
        .properties(height=26 * top["x"].nunique() + 30)
    )
