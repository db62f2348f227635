"""Where did the rows go."""

from functools import partial

import streamlit as st

from dashboard import components, data_detail, figures, formats, sentences
from dashboard.charts import data as charts
from dashboard.page import current_page

page = current_page()
components.header(
    page,
    "Where did the rows go?",
    "Every raw line is kept or has exactly one reason; rows and money add up.",
    queries="data",
)

classes = page.run("data/line_classes")
account = page.export.manifest["account"]
st.html(
    f'<p class="lead">{formats.html_text(sentences.account(account, page.export.currency))}</p>'
)
for text in page.export.manifest.get("losses") or []:
    st.warning(formats.markdown(str(text)))
measure = st.segmented_control(
    "Count",
    ["row_count", "amount"],
    default="row_count",
    required=True,
    format_func=lambda name: {"row_count": "Rows", "amount": "Money"}[name],
    key="count",
    bind="query-params",
)
components.section(
    sentences.biggest_reason(classes, measure, page.export.currency),
    "From all raw lines at the top to the kept ones at the bottom, the largest reason first.",
    shows=("data/line_classes",),
)
figures.figure(
    page,
    partial(charts.waterfall, classes, page.look, page.export.currency, measure),
    classes,
    key="waterfall",
    alt_text=sentences.biggest_reason(classes, measure, page.export.currency),
    query="data/line_classes",
)

data_detail.show_currencies(page)
data_detail.show_examples(page, classes)
data_detail.show_gates(page, page.run("data/gates"))
data_detail.show_returns(page)
data_detail.show_origin(page)

warnings = [str(text) for text in page.export.manifest.get("warnings") or []]
if warnings:
    components.section("What the run warned about", shows=())
    st.markdown("\n".join(f"- {formats.markdown(text)}" for text in warnings))
