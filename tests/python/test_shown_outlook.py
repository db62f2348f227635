"""What the pages show of the days ahead, against SQL of its own over the export's files."""

import pandas as pd
import pytest
from dashboard_shown import close, rows, show

from dashboard import formats, sentences


@pytest.fixture(scope="module")
def model():
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, "full", "model")


def person(customer: str, **query: str):
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, "full", "customers", customer=customer, **query)


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_a_customer_has_an_outlook(order):
    expected = rows(
        "full",
        f"""
        from customer_outlook where regexp_matches(customer_id, '^[0-9]+$')
        order by expected_spend {order}, customer_id limit 1
        """,
    ).iloc[0]
    section = person(expected["customer_id"]).section("chance to order in the next 90 days")
    assert close(section.title, expected["order_chance"])
    assert close(section.title[section.title.index(";") :], expected["expected_spend"])
    facts = next(text for text in section.texts if "Expected orders" in text)
    for name, key in (
        ("Chance to order", "order_chance"),
        ("Expected orders", "expected_orders"),
        ("Expected spend", "expected_spend"),
    ):
        told = facts[facts.index(name) :]
        for place, end in enumerate(("", "_low", "_high")):
            assert close(told, expected[f"{key}{end}"], place=place), (name, end)


def test_an_earlier_day_has_no_outlook():
    customer = rows("full", "select min(customer_id) as c from customer_history where "
                    "snapshot_date = date '2011-09-01'")["c"][0]  # fmt: skip
    titles = [s.title for s in person(customer, as_of="1 Sep 2011").sections]
    assert titles and not any("chance to order" in title for title in titles)


@pytest.mark.parametrize("measure", ["order_chance", "expected_spend"])
def test_calibration(model, measure):
    expected = rows(
        "full",
        """
        from outlook_calibration where method = 'outlook' and measure = $measure
            and cutoff_date = date '2011-09-11' order by decile
        """,
        measure=measure,
    )
    drawn = next(f for f in model.charts[f"calibration_{measure}"] if "decile" in f)
    assert drawn["decile"].tolist() == list(range(1, 11))
    for column in ("expected", "actual", "actual_low", "actual_high"):
        assert drawn[column].tolist() == pytest.approx(expected[column].tolist())
    said = model.alternatives[f"calibration_{measure}"].split("; ")
    assert len(said) == 10
    for words, row in zip(said, expected.itertuples(), strict=True):
        assert close(words[words.index(":") :], row.expected)
        assert close(words[words.index("expected") :], row.actual)


def test_methods_beside_the_outlook(model):
    expected = rows("full", "from outlook_backtest")
    table = next(f for f in model.tables if "Off by, on average" in f)
    assert len(table) == len(expected) == 8
    latest = expected[expected["cutoff_date"] == expected["cutoff_date"].max()]
    latest = latest.set_index("method")
    own = table[table["Method"] == "Outlook"].iloc[0]
    assert close(own["Held by its best fifth"], latest["top_fifth_capture"]["outlook"])
    assert close(own["Off by, on average"], latest["mean_absolute_error"]["outlook"])
    title = model.section("^The outlook expected").title
    assert close(title, latest["expected_active_share"]["outlook"])
    assert close(title[title.index("and") :], latest["active_share"]["outlook"])
    assert close(title[title.index("past spend") :], latest["top_fifth_capture"]["past_spend"])
    # The gain is 0.01, from 0.00 to 0.02.
    assert title.endswith("level, within the error")


@pytest.mark.parametrize(
    ("low", "high", "said"), [(0.01, 0.02, "better"), (-0.02, -0.01, "worse"), (-1, 1, "level")]
)
def test_better_is_what_is_better_beyond_its_interval(low, high, said):
    shared = {"cutoff_date": "2011-09-11", "expected_active_share": 0.5, "active_share": 0.5}
    shared |= {"top_fifth_capture": 0.6, "capture_gain_low": low, "capture_gain_high": high}
    tests = pd.DataFrame([shared | {"method": name} for name in ("outlook", "past_spend")])
    assert f"past spend's best fifth 60%: {said}" in sentences.forecast(tests)


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.0, 0.0, "At least nine in ten such customers order nothing."),
        (0.0, 120.0, "Nine in ten such customers spend £120 or less; at least one in ten, nothing"),
        (40.0, 900.0, "Four in five such customers spend between £40 and £900."),
    ],
)
def test_what_such_customers_spend_in_words(low, high, said):
    row = pd.Series({"likely_spend_low": low, "likely_spend_high": high})
    assert said in sentences.likely_spend(row, "GBP")
    assert formats.sign("GBP") == "£"
