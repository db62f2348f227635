"""The arithmetic of ml against independent implementations; no Spark."""

import json
import math
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import StandardScaler

from bench import baseline
from ml import outcomes
from ml.backtest_measures import Backtest
from ml.backtest_words import backtest_sentences
from ml.confidence import calibration, matched_labels
from ml.features import feature_matrix, fit_scaling, transform_measures
from ml.history import population_stability_index
from ml.kmeans import kmeans
from ml.measures import adjusted_rand_index, silhouette
from ml.mixture import Mixture
from ml.rfm_rules import rules_of_10, rules_of_11
from ml.score_json import main as score_one
from ml.score_json import score_from_json
from ml.segments import drift_reference, spend_rate, value_order, without_unused
from ml.selection import Candidate, choose, next_to_measure, violations
from ml.settings import Settings
from pipeline.core.amounts import Amounts
from pipeline.core.errors import InputError


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.vstack(
        [
            rng.multivariate_normal(mean, cov, size)
            for mean, cov, size in (
                ([0, 0], [[1, 0.6], [0.6, 1]], 300),
                ([5, 1], [[0.5, 0], [0, 2]], 200),
                ([-3, 4], [[0.3, -0.1], [-0.1, 0.4]], 100),
            )
        ]
    )


@pytest.fixture(scope="module")
def fitted(points) -> tuple[Mixture, GaussianMixture]:
    theirs = GaussianMixture(3, random_state=0, tol=1e-6, max_iter=200).fit(points)
    return Mixture(theirs.weights_, theirs.means_, theirs.covariances_), theirs


# -- mixture -----------------------------------------------------------------------------------


def test_density_posteriors_and_criteria_are_those_of_scikit_learn(points, fitted):
    ours, theirs = fitted
    assert np.allclose(ours.log_density(points), theirs.score_samples(points), atol=1e-9)
    assert np.allclose(ours.posteriors(points), theirs.predict_proba(points), atol=1e-9)
    assert ours.bic(points) == pytest.approx(theirs.bic(points), rel=1e-12)
    assert ours.aic(points) == pytest.approx(theirs.aic(points), rel=1e-12)


def test_a_point_far_from_everything_still_has_probabilities_that_sum_to_one(fitted):
    chances = fitted[0].posteriors(np.array([[1e4, -1e4]]))
    assert np.isfinite(chances).all()
    assert chances.sum() == pytest.approx(1)


def test_floor_raises_only_what_is_below_it():
    flat = Mixture(
        np.array([0.5, 0.5]),
        np.zeros((2, 2)),
        np.array([[[1.0, 1.0], [1.0, 1.0]], [[2.0, 0.3], [0.3, 1.0]]]),
    )
    floored = flat.floored(1e-3)
    assert np.linalg.eigvalsh(floored.covariances[0]) == pytest.approx([1e-3, 2.0])
    assert np.array_equal(floored.covariances[1], flat.covariances[1])


def test_components_that_nobody_belongs_to_are_dropped(points, fitted):
    ours = fitted[0]
    idle = Mixture(
        np.append(ours.weights * 0.999, 0.001),
        np.vstack([ours.means, [[60.0, 60.0]]]),
        np.concatenate([ours.covariances, [np.eye(2)]]),
    )
    kept = without_unused(idle, points)
    assert kept.k == 3
    assert kept.weights.sum() == pytest.approx(1)


# -- clustering --------------------------------------------------------------------------------


def test_silhouette_is_that_of_scikit_learn_with_squared_distances(points):
    labels = np.random.default_rng(0).integers(0, 3, len(points))
    labels[points[:, 0] > 3] = 1
    labels[0] = 7
    theirs = silhouette_score(points, labels, metric="sqeuclidean")
    assert silhouette(points, labels) == pytest.approx(theirs, abs=1e-9)
    assert silhouette(points, np.zeros(len(points), int)) is None


