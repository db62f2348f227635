"""Charts of the customers page."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import money_axis, percent_axis
from dashboard.theme import Theme, segment_colour, segment_order, segment_scale


def order_timeline(frame: pd.DataFrame, look: Theme, currency: str) -> Any:
    """Return a customer's orders on a time line, each a line as high as its amount.

    Parameters
    ----------
    frame : DataFrame
        Result of ``customers/person_orders``: ``order_id``, ``order_date``, ``net_amount``,
        ``returned_amount``, ``line_count``.
    look : Theme
        Colours.
    currency : str
        ISO code.
    """
    shown = frame.assign(
        net=frame["net_amount"].astype(float),
        amount=[formats.exact_money(value, currency) for value in frame["net_amount"]],
        returned=[formats.exact_money(value, currency) for value in frame["returned_amount"]],
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "order_date:T",
            axis=alt.Axis(title=None, format="%b %Y", labelOverlap=True, tickCount="month"),
            scale=alt.Scale(padding=14),
        ),
        tooltip=[
            alt.Tooltip("order_date:T", title="Day", format="%d %B %Y"),
            alt.Tooltip("order_id:N", title="Order"),
            alt.Tooltip("amount:N", title="Net of returns"),
            alt.Tooltip("returned:N", title="Returned"),
            alt.Tooltip("line_count:Q", title="Lines", format=",d"),
        ],
    )
    y = alt.Y("net:Q", axis=money_axis(currency, tickCount=4))
    stems = base.mark_rule(color=look.accent, opacity=0.5, strokeWidth=2).encode(
        y=y, y2=alt.datum(0)
    )
    dots = base.mark_point(filled=True, size=70, color=look.accent, opacity=1).encode(y=y)
    return alt.layer(stems, dots).properties(height=210, width="container")


def place_strips(frame: pd.DataFrame, look: Theme) -> Any:
    """Return where one customer lies in the segment, on recency, orders and amount.

    Parameters
    ----------
    frame : DataFrame
        Result of ``customers/person_place`` with texts (`measures.with_texts`): ``measure_label``,
        ``place`` (share of members with less, 0 to 1), ``text``, ``median_text``, ``segment_id``.
    look : Theme
        Colours.
    """
    colour = segment_colour(int(frame["segment_id"].iloc[0]))
    y = alt.Y("measure_label:N", sort=None, axis=alt.Axis(title=None, labelColor=look.text))
    shown = frame.assign(
        start=0.0,
        end=1.0,
        middle=0.5,
        place_text=[formats.share(value) for value in frame["place"]],
    )
    base = alt.Chart(shown).encode(
        y=y,
        tooltip=[
            alt.Tooltip("measure_label:N", title="Measure"),
            alt.Tooltip("text:N", title="This customer"),
            alt.Tooltip("median_text:N", title="Typical of the segment"),
            alt.Tooltip("place_text:N", title="Share of the segment with less"),
        ],
    )
    track = base.mark_bar(height=8, color=look.grid, cornerRadius=4).encode(
        x=alt.X(
            "start:Q",
            scale=alt.Scale(domain=[0, 1.25]),
            axis=percent_axis(
                "Share of the segment below this customer", values=[0, 0.5, 1], grid=False
            ),
        ),
        x2="end:Q",
    )
    middle = base.mark_tick(thickness=2, size=16, color=look.muted).encode(x="middle:Q")
    dot = base.mark_point(
        filled=True, size=150, color=colour, stroke=look.surface, strokeWidth=2, opacity=1
    ).encode(x="place:Q")
    text = (
        base.transform_calculate(at="1.03")
        .mark_text(align="left", dx=6, color=look.text, fontSize=13)
        .encode(x="at:Q", text="text:N")
    )
    return alt.layer(track, middle, dot, text).properties(height=44 * len(frame), width="container")


def probability_bar(frame: pd.DataFrame, look: Theme) -> Any:
    """Return the probability of each segment as one stacked bar, labelled.

    Parameters
    ----------
    frame : DataFrame
        Result of ``customers/person_probabilities``: ``segment_id``, ``persona``, ``probability``
        (0 to 1).
    look : Theme
        Colours.
    """
    shown = frame.sort_values("probability", ascending=False).reset_index(drop=True)
    shown["end"] = shown["probability"].cumsum()
    shown["start"] = shown["end"] - shown["probability"]
    shown["middle"] = (shown["start"] + shown["end"]) / 2
    shown["text"] = [formats.share(value) for value in shown["probability"]]
    shown["label"] = [
        text if row.probability * 60 > len(text) else ""
        for row in shown.itertuples()
        for text in [f"{row.persona} {row.text}"]
    ]
    base = alt.Chart(shown).encode(
        tooltip=[
            alt.Tooltip("persona:N", title="Segment"),
            alt.Tooltip("text:N", title="Confidence"),
        ]
    )
    bars = base.mark_bar(height=34, stroke=look.surface, strokeWidth=2, cornerRadius=4).encode(
        x=alt.X("start:Q", axis=None, scale=alt.Scale(domain=[0, 1])),
        x2="end:Q",
        color=alt.Color("persona:N", scale=segment_scale(frame), legend=None),
    )
    labels = base.mark_text(color="#FFFFFF", fontSize=13, fontWeight=600).encode(
        x="middle:Q",
        text="label:N",
        color=alt.condition(
            (alt.datum.segment_id == 3) | (alt.datum.segment_id == 4) | (alt.datum.segment_id == 6),
            alt.value("#14202A"),
            alt.value("#FFFFFF"),
        ),
    )
    return alt.layer(bars, labels).properties(height=44, width="container")


def month_squares(frame: pd.DataFrame, look: Theme) -> Any:
    """Return a customer's segment at each month end and the run's own day as coloured squares.

    Parameters
    ----------
    frame : DataFrame
        Result of ``customers/person_history``: ``snapshot_date``, ``segment_id``, ``persona``,
        ``membership_probability``.
    look : Theme
        Colours.
    """
    shown = frame.assign(
        day=[formats.short_day(day) for day in frame["snapshot_date"]],
        text=[formats.share(value) for value in frame["membership_probability"]],
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "day:N",
            sort=None,
            axis=alt.Axis(title=None, labelAngle=-40),
            scale=alt.Scale(paddingInner=0.12),
        ),
        y=alt.Y(
            "persona:N",
            sort=segment_order(frame),
            axis=alt.Axis(title=None, labelColor=look.text, grid=False),
        ),
        tooltip=[
            alt.Tooltip("day:N", title="As of"),
            alt.Tooltip("persona:N", title="Segment"),
            alt.Tooltip("text:N", title="Confidence"),
        ],
    )
    squares = base.mark_rect(cornerRadius=4, height={"band": 0.8}).encode(
        color=alt.Color("persona:N", scale=segment_scale(frame), legend=None)
    )
    return squares.properties(height=34 * frame["persona"].nunique() + 70, width="container")
