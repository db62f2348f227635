"""The month as one page: it stands alone, its text is text, and its figures are the files'."""

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pytest
from dashboard_export import Shape, write_export
from dashboard_shown import close, rows
from dashboard_support import KINDS, exports_root

from dashboard.report import main, write

HOSTILE = '<img src=x onerror=alert(1)> & "more"'


class Page(HTMLParser):
    """The tags of a page with their attributes, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._within: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._within.append(tag)

    def handle_endtag(self, tag):
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" not in self._within:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def report(kind: str, folder: Path, currency: str = "GBP") -> str:
    """Return the report of a copy of an export, as the run writes it before its manifest."""
    target = folder / "export"
    shutil.copytree((exports_root(kind) / "current").resolve(), target)
    (target / "manifest.json").unlink()
    return write(target, currency).read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", KINDS)
def test_it_stands_alone(kind, tmp_path):
    page = Page(report(kind, tmp_path))
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "link", "iframe", "object", "form", "a", "base"}
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "href"]
        assert str(attributes.get("src", "data:image/png;")).startswith("data:image/png;")
        assert "url(" not in str(attributes.get("style", ""))
    policy = next(found["content"] for _, found in page.tags if "http-equiv" in found)
    assert "default-src 'none'" in policy
    pictures = [found for tag, found in page.tags if tag == "img"]
    assert all(found["alt"] for found in pictures)
    assert bool(pictures) == any((tmp_path / "export" / "pictures").glob("*.png"))


def test_figures_are_those_of_the_files(tmp_path):
    page = Page(report("full", tmp_path))
    month = rows(
        "full",
        "select sum(net_amount)::double as money, count(distinct customer_id) as people, "
        "count(*) as orders from orders where is_counted "
        "and order_date >= date '2011-11-01' and order_date < date '2011-12-01'",
    ).iloc[0]
    assert "Our customers in November 2011" in page.text
    assert "December 2011 is not complete (orders end on 9 December 2011)" in page.text
    for label, value in (
        ("Revenue", month["money"]),
        ("Customers who ordered", month["people"]),
        ("Orders", month["orders"]),
    ):
        assert close(re.search(rf"{label} (£?\d\S* ?\S*)", page.text)[1], value), label
    segments = rows(
        "full",
        """
        select persona, count(*) as people, count(*) / sum(count(*)) over () as share,
            sum(monetary)::double as money
        from customer_history where is_as_of_date group by persona
        """,
    )
    table = page.text[page.text.index("The segments and what to do") :]
    for row in segments.itertuples():
        cells = table[table.index(f" {row.persona} ") + len(row.persona) + 2 :]
        for place, value in enumerate((row.people, row.share, row.money)):
            assert close(cells, value, place=place), (row.persona, cells[:60])


def test_who_slipped_is_counted(tmp_path):
    page = Page(report("full", tmp_path))
    slipped = rows(
        "full",
        """
        with absent as (
            select segment_id,
                map {'new': 0, 'active': 0, 'slipping': 1, 'mixed': 1, 'gone': 2}[life_cycle]
                    as absence
            from segment_profiles
        )
        select count(*) as people from customer_history as old
        join customer_history as now using (customer_id)
        join absent as a on a.segment_id = old.segment_id
        join absent as b on b.segment_id = now.segment_id
        where old.snapshot_date = date '2011-11-01' and now.snapshot_date = date '2011-12-01'
            and b.absence > a.absence and customer_id not in (
                select customer_id from orders where is_counted
                    and order_date >= date '2011-11-01' and order_date < date '2011-12-01'
            )
        """,
    )["people"][0]
    assert close(re.search(r"(\S+) customers slipped", page.text)[1], slipped)
    assert page.text.count("What to do:") > 1


def test_names_from_data_are_text(tmp_path):
    folder = write_export(tmp_path, Shape(customers=100, months=3))
    path = folder / "segment_profiles.parquet"
    other = tmp_path / "other.parquet"
    duckdb.execute(
        f"copy (select * replace ($1 as recommended_action) from '{path}') to '{other}'",
        [HOSTILE],
    )
    other.replace(path)
    text = write(folder, "<b>").read_text(encoding="utf-8")
    assert "<img src=x" not in text and "<b></b>" not in text
    assert HOSTILE in Page(text).text


def test_no_whole_month_is_said(tmp_path):
    page = Page(report("short", tmp_path))
    is_known = rows("short", "select min(order_date) <= date '2011-11-01' as x from orders")["x"][0]
    assert ("in November 2011" in page.text) == is_known


def test_a_folder_without_an_export(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.argv", ["report", str(tmp_path)])
    assert main() == 2
    assert "no export there" in capsys.readouterr().err
