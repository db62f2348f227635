"""Ask a question of one's own."""

import streamlit as st

from dashboard import components, console_page, formats
from dashboard.page import current_page
from dashboard.settings import CONSOLE_ROWS, CONSOLE_SECONDS

page = current_page()
components.header(
    page,
    "What would you like to know?",
    "One SELECT over the exported tables, with DuckDB's functions; at most "
    f"{formats.count(CONSOLE_ROWS)} rows and {CONSOLE_SECONDS} seconds. Nothing typed here can "
    "change anything.",
    queries=None,
)
schema_column, editor_column = st.columns([1, 3], gap="medium")
with schema_column:
    console_page.show_schema(page)
with editor_column:
    sql = console_page.show_editor(page)
    if sql:
        console_page.show_answer(page, sql)
