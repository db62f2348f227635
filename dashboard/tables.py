"""Tables of customers."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formats
from dashboard.figures import remember_row
from dashboard.page import Page

_WRAPPED = 66
"""Height of a row whose text takes several lines, in pixels: up to 64 Streamlit wraps none."""


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
    customers = frame["customer_id"].astype(str).tolist()
    st.dataframe(
        formats.styled(_readable(frame), page.export.currency),
        hide_index=True,
        column_config=columns(),
        placeholder=formats.MISSING,
        height=min(height, 36 * len(frame) + 40),
        on_select=partial(_show_here, key, customers)
        if stay
        else partial(remember_row, key, [{"customer": customer} for customer in customers]),
        selection_mode="single-row",
        key=key,
        alt="Table of customers; select a row to open the customer.",
    )


def _show_here(key: str, customers: list[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(customers):
        st.query_params["customer"] = customers[rows[0]]


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
        # An action is a sentence, which takes several lines.
        row_height=_WRAPPED,
        height=min(_WRAPPED * len(frame) + 40, 640),
        column_config={
            "persona": column.TextColumn("Segment", pinned=True, width=160),
            "action": column.TextColumn("Action", width=300),
            "write_count": column.NumberColumn("Write to", width=75),
            "control_count": column.NumberColumn("Control group", width=110),
            "unsure_count": column.NumberColumn("Left out", width=75),
            "revenue": column.NumberColumn("Spent so far", width=120),
        },
        key="campaign_summary",
    )


def built_table(page: Page, frame: pd.DataFrame) -> None:
    """Show the segments that a built one's customers are in.

    Parameters
    ----------
    page : Page
        For the currency.
    frame : DataFrame
        Result of ``build/summary``.
    """
    shown = frame[frame["customer_count"] > 0]
    if shown.empty:
        return
    share = shown["customer_count"] / shown["everyone_count"]
    column = st.column_config
    st.dataframe(
        formats.styled(
            shown[["persona", "customer_count"]].assign(
                segment_share=share, revenue=shown["revenue"]
            ),
            page.export.currency,
        ),
        hide_index=True,
        column_config={
            "persona": column.TextColumn("Segment", pinned=True),
            "customer_count": column.NumberColumn("Customers"),
            "segment_share": column.NumberColumn("Of the segment"),
            "revenue": column.NumberColumn("Spent so far"),
        },
        key="built_segments",
        alt="Table of the segments that these customers are in.",
    )
