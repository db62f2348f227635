"""Names hold for the customers that bear them, in shops of every pace."""

import csv
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from names import SEED, SHARE, shares_that_hold

from ml.features import feature_matrix, fit_scaling, transform_measures
from ml.kmeans import kmeans
from ml.mixture import Mixture
from ml.outlook_features import Known
from ml.pace import Pace, fit_pace, pace_warnings, recency_ratio, usual_days
from ml.persona_seed import load_personas
from ml.personas import assign_personas, measure_members
from ml.segments import name_segments
from ml.settings import Settings
from pipeline.core.errors import InputError

# -- the shop's pace -------------------------------------------------------------------------------


def test_the_usual_time_between_orders_by_hand():
    # 3 orders over 60 days: every 30; 2 over 10: every 10; 5 over 400: every 100. Who ordered
    # once, or twice on one day, tells nothing.
    recency, orders, tenure = [5, 90, 1, 50, 7], [3, 2, 5, 1, 2], [65, 100, 401, 50, 7]
    assert usual_days(recency, orders, tenure) == (30, 3)
    assert usual_days([5], [1], [5]) == (None, 0)


def test_recency_in_usual_times_by_hand():
    # One order, 60 days ago, in a shop of 30 days: twice as long as usual. Ten orders over 90
    # days, of which the shop adds a tenth interval of 30: every 12 days, the last 24 days ago.
    # Sixty orders in sixty days, the last two weeks ago: two weeks, not fourteen times a day.
    pace = Pace(30.0, 50, 0, 7.0)
    assert recency_ratio([60, 24, 14], [1, 10, 60], [60, 114, 74], pace).tolist() == [2, 2, 2]


def test_new_customers_are_a_minority_and_leave_enough_to_segment():
    rng = np.random.default_rng(1)
    tenure = rng.integers(1, 41, 1000)
    young = fit_pace(tenure, np.ones(1000), tenure, Settings(min_repeat_customers=1))
    assert 0.3 < young.is_new(tenure).mean() <= 0.4
    few = fit_pace(tenure[:25], np.ones(25), tenure[:25], Settings())
    assert few.is_new(tenure[:25]).sum() <= 5
    same_day = fit_pace(np.full(100, 9), np.ones(100), np.full(100, 9), Settings())
    assert same_day.new_days == 0
    assert not same_day.is_new(np.full(100, 9)).any()


@pytest.mark.parametrize(("gap", "expected"), [(2, 14), (40, 40), (300, 90)])
def test_who_is_new_follows_the_pace_within_limits(gap, expected):
    tenure = np.arange(gap, gap + 1000)
    pace = fit_pace(tenure - gap, np.full(1000, 2), tenure, Settings())
    assert pace.usual_days == gap
    assert pace_warnings(pace) == []
    spread = np.concatenate([np.arange(1, 101), np.arange(200, 1400)])
    shop = fit_pace(np.maximum(spread - gap, 0), np.full(1300, 2), spread, Settings())
    assert shop.new_days == expected


def test_an_unknown_pace_is_said():
    pace = fit_pace(np.arange(1, 301), np.ones(300), np.arange(1, 301), Settings())
    assert pace.usual_days == 60
    assert "60 days are assumed" in pace_warnings(pace)[0]


# -- names -----------------------------------------------------------------------------------------


SAYS_WHAT_COMES = {"Likely Big Spenders", "Wavering Customers", "Unlikely To Order"}


