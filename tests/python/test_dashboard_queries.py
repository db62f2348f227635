"""Every query runs, and its totals are those of the run."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import query_values
from dashboard_support import KINDS, RUNS, connection, export
from scipy.stats.contingency import relative_risk

from dashboard.database import QUERIES, execute, parameters, query_names, read_sql
from dashboard.exports import table_names
from dashboard.settings import CHART_ROWS

LISTS = {"customers/download", "movement/moved_customers"}


def values(kind: str, **changes):
    return query_values.values(export(kind), connection(kind), **changes)


@pytest.mark.parametrize("name", query_names())
@pytest.mark.parametrize("kind", KINDS)
def test_query_runs(kind, name):
    everything = execute(connection(kind), name, values(kind))
    if name not in LISTS:
        assert len(everything) <= CHART_ROWS
    narrowed = values(kind, country="Germany", segment=values(kind)["persona"], segment_id=1)
    assert len(execute(connection(kind), name, narrowed)) <= max(len(everything), 1)


@pytest.mark.parametrize("path", sorted(QUERIES.rglob("*.sql")), ids=lambda p: p.stem)
def test_query_style(path):
    for line in path.read_text().splitlines():
        assert len(line) <= 80 or "_views" in path.name, line
        assert line.rstrip() == line and "\t" not in line
    words = [w for w in path.read_text().split("--")[0].split() if w.isupper() and len(w) > 2]
    assert not words


def test_no_parquet_outside_the_views():
    named = [path for path in QUERIES.rglob("*.sql") if ".parquet" in path.read_text()]
    assert [path.name for path in named] == ["_views.sql"]


@pytest.mark.parametrize("kind", KINDS)
def test_customers_of_the_map_lie_in_the_outlines_of_their_components(kind):
    """Where each component's customers lie on average is within one deviation of its mean."""
    cells = execute(connection(kind), "model/feature_map")
    parts = execute(connection(kind), "model/components").dropna(subset="mean_recency_feature")
    people = pd.read_parquet(export(kind).folder / "customer_segments.parquet")
    assert cells["customer_count"].sum() == len(people)
    assert len(parts)
    for part in parts.itertuples():
        covariance = [
            [part.variance_recency_feature, part.covariance_features],
            [part.covariance_features, part.variance_value_feature],
        ]
        mean = [part.mean_recency_feature, part.mean_value_feature]
        own = cells[cells["segment_id"] == part.segment_id]
        if own["customer_count"].sum() < 10:
            continue
        axes = own[["recency_feature", "value_feature"]]
        gap = np.average(axes, axis=0, weights=own["customer_count"]) - mean
        assert gap @ np.linalg.solve(covariance, gap) < 1, part.persona


@pytest.mark.parametrize("kind", KINDS)
def test_lines_add_up_to_the_account(kind):
    account = export(kind).manifest["account"]
    con = connection(kind).cursor()
    con.execute("use store")
    rows, kept, amount = con.execute(
        "select sum(row_count), sum(row_count) filter (is_kept), sum(amount) from line_classes"
    ).fetchone()
    assert int(rows) == account["raw_rows"]
    assert int(kept) == account["kept_rows"]
    assert amount == Decimal(account["raw_amount"])


@pytest.mark.parametrize("kind", KINDS)
def test_totals_are_one_truth(kind):
    """Pages that add up map cells show what the marts hold."""
    con = connection(kind).cursor()
    con.execute("use store")
    differences = con.execute(
        """
        with ours as (
            select snapshot_date, segment_id, sum(customer_count) as n, sum(revenue) as money
            from snapshot_totals group by all
        )
        select * from ours full join segment_overview as theirs
            using (snapshot_date, segment_id)
        where (coalesce(ours.n, 0), coalesce(ours.money, 0))
            is distinct from (theirs.customer_count, theirs.revenue)
            and (theirs.snapshot_date in (select snapshot_date from snapshots))
        """
    ).fetchall()
    assert differences == []
    shares = execute(connection(kind), "overview/segment_shares", values(kind))
    profiles = execute(connection(kind), "pictures/shares")
    assert shares["customer_count"].tolist() == profiles["customer_count"].tolist()
    assert shares["revenue"].tolist() == profiles["revenue"].tolist()
    assert shares["customer_count"].sum() == len(
        execute(connection(kind), "customers/download", values(kind))
    )


@pytest.mark.parametrize("kind", KINDS)
def test_moves_are_the_mart_s_transitions(kind):
    con = connection(kind).cursor()
    con.execute("use store")
    differences = con.execute(
        """
        with ours as (
            select to_date, from_segment_id, to_segment_id, sum(customer_count) as n
            from moves group by all
        )
        select * from ours full join segment_transitions as theirs
            on ours.to_date = theirs.to_date
            and ours.from_segment_id is not distinct from theirs.from_segment_id
            and ours.to_segment_id is not distinct from theirs.to_segment_id
        where ours.n is distinct from theirs.customer_count
        """
    ).fetchall()
    assert differences == []


def lift_interval(members: int, segment: int, everyone: int, total: int) -> tuple[float, float]:
    """Return scipy's 95% interval of the ratio of shares, segment to rest, as lift."""
    found = relative_risk(members, segment, everyone - members, total - segment)
    ends = found.confidence_interval()
    # Lift is the share here over w times the share here plus 1 - w times that elsewhere.
    weight = segment / total
    return tuple(end / (weight * end + 1 - weight) for end in (ends.low, ends.high))


