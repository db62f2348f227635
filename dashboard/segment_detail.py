"""One segment in detail, under the cards of the segments page."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import campaign_choice, components, conditions, figures, formats, sentences
from dashboard.charts import one_segment as charts
from dashboard.charts import segments as segments_charts
from dashboard.conditions import Condition
from dashboard.measures import label
from dashboard.page import Page
from dashboard.ranking_tables import proportion_table
from dashboard.tables import customer_table

_DISTRIBUTIONS = ("recency_days", "frequency", "monetary")


def choose(persona: str) -> None:
    """Set the segment filter, which lives in the side bar and in the URL; for callbacks."""
    st.session_state["segment"] = st.session_state["looked_closer"] = persona


def show(page: Page, segment: pd.Series) -> None:
    """Show a segment against the population, what stands out, what it did, and who is in it.

    Parameters
    ----------
    page : Page
        For the filters and the look.
    segment : Series
        A row of ``segments/profiles``.
    """
    persona = str(segment["persona"])
    params = {"persona": persona}
    # Streamlit draws no container that holds nothing.
    st.container(key="one_segment").divider()
    st.header(f"{formats.markdown(segment['icon'])} {formats.markdown(persona)}", anchor=False)
    spread = page.run("segments/spread", **params)
    if spread.empty:
        components.empty(
            "This segment has no customers in this view.", "Choose another segment, country or day."
        )
    else:
        note_of_meanings(page)
        st.markdown(sentences.segment_summary(segment, spread, page.export.currency))
        _profile(page, segment, spread, params)
    _stands_out(page, segment, params)
    _afterwards(page, persona)
    if not spread.empty:
        _members(page, segment, params)


def note_of_meanings(page: Page) -> None:
    """Say, in a view of another day or of one country, of what the segments' meanings are."""
    if page.filters.country or not page.filters.is_latest:
        st.caption(
            "A segment's meaning is worded from its customers of all countries at "
            f"{formats.day(page.export.as_of_date)}; the figures are of this view."
        )


def later_measures(page: Page) -> str:
    """Return which measures a view of an earlier day lacks, in a sentence."""
    return (
        "Days between orders, days since the first order, products and returns are known at "
        f"{formats.day(page.export.as_of_date)} alone."
    )


def _profile(page: Page, segment: pd.Series, spread: pd.DataFrame, params: dict[str, Any]) -> None:
    components.section(
        "How they compare with all customers",
        "Dot: the segment's median, which the number gives. Thick bar: the middle half of its "
        "customers; thin bar: four in five.",
        shows=("segments/spread",),
    )
    figures.figure(
        page,
        partial(charts.spread, spread, page.look, page.export.currency),
        spread,
        key="spread",
        alt_text=sentences.spread_alt(spread, page.export.currency),
        query="segments/spread",
    )
    bins = page.run("segments/distributions", **params)
    components.section(
        sentences.most_common(bins, page.export.currency),
        "Bars: this segment. Line: all customers. A click on a bar shows its customers.",
        shows=("segments/distributions",),
    )
    for column, measure in zip(st.columns(3), _DISTRIBUTIONS, strict=True):
        with column:
            figures.figure(
                page,
                partial(
                    charts.distribution,
                    bins,
                    page.look,
                    page.export.currency,
                    measure=measure,
                    segment_id=segment["segment_id"],
                ),
                bins[bins["measure"] == measure],
                key=f"distribution_{measure}",
                alt_text=f"Histogram of {label(measure).lower()}: this segment and all customers.",
                query="segments/distributions",
                opens=partial(_in_bin, str(segment["persona"]), bins, measure),
            )


def _in_bin(persona: str, bins: pd.DataFrame, measure: str, mark: dict[str, Any]) -> dict[str, str]:
    """Return the link to the customers of a bar of a distribution."""
    low, bounds = float(mark["lower_bound"]), bins.loc[bins["measure"] == measure, "lower_bound"]
    above = bounds[bounds > low]
    # The lowest bar is of everyone below the next one, and the highest has no end.
    parts = [Condition(measure, ">=", low)] if (bounds < low).any() else []
    if len(above):
        parts.append(Condition(measure, "<", float(above.min())))
    return {"segment": persona, "where": conditions.write((tuple(parts),))}


def _buyers(persona: str, named_by: str, row: Any) -> dict[str, str]:
    """Return the link to a segment's customers who bought a product, or are of a country."""
    if named_by == "country":
        return {"segment": persona, "country": str(row["country"])}
    bought = Condition("product", "=", str(row["product_id"]))
    return {"segment": persona, "where": conditions.write(((bought,),))}


