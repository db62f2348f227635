"""Training, scoring, history and backtest on Spark, on a small made-up shop."""

import csv
import hashlib
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import ml_shops
import numpy as np
import pandas as pd
import pytest
from ml_shops import AS_OF, CUTOFFS, ml_state, orders_of, write_marts, write_source
from pyspark.sql import functions as F
from sklearn.preprocessing import StandardScaler

from ml.activation import ACTIVATION_COLUMNS, write_activation
from ml.backtest import main as backtest
from ml.backtest_measures import run_backtest
from ml.backtest_population import read_population, segment_population
from ml.features import feature_matrix, fit_scaling, measures_of
from ml.fit import expectation_maximisation, rows_of_points
from ml.fit_model import TrainingSet, fit_model
from ml.history import drift_rows
from ml.lineage import lineage_rows, lineage_sentences
from ml.marts import Facts, Sample, current_source, customer_mart, read_facts, read_sample
from ml.mixture import Mixture
from ml.model import SegmentModel, load_model, model_folder
from ml.model_card import model_card
from ml.outlook_features import KNOWN
from ml.outlook_fit import fit_outlooks
from ml.persona_seed import load_personas
from ml.refresh import refresh
from ml.score import score
from ml.score_json import score_from_json
from ml.scoring import distinguishing_measures, score_customers
from ml.settings import Settings
from ml.start import start_mixture, stepped_mixture
from ml.sufficiency import sufficiency_warnings
from ml.train import train
from pipeline.core.amounts import Amounts
from pipeline.core.errors import InputError
from pipeline.store.declared import declared_tables
from pipeline.store.shop_source import ShopSource, last_run_of
from pipeline.store.tables import current_run_id, drop_partition, full_name

pytestmark = pytest.mark.spark

ROOT = Path(__file__).resolve().parents[2]
RUN, AGAIN = "20240101T000000Z-aaaa", "20240101T000001Z-bbbb"
FAST = Settings(stability_draws=4, max_stability_draws=4, starts=5, backtest_draws=50)
AHEAD = replace(FAST, look_ahead="auto", band=0.15)


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    return orders_of()


@pytest.fixture(scope="module")
def trained(spark, shop, tmp_path_factory):
    """Train once, then once more on the same customers laid out otherwise."""
    with ml_state(spark, tmp_path_factory.mktemp("ml")):
        write_marts(spark, shop)
        write_source(spark, "shop", ("orders.csv",))
        first = train(spark, FAST, RUN)
        write_source(spark, "shop", ("more.csv", "orders.csv"))
        write_marts(spark, shop.sample(frac=1, random_state=3), partitions=5)
        second = train(spark, FAST, AGAIN)
        yield first, second


def table(spark, name: str, run_id: str = RUN) -> pd.DataFrame:
    frame = spark.table(full_name(f"ml.{name}"))
    return frame.where(frame.run_id == run_id).toPandas()


def tenths_of(spark, run_id: str = RUN) -> list[tuple]:
    """Return how often refits agree, as text of every digit."""
    frame = table(spark, "confidence_calibration", run_id).drop(columns="run_id")
    return [tuple(map(repr, row)) for row in frame.sort_values("decile").to_numpy().tolist()]


def digest(segments: pd.DataFrame) -> str:
    ordered = segments.sort_values("customer_id")
    text = "\n".join(
        f"{a} {b}" for a, b in zip(ordered.customer_id, ordered.segment_id, strict=True)
    )
    return hashlib.sha256(text.encode()).hexdigest()


# -- what a run writes ---------------------------------------------------------------------------


