"""Which customers one means: a segment of one's own conditions."""

import streamlit as st

from dashboard import (
    campaign_choice,
    components,
    condition_rows,
    conditions,
    formats,
    saved_views,
    sentences,
    tables,
)
from dashboard.conditions import Unfit
from dashboard.saved_views import SavedProblem

page = components.current_page()
components.header(
    page,
    "Which customers do you mean?",
    "Conditions that a customer must meet, joined by and/or. The address of this page is a link to "
    "them.",
    queries="build",
)
known = campaign_choice.known(page)


def views() -> dict[str, str]:
    """Return the saved views; where they cannot be read, none, and say why."""
    try:
        return saved_views.load()
    except SavedProblem as problem:
        st.warning(str(problem), icon=":material/save:")
        return {}


def open_view() -> None:
    """Put the chosen view's conditions into the link."""
    if (name := st.session_state["open_view"]) in saved:
        st.query_params["where"] = saved[name]
        st.session_state["build_name"] = name
        st.session_state.pop("build_link", None)


def save_view() -> None:
    """Save the conditions of the last rerun under the typed name."""
    try:
        name = saved_views.save(st.session_state["build_name"], st.session_state["build_shown"])
        st.session_state["build_said"] = f"Saved as “{name}”."
    except SavedProblem as problem:
        st.session_state["build_said"] = str(problem)


def delete_view(name: str) -> None:
    """Delete a view."""
    try:
        saved_views.delete(name)
        st.session_state["build_said"] = f"“{name}” is deleted."
    except SavedProblem as problem:
        st.session_state["build_said"] = str(problem)


saved = views()
if (asked := st.query_params.get("view")) is not None:
    del st.query_params["view"]
    if asked in saved:
        st.query_params["where"] = saved[asked]
        st.session_state["build_name"] = asked
    else:
        st.warning(f"There is no saved view “{formats.markdown(asked)}”.", icon=":material/save:")

given = st.query_params.get("where", "")
if given != st.session_state.get("build_link"):
    try:
        condition_rows.put(conditions.read(given))
    except Unfit as reason:
        st.warning(f"This segment does not fit this version: {reason}.", icon=":material/rule:")
        st.button("Start again", icon=":material/restart_alt:", on_click=campaign_choice.clear)
        st.stop()
    st.session_state["build_link"] = given

if saved:
    st.selectbox(
        "Saved views", list(saved), index=None, key="open_view", on_change=open_view,
        placeholder="Open a saved view",
    )  # fmt: skip
built = condition_rows.edit(page, known)
link = conditions.write(built) if built else ""
st.session_state["build_shown"] = built
if link != st.session_state["build_link"]:
    st.session_state["build_link"] = link
    if link:
        st.query_params["where"] = link
    else:
        st.query_params.pop("where", None)

try:
    asked_of = conditions.alternatives(built, known)
except Unfit as reason:
    st.warning(
        f"This segment does not fit this export: {reason}. Change the condition, or remove it.",
        icon=":material/rule:",
    )
    st.stop()

summary = page.run("build/summary", alternatives=asked_of)
words = conditions.words(built, known, page.export.currency)
components.section(
    sentences.built(summary, page.export.currency),
    f"{words[0].upper()}{words[1:]}." if built else "Without a condition these are all customers.",
    shows=("build/summary",),
)
with st.container(horizontal=True, vertical_alignment="center", key="build_links"):
    kept = {"where": link} if link else {}
    st.page_link(
        "app_pages/customers.py", label="See them", icon=":material/groups:",
        query_params={**page.filters.link, **kept},
    )  # fmt: skip
    components.write_to(page, **kept)
    st.page_link(
        "app_pages/compare.py", label="Compare them", icon=":material/compare_arrows:",
        query_params={**page.filters.link, **kept},
    )  # fmt: skip
tables.built_table(page, summary)

if built:
    name_box, save_box, delete_box = st.columns([3, 1, 1], vertical_alignment="bottom")
    name_box.text_input("Name of the view", key="build_name", max_chars=60)
    save_box.button(
        "Save the view", key="build_save", icon=":material/save:", on_click=save_view,
        width="stretch",
    )  # fmt: skip
    if (name := st.session_state.get("build_name")) in saved:
        with delete_box.popover("Delete …", width="stretch", key="build_delete_box"):
            st.button(
                f"Delete “{formats.markdown(name)}” for everyone", key="build_delete",
                icon=":material/delete:", on_click=delete_view, args=(name,),
            )  # fmt: skip
if said := st.session_state.pop("build_said", None):
    st.info(formats.markdown(said), icon=":material/save:")
