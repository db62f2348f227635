"""How our customers are doing."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import components, formats, sentences
from dashboard.charts import overview as charts
from dashboard.settings import ACTIVE_DAYS

page = components.current_page()
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

components.not_applied("overview/totals")
lead = sentences.headline(shares, page.export.currency, filters.segment)
st.html(f'<p class="lead">{formats.html_text(lead)}</p>')

with st.container(key="figures"):
    figure_columns = st.columns(5)
for column, figure in zip(
    figure_columns, sentences.key_figures(totals, filters.before, page.export.currency), strict=True
):
    column.metric(
        figure.label,
        figure.value,
        figure.change,
        delta_color=figure.colour,
        delta_arrow=figure.arrow,
        help=figure.help,
        chart_data=figure.history,
        chart_type="area",
        border=True,
    )

if filters.before:
    st.caption(
        f"Changes since {formats.day(filters.before)}; the lines show the month ends up to "
        f"{formats.day(filters.as_of)}."
    )

left, right = st.columns([1, 1], gap="medium")
with left:
    components.section(
        sentences.concentration(shares),
        "Share of customers (pale) and of revenue (full) for each segment, best first.",
        shows=("overview/segment_shares",),
    )
    components.figure(
        page,
        partial(charts.share_bars, shares, page.look, page.export.currency, chosen=filters.segment),
        shares,
        key="segment_shares",
        alt_text=charts.share_table_alt(shares),
        query="overview/segment_shares",
    )
with right:
    cells = page.run("overview/customer_map")
    components.section(
        sentences.activity(totals, ACTIVE_DAYS),
        "Each dot is a group of customers; outlines hold a segment's middle.",
        shows=("overview/customer_map", "overview/segment_outlines", "overview/totals"),
    )
    components.figure(
        page,
        partial(
            charts.customer_map,
            cells,
            page.run("overview/segment_outlines"),
            page.look,
            page.export.currency,
        ),
        cells,
        key="customer_map",
        wide=True,
        alt_text="Map of customers by days since the last order and amount spent, coloured by "
        "segment; the table holds the same cells.",
        query="overview/customer_map",
    )

months = [day for day in filters.month_ends if day != filters.month_ends[-1]]
if months:
    moved = page.run("overview/movements", to_date=months[0])
    components.section(
        f"The largest movements of {formats.month_before(months[0])}",
        "Customers who changed segment in the month, the largest revenue first; before all others "
        "those who slipped: no order, and a segment of longer absence.",
        shows=("overview/movements",),
    )
    if moved.empty:
        components.empty("Nobody changed segment in that month.", "See other months on Movement.")
    for column, row in zip(st.columns(3), moved.itertuples(), strict=False):
        with column.container(border=True):
            st.markdown(sentences.movement(row, page.export.currency))
            st.page_link(
                "app_pages/movement.py",
                label="See them",
                icon=":material/arrow_forward:",
                query_params={
                    **filters.link,
                    "month": formats.month_before(months[0]),
                    "from": row.from_persona,
                    "to": row.to_persona,
                    "move": row.direction,
                },
            )
