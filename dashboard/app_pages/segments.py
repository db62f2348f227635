"""Who our customers are."""

from functools import partial

import streamlit as st

from dashboard import browser, cards, components, figures, formats, segment_detail, sentences
from dashboard.charts import segments as charts
from dashboard.page import current_page

page = current_page()
filters = page.filters
components.header(
    page,
    "Who are our customers?",
    "Segments found in how recently, how often and how much customers bought.",
    queries="segments",
)

components.not_applied("segments/profiles")
profiles = page.run("segments/profiles").fillna({"customer_share": 0, "revenue_share": 0})
segment_detail.note_of_meanings(page)


per_row = 3
for start in range(0, len(profiles), per_row):
    rows = profiles.iloc[start : start + per_row].itertuples()
    for column, row in zip(st.columns(per_row), rows, strict=False):
        with column.container(border=True):
            st.html(cards.segment_card(row, page.export.currency))
            st.button(
                f"Look closer{components.only_heard(f'at {row.persona}')}",
                key=f"choose_{row.segment_id}",
                icon=":material/arrow_downward:",
                type="primary" if row.persona == filters.segment else "secondary",
                width="stretch",
                on_click=segment_detail.choose,
                args=(row.persona,),
            )
            components.write_to(page, words=f": {row.persona}", segment=row.persona)

comparison = page.run("segments/comparison")
if comparison.empty:
    components.empty("No customer matches these filters.", "Choose another country or day.")
    st.stop()
not_known = "" if filters.is_latest else f" {segment_detail.later_measures(page)}"
components.section(
    sentences.contrast(comparison),
    "Median of each segment. The colour is its place among all customers of this view, turned "
    "such that better for the shop is one colour: fewer days since the last order, more orders. "
    f"Grey measures have no better side. A click on a row shows its customers.{not_known}",
    shows=("segments/comparison",),
)
figures.figure(
    page,
    partial(charts.comparison, comparison, page.look, page.export.currency),
    comparison,
    key="comparison",
    wide=True,
    alt_text="Heat map of the segments' medians on every measure, coloured by whether they are "
    "better or worse for the shop than the typical customer's.",
    query="segments/comparison",
    opens=lambda mark: {"segment": mark["persona"]},
)

chosen = filters.segment or str(profiles["persona"].iloc[0])
if filters.segment is None:
    st.caption(
        f"Below: {formats.markdown(chosen)}, the most valuable segment. Choose another with "
        "“Look closer”, or in the side bar."
    )
browser.arrive("one_segment", st.session_state.pop("looked_closer", ""))
segment_detail.show(page, profiles[profiles["persona"] == chosen].iloc[0])
