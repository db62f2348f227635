"""The filters: in the side bar, in the URL, and the same for every page."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formats
from dashboard.cached import run
from dashboard.database import parameters, read_sql
from dashboard.exports import Export
from dashboard.settings import MIN_COMPARISON_DAYS

ALL_SEGMENTS = "All segments"
ALL_COUNTRIES = "All countries"

_TAKEN_BY = {
    "segment": {"segment", "segment_id", "persona", "customer"},
    "country": {"country", "customer"},
    "as-of date": {"as_of", "to_date"},
}
"""The parameters by which a query takes each filter. One customer has a single country and
segment, which leaves nothing for those filters to narrow."""


@dataclass(frozen=True)
class Filters:
    """What a view is of.

    Attributes
    ----------
    as_of : date
        Everything ordered before this day.
    country, segment : str or None
        None shows all; ``segment`` is a persona.
    personas : dict of str to int
        Identifier of each segment's persona, best segment first.
    snapshots : tuple of date
        Every day a view can be of, newest first.
    month_ends : tuple of date
        Those that are month ends and not after ``as_of``, newest first.
    """

    as_of: date
    country: str | None
    segment: str | None
    personas: dict[str, int]
    snapshots: tuple[date, ...]
    month_ends: tuple[date, ...]

    @property
    def is_latest(self) -> bool:
        """Whether the view is of the run's own as-of date."""
        return self.as_of == self.snapshots[0]

    @property
    def before(self) -> date | None:
        """Month end to compare with: the last at least a few days earlier; None at the start."""
        limit = self.as_of - timedelta(days=MIN_COMPARISON_DAYS)
        return next((day for day in self.month_ends if day <= limit), None)

    @property
    def params(self) -> dict[str, Any]:
        """Parameters of the queries."""
        return {
            "as_of": self.as_of,
            "country": self.country,
            "segment": self.segment,
            "segment_id": self.personas.get(self.segment or ""),
        }

    @property
    def link(self) -> dict[str, str]:
        """Query string that shows the same view on another page."""
        found = {"segment": self.segment, "country": self.country}
        if not self.is_latest:
            found["as_of"] = formats.short_day(self.as_of)
        return {key: value for key, value in found.items() if value}


def show_filters(export: Export, *, follow_link: bool) -> Filters:
    """Show the filters in the side bar.

    Parameters
    ----------
    export : Export
        What there is to choose among.
    follow_link : bool
        Whether another page's link may have led here: its values then override the widgets', as
        Streamlit takes them from the address only where a session begins and on Back.

    Returns
    -------
    Filters
        All customers at the run's own day until something is chosen.
    """
    days = run(export, "filters/snapshots")
    snapshots = tuple(pd.to_datetime(days["snapshot_date"]).dt.date)
    segments = run(export, "filters/segments")
    personas = dict(zip(segments["persona"], segments["segment_id"].tolist(), strict=True))
    if follow_link:
        _take("segment", {name: name for name in (ALL_SEGMENTS, *personas)})
        _take("country", {name: name for name in _countries(export)})
        _take("as_of", {formats.short_day(day): day for day in snapshots})
    with st.sidebar:
        segment = st.selectbox(
            "Segment", [ALL_SEGMENTS, *personas], key="segment", bind="query-params"
        )
        country = _country(export)
        as_of = st.selectbox(
            "As of",
            snapshots,
            format_func=formats.short_day,
            key="as_of",
            bind="query-params",
            help="What was ordered before this day began: the run's own date, or a month end.",
        )
    ends = pd.to_datetime(days.loc[days["is_month_end"], "snapshot_date"]).dt.date
    return Filters(
        as_of=as_of,
        country=None if country == ALL_COUNTRIES else country,
        segment=None if segment == ALL_SEGMENTS else segment,
        personas=personas,
        snapshots=snapshots,
        month_ends=tuple(day for day in ends if day <= as_of),
    )


def _take(name: str, values: dict[str, Any]) -> None:
    """Set a filter to what the link says, where that is; one that it does not name is not set.

    The first of ``values`` is the filter's default, which no link names: Streamlit would take it
    out of the address, and Back would take two presses.
    """
    if name not in st.query_params:
        if name in st.session_state and values:
            st.session_state[name] = next(iter(values.values()))
    elif (given := st.query_params[name]) in values and st.session_state.get(name) != values[given]:
        st.session_state[name] = values[given]


def _countries(export: Export) -> list[str]:
    """Return the countries to choose among; none where there is no choice."""
    if not export.has_country:
        return []
    countries = run(export, "filters/countries")["country"].tolist()
    return [ALL_COUNTRIES, *countries] if len(countries) > 1 else []


def _country(export: Export) -> str:
    if not (countries := _countries(export)):
        return ALL_COUNTRIES
    return st.selectbox("Country", countries, key="country", bind="query-params")


def ignored(filters: Filters, *queries: str) -> list[str]:
    """Return the filters that are set and that not every one of some queries takes.

    Returns
    -------
    list of str
        Of ``segment``, ``country`` and ``as-of date``, in this order.
    """
    taken = [_takes(query) for query in queries]
    return [name for name in _chosen(filters) if not all(name in found for found in taken)]


def unused(filters: Filters, *queries: str) -> list[str]:
    """Return the filters that are set and that none of some queries takes.

    Returns
    -------
    list of str
        Of ``segment``, ``country`` and ``as-of date``, in this order.
    """
    taken = [_takes(query) for query in queries]
    return [name for name in _chosen(filters) if not any(name in found for found in taken)]


@cache
def _takes(query: str) -> set[str]:
    """Return the names of the filters that a query takes."""
    found = parameters(read_sql(query))
    return {name for name, names in _TAKEN_BY.items() if names & found}


def _chosen(filters: Filters) -> list[str]:
    """Return the names of the filters that are set."""
    is_set = (filters.segment, filters.country, not filters.is_latest)
    return [name for name, value in zip(_TAKEN_BY, is_set, strict=True) if value]


def clearable(filters: Filters) -> dict[str, str]:
    """Return the filters that are set, by the names of `unused`, with what they are set to."""
    found = {
        "segment": filters.segment,
        "country": filters.country,
        "as-of date": None if filters.is_latest else formats.short_day(filters.as_of),
    }
    return {name: words for name, words in found.items() if words}


def clear(filters: Filters, name: str) -> None:
    """Take a filter away; for callbacks, which come before the widgets of the side bar."""
    key, value = {
        "segment": ("segment", ALL_SEGMENTS),
        "country": ("country", ALL_COUNTRIES),
        "as-of date": ("as_of", filters.snapshots[0]),
    }[name]
    st.session_state[key] = value


def describe(filters: Filters, without: list[str]) -> str:
    """Return the view in words, as Markdown: ``Champions · Germany · as of 1 December 2011``.

    Parameters
    ----------
    filters : Filters
        What is chosen.
    without : list of str
        Names of filters (from `unused`) that nothing on the page takes.
    """
    chosen = {"segment": filters.segment, "country": filters.country}
    parts = [
        formats.markdown(value) for name, value in chosen.items() if value and name not in without
    ]
    day = filters.snapshots[0] if "as-of date" in without else filters.as_of
    return " · ".join([*parts, f"as of {formats.day(day)}"])
