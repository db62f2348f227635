"""Who is moving, and where to."""

from functools import partial
from itertools import pairwise

import streamlit as st

from dashboard import components, formats, sentences, tables
from dashboard.charts import movement as charts

page = components.current_page()
filters = page.filters
components.header(
    page,
    "Who is moving, and where to?",
    "Segments at month ends, all by the model of this run.",
    queries="movement",
)

ends = list(filters.month_ends)
pairs = {formats.month_before(after): (before, after) for after, before in pairwise(ends)}
if not pairs:
    components.empty(
        "Movement needs two month ends before the as-of date.", "Choose a later as-of date."
    )
    st.stop()

names = list(reversed(pairs))
month = (
    st.select_slider("Month", names, value=names[-1], key="month", bind="query-params")
    if len(names) > 1
    else names[0]
)
before, after = pairs[month]
days = {"from_date": before, "to_date": after}

moves = page.run("movement/matrix", **days)
if moves.empty:
    components.empty("Nobody matches these filters in that month.", "Choose another one.")
    st.stop()
note = f"From {formats.day(before)} to {formats.day(after)}."
components.section(
    sentences.steadiness(moves),
    f"{note} Of the customers who started in a row, the share that ended in each column; those who "
    "stayed are grey.",
    shows=("movement/matrix",),
)
components.figure(
    page,
    partial(charts.matrix, moves, page.look),
    moves,
    key="matrix",
    wide=True,
    alt_text=sentences.steadiness(moves),
    query="movement/matrix",
)
components.section(
    sentences.balance(moves),
    "The same customers as bands from left to right; those who stayed are pale. New customers come "
    "in below.",
    shows=("movement/matrix",),
)
components.figure(
    page,
    partial(charts.flows, moves, page.look),
    moves,
    key="flows",
    wide=True,
    alt_text=sentences.balance(moves),
    query="movement/matrix",
)

st.divider()
from_persona, to_persona = st.query_params.get("from"), st.query_params.get("to")
flow = {
    "from_segment_id": filters.personas.get(from_persona or ""),
    "to_segment_id": filters.personas.get(to_persona or ""),
}
if None in flow.values():
    flow = dict.fromkeys(flow)
slipping = page.run("movement/moved_customers", **days, **flow, limit=100)
if flow["from_segment_id"]:
    components.section(
        f"From {formats.markdown(from_persona)} to {formats.markdown(to_persona)} in {month}",
        "The hundred who spent most; the download has all.",
        shows=("movement/moved_customers",),
    )
else:
    components.section(
        sentences.slipping(moves, month, filters.segment),
        "Their segment is worth less than a month before. The hundred who spent most; the "
        "download has all.",
        shows=("movement/moved_customers",),
    )
if slipping.empty:
    components.empty("Nobody slipped.", "Choose another month or segment.")
else:
    components.download(
        "Download the list",
        lambda: formats.csv(
            page.run_once("movement/moved_customers", **days, **flow, limit=10_000_000)
        ),
        name=f"moved {month}",
        key="slipping_csv",
    )
    tables.customer_table(page, slipping, key="slipping")

st.divider()
sizes = page.run("movement/sizes")
components.section(
    sentences.growth(sizes),
    "Customers in each segment at each month end.",
    shows=("movement/sizes",),
)
components.figure(
    page,
    partial(charts.sizes_over_time, sizes, page.look),
    sizes,
    key="sizes",
    alt_text=sentences.growth(sizes),
    query="movement/sizes",
)

changes = page.run("movement/in_and_out")
components.section(
    "In and out of each segment",
    "Above the line: came in from another segment (teal) or ordered for the first time (grey). "
    "Below: left for another segment.",
    shows=("movement/in_and_out",),
)
per_row = 3
known = [name for name in filters.personas if (changes["persona"] == name).any()]
for start in range(0, len(known), per_row):
    for column, name in zip(st.columns(per_row), known[start : start + per_row], strict=False):
        part = changes[changes["persona"] == name]
        with column:
            st.markdown(f"**{formats.markdown(name)}**")
            components.figure(
                page,
                partial(charts.in_and_out, part, page.look),
                part,
                key=f"in_and_out_{filters.personas[name]}",
                alt_text=f"Arrivals and departures of {name} by month.",
                query="movement/in_and_out",
            )
