"""Segments that people build, products, comparisons: each count against SQL over the files."""

import json
from datetime import date
from functools import cache

import pandas as pd
import pytest
from dashboard_shown import Shown, close, opened, rows, show, sound, texts
from dashboard_support import KINDS, connection, export, exports_root
from query_values import values

from dashboard import conditions, saved_views
from dashboard.conditions import Condition, Known, Unfit
from dashboard.database import execute
from dashboard.periods import Periods, growth_periods
from dashboard.saved_views import SavedProblem
from dashboard.settings import BUILT_CONDITIONS, SAVED_VIEWS

# What a person might ask, and the same in SQL over the files: of one row a customer.
ASKED = {
    "money": ([[["monetary", ">=", 500]]], "monetary >= 500"),
    "at most is included": ([[["frequency", "<=", 2]]], "frequency <= 2"),
    "below is not": ([[["frequency", "<", 2]]], "frequency < 2"),
    "both ends": (
        [[["recency_days", ">=", 30], ["recency_days", "<=", 90]]], "recency_days between 30 and 90"
    ),
    "the tighter bound": ([[["monetary", ">=", 100], ["monetary", ">=", 400]]], "monetary >= 400"),
    "or": (
        [[["monetary", ">=", 1000]], [["recency_days", "<=", 20]]],
        "monetary >= 1000 or recency_days <= 20",
    ),
    "and within or": (
        [[["persona", "=", ["Loyal", "Lost"]], ["country", "!=", ["Germany"]]],
         [["frequency", ">=", 5], ["order_chance", ">=", 0.5]]],
        "(persona in ('Loyal', 'Lost') and country is distinct from 'Germany') "
        "or (frequency >= 5 and order_chance >= 0.5)",
    ),
    "two lists": (
        [[["persona", "=", ["Loyal", "Lost"]], ["persona", "!=", ["Lost"]]]], "persona = 'Loyal'"
    ),
    "life-cycle": ([[["life_cycle", "=", ["slipping"]]]], "life_cycle = 'slipping'"),
    "countries": ([[["country", "=", ["Germany", "France"]]]], "country in ('Germany', 'France')"),
    "a ratio": ([[["average_order_value", ">=", 200]]], "monetary / frequency >= 200"),
    "known of some": (
        [[["average_days_between_orders", "<=", 60]]], "average_days_between_orders <= 60"
    ),
    "returns": ([[["return_rate", ">=", 0.02]]], "return_rate >= 0.02"),
    "outlook": ([[["expected_spend", ">=", 100]]], "expected_spend >= 100"),
    "unusual": ([[["is_outlier", "=", True]]], "is_outlier"),
    "usual": ([[["is_outlier", "=", False]]], "not is_outlier"),
    "first order": (
        [[["first_order", ">=", "2011-03-01"], ["first_order", "<", "2011-04-15"]]],
        "first_day >= date '2011-03-01' and first_day < date '2011-04-15'",
    ),
    "last order": ([[["last_order", ">=", "2011-11-20"]]], "last_day >= date '2011-11-20'"),
    "no order since": ([[["last_order", "<", "2011-06-01"]]], "last_day < date '2011-06-01'"),
    "bought": (
        [[["product", "=", "85003"]]],
        "customer_id in (select customer_id from customer_product_months where product_id = "
        "'85003')",
    ),
    "bought one and never the other": (
        [[["product", "=", "85003"], ["product", "!=", "85004"]]],
        "customer_id in (select customer_id from customer_product_months where product_id = "
        "'85003') and customer_id not in (select customer_id from customer_product_months where "
        "product_id = '85004')",
    ),
    "both months": (
        [[["order_month", "=", "2011-10-01"], ["order_month", "=", "2011-11-01"]]],
        "customer_id in (select customer_id from orders where is_counted and order_date >= "
        "date '2011-10-01' and order_date < date '2011-11-01') and customer_id in (select "
        "customer_id from orders where is_counted and order_date >= date '2011-11-01' "
        "and order_date < date '2011-12-01')",
    ),
    "not in a month": (
        [[["order_month", "!=", "2011-11-01"]]],
        "customer_id not in (select customer_id from orders where is_counted and order_date >= "
        "date '2011-11-01' and order_date < date '2011-12-01')",
    ),
    "nobody": ([[["monetary", ">=", 1e12]]], "false"),
}  # fmt: skip
PEOPLE = """
    select h.customer_id, h.persona, h.monetary
    from customer_history as h
    join customers as c using (customer_id)
    join (
        select customer_id, average_days_between_orders, return_rate from customer_segments
    ) as s using (customer_id)
    left join (
        select customer_id, order_chance, expected_spend from customer_outlook
    ) as o using (customer_id)
    join (select persona, life_cycle from segment_profiles) as p using (persona)
    join (
        select customer_id, min(order_date) as first_day, max(order_date) as last_day
        from orders where is_counted group by customer_id
    ) as d using (customer_id)
    where h.is_as_of_date and ({where})
    order by h.customer_id
"""


