"""Charts of one segment beside all customers."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import clicked, percent_axis
from dashboard.measures import bin_label, compared, label, order, with_texts
from dashboard.theme import Theme, segment_colour


def spread(frame: pd.DataFrame, look: Theme, currency: str) -> Any:
    """Return, for one segment, where its customers lie among all on each measure.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``segments/spread``: percentiles 10 to 90 of the segment on the
        scale of all customers (0 to 100), and the median in its own unit.
    look : Theme
        Colours.
    currency : str
        ISO code.
    """
    shown = with_texts(frame, currency, text="amount_50").assign(
        compared=[compared(row) for row in frame.itertuples()]
    )
    colour = segment_colour(int(frame["segment_id"].iloc[0]))
    y = alt.Y("measure_label:N", sort=order(), axis=alt.Axis(title=None, labelColor=look.text))
    base = alt.Chart(shown).encode(
        y=y,
        tooltip=[
            alt.Tooltip("measure_label:N", title="Measure"),
            alt.Tooltip("text:N", title="Median of the segment"),
            alt.Tooltip("compared:N", title="Its customers"),
        ],
    )
    x = alt.X(
        "percentile_10:Q",
        scale=alt.Scale(domain=[0, 112]),
        axis=alt.Axis(
            title="Place among all customers (50 is the typical one)",
            values=[0, 25, 50, 75, 100], grid=True,
        ),
    )  # fmt: skip
    middle = (
        alt.Chart(pd.DataFrame({"at": [50]}))
        .mark_rule(color=look.muted, strokeDash=[3, 3])
        .encode(x="at:Q")
    )
    thin = base.mark_bar(height=4, color=colour, opacity=0.45, cornerRadius=2).encode(
        x=x, x2="percentile_90:Q"
    )
    thick = base.mark_bar(height=12, color=colour, opacity=0.75, cornerRadius=3).encode(
        x="percentile_25:Q", x2="percentile_75:Q"
    )
    dot = base.mark_point(
        filled=True, size=90, color=look.surface, stroke=colour, strokeWidth=2.5, opacity=1
    ).encode(x="percentile_50:Q")
    text = (
        base.transform_calculate(at="103")
        .mark_text(align="left", color=look.text)
        .encode(x="at:Q", text="text:N")
    )
    return alt.layer(middle, thin, thick, dot, text).properties(
        height=34 * len(frame) + 10, width="container"
    )


def distribution(
    frame: pd.DataFrame, look: Theme, currency: str, *, measure: str, segment_id: int
) -> Any:
    """Return the chosen segment's distribution on one measure beside that of all customers.

    Parameters
    ----------
    frame : DataFrame
        Result of ``segments/distributions``: ``measure``, ``lower_bound``, ``segment_share``,
        ``population_share`` (0 to 1).
    look : Theme
        Colours.
    currency : str
        ISO code.
    measure : str
        Rows of this measure are drawn.
    segment_id : int
        For the colour.
    """
    part = frame[frame["measure"] == measure].sort_values("lower_bound")
    following = [*part["lower_bound"].tolist()[1:], None]
    names = [
        bin_label(measure, low, high, currency)
        for low, high in zip(part["lower_bound"], following, strict=True)
    ]
    shown = part.assign(
        bin=names,
        segment_text=[formats.share(value) for value in part["segment_share"]],
        population_text=[formats.share(value) for value in part["population_share"]],
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "bin:N",
            sort=names,
            title=label(measure),
            axis=alt.Axis(
                labelAngle=-45, labelFontSize=11, labelExpr="replace(datum.label, 'from ', '')"
            ),
        ),
        tooltip=[
            alt.Tooltip("bin:N", title=label(measure)),
            alt.Tooltip("segment_text:N", title="Of the segment"),
            alt.Tooltip("population_text:N", title="Of all customers"),
        ],
    )
    bars = base.mark_bar(
        color=segment_colour(segment_id), cornerRadiusEnd=2, opacity=0.85, cursor="pointer"
    ).encode(y=alt.Y("segment_share:Q", axis=percent_axis(tickCount=4)))
    line = base.mark_line(
        interpolate="step", color=look.text, strokeWidth=1.4, opacity=0.75
    ).encode(y="population_share:Q")
    bars = bars.add_params(clicked("lower_bound"))
    return alt.layer(bars, line).properties(height=250, width="container")


def over_share_bars(frame: pd.DataFrame, look: Theme, name: str, segment_id: int) -> Any:
    """Return what stands out in a segment: bars of lift with intervals, names at the bars.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``segments/products`` or ``segments/countries``: ``<name>``, ``lift`` (1 is like all
        customers), ``lift_low``, ``lift_high``, ``customer_count``, ``customer_share``.
    look : Theme
        Colours.
    name : str
        Column with the names.
    segment_id : int
        For the colour.
    """
    shown = frame.assign(
        name_text=frame[name].astype(str).str.slice(0, 60),
        text=[
            f"{lift:.1f}× · {formats.count(customers)}"
            for lift, customers in zip(frame["lift"], frame["customer_count"], strict=True)
        ],
    )
    base = alt.Chart(shown).encode(
        y=alt.Y(
            "name_text:N", sort=None,
            axis=alt.Axis(title=None, labelLimit=210, labelColor=look.text),
        ),
        tooltip=[
            alt.Tooltip("name_text:N", title="Name"),
            alt.Tooltip("lift:Q", title="Times as common as among all", format=".2f"),
            alt.Tooltip("lift_low:Q", title="At least (95%)", format=".2f"),
            alt.Tooltip("lift_high:Q", title="At most (95%)", format=".2f"),
            alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
            alt.Tooltip("customer_share:Q", title="Of the segment", format=".0%"),
        ],
    )  # fmt: skip
    scale = alt.Scale(domain=[0, float(shown["lift_high"].max()) * 1.5])
    bars = base.mark_bar(
        color=segment_colour(segment_id),
        opacity=0.8,
        cornerRadiusEnd=3,
        height={"band": 0.62},
        cursor="pointer",
    ).encode(x=alt.X("lift:Q", axis=None, scale=scale))
    intervals = base.mark_rule(color=look.text, strokeWidth=1.4).encode(
        x=alt.X("lift_low:Q", axis=None, scale=scale), x2="lift_high:Q"
    )
    text = base.mark_text(align="left", dx=6, color=look.text).encode(
        x=alt.X("lift_high:Q", axis=None, scale=scale), text="text:N"
    )
    bars = bars.add_params(clicked("product_id" if "product_id" in frame else name))
    return alt.layer(bars, intervals, text).properties(
        height=27 * len(shown) + 6, width="container"
    )
