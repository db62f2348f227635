"""How our customers are doing."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import cards, components, figures, formats, links, monday, sentences
from dashboard.charts import overview as charts
from dashboard.page import current_page
from dashboard.settings import ACTIVE_DAYS

page = current_page()
filters = page.filters
components.header(
    page,
    "How are our customers doing?",
    "Customers with at least one order that was not cancelled; revenue is net of matched returns.",
    queries="overview",
)


totals = page.run("overview/totals")
shares = page.run("overview/segment_shares")
if totals.empty or pd.Timestamp(totals["snapshot_date"].iloc[-1]).date() != filters.as_of:
    components.empty("No customer matches these filters.", "Choose another segment or country.")
    st.stop()

monday.show(page)

st.divider()
lead = sentences.headline(shares, page.export.currency, filters.segment)
st.html(f'<p class="lead">{formats.html_text(lead)}</p>')
components.not_applied("overview/totals")
shown = sentences.key_figures(totals, filters.before, page.export.currency)
st.html(cards.key_figures(shown, page.look.accent))
if filters.before:
    st.caption(f"The lines show the month ends up to {formats.day(filters.as_of)}.")

left, right = st.columns([1, 1], gap="medium")
with left:
    components.section(
        sentences.concentration(shares),
        "Share of customers (pale) and of revenue (full) for each segment, best first. A click on "
        "a bar shows its customers.",
        shows=("overview/segment_shares",),
    )
    figures.figure(
        page,
        partial(charts.share_bars, shares, page.look, page.export.currency, chosen=filters.segment),
        shares,
        key="segment_shares",
        alt_text=charts.share_table_alt(shares),
        query="overview/segment_shares",
        opens=lambda mark: {"segment": mark["persona"]},
    )
with right:
    cells = page.run("overview/customer_map")
    components.section(
        sentences.activity(totals, ACTIVE_DAYS),
        "Each dot is a group of customers, whom a click shows; outlines hold a segment's middle.",
        shows=("overview/customer_map", "overview/segment_outlines", "overview/totals"),
    )
    figures.figure(
        page,
        partial(
            charts.customer_map,
            cells,
            page.run("overview/segment_outlines"),
            page.look,
            page.export.currency,
        ),
        cells[["segment_id", "persona", "recency_days", "monetary", "customer_count", "revenue"]],
        key="customer_map",
        wide=True,
        alt_text="Map of customers by days since the last order and amount spent, coloured by "
        "segment; the table holds the same cells.",
        query="overview/customer_map",
        opens=links.to_map_cell,
    )
