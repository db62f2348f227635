"""What a page of the dashboard shows, read from the page itself, and the files to check it by.

A test opens a page with `show`, takes the figures that a reader sees (`Shown`) and compares them
with SQL of its own over the export's parquet files (`files`). `close` compares a text such as
``£8.9 m`` with the value that it should stand for.
"""

import io
import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from dashboard_support import PROJECT, exports_root
from streamlit.testing.v1 import AppTest

from dashboard import components, figures
from dashboard.page import Page

SCRIPT = str(PROJECT / "dashboard" / "streamlit_app.py")
UNITS = {"bn": 1e9, "m": 1e6, "k": 1e3, "%": 0.01}
NUMBER = re.compile(r"(?<![\w.])([<>]?)([−-]?)([^\d\s<>−%-]{0,3}\u202f?)(\d[\d,\u202f]*(?:\.\d+)?)")


@dataclass
class Section:
    """A heading with what stands under it, up to the next heading.

    Attributes
    ----------
    title, note : str
        The heading, and the caption below it without the line of filters.
    ignores : set of str
        The filters that the section says it does not apply.
    texts : list of str
        Other text, in order.
    """

    title: str
    note: str = ""
    ignores: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)


@dataclass
class Shown:
    """A page as it is shown.

    Attributes
    ----------
    app : AppTest
        The page.
    sections : list of Section
        In order; the first holds what stands before any heading, with the page's title.
    metrics : dict of str to (str, str, list of float)
        By label: the figure, its change and the values of its line.
    charts : dict of str to list of DataFrame
        By the figure's key: the data that the chart draws.
    alternatives : dict of str to str
        By the figure's key: the chart's text for those who do not see it.
    numbers : dict of str to DataFrame
        By the figure's key: the table behind the chart.
    tables : list of DataFrame
        All other tables, in order.
    downloads : dict of str to bytes
        By the button's key.
    ran, named : set of str
        Queries that the page ran, and those that its sections name as shown.
    """

    app: AppTest
    sections: list[Section] = field(default_factory=list)
    metrics: dict[str, tuple[str, str, list[float]]] = field(default_factory=dict)
    charts: dict[str, list[pd.DataFrame]] = field(default_factory=dict)
    alternatives: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, pd.DataFrame] = field(default_factory=dict)
    tables: list[pd.DataFrame] = field(default_factory=list)
    downloads: dict[str, bytes] = field(default_factory=dict)
    ran: set[str] = field(default_factory=set)
    named: set[str] = field(default_factory=set)

    def section(self, pattern: str) -> Section:
        """Return the only section whose title matches a regular expression."""
        found = [section for section in self.sections if re.search(pattern, section.title)]
        assert len(found) == 1, (pattern, [section.title for section in self.sections])
        return found[0]

    def downloaded(self, key: str) -> pd.DataFrame:
        """Return the rows of a download; ids stay text."""
        return pd.read_csv(io.BytesIO(self.downloads[key]), dtype={"customer_id": str})


@dataclass(frozen=True)
class Choice:
    """Filters to open a page with.

    Attributes
    ----------
    segment, country : str or None
        None for all.
    as_of : date
        The chosen day.
    latest : date
        The export's own day.
    """

    segment: str | None
    country: str | None
    as_of: date
    latest: date

    @property
    def query(self) -> dict[str, str]:
        """The query string of the view."""
        day = f"{self.as_of.day} {self.as_of:%b %Y}" if self.as_of != self.latest else None
        found = {"segment": self.segment, "country": self.country, "as_of": day}
        return {name: value for name, value in found.items() if value}

    @property
    def params(self) -> dict[str, Any]:
        """Values for a query over the files."""
        return {"segment": self.segment, "country": self.country, "as_of": self.as_of}

    def names(self, *ignored: str) -> set[str]:
        """Return which of some filters (``segment``, ``as-of date``) are set."""
        named = {"as_of": "as-of date"}
        return {named.get(name, name) for name in self.query} & set(ignored)


CHOICES = ("none", "segment", "country", "as-of date", "every")


def choice(kind: str, name: str) -> Choice:
    """Return one of `CHOICES` for an export: filters with values that its files hold."""
    row = rows(
        kind,
        """
        select
            (select max(snapshot_date) from customer_history where is_as_of_date) as latest,
            (
                select persona from segment_profiles order by customer_count desc limit 1 offset 1
            ) as segment,
            (select mode(country) from customers) as country,
            (
                select distinct snapshot_date from customer_history where is_month_end
                order by 1 desc limit 1 offset 3
            ) as earlier
        """,
    ).iloc[0]
    latest = row["latest"].date()
    chosen = {name} if name != "every" else {"segment", "country", "as-of date"}
    return Choice(
        row["segment"] if "segment" in chosen else None,
        row["country"] if "country" in chosen and isinstance(row["country"], str) else None,
        row["earlier"].date() if "as-of date" in chosen else latest,
        latest,
    )


def opened(monkeypatch: Any, root: Path, page: str = "overview", **query: str) -> AppTest:
    """Return the app at a page, with a query string."""
    monkeypatch.setenv("EXPORTS_DIR", str(root))
    app = AppTest.from_file(SCRIPT, default_timeout=90)
    app.query_params.update(query)
    app.run()
    if page != "overview":
        app.switch_page(f"app_pages/{page}.py")
        app.query_params.update(query)
        app.run()
    return app


def sound(app: AppTest) -> AppTest:
    """Return the app after a look for exceptions and errors."""
    assert not app.exception, [error.message for error in app.exception]
    assert not app.error
    return app


