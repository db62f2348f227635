"""Whom to write to, with what, in the columns that mail tools import."""

from functools import partial

import streamlit as st

from dashboard import (
    campaign_choice,
    components,
    figures,
    formats,
    sentences,
    tables,
    uplift_detail,
)
from dashboard.campaign_files import LAYOUTS, campaign_file, has_emails
from dashboard.page import current_page

LISTED = 100

page = current_page()
components.header(
    page,
    "Whom do we write to?",
    f"The chosen customers by their segment at {formats.day(page.export.as_of_date)}.",
    queries="campaign",
)
choice = campaign_choice.from_link(page, page.export.as_of_date)
components.stop_unfit(choice.problem)
summary = page.run("campaign/summary", **choice.params)
if summary.empty:
    components.empty("Nobody is in this selection.", "Choose another segment, country or month.")
    uplift_detail.show(page)
    st.stop()

components.section(
    sentences.campaign(choice.words, summary),
    sentences.left_out(summary),
    shows=("campaign/summary", "campaign/list"),
)
if choice.since and (said := sentences.returned(summary, choice.since)):
    st.caption(said)
if choice.is_narrowed:
    st.page_link(
        "app_pages/campaign.py",
        label="Everyone in these filters instead",
        icon=":material/filter_alt_off:",
        query_params=page.filters.link,
    )

listed = page.run("campaign/list", **choice.params, control=None, limit=LISTED)
if not summary["write_count"].sum():
    components.empty("Nobody is left to write to.", "Choose another segment, country or month.")
    uplift_detail.show(page)
    st.stop()


with st.container(horizontal=True, vertical_alignment="center", key="campaign_files"):
    for layout in LAYOUTS:
        figures.download(
            layout.name,
            partial(campaign_choice.listed_file, page, choice, layout),
            name=f"campaign {layout.name} {page.export.as_of_date}",
            key=f"campaign_{formats.file_part(layout.name)}",
        )
    if summary["control_count"].sum():
        figures.download(
            "Control group",
            lambda: campaign_file(
                page.run_once(
                    "campaign/list", **choice.params, control=True, limit=campaign_choice.ALL
                ),
                LAYOUTS[0],
            ),
            name=f"control group {page.export.as_of_date}",
            key="campaign_control",
        )
if not has_emails(listed["customer_id"]):
    st.caption(sentences.NO_EMAILS)

components.section(
    "What each is sent",
    "A customer's action is that of the segment at the run's own date.",
    shows=("campaign/summary",),
)
tables.campaign_table(page, summary)
components.section(
    f"The {formats.count(len(listed))} who spent most",
    "The files hold everyone, and the control group is in a file of its own.",
    shows=("campaign/list",),
)
tables.customer_table(page, listed.drop(columns=["action", "recency_days"]), key="campaign_list")
uplift_detail.show(page)
