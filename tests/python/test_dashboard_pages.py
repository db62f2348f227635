"""Every page on every kind of export, and what is shown where there is none."""

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from dashboard_export import HOSTILE_IDS, Shape, write_export
from dashboard_support import KINDS, PROJECT, exports_root
from streamlit.testing.v1 import AppTest

from dashboard import settings
from dashboard.console_page import FIRST
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


def sent(app: AppTest) -> bytes:
    """Return everything that the browser was sent, tables and charts included."""

    def parts(node) -> Iterator[bytes]:
        if (proto := getattr(node, "proto", None)) is not None:
            yield proto.SerializeToString()
        for child in getattr(node, "children", {}).values():
            yield from parts(child)

    return b"\n".join(parts(app._tree))


def folders(*more: Path) -> list[bytes]:
    """Return folders of this machine, which no browser needs to know."""
    known = [PROJECT, Path(sys.prefix), Path.home(), Path(tempfile.gettempdir()), *more]
    known.append(Path(os.environ["STATE_DIR"]))
    return [str(path).encode() for path in {*known, *(path.resolve() for path in known)}]


@pytest.mark.parametrize("page", NAMES)
@pytest.mark.parametrize("kind", ["full", "demo"])
def test_no_page_shows_a_folder_of_the_server(monkeypatch, kind, page):
    app = sound(opened(monkeypatch, exports_root(kind), page))
    content = sent(app)
    assert app.title[0].value.encode() in content and len(content) > 2000
    docs = json.loads((exports_root(kind) / "current" / "manifest.json").read_text())["gates"]
    for folder in folders(Path(docs["data_docs"]).parent):
        assert folder not in content


def test_what_leaves_much_out_stands_on_the_data_page(monkeypatch, tmp_path):
    current = tmp_path / "exports" / "current"
    shutil.copytree((exports_root("short") / "current").resolve(), current)
    manifest = json.loads((current / "manifest.json").read_text())
    lost = "62% of the lines are left out as no_customer <b>(no customer id)</b>."
    (current / "manifest.json").write_text(json.dumps({**manifest, "losses": [lost]}))
    app = sound(opened(monkeypatch, current.parent, "data"))
    (warning,) = app.warning
    assert "62% of the lines are left out" in warning.value and "<b>" not in warning.value
    assert not sound(opened(monkeypatch, exports_root("short"), "data")).warning


def test_what_was_paid_in_other_currencies_stands_on_the_data_page(monkeypatch, tmp_path):
    current = tmp_path / "exports" / "current"
    shutil.copytree((exports_root("short") / "current").resolve(), current)
    manifest = json.loads((current / "manifest.json").read_text())
    figures = {
        **{"currency": "USD", "raw_rows": 7, "kept_rows": 6},
        **{"raw_amount_in_currency": "1047.03", "raw_amount": "523.515"},
        **{"kept_amount_in_currency": "1040.03", "kept_amount": "520.015"},
    }
    unread = {**figures, "currency": None, "raw_amount": "0"}
    manifest["account"]["currencies"] = [unread, figures]
    (current / "manifest.json").write_text(json.dumps(manifest))
    app = sound(opened(monkeypatch, current.parent, "data"))
    (table,) = [one.value for one in app.dataframe if "raw_amount_in_currency" in one.value]
    assert table.to_dict("records")[1] == {
        **{"currency": "USD", "raw_rows": 7, "raw_amount_in_currency": 1047.03},
        **{"raw_amount": 523.515, "kept_amount_in_currency": 1040.03, "kept_amount": 520.015},
    }
    assert table["currency"][0] == "(does not read)"
    assert "Paid in 1 currency and shown in " in texts(app)
    assert "Paid in" not in texts(sound(opened(monkeypatch, exports_root("short"), "data")))


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
    assert "Only SELECT" in app.code[-1].value


