"""Colours and type: the look of charts in both themes, and a colour for each segment."""

from dataclasses import dataclass
from typing import Any

import altair as alt
import pandas as pd

SEGMENT_COLOURS = (
    "#0072B2",  # blue
    "#009E73",  # green
    "#1E9BE2",  # sky
    "#C28600",  # orange
    "#D55E00",  # vermilion
    "#CC79A7",  # purple
    "#8A8F94",  # grey
    "#7A6BB5",  # violet
    "#979732",  # olive
    "#41A392",  # teal
    "#A85743",  # brick
)
"""Okabe and Ito's colours, told apart with any common form of colour blindness, and others for
the last of up to eleven segments; the best segment gets the first, and a segment keeps its colour
in every chart and both themes. So each is at least three times as light or as dark as the page in
either (WCAG 1.4.11), for which the lighter ones are darker than in the original."""

FONT = "'Source Sans', 'Segoe UI', Helvetica, Arial, sans-serif"


@dataclass(frozen=True)
class Theme:
    """Colours of one theme.

    Attributes
    ----------
    mode : str
        ``light`` or ``dark``.
    text, muted, faint, grid, surface : str
        From the strongest to the weakest text, then grid lines, then the page itself.
    accent, negative : str
        The one accent, and the colour of a loss (always beside a word or an arrow).
    diverging, sequential : tuple of str
        Scales for heat maps; the middle of ``diverging`` and the low end of ``sequential``
        are close to the page's own colour.
    inverse : str
        Text on the strong end of a scale.
    turn : float
        Share of a sequential scale above which text is ``inverse``.
    """

    mode: str
    text: str
    muted: str
    faint: str
    grid: str
    surface: str
    accent: str
    negative: str
    diverging: tuple[str, ...]
    sequential: tuple[str, ...]
    inverse: str
    turn: float


LIGHT = Theme(
    mode="light", text="#1D2B2F", muted="#56666B", faint="#7F8C90", grid="#E4E9EA",
    surface="#FFFFFF", accent="#0B6E69", negative="#B4461E",
    diverging=("#B8571F", "#E9B58F", "#F4F4F2", "#8FC4BF", "#0B6E69"),
    sequential=("#F1F6F6", "#B5D8D5", "#5FAFA9", "#0B6E69"), inverse="#FFFFFF", turn=0.8,
)  # fmt: skip
DARK = Theme(
    mode="dark", text="#E6EDEE", muted="#A3B1B5", faint="#65757A", grid="#253237",
    surface="#10181B", accent="#3CB8AD", negative="#F0936B",
    diverging=("#E0813F", "#8A5636", "#202B2F", "#2A706B", "#3CB8AD"),
    sequential=("#172226", "#1C4A48", "#20746E", "#2FA197"), inverse="#06100E", turn=0.86,
)  # fmt: skip


def look(mode: str | None) -> Theme:
    """Return the look of a theme; the light one where the browser has not said which."""
    return DARK if mode == "dark" else LIGHT


def segment_colour(segment_id: int) -> str:
    """Return the colour of a segment; ids begin at 1, and colours repeat after the last."""
    return SEGMENT_COLOURS[(int(segment_id) - 1) % len(SEGMENT_COLOURS)]


def segment_scale(frame: pd.DataFrame) -> alt.Scale:
    """Return the colour scale of the segments in a frame.

    Parameters
    ----------
    frame : DataFrame
        With ``segment_id`` and ``persona``.
    """
    pairs = segment_pairs(frame)
    return alt.Scale(
        domain=[persona for _, persona in pairs], range=[segment_colour(i) for i, _ in pairs]
    )


def segment_order(frame: pd.DataFrame) -> list[str]:
    """Return the personas of a frame, best segment first."""
    return [persona for _, persona in segment_pairs(frame)]


def segment_pairs(frame: pd.DataFrame) -> list[tuple[int, str]]:
    """Return the distinct (segment_id, persona) of a frame, best segment first."""
    known = frame[["segment_id", "persona"]].dropna().drop_duplicates("segment_id")
    return [(int(i), str(p)) for i, p in sorted(known.itertuples(index=False, name=None))]


def apply_theme(chart: Any, look: Theme, *, background: str = "transparent") -> Any:
    """Return a top-level chart with the look's type, axes and colours.

    Parameters
    ----------
    chart : alt.TopLevelMixin
        Any chart that is not nested in another.
    look : Theme
        Colours to draw with.
    background : str, default "transparent"
        The app's page shows through; pictures pass the surface.
    """
    axis: dict[str, Any] = {
        "labelColor": look.muted, "titleColor": look.muted, "gridColor": look.grid,
        "domain": False, "ticks": False, "labelPadding": 6, "titleFontWeight": "normal",
        "titlePadding": 8, "labelFontSize": 12, "titleFontSize": 12, "labelLimit": 180,
    }  # fmt: skip
    return chart.configure(
        background=background,
        # Vega measures once by default, and cuts titles where labels then grow.
        autosize=alt.AutoSizeParams(type="fit", contains="padding", resize=True),
        font=FONT,
        padding={"left": 5, "right": 6, "top": 6, "bottom": 4},
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(**axis),
        axisX=alt.AxisConfig(grid=False),
        legend=alt.LegendConfig(
            labelColor=look.text, titleColor=look.muted, orient="top", direction="horizontal",
            symbolType="circle", labelFontSize=12, title=None, labelLimit=180,
        ),
        header=alt.HeaderConfig(
            labelColor=look.text, titleColor=look.muted, labelFontSize=13, labelFontWeight=600,
            labelAnchor="start",
        ),
        text=alt.MarkConfig(color=look.text, fontSize=12, font=FONT),
        title=alt.TitleConfig(
            color=look.text, subtitleColor=look.muted, anchor="start", fontSize=15,
            subtitleFontSize=12, fontWeight=600, offset=12,
        ),
    )  # fmt: skip
