"""How two segments differ, or one at two days."""

import streamlit as st

from dashboard import compared_sides, components, formats, ranking_tables, sentences
from dashboard.compared_sides import ALL, LINKED
from dashboard.page import current_page

TOP = 10

page = current_page()
filters = page.filters
components.header(
    page,
    "How do they differ?",
    "Two segments, or the same customers' segment at two days; each side has a day of its own.",
    queries="compare",
)

first_box, second_box = st.columns(2, gap="medium")
linked = LINKED if st.query_params.get("where") else None
best = next(iter(filters.personas))
first = compared_sides.choose(page, "a", first_box, default=linked or filters.segment or best)
second = compared_sides.choose(page, "b", second_box, default=ALL)
for side in (first, second):
    if side.problem:
        st.warning(f"{side.words} does not fit: {side.problem}.", icon=":material/rule:")
        st.stop()


one, other = (compared_sides.measured(page, side) for side in (first, second))
is_one_day = first.day == second.day
words = [
    side.words if is_one_day else f"{side.words} at {formats.short_day(side.day)}"
    for side in (first, second)
]
names = (words[0], words[1])
for row, name in ((one, names[0]), (other, names[1])):
    if not row["customer_count"]:
        components.empty(f"Nobody: {name}.", "Choose another segment, day or country.")
        st.stop()

currency = page.export.currency
found = sentences.differences(one, other, names, currency)
components.section(
    sentences.opened(found[0]) if found else "The two sides are much alike",
    "By medians and shares; the largest difference comes first.",
    shows=("compare/side",),
)
if found[1:]:
    st.markdown("\n".join(f"- {sentences.opened(text)}." for text in found[1:]))
ranking_tables.compared_table(one, other, (first.label, second.label), currency)
if not (first.day == second.day == filters.snapshots[0]):
    st.caption(
        f"What is expected of customers is known at {formats.day(page.export.as_of_date)} alone."
    )
with st.container(horizontal=True, key="compare_links"):
    for place, side in (("first", first), ("second", second)):
        country = {"country": filters.country} if filters.country else {}
        st.page_link(
            "app_pages/customers.py", label=f"See the {place} side", icon=":material/groups:",
            query_params={**country, **side.link},
        )  # fmt: skip

for query, what, is_known in (
    ("compare/products", "product", page.export.has_product),
    ("compare/countries", "country", page.export.has_country),
):
    if not is_known:
        continue
    key = "product_id" if what == "product" else "name"
    top = compared_sides.shares(page, query, key, (first, second), TOP)
    if top.dropna().empty:
        continue
    components.section(
        sentences.gap(top.dropna(), what, names),
        f"Share of each side's customers who {'bought it' if what == 'product' else 'are there'}: "
        f"the {len(top)} most common.",
        shows=(query,),
    )
    ranking_tables.compared_shares(top, what)
