"""Charts of what campaigns brought."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import money_axis
from dashboard.theme import Theme

ROW_HEIGHT = 34
MEASURES = {
    "order_rate_uplift": "Share that ordered, in points",
    "revenue_uplift": "Revenue per customer",
}


def intervals(frame: pd.DataFrame, look: Theme, measure: str, currency: str, named_by: str) -> Any:
    """Return differences between groups with their 95% intervals beside no difference.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``campaign/uplift``, in the order shown.
    look : Theme
        Colours.
    measure : str
        A key of `MEASURES`.
    currency : str
        ISO code.
    named_by : str
        Column with the names: ``persona`` or ``campaign_name``.
    """
    is_money = measure == "revenue_uplift"
    factor = 1 if is_money else 100

    def text(value: float) -> str:
        return (
            formats.money(value, currency)
            if is_money
            else f"{formats.decimal(value * 100, 1)} points"
        )

    ends = [f"{measure}_low", f"{measure}_high"]
    shown = pd.DataFrame(
        {
            "name": frame[named_by],
            "value": frame[measure] * factor,
            "low": frame[ends[0]] * factor,
            "high": frame[ends[1]] * factor,
            "value_text": frame[measure].map(text),
            "interval": [
                "none" if formats.is_missing(low) else f"{text(low)} to {text(high)}"
                for low, high in zip(frame[ends[0]], frame[ends[1]], strict=True)
            ],
            "written": frame["contacted_count"],
            "control": frame["control_count"],
        }
    ).dropna(subset="value")
    axis = (
        money_axis(currency, None, grid=True, tickCount=5)
        if is_money
        else alt.Axis(title=None, grid=True, tickCount=5)
    )
    base = alt.Chart(shown).encode(
        y=alt.Y("name:N", sort=shown["name"].tolist(), title=None, axis=alt.Axis(labelLimit=150)),
        tooltip=[
            alt.Tooltip("name:N", title="Of"),
            alt.Tooltip("value_text:N", title="Difference"),
            alt.Tooltip("interval:N", title="95% interval"),
            alt.Tooltip("written:Q", title="Written to", format=",d"),
            alt.Tooltip("control:Q", title="Control group", format=",d"),
        ],
    )
    none = (
        alt.Chart(pd.DataFrame({"value": [0.0]}))
        .mark_rule(color=look.muted, strokeDash=[4, 4])
        .encode(x="value:Q")
    )
    lines = base.mark_rule(color=look.accent, strokeWidth=3).encode(
        x=alt.X("low:Q", axis=axis, scale=alt.Scale(zero=True)), x2="high:Q"
    )
    dots = base.mark_point(filled=True, size=95, opacity=1, color=look.accent).encode(x="value:Q")
    return alt.layer(none, lines, dots).properties(
        height=ROW_HEIGHT * len(shown) + 20,
        width="container",
        title=alt.TitleParams(MEASURES[measure], fontSize=13),
    )