def text_of(groups: list) -> str:
    return json.dumps(groups)


@cache
def people(where: str) -> pd.DataFrame:
    return rows("full", PEOPLE.format(where=where))


@cache
def built(text: str, page: str = "build") -> Shown:
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, "full", page, where=text)


def known(kind: str = "full", day: date | None = None) -> Known:
    segments = execute(connection(kind), "filters/segments")
    found = execute(connection(kind), "filters/countries")["country"]
    names = execute(connection(kind), "build/products", {"limit": 100})
    described = dict(zip(names["product_id"], names["description"], strict=True))
    return Known(
        day or export(kind).as_of_date,
        day in (None, export(kind).as_of_date),
        dict(zip(segments["persona"], segments["segment_id"], strict=True)),
        dict(zip(segments["persona"], segments["life_cycle"], strict=True)),
        tuple(found),
        described.get,
    )


@pytest.mark.parametrize("name", ASKED)
def test_a_built_segment_is_who_sql_finds(name):
    groups, where = ASKED[name]
    asked = conditions.alternatives(conditions.read(text_of(groups)), known())
    expected = people(where)
    assert (name == "nobody") == expected.empty and len(expected) < 500
    params = values(export("full"), connection("full"), alternatives=asked)
    found = execute(connection("full"), "customers/download", params)
    assert sorted(found["customer_id"]) == expected["customer_id"].tolist()


@pytest.mark.parametrize("name", ["and within or", "bought", "nobody"])
def test_the_page_says_how_many_they_are_and_what_they_spent(name):
    groups, where = ASKED[name]
    shown, expected = built(text_of(groups)), people(where)
    if expected.empty:
        assert shown.section("^Nobody meets")
        return
    (section,) = [part for part in shown.sections if " spent " in part.title]
    everyone = people("true")
    money = float(expected["monetary"].sum())
    assert close(section.title, len(expected))
    assert close(section.title, len(expected) / len(everyone), place=1)
    assert close(section.title, money, place=2)
    assert close(section.title, money / float(everyone["monetary"].sum()), place=3)
    table = shown.tables[-1].set_index("persona")
    assert table["customer_count"].to_dict() == expected["persona"].value_counts().to_dict()


def test_from_a_built_segment_to_the_list_and_to_the_campaign():
    groups, where = ASKED["and within or"]
    expected = people(where)
    link = text_of(groups)
    customers = built(link, "customers")
    assert sorted(customers.downloaded("customers_csv")["customer_id"]) == sorted(
        expected["customer_id"]
    )
    campaign = built(link, "campaign")
    assert close(campaign.section("^Write to ").note, len(expected))
    written = campaign.downloaded("campaign_plain_csv")["customer_id"]
    assert 0 < len(written) <= len(expected)


