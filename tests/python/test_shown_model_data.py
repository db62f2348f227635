"""What the pages of the model and of the data show, against SQL of its own over the files."""

import json
from functools import cache

import pandas as pd
import pytest
from dashboard_shown import Shown, close, rows, show
from dashboard_support import exports_root

from dashboard import sentences
from dashboard.charts.data import WORDS

EVERY = {"segment": "Loyal", "country": "Germany", "as_of": "1 Sep 2011"}


@cache
def page(kind: str, name: str, **query: str) -> Shown:
    """Return the page as it is shown, opened once for all tests that look at it."""
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, kind, name, **query)


@cache
def manifest(kind: str) -> dict:
    return json.loads((exports_root(kind) / "current" / "manifest.json").read_text())


@pytest.mark.parametrize("name", ["model", "data"])
def test_no_filter_changes_these_pages_and_they_say_so(name):
    filtered, plain = page("full", name, **EVERY), page("full", name)
    assert filtered.sections[0].ignores == {"segment", "country", "as-of date"}
    assert [s.title for s in filtered.sections] == [s.title for s in plain.sections]
    assert filtered.sections[0].texts == plain.sections[0].texts
    for key, frames in plain.charts.items():
        for one, other in zip(frames, filtered.charts[key], strict=True):
            assert one.equals(other)


@pytest.mark.parametrize("kind", ["full", "newcomers"])
def test_choice_in_plain_words(kind):
    lead = page(kind, "model").sections[0].texts[0]
    known = manifest(kind)["model"]
    fitted, by_rule = rows(
        kind, "select count(weight), count(*) - count(weight) from segment_profiles"
    ).iloc[0]
    assert close(lead, fitted)
    assert ("by rule" in lead) == (by_rule > 0)
    assert close(lead[lead.index("agreement") :], known["stability"])
    assert close(lead[lead.index("silhouette") :], known["silhouette"])


@pytest.mark.parametrize("measure", ["silhouette", "bic", "stability", "smallest_share"])
def test_selection(measure):
    expected = rows(
        "full",
        f"""
        select segment_count, {"min" if measure == "bic" else "max"}({measure}) as value,
            bool_or(is_chosen) as is_chosen
        from model_selection where {measure} is not null
        group by segment_count order by segment_count
        """,
    )
    drawn = next(f for f in page("full", "model").charts[f"selection_{measure}"] if "value" in f)
    assert drawn["segment_count"].tolist() == expected["segment_count"].tolist()
    assert drawn["value"].tolist() == pytest.approx(expected["value"].tolist())
    assert (drawn["state"] == "chosen").tolist() == expected["is_chosen"].tolist()


@pytest.mark.parametrize("value", ["top_fifth_capture", "eta_squared"])
def test_methods(value):
    shown = page("full", "model")
    metrics = rows("full", "from backtest_metrics")
    drawn = next(f for f in shown.charts[f"methods_{value}"] if "name" in f)
    expected = metrics.dropna(subset=[value])
    assert drawn[value].sum() == pytest.approx(expected[value].sum())
    assert len(drawn) == len(expected)
    for dot in drawn.itertuples():
        assert close(dot.text, getattr(dot, value))
    latest = metrics[metrics["cutoff_date"] == metrics["cutoff_date"].max()].set_index("method")
    said = shown.alternatives[f"methods_{value}"]
    assert close(said, latest[value]["mixture"])
    rules = latest.loc[latest.index.str.startswith("rfm_rules"), value].max()
    assert close(said[said.index("the best RFM rules") :], rules)
    if value == "top_fifth_capture":
        assert close(said[said.index("past spend alone") :], latest[value]["past_spend"])
    interval = said[said.index("interval") :]
    assert close(interval, latest[f"{value}_low"]["mixture"])
    assert close(interval, latest[f"{value}_high"]["mixture"], place=1)
    for dot in drawn[drawn[f"{value}_low"].notna()].itertuples():
        row = metrics[(metrics["method"] == dot.method) & (metrics[value] == getattr(dot, value))]
        assert close(dot.interval, row[f"{value}_low"].iloc[0])
        assert close(dot.interval, row[f"{value}_high"].iloc[0], place=1)


