"""The closed forms and the measures of the outlook, against published and simulated values."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from scipy.special import logit
from sklearn.preprocessing import StandardScaler

from ml.bgnbd import BgNbd, fit_bgnbd
from ml.features import feature_matrix, fit_scaling, measures_of
from ml.gamma_gamma import GammaGamma, fit_gamma_gamma
from ml.outcomes import bootstrap_counts, capture_draws, top_capture
from ml.outlook import Outlook, Part
from ml.outlook_backtest import OutlookTest, is_no_worse, ranked
from ml.outlook_features import Known
from ml.outlook_words import outlook_sentences
from ml.settings import Settings
from pipeline.core.amounts import Amounts

# Fader, Hardie and Lee (2005): 2,357 customers of CDNOW, in weeks.
CDNOW = BgNbd(0.243, 4.414, 0.793, 2.426)
# Fader and Hardie (2013): 946 of them, in dollars.
CDNOW_VALUE = GammaGamma(6.25, 3.74, 15.44)


def test_a_customer_of_the_paper_is_expected_to_order_as_often_as_it_says():
    assert CDNOW.expected(2, 30.43, 38.86, 39.0) == pytest.approx(1.226, abs=5e-4)


def test_orders_of_customers_of_the_paper_are_worth_what_its_authors_say():
    # 35.2 for a customer who is not known; two whose orders were worth 22.35 and 11.77.
    population = CDNOW_VALUE.p * CDNOW_VALUE.v / (CDNOW_VALUE.q - 1.0)
    assert population == pytest.approx(35.2, abs=0.05)
    worth = CDNOW_VALUE.expected([2, 1], [2 * 22.35, 11.77])
    assert worth == pytest.approx([24.66, 18.91], abs=0.02)


def simulated(customers: int, days: float, seed: int) -> tuple[np.ndarray, ...]:
    """Let customers of a BG/NBD order one by one; count until `days` and in as many after."""
    rng = np.random.default_rng(seed)
    model = BgNbd(0.8, 60.0, 0.9, 3.0)
    rate = rng.gamma(model.r, 1.0 / model.alpha, customers)
    loss = rng.beta(model.a, model.b, customers)
    now, alive = np.zeros(customers), np.ones(customers, dtype=bool)
    repeats, later, last = np.zeros(customers), np.zeros(customers), np.zeros(customers)
    while alive.any():
        now = now + np.where(alive, rng.exponential(1.0 / np.maximum(rate, 1e-12)), 0.0)
        alive &= now < 2 * days
        early = alive & (now < days)
        repeats, later = repeats + early, later + (alive & ~early)
        last = np.where(early, now, last)
        alive &= rng.random(customers) >= loss
    return model, repeats, last, np.full(customers, days), later


def test_what_is_expected_is_what_simulated_customers_do():
    model, repeats, last, age, later = simulated(200_000, 180.0, 1)
    known = (repeats, last, age)
    chance, expected = model.chance(*known, 180.0), model.expected(*known, 180.0)
    for chosen in (repeats == 0, repeats == 1, (repeats >= 3) & (last > 150), last < 60):
        assert chance[chosen].mean() == pytest.approx((later[chosen] > 0).mean(), abs=0.006)
        assert expected[chosen].mean() == pytest.approx(later[chosen].mean(), rel=0.03)
    found = fit_bgnbd(*(values[:20_000] for values in known))
    told = found.chance(2, 100.0, 180.0, 90.0)
    assert told == pytest.approx(model.chance(2, 100.0, 180.0, 90.0), abs=0.02)
    assert found.r / found.alpha == pytest.approx(model.r / model.alpha, rel=0.05)


def test_where_the_formula_divides_by_nothing_its_limit_stands():
    below, at, above = (
        BgNbd(0.8, 60.0, a, 3.0).expected([0, 2, 5], [0, 100, 200], [300] * 3, 90.0)
        for a in (0.9999, 1.0, 1.0001)
    )
    assert at == pytest.approx((below + above) / 2, rel=1e-5)


def test_the_value_of_orders_is_found_again():
    rng = np.random.default_rng(3)
    orders = rng.integers(1, 9, 20_000)
    scale = rng.gamma(3.5, 1.0 / 300.0, len(orders))
    amount = rng.gamma(4.0 * orders) / scale
    found = fit_gamma_gamma(orders, amount)
    assert (found.p, found.q, found.v) == pytest.approx((4.0, 3.5, 300.0), rel=0.05)


def test_captures_of_resamples_by_hand():
    score, value = np.array([5.0, 4.0, 3.0, 2.0, 1.0]), np.array([10.0, 0.0, 20.0, 10.0, 0.0])
    each = np.arange(5)
    counts = np.array([[1.0, 1, 1, 1, 1], [0, 0, 5, 0, 0], [2, 1, 0, 2, 0], [0, 3, 0, 0, 2]])
    # A fifth is one customer of five: 10 of 40, a fifth of one group, 10 of 40, nothing.
    assert capture_draws(score, value, each, counts) == pytest.approx(
        [0.25, 0.2, 0.25, np.nan], nan_ok=True
    )
    group, counts = bootstrap_counts(5, 20, 1)
    assert group.tolist() != each.tolist()
    once = capture_draws(score, value, group, np.ones((1, counts.shape[1])))
    assert once[0] == pytest.approx(top_capture(score, value))


FLAT = Part(0.0, (0.0,) * 5, ((0.0,) * 6,) * 6, 0.0)
OUTLOOK = Outlook(
    horizon_days=90,
    known_at="2024-01-01",
    snapshots=3,
    rows=300,
    customers=100,
    order_model=BgNbd(1.0, 50.0, 0.5, 3.0),
    value_model=GammaGamma(3.0, 3.0, 100.0),
    means=(0.0,) * 5,
    deviations=(1.0,) * 5,
    chance=FLAT,
    orders=FLAT,
    spend=replace(FLAT, intercept=float(np.log(60.0))),
    spread=(0.0, 0.5, 1.5, 2.0, 4.0),
)
ONE = Known(*(np.array([value]) for value in (30.0, 4.0, 200.0, 90.0, 3.0)))


def test_an_outlook_by_hand():
    told = OUTLOOK.predict(ONE)
    assert (told.chance[0], told.orders[0], told.spend[0]) == pytest.approx((0.5, 1.0, 60.0))
    # Half of them spend nothing. Of the others, who spend 120 on average, four fifths spend less
    # than the last in ten of all: 0.8 lies a fifth of the way from the third quarter to the end.
    assert told.likely_spend[0] == pytest.approx([0.0, (2.0 + 0.2 * 2.0) * 120.0])
    surer = replace(OUTLOOK, chance=replace(FLAT, intercept=float(np.log(99.0))))
    low, high = surer.predict(ONE).likely_spend[0]
    # 99 in 100 order: the first tenth is 9 of the 99, the last begins at 89 of the 99.
    mean = 60.0 / 0.99
    assert low == pytest.approx(0.5 * (4 * 9 / 99) * mean)
    assert high == pytest.approx((2.0 + 2.0 * (4 * 89 / 99 - 3)) * mean)


def test_features_by_hand():
    rate, surprise, worth, root, orders = OUTLOOK.scaled(ONE)[0]
    # Three days with orders in 90 days, one of them the first: (1 + 2) / (50 + 90).
    assert np.exp(rate) == pytest.approx(3 / 140)
    # Silent for the last 30 of 90 days: (50 + 60) / (50 + 90) to the power of 1 + 2.
    assert np.exp(-surprise) == pytest.approx((110 / 140) ** 3)
    # 3 x (100 + 200) / (3 x 3 + 3 - 1).
    assert np.exp(worth) == pytest.approx(900 / 11)
    assert (root, orders) == pytest.approx((np.sqrt(30), np.log(4)))


def test_an_interval_holds_the_coefficients_and_the_season():
    covariance = np.zeros((6, 6))
    covariance[0, 0] = 0.03**2
    part = Part(0.0, (0.0,) * 5, tuple(map(tuple, covariance)), 0.04)
    told = replace(OUTLOOK, spend=part, orders=part).predict(ONE)
    # sqrt(0.03^2 + 0.04^2) = 0.05 on the log scale.
    assert told.spend_interval[0] == pytest.approx(np.exp([-1.96 * 0.05, 1.96 * 0.05]), rel=1e-5)


def test_an_outlook_comes_back_from_its_json():
    assert Outlook.from_dict(OUTLOOK.to_dict()) == OUTLOOK


def backtest(gain: float, day: date = date(2023, 10, 1)) -> OutlookTest:
    shared = {
        "expected_active_share": 0.41,
        "active_share": 0.44,
        "expected_spend": 120.0,
        "actual_spend": 131.0,
        "capture_gain_low": gain - 0.01,
        "capture_gain_high": gain + 0.01,
    }
    own = {"method": "outlook", "top_fifth_capture": 0.6 + gain, "capture_gain": gain}
    past = {"method": "past_spend", "top_fifth_capture": 0.6, "capture_gain": 0.0}
    return OutlookTest(day, metrics=[shared | own, shared | past])


@pytest.mark.parametrize(
    ("gains", "setting", "sorted_by_it"),
    [
        ([0.002], "auto", True),
        ([0.0], "auto", True),
        ([-0.001], "auto", False),
        ([0.02, -0.001], "auto", False),
        ([], "auto", False),
        ([0.02], "never", False),
        ([-0.02], "always", True),
    ],
)
def test_the_list_is_sorted_by_the_outlook_where_it_is_no_worse(gains, setting, sorted_by_it):
    tests = [backtest(gain) for gain in gains]
    assert is_no_worse(tests) == (bool(gains) and min(gains) >= 0)
    chosen = ranked(OUTLOOK, tests, Settings(activation_ranking=setting))
    assert chosen.is_ranking is sorted_by_it
    said = " ".join(outlook_sentences(chosen, None, tests, Amounts("GBP")))
    if tests:
        assert ("the activation list is sorted by what is expected" in said) == sorted_by_it
        assert "expected 41% of customers to order within 90 days, and 44% did" in said
        assert "GBP 120 were expected of each, and 131 came" in said


def test_it_is_said_where_there_is_no_outlook_or_no_test():
    said = outlook_sentences(None, "the history is short", [], Amounts("GBP"))
    assert said == ["No outlook for the days ahead is given: the history is short."]
    tests = [OutlookTest(date(2023, 10, 1), skipped="nobody ordered")]
    (said,) = outlook_sentences(OUTLOOK, None, tests, Amounts("GBP"))
    assert "could not be measured: nobody ordered" in said
    assert ranked(None, [], Settings()) is None


def test_features_with_an_outlook_are_half_of_what_it_expects():
    rng = np.random.default_rng(6)
    recency, frequency = rng.integers(1, 300, 400), rng.geometric(0.3, 400)
    monetary = rng.lognormal(4, 1, 400)
    monetary[0], frequency[0], recency[0] = 1e8, 300, 1
    known = Known(recency, frequency, monetary, recency + 40.0 * frequency, frequency)
    steep = replace(FLAT, coefficients=(0.5, -0.4, 0.0, -0.7, 0.2))
    dear = replace(FLAT, coefficients=(0.4, -0.3, 0.8, -0.2, 0.1))
    outlook = replace(OUTLOOK, chance=steep, spend=dear)
    values = measures_of(known, outlook)
    made = feature_matrix(values, fit_scaling(values))
    told = outlook.predict(known)
    columns = [recency**0.5, np.log(frequency), np.log(monetary)]
    columns += [logit(told.chance), np.log(told.spend)]
    r, f, m, c, s = StandardScaler().fit_transform(np.stack(columns, axis=1)).T
    worth = (f + m) / 2 + s / 2**0.5
    assert made[:, 0] == pytest.approx((r - c) / 2, abs=1e-9)
    assert made[1:, 1] == pytest.approx(worth[1:], abs=1e-9)
    assert worth[1:].max() < 3.5 < worth[0]
    assert made[0, 1] == pytest.approx(3.5 + np.log(worth[0] - 2.5), abs=1e-9)
