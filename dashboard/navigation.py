"""The pages, in the order of the menu."""

from typing import Any

import streamlit as st

PAGES = (
    ("overview", "Overview", ":material/space_dashboard:"),
    ("segments", "Segments", ":material/donut_small:"),
    ("customers", "Customers", ":material/groups:"),
    ("build", "Build", ":material/tune:"),
    ("movement", "Movement", ":material/swap_horiz:"),
    ("campaign", "Campaign", ":material/mail:"),
    ("products", "Products", ":material/sell:"),
    ("compare", "Compare", ":material/compare_arrows:"),
    ("cohorts", "Cohorts", ":material/grid_on:"),
    ("model", "Model", ":material/insights:"),
    ("data", "Data", ":material/database:"),
    ("sql", "SQL", ":material/code:"),
)


def pages() -> list[Any]:
    """Return the pages for `st.navigation`."""
    return [
        st.Page(
            f"app_pages/{name}.py",
            title=title,
            icon=icon,
            url_path=name,
            default=name == "overview",
        )
        for name, title, icon in PAGES
    ]
