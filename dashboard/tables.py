"""Tables of customers."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formats, sentences
from dashboard.components import Page, remember_row

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


def ranking_table(
    page: Page, frame: pd.DataFrame, *, what: str, links: list[dict[str, str]]
) -> None:
    """Show products or countries with revenue, reach, growth and lift.

    Parameters
    ----------
    page : Page
        For the currency.
    frame : DataFrame
        Result of ``products/products`` or ``products/countries``.
    what : str
        What a row is, for the heading.
    links : list of dict
        For each row, what the link to its customers has beside the filters.
    """
    column = st.column_config
    key = f"ranking_{what}"
    names = ["name", "revenue", "customer_count", "reach", "growth"]
    if frame["lift"].notna().any():
        names.append("lift")
    if what == "product":
        names.append("id")
    shares = {name: frame[name] * 100 for name in ("reach", "growth")}
    st.dataframe(
        frame.assign(**shares)[names],
        hide_index=True,
        height=min(35 * len(frame) + 38, 420),
        column_config={
            "name": column.TextColumn(what.capitalize(), pinned=True, width=225),
            "revenue": column.NumberColumn(
                formats.amount_heading("Revenue", page.export.currency), format="%,.2f"
            ),
            "customer_count": column.NumberColumn("Customers", format="localized"),
            "reach": column.NumberColumn("Reach", format="%.1f%%"),
            "growth": column.NumberColumn("Growth", format="%+.0f%%"),
            "lift": column.NumberColumn("Lift", format="%.2f"),
            "id": column.TextColumn("Code"),
        },
        placeholder=formats.MISSING,
        on_select=partial(remember_row, key, links),
        selection_mode="single-row",
        key=key,
        alt=f"Table by {what}; select a row to see its customers.",
    )


def proportion_table(
    page: Page, frame: pd.DataFrame, *, named_by: str, what: str, links: list[dict[str, str]]
) -> None:
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
    links : list of dict
        For each row, what the link to its customers has beside the filters.
    """
    column = st.column_config
    key = f"best_{what}"
    shown = frame[[named_by, "customer_count", "customer_share", "revenue"]]
    st.dataframe(
        shown.assign(customer_share=shown["customer_share"] * 100),
        hide_index=True,
        row_height=_WRAPPED,
        height=min(_WRAPPED * len(frame) + 38, 440),
        column_config={
            named_by: column.TextColumn(what.capitalize(), width=150),
            "customer_count": column.NumberColumn("Customers", format="localized", width=78),
            "customer_share": column.NumberColumn("Share", format="%.0f%%", width=55),
            "revenue": column.NumberColumn(
                formats.amount_heading("Revenue", page.export.currency), format="%,.2f", width=108
            ),
        },
        on_select=partial(remember_row, key, links),
        selection_mode="single-row",
        key=key,
        alt=f"Table by {what}; select a row to see its customers.",
    )


def compared_table(
    one: pd.Series, other: pd.Series, labels: tuple[str, str], currency: str
) -> None:
    """Show two sides of a comparison on every measure.

    Parameters
    ----------
    one, other : Series
        Rows of ``compare/side``.
    labels : tuple of str
        What each side is called.
    currency : str
        ISO code.
    """
    sides = {
        f"{place}: {label}": [sentences.shown(key, row[key], currency) for key in sentences.ROWS]
        for place, row, label in zip(("First", "Second"), (one, other), labels, strict=True)
    }
    st.dataframe(
        pd.DataFrame({"Measure": [row.label for row in sentences.ROWS.values()], **sides}),
        hide_index=True,
        height=35 * len(sentences.ROWS) + 38,
        key="compared",
        alt="Table of both sides on every measure.",
    )


def compared_shares(frame: pd.DataFrame, what: str) -> None:
    """Show the share of each side's customers by product or country.

    Parameters
    ----------
    frame : DataFrame
        With ``name``, ``first_share`` and ``second_share`` (0 to 1).
    what : str
        ``product`` or ``country``.
    """
    percents = {name: frame[name] * 100 for name in ("first_share", "second_share")}
    st.dataframe(
        frame.assign(**percents),
        hide_index=True,
        height=35 * len(frame) + 38,
        column_config={
            "name": st.column_config.TextColumn(what.capitalize(), width=225),
            "first_share": st.column_config.NumberColumn("First", format="%.0f%%"),
            "second_share": st.column_config.NumberColumn("Second", format="%.0f%%"),
        },
        placeholder=formats.MISSING,
        key=f"compared_{what}",
        alt=f"Table of the shares of both sides by {what}.",
    )
