"""A click on a mark or a row leads to exactly those people, in a browser, and Back leads back.

What a mark stands for is read from its own label; how many people the page then says there are is
compared with SQL over the export's files. Each task's clicks are counted.
"""

import csv
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from dashboard_shown import rows
from dashboard_support import exports_root

from dashboard.serving import browser, chromium, server, settled

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no chromium: apt-get install chromium"),
]
CHART = "[data-testid='stVegaLiteChart']"


@pytest.fixture(scope="module")
def address():
    with server(exports_root("full")) as found:
        yield found


@pytest.fixture(scope="module")
def chrome():
    with browser() as found:
        yield found


class View:
    """A page in a browser that counts its clicks."""

    def __init__(self, page, address: str) -> None:
        self.page, self.address, self.clicks = page, address, 0

    def show(self, path: str = "") -> None:
        self.page.goto(f"{self.address}/{path}")
        settled(self.page)
        self.clicks = 0

    def press(self, locator) -> None:
        self.clicks += 1
        locator.click()

    def press_mark(self, pattern: str, chart: int = 0) -> re.Match:
        """Click the first mark of a chart whose label matches; return the match."""
        marks = self.page.locator(CHART).nth(chart).locator("path[aria-roledescription]")
        labels = marks.evaluate_all("all => all.map(m => m.getAttribute('aria-label') || '')")
        place, found = next(
            (at, match) for at, label in enumerate(labels) if (match := re.search(pattern, label))
        )
        mark = marks.nth(place)
        mark.scroll_into_view_if_needed()
        box = mark.bounding_box()
        self.clicks += 1
        # Off the middle, where a label may stand.
        at = {side: min(6, box[side] / 2) for side in ("width", "height")}
        self.page.mouse.click(box["x"] + at["width"], box["y"] + at["height"])
        return found

    def customers(self) -> int:
        """Return how many customers the page of customers says there are."""
        self.page.wait_for_url("**/customers?**")
        self.page.get_by_role("heading", name="Who is this customer?").wait_for()
        settled(self.page)
        said = self.page.get_by_text("who spent").first.inner_text()
        return int(said.split(" ")[0].replace(",", ""))

    def back(self, path: str) -> None:
        """Go back by one press, to the page that the click was on."""
        self.page.go_back()
        self.page.wait_for_url(f"{self.address}/{path}")
        settled(self.page)
        assert self.page.url == f"{self.address}/{path}"

    @property
    def link(self) -> dict[str, str]:
        return {key: value[0] for key, value in parse_qs(urlsplit(self.page.url).query).items()}


