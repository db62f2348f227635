"""Charts of the cohorts page."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import clicked, money_axis, percent_axis
from dashboard.theme import Theme

KINDS = {
    "retention_rate": "Customers who came back",
    "revenue": "Revenue",
    "revenue_per_customer": "Revenue per customer",
}
AVERAGED = {
    "retention_rate": "Customers who came back, divided by the customers of all cohorts.",
    "revenue": "Mean of the cohorts' revenue.",
    "revenue_per_customer": "Revenue of all cohorts, divided by their customers.",
}


def heat_map(frame: pd.DataFrame, look: Theme, currency: str, kind: str) -> Any:
    """Return cohorts by month of first order, months since on the other axis.

    Parameters
    ----------
    frame : DataFrame
        Result of ``cohorts/retention``: ``cohort_month``, ``months_since``,
        ``cohort_customer_count`` and the column ``kind``.
    look : Theme
        Colours.
    currency : str
        ISO code.
    kind : {"retention_rate", "revenue", "revenue_per_customer"}
        What the cells show. The month of the first order is muted, since all ordered then.
    """
    is_share = kind == "retention_rate"
    shown = frame.assign(
        cohort=[
            f"{pd.Timestamp(row.cohort_month):%b %Y}  ·  {formats.short(row.cohort_customer_count)}"
            for row in frame.itertuples()
        ],
        month=[formats.month(day) for day in frame["cohort_month"]],
        cohort_day=[str(pd.Timestamp(day).date()) for day in frame["cohort_month"]],
        value=frame[kind].astype(float),
        text=[
            formats.share(value) if is_share else formats.money(value, currency)
            for value in frame[kind]
        ],
    )
    later = shown[shown["months_since"] > 0]
    top = float(later["value"].max()) if len(later) else 1.0
    columns = int(shown["months_since"].max()) + 1
    base = alt.Chart(shown).encode(
        x=alt.X(
            "months_since:O",
            axis=alt.Axis(title="Months since the first order", orient="top", labelAngle=0),
        ),
        y=alt.Y(
            "cohort:N", sort=None, axis=alt.Axis(title=None),
        ),
        tooltip=[
            alt.Tooltip("month:N", title="First order in"),
            alt.Tooltip("cohort_customer_count:Q", title="Customers", format=",d"),
            alt.Tooltip("months_since:Q", title="Months since"),
            alt.Tooltip("text:N", title=KINDS[kind]),
        ],
    )  # fmt: skip
    rect = {
        "cornerRadius": 3, "stroke": look.surface, "strokeWidth": 2, "cursor": "pointer"
    }  # fmt: skip
    first = base.transform_filter("datum.months_since == 0").mark_rect(color=look.grid, **rect)
    cells = (
        base.transform_filter("datum.months_since > 0")
        .mark_rect(**rect)
        .encode(
            color=alt.Color(
                "value:Q",
                scale=alt.Scale(
                    domain=[0, top or 1], range=list(look.sequential), interpolate="rgb"
                ),
                legend=None,
            )
        )
    )
    layers = [first.add_params(clicked("cohort_day", "months_since")), cells]
    if columns <= 18:
        layers.append(
            base.mark_text(fontSize=11.5, cursor="pointer").encode(
                text="text:N",
                color=alt.condition(
                    f"datum.months_since > 0 && datum.value > {look.turn * top}",
                    alt.value(look.inverse),
                    alt.value(look.text),
                ),
            )
        )
    rows = shown["cohort"].nunique()
    return alt.layer(*layers).properties(height=32 * rows + 10, width="container")


def average_curve(frame: pd.DataFrame, look: Theme, currency: str, kind: str) -> Any:
    """Return the average over cohorts by months since the first order.

    Parameters
    ----------
    frame : DataFrame
        Result of ``cohorts/average_curve``: ``months_since``, ``cohort_count`` and the column
        ``kind``.
    look : Theme
        Colours.
    currency : str
        ISO code.
    kind : {"retention_rate", "revenue", "revenue_per_customer"}
        What to show.
    """
    later = frame[frame["months_since"] > 0]
    shown = later.assign(
        value=later[kind].astype(float),
        text=[
            formats.share(value) if kind == "retention_rate" else formats.money(value, currency)
            for value in later[kind]
        ],
    )
    axis = (
        percent_axis(KINDS[kind], tickCount=4)
        if kind == "retention_rate"
        else money_axis(currency, KINDS[kind], tickCount=4)
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "months_since:Q",
            axis=alt.Axis(title="Months since the first order", tickMinStep=1, format="d"),
            scale=alt.Scale(padding=16, nice=False),
        ),
        y=alt.Y("value:Q", axis=axis, scale=alt.Scale(zero=True)),
        tooltip=[
            alt.Tooltip("months_since:Q", title="Months since"),
            alt.Tooltip("text:N", title=KINDS[kind]),
            alt.Tooltip("cohort_count:Q", title="Cohorts"),
        ],
    )
    line = base.mark_line(color=look.accent, strokeWidth=2.5)
    dots = base.mark_point(filled=True, color=look.accent, size=55, opacity=1)
    text = base.mark_text(dy=-13, color=look.text).encode(text="text:N")
    return alt.layer(line, dots, text).properties(height=240, width="container")
