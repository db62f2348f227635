"""What sells, how widely, and what grows."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import components, figures, formats, links, ranking_tables, sentences
from dashboard.cached import run
from dashboard.charts import products as charts
from dashboard.page import current_page
from dashboard.periods import growth_periods

CHARTED, LISTED = 15, 200
KINDS = {"products": "product", "countries": "country"}

page = current_page()
filters = page.filters
components.header(
    page,
    "What sells, and where?",
    "Sales net of what came back; a country is the customer's.",
    queries="products",
)
has = {"products": page.export.has_product, "countries": page.export.has_country}
kinds = [kind for kind in KINDS if has[kind]]
if not kinds:
    components.empty("The source names neither products nor countries.", "")
    st.stop()

kind_box, rank_box = st.columns(2)
kind = kind_box.segmented_control(
    "Show", kinds, default=kinds[0], required=True, format_func=str.capitalize, key="what",
    bind="query-params",
)  # fmt: skip
ranks = [rank for rank in charts.RANKS if rank != "lift" or filters.segment]
rank = rank_box.segmented_control(
    "Ranked by", ranks, default="revenue", required=True, format_func=charts.RANKS.__getitem__,
    key="rank", bind="query-params",
)  # fmt: skip

first = pd.Timestamp(run(page.export, "products/first_day")["first_date"].iloc[0]).date()
periods = growth_periods(first, filters.as_of)
minimum = page.export.stand_out["minimum_customers"]
query, what = f"products/{kind}", KINDS[kind]
frame = page.run(
    query, rank=rank, limit=LISTED, minimum_customers=minimum,
    this_from=periods.this_from, this_to=periods.this_to,
    before_from=periods.before_from, before_to=periods.before_to,
)  # fmt: skip
if frame.empty:
    components.empty("Nothing was bought in this view.", "Choose another segment, country or day.")
    st.stop()


whose = formats.markdown(filters.segment) if filters.segment else "customers"
components.section(
    sentences.leading(frame, rank, what, whose, page.export.currency),
    sentences.ranking_notes(what, periods.words, minimum),
    shows=(query,),
)
top = frame.dropna(subset=rank).head(CHARTED)
if not top.empty:
    figures.figure(
        page,
        partial(charts.ranked_bars, top, page.look, page.export.currency, rank),
        top,
        key=f"{kind}_{rank}",
        alt_text=charts.ranked_alt(top, rank, what, page.export.currency),
        query=query,
        opens=partial(links.to_product_or_country, kind=kind),
    )
ranking_tables.ranking_table(
    page,
    frame,
    what=what,
    links=[links.to_product_or_country(row, kind) for row in frame.to_dict("records")],
)
