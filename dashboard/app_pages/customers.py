"""Which customers are these, and who is this one."""

import math

import streamlit as st

from dashboard import campaign_choice, components, customer_detail, figures, formats, tables
from dashboard.page import current_page
from dashboard.settings import PAGE_ROWS

page = current_page()
components.header(
    page,
    "Who is this customer?",
    "Search, filter and sort; select a row to see one customer.",
    queries="customers",
)

linked = campaign_choice.from_link(page)
if linked.link:
    with st.container(horizontal=True, vertical_alignment="center", key="linked"):
        if not linked.problem:
            st.markdown(f"Shown: {linked.words}")
        st.button(
            "Clear this choice",
            key="clear_linked",
            icon=":material/close:",
            on_click=campaign_choice.clear,
        )
components.stop_unfit(linked.problem)

SORTS = {
    "Spent most": ("monetary", 1),
    "Spent least": ("monetary", -1),
    "Most orders": ("frequency", 1),
    "Most recent": ("recency_days", -1),
    "Longest ago": ("recency_days", 1),
    "Highest confidence": ("membership_probability", 1),
    "Lowest confidence": ("membership_probability", -1),
}

search_box, sort_box, sure_box, spent_box = st.columns([3, 2, 2, 2], vertical_alignment="bottom")
search = search_box.text_input(
    "Customer id",
    key="search",
    bind="query-params",
    placeholder="The id, or a part of it",
    icon=":material/search:",
    max_chars=200,
)
sort = sort_box.selectbox("Sort by", list(SORTS), key="sort", bind="query-params")
sure = sure_box.slider(
    "Minimum confidence",
    0,
    100,
    step=5,
    format="%d%%",
    key="sure",
    bind="query-params",
    help="The lowest membership probability to show.",
)
spent = spent_box.number_input(
    formats.amount_heading("Minimum spend", page.export.currency),
    min_value=0.0,
    step=100.0,
    format="%.0f",
    key="spent",
    bind="query-params",
)
choice = {
    **linked.params,
    "search": search.strip() or None,
    "least_sure": sure / 100,
    "least_spent": spent or None,
}

components.not_applied("customers/total", "customers/page", "customers/download")
total = page.run("customers/total", **choice).iloc[0]
found = int(total["customer_count"])
if found == 0:
    components.empty(
        "No customer matches.", "Shorten the search, lower a limit or choose another segment."
    )
else:
    pages = math.ceil(found / PAGE_ROWS)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{formats.plural(found, 'customer')}**, who spent "
            f"{formats.markdown(page.money(total['revenue']))}"
        )
        figures.download(
            "Download all",
            lambda: formats.csv(page.run_once("customers/download", **choice)),
            name=f"customers {page.filters.as_of}",
            key="customers_csv",
        )
        components.write_to(
            page,
            id=search.strip(),
            confidence=str(sure) if sure else "",
            spend=f"{spent:.0f}" if spent else "",
            **linked.link,
        )
        number = (
            st.pagination(pages, key=f"page_{pages}_{sort}", max_visible_pages=5)
            if pages > 1
            else 1
        )
    column, direction = SORTS[sort]
    rows = page.run(
        "customers/page",
        **choice,
        sort=column,
        direction=direction,
        limit=PAGE_ROWS,
        offset=(number - 1) * PAGE_ROWS,
    )
    if not page.export.has_country:
        rows = rows.drop(columns="country")
    tables.customer_table(page, rows, key="customers", stay=True)

customer = st.query_params.get("customer") or (
    str(rows["customer_id"].iloc[0]) if found == 1 else None
)
if customer:
    customer_detail.show_customer(page, customer)
else:
    st.caption("Select a row to see one customer: orders, place in the segment, and months before.")
