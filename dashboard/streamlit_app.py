"""Entry of the dashboard: which export, which filters, which page."""

import sys
from pathlib import Path

# `streamlit run dashboard/streamlit_app.py` puts this folder on the path, not the project's.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import streamlit as st

from dashboard import browser, components, figures, navigation, opening
from dashboard.exports import ExportProblem
from dashboard.filters import show_filters
from dashboard.page import Page

st.set_page_config(page_title="Customer segments", page_icon=components.ICON, layout="wide")
st.logo(components.LOGO, size="large")
st.html(components.STYLE)
st.html(browser.colours(browser.browser_look()))
browser.close_menu_on_phones()
browser.make_links_whole()
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
page = Page(export, filters, browser.browser_look())
st.session_state["page"] = page
figures.follow(page)
if is_new_page:
    st.session_state.pop("arrived", None)
chosen.run()
