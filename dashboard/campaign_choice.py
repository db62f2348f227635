"""Which customers a campaign is for: a link's words as parameters of the queries."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import streamlit as st

from dashboard import formats
from dashboard.components import Page

ALL = 10_000_000
"""More rows than a list has."""

_MOVES = {"slipped": "slipped", "rose": "rose", "changed": "changed segment otherwise"}
_WENT = {"slipped": "slipped", "rose": "rose"}


@dataclass(frozen=True)
class Choice:
    """A selection of customers.

    Attributes
    ----------
    words : str
        The selection, as Markdown.
    params : dict
        Parameters of the queries of ``campaign/``.
    since : date or None
        Of those who moved, the month end by which they had.
    is_narrowed : bool
        Whether it is less than the filters of the side bar select.
    """

    words: str
    params: dict[str, Any]
    since: date | None
    is_narrowed: bool


def from_link(page: Page) -> Choice:
    """Return the selection that the page's link names.

    Unknown values of a link narrow nothing. Its names are not those of other pages' widgets:
    Streamlit takes away what was bound to the widgets of the page that one comes from.
    """
    given = st.query_params
    filters = page.filters
    ends = {formats.month_before(to): (start, to) for to, start in pairwise(filters.month_ends)}
    start, end = ends.get(given.get("moved", ""), (None, None))
    move = given.get("move") if given.get("move") in _MOVES else None
    ids = {name: filters.personas.get(given.get(name, "")) for name in ("from", "to")}
    if not start or None in ids.values():
        ids = {"from": None, "to": None}
    if not start or not (move or ids["from"]):
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
        },
        end,
        bool(start or search or least_sure or spent),
    )


def _members(segment: str | None) -> str:
    return formats.markdown(segment) if segment else "all customers"


def _moved(segment: str | None, given: Any, ids: dict[str, int | None], move: str | None) -> str:
    """Return who moved, as Markdown."""
    if ids["from"]:
        names = [formats.markdown(given[name]) for name in ("from", "to")]
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
