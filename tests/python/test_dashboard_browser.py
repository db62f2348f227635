"""A real browser walks the dashboard as a person would."""

import csv
import re

import pytest
from dashboard_support import exports_root

from dashboard.navigation import PAGES
from dashboard.serving import browser, chromium, server, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no chromium: apt-get install chromium"),
]

IGNORED = re.compile(r"/_stcore/(health|host-config)")
"""Streamlit looks for its own server below a page's path first; the 404 is its answer."""


@pytest.fixture(scope="module")
def address():
    with server(exports_root("full")) as found:
        yield found


@pytest.fixture(scope="module")
def chrome():
    with browser() as found:
        yield found


@pytest.fixture
def view(chrome, address):
    """Yield a page; afterwards, fail on exception boxes, console errors and foreign requests."""
    context = chrome.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(30_000)
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(f"page: {error}"))
    page.on("console", lambda m: troubles.append(m.text) if _is_trouble(m) else None)
    page.on("request", lambda r: troubles.append(r.url) if _is_foreign(r.url, address) else None)
    yield page
    assert page.locator("[data-testid='stException']").count() == 0
    context.close()
    assert troubles == []


def _is_trouble(message) -> bool:
    where = (message.location or {}).get("url", "")
    return message.type == "error" and not IGNORED.search(where)


def _is_foreign(url: str, address: str) -> bool:
    return not url.startswith((address, address.replace("http", "ws"), "data:", "blob:"))


def show(view, address: str, path: str = "") -> None:
    view.goto(f"{address}/{path}")
    settled(view)


def menu(view, title: str) -> None:
    view.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
    view.wait_for_timeout(300)
    settled(view)


def test_walk_every_page(view, address):
    show(view, address)
    titles = set()
    for _, title, _ in PAGES:
        menu(view, title)
        titles.add(view.locator("h1").first.inner_text())
        assert view.get_by_test_id("stMain").get_by_text("As of").first.is_visible()
    assert len(titles) == len(PAGES)


def test_charts_have_words_and_tables(view, address):
    show(view, address)
    labels = view.locator("[data-testid='stVegaLiteChart']").evaluate_all(
        "charts => charts.map(c => c.closest('[aria-label]')?.getAttribute('aria-label') "
        "|| c.querySelector('[aria-label]')?.getAttribute('aria-label') || '')"
    )
    assert labels and all(len(label) > 20 for label in labels)
    view.get_by_role("button", name="Numbers").first.click()
    view.locator("[data-testid='stPopoverBody'] [data-testid='stDataFrame']").wait_for()


def test_filter_lives_in_the_link_and_back_works(view, address):
    show(view, address)
    view.get_by_test_id("stSidebar").get_by_role("combobox").first.click()
    view.get_by_role("option", name="Loyal", exact=True).click()
    view.wait_for_url("**segment=Loyal**")
    settled(view)
    assert "Loyal are" in view.locator(".lead").inner_text()
    menu(view, "Customers")
    assert "segment=Loyal" in view.url
    view.go_back()
    view.wait_for_timeout(500)
    settled(view)
    assert "segment=Loyal" in view.url
    assert view.locator("h1").first.inner_text().startswith("How are")


def test_shared_link(view, address):
    show(view, address, "customers?segment=Champions&search=12&sort=Most+orders&customer=12400")
    assert view.get_by_role("heading", name="Customer 12400").is_visible()
    assert view.get_by_label("Customer id").input_value() == "12"
    sort = view.locator("[data-testid='stSelectbox']", has_text="Sort by")
    assert "Most orders" in (sort.inner_text() + sort.locator("input").input_value())


def test_open_a_customer_from_the_table(view, address):
    show(view, address, "customers")
    table = view.locator(".stDataFrameGlideDataEditor").first
    table.click(position={"x": 16, "y": 55})
    view.wait_for_url("**customer=**")
    view.get_by_role("heading", name=re.compile("^Customer ")).first.wait_for()
    settled(view)
    chosen = view.url
    menu(view, "Segments")
    view.locator(".stDataFrameGlideDataEditor").last.click(position={"x": 16, "y": 55})
    view.wait_for_url("**/customers?**customer=**")
    view.get_by_role("heading", name=re.compile("^Customer ")).first.wait_for()
    assert "customer=" in chosen


def test_hostile_names_stay_text(view, address):
    show(view, address, "customers?customer=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E")
    assert view.locator("[data-testid='stMain'] img[src='x']").count() == 0
    assert view.get_by_role("heading", name=re.compile("<img src=x")).is_visible()


def test_best_customers_and_slipping_in_three_clicks(view, address):
    show(view, address)
    view.get_by_role("link", name="See them").first.click()
    view.wait_for_url("**/movement**")
    view.get_by_role("heading", name=re.compile("^From .* to ")).wait_for()
    menu(view, "Segments")
    assert view.get_by_role("heading", name=re.compile("who spent most")).is_visible()


def test_whether_the_model_is_any_good_and_where_rows_went_are_one_click_away(view, address):
    show(view, address)
    menu(view, "Model")
    assert view.get_by_role("heading", name=re.compile("best RFM rules")).is_visible()
    menu(view, "Data")
    assert view.get_by_role("heading", name=re.compile("rows were left out because")).is_visible()


def test_the_numbers_behind_a_chart_open_with_the_keyboard_alone(view, address):
    show(view, address)
    focused = "document.activeElement.closest('button')?.innerText ?? ''"
    for _ in range(80):
        view.keyboard.press("Tab")
        if "Numbers" in view.evaluate(focused):
            break
    else:
        pytest.fail("the Tab key never reaches the numbers behind a chart")
    view.keyboard.press("Enter")
    view.locator("[data-testid='stPopoverBody'] [data-testid='stDataFrame']").wait_for()


def test_run_a_query(view, address):
    show(view, address, "sql")
    editor = view.get_by_label("SQL", exact=True)
    editor.fill("select 6 * 7 as answer, persona from personas order by persona")
    editor.press("Control+Enter")
    view.get_by_text("6 rows in").wait_for()
    editor.fill("drop table orders")
    editor.press("Control+Enter")
    view.get_by_text("Only SELECT runs here").wait_for()


def test_download(view, address, tmp_path):
    show(view, address, "customers?segment=Champions")
    with view.expect_download() as waiting:
        view.get_by_role("button", name="Download all").click()
    path = tmp_path / "customers.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) > 10 and {row["persona"] for row in rows} == {"Champions"}


def test_phone_in_the_dark_theme(chrome, address):
    context = chrome.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    for name, _, _ in PAGES:
        show(page, address, "" if name == "overview" else name)
        assert page.locator("[data-testid='stException']").count() == 0
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{name} is {wide} pixels wide"
    context.close()