def test_every_customer_has_a_segment_and_the_tables_agree(spark, trained, shop):
    report = trained[0]
    segments = table(spark, "customer_segments")
    assert report.customer_count == len(segments) == shop.customer_id.nunique()
    chances = np.vstack(segments.segment_probabilities.to_numpy())
    assert chances.sum(axis=1) == pytest.approx(1, abs=1e-12)
    assert (chances.argmax(axis=1) + 1 == segments.segment_id).all()
    assert np.allclose(chances.max(axis=1), segments.membership_probability)
    measured = customer_mart(spark).toPandas().set_index("customer_id").tenure_days
    pace = json.loads(table(spark, "model_runs").model_json[0])["pace"]
    new = measured.loc[segments.customer_id].le(pace["new_days"]).to_numpy()
    assert 0 < new.sum() < len(segments) / 2
    assert (segments.persona.eq("New Customers") == new).all()
    assert segments[new].membership_probability.eq(1).all()
    assert segments[new].runner_up.isna().all()
    assert not segments[new].is_outlier.any()
    old = segments[~new]
    assert np.allclose(np.sort(chances[~new], axis=1)[:, -2], old.runner_up_probability)
    assert (old.segment_id != old.runner_up_segment_id).all()
    assert segments.distinguishing_measures.str.contains("median").all()

    profiles = table(spark, "segment_profiles").sort_values("segment_id")
    assert profiles.segment_id.tolist() == list(range(1, report.segment_count + 1))
    assert profiles.persona.tolist() == report.personas
    assert profiles.customer_count.sum() == len(segments)
    assert profiles.revenue_share.sum() == pytest.approx(1)
    assert float(profiles.revenue.sum()) == pytest.approx(shop.net_amount.sum())

    tenths = table(spark, "confidence_calibration").sort_values("decile")
    assert tenths.decile.tolist() == list(range(1, 11))
    assert tenths.customer_count.sum() == len(old)
    mean = np.average(tenths.mean_probability, weights=tenths.customer_count)
    assert mean == pytest.approx(old.membership_probability.mean(), abs=1e-6)
    assert tenths.mean_probability.is_monotonic_decreasing
    # The made-up shop has segments that differ: refits find them again, and are surest where the
    # probabilities are.
    assert tenths.same_segment_share.iloc[0] > 0.95
    assert tenths.same_segment_share.iloc[0] > tenths.same_segment_share.iloc[-1]

    selection = table(spark, "model_selection")
    assert selection.is_chosen.sum() == 1
    assert selection.reason.str.len().min() > 10
    history = table(spark, "customer_segment_history")
    current = history[history.snapshot_date == AS_OF].set_index("customer_id").segment_id
    assert segments.set_index("customer_id").segment_id.to_dict() == current.to_dict()


def test_features_are_written_in_the_plane_of_the_components(spark, trained):
    segments = table(spark, "customer_segments").sort_values("customer_id")
    mart = customer_mart(spark).toPandas().sort_values("customer_id")
    values = np.stack(
        [
            mart.recency_days.astype(float) ** 0.5,
            np.log2(mart.frequency.astype(float)),
            np.log10(mart.monetary.astype(float)),
        ],
        axis=1,
    )
    profiles = table(spark, "segment_profiles").dropna(subset="mean_recency_feature")
    fitted = segments.segment_id.isin(profiles.segment_id).to_numpy()
    assert fitted.any()
    z = StandardScaler().fit(values[fitted]).transform(values)
    assert segments.recency_feature.to_numpy() == pytest.approx(z[:, 0], abs=1e-9)
    assert segments.value_feature.to_numpy() == pytest.approx(
        z[:, 1:].mean(axis=1) * 2**0.5, abs=1e-9
    )
    for part in profiles.itertuples():
        own = segments[segments.segment_id == part.segment_id]
        gap = np.array(
            [
                own.recency_feature.mean() - part.mean_recency_feature,
                own.value_feature.mean() - part.mean_value_feature,
            ]
        )
        covariance = [
            [part.variance_recency_feature, part.covariance_features],
            [part.covariance_features, part.variance_value_feature],
        ]
        assert gap @ np.linalg.solve(covariance, gap) < 1, part.persona


def test_order_and_layout_of_the_input_change_nothing(spark, trained):
    first, second = table(spark, "customer_segments"), table(spark, "customer_segments", AGAIN)
    assert digest(first) == digest(second)
    one, other = (
        np.vstack(t.sort_values("customer_id").segment_probabilities.to_numpy())
        for t in (first, second)
    )
    assert np.abs(one - other).max() < 1e-9
    outlooks = [
        t.sort_values("customer_id").drop(columns="run_id").reset_index(drop=True)
        for t in (table(spark, "customer_outlook", run) for run in (RUN, AGAIN))
    ]
    pd.testing.assert_frame_equal(*outlooks, check_exact=True)
    tenths = [tenths_of(spark, run) for run in (RUN, AGAIN)]
    assert tenths[0] == tenths[1]
    runs = [table(spark, "model_runs", run) for run in (RUN, AGAIN)]
    assert runs[0].data_fingerprint[0] == runs[1].data_fingerprint[0]