def test_adjusted_rand_index_is_that_of_scikit_learn():
    rng = np.random.default_rng(2)
    for _ in range(20):
        a, b = rng.integers(0, 5, 200), rng.integers(0, 3, 200)
        assert adjusted_rand_index(a, b) == pytest.approx(adjusted_rand_score(a, b))
    assert adjusted_rand_index(a, (a + 3) % 5) == 1


def test_kmeans_finds_a_cost_as_low_as_scikit_learn(points):
    ours = kmeans(points, 3, seed=0, starts=10)
    theirs = KMeans(3, n_init=10, random_state=0).fit(points)
    assert ours[2] == pytest.approx(theirs.inertia_, rel=1e-6)


def test_kmeans_weights_are_repetitions(points):
    counts = np.random.default_rng(3).integers(0, 4, len(points))
    used = counts > 0
    start = points[:3]
    weighted = kmeans(points[used], 3, seed=0, weights=counts[used], centres=start)
    repeated = kmeans(np.repeat(points, counts, axis=0), 3, seed=0, centres=start)
    assert np.allclose(weighted[0], repeated[0])
    assert weighted[2] == pytest.approx(repeated[2])


def test_features_are_those_of_scikit_learn_and_of_the_benchmark_baseline():
    rng = np.random.default_rng(4)
    recency, frequency = rng.integers(1, 400, 300), rng.geometric(0.3, 300)
    monetary = rng.lognormal(5, 1.2, 300)
    values = transform_measures(recency, frequency, monetary)
    made = feature_matrix(values, fit_scaling(values))
    z = StandardScaler().fit_transform(
        np.stack([recency**0.5, np.log2(frequency), np.log10(monetary)], axis=1)
    )
    assert made[:, 0] == pytest.approx(z[:, 0], abs=1e-9)
    assert made[:, 1] == pytest.approx(z[:, 1:].mean(axis=1) * 2**0.5, abs=1e-9)
    frame = pl.DataFrame({"recency": recency, "frequency": frequency, "monetary": monetary})
    assert baseline.features(frame) == pytest.approx(made, abs=1e-9)


def test_features_of_a_constant_measure_are_zero():
    logs = transform_measures([5, 5, 5], [1, 1, 1], [10.0, 20.0, 40.0])
    made = feature_matrix(logs, fit_scaling(logs))
    assert np.allclose(made[:, 0], 0, atol=1e-12)
    assert np.isfinite(made).all()


# -- choice of k -------------------------------------------------------------------------------


def candidate(k: int, silhouette_value: float, stability: float | None = None, **changes):
    made = Candidate(
        k=k,
        mixture=None,
        labels=np.array([]),
        silhouette=silhouette_value,
        log_likelihood=0.0,
        bic=0.0,
        aic=0.0,
        steps=3,
        is_converged=False,
        used=k,
        smallest_share=0.05,
        largest_share=0.3,
        smallest_eigenvalue=0.1,
        draws=[] if stability is None else [stability] * 10,
    )
    for name, value in changes.items():
        setattr(made, name, value)
    return made


shapes = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0.5, 1), st.booleans()), min_size=1, max_size=6
)


@given(shapes, st.sampled_from(["band", "strict"]))
@settings(max_examples=300, deadline=None)
def test_measuring_lazily_chooses_what_measuring_everything_chooses(shape, rule):
    setting = Settings(rule=rule)

    def build(measured: bool):
        return [
            candidate(
                k,
                sil,
                stability if measured else None,
                largest_share=0.3 if sound else 0.5,
            )
            for k, (sil, stability, sound) in enumerate(shape, start=4)
        ]

    everything = choose(build(True), setting)
    lazy = build(False)
    while (k := next_to_measure(lazy, setting)) is not None:
        lazy[k - 4].draws = [shape[k - 4][1]] * 10
    found = choose(lazy, setting)
    assert found.k == everything.k
    assert (found.violated_guards is None) == (everything.violated_guards is None)
    assert lazy[found.k - 4].draws


