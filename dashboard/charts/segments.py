"""Charts of all segments side by side."""

from functools import partial
from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import clicked, money_axis, percent_axis, two_lines
from dashboard.measures import MEASURES, compared, order, oriented_value, with_texts
from dashboard.theme import Theme, segment_colour, segment_order

LEGEND = "Worse than most  ←  typical customer  →  better than most  (grey: neither is better)"
SIDES = {
    "more": "more is better",
    "less": "less is better",
    None: "neither more nor less is better",
}


def comparison(frame: pd.DataFrame, look: Theme, currency: str) -> Any:
    """Return the heat map of all segments on all measures, medians printed.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``segments/comparison``: ``segment_id``, ``persona``, ``measure``, ``amount_50``
        (the segment's median), ``population_median``, and the median's place among all
        customers: ``percentile_50`` (0 to 100), ``lower_share`` and ``higher_share``.
    look : Theme
        Colours.
    currency : str
        ISO code.
    """
    shown = with_texts(frame, currency, text="amount_50", typical="population_median").assign(
        compared=[compared(row) for row in frame.itertuples()],
        oriented=[oriented_value(row.measure, row.percentile_50) for row in frame.itertuples()],
        side=[SIDES[MEASURES[name].better] for name in frame["measure"]],
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "measure_label:N",
            sort=order(),
            axis=alt.Axis(
                orient="top",
                title=None,
                labelAngle=0,
                labelPadding=20,
                labelExpr=two_lines(),
                labelFontSize=12,
            ),
        ),
        y=alt.Y(
            "persona:N",
            sort=segment_order(frame),
            axis=alt.Axis(title=None, labelFontSize=13, labelColor=look.text),
        ),
        tooltip=[
            alt.Tooltip("persona:N", title="Segment"),
            alt.Tooltip("measure_label:N", title="Measure"),
            alt.Tooltip("text:N", title="Median of the segment"),
            alt.Tooltip("typical:N", title="Typical customer"),
            alt.Tooltip("compared:N", title="Its customers"),
            alt.Tooltip("side:N", title="Colour"),
        ],
    )
    # Marks whose colour has no value are not drawn: what has no good side is a layer of its own.
    has_side = alt.expr.isValid(alt.datum.oriented)
    cell = {
        "cornerRadius": 3, "stroke": look.surface, "strokeWidth": 3, "cursor": "pointer"
    }  # fmt: skip
    neutral = base.transform_filter(~has_side).mark_rect(color=look.grid, **cell)
    cells = base.transform_filter(has_side).mark_rect(**cell).encode(
        color=alt.Color(
            "oriented:Q",
            scale=alt.Scale(
                domain=[0, 25, 50, 75, 100], range=list(look.diverging), interpolate="rgb"
            ),
            legend=alt.Legend(
                title=LEGEND, orient="bottom", gradientLength=280, gradientThickness=8,
                format="d", values=[], titleFontWeight="normal", titleFontSize=11,
                titleLimit=420, direction="horizontal",
            ),
        )
    )  # fmt: skip
    strong = has_side & ((alt.datum.oriented < 12) | (alt.datum.oriented > 88))
    text = base.mark_text(fontSize=13).encode(
        text="text:N", color=alt.condition(strong, alt.value(look.inverse), alt.value(look.text))
    )
    rows = frame["persona"].nunique()
    neutral = neutral.add_params(clicked("persona"))
    return alt.layer(neutral, cells, text).properties(height=44 * rows + 84, width="container")


def backtest(
    frame: pd.DataFrame,
    look: Theme,
    chosen: str | None,
    *,
    value: str,
    currency: str,
    personas: dict[str, int],
) -> Any:
    """Return what each segment did after earlier cut-offs, as dots with 95% intervals.

    Parameters
    ----------
    frame : DataFrame
        Result of ``segments/backtest``: ``cutoff_date``, ``segment_rank``, ``segment``, and
        ``<value>``, ``<value>_low``, ``<value>_high``.
    look : Theme
        Colours.
    chosen : str or None
        Segment to keep in full colour; None keeps all.
    value : {"active_share", "future_revenue_per_customer"}
        What to show.
    currency : str
        ISO code.
    personas : dict of str to int
        Today's segments: a segment of an earlier cut-off has the colour of the one that has its
        name today, and is grey where there is none.
    """
    shown = frame.assign(
        cutoff=[f"after {formats.short_day(day)}" for day in frame["cutoff_date"]],
        persona=frame["segment"],
    )
    is_share = value == "active_share"
    write = formats.share if is_share else partial(formats.money, currency=currency)
    shown = shown.assign(
        **{
            name: [write(amount) for amount in frame[column]]
            for name, column in (
                ("text", value), ("low_text", f"{value}_low"), ("high_text", f"{value}_high")
            )
        }
    )  # fmt: skip
    axis = (
        percent_axis("Ordered again in the following days", tickCount=4)
        if is_share
        else money_axis(currency, "Spent by a customer in the following days", tickCount=4)
    )
    ranks = shown.groupby("persona")["segment_rank"].mean().sort_values()
    order_of = ranks.index.tolist()
    cutoffs = list(dict.fromkeys(shown["cutoff"]))
    fade = (
        alt.value(1)
        if chosen is None or chosen not in order_of
        else alt.condition(alt.datum.persona == chosen, alt.value(1), alt.value(0.3))
    )
    base = alt.Chart(shown).encode(
        y=alt.Y("persona:N", sort=order_of, axis=alt.Axis(title=None, labelColor=look.text)),
        yOffset=alt.YOffset("cutoff:N", sort=cutoffs, scale=alt.Scale(paddingOuter=0.25)),
        opacity=fade,
        color=alt.Color(
            "persona:N",
            scale=alt.Scale(
                domain=order_of,
                range=[
                    segment_colour(personas[name]) if name in personas else look.muted
                    for name in order_of
                ],
            ),
            legend=None,
        ),
        tooltip=[
            alt.Tooltip("persona:N", title="Segment"),
            alt.Tooltip("cutoff:N", title="Days"),
            alt.Tooltip("text:N", title="Mean"),
            alt.Tooltip("low_text:N", title="From"),
            alt.Tooltip("high_text:N", title="To"),
        ],
    )
    line = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X(f"{value}_low:Q", axis=axis, scale=alt.Scale(zero=True, nice=True)),
        x2=f"{value}_high:Q",
    )
    dot = base.mark_point(filled=True, size=85, opacity=1).encode(
        x=f"{value}:Q",
        shape=alt.Shape(
            "cutoff:N",
            sort=cutoffs,
            scale=alt.Scale(range=["circle", "diamond"]),
            legend=alt.Legend(title=None, symbolFillColor=look.muted, symbolStrokeColor=look.muted),
        ),
    )
    return alt.layer(line, dot).properties(height=max(140, 42 * len(order_of)), width="container")
