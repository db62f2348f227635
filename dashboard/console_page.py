"""The parts of the SQL page: schema, editor and answer."""

import re
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import components, figures, formats
from dashboard.charts import console as charts
from dashboard.console import Answer, Console, Refused, console, filled
from dashboard.database import MACROS, query_names, read_sql
from dashboard.page import Page
from dashboard.settings import ACTIVE_DAYS
from dashboard.theme import apply_theme

FIRST = """select
    persona,
    count(*) as customers,
    sum(monetary) as revenue
from customer_segments
group by persona
order by revenue desc"""

_IDENTIFIER = re.compile(r"(^|[\W_])(id|number|code|year)($|\W)", re.IGNORECASE)
"""Names of columns whose whole numbers name something rather than count it."""


def _console(page: Page) -> Console:
    return console(page.export, str(page.export.folder))


def show_schema(page: Page) -> None:
    """Show every table with its columns."""
    st.markdown("**Tables**")
    with st.container(height=560, border=False, key="schema"):
        for table, columns in _console(page).tables.items():
            with st.expander(table):
                st.markdown("  \n".join(f"`{name}` :gray[{kind[:24]}]" for name, kind in columns))
        with st.expander("Macros of the choice of customers"):
            st.code(MACROS.read_text(encoding="utf-8"), language="sql")


def show_editor(page: Page) -> str | None:
    """Show the queries to open and the editor; return the SQL to run, if any."""
    names = query_names()
    asked = st.query_params.get("query")
    if asked in names and st.session_state.get("console_asked") != asked:
        st.session_state["console_asked"] = asked
        st.session_state["console_query"] = asked
        st.session_state["console_sql"] = opened(page, asked)
    st.session_state.setdefault("console_sql", FIRST)

    def open_query() -> None:
        if name := st.session_state["console_query"]:
            st.session_state["console_sql"] = opened(page, name)

    st.selectbox(
        "Start from a page's query",
        names,
        index=None,
        key="console_query",
        placeholder="The queries behind every chart",
        on_change=open_query,
    )
    sql = st.text_area("SQL", key="console_sql", height=280, help="Ctrl+Enter runs it.")
    run = st.button("Run", type="primary", icon=":material/play_arrow:", shortcut="ctrl+enter")
    if run or sql != st.session_state.get("console_last"):
        st.session_state["console_last"] = sql
        st.session_state.pop("console_answer", None)
    return st.session_state["console_last"]


def opened(page: Page, name: str) -> str:
    """Return a page's query with the view's own values in place of its parameters."""
    return filled(read_sql(name), parameters(page))


def parameters(page: Page) -> dict[str, Any]:
    """Return a value for every parameter that any page's query takes.

    Returns
    -------
    dict of str to object
        By name: the view's own value where it has one, else one with which the query runs.
    """
    filters = page.filters
    ends = filters.month_ends
    best = page.run("segments/best_customers", persona=next(iter(filters.personas)), country=None)
    return {
        **filters.params,
        **page.export.stand_out,
        "persona": filters.segment or next(iter(filters.personas)),
        "to_date": ends[0] if ends else filters.as_of,
        "from_date": ends[1] if len(ends) > 1 else filters.as_of,
        "from_segment_id": None,
        "to_segment_id": None,
        "move": "slipped",
        "customer": None if best.empty else str(best["customer_id"].iloc[0]),
        "line_class": "no_customer",
        "moved_from": None,
        "moved_to": None,
        "alternatives": None,
        "product": "",
        "search": None,
        "least_sure": 0,
        "least_spent": 0,
        "sort": "monetary",
        "rank": "revenue",
        "day": filters.as_of,
        "side_segment_id": filters.params["segment_id"],
        "active_days": ACTIVE_DAYS,
        **dict.fromkeys(("this_from", "this_to", "before_from", "before_to")),
        "direction": 1,
        "limit": 100,
        "offset": 0,
    }


def _answer(page: Page, sql: str) -> Answer | Refused:
    """Return what a statement gave; a click on the page alone does not run it again."""
    key = (str(page.export.folder), sql)
    kept = st.session_state.get("console_answer")
    if kept is None or kept[0] != key:
        try:
            kept = (key, _console(page).run(sql))
        except Refused as reason:
            kept = (key, reason)
        st.session_state["console_answer"] = kept
    return kept[1]


def show_answer(page: Page, sql: str) -> None:
    """Run a statement and show what it gives, or why it does not run."""
    answer = _answer(page, sql)
    if isinstance(answer, Refused):
        st.warning("This does not run.", icon=":material/block:")
        st.code(str(answer), language=None, wrap_lines=True)
        return
    frame = answer.frame
    more = (
        f"the first {formats.count(len(frame))} rows"
        if answer.is_cut
        else formats.plural(len(frame), "row")
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"{more[0].upper()}{more[1:]} in {answer.seconds * 1000:.0f} ms")
        figures.download("CSV", lambda: formats.csv(frame), name="answer", key="answer_csv")
    table, chart = st.tabs(["Table", "Chart"])
    with table:
        st.dataframe(
            frame,
            hide_index=True,
            column_config={name: _column(frame[name], kind) for name, kind in answer.kinds.items()},
            alt="The rows that the statement gave.",
        )
    with chart:
        _show_chart(page, frame)


def _column(cells: pd.Series, kind: str) -> Any:
    """Return how a column of the answer is written: thousands by comma, identifiers plain."""
    if kind == "date":
        return st.column_config.DateColumn()
    if kind == "whole" and not _IDENTIFIER.search(str(cells.name)):
        return st.column_config.NumberColumn(format="%,d")
    if kind == "decimal" and cells.abs().max() >= 1000:
        return st.column_config.NumberColumn(format="%,.2f")
    return st.column_config.Column()


def _show_chart(page: Page, frame: pd.DataFrame) -> None:
    numbers = [name for name in frame.columns if pd.api.types.is_numeric_dtype(frame[name])]
    if frame.empty or not numbers or len(frame.columns) < 2:
        components.empty("There is nothing to draw.", "A chart needs two columns, one a number.")
        return
    left, right = st.columns(2)
    others = [name for name in frame.columns if name not in numbers] or numbers
    x = left.selectbox("Across", list(frame.columns), index=list(frame.columns).index(others[0]))
    rest = [name for name in numbers if name != x] or numbers
    y = right.selectbox("Number", rest)
    st.altair_chart(
        apply_theme(charts.automatic(frame, page.look, x, y), page.look),
        theme=None,
        alt=f"Chart of {y} by {x}; the table has the same rows.",
        key="answer_chart",
    )
