"""The strip on top of the overview: what changed in the last whole month, and what to do."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cards, components, formats, sentences
from dashboard.page import Page

SHOWN = {"slipped": 3, "rose": 2}
"""The most flows of a direction that the strip shows, those with the most money."""


def show(page: Page) -> None:
    """Show the month's figures, then who slipped and who rose, each with list and action."""
    months = page.run("overview/months")
    month = months["month"].iloc[0]
    if not months["is_known"].iloc[0]:
        components.empty(
            f"There is no whole month before {formats.day(page.filters.as_of)}.",
            "Choose a later day, or run again when a month is complete.",
        )
        return
    pair = _pair(page, month)
    changes = page.run("overview/changes", **pair) if pair else pd.DataFrame()
    title = (
        f"What changed in {formats.month(month)}"
        if changes.empty
        else sentences.changes(changes, formats.month(month), page.export.currency)
    )
    components.section(
        title, _note(page), shows=("overview/months", *(["overview/changes"] if pair else []))
    )
    st.html(cards.month_row(sentences.month_figures(months, page.export.currency)))
    if changes.empty:
        st.caption("Nobody slipped or rose in that month." if pair else _NO_PAIR)
        return
    for direction, most in SHOWN.items():
        for row in changes[changes["direction"] == direction].head(most).itertuples():
            _change(page, row, formats.month(month))
    if len(changes) > sum(SHOWN.values()):
        st.page_link(
            "app_pages/movement.py",
            label=f"All movements of {formats.month(month)}",
            icon=":material/swap_horiz:",
            query_params=page.filters.link,
        )


_NO_PAIR = "Who slipped and who rose is known from the second month end on."


def _pair(page: Page, month: pd.Timestamp) -> dict[str, date]:
    """Return the month ends at both ends of a month; nothing where one of them is not known."""
    start = pd.Timestamp(month).date()
    ends = page.filters.month_ends
    if len(ends) < 2 or ends[1] != start:
        return {}
    return {"from_date": ends[1], "to_date": ends[0]}


def _note(page: Page) -> str:
    lines = ["Revenue is net of matched returns."]
    if page.filters.segment:
        name = formats.markdown(page.filters.segment)
        lines.append(
            f"Of the customers who are {name} at {formats.day(page.filters.as_of)}; movements are "
            f"those from and to {name}."
        )
    lines += [
        "Slipped: no order, and a segment of longer absence. Rose: ordered, and a better segment. "
        "Amounts of movements are what these customers spent in the 12 months up to its end.",
        sentences.part_month(page.filters.as_of),
    ]
    return " ".join(line for line in lines if line)


def _change(page: Page, row: Any, month: str) -> None:
    flow = {"from": row.from_persona, "to": row.to_persona, "move": row.direction}
    words = f"who {row.direction} from {row.from_persona} to {row.to_persona}"
    name = f"change_{row.direction}_{row.from_segment_id}_{row.to_segment_id}"
    with st.container(border=True, key=name):
        text, links = st.columns([5, 1], vertical_alignment="center")
        text.markdown(f"{sentences.change(row, page.export.currency)}  \n{sentences.to_do(row)}")
        box = links.container(horizontal=True, gap="small")
        box.page_link(
            "app_pages/movement.py",
            label=f"See them{components.only_heard(words)}",
            icon=":material/list:",
            # The last month is the page's own choice.
            query_params={**page.filters.link, **flow},
        )
        with box:
            components.write_to(page, words=words, moved=month, **flow)
