"""Every block of every page says which filters it does not apply."""

from types import SimpleNamespace

import pytest
from dashboard_shown import close, opened, rows, show, sound
from dashboard_support import exports_root

from dashboard.filters import ignored, unused
from dashboard.navigation import PAGES

NAMES = [name for name, _, _ in PAGES]
EVERY = {"segment": "Loyal", "country": "Germany", "as_of": "1 Sep 2011"}


@pytest.mark.parametrize("page", NAMES)
def test_every_query_of_a_page_is_named_by_what_shows_it(monkeypatch, page):
    """A query that no block names could ignore a filter without a word."""
    shown = show(monkeypatch, "full", page, **EVERY)
    assert shown.ran <= shown.named


def test_a_customer_s_queries_are_named(monkeypatch):
    first = rows("full", "select arg_min(customer_id, ordered_at) as customer_id from orders")
    customer = first["customer_id"][0]
    chosen = {"segment": EVERY["segment"], "country": EVERY["country"]}
    shown = show(monkeypatch, "full", "customers", customer=customer, **chosen)
    assert {"customers/person_orders", "customers/person_probabilities"} <= shown.ran
    assert shown.ran <= shown.named


@pytest.mark.parametrize("page", NAMES)
def test_nothing_is_said_without_a_filter(monkeypatch, page):
    assert not any(section.ignores for section in show(monkeypatch, "full", page).sections)


def test_what_is_not_applied_follows_from_the_queries_parameters():
    chosen = SimpleNamespace(segment="Loyal", country="Germany", is_latest=False)
    assert ignored(chosen, "overview/totals", "overview/segment_shares") == ["segment"]
    assert unused(chosen, "overview/totals", "overview/segment_shares") == []
    assert unused(chosen, "cohorts/retention") == ["segment", "country"]
    assert ignored(chosen, "segments/products") == ["country", "as-of date"]
    nothing = SimpleNamespace(segment=None, country=None, is_latest=True)
    assert ignored(nothing, "data/gates") == []


def test_the_side_bar_does_not_contradict_the_chosen_day(monkeypatch):
    app = sound(opened(monkeypatch, exports_root("full"), "overview", as_of="1 Sep 2011"))
    said = "\n".join(caption.value for caption in app.sidebar.caption)
    assert "As of" not in said and "as of" not in said


@pytest.mark.parametrize(
    ("text", "value", "is_close"),
    [
        ("£8.9 m spent", 8_911_407, True),
        ("£8.9\u202fm spent", 8_960_000, False),
        ("1,234 customers", 1234, True),
        ("1\u202f234 customers", 1233, False),
        ("−3", -3, True),
        ("-3", 3, False),
        ("12%", 0.124, True),
        ("12%", 0.126, False),
        ("<1%", 0.004, True),
        ("<1%", 0.02, False),
        (">99%", 0.995, True),
        ("\\£272\u202fk", 272_300, True),
        ("3 months", 3, True),
    ],
)
def test_close(text, value, is_close):
    assert close(text, value) is is_close
