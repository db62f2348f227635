"""Entry of the dashboard: which export, which filters, which page."""

import sys
from pathlib import Path

# `streamlit run dashboard/streamlit_app.py` puts this folder on the path, not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st

from dashboard import components, navigation, opening
from dashboard.exports import ExportProblem
from dashboard.filters import show_filters

st.set_page_config(page_title="Customer segments", page_icon=components.ICON, layout="wide")
st.logo(components.LOGO, size="large")
st.html(components.STYLE)
st.html(components.colours(components.browser_look()))
components.close_menu_on_phones()
components.make_links_whole()
chosen = st.navigation(navigation.pages())
is_new_page = st.session_state.get("page_shown") != chosen.url_path
st.session_state["page_shown"] = chosen.url_path
try:
    export = opening.export_of_session()
    filters = show_filters(export, follow_link=is_new_page)
except ExportProblem as problem:
    opening.show_problem(problem)
    st.stop()
opening.show_footer(export)
page = components.Page(export, filters, components.browser_look())
st.session_state["page"] = page
components.follow(page)
if is_new_page:
    st.session_state.pop("arrived", None)
chosen.run()