def test_the_editor_changes_the_link(monkeypatch):
    app = sound(opened(monkeypatch, exports_root("full"), "build"))
    app.button(key="build_or").click().run()
    sound(app)
    assert json.loads(app.query_params["where"]) == [[["recency_days", "<=", 90.0]]]
    number = next(box for box in app.number_input)
    number.set_value(30.0).run()
    app.button(key="build_and_0").click().run()
    app.button(key="build_or").click().run()
    sound(app)
    groups = json.loads(app.query_params["where"])
    assert [len(group) for group in groups] == [2, 1]
    assert groups[0][0] == ["recency_days", "<=", 30.0]
    removed = next(box for box in app.button if "Remove condition 1 of alternative 2" in box.label)
    removed.click().run()
    assert len(json.loads(sound(app).query_params["where"])) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[["colour",">=",1]]]', "no measure “colour”"),
        ('[[["monetary","like","x"]]]', "cannot be compared"),
        ('[[["monetary; drop table orders",">=",1]]]', "no measure"),
        ('[[["monetary",">=","1 or 1=1"]]]', "cannot be read"),
        ('[[["monetary",">=",NaN]]]', "cannot be read"),
        ('[[["first_order",">=","yesterday"]]]', "cannot be read"),
        ('[[["persona","=","Loyal"]]]', "cannot be read"),
        ('[["monetary"]]', "cannot be read"),
        ("[[]]", "cannot be read"),
        ("{", "cannot be read"),
        ("[" * 3000, "cannot be read"),
        (json.dumps([[["monetary", ">=", 1]] * (BUILT_CONDITIONS + 1)]), "more than 20"),
        ("x" * 5000, "longer than"),
        ('[[["persona","=",["Gone <b>"]]]]', "no segment"),
        ('[[["country","=",["Atlantis"]]]]', "no country"),
        ('[[["product","=","\'; drop table x"]]]', "no product"),
    ],
)
def test_what_does_not_fit_says_so_and_shows_nobody(monkeypatch, text, said):
    with pytest.raises(Unfit, match=said):
        conditions.alternatives(conditions.read(text), known())
    for page in ("build", "customers", "campaign", "compare"):
        app = opened(monkeypatch, exports_root("full"), page, where=text)
        assert not app.exception
        assert any(said in box.value for box in app.warning), page
        assert "<b>" not in "".join(box.value for box in app.warning)
        assert not app.dataframe