def test_the_page_answers_after_a_bomb(monkeypatch, copy):
    monkeypatch.setattr(settings, "CONSOLE_SECONDS", 1)
    app = sound(opened(monkeypatch, copy, "sql"))
    for bomb, reason in (
        ("select array_to_string(range(200000000),',')", "more memory"),
        ("select " + ", ".join(["*"] * 1500) + " from orders", "Stopped after 1 second"),
    ):
        app.text_area(key="console_sql").set_value(bomb).run()
        assert reason in sound(app).code[-1].value
        assert [box.value for box in app.warning] == ["This does not run."]
    app.text_area(key="console_sql").set_value(FIRST).run()
    assert not sound(app).warning and len(app.dataframe[0].value) == 6
    sound(app.switch_page("app_pages/segments.py").run())
    assert app.title[0].value.endswith("?")


def test_a_click_does_not_run_a_statement_again(monkeypatch, copy):
    app = sound(opened(monkeypatch, copy, "sql"))
    app.text_area(key="console_sql").set_value("select random() as a, 1 as b from range(3)").run()
    first = app.dataframe[0].value
    (across,) = [box for box in app.selectbox if box.label == "Across"]
    across.set_value("b").run()
    assert sound(app).dataframe[0].value.equals(first)
    (run,) = [button for button in app.button if button.label == "Run"]
    run.click().run()
    assert not sound(app).dataframe[0].value.equals(first)


def test_numbers_of_an_answer_are_grouped_and_identifiers_are_not(monkeypatch, copy):
    app = sound(opened(monkeypatch, copy, "sql"))
    sql = (
        "select 278742 as customers, 278742.02::decimal(38, 9) as revenue, 0.25::double as share, "
        "12345 as customer_id, 2011 as year, year(date '2011-12-10'), date '2011-12-10' as day, "
        "'Lost' as persona"
    )
    app.text_area(key="console_sql").set_value(sql).run()
    columns = json.loads(sound(app).dataframe[0].proto.columns)
    hidden = [name for name, set_up in columns.items() if set_up and set_up.get("hidden")]
    assert hidden == ["_index"]
    formats = {name: (set_up or {}).get("type_config") or {} for name, set_up in columns.items()}
    shown = {name: set_up.get("format") for name, set_up in formats.items() if set_up}
    assert shown["customers"] == "%,d" and shown["revenue"] == "%,.2f"
    assert not {"customer_id", "year", "share"} & {name for name in shown if shown[name]}
    assert formats["day"]["type"] == "date"
    assert not [name for name in shown if name.startswith("year(") and shown[name]]


def test_minimal_source_has_no_empty_promises(monkeypatch):
    app = sound(opened(monkeypatch, exports_root("minimal"), "segments"))
    assert not [h.value for h in app.header if "as common" in h.value or "No " in h.value]
    assert not [box for box in app.selectbox if box.label == "Country"]


@pytest.mark.parametrize("page", NAMES)
def test_no_export_yet(monkeypatch, tmp_path, page):
    app = opened(monkeypatch, tmp_path, page)
    assert not app.exception
    assert app.title[0].value == "There is no export yet"
    assert "make run" in texts(app)
    for folder in folders(tmp_path):
        assert folder not in sent(app)


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
def test_export_that_cannot_be_shown(monkeypatch, caplog, copy, change, title, advice):
    # A run in this process has made the root logger quiet.
    caplog.set_level("WARNING", logger="dashboard")
    edit(copy, change)
    app = opened(monkeypatch, copy)
    for folder in folders(copy):
        assert folder not in sent(app)
    assert str((copy / "current").resolve()) in caplog.text
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


def test_a_damaged_activation_list(monkeypatch, copy):
    """Whom a campaign writes to is nothing to guess."""
    path = copy / "current" / "activation.csv"
    path.write_text(path.read_text().replace(",true", ",false", 1))
    assert "`activation.csv` is not the file" in texts(opened(monkeypatch, copy))
    path.unlink()
    assert "`activation.csv` is missing" in texts(opened(monkeypatch, copy))


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
