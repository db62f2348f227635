"""The two sides of a comparison: whose customers, and of which day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import campaign_choice, condition_words, conditions, formats, saved_views
from dashboard.conditions import Unfit
from dashboard.page import Page
from dashboard.saved_views import SavedProblem
from dashboard.settings import ACTIVE_DAYS

ALL = "All customers"
LINKED = "The conditions of the link"
_SAVED = "Saved: "
_LOOKED_AT = 1_000


@dataclass(frozen=True)
class Side:
    """One side.

    Attributes
    ----------
    label : str
        Who they are, in short and as plain text.
    words : str
        The same in full, as Markdown.
    day : date
        The day they are of.
    params : dict
        Parameters of the queries of ``compare/``.
    link : dict of str to str
        What the link to its customers has beside the filters.
    problem : str or None
        Why it cannot be shown, as Markdown.
    """

    label: str
    words: str
    day: date
    params: dict[str, Any]
    link: dict[str, str]
    problem: str | None


def choose(page: Page, name: str, place: Any, *, default: str) -> Side:
    """Show the choice of one side.

    Parameters
    ----------
    page : Page
        For the filters.
    name : {"a", "b"}
        Which side; its values stand in the link under this name.
    place : DeltaGenerator
        Where to show it.
    default : str
        Who it is where the link does not say.

    Returns
    -------
    Side
        With its `problem` where it cannot be shown.
    """
    views = _views()
    where = st.query_params.get("where")
    options = [ALL, *page.filters.personas, *(_SAVED + view for view in views)]
    if where:
        options.insert(1, LINKED)
    title = {"a": "First", "b": "Second"}[name]
    who = place.selectbox(
        f"{title} side", options, index=options.index(default), key=name, bind="query-params"
    )
    snapshots = page.filters.snapshots
    chosen = place.selectbox(
        f"{title} side as of", snapshots, index=snapshots.index(page.filters.as_of),
        format_func=formats.short_day, key=f"{name}_day", bind="query-params",
    )  # fmt: skip
    text = where if who == LINKED else views.get(who.removeprefix(_SAVED))
    text = text if who not in (ALL, *page.filters.personas) else None
    return _side(page, who, text, chosen)


def measured(page: Page, side: Side) -> pd.Series:
    """Return what is known of a side.

    Parameters
    ----------
    page : Page
    side : Side

    Returns
    -------
    Series
        ``customer_count``, ``active_count`` and ``revenue``; the medians ``recency_days``,
        ``frequency``, ``monetary`` and ``average_order_value``; the means ``order_chance``
        (0 to 1), ``expected_orders`` and ``expected_spend``, missing without an outlook or
        at a day before the run's own; ``everyone_count`` and ``everyone_revenue``;
        ``customer_share``, ``revenue_share`` and ``active_share`` (0 to 1).
    """
    return page.run("compare/side", active_days=ACTIVE_DAYS, **side.params).iloc[0]


def _views() -> dict[str, str]:
    try:
        return saved_views.load()
    except SavedProblem as problem:
        st.warning(str(problem), icon=":material/save:")
        return {}


def _side(page: Page, who: str, text: str | None, day: date) -> Side:
    words, problem, asked = formats.markdown(who.removeprefix(_SAVED)), None, None
    link = {"as_of": formats.short_day(day)} if day != page.filters.snapshots[0] else {}
    if who == ALL:
        words = "all customers"
    try:
        known = campaign_choice.known(page, day)
        built = conditions.read(text)
        asked = conditions.alternatives(built, known)
        if who == LINKED:
            words = f"customers where {condition_words.words(built, known, page.export.currency)}"
    except Unfit as reason:
        problem = str(reason)
    segment = page.filters.personas.get(who)
    if segment:
        link["segment"] = who
    if text:
        link["where"] = text
    params = {"day": day, "side_segment_id": segment, "alternatives": asked}
    return Side(who.removeprefix(_SAVED), words, day, params, link, problem)


def shares(page: Page, query: str, key: str, sides: tuple[Side, Side], most: int) -> pd.DataFrame:
    """Return the products or countries that most customers of either side have.

    Parameters
    ----------
    page : Page
        To ask.
    query : str
        ``compare/products`` or ``compare/countries``.
    key : str
        Column that tells one from another.
    sides : tuple of Side
        The two sides.
    most : int
        So many rows.

    Returns
    -------
    DataFrame
        ``name``, ``first_share`` and ``second_share``; a share is missing where the side has it
        too rarely to be listed.
    """
    found = [page.run(query, limit=_LOOKED_AT, **side.params) for side in sides]
    names = pd.concat([frame.set_index(key, drop=False)["name"] for frame in found])
    both = names[~names.index.duplicated()].rename("name").to_frame()
    for column, frame in zip(("first_share", "second_share"), found, strict=True):
        known = frame.set_index(key)["customer_share"].reindex(both.index)
        both[column] = known.fillna(0) if len(frame) < _LOOKED_AT else known
    ranked = both.assign(most=both[["first_share", "second_share"]].max(axis=1), key=both.index)
    ranked = ranked.sort_values(["most", "key"], ascending=[False, True]).head(most)
    return ranked[["name", "first_share", "second_share"]].reset_index(drop=True)