@given(st.integers(0, 2**32 - 1), st.integers(2, 10), st.booleans())
@settings(max_examples=200, deadline=None)
def test_a_name_holds_for_four_in_five_of_any_segment(seed, k, look_ahead):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 400))
    recency = rng.integers(1, 400, n)
    frequency = rng.geometric(rng.uniform(0.1, 0.95), n)
    tenure = recency + rng.integers(0, 400, n) * (frequency > 1)
    monetary = frequency ** rng.uniform(0, 1.5) * rng.lognormal(3, rng.uniform(0, 2), n)
    # From segments that follow the measures to segments at random.
    key = rng.uniform(0, 1) * np.argsort(np.argsort(monetary - recency)) / n + rng.uniform(0, 1, n)
    labels = np.minimum((np.argsort(np.argsort(key)) * k) // n, k - 1)
    pace = Pace(float(rng.uniform(2, 300)), 50, 0, 7.0)
    # From a chance that follows the segments to one at random.
    chance = np.clip(labels / k + rng.normal(0, rng.uniform(0, 1), n), 0.01, 0.99)
    members = measure_members(
        recency, frequency, monetary, tenure, pace, chance if look_ahead else None
    )
    names, bases = assign_personas(labels, k, members, load_personas(), SHARE)
    assert len(set(names)) == k
    assert look_ahead or not SAYS_WHAT_COMES & {base.name for base in bases}
    for name, base in zip(names, bases, strict=True):
        assert name == base.name or name.startswith(f"{base.name} (")
    customers = pd.DataFrame(
        {
            "recency_days": recency,
            "frequency": frequency,
            "monetary": monetary,
            "tenure_days": tenure,
            "segment": np.array(names)[labels],
            **({"order_chance": chance} if look_ahead else {}),
        }
    )
    assert min(shares_that_hold(customers, pace.usual_days).values()) >= SHARE


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (None, "Mixed Customers"),
        (0.2, "Unlikely To Order"),
        (0.55, "Wavering Customers"),
        # Half of them on either side: neither name is true of four in five.
        ("spread", "Mixed Customers"),
    ],
)
def test_the_chance_to_order_names_unlike_pasts_only_where_segments_look_ahead(chance, expected):
    # The first segment: half ordered yesterday, half a year ago, twice each. The second: loyal.
    recency = np.array([1, 365] * 50 + [2] * 100)
    orders = np.array([2] * 100 + [30] * 100)
    spend = np.array([50] * 100 + [9000] * 100)
    labels = np.repeat([0, 1], 100)
    chances = None
    if chance is not None:
        first = np.tile([0.1, 0.9], 50) if chance == "spread" else np.full(100, chance)
        chances = np.concatenate([first, np.full(100, 0.98)])
    members = measure_members(recency, orders, spend, recency + 20, Pace(30, 50, 0, 7), chances)
    names, _ = assign_personas(labels, 2, members, load_personas(), SHARE)
    assert names == [expected, "Loyal Customers"]


def test_segments_that_are_alike_share_a_persona_and_are_told_apart():
    rng = np.random.default_rng(3)
    recency = np.repeat(np.arange(400, 410), 30)
    monetary = rng.lognormal(3, 0.1, 300)
    pace = Pace(30.0, 50, 0, 7.0)
    members = measure_members(recency, np.ones(300), monetary, recency, pace)
    labels = np.repeat(np.arange(10), 30)
    names, _ = assign_personas(labels, 10, members, load_personas(), SHARE)
    assert len(set(names)) == 10
    assert any("(" in name for name in names)
    assert assign_personas(labels, 10, members, load_personas(), SHARE)[0] == names


def shop(seed: int, *, gap: float, leaving: float, days: int, customers: int = 1500):
    """Draw customers who order at random around a gap of their own, and leave after some order."""
    rng = np.random.default_rng(seed)
    rows = []
    own = gap / rng.gamma(2.0, 0.5, customers)
    size = rng.lognormal(3.5, 0.8, customers)
    for i, at in enumerate(rng.integers(0, days, customers).astype(float)):
        first, last, orders = at, at, 1
        while rng.random() > leaving:
            at += max(rng.exponential(own[i]), 1.0)
            if at >= days:
                break
            last, orders = at, orders + 1
        rows.append((days - int(last), orders, size[i] * orders, days - int(first)))
    return pd.DataFrame(rows, columns=["recency_days", "frequency", "monetary", "tenure_days"])


SHOPS = {
    "coffee, every three days": {"gap": 3, "leaving": 0.02, "days": 365},
    "grocer, weekly": {"gap": 7, "leaving": 0.02, "days": 365},
    "cosmetics, monthly": {"gap": 30, "leaving": 0.08, "days": 730},
    "gifts, twice a year": {"gap": 180, "leaving": 0.3, "days": 1100},
    "tyres, yearly": {"gap": 365, "leaving": 0.2, "days": 1800},
    "bought once": {"gap": 60, "leaving": 0.85, "days": 730},
}