@pytest.mark.parametrize("kind", KINDS)
def test_countries_that_stand_out_are_scipy_s(kind):
    people = pd.read_parquet(export(kind).folder / "customer_segments.parquet")
    places = pd.read_parquet(export(kind).folder / "customers.parquet")
    people = people.drop(columns="country").merge(places[["customer_id", "country"]])
    people = people.dropna(subset="country")
    support = export(kind).stand_out
    for persona, members in people.groupby("persona"):
        found = execute(connection(kind), "segments/countries", values(kind, persona=persona))
        counts = members["country"].value_counts()
        best = counts.sort_values(ascending=False).head(10)
        assert found["customer_count"].head(len(best)).tolist() == best.tolist()
        standing = set()
        for country, count in counts.items():
            everyone = int((people["country"] == country).sum())
            shown = found[found["country"] == country]
            if everyone == count or len(members) == len(people):
                continue
            low, high = lift_interval(int(count), len(members), everyone, len(people))
            if len(shown):
                row = shown.iloc[0]
                assert row["segment_customer_count"] == len(members)
                lift = count / len(members) / (everyone / len(people))
                assert (row["lift"], row["lift_low"], row["lift_high"]) == pytest.approx(
                    (lift, low, max(high, lift)), abs=1e-5
                )
            enough = count >= support["minimum_customers"]
            if enough and count / len(members) >= support["minimum_share"] and low > 1:
                standing.add(country)
        missed = found.dropna(subset="stand_out_rank")
        shared = missed[missed["overall_share"] * len(people) > missed["customer_count"] + 0.5]
        assert set(shared["country"]) == standing


@pytest.mark.parametrize("kind", RUNS)
def test_products_that_stand_out_are_scipy_s(kind):
    folder = export(kind).folder
    products = pd.read_parquet(folder / "segment_products.parquet")
    people = pd.read_parquet(folder / "customer_segments.parquet")
    sizes = people["segment_id"].value_counts()
    support = export(kind).stand_out
    for row in products.itertuples():
        size = int(sizes[row.segment_id])
        assert row.segment_customer_count == size
        assert row.lift == pytest.approx(
            row.customer_count / size / (row.overall_customer_count / len(people))
        )
        if row.overall_customer_count == row.customer_count:
            assert row.lift == row.lift_high
            continue
        low, high = lift_interval(row.customer_count, size, row.overall_customer_count, len(people))
        assert (row.lift_low, row.lift_high) == pytest.approx((low, max(high, row.lift)), abs=1e-5)
        if pd.notna(row.stand_out_rank):
            assert low > 1
            assert row.customer_count >= support["minimum_customers"]
            assert row.customer_share >= support["minimum_share"]
    for _, listed in products.groupby("segment_id"):
        standing = listed.dropna(subset="stand_out_rank").sort_values("stand_out_rank")
        assert standing["lift_low"].is_monotonic_decreasing
        limit = export(kind).manifest["parameters"]["segment_product_limit"]
        ranks = standing["stand_out_rank"].tolist()
        assert ranks[:limit] == list(range(1, min(limit, len(ranks)) + 1))
        assert listed.sort_values("customer_rank")["customer_count"].is_monotonic_decreasing
        assert listed.sort_values("revenue_rank")["revenue"].is_monotonic_decreasing
        assert {1, 2}.issubset(listed["customer_rank"]) and {1, 2}.issubset(listed["revenue_rank"])


def test_pages_of_the_table_do_not_overlap():
    """Sorted by a measure with many ties, pages hold every customer once."""
    base = values("full", sort="frequency", limit=37)
    seen = []
    for offset in range(0, 600, 37):
        frame = execute(connection("full"), "customers/page", {**base, "offset": offset})
        seen += frame["customer_id"].tolist()
    total = execute(connection("full"), "customers/total", base)["customer_count"][0]
    assert len(seen) == len(set(seen)) == total


def test_table_follows_the_filters():
    base = values("full", segment_id=2, least_sure=0.6, least_spent=200, country="Germany")
    frame = execute(connection("full"), "customers/page", base)
    assert len(frame) and (frame["country"] == "Germany").all()
    assert (frame["membership_probability"] >= 0.6).all() and (frame["monetary"] >= 200).all()
    assert frame["persona"].nunique() == 1
    assert frame["monetary"].is_monotonic_decreasing
    total = execute(connection("full"), "customers/total", base)["customer_count"][0]
    assert total == len(frame)


def test_search_is_text_and_not_a_pattern():
    for text, found in (("%", 0), ("_", 1), ("<img", 1), ("'; drop", 0), ("O'HARA", 1)):
        base = values("full", search=text)
        total = execute(connection("full"), "customers/total", base)["customer_count"][0]
        assert total == found, text


def test_parameters_are_bound():
    for name in query_names():
        assert "{" not in read_sql(name), f"{name} is not a template"
        assert parameters(read_sql(name)) <= set(values("full")), name


def test_views_name_every_table_once():
    names = table_names()
    assert len(names) == len(set(names)) == 28
