"""What the page of customers shows, against SQL of its own over the export's files."""

from functools import cache

import pandas as pd
import pytest
from dashboard_shown import Shown, close, rows, show

from dashboard.settings import PAGE_ROWS

LATEST = "2011-12-10"
VIEWS = {
    "everything": {},
    "a country": {"country": "Germany"},
    "a day": {"as_of": "1 Sep 2011"},
    "a segment": {"segment": "Loyal"},
    "every filter": {"segment": "Loyal", "country": "Germany", "as_of": "1 Sep 2011"},
    "the page's own": {"search": "124", "sure": "60", "spent": "300", "sort": "Longest ago"},
}
LISTED = """
    select h.*, c.country
    from customer_history as h
    join customers as c using (customer_id)
    where h.snapshot_date = cast($day as date)
        and ($country is null or c.country = $country)
        and ($segment is null or h.persona = $segment)
        and ($search is null or h.customer_id like '%' || $search || '%')
        and h.membership_probability >= $sure and h.monetary >= $spent
    order by case when $oldest then h.recency_days else h.monetary end desc, h.customer_id
"""


@cache
def customers(kind: str, **query: str) -> Shown:
    """Return the page as it is shown, opened once for all tests that look at it."""
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, kind, "customers", **query)


def listed(query: dict[str, str]) -> pd.DataFrame:
    return rows(
        "full",
        LISTED,
        day=day(query),
        country=query.get("country"),
        segment=query.get("segment"),
        search=query.get("search"),
        sure=float(query.get("sure", 0)) / 100,
        spent=float(query.get("spent", 0)),
        oldest="sort" in query,
    )


def day(query: dict[str, str]) -> str:
    return str(pd.Timestamp(query["as_of"]).date()) if "as_of" in query else LATEST


@pytest.mark.parametrize("name", VIEWS)
def test_list(name):
    query = VIEWS[name]
    shown, expected = customers("full", **query), listed(query)
    assert len(expected) > 0
    found = next(line for line in shown.sections[0].texts if "who spent" in line)
    assert close(found, len(expected))
    assert close(found, float(expected["monetary"].sum()), place=1)
    table = next(frame for frame in shown.tables if "persona" in frame)
    first = expected.head(PAGE_ROWS)
    if "sort" in query:  # ties have an order of their own
        assert table["recency_days"].tolist() == first["recency_days"].tolist()
    else:
        assert table["customer_id"].tolist() == first["customer_id"].tolist()
    by_id = expected.set_index("customer_id").loc[table["customer_id"]]
    for column in ("frequency", "recency_days", "membership_probability", "monetary"):
        assert table[column].tolist() == pytest.approx(by_id[column].astype(float).tolist())
    assert table["persona"].tolist() == by_id["persona"].tolist()
    assert table["country"].tolist() == by_id["country"].tolist()
    assert ((table["is_outlier"] == "unusual") == by_id["is_outlier"].to_numpy()).all()


@pytest.mark.parametrize("name", VIEWS)
def test_download(name):
    query = VIEWS[name]
    whole, expected = customers("full", **query).downloaded("customers_csv"), listed(query)
    hostile = whole["customer_id"].str.startswith("'")
    ids = whole["customer_id"].where(~hostile, whole["customer_id"].str[1:])
    assert sorted(ids) == sorted(expected["customer_id"])
    assert whole["monetary"].sum() == pytest.approx(float(expected["monetary"].sum()))
    assert whole["frequency"].sum() == expected["frequency"].sum()
    assert set(whole["as_of_date"]) == {day(query)}
    is_run_day = day(query) == LATEST
    for column in ("runner_up", "rfm_score", "rfm_segment"):
        assert whole[column].notna().all() == is_run_day, column
    if is_run_day:
        own = rows("full", "from customer_segments").set_index("customer_id").loc[ids]
        assert whole["runner_up"].tolist() == own["runner_up"].tolist()
        assert whole["rfm_segment"].tolist() == own["rfm_segment"].tolist()


PERSON = """
    select h.*, c.country, s.runner_up, s.runner_up_probability, s.rfm_score, s.rfm_segment
    from customer_history as h
    join customers as c using (customer_id)
    left join customer_segments as s
        on s.customer_id = h.customer_id and s.as_of_date = h.snapshot_date
    where h.snapshot_date = cast($day as date)
"""


@cache
def moved() -> str:
    """Return a customer whose segment, orders and spend were others on 1 September."""
    (customer,) = rows(
        "full",
        """
        select now.customer_id
        from customer_history as now
        join customer_history as past using (customer_id)
        where now.is_as_of_date and past.snapshot_date = date '2011-09-01'
            and now.persona <> past.persona and now.frequency > past.frequency
            and past.frequency > 1
        order by now.frequency desc, customer_id limit 1
        """,
    )["customer_id"]
    return customer


PEOPLE = {
    "everything": {},
    "a day": {"as_of": "1 Sep 2011"},
    "another country": {"country": "Germany"},
}


