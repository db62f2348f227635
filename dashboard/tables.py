"""Tables of customers."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formats
from dashboard.components import Page


def columns() -> dict[str, Any]:
    """Return how each column of a table of customers is headed."""
    column = st.column_config
    return {
        "customer_id": column.TextColumn("Customer", pinned=True),
        "persona": column.TextColumn("Segment"),
        "is_control": column.TextColumn(
            "Control group", help="Held out of the campaign, to see what it brought."
        ),
        "action": column.TextColumn("Action", width="large"),
        "from_persona": column.TextColumn("Was"),
        "to_persona": column.TextColumn("Is now"),
        "monetary": column.NumberColumn("Spent so far"),
        "frequency": column.NumberColumn("Orders"),
        "recency_days": column.NumberColumn("Days since last order"),
        "membership_probability": column.NumberColumn(
            "Confidence",
            help="Membership probability: how likely this segment is, given the measures; 100% "
            "where a rule alone assigns it.",
        ),
        "runner_up": column.TextColumn(
            "Could also be", help="The segment with the second highest probability."
        ),
        "is_outlier": column.TextColumn(
            "Unusual", help="Far from every segment (an outlier of the model)."
        ),
        "order_chance": column.NumberColumn(
            "Chance to order", help="In the days ahead, by the outlook of the run's own date."
        ),
        "expected_orders": column.NumberColumn("Expected orders"),
        "expected_spend": column.NumberColumn("Expected spend"),
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
        formats.styled(_readable(frame), page.export.currency),
        hide_index=True,
        column_config=columns(),
        placeholder=formats.MISSING,
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
    """Return flags in words."""
    words = {"is_outlier": "unusual", "is_control": "held out"}
    known = {name: word for name, word in words.items() if name in frame}
    return frame.assign(
        **{name: frame[name].map({True: word}).fillna("") for name, word in known.items()}
    )


def campaign_table(page: Page, frame: pd.DataFrame) -> None:
    """Show what a campaign sends to each segment, and to how many.

    Parameters
    ----------
    page : Page
        For the currency.
    frame : DataFrame
        Result of ``campaign/summary``.
    """
    column = st.column_config
    shown = frame[["persona", "action", "write_count", "control_count", "unsure_count", "revenue"]]
    st.dataframe(
        formats.styled(shown, page.export.currency),
        hide_index=True,
        height=min(36 * len(frame) + 40, 380),
        column_config={
            "persona": column.TextColumn("Segment", pinned=True),
            "action": column.TextColumn("Action", width="large"),
            "write_count": column.NumberColumn("Write to"),
            "control_count": column.NumberColumn("Control group"),
            "unsure_count": column.NumberColumn("Left out"),
            "revenue": column.NumberColumn("Spent so far"),
        },
        key="campaign_summary",
    )


def proportion_table(page: Page, frame: pd.DataFrame, *, named_by: str, what: str) -> None:
    """Show the products or countries of a segment, most customers first.

    Parameters
    ----------
    page : Page
        For the currency.
    frame : DataFrame
        ``named_by``, ``customer_count``, ``customer_share`` and ``revenue``.
    named_by : str
        Column with the names.
    what : str
        What a row is, for the heading.
    """
    column = st.column_config
    shown = frame[[named_by, "customer_count", "customer_share", "revenue"]]
    st.dataframe(
        shown.assign(customer_share=shown["customer_share"] * 100),
        hide_index=True,
        height=min(35 * len(frame) + 38, 320),
        column_config={
            named_by: column.TextColumn(what.capitalize(), width=215),
            "customer_count": column.NumberColumn("Customers", format="localized", width=75),
            "customer_share": column.NumberColumn("Share", format="%.0f%%", width=55),
            "revenue": column.NumberColumn(
                formats.amount_heading("Revenue", page.export.currency), format="%,.2f", width=105
            ),
        },
    )
