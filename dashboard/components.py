"""Pieces that every page is laid out with."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, cast

import pandas as pd
import streamlit as st

from dashboard import cached, database, formats
from dashboard.charts.parts import OPENS
from dashboard.exports import Export
from dashboard.filters import (
    Filters,
    clear,
    clearable,
    describe,
    ignored,
    unused,
)
from dashboard.theme import Theme, look

STYLE = Path(__file__).parent / "style.css"
ICON = str(Path(__file__).parent / "icon.svg")
LOGO = str(Path(__file__).parent / "logo.svg")
NOT_APPLIED = "Filters not applied here"
ARRIVAL_SCRIPT = """<script>
(() => {
  const stop = Date.now() + 20000;
  let moved = false;
  let quiet = 0;
  for (const kind of ["wheel", "touchstart", "keydown", "pointerdown"]) {
    window.addEventListener(kind, () => { moved = true; }, { once: true, passive: true });
  }
  // What stands above it grows while charts are drawn.
  const look = () => {
    const app = document.querySelector("[data-testid='stApp']");
    quiet = app?.dataset.testScriptState === "running" ? 0 : quiet + 150;
    if (moved || quiet > 1500 || Date.now() > stop) return;
    document.querySelector(".st-key-%s")?.scrollIntoView({ block: "start" });
    setTimeout(look, 150);
  };
  look();
})();
</script>"""
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
MENU_SCRIPT = """<script>
if (!window.menuCloses) {
  window.menuCloses = true;
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-testid='stSidebarNavLink']");
    if (!link || window.innerWidth > 768) return;
    document.querySelector("[data-testid='stSidebarCollapseButton'] button")?.click();
  });
}
</script>"""
# Streamlit adds what widgets have in the address to a link's own values. A filter that both name
# would be there twice, and one of the old page's widgets would not fit the new page; the server
# corrects either, which is an entry of the browser's history of its own, and takes Back a second
# press. So the address is without them while Streamlit reads it: a link has what it says, and one
# of the menu the filters.
LINK_SCRIPT = """<script>
if (!window.linksAreWhole) {
  window.linksAreWhole = true;
  const filters = ["segment", "country", "as_of"];
  document.addEventListener("click", (event) => {
    const link = event.target.closest(
      "[data-testid='stPageLink-NavLink'], [data-testid='stSidebarNavLink']");
    if (!link) return;
    const kept = link.dataset.testid === "stSidebarNavLink" ? filters : [];
    const here = location.href;
    const without = new URL(here);
    for (const name of [...without.searchParams.keys()])
      if (!kept.includes(name)) without.searchParams.delete(name);
    history.replaceState(history.state, "", without);
    setTimeout(() => {
      if (location.href === without.href) history.replaceState(history.state, "", here);
    });
  }, { capture: true });
}
</script>"""
NO_CURRENCY = "Amounts are sums of the source's own amounts, which name no currency."


@dataclass(frozen=True)
class Page:
    """What a page is given: the export, the filters, the look, and numbers for its sections."""

    export: Export
    filters: Filters
    look: Theme
    numbers: Iterator[int] = field(default_factory=count, compare=False, repr=False)

    def run(self, name: str, **params: Any) -> pd.DataFrame:
        """Return a query's result for the filters, and ``params`` where the page sets more."""
        return cached.run(self.export, name, **{**self.filters.params, **params})

    def run_once(self, name: str, **params: Any) -> pd.DataFrame:
        """Return a query's result without keeping it: for downloads of any size."""
        return database.execute(
            cached.connection(self.export, str(self.export.folder)),
            name,
            {**self.filters.params, **params},
        )

    def money(self, value: Any) -> str:
        """Return an amount shortened, in the export's currency."""
        return formats.money(value, self.export.currency)


def current_page() -> Page:
    """Return what the entry script prepared for this rerun."""
    return st.session_state["page"]


def browser_look() -> Theme:
    """Return the look of the theme that the browser shows."""
    return look(st.context.theme.type)


def colours(look: Theme) -> str:
    """Return the colours of a look that the style sheet names, as HTML."""
    # White on the dark theme's accent is too faint to read.
    on_accent = look.inverse
    return (
        f"<style>:root {{ --rise: {look.accent}; --fall: {look.negative}; --soft: {look.muted}; "
        f"--accent: {look.accent}; --on-accent: {on_accent}; }}</style>"
    )


def close_menu_on_phones() -> None:
    """Close the menu, which covers a phone's screen, when a page of it is chosen."""
    st.html(MENU_SCRIPT, unsafe_allow_javascript=True)


def make_links_whole() -> None:
    """Have a link lead to what it says and nothing else, in one entry of the browser's history."""
    st.html(LINK_SCRIPT, unsafe_allow_javascript=True)


