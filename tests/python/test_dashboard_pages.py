"""Every page on every kind of export, and what is shown where there is none."""

import json
import shutil
from pathlib import Path

import pytest
from dashboard_export import HOSTILE_IDS, Shape, write_export
from dashboard_support import KINDS, PROJECT, exports_root
from streamlit.testing.v1 import AppTest

from dashboard.navigation import PAGES

NAMES = [name for name, _, _ in PAGES]
SCRIPT = str(PROJECT / "dashboard" / "streamlit_app.py")


def opened(monkeypatch, root: Path, page: str = "overview", **query) -> AppTest:
    monkeypatch.setenv("EXPORTS_DIR", str(root))
    app = AppTest.from_file(SCRIPT, default_timeout=90)
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    if page != "overview":
        app.switch_page(f"app_pages/{page}.py")
        for key, value in query.items():
            app.query_params[key] = value
        app.run()
    return app


def sound(app: AppTest) -> AppTest:
    assert not app.exception, [error.message for error in app.exception]
    assert not app.error
    return app


def texts(app: AppTest) -> str:
    parts = [*app.title, *app.header, *app.subheader, *app.markdown, *app.caption, *app.info]
    return "\n".join(str(part.value) for part in parts)


@pytest.mark.parametrize("page", NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_page(monkeypatch, kind, page):
    app = sound(opened(monkeypatch, exports_root(kind), page))
    assert app.title[0].value.endswith("?")
    assert "As of" in texts(app) or "as of" in texts(app)


@pytest.mark.parametrize("page", NAMES)
def test_page_with_every_filter_set(monkeypatch, page):
    query = {"segment": "Loyal", "country": "Germany", "as_of": "1 Sep 2011"}
    app = sound(opened(monkeypatch, exports_root("full"), page, **query))
    assert app.selectbox(key="segment").value == "Loyal"
    assert app.selectbox(key="country").value == "Germany"
    assert str(app.selectbox(key="as_of").value) == "2011-09-01"


def test_a_filter_that_leaves_nothing_says_so(monkeypatch):
    query = {"segment": "Lost", "country": "Portugal", "as_of": "1 Feb 2011"}
    app = sound(opened(monkeypatch, exports_root("full"), "overview", **query))
    assert "No customer matches" in texts(app)


def test_unknown_values_in_a_link_are_dropped(monkeypatch):
    query = {"segment": "<script>", "as_of": "yesterday"}
    app = sound(opened(monkeypatch, exports_root("full"), "overview", **query))
    assert app.selectbox(key="segment").value == "All segments"


@pytest.mark.parametrize("customer", [*HOSTILE_IDS, "nobody", "12400"])
def test_customer_by_link(monkeypatch, customer):
    app = sound(opened(monkeypatch, exports_root("full"), "customers", customer=customer))
    shown = texts(app)
    assert "<img" not in shown.replace("\\<img", "")
    if customer == "nobody":
        assert "There is no customer" in shown
    else:
        assert any(head.value.startswith("Customer ") for head in app.header)


def test_a_flow_by_link(monkeypatch):
    query = {"month": "October 2011", "from": "Champions", "to": "Loyal"}
    app = sound(opened(monkeypatch, exports_root("full"), "movement", **query))
    assert "From Champions to Loyal in October 2011" in texts(app)


def test_a_page_s_query_opens_in_the_console(monkeypatch):
    app = sound(opened(monkeypatch, exports_root("full"), "sql", query="overview/totals"))
    assert "date '2011-12-10'" in app.text_area(key="console_sql").value
    assert not app.warning


def test_console_shows_why_it_refuses(monkeypatch):
    app = sound(opened(monkeypatch, exports_root("full"), "sql"))
    app.text_area(key="console_sql").set_value("drop table orders").run()
    sound(app)
    assert "Only SELECT" in app.code[0].value


def test_minimal_source_has_no_empty_promises(monkeypatch):
    app = sound(opened(monkeypatch, exports_root("minimal"), "segments"))
    assert not [h.value for h in app.subheader if "as common" in h.value or "No " in h.value]
    assert not [box for box in app.selectbox if box.label == "Country"]


@pytest.mark.parametrize("page", NAMES)
def test_no_export_yet(monkeypatch, tmp_path, page):
    app = opened(monkeypatch, tmp_path, page)
    assert not app.exception
    assert app.title[0].value == "There is no export yet"
    assert "make run" in texts(app)


@pytest.fixture
def copy(tmp_path) -> Path:
    """Return a writable copy of the full export's root."""
    root = tmp_path / "exports"
    write_export(root, Shape(customers=60))
    return root


def edit(root: Path, change) -> None:
    path = root / "current" / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("change", "title", "advice"),
    [
        (lambda m: m.update(schema_version=0), "older version", "make run"),
        (lambda m: m.update(schema_version=9), "newer version", "rollback"),
        (lambda m: m.pop("schema_version"), "damaged", "rollback"),
        (lambda m: m["tables"].pop("orders"), "lacks a table", "make run"),
        (lambda m: m["tables"]["orders"].update(sha256="0"), "damaged", "orders.parquet"),
    ],
)
def test_export_that_cannot_be_shown(monkeypatch, copy, change, title, advice):
    edit(copy, change)
    app = opened(monkeypatch, copy)
    assert not app.exception
    assert title in app.title[0].value
    assert advice in texts(app)


def test_damaged_files(monkeypatch, copy):
    (copy / "current" / "orders.parquet").write_bytes(b"PAR1")
    assert "damaged" in opened(monkeypatch, copy).title[0].value
    (copy / "current" / "orders.parquet").unlink()
    assert "missing" in texts(opened(monkeypatch, copy))
    (copy / "current" / "manifest.json").write_text("{")
    assert "damaged" in opened(monkeypatch, copy).title[0].value


def test_a_new_export_is_offered_and_never_mixed(monkeypatch, copy):
    app = sound(opened(monkeypatch, copy))
    assert not [b for b in app.button if b.label == "Show the new export"]
    write_export(copy, Shape(customers=80, run_id="later"))
    app.run()
    sound(app)
    assert "later" not in texts(app)
    (offer,) = [b for b in app.button if b.label == "Show the new export"]
    offer.click().run()
    sound(app)
    assert "later" in texts(app)


def test_an_export_that_was_pruned_gives_way_to_the_current_one(monkeypatch, copy):
    app = sound(opened(monkeypatch, copy))
    old = (copy / "current").resolve()
    write_export(copy, Shape(customers=80, run_id="later"))
    shutil.rmtree(old)
    app.run()
    assert "later" in texts(sound(app))


def test_pages_do_not_change_the_export(monkeypatch, copy):
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    for page in NAMES:
        sound(opened(monkeypatch, copy, page))
    assert before == {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