def test_what_is_known_later_is_not_asked_of_an_earlier_day():
    text = '[[["order_chance",">=",0.5]]]'
    with pytest.raises(Unfit, match="run's own date"):
        conditions.alternatives(conditions.read(text), known(day=date(2011, 9, 1)))
    past = conditions.read('[[["monetary",">=",500],["last_order",">=","2011-08-15"]]]')
    asked = conditions.alternatives(past, known(day=date(2011, 9, 1)))
    params = values(export("full"), connection("full"), alternatives=asked, as_of=date(2011, 9, 1))
    found = execute(connection("full"), "customers/download", params)
    expected = rows(
        "full",
        "select customer_id from customer_history where snapshot_date = date '2011-09-01' "
        "and monetary >= 500 and date '2011-09-01' - recency_days::int >= date '2011-08-15'",
    )
    assert len(expected) and sorted(found["customer_id"]) == sorted(expected["customer_id"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_measure_can_be_asked_of_every_export(kind):
    """A measure of the closed list that the macro does not know would narrow nothing."""
    facts = known(kind)
    everyone = len(rows(kind, "from customer_segments"))
    for name, about in conditions.FIELDS.items():
        if about.kind != "number":
            continue
        built = ((Condition(name, ">=", 1e15),),)
        params = values(
            export(kind), connection(kind), alternatives=conditions.alternatives(built, facts)
        )
        count = execute(connection(kind), "customers/total", params)["customer_count"][0]
        assert count == 0 < everyone, name


@pytest.fixture
def place(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPORTS_DIR", str(tmp_path))
    return tmp_path / "saved_views.json"


SOME = (((Condition("monetary", ">=", 500.0)),),)


class TestSavedViews:
    def test_a_view_is_saved_by_name_and_deleted(self, place):
        assert saved_views.load() == {}
        assert saved_views.save("  Big ones ", SOME) == "Big ones"
        saved_views.save("also", ())
        assert list(saved_views.load()) == ["also", "Big ones"]
        assert conditions.read(saved_views.load()["Big ones"]) == SOME
        assert json.loads(place.read_text())["views"]["Big ones"] == [[["monetary", ">=", 500.0]]]
        saved_views.delete("also")
        saved_views.delete("never was")
        assert list(saved_views.load()) == ["Big ones"]
        assert sorted(path.name for path in place.parent.iterdir()) == [
            ".saved_views.json.lock", "saved_views.json",
        ]  # fmt: skip

    @pytest.mark.parametrize("name", ["", "   ", "x" * 61, "two\nlines", "\x00", "a\u202eb"])
    def test_names_that_are_none(self, place, name):
        with pytest.raises(SavedProblem, match="1 to 60 characters"):
            saved_views.save(name, SOME)
        assert not place.exists()

    def test_not_more_than_can_be_shown(self, place):
        views = {f"view {n}": [] for n in range(SAVED_VIEWS)}
        place.write_text(json.dumps({"version": 1, "views": views}))
        with pytest.raises(SavedProblem, match="delete one"):
            saved_views.save("one more", SOME)
        saved_views.save("view 3", SOME)
        assert len(saved_views.load()) == SAVED_VIEWS

    @pytest.mark.parametrize(
        "content", ["", "[]", "null", "{", '{"version": 2, "views": {}}', "[" * 100_000, "\xff",
                    '{"version": 1, "views": ["x"]}', " " * (2**20 + 1)]
    )  # fmt: skip
    def test_a_damaged_file_is_left_as_it_is(self, place, content):
        place.write_bytes(content.encode("latin-1"))
        for action in (saved_views.load, lambda: saved_views.save("x", SOME)):
            with pytest.raises(SavedProblem, match="damaged"):
                action()
        assert place.read_bytes() == content.encode("latin-1")

    def test_several_sessions_lose_nothing(self, place):
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: saved_views.save(f"view {n}", SOME), range(40)))
        assert len(saved_views.load()) == 40

    def test_a_view_survives_a_new_export_and_says_what_no_longer_fits(self, monkeypatch, place):
        from dashboard_export import Shape, write_export

        write_export(place.parent, Shape(customers=60))
        saved_views.save("champions", (((Condition("persona", "=", ("Champions",))),),))
        saved_views.save("loyal", (((Condition("persona", "=", ("Loyal",))),),))
        views = json.loads(place.read_text())
        views["views"]["old"] = [[["a column of old", ">=", 1]]]
        place.write_text(json.dumps(views))
        write_export(place.parent, Shape(customers=60, segments=1, run_id="later"))
        assert list(saved_views.load()) == ["champions", "loyal", "old"]
        for name, said in (
            ("loyal", "no segment “Loyal”"),
            ("old", "no measure"),
            ("x", "no saved"),
        ):
            app = opened(monkeypatch, place.parent, "build", view=name)
            assert not app.exception
            assert any(said in box.value for box in app.warning), name
        app = sound(opened(monkeypatch, place.parent, "build", view="champions"))
        assert not app.warning and "Segment is Champions" in texts(app)

    def test_a_person_saves_and_opens_a_view(self, monkeypatch, place):
        from dashboard_export import Shape, write_export

        write_export(place.parent, Shape(customers=60))
        app = sound(opened(monkeypatch, place.parent, "build", where='[[["monetary",">=",300]]]'))
        app.text_input(key="build_name").set_value("Over 300").run()
        app.button(key="build_save").click().run()
        assert "Saved as" in sound(app).info[-1].value
        fresh = sound(opened(monkeypatch, place.parent, "build"))
        fresh.selectbox(key="open_view").set_value("Over 300").run()
        assert json.loads(sound(fresh).query_params["where"]) == [[["monetary", ">=", 300.0]]]
        assert "Spent so far is at least" in texts(fresh)
        sides = sound(opened(monkeypatch, place.parent, "compare"))
        assert "Saved: Over 300" in sides.selectbox(key="a").options
        fresh.button(key="build_delete").click().run()
        assert "“Over 300” is deleted" in sound(fresh).info[-1].value
        assert saved_views.load() == {}

    def test_a_folder_that_cannot_be_written(self, monkeypatch, tmp_path):
        monkeypatch.setenv("EXPORTS_DIR", str(tmp_path / "missing"))
        with pytest.raises(SavedProblem, match="not saved"):
            saved_views.save("x", SOME)


class TestPeriods:
    @pytest.mark.parametrize(
        ("first", "as_of", "expected"),
        [
            # Two years and more: twelve months against the twelve before.
            ((2009, 12, 1), (2011, 12, 10), ("2010-12-01", "2011-12-01", "2009-12-01")),
            # Fourteen whole months: the last two have the same a year before.
            ((2010, 9, 20), (2011, 12, 1), ("2011-10-01", "2011-12-01", "2010-10-01")),
            # Twelve whole months: half against half.
            ((2010, 12, 1), (2011, 12, 10), ("2011-06-01", "2011-12-01", "2010-12-01")),
            ((2011, 10, 2), (2011, 12, 10), None),
            ((2011, 12, 1), (2011, 12, 10), None),
        ],
    )
    def test_what_growth_compares(self, first, as_of, expected):
        found = growth_periods(date(*first), date(*as_of))
        if expected is None:
            assert found == Periods() and "two whole months" in found.words
            return
        days = (found.this_from, found.this_to, found.before_from)
        assert tuple(map(str, days)) == expected
        length = (found.this_to.year - found.this_from.year) * 12 + (
            found.this_to.month - found.this_from.month
        )
        later = pd.Timestamp(found.before_from) + pd.DateOffset(months=length)
        assert later.date() == found.before_to


PRODUCTS = """
    with people as (
        select customer_id, persona from customer_history where is_as_of_date
    ),
    bought as (
        select p.*, persona, $segment is null or persona = $segment as chosen
        from customer_product_months as p join people using (customer_id)
    ),
    sums as (
        select product_id,
            sum(revenue) filter (chosen)::double as revenue,
            count(distinct customer_id) filter (chosen) as customers,
            count(distinct customer_id) as everyone,
            sum(revenue) filter (chosen and order_month between '2011-07-01' and '2011-11-30')
                as this,
            sum(revenue) filter (chosen and order_month between '2011-02-01' and '2011-06-30')
                as before,
            count(distinct customer_id) filter (
                chosen and order_month between '2011-02-01' and '2011-06-30') as buyers_before
        from bought group by product_id
    )
    select *, customers / (select count(*) from people
            where $segment is null or persona = $segment) as reach,
        everyone / (select count(*) from people) as all_reach
    from sums where customers > 0 order by revenue desc
"""


class TestProducts:
    @pytest.mark.parametrize("segment", [None, "Loyal"])
    def test_revenue_reach_growth_and_lift(self, monkeypatch, segment):
        query = {"segment": segment} if segment else {}
        shown = show(monkeypatch, "full", "products", **query)
        table = shown.tables[-1].set_index("id")
        expected = rows("full", PRODUCTS, segment=segment).set_index("product_id")
        assert table.index.tolist() == expected.index.tolist()
        assert table["revenue"].tolist() == pytest.approx(expected["revenue"].tolist())
        assert table["customer_count"].tolist() == expected["customers"].tolist()
        assert table["reach"].tolist() == pytest.approx((expected["reach"] * 100).tolist())
        growth = (expected["this"].astype(float) / expected["before"].astype(float) - 1) * 100
        growth = growth.where(expected["buyers_before"] >= 20)
        assert table["growth"].tolist() == pytest.approx(growth.tolist(), nan_ok=True)
        if segment:
            lift = (expected["reach"] / expected["all_reach"]).where(expected["customers"] >= 20)
            if lift.notna().any():
                assert table["lift"].tolist() == pytest.approx(lift.tolist(), nan_ok=True)
        assert close(
            shown.section("brought most").title.split(":")[-1], expected["revenue"].iloc[0]
        )

    def test_countries(self, monkeypatch):
        shown = show(monkeypatch, "full", "products", what="Countries")
        table = shown.tables[-1].set_index("name")
        expected = rows(
            "full",
            "select c.country, count(distinct h.customer_id) as n, sum(o.net_amount)::double as m "
            "from customer_history as h join customers as c using (customer_id) "
            "join orders as o using (customer_id) where h.is_as_of_date and o.is_counted "
            "group by 1 order by m desc",
        )
        assert table.index.tolist() == expected["country"].tolist()
        assert table["revenue"].tolist() == pytest.approx(expected["m"].tolist())
        assert table["customer_count"].tolist() == expected["n"].tolist()

    @pytest.mark.parametrize("kind", ["demo"])
    def test_customers_of_a_product_are_those_of_the_segment_s_own_table(self, kind):
        """Two marts count the same customers."""
        ours = rows(
            kind,
            "select segment_id, product_id, count(distinct customer_id) as n, "
            "sum(p.revenue) as money from customer_product_months as p "
            "join customer_segments as s using (customer_id) group by all",
        ).set_index(["segment_id", "product_id"])
        theirs = rows(kind, "from segment_products").set_index(["segment_id", "product_id"])
        assert len(theirs)
        both = theirs.join(ours, how="left")
        assert both["n"].tolist() == both["customer_count"].tolist()
        assert both["money"].tolist() == both["revenue"].tolist()


class TestCompare:
    def test_two_segments(self, monkeypatch):
        shown = show(monkeypatch, "full", "compare", a="Champions", b="Loyal")
        table = shown.tables[0].set_index("Measure")
        for column, persona in (("First: Champions", "Champions"), ("Second: Loyal", "Loyal")):
            row = rows(
                "full",
                "select count(*) as n, "
                "count(*) / (select count(*) from customer_segments) as part, "
                "sum(monetary)::double as money, "
                "sum(monetary)::double / (select sum(monetary)::double from customer_segments) "
                "as money_part, avg((recency_days <= 90)::int) as active, "
                "median(recency_days) as recency, median(frequency) as orders, "
                "median(monetary::double) as spent, "
                "median(monetary::double / frequency) as basket, avg(order_chance) as chance, "
                "avg(expected_orders) as expected, avg(expected_spend) as worth "
                "from customer_segments join customer_outlook using (customer_id) "
                "where persona = $persona",
                persona=persona,
            ).iloc[0]
            cells = table[column].tolist()
            assert len(cells) == len(row)
            for cell, value in zip(cells, row, strict=True):
                assert close(cell, float(value)), (cell, value)

    def test_all_at_two_month_ends(self, monkeypatch):
        shown = show(
            monkeypatch,
            "full",
            "compare",
            a="All customers",
            a_day="1 Dec 2011",
            b_day="1 Sep 2011",
        )
        table = shown.tables[0].set_index("Measure")
        for column, day in (("First: All customers", "2011-12-01"),
                            ("Second: All customers", "2011-09-01")):  # fmt: skip
            row = rows(
                "full",
                "select count(*) as n, sum(monetary)::double as m from customer_history "
                f"where snapshot_date = date '{day}'",
            ).iloc[0]
            assert close(table.loc["Customers", column], row["n"])
            assert close(table.loc["Spent so far, all of them", column], row["m"])
        assert "alone" in texts(shown.app)

    def test_products_of_both_sides(self, monkeypatch):
        shown = show(monkeypatch, "full", "compare", a="Champions", b="Loyal")
        table = shown.tables[1]
        for row in table.itertuples():
            for persona, found in (("Champions", row.first_share), ("Loyal", row.second_share)):
                expected = rows(
                    "full",
                    "select count(distinct customer_id) / (select count(*) from customer_segments "
                    "where persona = $persona) as share from customer_product_months "
                    "join products using (product_id) join customer_segments using (customer_id) "
                    "where persona = $persona and description = $name",
                    persona=persona, name=row.name,
                )["share"][0]  # fmt: skip
                assert found == pytest.approx(expected * 100)
