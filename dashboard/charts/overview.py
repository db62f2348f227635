"""Charts of the overview page."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import clicked, money_axis
from dashboard.theme import Theme, segment_order, segment_scale


def share_bars(
    frame: pd.DataFrame, look: Theme, currency: str, *, chosen: str | None = None
) -> Any:
    """Return paired bars a segment: its share of customers beside its share of revenue.

    Parameters
    ----------
    frame : DataFrame
        Result of ``overview/segment_shares`` or ``pictures/shares``: ``segment_id``, ``persona``,
        ``customer_count``, ``customer_share``, ``revenue``, ``revenue_share`` (shares 0 to 1).
    look : Theme
        Colours.
    currency : str
        ISO code, for the tooltip.
    chosen : str, optional
        Persona to keep in full colour while the others fade.
    """
    shown = frame.assign(
        revenue_text=[formats.exact_money(value, currency) for value in frame["revenue"]]
    )
    shares = shown.melt(
        ["segment_id", "persona", "customer_count", "revenue_text"],
        ["customer_share", "revenue_share"],
        "kind",
        "share",
    ).replace({"kind": {"customer_share": "of customers", "revenue_share": "of revenue"}})
    shares["share"] = shares["share"].fillna(0).astype(float)
    shares["label"] = [
        f"{formats.share(value)} {kind}"
        for value, kind in zip(shares["share"], shares["kind"], strict=True)
    ]
    fade = (
        alt.value(1.0)
        if chosen is None
        else alt.condition(alt.datum.persona == chosen, alt.value(1.0), alt.value(0.25))
    )
    base = alt.Chart(shares).encode(
        y=alt.Y(
            "persona:N",
            sort=segment_order(frame),
            scale=alt.Scale(paddingInner=0.28, paddingOuter=0.1),
            axis=alt.Axis(title=None, labelColor=look.text, labelFontSize=13),
        ),
        yOffset=alt.YOffset("kind:N", sort=["of customers", "of revenue"]),
        x=alt.X(
            "share:Q",
            axis=None,
            scale=alt.Scale(domain=[0, max(0.01, float(shares["share"].max())) * 1.6]),
        ),
        opacity=fade,
        tooltip=[
            alt.Tooltip("persona:N", title="Segment"),
            alt.Tooltip("label:N", title="Share"),
            alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
            alt.Tooltip("revenue_text:N", title="Revenue"),
        ],
    )
    bars = base.mark_bar(cornerRadiusEnd=3, cursor="pointer").encode(
        color=alt.Color("persona:N", scale=segment_scale(frame), legend=None),
        fillOpacity=alt.condition(alt.datum.kind == "of revenue", alt.value(1.0), alt.value(0.45)),
    )
    labels = base.mark_text(align="left", dx=6, color=look.text).encode(text="label:N")
    return alt.layer(bars.add_params(clicked("persona")), labels).properties(
        height=400, width="container"
    )


def customer_map(cells: pd.DataFrame, outlines: pd.DataFrame, look: Theme, currency: str) -> Any:
    """Return the map of customers: recency against amount, with each segment's outline.

    Parameters
    ----------
    cells : DataFrame
        Result of ``overview/customer_map``: ``segment_id``, ``persona``, ``recency_days``,
        ``monetary``, ``customer_count``, and the cell's bounds ``recency_from`` to ``monetary_to``:
        one row for each filled cell of the grid.
    outlines : DataFrame
        Result of ``overview/segment_outlines``: ``segment_id``, ``persona``, ``step``,
        ``recency_days``, ``monetary``, ``middle_recency_days``, ``middle_monetary``.
    look : Theme
        Colours.
    currency : str
        ISO code, for the axis.
    """
    scale = segment_scale(pd.concat([cells, outlines]))
    x_domain = [0.9, float(max(cells["recency_days"].max(), 100)) * 1.25]
    y_domain = [
        max(1.0, float(cells["monetary"].min()) * 0.7),
        float(cells["monetary"].max()) * 1.5,
    ]
    x_scale = alt.Scale(type="log", domain=x_domain, reverse=True, nice=False, clamp=True)
    y_scale = alt.Scale(type="log", domain=y_domain, nice=False, clamp=True)
    x = alt.X(
        "recency_days:Q",
        scale=x_scale,
        axis=alt.Axis(
            title="Days since the last order (recent on the right)",
            values=[day for day in (1, 3, 7, 14, 30, 90, 180, 365, 730) if day <= x_domain[1]],
            format="d",
        ),
    )
    y = alt.Y(
        "monetary:Q",
        scale=y_scale,
        axis=money_axis(
            currency,
            "Spent so far",
            values=_amounts(*y_domain),
            grid=True,
        ),
    )
    colour = alt.Color("persona:N", scale=scale, legend=None)
    spent = formats.amount_heading("Spent so far", currency)
    dots = (
        alt.Chart(cells)
        .mark_circle(opacity=0.6, cursor="pointer")
        .encode(
            x=x,
            y=y,
            color=colour,
            size=alt.Size(
                "customer_count:Q",
                scale=alt.Scale(range=[6, 260], type="sqrt"),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("persona:N", title="Mostly"),
                alt.Tooltip("customer_count:Q", title="Customers here", format=",d"),
                alt.Tooltip("recency_days:Q", title="Days since last order", format=",.0f"),
                alt.Tooltip("monetary:Q", title=spent, format=",.0f"),
            ],
        )
    )
    rings = (
        alt.Chart(outlines)
        .mark_line(strokeWidth=1.8, opacity=0.95)
        .encode(x=x, y=y, color=colour, order="step:Q", detail="persona:N")
    )
    middles = outlines.drop_duplicates("persona")
    names = alt.Chart(middles).encode(
        x=alt.X("middle_recency_days:Q", scale=x_scale),
        y=alt.Y("middle_monetary:Q", scale=y_scale),
        text="persona:N",
    )
    halo = names.mark_text(
        fontSize=12, fontWeight=600, stroke=look.surface, strokeWidth=4, strokeJoin="round"
    )
    label = names.mark_text(fontSize=12, fontWeight=600, color=look.text)
    corners = ("recency_from", "recency_to", "monetary_from", "monetary_to")
    dots = dots.add_params(clicked(*corners))
    return alt.layer(dots, rings, halo, label).properties(height=400, width="container")


def _amounts(low: float, high: float) -> list[int]:
    """Return round amounts within bounds: a tick outside would stand at the edge."""
    steps = [digit * 10**power for power in range(10) for digit in (1, 2, 5)]
    within = [step for step in steps if low <= step <= high]
    tens = [step for step in within if str(step).startswith("1")]
    return tens if len(tens) > 1 else within


def share_table_alt(frame: pd.DataFrame) -> str:
    """Return in words what `share_bars` shows.

    Parameters
    ----------
    frame : DataFrame
        Result of ``overview/segment_shares``, as for `share_bars`.
    """
    parts = [
        f"{row.persona} {formats.share(row.customer_share)} of customers and "
        f"{formats.share(row.revenue_share)} of revenue"
        for row in frame.itertuples()
    ]
    return "Paired bars: " + "; ".join(parts) + "."