@pytest.fixture(params=list(PEOPLE))
def person(request):
    """Return the page of one customer in a view, and everybody at its day by the files."""
    query = PEOPLE[request.param]
    shown = customers("full", customer=moved(), **query)
    everyone = rows("full", PERSON, day=day(query))
    return shown, everyone, everyone.set_index("customer_id").loc[moved()], query


def test_person(person):
    shown, _, row, query = person
    said = shown.section("^Customer ").texts
    why = said[0].replace("\\", "")
    assert close(why, row["frequency"])
    assert close(why, float(row["monetary"]), place=1)
    assert close(why, row["recency_days"], place=2)
    assert f"before {pd.Timestamp(day(query)):%-d %B %Y}" in why
    facts = next(line for line in said if "Segment" in line)
    assert row["persona"] in facts and row["country"] in facts
    assert close(facts[facts.index("Confidence") :], row["membership_probability"])
    is_run_day = day(query) == LATEST
    assert ("RFM rule" in facts) == is_run_day
    assert not shown.section("^Customer ").ignores


def test_probabilities(person):
    shown, _, row, query = person
    if day(query) != LATEST:
        assert "person_probabilities" not in shown.charts
        assert "are known at 10 December 2011 alone" in "\n".join(
            [shown.section("^Customer ").note, *shown.section("^Customer ").texts]
        )
        return
    title = shown.section("^Confidence").title.replace("\\", "")
    assert close(title, row["membership_probability"])
    assert row["persona"] in title and row["runner_up"] in title
    assert close(title, row["runner_up_probability"], place=1)
    drawn = next(f for f in shown.charts["person_probabilities"] if "persona" in f)
    (known,) = rows(
        "full",
        "select segment_probabilities from customer_segments where customer_id = $customer",
        customer=moved(),
    )["segment_probabilities"]
    names = rows("full", "select persona from segment_profiles order by segment_id")["persona"]
    own = dict(zip(names, known, strict=True))
    for bar in drawn.itertuples():
        assert bar.probability == pytest.approx(own[bar.persona])
        assert close(bar.text, own[bar.persona])


def test_place_among_the_segment(person):
    shown, everyone, row, query = person
    members = everyone[everyone["persona"] == row["persona"]]
    if "country" in query:
        members = members[members["country"] == query["country"]]
        assert "Germany" in shown.section("^Among").title
    drawn = next(f for f in shown.charts["person_place"] if "measure" in f)
    assert set(drawn["measure"]) == {"recency_days", "frequency", "monetary"}
    for strip in drawn.itertuples():
        values, own = members[strip.measure].astype(float), float(row[strip.measure])
        place = ((values < own).mean() + (values <= own).mean()) / 2
        assert strip.member_count == len(members)
        assert strip.place == pytest.approx(place)
        assert close(strip.place_text, place)
        assert close(strip.text, own)
        assert close(strip.median_text, values.median())


def test_orders(person):
    shown, _, _, query = person
    own = rows(
        "full",
        """
        select order_id, net_amount, order_date from orders
        where customer_id = $customer and ordered_at < cast($day as timestamp)
        """,
        customer=moved(),
        day=day(query),
    )
    section = shown.section(" orders, ")
    assert close(section.title, len(own))
    assert close(section.title, float(own["net_amount"].sum()), place=1)
    for end in (own["order_date"].min(), own["order_date"].max()):
        assert f"{end:%-d %B %Y}" in section.title
    drawn = next(f for f in shown.charts["person_orders"] if "order_id" in f)
    assert set(drawn["order_id"]) == set(own["order_id"])
    assert drawn["net"].sum() == pytest.approx(float(own["net_amount"].sum()))


def test_months(person):
    shown, _, row, query = person
    own = rows(
        "full",
        """
        from customer_history
        where customer_id = $customer and snapshot_date <= cast($day as date)
        order by snapshot_date
        """,
        customer=moved(),
        day=day(query),
    )
    drawn = next(f for f in shown.charts["person_history"] if "day" in f)
    assert drawn["persona"].tolist() == own["persona"].tolist()
    for square, chance in zip(drawn["text"], own["membership_probability"], strict=True):
        assert close(square, chance)
    changes = (own["persona"] != own["persona"].shift()).sum() - 1
    title = shown.section(" since ").title.replace("\\", "")
    assert title.startswith(row["persona"])
    assert (f"after {changes} change" in title) == (changes > 0)


def test_a_customer_by_rule(monkeypatch):
    (customer,) = rows(
        "newcomers",
        "select min(customer_id) as c from customer_segments where persona = 'Promising'",
    )["c"]
    shown = customers("newcomers", customer=customer)
    assert shown.section("because the first order is recent, not by probability")
    said = "\n".join(shown.section("^Customer ").texts)
    assert "assigned by rule" in said
    assert "person_probabilities" not in shown.charts


def test_a_customer_before_the_first_order(monkeypatch):
    late = rows(
        "full",
        """
        select customer_id from orders group by customer_id
        having min(order_date) >= date '2011-11-01' order by customer_id limit 1
        """,
    )["customer_id"][0]
    shown = customers("full", customer=late, as_of="1 Sep 2011")
    section = shown.section("^Customer ")
    said = "\n".join([section.note, *section.texts])
    assert "no spend before 1 September 2011" in said