def test_one_core_gives_the_segments_of_many(spark, trained, tmp_path):
    script = f"""
import sys
sys.path.insert(0, {str(ROOT / "tests/python")!r})
from test_ml_train import FAST, RUN, digest, table, tenths_of
from ml_shops import ml_state, orders_of, write_marts
from ml.model import SegmentModel
from ml.train import train
from pipeline.engines.session import get_session
spark = get_session("one core")
from pipeline.store.tables import ensure_tables
ensure_tables(spark)
write_marts(spark, orders_of(), partitions=1)
train(spark, FAST, RUN)
print(SegmentModel.from_json(table(spark, "model_runs").model_json[0]).outlook)
print(tenths_of(spark))
print(digest(table(spark, "customer_segments")))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={
            **os.environ,
            "STATE_DIR": str(tmp_path / "state"),
            "ANALYTICS_SCHEMA": "one_core",
            "MASTER": "local[1]",
            "SPARK_DRIVER_MEMORY": "1g",
        },
        capture_output=True,
        text=True,
        timeout=800,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    *_, outlook, tenths, found = done.stdout.splitlines()
    assert tenths == str(tenths_of(spark))
    assert found == digest(table(spark, "customer_segments"))
    model = SegmentModel.from_json(table(spark, "model_runs").model_json[0])
    assert outlook == str(model.outlook)


def test_scoring_again_and_from_json_alone_agree_with_training(spark, trained):
    segments = table(spark, "customer_segments").sort_values("customer_id")
    frame, report = score(spark, FAST, RUN)
    again = frame.toPandas().sort_values("customer_id")
    assert again.segment_id.tolist() == segments.segment_id.tolist()
    assert again.distinguishing_measures.tolist() == segments.distinguishing_measures.tolist()
    assert report.warnings == []

    model = json.loads(table(spark, "model_runs").model_json[0])
    mart = customer_mart(spark).toPandas().sort_values("customer_id")
    measures = (mart[name].astype(float) for name in KNOWN)
    alone = score_from_json(model, *measures)
    chances = np.vstack(segments.segment_probabilities.to_numpy())
    assert np.abs(alone["segment_probabilities"] - chances).max() < 1e-9
    assert np.abs(alone["log_density"] - segments.log_density).max() < 1e-9
    assert alone["segment_id"].tolist() == segments.segment_id.tolist()
    assert alone["is_outlier"].tolist() == segments.is_outlier.tolist()


def test_what_sets_customers_apart_is_told_in_what_amounts_are(spark, trained):
    model = load_model(spark, RUN)
    scored = score_customers(customer_mart(spark), model)
    told = {
        unit: scored.select(distinguishing_measures(scored, model, Amounts(unit)).alias("t"))
        .toPandas()
        .t.str.cat(sep="|")
        for unit in ("GBP", "XXX", "orders")
    }
    assert "spent " in told["GBP"]
    assert "spent " not in told["XXX"]
    assert " in amounts" in told["XXX"]
    assert "spent " not in told["orders"]
    assert "amounts" not in told["orders"]
    assert "an order" not in told["orders"]


def test_the_saved_model_is_one_that_spark_reads(spark, trained):
    from pyspark.mllib.clustering import GaussianMixtureModel

    saved = GaussianMixtureModel.load(spark.sparkContext, (model_folder(RUN) / "mixture").as_uri())
    model = load_model(spark, RUN)
    by_weight = np.argsort(saved.weights)
    assert np.sort(saved.weights) == pytest.approx(np.sort(model.mixture.weights))
    means = np.array([saved.gaussians[j].mu.toArray() for j in by_weight])
    assert means == pytest.approx(model.mixture.means[np.argsort(model.mixture.weights)])
    assert json.loads((model_folder(RUN) / "model.json").read_text())["run_id"] == RUN


def test_a_refit_of_the_same_customers_keeps_its_meaning(spark, trained):
    lineage = table(spark, "segment_lineage", AGAIN)
    assert (lineage.segment_id == lineage.previous_segment_id).all()
    assert lineage.share_of_segment.eq(1).all()
    assert any("mean what they meant" in line for line in trained[1].lines)
    assert table(spark, "segment_lineage", RUN).empty


def test_a_run_is_compared_with_runs_of_its_own_shop_only(spark, trained):
    assert last_run_of(spark, ShopSource("shop", ("more.csv",))) == AGAIN
    assert last_run_of(spark, ShopSource("shop", ("orders.csv", "new.csv"))) == AGAIN
    assert last_run_of(spark, ShopSource("shop", ("new.csv",))) is None
    assert last_run_of(spark, ShopSource("demo", ("orders.csv",))) is None
    assert last_run_of(spark, ShopSource()) is None

    other, back = "20240101T000002Z-cccc", "20240101T000003Z-dddd"
    try:
        write_source(spark, "demo", ("orders.csv",))
        report = refresh(spark, FAST, other)
        assert table(spark, "segment_lineage", other).empty
        assert "shop: more.csv, orders.csv" in report.warnings[0]
        write_source(spark, "shop", ("orders.csv",))
        report = refresh(spark, FAST, back)
        lineage = table(spark, "segment_lineage", back)
        assert set(lineage.previous_run_id) == {AGAIN}
        assert lineage.share_of_segment.eq(1).all()
        assert not any("another source" in warning for warning in report.warnings)
    finally:
        for name in declared_tables():
            if name.startswith("ml."):
                drop_partition(spark, name, other)
                drop_partition(spark, name, back)


def test_amounts_count_orders_where_each_is_one_and_has_no_currency(spark, shop, tmp_path):
    with ml_state(spark, tmp_path):
        write_source(spark, "shop", ("orders.csv",))
        ones = shop.assign(net_amount=1.0, is_counted=True)
        ml_shops.write(spark, ones, "fct_orders")
        assert current_source(spark).amounts.noun == "orders"
        write_source(spark, "shop", ("orders.csv",), "EUR")
        assert current_source(spark).amounts.heading("spent") == "spent (EUR)"
        ones.loc[0, "net_amount"] = 2.0
        ml_shops.write(spark, ones, "fct_orders")
        assert current_source(spark).unit == "EUR"
        write_source(spark, "shop", ("orders.csv",))
        assert current_source(spark).amounts.noun == "amounts"


def test_activation_leaves_out_the_unsure_and_holds_out_a_control_group(spark, trained, tmp_path):
    path = tmp_path / "activation.csv"
    write_activation(spark, RUN, path)
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    assert tuple(rows[0]) == ACTIVATION_COLUMNS
    ids = [row["customer_id"] for row in rows]
    outlook = SegmentModel.from_json(table(spark, "model_runs").model_json[0]).outlook
    tested = table(spark, "outlook_backtest").set_index("method").top_fifth_capture
    assert outlook.is_ranking == (tested["outlook"] >= tested["past_spend"])
    expected = [-float(row["expected_spend"]) for row in rows]
    assert (expected == sorted(expected)) == outlook.is_ranking
    assert (ids == sorted(ids)) != outlook.is_ranking
    outlooks = table(spark, "customer_outlook").set_index("customer_id").order_chance
    assert [float(row["order_chance"]) for row in rows] == outlooks[ids].round(6).tolist()
    segments = table(spark, "customer_segments")
    minimum = {persona.name: persona.minimum_probability for persona in load_personas()}
    base = segments.persona.str.replace(r" \(.*\)$", "", regex=True)
    sure = segments.membership_probability >= base.map(minimum)
    assert set(ids) == set(segments.customer_id[sure])
    share = np.mean([row["is_control"] == "true" for row in rows])
    assert 0.05 < share < 0.16
    write_activation(spark, AGAIN, tmp_path / "again.csv")
    again = csv.DictReader((tmp_path / "again.csv").open(encoding="utf-8"))
    assert [row["is_control"] for row in rows] == [row["is_control"] for row in again]


def test_text_of_a_spreadsheet_formula_is_disarmed():
    from ml.activation import _cell

    assert _cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert _cell("-12") == "'-12"
    assert _cell("12-3") == "12-3"


def test_model_card_holds_what_a_reader_needs(spark, trained):
    card = model_card(spark, RUN)
    parts = (
        "## Data",
        "## Features",
        "## Choice",
        "## Segments",
        "predict",
        "will do next",
        "## Limits",
    )
    for part in parts:
        assert part in card
    assert trained[0].personas[0] in card
    with pytest.raises(InputError, match="no run 'x'"):
        model_card(spark, "x")


def test_drift_is_told_when_customers_change(spark, trained, shop):
    moved = shop.assign(net_amount=shop.net_amount * 40)
    try:
        write_marts(spark, moved)
        _, report = score(spark, FAST, RUN)
        before = customer_mart(spark).withColumn("snapshot_date", F.date_sub("as_of_date", 1))
        past = drift_rows(before, load_model(spark, RUN), FAST)
    finally:
        write_marts(spark, shop)
    assert any("monetary" in line and "refit is due" in line for line in report.warnings)
    # The same customers a day before the fit: as far away, but nothing to refit for.
    assert [row["population_stability_index"] for row in past] == [
        row["population_stability_index"] for row in report.drift
    ]
    assert not any(row["is_refit_due"] for row in past)


def test_an_unknown_run_is_an_error_of_one_line(spark, trained):
    with pytest.raises(InputError, match="no run 'nope'; known runs: "):
        load_model(spark, "nope")
    assert current_run_id(spark) == AGAIN


# -- backtest --------------------------------------------------------------------------------------


def learned(spark, cutoff):
    """Learn the outlook of what was known at a cut-off."""
    (outlook, _), *_ = fit_outlooks(spark, [cutoff], FAST)
    return outlook


def test_backtest_figures_against_pandas(spark, trained, shop):
    test = run_backtest(spark, CUTOFFS[0], AS_OF, learned(spark, CUTOFFS[0]), AHEAD)
    begin, end = pd.Timestamp(CUTOFFS[0]), pd.Timestamp(CUTOFFS[0]) + pd.Timedelta(days=90)
    after = shop[(shop.ordered_at >= begin) & (shop.ordered_at < end)]
    future = after.groupby("customer_id").net_amount.sum()
    before = ml_shops.measures_at(shop, CUTOFFS[0]).set_index("customer_id")
    labels = pd.Series(test.labels["mixture"], index=test.customer_id)
    assert sorted(labels.index) == sorted(before.index)
    revenue = future.reindex(labels.index).fillna(0.0)
    for row in test.segments:
        if row["method"] == "mixture":
            mine = revenue[labels == row["segment"]]
            assert row["customer_count"] == len(mine)
            assert row["future_revenue"] == pytest.approx(mine.sum())
            assert row["active_share"] == pytest.approx((mine > 0).mean())
            low, high = (row[f"future_revenue_per_customer_{end}"] for end in ("low", "high"))
            assert low <= mine.mean() <= high
    logged = np.log1p(revenue)
    between = logged.groupby(labels).transform("mean").var(ddof=0) / logged.var(ddof=0)
    metrics = {row["method"]: row for row in test.metrics}
    assert metrics["mixture"]["eta_squared"] == pytest.approx(between)
    spend = before.monetary.reindex(labels.index)
    ranked = revenue[spend.sort_values(ascending=False).index]
    assert metrics["past_spend"]["top_fifth_capture"] == pytest.approx(
        np.interp(0.2, np.arange(1, len(ranked) + 1) / len(ranked), ranked.cumsum() / ranked.sum()),
        abs=1e-6,
    )
    for row in test.metrics:
        assert (
            row["top_fifth_capture_low"]
            <= row["top_fifth_capture"]
            <= row["top_fifth_capture_high"]
        )
        for name in ("eta_squared", "top_fifth_capture"):
            if row["method"] == "mixture" or row[name] is None:
                assert row[f"{name}_lead"] is None
                continue
            lead = row[f"{name}_lead"]
            assert lead == pytest.approx(metrics["mixture"][name] - row[name])
            assert row[f"{name}_lead_low"] <= lead <= row[f"{name}_lead_high"]
    assert set(metrics) == {"mixture", "kmeans", "rfm_rules_11", "rfm_rules_10", "past_spend"}


def test_backtest_sees_nothing_after_the_cutoff(spark, trained, shop):
    def segmented():
        outlook = learned(spark, CUTOFFS[1])
        return segment_population(spark, read_population(spark, CUTOFFS[1], 90), outlook, AHEAD)

    labels = segmented()
    try:
        write_marts(spark, shop[shop.ordered_at < pd.Timestamp(CUTOFFS[1])], cutoffs=CUTOFFS[1:])
        blind = segmented()
    finally:
        write_marts(spark, shop)
    for method, names in labels.items():
        assert names.tolist() == blind[method].tolist(), method


def test_the_command_prints_the_backtest_and_writes_the_run_s_tables(
    spark, trained, shop, tmp_path, capsys
):
    fast = ["--starts=5", "--stability-draws=4", "--max-stability-draws=4", "--backtest-draws=50"]
    day = CUTOFFS[0].isoformat()
    only = ["--cutoffs", day, *fast]
    assert backtest([*only, "--no-write", "--json", "--labels", str(tmp_path)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["cutoff_date"] for row in rows["metrics"]} == {day} and not rows["skipped"]
    begin = pd.Timestamp(day)
    after = shop[(shop.ordered_at >= begin) & (shop.ordered_at < begin + pd.Timedelta(days=90))]
    future = after.groupby("customer_id").net_amount.sum()
    for method in ("mixture", "past_spend"):
        labels = pd.read_csv(tmp_path / f"{day}_{method}.csv", dtype=str)
        sums = labels.set_index("customer_id").segment.to_frame().join(future)
        sums = sums.groupby("segment").net_amount.sum()
        for row in rows["segments"]:
            if row["method"] == method:
                assert row["future_revenue"] == pytest.approx(sums[row["segment"]])
    before = table(spark, "backtest_metrics", AGAIN)
    assert backtest(only) == 0
    said = capsys.readouterr().out
    assert "segment" in said and f"written to run {AGAIN}" in said
    written = table(spark, "backtest_metrics", AGAIN)
    assert set(written.cutoff_date.map(str)) == {day}
    key = ["cutoff_date", "method"]
    pd.testing.assert_frame_equal(
        written.sort_values(key, ignore_index=True),
        before[before.cutoff_date.map(str) == day].sort_values(key, ignore_index=True),
    )


@pytest.mark.parametrize(
    ("cutoffs", "said"), [("soon", "expected dates as"), ("2001-01-01", "no snapshot on")]
)
def test_a_cutoff_that_is_none_is_said_in_one_line(cutoffs, said, spark, trained, capsys):
    assert backtest(["--cutoffs", cutoffs, "--no-write"]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_horizon_that_is_not_over_is_not_measured(spark, trained):
    assert "end after" in run_backtest(spark, AS_OF, AS_OF, None, FAST).skipped


# -- fits ------------------------------------------------------------------------------------------


def reference_em(points: np.ndarray, mixture: Mixture, steps: int) -> Mixture:
    for _ in range(steps):
        chances = mixture.posteriors(points)
        sizes = chances.sum(axis=0)
        means = chances.T @ points / sizes[:, None]
        covariances = np.stack(
            [np.cov(points.T, aweights=chances[:, j], ddof=0) for j in range(mixture.k)]
        )
        mixture = Mixture(sizes / sizes.sum(), means, covariances)
    return mixture


def test_mllib_takes_the_steps_of_a_plain_em(spark):
    rng = np.random.default_rng(0)
    points = np.vstack([rng.normal(0, 1, (300, 2)), rng.normal(4, 0.5, (200, 2))])
    start, _ = start_mixture(points, 3, seed=(1,), starts=3, floor=1e-3, start_sample=1000)
    ours = expectation_maximisation(rows_of_points(spark, points), start, steps=4, floor=1e-3)
    plain = reference_em(points, start, 4)
    assert np.allclose(ours.means, plain.means, atol=1e-9)
    assert np.allclose(ours.covariances, plain.covariances, atol=1e-9)


@pytest.mark.parametrize("distance", [1.0, 4.0, 40.0])
def test_numpy_takes_the_steps_of_mllib(spark, distance):
    """Also where points count several times, as in a bootstrap, or lie far from every centre."""
    rng = np.random.default_rng(3)
    points = np.vstack([rng.normal(0, 1, (300, 2)), rng.normal(distance, 0.5, (200, 2))])
    counts = rng.integers(1, 4, len(points))
    drawn = np.repeat(points, counts, axis=0)
    mixture, _ = start_mixture(points, 3, seed=(1,), starts=3, floor=1e-3, start_sample=1000)
    theirs = expectation_maximisation(rows_of_points(spark, drawn), mixture, steps=3, floor=1e-6)
    mixture = stepped_mixture(points, mixture, steps=3, floor=1e-6, weights=counts.astype(float))
    assert np.allclose(mixture.weights, theirs.weights, rtol=0, atol=1e-9)
    assert np.allclose(mixture.means, theirs.means, rtol=0, atol=1e-9)
    assert np.allclose(mixture.covariances, theirs.covariances, rtol=0, atol=1e-9)


def test_points_on_a_line_keep_a_floor_of_variance(spark):
    rng = np.random.default_rng(0)
    points = np.column_stack([rng.normal(0, 1, 400), np.repeat([0.0, 1.0, 2.0, 3.0], 100)])
    start, _ = start_mixture(points, 4, seed=(1,), starts=3, floor=1e-3, start_sample=1000)
    fitted = expectation_maximisation(rows_of_points(spark, points), start, steps=4, floor=1e-3)
    assert np.isfinite(fitted.covariances).all()
    assert fitted.smallest_eigenvalue() >= 1e-3 * (1 - 1e-9)
    searched = stepped_mixture(points, start, steps=4, floor=1e-3)
    assert np.allclose(searched.covariances, fitted.covariances, rtol=0, atol=1e-9)
    assert np.allclose(searched.means, fitted.means, rtol=0, atol=1e-9)


# -- odd shops -------------------------------------------------------------------------------------


def sample_of(recency, frequency, monetary, tenure=None) -> Sample:
    count = len(recency)
    recency, frequency, monetary = (
        np.asarray(values, dtype=float) for values in (recency, frequency, monetary)
    )
    tenure = recency + 30 * (frequency - 1) if tenure is None else np.asarray(tenure, dtype=float)
    ids = np.array([f"c{i:05d}" for i in range(count)])
    described = {"tenure_days": tenure, "average_order_value": monetary / frequency}
    described["product_count"] = np.full(count, np.nan)
    return Sample(ids, recency, frequency, monetary, frequency, described)


def fit(spark, sample: Sample, settings: Settings = FAST):
    facts = Facts(len(sample), AS_OF, "x")
    return fit_model(spark, TrainingSet(None, facts, sample, None), settings, RUN)


def odd_shops():
    rng = np.random.default_rng(9)
    recency, orders = rng.integers(1, 365, 400), rng.geometric(0.4, 400)
    money = rng.lognormal(3, 1, 400)
    rich = money.copy()
    rich[7] = money.sum() * 99
    season = rng.integers(20, 50, 400)
    return {
        "thirty customers": (sample_of(recency[:30], orders[:30], money[:30]), "coarse"),
        "everybody once": (sample_of(season, np.ones(400), money), "same for every customer"),
        "no prices": (sample_of(recency, orders, orders), "say the same"),
        "one rich customer": (sample_of(recency, orders, rich), "One customer holds 99%"),
        "one day": (sample_of(np.ones(400), orders, money), "recency is the same"),
        "two kinds": (
            sample_of([3] * 50 + [300] * 50, [9] * 50 + [1] * 50, [90] * 50 + [5] * 50),
            "",
        ),
    }


@pytest.mark.parametrize("name", list(odd_shops()))
def test_odd_shops_get_sensible_segments(spark, name):
    sample, words = odd_shops()[name]
    model, found = fit(spark, sample)
    old = ~model.pace.is_new(sample.tenure_days)
    labels = model.mixture.labels(
        feature_matrix(measures_of(sample.known, None)[old], model.scaling)
    )
    assert 2 <= model.mixture.k <= 8
    assert len(np.unique(labels)) == model.mixture.k == len(set(model.personas)) - 1
    assert np.isfinite(model.mixture.covariances).all()
    assert len(json.loads(model.to_json())["personas"]) == model.mixture.k + 1
    if found.choice.violated_guards:
        assert "guard" in found.choice.violated_guards
    assert any(words in line for line in sufficiency_warnings(sample, len(sample), FAST))


def test_too_little_to_segment_is_an_error_of_one_line(spark):
    with pytest.raises(InputError, match=r"holds 12 customers .* at least 20"):
        fit(spark, sample_of(range(1, 13), [1] * 12, range(1, 13)))
    with pytest.raises(InputError, match="all 100 customers have the same"):
        fit(spark, sample_of([3] * 100, [2] * 100, [9.0] * 100))


def test_an_empty_mart_says_what_to_do(spark, tmp_path):
    with ml_state(spark, tmp_path):
        with pytest.raises(InputError, match="fct_rfm_customers is missing; type `make run`"):
            customer_mart(spark)
        shop = orders_of(60)
        write_marts(spark, shop)
        mart = customer_mart(spark)
        with pytest.raises(InputError, match="fct_rfm_customers is empty"):
            read_facts(mart.where("false"))
        facts = read_facts(mart)
        sample = read_sample(mart, facts.customers, 100)
        assert len(sample) == facts.customers == shop.customer_id.nunique()
        some = read_sample(mart.repartition(3), facts.customers, 40)
        assert len(some) <= 40
        assert set(some.customer_id) <= set(sample.customer_id)
        assert (
            some.customer_id.tolist() == read_sample(mart, facts.customers, 40).customer_id.tolist()
        )


def test_more_customers_than_the_sample_are_all_fitted(spark, trained):
    settings = Settings(
        fit_sample=300, start_sample=200, fit_partitions=3, stability_draws=3, max_stability_draws=3
    )
    mart = customer_mart(spark)
    facts = read_facts(mart)
    outlook = learned(spark, AS_OF)
    models = []
    for laid_out in (mart, mart.repartition(7)):
        sample = read_sample(laid_out, facts.customers, settings.fit_sample)
        training = TrainingSet(laid_out, facts, sample, outlook)
        models.append(fit_model(spark, training, settings, RUN)[0])
    one, other = models
    assert one.fit["partitions"] == 3
    assert np.allclose(one.mixture.means, other.mixture.means, atol=1e-12)
    everybody = read_sample(mart, facts.customers, 10_000)
    points = feature_matrix(measures_of(everybody.known, outlook), one.scaling)
    assert (one.mixture.labels(points) == other.mixture.labels(points)).all()
    old = sample.tenure_days > one.pace.new_days
    assert fit_scaling(measures_of(sample.known, outlook)[old]) == one.scaling


# -- lineage ---------------------------------------------------------------------------------------


def test_a_change_of_meaning_is_a_warning():
    counts = {
        (1, 1): (90, "Champions"),
        (1, 2): (10, "Lost"),
        (2, 2): (80, "Lost"),
        (2, None): (5, None),
    }
    rows = lineage_rows(counts, ["Champions", "Hibernating"], "before")
    best = {row["segment_id"]: row["previous_segment_id"] for row in rows if row["is_best_match"]}
    assert best == {1: 1, 2: 2}
    assert rows[0]["share_of_segment"] == pytest.approx(0.9)
    lines, warnings = lineage_sentences(rows, "before")
    assert lines == []
    assert "now Hibernating" in warnings[0]
    assert "was Lost" in warnings[0]


def test_spark_connect_is_refused_in_one_line():
    class Session:
        pass

    Session.__module__ = "pyspark.sql.connect.session"
    with pytest.raises(InputError, match="SPARK_REMOTE"):
        train(Session(), FAST, RUN)
