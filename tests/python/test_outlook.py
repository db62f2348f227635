"""Outlooks learned on Spark from a small made-up shop, against scikit-learn and pandas."""

import json
import os
import subprocess
import sys
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from ml_shops import AS_OF, CUTOFFS, measures_at, ml_state, orders_of, write_marts
from sklearn.linear_model import LogisticRegression, PoissonRegressor, TweedieRegressor

from ml.backtest_measures import Backtest
from ml.backtest_population import read_population
from ml.marts import customer_mart
from ml.outlook import Outlook
from ml.outlook_backtest import measure_outlook
from ml.outlook_features import KNOWN, Known
from ml.outlook_fit import fit_outlook, fit_outlooks
from ml.outlook_past import read_past
from ml.outlook_scoring import OUTLOOK, outlook_of_customers
from ml.settings import Settings

pytestmark = pytest.mark.spark

SETTINGS = Settings(backtest_draws=50)
HORIZON = timedelta(days=SETTINGS.backtest_horizon)


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return orders_of(900, seed=4)


@pytest.fixture(scope="module")
def learned(spark, shop, tmp_path_factory):
    """Learn as of today and of the latest cut-off."""
    with ml_state(spark, tmp_path_factory.mktemp("outlook")):
        write_marts(spark, shop)
        yield [outlook for outlook, _ in fit_outlooks(spark, [AS_OF, CUTOFFS[0]], SETTINGS)]


def known_of(frame: pd.DataFrame) -> Known:
    return Known(*(frame[name].to_numpy(dtype=float) for name in KNOWN))


def after(shop: pd.DataFrame, day: date) -> pd.DataFrame:
    """Return the orders and the amount of each customer in the horizon."""
    begin = pd.Timestamp(day)
    chosen = shop[(shop.ordered_at >= begin) & (shop.ordered_at < begin + HORIZON)]
    return chosen.groupby("customer_id").net_amount.agg(orders="count", revenue="sum")


def followed(shop: pd.DataFrame, last: date) -> pd.DataFrame:
    days = {*CUTOFFS, *pd.date_range("2023-03-01", AS_OF, freq="MS").date}
    parts = []
    for day in sorted(day for day in days if day + HORIZON <= last):
        known = measures_at(shop, day).set_index("customer_id")
        parts.append(known.join(after(shop, day)).fillna({"orders": 0, "revenue": 0.0}))
    return pd.concat(parts)


def test_coefficients_are_those_of_scikit_learn(shop, learned):
    for outlook, last in zip(learned, (AS_OF, CUTOFFS[0]), strict=True):
        rows = followed(shop, last)
        assert (outlook.rows, outlook.customers) == (len(rows), rows.index.nunique())
        scaled = outlook.scaled(known_of(rows))
        assert np.abs(scaled.mean(axis=0)).max() < 1e-6
        assert np.abs(scaled.std(axis=0) - 1).max() < 1e-6
        exact = {"tol": 1e-9, "max_iter": 10_000}
        chance = LogisticRegression(C=1e4 / len(rows), **exact).fit(scaled, rows.orders > 0)
        assert outlook.chance.intercept == pytest.approx(chance.intercept_[0], abs=1e-3)
        assert outlook.chance.coefficients == pytest.approx(chance.coef_[0], abs=2e-3)
        orders = PoissonRegressor(alpha=1e-4, **exact).fit(scaled, rows.orders)
        assert outlook.orders.coefficients == pytest.approx(orders.coef_, abs=5e-3)
        usual = rows.revenue.mean()
        spend = TweedieRegressor(power=1.5, link="log", alpha=1e-4, **exact)
        spend.fit(scaled, rows.revenue / usual)
        assert outlook.spend.intercept == pytest.approx(spend.intercept_ + np.log(usual), abs=5e-3)
        assert outlook.spend.coefficients == pytest.approx(spend.coef_, abs=5e-3)


