"""Charts with their alternative text, their numbers and what a click on a mark opens."""

from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pandas as pd
import streamlit as st

from dashboard import cached, formats
from dashboard.charts.parts import OPENS
from dashboard.components import only_heard
from dashboard.page import Page

FOLLOW_SCRIPT = """<script>
(() => {
  const stop = Date.now() + 5000;
  const go = () => {
    const link = document.querySelector(".st-key-follow a");
    if (link) link.click();
    else if (Date.now() < stop) setTimeout(go, 20);
  };
  go();
})();
</script>"""


def figure(
    page: Page,
    chart: partial,
    frame: pd.DataFrame,
    *,
    key: str,
    alt_text: str,
    query: str | None = None,
    wide: bool = False,
    opens: Callable[[dict[str, Any]], dict[str, str] | None] | None = None,
) -> None:
    """Show a chart with its alternative text, the table behind it and its query.

    Parameters
    ----------
    page : Page
        For the look.
    chart : partial
        A chart function with its arguments; drawn only if no session has drawn it yet.
    frame : DataFrame
        The numbers behind the chart.
    key : str
        Unique within the app.
    alt_text : str
        What the chart says, for those who do not see it.
    query : str, optional
        Name of the query to open in the SQL console.
    wide : bool
        Let the chart scroll sideways on a phone rather than shrink.
    opens : callable, optional
        Given the fields of `charts.parts.clicked` of a mark that was clicked, what the link to
        its customers has beside the filters; None where a mark stands for nobody.
    """
    selecting: dict[str, Any] = {}
    if opens:
        selecting = {"on_select": partial(_remember_mark, key, opens), "selection_mode": OPENS}
    with st.container(key=f"{'wide' if wide else 'plain'}_{key}"):
        st.altair_chart(
            cast(Any, cached.drawn(chart, page.look)),
            theme=None,
            alt=alt_text,
            width="stretch",
            key=key,
            **selecting,
        )
    table_behind(page, frame, key=key, query=query)


def _remember_mark(key: str, opens: Callable[[dict[str, Any]], dict[str, str] | None]) -> None:
    marks = st.session_state[key].selection.get(OPENS)
    if marks and (link := opens(dict(marks[0]))) is not None:
        st.session_state["open_people"] = link


def remember_row(key: str, links: list[dict[str, str]]) -> None:
    """Note the customers of the row of a table that was selected; for callbacks."""
    rows = st.session_state[key].selection.rows
    if rows and rows[0] < len(links):
        st.session_state["open_people"] = links[rows[0]]


def follow(page: Page) -> None:
    """Go to the customers of a mark or row whose click this rerun is of; before the page runs.

    Only a change of a selection leads away: one that stays must not send someone who went back
    there again. The browser follows a link, as `st.switch_page` may set no filter and takes two
    steps back.
    """
    if (link := st.session_state.pop("open_people", None)) is None:
        return
    with st.container(key="follow"):
        st.page_link(
            "app_pages/customers.py",
            label="Customers",
            query_params={**page.filters.link, **link},
        )
    st.html(FOLLOW_SCRIPT, unsafe_allow_javascript=True)
    st.stop()


def table_behind(page: Page, frame: pd.DataFrame, *, key: str, query: str | None) -> None:
    """Show a button that opens the numbers behind a chart, as table, CSV and query.

    Parameters
    ----------
    page : Page
        For the currency, and the filters of the link to the query.
    frame : DataFrame
        The numbers; amounts and shares are recognised by the names of their columns.
    key : str
        Name of the chart, of which a page has one: key of the widgets, name of the file, and read
        aloud with the button.
    query : str or None
        Query that the SQL page opens with; None leaves the link out.
    """
    words = only_heard(f"of {key.replace('_', ' ')}")
    box = st.popover(
        f"Numbers{words}",
        type="tertiary",
        icon=":material/table_rows:",
        key=f"{key}_numbers",
        on_change="rerun",
    )
    if not box.open:
        return
    with box:
        st.dataframe(
            formats.styled(frame, page.export.currency),
            hide_index=True,
            height=min(38 * len(frame) + 40, 340),
            column_config={name: formats.heading(name) for name in frame.columns},
            placeholder=formats.MISSING,
        )
        with st.container(horizontal=True):
            download("CSV", lambda: formats.csv(frame), name=key, key=f"{key}_csv")
            if query:
                st.page_link(
                    "app_pages/sql.py", label="Open in SQL", icon=":material/code:",
                    query_params={**page.filters.link, "query": query},
                )  # fmt: skip


def download(label: str, content: Callable[[], bytes], *, name: str, key: str) -> None:
    """Show a button that builds and downloads a CSV.

    Parameters
    ----------
    label : str
        Text of the button.
    content : callable
        Returns the file's bytes; called at a click alone.
    name : str
        Name of the file without its ending.
    key : str
        Key of the widget, of which a page has one.
    """
    st.download_button(
        label,
        content,
        file_name=f"{formats.file_part(name)}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        key=key,
    )
