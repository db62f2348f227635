"""Charts of the page of products and countries."""

from typing import Any

import altair as alt
import pandas as pd

from dashboard import formats
from dashboard.charts.parts import clicked
from dashboard.theme import Theme

RANKS = {"revenue": "Revenue", "reach": "Reach", "growth": "Growth", "lift": "Lift"}
"""What products and countries are ranked by, in the order in which a page offers it."""


def text_of(rank: str, value: Any, currency: str) -> str:
    """Return a value of a rank as people read it.

    Parameters
    ----------
    rank : str
        A key of `RANKS`.
    value : float or None
        Revenue in the currency; reach from 0 to 1; growth as a share of the earlier period, -1 or
        more; lift, of which 1 is as common as among all.
    currency : str
        ISO code, for revenue.

    Returns
    -------
    str
        ``£2 m``, ``12%``, ``+12%``, ``1.5×``, or a dash where the value is missing.
    """
    if formats.is_missing(value):
        return formats.MISSING
    if rank == "revenue":
        return formats.money(value, currency)
    if rank == "reach":
        return formats.share(value)
    if rank == "growth":
        size = formats.count(abs(value) * 100)
        sign = "±" if size == "0" else "+" if value > 0 else "−"
        return f"{sign}{size}%"
    return f"{value:.1f}×"


def ranked_alt(frame: pd.DataFrame, rank: str, what: str, currency: str) -> str:
    """Return what the bars show in words: the first five.

    Parameters
    ----------
    frame : DataFrame
        As of `ranked_bars`.
    rank : str
        A key of `RANKS`.
    what : str
        ``product`` or ``country``.
    currency : str
        ISO code.
    """
    first = frame.head(5)
    bars = [
        f"{name} {text_of(rank, value, currency)}"
        for name, value in zip(first["name"], first[rank], strict=True)
    ]
    return f"Bars of {RANKS[rank].lower()} by {what}: {'; '.join(bars)}."


def ranked_bars(frame: pd.DataFrame, look: Theme, currency: str, rank: str) -> Any:
    """Return products or countries as bars of what they are ranked by.

    Parameters
    ----------
    frame : DataFrame
        Rows of ``products/products`` or ``products/countries``: ``id``, ``name``,
        ``customer_count`` and the columns of `RANKS`; in order.
    look : Theme
        Colours.
    currency : str
        ISO code.
    rank : str
        A key of `RANKS`.
    """
    names = [f"{str(name)[:44]}{'…' if len(str(name)) > 44 else ''}" for name in frame["name"]]
    shown = frame.assign(
        # Two products may have one name.
        name_text=[
            f"{name} · {code}" if names.count(name) > 1 else name
            for name, code in zip(names, frame["id"], strict=True)
        ],
        value=frame[rank].astype(float),
        text=[text_of(rank, value, currency) for value in frame[rank]],
        **{
            f"{name}_text": [text_of(name, value, currency) for value in frame[name]]
            for name in RANKS
        },
    )
    low, high = min(0.0, float(shown["value"].min())), max(0.0, float(shown["value"].max()))
    room = (high - low or 1.0) * 0.16
    scale = alt.Scale(domain=[low - (room if low else 0), high + room], nice=False)
    base = alt.Chart(shown).encode(
        y=alt.Y(
            "name_text:N",
            sort=None,
            # On a phone half of the width is left for the bars.
            axis=alt.Axis(
                title=None,
                labelLimit=alt.ExprRef("clamp(containerSize()[0] * 0.45, 100, 300)"),
                labelColor=look.text,
            ),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Name"),
            *(alt.Tooltip(f"{key}_text:N", title=title) for key, title in RANKS.items()),
            alt.Tooltip("customer_count:Q", title="Customers", format=",d"),
        ],
    )
    bars = (
        base.mark_bar(cornerRadiusEnd=3, height={"band": 0.62}, cursor="pointer")
        .encode(
            x=alt.X("value:Q", axis=None, scale=scale),
            color=alt.condition(
                "datum.value < 0", alt.value(look.negative), alt.value(look.accent)
            ),
        )
        .add_params(clicked("id"))
    )
    text = base.mark_text(
        align={"expr": "datum.value < 0 ? 'right' : 'left'"},
        dx={"expr": "datum.value < 0 ? -6 : 6"},
        color=look.text,
    ).encode(x=alt.X("value:Q", axis=None, scale=scale), text="text:N")
    return alt.layer(bars, text).properties(height=27 * len(shown) + 6, width="container")
