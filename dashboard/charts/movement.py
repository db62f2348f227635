"""Charts of the movement page."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import clicked, two_lines
from dashboard.theme import Theme, segment_colour

_OUTSIDE_RANK = 10_000
"""First orders, and those who returned it all, stand after the segments."""


def matrix(frame: pd.DataFrame, look: Theme) -> Any:
    """Return the transitions of a month: rows from, columns to, shares of the row printed.

    Parameters
    ----------
    frame : DataFrame
        Result of ``movement/matrix``: ``from_segment_id`` (0 for first orders), ``from_persona``,
        ``to_segment_id`` (0 for those who returned it all), ``to_persona``, ``customer_count``,
        ``slipped_count``, ``rose_count``, ``share_of_from`` (0 to 1).
    look : Theme
        Colours.
    """
    froms, tos = _names(frame, "from"), _names(frame, "to")
    shown = frame.assign(
        stays=frame["from_segment_id"] == frame["to_segment_id"],
        text=[formats.share(value) for value in frame["share_of_from"]],
    )
    base = alt.Chart(shown).encode(
        x=alt.X(
            "to_persona:N",
            sort=tos,
            axis=alt.Axis(
                orient="top",
                title="Segment at the end",
                labelAngle=0,
                labelLimit=130,
                labelFontSize=11,
                labelPadding=20,
                labelExpr=two_lines(),
            ),
        ),
        y=alt.Y(
            "from_persona:N",
            sort=froms,
            axis=alt.Axis(title="Segment at the start", labelColor=look.text, labelLimit=130),
        ),
        tooltip=[
            alt.Tooltip("from_persona:N", title="From"),
            alt.Tooltip("to_persona:N", title="To"),
            alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
            alt.Tooltip("share_of_from:Q", title="Of those who started there", format=".1%"),
            alt.Tooltip("slipped_count:Q", title="Slipped", format=",d"),
            alt.Tooltip("rose_count:Q", title="Rose", format=",d"),
        ],
    )
    top = float(shown.loc[~shown["stays"], "share_of_from"].max() or 1) if len(shown) else 1.0
    moved = (
        base.transform_filter("!datum.stays")
        .mark_rect(cornerRadius=3, stroke=look.surface, strokeWidth=3, cursor="pointer")
        .encode(
            color=alt.Color(
                "share_of_from:Q",
                scale=alt.Scale(
                    domain=[0, top or 1], range=list(look.sequential), interpolate="rgb"
                ),
                legend=None,
            )
        )
    )
    stayed = (
        base.transform_filter("datum.stays")
        .mark_rect(
            cornerRadius=3, stroke=look.surface, strokeWidth=3, color=look.grid, cursor="pointer"
        )
        .add_params(clicked("from_persona", "to_persona"))
    )
    text = base.mark_text(fontSize=13, cursor="pointer").encode(
        text="text:N",
        color=alt.condition(
            f"!datum.stays && datum.share_of_from > {look.turn * top}",
            alt.value(look.inverse),
            alt.value(look.text),
        ),
    )
    return alt.layer(stayed, moved, text).properties(
        height=46 * max(1, len(froms)) + 74, width="container"
    )


def flows(frame: pd.DataFrame, look: Theme) -> Any:
    """Return the transitions of a month as bands between two columns of segments.

    Parameters
    ----------
    frame : DataFrame
        As for `matrix`.
    look : Theme
        Colours; a band has the colour of the segment it leaves.
    """
    bands, blocks = _bands(frame)
    domain = sorted(set(bands["from_segment_id"]) | set(blocks["segment_id"]))
    colours = [look.faint if i == 0 else segment_colour(i) for i in domain]
    scale = alt.Scale(domain=domain, range=colours)
    total = float(blocks["end"].max()) or 1.0
    y = alt.Y("low:Q", axis=None, scale=alt.Scale(domain=[total, 0]))
    x = alt.X("at:Q", axis=None, scale=alt.Scale(domain=[-0.3, 1.3]))
    tooltip = [
        alt.Tooltip("from_persona:N", title="From"),
        alt.Tooltip("to_persona:N", title="To"),
        alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
    ]
    ribbons = (
        alt.Chart(bands)
        .mark_area(interpolate="monotone", line=False)
        .encode(
            x=x,
            y=y,
            y2="high:Q",
            detail="flow:N",
            color=alt.Color("from_segment_id:O", scale=scale, legend=None),
            opacity=alt.condition("datum.stays", alt.value(0.16), alt.value(0.6)),
            tooltip=tooltip,
        )
    )
    columns = (
        alt.Chart(blocks)
        .mark_rect(cornerRadius=2)
        .encode(
            x=alt.X("left:Q", scale=alt.Scale(domain=[-0.3, 1.3])),
            x2="right:Q",
            y=alt.Y("start:Q"),
            y2="end:Q",
            color=alt.Color("segment_id:O", scale=scale, legend=None),
            tooltip=[
                alt.Tooltip("persona:N", title="Segment"),
                alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
            ],
        )
    )
    named = blocks[blocks["end"] - blocks["start"] > total * 0.02]
    layers = [ribbons, columns]
    for side, align, dx in ((0, "right", -8), (1, "left", 8)):
        part = alt.Chart(named[named["side"] == side])
        anchor = "left:Q" if side == 0 else "right:Q"
        layers.append(
            part.mark_text(align=align, dx=dx, color=look.text).encode(
                x=alt.X(anchor), y=alt.Y("middle:Q"), text="label:N"
            )
        )
    return alt.layer(*layers).properties(height=430, width="container")


def _names(frame: pd.DataFrame, side: str) -> list[str]:
    """Return the personas of one side, best first, outsiders last."""
    rank = frame[f"{side}_segment_id"].replace(0, _OUTSIDE_RANK)
    ordered = frame.assign(rank=rank).sort_values("rank")
    return ordered[f"{side}_persona"].drop_duplicates().tolist()


def _bands(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the outline of each band, and the blocks at both ends."""
    rows = frame.sort_values(["from_segment_id", "to_segment_id"]).reset_index(drop=True)
    rows["from_rank"] = rows["from_segment_id"].replace(0, _OUTSIDE_RANK)
    rows["to_rank"] = rows["to_segment_id"].replace(0, _OUTSIDE_RANK)
    total = float(rows["customer_count"].sum())
    gap = total * 0.025
    blocks: list[dict[str, Any]] = []
    left: dict[Any, float] = {}
    right: dict[Any, float] = {}
    for side, key, name, rank, starts in (
        (0, "from_segment_id", "from_persona", "from_rank", left),
        (1, "to_segment_id", "to_persona", "to_rank", right),
    ):
        at = 0.0
        for _, group in rows.groupby(rank):
            size = float(group["customer_count"].sum())
            first = group.iloc[0]
            starts[int(first[key])] = at
            blocks.append(
                {
                    "side": side, "segment_id": int(first[key]), "persona": first[name],
                    "start": at, "end": at + size, "middle": at + size / 2,
                    "left": -0.015 if side == 0 else 0.985, "right": 0.015 if side == 0 else 1.015,
                    "customer_count": int(size),
                    "label": f"{first[name]} {formats.short(size)}",
                }
            )  # fmt: skip
            at += size + gap
    bands = []
    for row in rows.sort_values(["from_rank", "to_rank"]).itertuples():
        low_left, low_right = left[row.from_segment_id], right[row.to_segment_id]
        left[row.from_segment_id] += row.customer_count
        right[row.to_segment_id] += row.customer_count
        for at, low in ((0.015, low_left), (0.3, low_left), (0.7, low_right), (0.985, low_right)):
            bands.append(
                {
                    "flow": f"{row.from_segment_id}-{row.to_segment_id}", "at": at, "low": low,
                    "high": low + row.customer_count, "from_segment_id": row.from_segment_id,
                    "from_persona": row.from_persona, "to_persona": row.to_persona,
                    "customer_count": row.customer_count,
                    "stays": row.from_segment_id == row.to_segment_id,
                }
            )  # fmt: skip
    return pd.DataFrame(bands), pd.DataFrame(blocks)