def test_differences_from_other_methods_and_whether_chance_explains_them():
    table = next(f for f in page("full", "model").tables if "Our segments against" in f)
    expected = rows(
        "full",
        """
        from backtest_metrics where method <> 'mixture'
        order by cutoff_date desc, top_fifth_capture desc, method
        """,
    )
    assert len(table) == len(expected) == 8
    for (_, shown), row in zip(table.iterrows(), expected.itertuples(), strict=True):
        for column, value in (
            ("Held by the best fifth, points", "top_fifth_capture_lead"),
            ("Explained by the segment, points", "eta_squared_lead"),
        ):
            if row.method == "past_spend" and value.startswith("eta"):
                assert shown[column] == ""
                continue
            low, high = getattr(row, f"{value}_low"), getattr(row, f"{value}_high")
            for place, points in enumerate((getattr(row, value), low, high)):
                assert close(shown[column], 100 * points, place=place)
            judged = shown[column].rpartition(": ")[2]
            assert judged == ("ahead" if low > 0 else "behind" if high < 0 else "within the error")
    # By hand: 0.6 less 0.24 * 2.6 is −2.4 points, from −5.4 to −1.4.
    by_hand = table[table["Our segments against"] == "Past spend alone"].iloc[0]
    assert by_hand["Held by the best fifth, points"] == "−2.4 (−5.4 to −1.4): behind"


def test_how_often_refits_give_the_same_segment():
    expected = rows("full", "from confidence_calibration order by decile")
    shown = page("full", "model")
    drawn = next(f for f in shown.charts["confidence"] if "decile" in f)
    for column in ("decile", "customer_count", "mean_probability", "same_segment_share"):
        assert drawn[column].tolist() == pytest.approx(expected[column].tolist())
    for dot, row in zip(drawn.itertuples(), expected.itertuples(), strict=True):
        assert close(dot.confidence_text, row.mean_probability)
        assert close(dot.same_text, row.same_segment_share)
        assert close(dot.interval, row.same_segment_share_low)
        assert close(dot.interval, row.same_segment_share_high, place=1)
    title = shown.section("^Fitted again").title
    most, least = expected.iloc[0], expected.iloc[-1]
    for place, value in enumerate(
        (most.same_segment_share, most.mean_probability,
         least.same_segment_share, least.mean_probability)
    ):  # fmt: skip
        assert close(title, value, place=place)
    assert title.endswith("at least as often as the confidence says")
    assert "fitted again 10 times" in shown.section("^Fitted again").note


def test_too_much_confidence_is_said():
    tenths = pd.DataFrame(
        {"mean_probability": [0.9, 0.8, 0.7], "same_segment_share": [0.95, 0.7, 0.6]}
    )
    said = sentences.confidence_holds(tenths)
    assert said.endswith("in 2 of 3 groups they hold it less often than it says")


@pytest.mark.parametrize("value", ["active_share", "future_revenue_per_customer"])
def test_what_segments_did_next(value):
    drawn = next(f for f in page("full", "model").charts[f"model_{value}"] if "text" in f)
    expected = rows("full", "from backtest where method = 'mixture'").set_index(
        ["cutoff_date", "segment"]
    )
    assert len(drawn) == len(expected)
    for dot in drawn.itertuples():
        row = expected.loc[(dot.cutoff_date, dot.segment)]
        assert close(dot.text, row[value])
        assert close(dot.low_text, row[f"{value}_low"])
        assert close(dot.high_text, row[f"{value}_high"])