def test_band_takes_the_largest_k_near_the_best_and_strict_the_best():
    tried = [candidate(4, 0.60, 0.9), candidate(5, 0.50, 0.9), candidate(6, 0.57, 0.9)]
    assert choose(tried, Settings(rule="band", band=0.05)).k == 6
    assert choose(tried, Settings(rule="strict")).k == 4


def test_when_no_k_is_eligible_the_least_violation_wins_and_is_named():
    tried = [
        candidate(4, 0.7, 0.9, largest_share=0.60),
        candidate(5, 0.6, 0.9, largest_share=0.44),
        candidate(6, 0.5, 0.7, smallest_share=0.01),
    ]
    found = choose(tried, Settings())
    assert found.k == 5
    assert "largest segment 44.0%" in found.violated_guards
    assert violations(tried[0], Settings()) == {"largest share": pytest.approx(0.5)}
    assert found.reasons[4].startswith("not eligible: largest segment 60.0%")


def test_settings_say_what_is_wrong_in_one_line(monkeypatch):
    for given_settings, words in (
        ({"k_min": 1}, "k_min is 1; expected from 2 to 10"),
        ({"k_min": 9}, "k_min is 9 and k_max is 8"),
        ({"rule": "best"}, "expected band or strict"),
    ):
        with pytest.raises(InputError, match=words):
            Settings(**given_settings)
    monkeypatch.setenv("ML_K_MAX", "six")
    with pytest.raises(InputError, match="ML_K_MAX is 'six'; expected a number"):
        Settings.from_project()
    monkeypatch.setenv("ML_K_MAX", "6")
    monkeypatch.setenv("SEGMENTATION_VARS", '{"ml_settings": {"k_max": 7, "band": 0.01}}')
    assert Settings.from_project().k_max == 6
    assert Settings.from_project().band == 0.01
    assert Settings.from_project(k_max="5").k_max == 5
    assert Settings.from_json(Settings(k_max=7).to_json()) == Settings(k_max=7)


# -- value, drift, rules -----------------------------------------------------------------------


def test_segments_are_ordered_by_spend_a_month():
    labels = np.array([0, 0, 1, 1, 2])
    amounts, tenures = [10, 20, 500, 700, 100], [100, 100, 300, 300, 10]
    order = value_order(labels, 4, spend_rate(amounts, tenures))
    assert order.tolist() == [2, 1, 0, 3]


