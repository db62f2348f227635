"""One customer in detail, under the table of the customers page."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import components, figures, formats, sentences
from dashboard.charts import customers as charts
from dashboard.charts.data import REASONS
from dashboard.measures import with_texts
from dashboard.page import Page
from dashboard.settings import ORDER_ROWS


def show_customer(page: Page, customer: str) -> None:
    """Show one customer: why this segment, how confident, the orders, and the months before."""
    params = {"customer": customer}
    person = page.run("customers/person", **params)
    st.divider()
    if person.empty:
        components.empty(
            f"There is no customer {formats.markdown(customer)} in this export.",
            "Check the id, or search for a part of it above.",
        )
        return
    row = person.iloc[0]
    st.header(f"Customer {formats.markdown(customer)}", anchor=False)
    if formats.is_missing(row["segment_id"]):
        st.info(
            f"This customer is not in a segment: {_why_none(page, row)}.", icon=":material/info:"
        )
        _orders(page, params)
        return
    components.not_applied("customers/person")
    st.markdown(sentences.why(row, page.export.currency, page.filters.as_of))
    _figures(page, row)
    _outlook(page, params)
    left, right = st.columns(2, gap="medium")
    with left:
        _place(page, row, params)
    with right:
        _probabilities(page, row, params)
    _orders(page, params)
    _months(page, params)


def _why_none(page: Page, row: pd.Series) -> str:
    """Return as Markdown why a customer has no segment in this view."""
    if formats.is_missing(row["exclusion_reason"]) or not page.filters.is_latest:
        return f"no spend before {formats.day(page.filters.as_of)}"
    reason = row["exclusion_reason"]
    return formats.markdown(REASONS.get(reason, reason))


def _figures(page: Page, row: pd.Series) -> None:
    sure = formats.share(row["membership_probability"])
    facts = [
        ("Segment", str(row["persona"])),
        ("Confidence", sure if row["is_component"] else "assigned by rule"),
    ]
    if page.filters.is_latest:
        facts += [
            ("RFM score (5 is best)", str(row["rfm_score"])),
            ("RFM rule", str(row["rfm_segment"])),
        ]
    facts.append(("First order", formats.short_day(row["first_order_at"])))
    if page.export.has_country:
        facts.append(("Country", str(row["country"])))
    components.facts(facts)
    if not page.filters.is_latest:
        st.caption(
            f"Measures, segment and confidence are of {formats.day(page.filters.as_of)}. RFM "
            "scores, what sets a customer apart and the probabilities of other segments are known "
            f"at {formats.day(page.export.as_of_date)} alone."
        )


def _outlook(page: Page, params: dict[str, Any]) -> None:
    """Show what the customer is expected to do; nothing where that is not known."""
    frame = page.run("customers/person_outlook", **params)
    if frame.empty:
        return
    row, currency = frame.iloc[0], page.export.currency
    components.section(
        sentences.expectation(row, currency),
        "Learned from what the customers of earlier months did next, from nothing but the dates "
        "and amounts of orders; in brackets, 95% intervals of the mean. "
        + sentences.likely_spend(row, currency),
        shows=("customers/person_outlook",),
    )
    texts: dict[str, tuple[str, Callable[[Any], str]]] = {
        "order_chance": ("Chance to order", formats.share),
        "expected_orders": ("Expected orders", partial(formats.decimal, digits=1)),
        "expected_spend": ("Expected spend", partial(formats.money, currency=currency)),
    }
    components.facts(
        [
            (name, f"{text(row[key])} ({text(row[f'{key}_low'])} to {text(row[f'{key}_high'])})")
            for key, (name, text) in texts.items()
        ]
    )


def _probabilities(page: Page, row: pd.Series, params: dict[str, Any]) -> None:
    if not row["is_component"]:
        components.section(sentences.confidence(row), shows=("customers/person",))
        return
    if not page.filters.is_latest:
        return
    frame = page.run("customers/person_probabilities", **params)
    components.section(
        sentences.confidence(row),
        "Probability of each segment; the widest part is the segment.",
        shows=("customers/person_probabilities",),
    )
    figures.figure(
        page,
        partial(charts.probability_bar, frame, page.look),
        frame,
        key="person_probabilities",
        alt_text="; ".join(
            f"{part.persona} {formats.share(part.probability)}" for part in frame.itertuples()
        ),
        query="customers/person_probabilities",
    )


def _place(page: Page, row: pd.Series, params: dict[str, Any]) -> None:
    frame = page.run("customers/person_place", **params)
    country = page.filters.country
    where = f" in {formats.markdown(country)}" if country else ""
    components.section(
        f"Among the customers of {formats.markdown(row['persona'])}{where}",
        "The dot is this customer; the tick is the typical customer of the segment. Of equal "
        "customers half count as below.",
        shows=("customers/person_place",),
    )
    if frame.empty:
        components.empty("The segment has no customers there.", "Choose another country.")
        return
    frame = with_texts(frame, page.export.currency, text="value", median_text="segment_median")
    figures.figure(
        page,
        partial(charts.place_strips, frame, page.look),
        frame,
        key="person_place",
        alt_text="; ".join(
            f"{part.measure_label} {part.text}, above {formats.share(part.place)} of the segment"
            for part in frame.itertuples()
        ),
        query="customers/person_place",
    )


def _orders(page: Page, params: dict[str, Any]) -> None:
    frame = page.run("customers/person_orders", limit=ORDER_ROWS, **params)
    if frame.empty:
        components.empty("No orders before this as-of date.", "Choose a later one.")
        return
    components.section(
        sentences.orders(frame, page.export.currency),
        "Each line is an order, as high as its amount net of returns up to "
        f"{formats.day(page.export.as_of_date)}.",
        shows=("customers/person_orders",),
    )
    figures.figure(
        page,
        partial(charts.order_timeline, frame, page.look, page.export.currency),
        frame,
        key="person_orders",
        alt_text=sentences.orders(frame, page.export.currency),
        query="customers/person_orders",
    )


def _months(page: Page, params: dict[str, Any]) -> None:
    frame = page.run("customers/person_history", **params)
    if frame.empty:
        return
    components.section(
        sentences.months(frame),
        "The segment at each month end, by the model of this run.",
        shows=("customers/person_history",),
    )
    figures.figure(
        page,
        partial(charts.month_squares, frame, page.look),
        frame,
        key="person_history",
        alt_text=sentences.months(frame),
        query="customers/person_history",
    )
