"""Tables of customers."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formats
from dashboard.components import Page


def columns(currency: str) -> dict[str, Any]:
    """Return how each column of a table of customers is shown."""
    column = st.column_config
    amount = column.NumberColumn
    return {
        "customer_id": column.TextColumn("Customer", pinned=True),
        "persona": column.TextColumn("Segment"),
        "from_persona": column.TextColumn("Was"),
        "to_persona": column.TextColumn("Is now"),
        "monetary": amount(formats.amount_heading("Spent so far", currency), format="%,.2f"),
        "frequency": amount("Orders", format="localized"),
        "recency_days": amount("Days since last order", format="localized"),
        "membership_probability": column.ProgressColumn(
            "How sure", min_value=0, max_value=100, format="%.0f%%", color="#0B6E69",
            help="Membership probability: how likely this segment is, given the measures.",
        ),
        "runner_up": column.TextColumn(
            "Could also be", help="The segment with the second highest probability."
        ),
        "is_outlier": column.TextColumn(
            "Unusual", help="Far from every segment (an outlier of the model)."
        ),
        "country": column.TextColumn("Country"),
        "distinguishing_measures": column.TextColumn("What sets them apart", width="large"),
        "rfm_segment": column.TextColumn("RFM rule"),
        "rfm_score": column.TextColumn("RFM score"),
    }  # fmt: skip


def customer_table(
    page: Page, frame: pd.DataFrame, *, key: str, height: int = 380, stay: bool = False
) -> None:
    """Show customers; selecting a row opens that customer.

    Parameters
    ----------
    page : Page
        For the currency and the filters to keep.
    frame : DataFrame
        With ``customer_id``; the other columns are shown as they come.
    key : str
        Unique within the app.
    height : int
        In pixels; longer tables scroll inside.
    stay : bool
        Open the customer on this page rather than on the customers page.
    """
    st.dataframe(
        _readable(frame),
        hide_index=True,
        column_config=columns(page.export.currency),
        height=min(height, 36 * len(frame) + 40),
        on_select=partial(_remember, key, frame["customer_id"].astype(str).tolist()),
        selection_mode="single-row",
        key=key,
        alt="Table of customers; select a row to open the customer.",
    )
    # Only a change of the selection opens a customer: a selection that stays must not send
    # someone who went back to the same customer again.
    customer = st.session_state.pop("open_customer", None)
    if customer is None:
        return
    if stay:
        st.query_params["customer"] = customer
    else:
        st.switch_page(
            "app_pages/customers.py", query_params={**page.filters.link, "customer": customer}
        )


def _remember(key: str, customers: list[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(customers):
        st.session_state["open_customer"] = customers[rows[0]]


def _readable(frame: pd.DataFrame) -> pd.DataFrame:
    """Return shares in per cent and flags in words."""
    shown = frame.copy()
    if "membership_probability" in shown:
        shown["membership_probability"] = shown["membership_probability"] * 100
    if "is_outlier" in shown:
        shown["is_outlier"] = shown["is_outlier"].map({True: "unusual"}).fillna("")
    return shown
