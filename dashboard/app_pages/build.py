"""Which customers one means: a segment of one's own conditions."""

import streamlit as st

from dashboard import (
    campaign_choice,
    components,
    condition_rows,
    condition_words,
    conditions,
    saved_view_box,
    sentences,
    tables,
)
from dashboard.conditions import Unfit
from dashboard.page import current_page

page = current_page()
components.header(
    page,
    "Which customers do you mean?",
    "Conditions that a customer must meet, joined by and/or. The address of this page is a link to "
    "them.",
    queries="build",
)
known = campaign_choice.known(page)


saved = saved_view_box.offer()
try:
    condition_rows.follow_link()
except Unfit as reason:
    st.warning(f"This segment does not fit this version: {reason}.", icon=":material/rule:")
    st.button("Start again", icon=":material/restart_alt:", on_click=campaign_choice.clear)
    st.stop()
built = condition_rows.edit(page, known)
link = condition_rows.link_to(built)

try:
    asked_of = conditions.alternatives(built, known)
except Unfit as reason:
    st.warning(
        f"This segment does not fit this export: {reason}. Change the condition, or remove it.",
        icon=":material/rule:",
    )
    st.stop()

summary = page.run("build/summary", alternatives=asked_of)
words = condition_words.words(built, known, page.export.currency)
components.section(
    sentences.built(summary, page.export.currency),
    f"{words[0].upper()}{words[1:]}." if built else "Without a condition these are all customers.",
    shows=("build/summary",),
)
with st.container(horizontal=True, vertical_alignment="center", key="build_links"):
    kept = {"where": link} if link else {}
    st.page_link(
        "app_pages/customers.py", label="See them", icon=":material/groups:",
        query_params={**page.filters.link, **kept},
    )  # fmt: skip
    components.write_to(page, **kept)
    st.page_link(
        "app_pages/compare.py", label="Compare them", icon=":material/compare_arrows:",
        query_params={**page.filters.link, **kept},
    )  # fmt: skip
tables.built_table(page, summary)

saved_view_box.keep(built, saved)