def segmented(customers: pd.DataFrame, k: int):
    """Segment a shop as a run does, with k-means' labels for the mixture."""
    measures = tuple(
        customers[name].to_numpy(dtype=float)
        for name in ("recency_days", "frequency", "monetary", "tenure_days")
    )
    pace = fit_pace(measures[0], measures[1], measures[3], Settings())
    old = ~pace.is_new(measures[3])
    values = transform_measures(*measures[:3])
    points = feature_matrix(values, fit_scaling(values[old]))
    labels = kmeans(points[old], k, seed=0)[1]
    mixture = Mixture.from_labels(points[old], labels, k, floor=1e-3)
    known = Known(*measures, measures[1])
    segments = name_segments(mixture, points, known, None, pace, load_personas(), SHARE)
    ids = segments.labels(points, ~old)
    named = customers.assign(segment=np.array(segments.personas)[ids - 1])
    stages = [base.life_cycle for base in segments.bases]
    return named.assign(life_cycle=np.array(stages)[ids - 1]), segments, pace


@pytest.mark.parametrize(("kind", "k", "seed"), list(itertools.product(SHOPS, (4, 6, 8), range(3))))
def test_names_are_true_in_shops_of_every_pace(kind, k, seed):
    customers, segments, pace = segmented(shop(seed, **SHOPS[kind]), k)
    assert min(shares_that_hold(customers, pace.usual_days).values()) >= SHARE

    # New is who ordered first within the days that count as new, and nobody else.
    new = customers.tenure_days <= pace.new_days
    assert (customers[new].segment == "New Customers").all()
    assert (customers[~new].segment != "New Customers").all()
    assert segments.personas.count("New Customers") == 1

    # What a person would object to: called gone or slipping days after an order, or active after
    # several times the days between their own orders.
    own = (customers.tenure_days - customers.recency_days) / (customers.frequency - 1)
    for name, group in customers[~new].groupby("segment"):
        stage = group.life_cycle.iloc[0]
        typical = group.recency_days.median()
        if stage == "slipping":
            assert typical >= 14, name
        if stage == "gone":
            assert typical >= 60, name
            regular = group[group.frequency >= 4]
            if len(regular) > 20:
                assert (regular.recency_days / own[regular.index]).median() > 1.5, name
        if stage == "active":
            regular = group[group.frequency >= 4]
            if len(regular) > 20:
                assert (regular.recency_days / own[regular.index]).median() < 2, name
    # The customers who order every few days and did so last week are no one's lost customers.
    busy = customers[(customers.frequency >= 10) & (customers.recency_days <= own) & ~new]
    if len(busy):
        assert (busy.life_cycle == "gone").mean() < 0.02


def test_new_customers_rank_by_value_among_the_others():
    customers, segments, _ = segmented(shop(0, **SHOPS["cosmetics, monthly"]), 5)
    place = segments.personas.index("New Customers") + 1
    assert place not in segments.component_ids
    assert sorted((*segments.component_ids, place)) == list(range(1, 7))
    # Spend a month since the first order, a month added, on a log scale.
    rate = np.log1p(30 * customers.monetary / (customers.tenure_days + 30))
    means = rate.groupby(customers.segment).mean().reindex(segments.personas)
    assert means.is_monotonic_decreasing


# -- the seed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (",0.75,0.93", ",1.6,0.93", r"line 2: presence_ideal is 1\.6, expected 0 to 1"),
        (",active,", ",busy,", r"line 2: life_cycle is 'busy', expected one of new, active"),
        (",0.0,3.0,", ",4.0,3.0,", r"line 2: recency_ratio goes from 4 to 3"),
        ("✨,new", "✨,active", "0 personas with life_cycle new, expected exactly one"),
    ],
)
def test_a_faulty_seed_is_an_error_of_one_line(tmp_path, before, after, words):
    text = SEED.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "personas.csv"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_personas(path)


def test_the_seed_is_safe_for_dbt():
    assert "'" not in SEED.read_text(encoding="utf-8")
    assert not pd.read_csv(SEED).isna().any().any()
    rows = list(csv.DictReader(SEED.open(encoding="utf-8")))
    assert len({row["icon"] for row in rows}) == len(rows)
