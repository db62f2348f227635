"""Who is moving, and where to."""

from functools import partial
from itertools import pairwise

import streamlit as st

from dashboard import browser, components, figures, formats, links, sentences, tables
from dashboard.charts import movement as charts
from dashboard.charts import sizes as size_charts
from dashboard.page import current_page

LISTED = 100

page = current_page()
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
only = f" Only moves from or to {formats.markdown(filters.segment)}." if filters.segment else ""
note = f"From {formats.day(before)} to {formats.day(after)}.{only}"
steadiness = sentences.steadiness(moves, filters.segment)
components.section(
    steadiness,
    f"{note} Of the customers who started in a row, the share that ended in each column; those who "
    "stayed are grey. A click on a cell shows its customers.",
    shows=("movement/matrix",),
)
figures.figure(
    page,
    partial(charts.matrix, moves, page.look),
    moves,
    key="matrix",
    wide=True,
    alt_text=steadiness,
    query="movement/matrix",
    opens=partial(links.to_transition, filters=filters, month=month, after=after),
)
components.section(
    sentences.balance(moves),
    "The same customers as bands from left to right; those who stayed are pale. First orders come "
    "in below. Slipped: no order, and a segment of longer absence. Rose: ordered, and a segment "
    "of shorter absence or a better one.",
    shows=("movement/matrix",),
)
figures.figure(
    page,
    partial(charts.flows, moves, page.look),
    moves,
    key="flows",
    wide=True,
    alt_text=sentences.balance(moves),
    query="movement/matrix",
)

st.container(key="moved_list").divider()
from_persona, to_persona = st.query_params.get("from", ""), st.query_params.get("to", "")
move = st.query_params.get("move")
move = move if move in ("slipped", "rose", "changed") else None
browser.arrive("moved_list", f"{from_persona}{to_persona}")
flow = {
    "from_segment_id": filters.personas.get(from_persona),
    "to_segment_id": filters.personas.get(to_persona),
}
if None in flow.values():
    flow, move = dict.fromkeys(flow), "slipped"
    title = sentences.slipping(moves, month, filters.segment)
else:
    title = sentences.flow(moves, month, (from_persona, to_persona), move)
listed = page.run("movement/moved_customers", **days, **flow, move=move, limit=LISTED)
components.section(
    title,
    f"The largest spenders first, at most {LISTED}; the download has all.",
    shows=("movement/moved_customers", "movement/matrix"),
)
if listed.empty:
    components.empty("Nobody is in this list.", "Choose another month or segment.")
else:
    with st.container(horizontal=True, vertical_alignment="center"):
        figures.download(
            "Download the list",
            lambda: formats.csv(
                page.run_once(
                    "movement/moved_customers", **days, **flow, move=move, limit=10_000_000
                )
            ),
            name=f"moved {month}",
            key="slipping_csv",
        )
        chosen_ends = {"from": from_persona, "to": to_persona} if flow["from_segment_id"] else {}
        components.write_to(page, moved=month, move=move or "", **chosen_ends)
    tables.customer_table(page, listed.drop(columns="direction"), key="slipping")

st.divider()
sizes = page.run("movement/sizes")
components.section(
    sentences.growth(sizes),
    "Customers in each segment at each month end.",
    shows=("movement/sizes",),
)
figures.figure(
    page,
    partial(size_charts.sizes_over_time, sizes, page.look),
    sizes,
    key="sizes",
    alt_text=sentences.growth(sizes),
    query="movement/sizes",
)

changes = page.run("movement/in_and_out")
components.section(
    "In and out of each segment",
    "Above the line: came in from another segment (teal) or ordered for the first time (grey). "
    "Below: slipped (red) or left otherwise (grey).",
    shows=("movement/in_and_out",),
)
per_row = 3
known = [name for name in filters.personas if (changes["persona"] == name).any()]
for start in range(0, len(known), per_row):
    for column, name in zip(st.columns(per_row), known[start : start + per_row], strict=False):
        part = changes[changes["persona"] == name]
        with column:
            st.markdown(f"**{formats.markdown(name)}**")
            figures.figure(
                page,
                partial(size_charts.in_and_out, part, page.look),
                part,
                key=f"in_and_out_{filters.personas[name]}",
                alt_text=f"Arrivals and departures of {name} by month.",
                query="movement/in_and_out",
            )
