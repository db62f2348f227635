"""Pieces that every page is laid out with."""

from pathlib import Path

import streamlit as st

from dashboard import database, formats
from dashboard.filters import (
    Filters,
    clear,
    clearable,
    describe,
    ignored,
    unused,
)
from dashboard.page import Page, current_page

STYLE = Path(__file__).parent / "style.css"
ICON = str(Path(__file__).parent / "icon.svg")
LOGO = str(Path(__file__).parent / "logo.svg")
NOT_APPLIED = "Filters not applied here"
NO_CURRENCY = "Amounts are sums of the source's own amounts, which name no currency."


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