def test_intervals_are_as_wide_as_refits_on_other_customers_spread(shop, learned):
    outlook, rows = learned[0], followed(shop, AS_OF)
    names = rows.index.unique()
    scaled = pd.DataFrame(outlook.scaled(known_of(rows)), index=rows.index)
    rng = np.random.default_rng(5)
    found = []
    for _ in range(40):
        drawn = pd.Index(rng.choice(names, len(names)))
        x, y = scaled.loc[drawn], rows.orders.loc[drawn] > 0
        fit = LogisticRegression(C=1e4 / len(x), max_iter=1000).fit(x, y)
        found.append([fit.intercept_[0], *fit.coef_[0]])
    told = np.sqrt(np.diag(np.array(outlook.chance.covariance)))
    # The deviation of 40 draws is within a third of the true one.
    assert np.abs(np.log(np.std(found, axis=0) / told)).max() < 0.4


def scores_of(outlook: Outlook, known: Known) -> np.ndarray:
    """Return what numpy gives, in the order of `OUTLOOK`."""
    told = outlook.predict(known)
    return np.column_stack(
        [
            told.chance,
            told.chance_interval,
            told.orders,
            told.orders_interval,
            told.spend,
            told.spend_interval,
            told.likely_spend,
        ]
    )


def test_spark_and_numpy_score_alike(spark, learned):
    frame = outlook_of_customers(customer_mart(spark), learned[0]).toPandas()
    expected = scores_of(learned[0], known_of(frame))
    assert np.allclose(frame[list(OUTLOOK)].to_numpy(), expected, rtol=1e-9, atol=2e-6)


ON_SAIL = """
import json, sys
from pathlib import Path
from ml.outlook import Outlook
from ml.outlook_scoring import outlook_of_customers
from pipeline.engines.session import get_session, stop_session
folder = Path(sys.argv[1])
outlook = Outlook.from_dict(json.loads((folder / "outlook.json").read_text()))
customers = get_session().read.parquet(str(folder / "customers.parquet"))
outlook_of_customers(customers, outlook).toPandas().to_parquet(folder / "scored.parquet")
stop_session()
"""


def test_sail_and_numpy_score_alike(spark, learned, tmp_path):
    (tmp_path / "outlook.json").write_text(json.dumps(learned[0].to_dict()))
    customers = customer_mart(spark).select("customer_id", *KNOWN).toPandas()
    customers.to_parquet(tmp_path / "customers.parquet")
    subprocess.run(
        [sys.executable, "-c", ON_SAIL, str(tmp_path)],
        env={**os.environ, "ENGINE": "sail", "STATE_DIR": str(tmp_path / "state")},
        check=True,
        timeout=300,
    )
    frame = pd.read_parquet(tmp_path / "scored.parquet")
    assert len(frame) == len(customers) > 100
    expected = scores_of(learned[0], known_of(frame))
    assert np.allclose(frame[list(OUTLOOK)].to_numpy(), expected, rtol=1e-9, atol=2e-6)


def test_layout_and_later_orders_change_nothing(spark, shop, learned):
    try:
        known = shop[shop.ordered_at < pd.Timestamp(CUTOFFS[0])]
        write_marts(spark, known.sample(frac=1, random_state=1), cutoffs=CUTOFFS, partitions=5)
        past = read_past(spark, SETTINGS.outlook_rows)
        again, _ = fit_outlook(spark, past, CUTOFFS[0], SETTINGS)
    finally:
        write_marts(spark, shop)
    assert again == learned[1]


def test_large_shops_are_learned_from_a_sample_of_customers(spark, shop, learned):
    some = read_past(spark, 2000)
    assert 1000 < len(some.day) < 3000
    whole = read_past(spark, 200_000).followed(AS_OF, 90)
    part = some.followed(AS_OF, 90)
    assert len(np.unique(part.customer)) < 0.6 * len(np.unique(whole.customer))
    # A customer is there with everything or not at all.
    assert part.orders.sum() / len(part) == pytest.approx(whole.orders.sum() / len(whole), rel=0.25)