def test_population_stability_index_by_hand():
    assert population_stability_index(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0
    expected = 0.3 * math.log(0.8 / 0.5) + -0.3 * math.log(0.2 / 0.5)
    assert population_stability_index(np.array([0.5, 0.5]), np.array([0.8, 0.2])) == pytest.approx(
        expected
    )


def test_bins_of_drift_hold_tied_values_together():
    from ml.marts import Sample

    values = np.array([1.0] * 60 + list(range(2, 42)))
    sample = Sample(np.arange(100).astype(str), values, values, values, values, {})
    reference = drift_reference(sample)["frequency"]
    assert reference["edges"] == sorted(set(reference["edges"]))
    assert reference["shares"][0] == pytest.approx(0.6)
    assert sum(reference["shares"]) == pytest.approx(1)


def test_rules_name_every_customer_and_best_ones_champions():
    rng = np.random.default_rng(5)
    recency, frequency = rng.random(500) * 300, rng.geometric(0.4, 500)
    monetary = rng.lognormal(4, 1, 500)
    frequency[0], recency[0], monetary[0] = 99, 0.1, 1e6
    frequency[1], recency[1], monetary[1] = 1, 400, 0.01
    assert len(set(rules_of_10(recency, frequency, monetary))) == 10
    assert len(set(rules_of_11(recency, frequency, monetary))) == 11
    for rules, worst in ((rules_of_10, "Hibernating"), (rules_of_11, "Lost")):
        named = rules(recency, frequency, monetary)
        assert (named[0], named[1]) == ("Champions", worst)


# -- backtest ----------------------------------------------------------------------------------


def test_outcome_measures_against_a_computation_by_hand():
    rng = np.random.default_rng(6)
    codes, revenue = rng.integers(0, 4, 300), np.maximum(rng.normal(10, 30, 300), 0)
    frame = pd.DataFrame({"code": codes, "y": revenue})
    between = frame.groupby("code").y.transform("mean").var(ddof=0) / frame.y.var(ddof=0)
    assert outcomes.eta_squared(codes, revenue) == pytest.approx(between)
    # Distinct scores: the top fifth is a plain sum over the best 60 customers.
    score = rng.permutation(300).astype(float)
    best = revenue[np.argsort(-score)[:60]].sum() / revenue.sum()
    assert outcomes.top_capture(score, revenue) == pytest.approx(best)
    assert outcomes.normalised_gini(revenue, revenue) == pytest.approx(1)
    # Everybody in one group: a fifth of the customers holds a fifth.
    assert outcomes.top_capture(np.zeros(300), revenue) == pytest.approx(0.2)
    assert outcomes.normalised_gini(np.zeros(300), revenue) == pytest.approx(0)
    assert outcomes.eta_squared(codes, np.zeros(300)) is None


def test_bootstrap_groups_keep_sums():
    group, counts = outcomes.bootstrap_counts(12_000, 50, 1)
    assert counts.shape == (50, 5_000)
    assert (counts.sum(axis=1) == 5_000).all()
    values = np.random.default_rng(0).random(12_000)
    codes = np.arange(12_000) % 3
    sums = outcomes.grouped_sums(group, 5_000, codes, 3, values)
    assert sums.sum(axis=0) == pytest.approx(np.bincount(codes, values))


# -- words of a backtest -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ("GBP", "brought 55% of the next 90 days' revenue (GBP 3.6 each, 95% interval 3.2 to 4.1)"),
        ("orders", "placed 55% of the next 90 days' orders (3.6 each, 95% interval 3.2 to 4.1)"),
        (
            "XXX",
            "brought 55% of the next 90 days' amounts (3.6 each, 95% interval 3.2 to 4.1; "
            "the source names no currency)",
        ),
    ],
)
def test_a_backtest_says_what_it_counts(unit, said):
    segment = {
        "method": "mixture",
        "segment": "Champions",
        "customer_share": 0.1,
        "future_revenue_share": 0.55,
        "future_revenue_per_customer": 3.62,
        "future_revenue_per_customer_low": 3.2,
        "future_revenue_per_customer_high": 4.1,
    }
    eta = {"eta_squared": 0.2, "eta_squared_low": 0.1, "eta_squared_high": 0.3}
    metrics = [
        {"method": "mixture", "top_fifth_capture": 0.5, **eta},
        {"method": "past_spend", "top_fifth_capture": 0.6},
    ]
    test = Backtest(date(2024, 1, 1), 90, [segment], metrics)
    first, *others = backtest_sentences([test], Amounts(unit))
    assert first == f"Champions were 10% of customers on 2024-01-01 and {said}."
    told = " ".join(others)
    assert ("spen" in told or "revenue" in told) == (unit == "GBP")


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ((1480.2, 1304.6, 1660.4), ("1,480", "1,305", "1,660")),
        ((3.62, 3.24, 4.11), ("3.6", "3.2", "4.1")),
        ((1.034, 1.001, 1.062), ("1.03", "1.00", "1.06")),
    ],
)
def test_an_interval_has_the_decimals_that_tell_its_ends_apart(ends, told):
    assert Amounts.numbers(*ends) == told


# -- scoring from JSON -------------------------------------------------------------------------