@pytest.fixture
def view(chrome, address):
    context = chrome.new_context(viewport={"width": 1280, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield View(page, address)
    assert page.locator("[data-testid='stException']").count() == 0
    context.close()


def number(sql: str, **params) -> int:
    return int(rows("full", sql, **params).iloc[0, 0])


IN_SEGMENT = "select count(*) from customer_segments where persona = $persona"


def test_a_bar_of_the_overview(view):
    view.show()
    persona = view.press_mark(r"Segment: ([^;]+);")[1]
    assert view.customers() == number(IN_SEGMENT, persona=persona) > 0
    assert view.link == {"segment": persona}
    view.back("")
    assert view.page.locator("h1").first.inner_text().startswith("How are")


def test_a_dot_of_the_customer_map(view):
    view.show()
    dot = view.press_mark(r"Customers here: ([2-9]|\d\d+);", chart=1)
    assert view.customers() == int(dot[1])
    ((least, below, *_),) = json.loads(view.link["where"])
    assert number(
        "select count(*) from customer_segments where recency_days >= $low "
        "and recency_days < $high",
        low=least[2], high=below[2],
    ) >= int(dot[1])  # fmt: skip
    view.back("")


FLOW = """
    select count(*) from customer_history as now
    left join customer_history as old
        on old.customer_id = now.customer_id and old.snapshot_date = date '2011-11-01'
    where now.snapshot_date = date '2011-12-01' and now.persona = $end
        and old.persona is not distinct from $start
"""


@pytest.mark.parametrize("kind", ["moved", "stayed", "first order"])
def test_a_cell_of_the_movement_matrix(view, kind):
    view.show("movement")
    pattern = {
        "moved": r"From: (?!First order)([^;]+); To: (?!\1;)([^;]+); Customers: (\d+)",
        "stayed": r"From: ([^;]+); To: (\1); Customers: (\d+)",
        "first order": r"From: (First order); To: ([^;]+); Customers: (\d+)",
    }[kind]
    start, end, count = view.press_mark(pattern).groups()
    asked = {"start": None if kind == "first order" else start, "end": end}
    assert view.customers() == int(count) == number(FLOW, **asked)
    assert view.link["from"] == start and view.link["to"] == end
    if kind == "moved":
        view.press(view.page.get_by_role("link", name="Write to them"))
        view.page.wait_for_url("**/campaign?**")
        view.page.get_by_role("heading", name=re.compile("^Write to ")).wait_for()
        settled(view.page)
        with view.page.expect_download():
            view.press(view.page.get_by_role("button", name="Klaviyo"))
        assert view.clicks == 3
        view.page.go_back()
        view.page.wait_for_url("**/customers?**")
    view.page.get_by_role("button", name="Clear this choice").wait_for()
    settled(view.page)
    view.press(view.page.get_by_role("button", name="Clear this choice"))
    view.page.wait_for_url(lambda url: "from=" not in url)
    assert view.customers() == number(
        "select count(*) from customer_history where snapshot_date = date '2011-12-01'"
    )


def test_a_cell_of_the_cohorts(view):
    view.show("cohorts")
    cell = view.press_mark(r"months_since: 2;.*First order in: March 2011; Customers: (\d+)")
    found = view.customers()
    assert 0 < found < int(cell[1])
    assert found == number(
        """
        select count(*) from (
            select customer_id from orders where is_counted group by customer_id
            having date_trunc('month', min(order_date)) = date '2011-03-01'
                and bool_or(date_trunc('month', order_date) = date '2011-05-01')
        )
        """
    )
    view.back("cohorts")


def test_a_bar_of_a_distribution_and_a_cell_of_the_heat_map(view):
    view.show("segments")
    assert view.press_mark(r"Segment: Lost;")
    assert view.customers() == number(IN_SEGMENT, persona="Lost")
    view.back("segments")
    view.show("segments?segment=Loyal")
    assert view.press_mark(r"Segment: Lost;")
    assert view.customers() == number(IN_SEGMENT, persona="Lost")
    view.back("segments?segment=Loyal")
    bar = view.press_mark(r"Orders: (\d)–(\d);", chart=3)
    assert view.customers() == number(
        IN_SEGMENT + " and frequency between $low and $high",
        persona="Loyal", low=int(bar[1]), high=int(bar[2]),
    )  # fmt: skip


def test_one_press_of_back_whatever_a_mark_replaces(view):
    start = "movement?country=Germany&as_of=1+Dec+2011&month=October+2011"
    view.show(start)
    view.press_mark(r"From: [^;]+; To: (?!left)[^;]+; Customers: \d+")
    view.customers()
    assert (view.link["country"], view.link["as_of"]) == ("Germany", "1 Nov 2011")
    assert "month" not in view.link
    view.back(start)
    view.show("?segment=Loyal&country=Germany")
    view.press_mark(r"Segment: (Champions);")
    view.customers()
    assert view.link == {"segment": "Champions", "country": "Germany"}


MAIN = "[data-testid='stMain'] [data-testid='stPageLink-NavLink']"


@pytest.mark.parametrize(
    ("start", "link", "lands"),
    [
        ("segments?segment=Loyal", f"{MAIN}[href*='campaign?segment=Lost']",
         "campaign?segment=Lost"),
        ("segments?as_of=1+Nov+2011", f"{MAIN}[href*='segment=Lost']",
         "campaign?as_of=1+Nov+2011&segment=Lost"),
        ("?segment=Loyal&as_of=1+Dec+2011", f"{MAIN}[href*='movement?'][href*='move=']",
         "movement?segment=Loyal&as_of=1+Dec+2011&"),
        ("compare?a=Lost&a_day=1+Nov+2011&segment=Loyal&country=Germany",
         f"{MAIN}[href*='customers?'] >> nth=0", "customers?country=Germany&"),
        ("compare?segment=Loyal&as_of=1+Nov+2011&b=Lost&b_day=10+Dec+2011",
         f"{MAIN}[href*='segment=Lost']", "customers?segment=Lost"),
        ("movement?segment=Loyal&month=October+2011",
         "[data-testid='stSidebarNavLink'][href*='/segments']", "segments?segment=Loyal"),
    ],
)  # fmt: skip
def test_a_link_is_one_entry_of_the_history_and_leads_to_what_it_says(view, start, link, lands):
    view.show(start)
    assert view.page.url == f"{view.address}/{start}"
    before = view.page.evaluate("history.length")
    view.press(view.page.locator(link).first)
    view.page.wait_for_url(lambda url: lands in url)
    settled(view.page)
    assert view.page.evaluate("history.length") == before + 1
    assert lands in view.page.url and "month=" not in view.page.url
    view.back(start)


def test_look_closer_is_one_entry_of_the_history(view):
    view.show("segments?segment=Loyal&country=Germany")
    view.press(view.page.get_by_role("button", name=re.compile("Look closer.*at Lost")))
    view.page.wait_for_url("**segment=Lost**")
    settled(view.page)
    view.back("segments?segment=Loyal&country=Germany")
    view.page.get_by_role("button", name="Clear Loyal").wait_for()


def test_a_product(view):
    view.show("products?segment=Champions")
    bar = view.press_mark(r"Customers: (\d+)")
    product = json.loads(view_where(view))[0][0][2]
    expected = number(
        "select count(distinct customer_id) from customer_product_months "
        "join customer_segments using (customer_id) "
        "where product_id = $product and persona = 'Champions'",
        product=product,
    )
    assert view.customers() == expected == int(bar[1])
    view.back("products?segment=Champions")
    table = view.page.locator(".stDataFrameGlideDataEditor").last
    table.click(position={"x": 16, "y": 55})
    assert view.customers() > 0
    assert "where" in view.link


def view_where(view) -> str:
    view.page.wait_for_url("**where=**")
    return view.link["where"]


def test_a_campaign_of_a_segment_takes_two_clicks_and_is_of_that_segment(view):
    view.show("segments")
    main = view.page.get_by_test_id("stMain")
    view.press(main.get_by_role("link", name=re.compile("Write to them.*: Loyal")))
    view.page.get_by_role("heading", name=re.compile("^Write to .*: Loyal$")).wait_for()
    settled(view.page)
    with view.page.expect_download() as waiting:
        view.press(view.page.get_by_role("button", name="Plain CSV"))
    assert view.clicks == 2
    with waiting.value.path().open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert 0 < len(lines) <= number(IN_SEGMENT, persona="Loyal")
    assert {line["persona"] for line in lines} == {"Loyal"}


def test_a_built_segment_is_counted_as_it_is_built_and_written_to(view):
    view.show("build")
    view.press(view.page.get_by_role("button", name="Add a condition"))
    view.page.get_by_text("Days since last order is at most 90").wait_for()
    value = view.page.get_by_label("Value of condition 1")
    value.fill("30")
    value.press("Enter")
    view.page.get_by_text("Days since last order is at most 30").wait_for()
    expected = number("select count(*) from customer_segments where recency_days <= 30")
    view.page.get_by_role("heading", name=re.compile(f"^{expected} customers,")).wait_for()
    settled(view.page)
    view.press(view.page.get_by_role("link", name="Write to them"))
    view.page.wait_for_url("**/campaign?where=**")
    settled(view.page)
    with view.page.expect_download():
        view.press(view.page.get_by_role("button", name="Brevo"))
    assert view.clicks == 3
    view.page.go_back()
    view.page.get_by_role("heading", name=re.compile(f"^{expected} customers,")).wait_for()


def test_two_segments_are_compared_in_four_clicks(view):
    view.show("compare")
    for side, name in (("First side", "Loyal"), ("Second side", "Lost")):
        view.press(view.page.get_by_role("combobox", name=re.compile(f"{side}$")))
        view.press(view.page.get_by_role("option", name=name, exact=True))
        settled(view.page)
    heading = view.page.get_by_test_id("stMain").locator("h2").first
    assert re.match("Loyal .* than Lost: ", heading.inner_text())
    assert view.clicks == 4
    assert view.link == {"a": "Loyal", "b": "Lost"}


def test_a_link_scrolls_to_what_it_promises(view):
    view.show()
    view.press(view.page.get_by_role("link", name="See them").first)
    view.page.wait_for_url("**/movement?**")
    view.page.wait_for_function(
        "() => { const box = document.querySelector('.st-key-moved_list')"
        "?.getBoundingClientRect(); return box && box.top >= -5 && box.top < 200; }"
    )
    view.back("")
    view.show("segments")
    view.press(view.page.get_by_role("button", name=re.compile("Look closer.*at Lost")))
    view.page.wait_for_function(
        "() => { const box = document.querySelector('.st-key-one_segment')"
        "?.getBoundingClientRect(); return box && box.top >= -5 && box.top < 400; }"
    )


def test_a_customer_is_one_click_from_a_list_with_a_filter(view):
    view.show("segments?segment=Loyal")
    view.page.locator(".stDataFrameGlideDataEditor").last.click(position={"x": 16, "y": 55})
    view.page.wait_for_url("**/customers?**customer=**")
    view.page.get_by_role("heading", name=re.compile("^Customer ")).first.wait_for()
    assert view.link["segment"] == "Loyal"
    view.back("segments?segment=Loyal")