@pytest.mark.parametrize(
    ("day", "changed", "said"),
    [
        # 2023-03-01 alone has 90 days after it by then.
        (date(2023, 6, 1), {}, "holds 1 month end with 90 days after, and 2 are needed"),
        (AS_OF, {"outlook_min_customers": 5_000}, "customers ordered in the 90 days after"),
        (AS_OF, {"backtest_horizon": 300}, "holds 1 month end with 300 days after"),
    ],
)
def test_a_short_history_gives_no_outlook_and_says_why(spark, learned, day, changed, said):
    settings = Settings(**changed)
    past = read_past(spark, settings.outlook_rows)
    outlook, reason = fit_outlook(spark, past, day, settings)
    assert outlook is None
    assert said in reason


def test_calibration_and_errors_against_pandas(spark, shop, learned):
    people = read_population(spark, CUTOFFS[0], 90)
    segments = np.where(people.frequency > 2, "many", "few")
    test = Backtest(CUTOFFS[0], 90, labels={"mixture": segments}, people=people)
    measured = measure_outlook(test, learned[1], None, SETTINGS)

    before = measures_at(shop, CUTOFFS[0]).set_index("customer_id").sort_index()
    frame = before.join(after(shop, CUTOFFS[0])).fillna({"orders": 0, "revenue": 0.0})
    told = learned[1].predict(known_of(frame))
    frame["expected"], frame["chance"] = told.spend, told.chance
    frame["carried"] = frame.monetary * 90 / frame.tenure_days.clip(lower=90)
    frame["shared"] = frame.groupby(frame.frequency > 2).carried.transform("mean")

    metrics = {row["method"]: row for row in measured.metrics}
    assert set(metrics) == {"outlook", "bg_nbd", "mixture", "past_spend"}
    for method, column in (
        ("outlook", "expected"),
        ("mixture", "shared"),
        ("past_spend", "carried"),
    ):
        error = frame[column] - frame.revenue
        assert metrics[method]["mean_absolute_error"] == pytest.approx(error.abs().mean())
        assert metrics[method]["root_mean_square_error"] == pytest.approx(
            np.sqrt((error**2).mean())
        )
        assert (
            metrics[method]["mean_absolute_error_low"]
            < error.abs().mean()
            < metrics[method]["mean_absolute_error_high"]
        )
    own = metrics["outlook"]
    assert own["brier_score"] == pytest.approx(((frame.orders > 0) - frame.chance).pow(2).mean())
    ranked = frame.sort_values("expected", ascending=False)
    fifth = len(ranked) // 5
    held = ranked.revenue.iloc[:fifth].sum() / ranked.revenue.sum()
    assert own["top_fifth_capture"] == pytest.approx(held, abs=0.01)
    assert own["capture_gain_low"] <= own["capture_gain"] <= own["capture_gain_high"]
    # Nobody spends less than nothing: of those who rarely order, more than four in five are in.
    inside = frame.revenue.between(*told.likely_spend.T)
    assert own["likely_spend_coverage"] == pytest.approx(inside.mean())
    assert own["likely_spend_coverage"] > 0.75

    tenths = pd.qcut(-frame.chance.rank(method="first"), 10, labels=False)
    rows = [
        row
        for row in measured.calibration
        if (row["method"], row["measure"]) == ("outlook", "order_chance")
    ]
    assert [row["decile"] for row in rows] == list(range(1, 11))
    assert sum(row["customer_count"] for row in rows) == len(frame)
    for number, row in enumerate(rows):
        mine = frame[tenths == number]
        assert row["expected"] == pytest.approx(mine.chance.mean(), abs=0.01)
        assert row["actual"] == pytest.approx((mine.orders > 0).mean(), abs=0.02)
        assert row["actual_low"] <= row["actual"] <= row["actual_high"]
    # The shop's ways do not change, so that what was learned holds.
    assert own["expected_active_share"] == pytest.approx(own["active_share"], abs=0.05)