def arrive(key: str, promised: str) -> None:
    """Scroll to what the link that led here promises, once.

    Parameters
    ----------
    key : str
        Of the container to scroll to.
    promised : str
        What of the link promises it: another one scrolls again.
    """
    if promised and st.session_state.get("arrived") != (key, promised):
        st.html(ARRIVAL_SCRIPT % key, unsafe_allow_javascript=True)
    st.session_state["arrived"] = (key, promised)


def only_heard(text: str) -> str:
    """Return the rest of a label that is read aloud and not shown, as Markdown."""
    return f" :gray[{formats.markdown(text)}]"


def header(page: Page, title: str, note: str, *, queries: str | None) -> None:
    """Show a page's title, what it counts, and which export it shows.

    Parameters
    ----------
    page : Page
        For the filters and the run.
    title : str
        The question that the page answers.
    note : str
        How it was counted, in a sentence.
    queries : str or None
        The folder of the page's queries, None for a page without. A filter that none of them
        takes is not part of the view, and is named as not applied.
    """
    st.title(title, anchor=False)
    names = [name for name in database.query_names() if name.split("/")[0] == queries]
    without = unused(page.filters, *names)
    shown = describe(page.filters, without)
    run = formats.markdown(page.export.run_id)
    lines = [note, f"{shown[0].upper()}{shown[1:]} · run {run}", *_not_applied(without)]
    if not formats.sign(page.export.currency):
        lines.insert(1, NO_CURRENCY)
    st.caption("  \n".join(lines))
    _clearing(page.filters, without)


def _clearing(filters: Filters, without: list[str]) -> None:
    """Show a button for each filter that is set and that the page takes; it takes it away."""
    chosen = {name: words for name, words in clearable(filters).items() if name not in without}
    if not chosen:
        return
    with st.container(horizontal=True, key="clearing"):
        for name, words in chosen.items():
            st.button(
                f"Clear {formats.markdown(words)}",
                key=f"clear_{formats.file_part(name)}",
                icon=":material/close:",
                on_click=clear,
                args=(filters, name),
            )


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


def write_to(page: Page, *, words: str = "", **choice: str) -> None:
    """Show the link that makes a campaign of a choice of customers.

    Parameters
    ----------
    page : Page
        For the filters.
    words : str
        Who they are, where a page has several such links: read aloud, and not shown.
    **choice
        Further values of the link; those that are empty are left out.
    """
    kept = {name: value for name, value in choice.items() if value}
    st.page_link(
        "app_pages/campaign.py",
        label=f"Write to them{only_heard(words)}" if words else "Write to them",
        icon=":material/mail:",
        query_params={**page.filters.link, **kept},
    )


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


def facts(pairs: list[tuple[str, str]]) -> None:
    """Show names with their values in a row that wraps; both are taken as plain text."""
    cells = "".join(
        f"<div><span>{formats.html_text(name)}</span><b>{formats.html_text(value)}</b></div>"
        for name, value in pairs
    )
    st.html(f'<div class="facts">{cells}</div>')


def section(title: str, note: str | None = None, *, shows: tuple[str, ...]) -> None:
    """Show a finding as a heading, and under it how it was counted; both are Markdown.

    Parameters
    ----------
    title : str
        The finding.
    note : str, optional
        How it was counted.
    shows : tuple of str
        Names of the queries that the section shows, in words, charts or tables; empty where
        it shows none. A filter that is set and that one of them does not take is named.
    """
    page = current_page()
    lines = [note] if note else []
    if shows:
        lines += _not_applied(ignored(page.filters, *shows))
    # The key is a class of the style sheet: a section's heading is smaller than a person's.
    with st.container(key=f"section_{next(page.numbers)}"):
        st.header(title, anchor=False)
        if lines:
            st.caption("  \n".join(lines))


def not_applied(*queries: str) -> None:
    """Name the filters that are set and that one of some queries outside sections ignores."""
    if lines := _not_applied(ignored(current_page().filters, *queries)):
        st.caption("  \n".join(lines))


def _not_applied(names: list[str]) -> list[str]:
    return [f":material/filter_alt_off: {NOT_APPLIED}: {', '.join(names)}"] if names else []


def stop_unfit(problem: str | None) -> None:
    """End the page where a built segment of its link does not fit the export, and say why."""
    if problem is None:
        return
    st.warning(f"This segment does not fit this export: {problem}.", icon=":material/rule:")
    st.page_link(
        "app_pages/build.py",
        label="Change its conditions",
        icon=":material/tune:",
        query_params={
            **current_page().filters.link,
            "where": st.query_params.get("where", ""),
        },
    )
    st.stop()


def empty(reason: str, advice: str) -> None:
    """Say why there is nothing to show and what to do."""
    st.info(f"{reason} {advice}", icon=":material/info:")
