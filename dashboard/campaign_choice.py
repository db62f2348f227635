"""Which customers a link names, for a campaign or a list: its words as parameters of queries."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import streamlit as st

from dashboard import condition_words, conditions, formats
from dashboard.cached import run
from dashboard.campaign_files import Layout, campaign_file
from dashboard.conditions import Known, Unfit
from dashboard.page import Page

ALL = 10_000_000
"""More rows than a list has."""

EVERYONE = dict.fromkeys(
    ("moved_from", "moved_to", "move", "from_segment_id", "to_segment_id", "alternatives")
)
"""Parameters that narrow nothing."""

_MOVES = {"slipped": "slipped", "rose": "rose", "changed": "changed segment otherwise"}
_WENT = {"slipped": "slipped", "rose": "rose"}
FIRST_ORDER = "First order"
"""In place of the segment that a customer left: there was none."""

LINKED = ("moved", "move", "from", "to", "where")
"""The names of a link that no widget stands for."""


@dataclass(frozen=True)
class Choice:
    """A selection of customers.

    Attributes
    ----------
    words : str
        The selection, as Markdown.
    params : dict
        Parameters of the table macro ``chosen_customers``.
    since : date or None
        Of those who moved, the month end by which they had.
    is_narrowed : bool
        Whether it is less than the filters of the side bar select.
    link : dict of str to str
        What of the link no widget stands for, to keep on another page.
    problem : str or None
        Why the built segment of the link cannot be shown, as Markdown: then nobody is, rather
        than everyone.
    """

    words: str
    params: dict[str, Any]
    since: date | None
    is_narrowed: bool
    link: dict[str, str]
    problem: str | None


def known(page: Page, day: date | None = None) -> Known:
    """Return what the page's export knows, for conditions on its customers of a day.

    Returns
    -------
    Known
        Of the day that is given, else of the filters' own.
    """
    segments = run(page.export, "filters/segments")
    countries = run(page.export, "filters/countries")["country"] if page.export.has_country else ()

    def product(name: str) -> str | None:
        found = run(page.export, "build/product", product=name)
        return None if found.empty else str(found["description"].iloc[0])

    day = day or page.filters.as_of
    return Known(
        day,
        day == page.filters.snapshots[0],
        page.filters.personas,
        dict(zip(segments["persona"], segments["life_cycle"], strict=True)),
        tuple(countries),
        product,
        "customer_outlook" in page.export.manifest["tables"]
        and bool(page.export.manifest["tables"]["customer_outlook"].get("rows")),
    )


def from_link(page: Page, day: date | None = None) -> Choice:
    """Return the selection that the page's link names, of the customers of a day.

    Unknown values of a link narrow nothing. Its names are not those of other pages' widgets:
    Streamlit takes away what was bound to the widgets of the page that one comes from.

    Returns
    -------
    Choice
        With its `problem` where the built segment cannot be shown.
    """
    given = st.query_params
    filters = page.filters
    ends = {formats.month_before(to): (start, to) for to, start in pairwise(filters.month_ends)}
    start, end = ends.get(given.get("moved", ""), (None, None))
    move = given.get("move") if given.get("move") in _MOVES else None
    named = {**filters.personas, FIRST_ORDER: 0}
    ids = {
        "from": named.get(given.get("from", "")),
        "to": filters.personas.get(given.get("to", "")),
    }
    if not start or None in ids.values():
        ids = {"from": None, "to": None}
    if not start or (move is None and ids["from"] is None):
        start = end = move = None
    search = given.get("id", "").strip()[:200] or None
    sure, spent = _number(given.get("confidence")), _number(given.get("spend"))
    least_sure = min(sure, 100) / 100
    parts = [_moved(filters.segment, given, ids, move) if start else _members(filters.segment)]
    if start:
        parts.append(f"in {given['moved']}")
    if filters.country:
        parts.append(f"in {formats.markdown(filters.country)}")
    if search:
        parts.append(f"with “{formats.markdown(search)}” in the id")
    if least_sure:
        parts.append(f"with a confidence of at least {formats.share(least_sure)}")
    if spent:
        parts.append(f"who spent at least {formats.markdown(page.money(spent))}")
    asked = problem = None
    try:
        facts = known(page, day)
        built = conditions.read(given.get("where"))
        asked = conditions.alternatives(built, facts)
        if built:
            parts.append(f"where {condition_words.words(built, facts, page.export.currency)}")
    except Unfit as reason:
        problem = str(reason)
    return Choice(
        " ".join(parts),
        {
            "moved_from": start,
            "moved_to": end,
            "move": move,
            "from_segment_id": ids["from"],
            "to_segment_id": ids["to"],
            "search": search,
            "least_sure": least_sure,
            "least_spent": spent or None,
            "alternatives": asked,
        },
        end,
        bool(start or search or least_sure or spent or asked or problem),
        {name: given[name] for name in LINKED if given.get(name)},
        problem,
    )


def listed_file(page: Page, choice: Choice, layout: Layout) -> bytes:
    """Return the file of a campaign's list, without its control group.

    Parameters
    ----------
    page : Page
    choice : Choice
    layout : Layout
        Of the tool that reads it.

    Returns
    -------
    bytes
        CSV in UTF-8.
    """
    listed = page.run_once("campaign/list", **choice.params, control=False, limit=ALL)
    return campaign_file(listed, layout)


def clear() -> None:
    """Take away what of a link no widget stands for; for callbacks."""
    for name in LINKED:
        st.query_params.pop(name, None)


def _members(segment: str | None) -> str:
    return formats.markdown(segment) if segment else "all customers"


def _moved(segment: str | None, given: Any, ids: dict[str, int | None], move: str | None) -> str:
    """Return who moved, as Markdown."""
    if ids["from"] is not None:
        names = [formats.markdown(given[name]) for name in ("from", "to")]
        if not ids["from"]:
            return f"those whose first order made them {names[1]}"
        if ids["from"] == ids["to"]:
            return f"{names[0]} who stayed"
        return f"{names[0]} who {_WENT.get(move or '', 'went')} to {names[1]}"
    whose = f", from or to {formats.markdown(segment)}," if segment else ""
    return f"those who {_MOVES[move or 'changed']}{whose}"


def _number(text: str | None) -> float:
    """Return a number of a link that is at least 0; 0 for anything else."""
    try:
        value = float(text or 0)
    except ValueError:
        return 0.0
    return value if 0 <= value < 1e15 else 0.0
