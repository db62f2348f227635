"""Figures of Overview, Movement and Cohorts against SQL over the export's files."""

import html
import math
import re
from datetime import timedelta
from functools import cache
from urllib.parse import unquote

import duckdb
import pandas as pd
import pytest
from dashboard_shown import CHOICES, Choice, Shown, choice, close, rows, show
from dashboard_support import RUNS

from dashboard.charts.cohorts import KINDS
from dashboard.database import read_sql

CASES = [("full", name) for name in CHOICES] + [(kind, "every") for kind in RUNS]

HISTORY = """
with history as (
    from customer_history join (select customer_id, country from customers) using (customer_id)
    where (is_month_end or is_as_of_date) and ($country is null or country = $country)
)
"""
MONEY = "sum(monetary)::double"


@pytest.fixture(params=CASES, ids=lambda case: "-".join(case))
def view(request) -> tuple[str, Choice]:
    kind, name = request.param
    return kind, choice(kind, name)


def seen(kind: str, page: str, **query: str) -> Shown:
    """Return a page, opened once for all tests that look at it."""
    return _seen(kind, page, tuple(query.items()))


@cache
def _seen(kind: str, page: str, query: tuple[tuple[str, str], ...]) -> Shown:
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, kind, page, **dict(query))


def matches(shown: pd.DataFrame, expected: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return both side by side after a look that they hold the same keys."""
    both = shown.merge(expected, on=keys, how="outer", suffixes=("", "_expected"), indicator=True)
    assert (both["_merge"] == "both").all(), both[both["_merge"] != "both"]
    return both


def comparison_day(kind: str, chosen: Choice):
    """Return the month end that changes are counted from."""
    found = rows(
        kind,
        "select max(snapshot_date) as day from customer_history "
        "where is_month_end and snapshot_date <= $as_of - 7",
        **chosen.params,
    )["day"][0]
    return None if pd.isna(found) else found


# Overview


def test_key_figures(view):
    kind, chosen = view
    shown = seen(kind, "overview", **chosen.query)
    expected = rows(
        kind,
        HISTORY
        + """
        select snapshot_date, count(*) as customers,
            coalesce(avg((recency_days <= 90)::int), 0) as active,
            coalesce(sum(monetary) filter (recency_days > 90), 0)::double as inactive
        from history
        where snapshot_date <= $as_of and ($segment is null or persona = $segment)
        group by all order by 1
        """,
        **chosen.params,
    )
    now = expected.iloc[-1]
    assert now["snapshot_date"].date() == chosen.as_of
    before = expected[expected["snapshot_date"] == comparison_day(kind, chosen)]
    (row,) = [
        element.proto.body
        for element in shown.app.main.get("html")
        if "90+ days" in element.proto.body
    ]
    cells = re.findall(r"<div><span>(.*?)</span><b>(.*?)</b>(.*?)</div>", row)
    names = ["Customers", "Active in 90 days", "Spent by those silent 90+ days"]
    assert [html.unescape(name) for name, _, _ in cells] == names
    for (name, body, rest), column in zip(cells, ["customers", "active", "inactive"], strict=True):
        assert close(body, now[column]), (name, body, now[column])
        drawn = [
            float(point.split(",")[1])
            for points in re.findall('points="(.*?)"', unquote(rest))
            for point in points.split()
        ]
        history = expected[column].tolist()
        if len(history) > 1:
            # Higher is further up, in proportion.
            low, high = min(history), max(history)
            heights = [(max(drawn) - y) / (max(drawn) - min(drawn) or 1) for y in drawn]
            assert heights == pytest.approx(
                [(value - low) / (high - low or 1) for value in history], abs=0.01
            )
        change = re.search('<span class="(good|bad|same)">. (.*?) since', rest)
        assert bool(change) != before.empty
        if change:
            size = (now[column] - before.iloc[0][column]) * (100 if column == "active" else 1)
            assert close(change[2], size), (name, change, size)
            better = -size if column == "inactive" else size
            assert change[1] == ("same" if size == 0 else "good" if better > 0 else "bad")
    assert shown.sections[0].ignores == set()


def segment_shares(kind: str, chosen: Choice) -> pd.DataFrame:
    return rows(
        kind,
        HISTORY
        + f"""
        select persona, count(*) as customers, {MONEY} as revenue,
            count(*) / sum(count(*)) over () as customer_share,
            {MONEY} / sum({MONEY}) over () as revenue_share
        from history where snapshot_date = $as_of group by persona
        """,
        **chosen.params,
    ).set_index("persona")


def test_shares_of_segments(view):
    kind, chosen = view
    shown = seen(kind, "overview", **chosen.query)
    expected = segment_shares(kind, chosen)
    (bars,) = shown.charts["segment_shares"]
    assert len(bars) == 2 * len(expected)
    for bar in bars.itertuples():
        column = "customer_share" if bar.kind == "of customers" else "revenue_share"
        assert math.isclose(bar.share, expected[column][bar.persona])
        assert close(bar.label, expected[column][bar.persona])
        assert close(bar.revenue_text, expected["revenue"][bar.persona])
    table = shown.numbers["segment_shares"].set_index("persona")
    assert table["customer_count"].to_dict() == expected["customers"].to_dict()
    (section,) = [part for part in shown.sections if part.title.startswith(("Most", "Revenue is"))]
    assert section.ignores == chosen.names("segment")
    ranked = expected.sort_values("revenue_share", ascending=False)
    alone = re.findall(r"([^,:()]+?) \((\d+%)\)", re.sub(r" and |: ", ", ", section.title))
    for (name, text), row in zip(alone, ranked.itertuples(), strict=False):
        assert name.replace("\\", "").strip(" ,") == row.Index
        assert close(text, row.revenue_share)
        # The heading and the bar say the same.
        assert f"{text} of revenue" in bars.loc[bars["persona"] == row.Index, "label"].tolist()
    if section.title.startswith("Most"):
        held = int(re.search(r"from (\d+) of", section.title)[1])
        assert ranked["revenue_share"].head(held).sum() > 0.5
        assert ranked["revenue_share"].head(held - 1).sum() <= 0.5
        assert f"of {len(expected)} segment" in section.title
    leads = [text for part in shown.sections for text in part.texts if "of revenue: they" in text]
    words = "".join(leads)
    name = re.search(r"\s*(.+?) are \d", words)
    if not name:
        assert len(expected) == 1
        return
    row = expected.loc[name[1]]
    if chosen.segment:
        assert name[1] == chosen.segment
    each = row["revenue"] / row["customers"]
    average = expected["revenue"].sum() / expected["customers"].sum()
    lead = words[words.index(" are ") :]
    for place, value in enumerate(
        [row["customer_share"], row["revenue_share"], each, each / average]
    ):
        assert close(lead, value, place=place), (lead, place, value)


def test_customer_map(view):
    kind, chosen = view
    shown = seen(kind, "overview", **chosen.query)
    expected = rows(
        kind,
        HISTORY
        + """
        select persona, count(*) as customers, sum(monetary)::double as revenue,
            avg((recency_days <= 90)::int) as active, count(*) filter (recency_days > 90) as silent,
            avg(ln(recency_days)) as recency, stddev_pop(ln(recency_days)) as recency_spread,
            avg(ln(greatest(monetary, 1))) as money
        from history
        where snapshot_date = $as_of and ($segment is null or persona = $segment)
        group by grouping sets (persona, ())
        """,
        **chosen.params,
    )
    total = expected[expected["persona"].isna()].iloc[0]
    cells = shown.numbers["customer_map"]
    count = cells["customer_count"].sum()
    assert count == total["customers"]
    assert math.isclose(cells["revenue"].sum(), total["revenue"])
    # A cell is 17% of a day wide and 35% of an amount high.
    for column, mean, width in (("recency_days", "recency", 0.17), ("monetary", "money", 0.35)):
        middle = (cells[column].map(math.log) * cells["customer_count"]).sum() / count
        assert abs(middle - total[mean]) < width / 2
    outlines = next(data for data in shown.charts["customer_map"] if "step" in data)
    large = expected[expected["persona"].notna() & (expected["customers"] >= 10)]
    assert set(outlines["persona"]) == set(large["persona"])
    for row in large.itertuples():
        ring = outlines[outlines["persona"] == row.persona]
        assert math.isclose(math.log(ring["middle_recency_days"].iloc[0]), row.recency)
        assert math.isclose(math.log(ring["middle_monetary"].iloc[0]), row.money)
        reach = math.log(ring["recency_days"].max()) - row.recency
        assert math.isclose(reach, 1.5 * row.recency_spread, rel_tol=1e-6)
    heading = shown.section("ordered in the last 90 days;")
    assert close(heading.title, total["active"])
    assert close(heading.title, total["silent"], place=2)
    assert heading.ignores == set()


# Movement

DIRECTIONS = (
    HISTORY
    + """
    , absent as (
        select segment_id,
            map {'new': 0, 'active': 0, 'slipping': 1, 'mixed': 1, 'gone': 2}[life_cycle] as absence
        from segment_profiles
    ),
    ordered as (
        select distinct customer_id from orders
        where is_counted and order_date >= $from_date and order_date < $to_date
    ),
    pairs as (
        select customer_id, after_month.monetary as monetary,
            before_month.persona as from_persona, after_month.persona as to_persona,
            before_month.segment_id as from_id, after_month.segment_id as to_id,
            customer_id in (from ordered) as has_ordered,
            to_absent.absence - from_absent.absence as longer
        from (from history where snapshot_date = $from_date) as before_month
        full join (from history where snapshot_date = $to_date) as after_month using (customer_id)
        left join absent as from_absent on from_absent.segment_id = before_month.segment_id
        left join absent as to_absent on to_absent.segment_id = after_month.segment_id
    ),
    moved as (
        select *, from_id <> to_id and not has_ordered and longer > 0 as is_slipped,
            from_id <> to_id and has_ordered and (longer < 0 or longer = 0 and to_id < from_id)
                as is_risen
        from pairs
    )
    """
)


def month(kind: str, chosen: Choice, number: int = 0) -> dict:
    """Return the days of a month before the chosen day, the last one by default."""
    days = rows(
        kind,
        "select distinct snapshot_date as day from customer_history "
        "where is_month_end and snapshot_date <= $as_of order by 1 desc",
        **chosen.params,
    )["day"]
    return {"to_date": days[number].date(), "from_date": days[number + 1].date()}


def in_words(days: dict) -> str:
    return f"{days['from_date']:%B %Y}"


def whole_month(chosen: Choice) -> dict:
    """Return the ends of the last whole month before the chosen day, by the calendar."""
    end = chosen.as_of.replace(day=1)
    return {"to_date": end, "from_date": (end - timedelta(days=1)).replace(day=1)}


def test_the_month_beside_the_month_before_and_the_year_before(view):
    kind, chosen = view
    days = whole_month(chosen)
    start = days["from_date"]
    earlier = [(start - timedelta(days=1)).replace(day=1), start.replace(year=start.year - 1)]
    orders = rows(
        kind,
        """
        select o.order_date, o.customer_id, o.net_amount::double as amount
        from orders as o
        where o.is_counted
            and ($country is null or customer_id in (
                select customer_id from customers where country = $country
            ))
            and ($segment is null or customer_id in (
                select customer_id from customer_history
                where snapshot_date = $as_of and persona = $segment
            ))
        """,
        **chosen.params,
    )
    (first,) = rows(kind, "select min(order_date) as day from orders where is_counted")["day"]

    def figures(month) -> list[float]:
        part = orders[orders["order_date"].dt.to_period("M") == pd.Period(month, "M")]
        return [part["amount"].sum(), part["customer_id"].nunique(), len(part)]

    shown = seen(kind, "overview", **chosen.query)
    section = shown.section(f"in {in_words(days)}")
    row = next(text for text in section.texts if "Customers who ordered" in text)
    cells = re.split("Revenue|Customers who ordered|Orders", row)[1:]
    assert len(cells) == 3
    now = figures(start)
    for place, cell in enumerate(cells):
        value, *comparisons = [part.strip() for part in re.split(r"\s{2,}", cell) if part.strip()]
        assert close(value, now[place]), (cell, now)
        assert len(comparisons) == 2
        for text, month in zip(comparisons, earlier, strict=True):
            if first.date() > month:
                assert text == f"No complete {month:%B %Y} to compare with"
                continue
            then = figures(month)[place]
            sign = "▲" if now[place] > then else "▼" if now[place] < then else "="
            assert text.startswith(sign) and f"{month:%B %Y}" in text
            if then > 0 and sign != "=":
                assert close(text, abs(now[place] - then) / then)
                assert close(text.split("(")[1], then)
    said = f"{chosen.as_of:%B %Y} is not complete" in section.note
    assert said == (chosen.as_of.day != 1)


def test_who_slipped_and_who_rose(view):
    kind, chosen = view
    days = whole_month(chosen)
    expected = rows(
        kind,
        DIRECTIONS
        + """
        , year as (
            select customer_id, sum(net_amount)::double as spent from orders
            where is_counted and order_date < $to_date
                and order_date >= $to_date - interval 1 year
            group by customer_id
        )
        select from_persona, to_persona, is_slipped, count(*) as customers,
            coalesce(sum(spent), 0) as money,
            (
                select recommended_action from segment_profiles where segment_id = any_value(to_id)
            ) as action
        from moved left join year using (customer_id)
        where (is_slipped or is_risen)
            and ($segment is null or from_persona = $segment or to_persona = $segment)
        group by from_persona, to_persona, is_slipped
        order by is_slipped desc, money desc
        """,
        **chosen.params,
        **days,
    )
    shown = seen(kind, "overview", **chosen.query)
    section = shown.section(f"in {in_words(days)}")
    assert section.ignores == set()
    slipped, risen = expected[expected["is_slipped"]], expected[~expected["is_slipped"]]
    lines = [text for text in section.texts if "What to do" in text]
    if expected.empty:
        assert lines == []
        return
    down, up = section.title.split("), ")
    assert close(down, slipped["customers"].sum())
    assert close(down.split("(")[1], slipped["money"].sum())
    assert close(up, risen["customers"].sum())
    assert close(up.split("(")[1], risen["money"].sum())
    listed = pd.concat([slipped.head(3), risen.head(2)])
    assert len(lines) == len(listed)
    for line, row in zip(lines, listed.itertuples(), strict=True):
        said, to_do = line.replace("\\", "").split("\n")
        first, second = re.findall(r"\*\*([^*]+)\*\*", said)
        assert first.endswith(f" {row.from_persona}") and second == row.to_persona
        assert said.startswith("▼" if row.is_slipped else "▲")
        assert close(first, row.customers)
        assert close(said.split(": ")[-1], row.money)
        assert row.action.rstrip(".") in to_do


def test_the_list_behind_a_change_has_as_many_customers():
    """The link of the first change leads to just those customers."""
    shown = seen("full", "overview")
    section = shown.section("slipped in")
    (link, *_) = [
        part.proto.query_string
        for part in shown.app.main.get("page_link")
        if part.proto.page == "movement"
    ]
    query = dict(part.split("=") for part in link.replace("+", " ").split("&"))
    listed = seen("full", "movement", **query).downloaded("slipping_csv")
    assert close(next(text for text in section.texts if "What to do" in text), len(listed))
    assert (listed["direction"] == query["move"]).all()


def test_matrix_and_flows(view):
    kind, chosen = view
    days = month(kind, chosen)
    expected = rows(
        kind,
        DIRECTIONS
        + """
        , shares as (
            select coalesce(from_persona, 'First order') as from_persona,
                coalesce(to_persona, 'Returned it all') as to_persona,
                count(*) as customers, count(*) filter (is_slipped) as slipped,
                count(*) filter (is_risen) as risen,
                count(*) / sum(count(*)) over (partition by from_id) as share
            from moved group by from_id, from_persona, to_persona
        )
        from shares
        where $segment is null or from_persona = $segment or to_persona = $segment
        """,
        **chosen.params,
        **days,
    )
    shown = seen(kind, "movement", **chosen.query)
    (cells,) = shown.charts["matrix"]
    for row in matches(cells, expected, ["from_persona", "to_persona"]).itertuples():
        assert row.customer_count == row.customers
        assert (row.slipped_count, row.rose_count) == (row.slipped, row.risen)
        assert math.isclose(row.share_of_from, row.share) and close(row.text, row.share)
    bands = next(data for data in shown.charts["flows"] if "flow" in data)
    both = matches(bands.drop_duplicates("flow"), expected, ["from_persona", "to_persona"])
    assert (both["customer_count"] == both["customers"]).all()
    known = expected[expected["from_persona"] != "First order"]
    if chosen.segment:
        known = known[known["from_persona"] == chosen.segment]
    stayed = known.loc[known["from_persona"] == known["to_persona"], "customers"].sum()
    steady = shown.section("stayed in their segment|^Nobody started")
    if len(known):
        assert close(steady.title, stayed / known["customers"].sum())
    assert steady.ignores == set()
    balance = shown.section(r"\d rose, ")
    new = expected.loc[expected["from_persona"] == "First order", "customers"].sum()
    is_move = (expected["from_persona"] != expected["to_persona"]) & (
        expected["from_persona"] != "First order"
    )
    moved = expected[is_move & (expected["to_persona"] != "Returned it all")]
    rose, slipped = moved["risen"].sum(), moved["slipped"].sum()
    others = moved["customers"].sum() - rose - slipped
    for place, value in enumerate([rose, slipped, others, new]):
        assert close(balance.title, value, place=place), balance.title
    assert balance.ignores == set()


@pytest.mark.parametrize("number", [0, 2])
def test_the_list_holds_exactly_those_who_slipped(view, number):
    kind, chosen = view
    days = month(kind, chosen, number)
    expected = rows(
        kind,
        DIRECTIONS
        + """
        select customer_id, from_persona, to_persona, monetary::double as monetary, has_ordered
        from moved
        where is_slipped and ($segment is null or $segment in (from_persona, to_persona))
        order by monetary desc
        """,
        **chosen.params,
        **days,
    )
    assert not expected["has_ordered"].any()
    shown = seen(kind, "movement", month=in_words(days), **chosen.query)
    section = shown.section(f"slipped.* in {in_words(days)}$")
    assert close(section.title, len(expected)) and section.ignores == set()
    if expected.empty:
        assert not shown.tables
        return
    listed = shown.downloaded("slipping_csv")
    both = matches(listed, expected, ["customer_id", "from_persona", "to_persona"])
    assert both["monetary"].tolist() == pytest.approx(both["monetary_expected"].tolist())
    assert len(listed) == len(expected)
    (table,) = shown.tables
    assert len(table) == min(len(expected), 100)
    assert table["monetary"].tolist() == pytest.approx(expected["monetary"].head(100).tolist())


def test_sizes_over_time(view):
    kind, chosen = view
    expected = rows(
        kind,
        HISTORY
        + """
        select snapshot_date, persona, count(*) as customers from history
        where snapshot_date <= $as_of and ($segment is null or persona = $segment)
        group by all order by 1
        """,
        **chosen.params,
    )
    shown = seen(kind, "movement", **chosen.query)
    areas = shown.charts["sizes"][0]
    both = matches(areas, expected, ["snapshot_date", "persona"])
    assert (both["customer_count"] == both["customers"]).all()
    assert ((both["top"] - both["base"]) == both["customers"]).all()
    heading = shown.section("grew|shrank")
    assert heading.ignores == set()
    wide = expected.pivot(index="persona", columns="snapshot_date", values="customers").fillna(0)
    gain = wide.iloc[:, -1] - wide.iloc[:, 0]
    if chosen.segment:
        assert ("shrank" in heading.title) == (gain[chosen.segment] < 0)
    assert close(heading.title.rsplit(" by ", 1)[1], gain.abs()[gain.idxmax()])


def test_in_and_out(view):
    kind, chosen = view
    shown = seen(kind, "movement", **chosen.query)
    assert shown.section("^In and out").ignores == set()
    charts = {key: data[0] for key, data in shown.charts.items() if key.startswith("in_and_out")}
    found = pd.concat(charts.values())
    if chosen.segment:
        assert set(found["persona"]) == {chosen.segment}
    else:
        assert len(charts) == found["persona"].nunique() > 1
    for number in (0, 1):
        days = month(kind, chosen, number)
        expected = rows(
            kind,
            DIRECTIONS
            + """
            , kinds as (
                select to_persona as persona,
                    if(from_id is null, 'first order', 'came in') as kind
                from moved where to_id is not null and from_id is distinct from to_id
                union all
                select from_persona, if(is_slipped, 'slipped', 'left otherwise')
                from moved where from_id is not null and from_id is distinct from to_id
            )
            select persona, kind, count(*) as customers from kinds
            where $segment is null or persona = $segment group by all
            """,
            **chosen.params,
            **days,
        )
        part = found[(found["month"] == in_words(days)) & (found["size"] > 0)]
        both = matches(part, expected, ["persona", "kind"])
        assert (both["size"] == both["customers"]).all()
        signs = both["kind"].map({"came in": 1, "first order": 1}).fillna(-1)
        assert (both["signed"] == signs * both["customers"]).all()


@pytest.mark.parametrize(
    ("before", "after", "has_ordered", "direction"),
    [
        ("loyal", "sleepy", False, "slipped"),
        ("loyal", "sleepy", True, "changed"),
        ("loyal", "lost", False, "slipped"),
        ("sleepy", "lost", False, "slipped"),
        ("lost", "sleepy", True, "rose"),
        ("lost", "sleepy", False, "changed"),
        ("sleepy", "fresh", True, "rose"),
        ("fresh", "loyal", True, "rose"),
        ("fresh", "loyal", False, "changed"),
        ("loyal", "fresh", True, "changed"),
        ("loyal", "fresh", False, "changed"),
        ("loyal", "loyal", False, "stayed"),
    ],
)
def test_direction_is_what_a_customer_did(before, after, has_ordered, direction):
    """Shops of the fixture have nobody who ordered and yet is absent for longer."""
    con = duckdb.connect()
    con.execute(
        """
        create table segment_profiles as from (values
            (1, 'loyal', 'active'), (2, 'sleepy', 'slipping'), (3, 'fresh', 'new'),
            (4, 'lost', 'gone')
        ) as v (segment_id, persona, life_cycle)
        """
    )
    found = con.execute(
        f"""
        select direction from ({read_sql("prepared/directions")}) as directions
        join segment_profiles as a on a.segment_id = from_segment_id
        join segment_profiles as b on b.segment_id = to_segment_id
        where a.persona = $1 and b.persona = $2 and has_ordered = $3
        """,
        [before, after, has_ordered],
    ).fetchall()
    assert found == [(direction,)]


# Cohorts

COHORTS = """
with counted as (from orders where is_counted),
firsts as (
    select customer_id, date_trunc('month', min(order_date)) as cohort from counted group by 1
),
cohorts as (select cohort, count(*) as size from firsts group by cohort),
months as (
    select cohort, size, unnest(range(0, 60)) as month from cohorts
),
whole as (
    from months where date_add(cohort, to_months(month::int + 1)) <= $as_of
),
bought as (
    select cohort, size, month,
        (
            select count(distinct customer_id) from counted join firsts using (customer_id)
            where firsts.cohort = whole.cohort
                and date_trunc('month', order_date) = date_add(whole.cohort, to_months(month::int))
        ) as customers,
        (
            select coalesce(sum(net_amount), 0)::double
            from counted join firsts using (customer_id)
            where firsts.cohort = whole.cohort
                and date_trunc('month', order_date) = date_add(whole.cohort, to_months(month::int))
        ) as money
    from whole
)
"""
CELL = {
    "retention_rate": "customers / size",
    "revenue": "money",
    "revenue_per_customer": "money / size",
}
AVERAGE = {
    "retention_rate": "sum(customers) / sum(size)",
    "revenue": "sum(money) / count(*)",
    "revenue_per_customer": "sum(money) / sum(size)",
}


@pytest.mark.parametrize("kind_shown", list(CELL))
@pytest.mark.parametrize(
    ("kind", "name"),
    [("full", "none"), ("full", "as-of date"), ("full", "every"), ("one segment", "none")],
)
def test_cohorts(kind, name, kind_shown):
    chosen = choice(kind, name)
    cells = rows(
        kind,
        COHORTS + f"select cohort, month, size, {CELL[kind_shown]} as expected from bought",
        **chosen.params,
    )
    averages = rows(
        kind,
        COHORTS
        + f"select month, count(*) as cohorts, {AVERAGE[kind_shown]} as expected from bought "
        "group by month order by month",
        **chosen.params,
    )
    shown = seen(kind, "cohorts", show=KINDS[kind_shown], **chosen.query)
    (heat,) = shown.charts["cohorts"]
    heat = heat.drop(columns="cohort_day").rename(
        columns={"cohort_month": "cohort_day", "cohort": "label"}
    )
    heat = heat.assign(
        cohort=pd.to_datetime(heat["cohort_day"]), month=heat["months_since"].astype("int64")
    )
    both = matches(heat, cells.assign(cohort=cells["cohort"]), ["cohort", "month"])
    assert both["value"].tolist() == pytest.approx(both["expected"].tolist())
    assert all(close(row.text, row.expected) for row in both.itertuples())
    assert (both["cohort_customer_count"] == both["size"]).all()
    (curve,) = shown.charts["average_curve"]
    line = matches(
        curve.assign(month=curve["months_since"]), averages[averages["month"] > 0], ["month"]
    )
    assert line["value"].tolist() == pytest.approx(line["expected"].tolist())
    assert (line["cohort_count"] == line["cohorts"]).all()
    assert all(close(row.text, row.expected) for row in line.itertuples())
    first = averages["expected"][1]
    heading = shown.section("month after")
    assert close(heading.title, first)
    assert ("ordered again" in heading.title) == (kind_shown == "retention_rate")
    if len(averages) > 6:
        assert close(heading.title, averages["expected"][6], place=1)
    assert close(shown.alternatives["cohorts"], first)
    assert close(shown.alternatives["average_curve"], first, place=1)
    average = shown.section("^On average")
    assert heading.ignores == average.ignores == chosen.names("segment", "country")


def test_a_month_in_which_nobody_came_back_counts_in_the_average():
    """An export has such a month, or the test above would not see it left out."""
    cells = rows("one segment", COHORTS + "from bought", as_of=choice("one segment", "none").as_of)
    assert (cells["customers"] == 0).any()