def test_drift():
    shown = page("full", "model")
    expected = rows(
        "full",
        """
        select snapshot_date, feature,
            coalesce(population_stability_index, outlier_share) as distance, is_refit_due
        from drift order by snapshot_date
        """,
    )
    for feature, own in expected.groupby("feature"):
        drawn = next(f for f in shown.charts[f"drift_{feature}"] if "distance" in f)
        assert drawn["distance"].tolist() == pytest.approx(own["distance"].tolist())
        assert (drawn["state"] == "refit is due").tolist() == own["is_refit_due"].tolist()
    latest = expected[expected["snapshot_date"] == expected["snapshot_date"].max()]
    assert len(shown.sections) and latest["is_refit_due"].any() == any(
        "a refit is due" in section.title for section in shown.sections
    )


def test_lineage():
    table = next(f for f in page("full", "model").tables if "previous_persona" in f)
    expected = rows("full", "from segment_lineage where is_best_match order by segment_id")
    for column in ("persona", "previous_persona", "shared_customer_count", "share_of_segment"):
        assert table[column].tolist() == expected[column].tolist()


def test_a_segment_by_rule_has_no_outline():
    frames = page("newcomers", "model").charts["feature_map"]
    outlines = next(frame for frame in frames if "deviations" in frame)
    assert "Promising" not in set(outlines["persona"])
    assert len(set(outlines["persona"])) == 5


def test_account():
    lead = page("full", "data").sections[0].texts[0]
    raw, kept, raw_amount, kept_amount = rows(
        "full",
        """
        select sum(row_count), sum(row_count) filter (is_kept), sum(amount),
            sum(amount) filter (is_kept)
        from line_classes
        """,
    ).iloc[0]
    assert close(lead, kept)
    assert close(lead, raw, place=1)
    assert close(lead, kept / raw, place=2)
    assert close(lead, kept_amount, place=3)
    assert close(lead, raw_amount, place=4)


@pytest.mark.parametrize("measure", ["row_count", "amount"])
def test_waterfall(measure):
    shown = page("full", "data", count={"row_count": "Rows", "amount": "Money"}[measure])
    classes = rows("full", "from line_classes").set_index("line_class")
    drawn = next(f for f in shown.charts["waterfall"] if "kind" in f)
    kept = float(classes.loc[classes["is_kept"], measure].sum())
    assert drawn["end"].iloc[-1] == pytest.approx(kept)
    assert close(drawn["text"].iloc[-1], kept) and close(drawn["brief"].iloc[-1], kept)
    steps = drawn[drawn["kind"] == "taken away"].set_index("name")
    rejected = classes[~classes["is_kept"] & (classes[measure] != 0)]
    assert len(steps) == len(rejected)
    for name, row in rejected.iterrows():
        assert close(steps["text"][f"− {WORDS[name]}"], -float(row[measure]))
    largest = rejected[measure].astype(float).abs().idxmax()
    title = next(s.title for s in shown.sections if "left out because" in s.title)
    assert close(title, float(rejected[measure][largest]))
    assert largest == "no_customer" and title.endswith("because they name no customer")


def test_examples():
    shown = page("full", "data")
    table = next(f for f in shown.tables if "source_row" in f)
    largest = rows(
        "full", "select arg_max(line_class, row_count) as c from line_classes where not is_kept"
    )["c"][0]
    expected = rows(
        "full",
        """
        from rejected_line_examples where line_class = $name
        order by source_file, source_row limit 10
        """,
        name=largest,
    )
    for column in ("source_file", "source_row", "order_id", "amount"):
        assert table[column].tolist() == expected[column].tolist()


def test_gates():
    shown = page("full", "data")
    counted, failed = rows(
        "full", "select count(*), count(*) filter (not success) from gate_results"
    ).iloc[0]
    title = shown.section("checks (passed|failed)$").title
    assert close(title, failed) and close(title, counted, place=1)
    table = next(f for f in shown.tables if "expectation" in f)
    assert len(table) == counted
    assert (table["state"] == "✗ failed").sum() == failed


def test_unmatched_returns():
    table = next(f for f in page("full", "data").tables if "reason" in f and "amount" in f)
    expected = rows("full", "from unmatched_returns order by row_count desc")
    assert table["row_count"].tolist() == expected["row_count"].tolist()
    assert table["amount"].tolist() == expected["amount"].tolist()
