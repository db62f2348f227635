"""The editor of a built segment: a row of widgets for each condition."""

from collections.abc import Sequence
from datetime import date
from itertools import count
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formats
from dashboard.cached import run
from dashboard.conditions import FIELDS, OPERATORS, Built, Condition, Known, read, write
from dashboard.page import Page
from dashboard.settings import BUILT_CONDITIONS, PRODUCT_CHOICES

FIRST = Condition("recency_days", "<=", 90.0)
_STATE, _LINK = "build_rows", "build_link"


def follow_link() -> None:
    """Put the segment of the address into the editor, where it is not what the editor wrote.

    Raises
    ------
    Unfit
        If the address does not read as conditions.
    """
    given = st.query_params.get("where", "")
    if given != st.session_state.get(_LINK):
        _put(read(given))
        st.session_state[_LINK] = given


def link_to(built: Built) -> str:
    """Write a segment into the address and return its text, empty without a condition."""
    link = write(built) if built else ""
    if link != st.session_state[_LINK]:
        st.session_state[_LINK] = link
        if link:
            st.query_params["where"] = link
        else:
            st.query_params.pop("where", None)
    return link


def _put(built: Built) -> None:
    numbers = st.session_state.setdefault("build_numbers", count())
    st.session_state[_STATE] = [
        [(next(numbers), *condition) for condition in group] for group in built
    ]


def edit(page: Page, known: Known) -> Built:
    """Show the conditions to change.

    A condition whose value is not chosen yet is left out.

    Returns
    -------
    tuple of tuple of Condition
        Alternatives, each of conditions that hold together; empty without any.
    """
    groups: list[list[tuple]] = st.session_state.setdefault(_STATE, [])
    built = []
    for place, group in enumerate(groups):
        if place:
            st.markdown("**or**")
        with st.container(border=True, key=f"alternative_{place}"):
            conditions = [_row(page, known, place, at) for at in range(len(group))]
            _button("and", f"and_{place}", "Add a condition", add=place)
        built.append(tuple(part for part in conditions if part is not None))
    if sum(map(len, groups)) < BUILT_CONDITIONS:
        _button(
            "or" if groups else "first", "or", "Add an alternative" if groups else "Add a condition"
        )
    return tuple(group for group in built if group)


def _button(kind: str, key: str, label: str, add: int | None = None) -> None:
    words = f"{label} (and)" if kind == "and" and add == 0 else label
    if kind == "and" and add:
        words = f"{label} to alternative {add + 1}"
    st.button(words, key=f"build_{key}", icon=":material/add:", on_click=_add, args=(add,))


def _add(place: int | None) -> None:
    row = (next(st.session_state.setdefault("build_numbers", count())), *FIRST)
    groups = st.session_state[_STATE]
    if place is None:
        groups.append([row])
    elif sum(map(len, groups)) < BUILT_CONDITIONS:
        groups[place].append(row)


def _remove(place: int, at: int) -> None:
    groups = st.session_state[_STATE]
    del groups[place][at]
    if not groups[place]:
        del groups[place]


def _row(page: Page, known: Known, place: int, at: int) -> Condition | None:
    """Show one condition; return it, or None while its value is not chosen."""
    number, name, operator, value = st.session_state[_STATE][place][at]
    said = f"of condition {at + 1}" + (f", alternative {place + 1}" if place else "")
    measure_box, operator_box, value_box, remove_box = st.columns(
        [3, 2, 4, 1], vertical_alignment="bottom"
    )
    fields = _offered(page, known, name)
    chosen = measure_box.selectbox(
        f"Measure {said}",
        fields,
        index=fields.index(name),
        format_func=lambda field: FIELDS[field].label,
        key=f"build_{number}_measure",
        label_visibility="collapsed",
    )
    kind = FIELDS[chosen].kind
    operators = list(OPERATORS[kind])
    how = operator_box.selectbox(
        f"Comparison {said}",
        operators,
        index=operators.index(operator) if chosen == name and operator in operators else 0,
        format_func=OPERATORS[kind].__getitem__,
        key=f"build_{number}_{chosen}_operator",
        label_visibility="collapsed",
    )
    with value_box:
        found = _value(
            page,
            known,
            chosen,
            value if chosen == name else None,
            label=f"Value {said}",
            key=f"build_{number}_{chosen}_value",
        )
    remove_box.button(
        f":gray[Remove condition {at + 1}{f' of alternative {place + 1}' if place else ''}]",
        key=f"build_{number}_remove",
        icon=":material/close:",
        type="tertiary",
        on_click=_remove,
        args=(place, at),
    )
    st.session_state[_STATE][place][at] = (number, chosen, how, found)
    return None if found is None else Condition(chosen, how, found)


def _offered(page: Page, known: Known, name: str) -> list[str]:
    """Return the fields that this export can be asked for, and the one that is asked already."""

    def is_offered(field: str) -> bool:
        if field in ("product", "product_count"):
            return page.export.has_product
        if field == "country":
            return len(known.countries) > 1
        if field.startswith(("order_chance", "expected_")):
            return known.has_outlook and known.is_latest
        return FIELDS[field].is_past or known.is_latest

    return [field for field in FIELDS if field == name or is_offered(field)]


def _value(page: Page, known: Known, name: str, value: Any, *, label: str, key: str) -> Any:
    about = FIELDS[name]
    hidden: dict[str, Any] = {"label_visibility": "collapsed", "key": key}
    if about.kind == "number":
        scale = 100 if about.unit == "share" else 1
        start = 0.0 if value is None else round(value * scale, 9)
        shown = st.number_input(
            label, min_value=0.0, value=start, step=None, format="%g",
            icon={"share": ":material/percent:", "days": ":material/calendar_today:"}.get(
                about.unit
            ), **hidden,
        )  # fmt: skip
        return shown / scale
    if about.kind == "name":
        names = known.names(name)
        listed = [*names, *(one for one in value or () if one not in names)]
        named = str.capitalize if name == "life_cycle" else str
        return tuple(
            st.multiselect(label, listed, default=list(value or ()), format_func=named, **hidden)
        ) or None  # fmt: skip
    if about.kind == "flag":
        return st.selectbox(
            label, [True, False], index=int(value is False),
            format_func={True: "Yes, far from every segment", False: "No"}.__getitem__, **hidden,
        )  # fmt: skip
    if about.kind == "date":
        day = date.fromisoformat(value) if value else known.day
        return str(st.date_input(label, day, min_value=date(1900, 1, 1), **hidden))
    if about.kind == "month":
        return _one(label, _months(page, value), value, formats.month, hidden)
    products = run(page.export, "build/products", limit=PRODUCT_CHOICES)
    described = dict(zip(products["product_id"], products["description"], strict=True))
    if value and value not in described:
        described[value] = known.product(value) or value
    return _one(label, list(described), value, lambda one: f"{described[one]} · {one}", hidden)


def _one(label: str, options: Sequence[str], value: Any, words: Any, hidden: dict) -> str | None:
    index = list(options).index(value) if value in options else None
    return st.selectbox(label, options, index=index, format_func=words, **hidden)


def _months(page: Page, value: str | None) -> list[str]:
    """Return the months with orders before the chosen day, latest first."""
    frame = run(page.export, "build/months", as_of=page.filters.as_of)
    months = [str(pd.Timestamp(month).date()) for month in frame["month"]]
    return [*months, *([value] if value and value not in months else [])]
