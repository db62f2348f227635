"""Do customers come back."""

from functools import partial

import streamlit as st

from dashboard import components, figures, links, sentences
from dashboard.charts import cohorts as charts
from dashboard.page import current_page

page = current_page()
components.header(
    page,
    "Do customers come back?",
    "Customers by the month of their first order, and what they did in the months after. "
    "Whole months only.",
    queries="cohorts",
)

retention = page.run("cohorts/retention")
if retention.empty:
    components.empty("Cohorts need one whole month of orders.", "Choose a later as-of date.")
    st.stop()


kind = st.segmented_control(
    "Show",
    list(charts.KINDS),
    default="retention_rate",
    required=True,
    format_func=lambda name: charts.KINDS[name],
    key="show",
    bind="query-params",
)
curve = page.run("cohorts/average_curve")
currency = page.export.currency
finding = sentences.return_rate(curve, kind, currency)
components.section(
    finding,
    "A row is the customers who first ordered in that month. The grey column is that month itself. "
    "A click on a cell shows those who ordered in it and are in a segment.",
    shows=("cohorts/retention", "cohorts/average_curve"),
)
figures.figure(
    page,
    partial(charts.heat_map, retention, page.look, currency, kind),
    retention,
    key="cohorts",
    wide=True,
    alt_text=f"Heat map of cohorts: {finding}.",
    query="cohorts/retention",
    opens=links.to_cohort_month,
)
if len(curve) > 1:
    components.section(
        "On average over cohorts",
        f"{charts.AVERAGED[kind]} Fewer cohorts have reached the later months.",
        shows=("cohorts/average_curve",),
    )
    figures.figure(
        page,
        partial(charts.average_curve, curve, page.look, currency, kind),
        curve,
        key="average_curve",
        alt_text=sentences.average_alt(curve, kind, currency),
        query="cohorts/average_curve",
    )
