"""The dashboard for everyone: axe-core's findings, contrast, names, and what a press does."""

from collections import Counter
from importlib.resources import files

import pytest
from dashboard_support import exports_root

from dashboard.navigation import PAGES
from dashboard.serving import browser, chromium, server, settled
from dashboard.theme import DARK, LIGHT, SEGMENT_COLOURS

in_a_browser = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no chromium: apt-get install chromium"),
]
SHOWN = [
    *("" if name == "overview" else name for name, _, _ in PAGES if name != "customers"),
    "customers?customer=12400",
]

# What has colours of its own.
BUILT = (
    "build?where=%5B%5B%5B%22monetary%22%2C%22%3E%3D%22%2C500%5D%2C%5B%22persona%22%2C%22%3D%22%2C"
    "%5B%22Loyal%22%5D%5D%5D%2C%5B%5B%22product%22%2C%22%3D%22%2C%2285003%22%5D%5D%5D"
)
"""Two alternatives, of a number, names and a product."""
IN_THE_DARK = [
    "?segment=Loyal&country=Germany&as_of=1+Sep+2011", "segments", "sql", BUILT, "compare",
    "products",
]  # fmt: skip
# A chart has a text of its own, and up to thousands of marks.
WITHOUT_MARKS = {"exclude": [["[data-testid='stVegaLiteChart'] svg g g"]]}
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def test_the_contrast_is_w3c_s():
    """Figures of the W3C's own techniques: #767676 is the lightest grey on white that passes."""
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") >= 4.5 > contrast("#777777", "#FFFFFF")


@pytest.mark.parametrize("look", [LIGHT, DARK], ids=lambda look: look.mode)
def test_text_is_readable_and_marks_are_seen(look):
    for text in (look.text, look.muted, look.accent, look.negative):
        assert contrast(text, look.surface) >= 4.5, text
    assert contrast(look.inverse, look.accent) >= 4.5
    for mark in (*SEGMENT_COLOURS, look.faint):
        assert contrast(mark, look.surface) >= 3, mark


@pytest.fixture(scope="module")
def address():
    with server(exports_root("full")) as found:
        yield found


@pytest.fixture(scope="module")
def chrome():
    with browser() as found:
        yield found


@pytest.fixture(params=["light", "dark"])
def themed(request, chrome):
    """Yield a page as high as any, as axe judges no contrast outside it, and paths to look at."""
    context = chrome.new_context(
        viewport={"width": 1280, "height": 6000}, color_scheme=request.param
    )
    yield context.new_page(), [*SHOWN, BUILT] if request.param == "light" else IN_THE_DARK
    context.close()


@pytest.fixture
def view(chrome):
    context = chrome.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def show(view, address: str, path: str) -> None:
    view.goto(f"{address}/{path}")
    settled(view)


class TestInABrowser:
    pytestmark = in_a_browser

    def test_axe_finds_nothing(self, themed, address):
        """Nor do two buttons have one name, which axe does not ask."""
        page, paths = themed
        found = []
        for path in paths:
            show(page, address, path)
            page.evaluate(AXE)
            result = page.evaluate("context => axe.run(context)", WITHOUT_MARKS)
            assert len(result["passes"]) > 10
            found += [
                (path, rule["id"], node["html"][:120])
                for rule in result["violations"]
                for node in rule["nodes"]
            ]
            buttons = page.get_by_test_id("stMain").get_by_role("button").all_inner_texts()
            names = Counter(" ".join(name.split()) for name in buttons)
            found += [(path, "twice", name) for name, n in names.items() if name and n > 1]
        assert found == []

    def test_axe_finds_what_is_wrong(self, view, address):
        show(view, address, "")
        view.evaluate(
            "document.querySelector('h1').outerHTML = '<h3 style=\"color: #BBBBBB\">Title</h3>'"
        )
        view.evaluate(AXE)
        rules = {rule["id"] for rule in view.evaluate("axe.run(document)")["violations"]}
        assert "color-contrast" in rules

    def test_what_has_the_focus_is_seen(self, view, address):
        show(view, address, "")
        for _ in range(25):
            view.keyboard.press("Tab")
            style = view.evaluate(
                "(() => { const s = getComputedStyle(document.activeElement); "
                "return [document.activeElement.tagName, s.outlineStyle, s.outlineWidth]; })()"
            )
            if style[0] in ("A", "BUTTON"):
                assert style[1:] == ["solid", "3px"], style

    def test_clear_takes_a_filter_away_and_back_brings_it_again(self, view, address):
        show(view, address, "?segment=Loyal&country=Germany")
        view.get_by_role("button", name="Clear Loyal").click()
        view.wait_for_url(lambda url: "segment" not in url and "country=Germany" in url)
        settled(view)
        assert view.get_by_role("button", name="Clear Loyal").count() == 0
        view.go_back()
        view.get_by_role("button", name="Clear Loyal").wait_for()
        assert "segment=Loyal" in view.url

    @pytest.mark.parametrize("link", ["See them", "Write to them"])
    def test_back_takes_one_press(self, view, address, link):
        show(view, address, "")
        view.get_by_role("link", name=link).first.click()
        view.wait_for_url("**from=**")
        settled(view)
        view.go_back()
        view.wait_for_url(f"{address}/")
        settled(view)
        assert view.locator("h1").first.inner_text().startswith("How are")

    def test_a_campaign_is_two_clicks_from_any_list(self, view, address):
        for path in ("segments", "movement", "customers?search=12"):
            show(view, address, path)
            view.get_by_role("link", name="Write to them").first.click()
            view.wait_for_url("**/campaign**")
            settled(view)
            with view.expect_download() as waiting:
                view.get_by_role("button", name="Klaviyo").click()
            assert waiting.value.suggested_filename.startswith("campaign_klaviyo")
            if path.startswith("customers"):
                assert view.get_by_role("heading", name="with “12” in the id").is_visible()

    def test_the_menu_of_a_phone_closes_after_choosing(self, chrome, address):
        context = chrome.new_context(viewport={"width": 390, "height": 844})
        page = context.new_page()
        show(page, address, "")
        page.get_by_test_id("stExpandSidebarButton").click()
        page.wait_for_timeout(600)
        side_bar = page.get_by_test_id("stSidebar")
        assert side_bar.bounding_box()["x"] == 0
        page.get_by_test_id("stSidebarNav").get_by_text("Segments", exact=True).click()
        page.wait_for_url("**/segments")
        settled(page)
        assert side_bar.bounding_box()["x"] < 0
        context.close()
