"""Tables that rank products, countries and sides of a comparison."""

from functools import partial

import pandas as pd
import streamlit as st

from dashboard import formats, sentences
from dashboard.figures import remember_row
from dashboard.page import Page
from dashboard.tables import _WRAPPED


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