def test_the_scorer_of_one_file_agrees_with_the_mixture(points, fitted, tmp_path, capsys):
    rng = np.random.default_rng(7)
    recency, frequency = rng.integers(1, 300, 400), rng.geometric(0.3, 400)
    monetary = rng.lognormal(4, 1.5, 400)
    logs = transform_measures(recency, frequency, monetary)
    scaling = fit_scaling(logs)
    features = feature_matrix(logs, scaling)
    labels = kmeans(features, 4, seed=0)[1]
    mixture = Mixture.from_labels(features, labels, 4, floor=1e-3)
    model = {
        "measures": ["sqrt(recency_days)", "log(frequency)", "log(monetary)"],
        "scaling": scaling.to_dict(),
        "mixture": mixture.to_dict(),
        "pace": {"usual_days": 40.0, "repeat_customers": 99, "new_days": 30, "shortest_days": 7},
        "component_ids": [1, 2, 4, 5],
        "personas": list("abcde"),
        "thresholds": {"outlier_log_density": -9.0},
    }
    model = json.loads(json.dumps(model))
    tenure = recency + rng.integers(0, 200, 400)
    scored = score_from_json(model, recency, frequency, monetary, tenure, frequency)
    new = tenure <= 30
    assert 0 < new.sum() < 400
    components = scored["segment_probabilities"][~new][:, [0, 1, 3, 4]]
    assert np.abs(components - mixture.posteriors(features[~new])).max() < 1e-9
    expected = np.array([1, 2, 4, 5])[mixture.labels(features)]
    assert (scored["segment_id"] == np.where(new, 3, expected)).all()
    assert (scored["segment_probabilities"][new] == np.eye(5)[2]).all()
    assert (scored["persona"][new] == "c").all()
    assert not scored["is_outlier"][new].any()
    with pytest.raises(ValueError, match="monetary > 0"):
        score_from_json(model, 1, 1, 0, 1, 1)
    with pytest.raises(ValueError, match="purchase_day_count from 1"):
        score_from_json(model, 1, 1, 9, 1, 2)
    path = tmp_path / "model.json"
    path.write_text(json.dumps(model))
    flags = ["--recency-days", "3", "--frequency", "2", "--monetary", "80", "--tenure-days", "9"]
    flags += ["--purchase-days", "2"]
    assert score_one([str(path), *flags]) == 0
    assert json.loads(capsys.readouterr().out)["persona"] == "c"
    assert score_one([str(tmp_path / "none.json"), *flags]) == 2


def test_groups_of_a_refit_are_matched_one_to_one_by_hand():
    own = np.array([0, 0, 0, 1, 1, 2, 2, 2])
    # Called 1, 2, 0; the third customer went over, and one group is of the refit alone.
    other = np.array([1, 1, 2, 2, 2, 0, 0, 3])
    assert matched_labels(own, other).tolist() == [0, 0, 1, 1, 1, 2, 2, -1]
    # Both groups share most with the first; only one of them may be it.
    assert matched_labels(np.array([0] * 5 + [1]), np.array([1, 1, 1, 0, 0, 0])).tolist() == [
        0, 0, 0, 1, 1, 1,
    ]  # fmt: skip


def test_calibration_by_hand():
    # 20 customers, two a tenth; two refits.
    probability = np.linspace(0.99, 0.42, 20)[::-1]
    same = np.ones((2, 20), dtype=bool)
    same[0, :2] = False
    same[1, 1] = False
    found = calibration(probability, same)
    assert [row["decile"] for row in found] == list(range(1, 11))
    assert {row["customer_count"] for row in found} == {2}
    assert {row["refit_count"] for row in found} == {2}
    least = found[-1]
    assert least["mean_probability"] == pytest.approx(0.435)
    assert least["same_segment_share"] == 0.25
    assert (least["same_segment_share_low"], least["same_segment_share_high"]) == (0.0, 0.5)
    assert found[0]["mean_probability"] == pytest.approx(0.975)
    assert all(row["same_segment_share"] == 1 for row in found[:-1])


def test_calibration_of_fewer_customers_than_tenths():
    found = calibration(np.array([0.9, 0.5, 0.7]), np.ones((4, 3), dtype=bool))
    assert [row["mean_probability"] for row in found] == [0.9, 0.7, 0.5]
