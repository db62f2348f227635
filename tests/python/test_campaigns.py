"""Campaigns against published intervals, SciPy and counts by hand, on both engines."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from campaign_shop import Campaign, build, land_all, rows, spent, total, write, write_list
from engine_tables import with_durable_tables
from same_tables import assert_same, built
from scipy import stats

pytestmark = pytest.mark.sail

SENT = date(2024, 3, 1)
# Newcombe, Statistics in Medicine 17 (1998), 873-890, table II, method 10: x and n of either
# group, and the ends of the interval.
PUBLISHED = {
    "a": (56, 70, 48, 80, 0.0524, 0.3339),
    "b": (9, 10, 3, 10, 0.1705, 0.8090),
    "c": (6, 7, 2, 7, 0.0582, 0.8062),
    "d": (5, 56, 0, 29, -0.0381, 0.1926),
    "e": (0, 10, 0, 20, -0.1611, 0.2775),
    "f": (0, 10, 0, 10, -0.2775, 0.2775),
    "g": (10, 10, 0, 20, 0.6791, 1.0000),
    "h": (10, 10, 0, 10, 0.6075, 1.0000),
}
CAMPAIGNS = [
    *(
        Campaign(name, SENT, spent(x1, n1), spent(x2, n2))
        for name, (x1, n1, x2, n2, *_) in PUBLISHED.items()
    ),
    Campaign("large", SENT, spent(300, 900), spent(40, 150), days=14),
    Campaign("heavy", SENT, spent(35, 60), spent(9, 31)),
    Campaign("running", date(2024, 6, 21), spent(9, 40), spent(3, 40)),
    Campaign("not begun", date(2024, 7, 1), spent(0, 40), spent(0, 40)),
    Campaign("no control", SENT, spent(9, 40), spent(0, 0)),
    Campaign("nobody written", SENT, spent(0, 0), spent(3, 40)),
]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Path:
    """Return a state folder in which the shop's orders and all campaigns have landed."""
    folder = tmp_path_factory.mktemp("campaigns")
    orders = write(folder / "files", CAMPAIGNS)
    dirty, held = folder / "dirty.csv", folder / "held.csv"
    write_list(dirty, ["0w0", "0w1", "0w1", "0c0", "stranger"], is_control=False)
    with dirty.open("a", encoding="utf-8") as file:
        file.write("0w2,Lost,Write,0.9,perhaps\n,Lost,Write,0.9,false\n\n0w3,Lost,Write\n")
    write_list(held, ["0c0", "0c1"], is_control=True)
    given = [(c.files, c.name, c.sent_on, c.days) for c in CAMPAIGNS]
    given.append(([dirty, held], "Dirty", SENT, None))
    land_all(folder / "state", orders, given)
    return folder / "state"


@pytest.fixture(scope="module")
def state(told) -> Path:
    """Return it with the marts built on Sail, groups of any size compared."""
    build(told, "sail", campaign_minimum_customers=1)
    return told


@pytest.mark.parametrize("name", PUBLISHED)
def test_intervals_of_shares_are_those_published(state, name):
    x1, n1, x2, n2, low, high = PUBLISHED[name]
    found = total(state, name)
    counts = [found[f"{group}_{of}"] for group in ("contacted", "control")
              for of in ("buyer_count", "count")]  # fmt: skip
    assert counts == [x1, n1, x2, n2]
    assert found["order_rate_uplift"] == pytest.approx(x1 / n1 - x2 / n2)
    ends = [round(found[f"order_rate_uplift_{end}"], 4) for end in ("low", "high")]
    # -0 where the interval ends at 0.
    assert ends == pytest.approx([low, high], abs=1e-9)


@pytest.mark.parametrize("campaign", CAMPAIGNS[8:11], ids=lambda each: each.name)
def test_intervals_of_money_are_scipys(state, campaign):
    found = total(state, campaign.name)
    test = stats.ttest_ind(campaign.written, campaign.control, equal_var=True)
    interval = test.confidence_interval(0.95)
    assert found["revenue_uplift"] == pytest.approx(
        np.mean(campaign.written) - np.mean(campaign.control)
    )
    assert found["revenue_uplift_low"] == pytest.approx(interval.low, rel=1e-6)
    assert found["revenue_uplift_high"] == pytest.approx(interval.high, rel=1e-6)
    assert float(found["contacted_revenue"]) == pytest.approx(campaign.written.sum())
    for end in ("", "_low", "_high"):
        assert found[f"incremental_revenue{end}"] == pytest.approx(
            found[f"revenue_uplift{end}"] * len(campaign.written)
        )


def test_nobody_ordered_in_either_group_gives_no_interval_of_money(state):
    found = total(state, "e")
    assert found["revenue_uplift"] == 0 and found["revenue_uplift_low"] is None
    assert found["order_rate_uplift_low"] is not None


def test_personas_are_compared_by_themselves(state):
    found = {r["persona"]: r for r in rows(state) if r["campaign_name"] == "large"}
    assert found.keys() == {"All customers", "Loyal Customers", "Lost"}
    for place, persona in enumerate(("Loyal Customers", "Lost")):
        assert found[persona]["contacted_count"] == 450
        assert found[persona]["control_buyer_count"] == 20
        assert float(found[persona]["contacted_revenue"]) == pytest.approx(
            CAMPAIGNS[8].written[place::2].sum()
        )


@pytest.mark.parametrize(
    ("name", "comparison", "days"),
    [
        ("large", "measured", (14, 14)),
        # Sent on the 21st of June, and the last order is of the 30th.
        ("running", "measured", (10, 30)),
        ("not begun", "not_begun", (0, 30)),
        ("no control", "no_control", (30, 30)),
        ("nobody written", "nobody_contacted", (30, 30)),
    ],
)
def test_what_can_not_be_compared_says_why(state, name, comparison, days):
    found = total(state, name)
    assert found["comparison"] == comparison
    assert (found["measured_days"], found["window_days"]) == days
    assert found["is_complete"] == (days[0] == days[1])
    assert (found["order_rate_uplift_low"] is None) == (comparison != "measured")


def test_no_record_is_lost(state):
    found = {
        r["row_class"]: r["row_count"]
        for r in rows(state, "fct_campaign_row_classes")
        if r["campaign_name"] == "Dirty"
    }
    # 0w0, 0w1 and 0c1; 0w1 again; 0c0 in both files; and a record of three fields.
    assert found == {
        "counted": 3, "duplicate": 1, "both_groups": 2, "unknown_customer": 1,
        "unreadable": 2, "no_customer": 1,
    }  # fmt: skip
    counts = total(state, "Dirty")
    assert (counts["contacted_count"], counts["control_count"]) == (2, 1)


@pytest.mark.spark
def test_spark_makes_the_same_tables(state, tmp_path):
    other = with_durable_tables(state, tmp_path)
    build(other, "spark", campaign_minimum_customers=1)
    ours = ("uplift", "groups", "row_classes", "records")
    one, two = (
        {name: built(each)[f"fct_campaign_{name}"] for name in ours} for each in (state, other)
    )
    assert_same(one, two)


def test_small_groups_have_no_interval(state):
    build(state, "sail", "--select fct_campaign_differences+")
    found = total(state, "b")
    assert found["comparison"] == "too_few"
    assert found["order_rate_uplift"] == pytest.approx(0.6)
    assert found["order_rate_uplift_low"] is None and found["revenue_uplift_low"] is None
    assert total(state, "a")["comparison"] == "measured"
    build(state, "sail", "--select fct_campaign_differences+", campaign_minimum_customers=1)