def _stands_out(page: Page, segment: pd.Series, params: dict[str, Any]) -> None:
    if page.export.has_product:
        _proportions(page, segment, params, "products", named_by="description", what="product")
    if page.export.has_country:
        _proportions(page, segment, params, "countries", named_by="country", what="country")


def _proportions(
    page: Page,
    segment: pd.Series,
    params: dict[str, Any],
    name: str,
    *,
    named_by: str,
    what: str,
) -> None:
    """Show what is more common in a segment than among all, and beside it the most common."""
    query = f"segments/{name}"
    support = page.export.stand_out
    frame = page.run(query, **params, **support)
    if frame.empty:
        return
    standing = frame.dropna(subset=["stand_out_rank"]).sort_values("stand_out_rank").head(10)
    best = frame[(frame["customer_rank"] <= 10) | (frame["revenue_rank"] <= 10)]
    persona = str(segment["persona"])
    left, right = st.columns(2, gap="medium")
    with left:
        finding = sentences.standing_out(standing, named_by, what)
        evidence = sentences.stand_out_evidence(standing, persona, what, support)
        components.section(finding, evidence, shows=(query,))
        if not standing.empty:
            figures.figure(
                page,
                partial(
                    charts.over_share_bars, standing, page.look, named_by, segment["segment_id"]
                ),
                standing,
                key=f"segment_{name}",
                alt_text=f"Bars of lift with 95% intervals by {what}: {finding}.",
                query=query,
                opens=partial(_buyers, persona, named_by),
            )
    with right:
        components.section(
            sentences.best_seller(best, named_by, persona, what),
            "The ten of most customers and the ten of most revenue in this segment. Select a row "
            "to see its customers.",
            shows=(query,),
        )
        links = [_buyers(persona, named_by, row) for _, row in best.iterrows()]
        proportion_table(page, best, named_by=named_by, what=what, links=links)


def _afterwards(page: Page, persona: str) -> None:
    backtest = page.run("segments/backtest")
    if backtest.empty:
        components.empty(
            "There is no backtest in this export.", "The source may cover too few days for one."
        )
        return
    days = formats.count(backtest["horizon_days"].iloc[0])
    components.section(
        sentences.afterwards(backtest, persona, page.export.currency),
        f"Segments as they would have been known at an earlier day, and what their customers did "
        f"in the {days} days after it. Lines are 95% intervals.",
        shows=("segments/backtest",),
    )
    for column, value in zip(
        st.columns(2, gap="medium"), ("active_share", "future_revenue_per_customer"), strict=True
    ):
        with column:
            figures.figure(
                page,
                partial(
                    segments_charts.backtest,
                    backtest,
                    page.look,
                    persona,
                    value=value,
                    currency=page.export.currency,
                    personas=page.filters.personas,
                ),
                backtest,
                key=f"segment_{value}",
                alt_text=sentences.afterwards(backtest, persona, page.export.currency),
                query="segments/backtest",
            )


def _members(page: Page, segment: pd.Series, params: dict[str, Any]) -> None:
    persona = str(segment["persona"])
    members = page.run("segments/best_customers", **params)
    note = "“Confidence” is the membership probability; “could also be” the runner-up segment."
    if not page.filters.is_latest:
        members = members.drop(columns=["runner_up", "distinguishing_measures"])
        note = (
            "“Confidence” is the membership probability. What else they could be is known at "
            f"{formats.day(page.export.as_of_date)} alone."
        )
    if not segment["is_component"]:
        members = members.drop(columns=["membership_probability", "runner_up"], errors="ignore")
        note = "Assigned because the first order is recent, not by probability."
    components.section(
        f"The {formats.count(len(members))} who spent most",
        note,
        shows=("segments/best_customers", "customers/download"),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        figures.download(
            "Download the whole segment",
            lambda: formats.csv(
                page.run_once(
                    "customers/download",
                    segment_id=int(segment["segment_id"]),
                    search=None,
                    least_sure=0,
                    least_spent=None,
                    **campaign_choice.EVERYONE,
                )
            ),
            name=f"{persona} {page.filters.as_of}",
            key="segment_csv",
        )
        components.write_to(page, segment=persona)
        st.page_link(
            "app_pages/customers.py",
            label="Open in Customers",
            icon=":material/groups:",
            query_params={**page.filters.link, "segment": persona},
        )
    customer_table(page, members, key="segment_members")
