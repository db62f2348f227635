"""Who our customers are."""

from functools import partial

import streamlit as st

from dashboard import cards, components, formats, segment_detail, sentences
from dashboard.charts import segments as charts

page = components.current_page()
filters = page.filters
components.header(
    page,
    "Who are our customers?",
    "Segments found in how recently, how often and how much customers bought.",
    queries="segments",
)

profiles = page.run("segments/profiles")
sizes = page.run("overview/segment_shares").drop(columns="persona")
overview = profiles.merge(sizes, on="segment_id", how="left").fillna(
    {"customer_count": 0, "customer_share": 0, "revenue": 0, "revenue_share": 0}
)


components.not_applied("segments/profiles", "overview/segment_shares")


def choose(persona: str) -> None:
    """Set the segment filter, which lives in the side bar and in the URL."""
    st.session_state["segment"] = persona


per_row = 3
for start in range(0, len(overview), per_row):
    rows = overview.iloc[start : start + per_row].itertuples()
    for column, row in zip(st.columns(per_row), rows, strict=False):
        with column.container(border=True):
            st.html(cards.segment_card(row, page.export.currency))
            st.button(
                "Look closer",
                key=f"choose_{row.segment_id}",
                icon=":material/arrow_downward:",
                type="primary" if row.persona == filters.segment else "secondary",
                width="stretch",
                on_click=choose,
                args=(row.persona,),
            )

comparison = page.run("segments/comparison")
components.section(
    sentences.contrast(comparison),
    "Median of each segment, all countries, at the run's own date. The colour is its place among "
    "all customers: 50 is the typical one.",
    shows=("segments/comparison",),
)
components.figure(
    page,
    partial(charts.comparison, comparison, page.look, page.export.currency),
    comparison,
    key="comparison",
    wide=True,
    alt_text="Heat map of the segments' medians on every measure, coloured by their place among "
    "all customers.",
    query="segments/comparison",
)

chosen = filters.segment or str(overview["persona"].iloc[0])
if filters.segment is None:
    st.caption(
        f"Below: {formats.markdown(chosen)}, the most valuable segment. Choose another with "
        "“Look closer”, or in the side bar."
    )
segment_detail.show(page, overview[overview["persona"] == chosen].iloc[0])