def texts(app: AppTest) -> str:
    """Return all text of a page."""
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.info]
    return "\n".join(str(part.value) for part in parts)


def show(monkeypatch: Any, kind: str, page: str = "overview", **query: str) -> Shown:
    """Open a page of an export, with the tables behind its charts, and read what it shows."""
    ran: set[str] = set()
    named: set[str] = set()
    contents: dict[str, Any] = {}
    _watch(monkeypatch, ran, named, contents)
    app = sound(opened(monkeypatch, exports_root(kind), page, **query))
    for box in app.main.get("popover"):
        app.session_state[_key(box.proto.popover.id)] = True
    sound(app.run())
    shown = Shown(app, ran=ran, named=named)
    _read(shown)
    shown.downloads = {key: content() for key, content in contents.items()}
    return shown


def _watch(monkeypatch: Any, ran: set[str], named: set[str], contents: dict[str, Any]) -> None:
    """Note which queries a page runs and names, and what its downloads hold."""
    run, run_once = Page.run, Page.run_once
    ignored, download = components.ignored, figures.download

    def noted(method: Any) -> Any:
        def call(self: Any, name: str, **params: Any) -> pd.DataFrame:
            ran.add(name)
            return method(self, name, **params)

        return call

    def declared(filters: Any, *queries: str) -> list[str]:
        named.update(queries)
        return ignored(filters, *queries)

    def kept(label: str, content: Any, *, name: str, key: str) -> None:
        contents[key] = content
        download(label, content, name=name, key=key)

    monkeypatch.setattr(Page, "run", noted(run))
    monkeypatch.setattr(Page, "run_once", noted(run_once))
    monkeypatch.setattr(components, "ignored", declared)
    monkeypatch.setattr(figures, "download", kept)


def _key(element_id: str) -> str:
    """Return a widget's key: what stands behind the hash of its id."""
    return element_id.split("-", 2)[2]


def _read(shown: Shown) -> None:
    shown.sections.append(Section(shown.app.title[0].value))
    charts: list[Any] = []
    for element in _elements(shown.app.main):
        section = shown.sections[-1]
        kind = element.type
        if kind in ("subheader", "header"):
            shown.sections.append(Section(element.value))
        elif kind == "metric":
            proto = element.proto
            shown.metrics[proto.label] = (proto.body, proto.delta, list(proto.chart_data))
        elif kind == "vega_lite_chart":
            charts.append(element.proto)
        elif kind == "popover":
            key = _key(element.proto.popover.id).removesuffix("_numbers")
            proto = charts.pop()
            shown.charts[key] = [_frame(data.data.data) for data in proto.datasets]
            shown.alternatives[key] = proto.alt
            shown.numbers[key] = next(iter(_tables(element)))
        elif kind == "dataframe":
            shown.tables.append(element.value)
        elif kind == "html":
            body = re.sub(r"<script>.*?</script>", "", element.proto.body, flags=re.DOTALL)
            if body.strip():
                section.texts.append(re.sub(r"<[^>]*>", " ", body))
        elif kind in ("caption", "markdown", "info"):
            _read_text(section, element)


def _read_text(section: Section, element: Any) -> None:
    lines = element.value.split("  \n")
    said = [line for line in lines if components.NOT_APPLIED in line]
    for line in said:
        section.ignores.update(line.split(": ")[-1].split(", "))
    rest = "\n".join(line for line in lines if line not in said)
    if element.type == "caption" and not section.note:
        section.note = rest
    else:
        section.texts.append(rest)


def _elements(node: Any) -> Any:
    """Yield the elements of a page in order; what a popover holds comes with it."""
    for child in node.children.values():
        yield child
        if child.type != "popover" and hasattr(child, "children"):
            yield from _elements(child)


def _tables(node: Any) -> Any:
    for child in node.children.values():
        if child.type == "dataframe":
            yield child.value
        elif hasattr(child, "children"):
            yield from _tables(child)


def _frame(data: bytes) -> pd.DataFrame:
    return pa.ipc.open_stream(data).read_pandas()


@cache
def files(kind: str) -> duckdb.DuckDBPyConnection:
    """Return a connection to the export's parquet files alone, one view a file."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    for path in (exports_root(kind) / "current").resolve().glob("*.parquet"):
        con.execute(f"create view {path.stem} as from '{path}'")
    return con


def rows(kind: str, sql: str, **params: Any) -> pd.DataFrame:
    """Return what a query over the files gives; parameters that it does not name are left out."""
    named = duckdb.extract_statements(sql)[0].named_parameters
    return files(kind).execute(sql, {name: params[name] for name in named}).df()


def close(text: str, value: float, *, place: int = 0) -> bool:
    """Return whether a number in a text is a value, as exactly as it is written.

    Parameters
    ----------
    text : str
        With numbers such as ``1,234``, ``£8.9 m``, ``−3``, ``12%`` or ``<1%``.
    value : float
        What it should be; a share is 0 to 1.
    place : int
        Which number of the text, from 0.
    """
    plain = text.replace("\\", "")
    match = list(NUMBER.finditer(plain))[place]
    bound, sign, _, digits = match.groups()
    digits = re.sub(r"[,\u202f]", "", digits)
    unit = re.match(r"[\u202f\s]?(bn|m|k|%)(?!\w)", plain[match.end() :])
    size = UNITS[unit[1]] if unit else 1.0
    shown = float(digits) * size * (-1 if sign else 1)
    if bound:
        return value < shown if bound == "<" else value > shown
    decimals = len(digits.partition(".")[2])
    return abs(shown - value) <= 0.5 * size * 10**-decimals * 1.000001
