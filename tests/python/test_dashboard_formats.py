"""Numbers as people read them, and names from data that stay names."""

import csv
import io
import math
import re
from datetime import date

import altair as alt
import pandas as pd
import pytest

from dashboard import cards, formats, measures, sentences, theme
from dashboard.charts import customers, data, feature_space, movement, parts

THIN = formats.THIN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (8_911_407.9, f"£8.9{THIN}m"),
        (462_000, f"£462{THIN}k"),
        (12_345, f"£12.3{THIN}k"),
        (9_999, "£9,999"),
        (950, "£950"),
        (12.5, "£12.50"),
        (3.857, "£3.86"),
        (99.996, "£100.00"),
        (0, "£0"),
        (-8_200, "−£8,200"),
        (2.5e9, f"£2.5{THIN}bn"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_money(value, text):
    assert formats.money(value, "GBP") == text


def test_currencies():
    assert formats.money(5, "USD") == "$5"
    assert formats.money(5, "NOK") == f"NOK{THIN}5"
    assert formats.money(5, "") == formats.money(5, "XXX") == "5"
    assert formats.amount_heading("Spent", "GBP") == "Spent (GBP)"
    assert formats.amount_heading("Spent", "XXX") == "Spent"
    assert formats.exact_money(-1234.5, "EUR") == "−€1,234.50"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0%"),
        (0.001, "<1%"),
        (0.005, "1%"),
        (0.345, "35%"),
        (0.996, ">99%"),
        (1, "100%"),
        (None, "–"),
    ],
)
def test_share(value, text):
    assert formats.share(value) == text


def test_an_axis_writes_amounts_as_texts_do():
    values = [0.5, 950, 5_000, 12_500, 200_000, 2_000_000, 3e9, -8_200]
    axis = parts.money_axis("GBP", values=values)
    scale = alt.Scale(type="symlog")
    chart = alt.Chart(pd.DataFrame({"y": values})).mark_point()
    picture = io.StringIO()
    chart.encode(y=alt.Y("y:Q", axis=axis, scale=scale)).properties(height=4000).save(
        picture, format="svg"
    )
    written = set(re.findall(r">([^<>]*\d[^<>]*)</text>", picture.getvalue()))
    short = {formats.money(value, "GBP") for value in values[1:]} | {"£0.5"}
    assert {text.replace(".0\u202f", "\u202f") for text in short} == written


def test_a_table_writes_numbers_as_texts_do_and_keeps_them_numbers():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", "b"],
            "monetary": [278_742.02, -8_200],
            "frequency": [1_234, 2],
            "membership_probability": [0.9997, 0.001],
            "silhouette": [0.4444, 1_234.567],
            "snapshot_date": pd.to_datetime(["2011-12-10", "2011-12-01"]),
        }
    )
    shown = formats.styled(frame, "GBP")
    cells = re.findall(r"<td[^>]*>(.*?)</td>", shown.to_html())
    assert cells == [
        "a", "£278,742.02", "1,234", ">99%", "0.444", "10 Dec 2011",
        "b", "−£8,200.00", "2", "<1%", "1,234.57", "1 Dec 2011",
    ]  # fmt: skip
    assert shown.data is frame


def test_one_share_is_one_text_in_every_chart_and_table():
    """A customer must not be 100% here and >99% there."""
    table = formats.styled(pd.DataFrame({"membership_probability": [0.9997]}), "GBP").to_html()
    bar = customers.probability_bar(
        pd.DataFrame({"segment_id": [1], "persona": ["a"], "probability": [0.9997]}), theme.LIGHT
    )
    assert ">99%" in table and bar.data["text"].tolist() == [">99%"]
    assert "%" not in str([layer.to_dict()["encoding"].get("tooltip") for layer in bar.layer])


@pytest.mark.parametrize("measure", measures.MEASURES)
def test_better_has_the_higher_value(measure):
    better = measures.MEASURES[measure].better
    high, low = measures.oriented_value(measure, 90), measures.oriented_value(measure, 10)
    assert (high is None) == (low is None) == (better is None)
    if better:
        assert (high > low) == (better == "more")
    expected = {"recency_days": "less", "frequency": "more", "tenure_days": None}
    assert expected.get(measure, better) == better


def test_days():
    assert formats.day(date(2011, 12, 10)) == "10 December 2011"
    assert formats.short_day("2011-12-01") == "1 Dec 2011"
    assert formats.month_before(date(2011, 12, 1)) == "November 2011"
    assert formats.plural(1, "customer") == "1 customer"
    assert formats.plural(2000, "customer") == "2,000 customers"


HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "$x$ :red[y] :material/home:",
    "`a` **b** ~~c~~ | d\n# e",
    "&lt;b&gt; \\",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_and_html_stay_text(name):
    shown = formats.markdown(name)
    for sign in "[]()<>`*_~$|#:":
        for position, character in enumerate(shown):
            assert character != sign or shown[position - 1] == "\\"
    assert "\n" not in shown
    assert "<" not in formats.html_text(name) and '"' not in formats.html_text('"')


def test_card_escapes_every_name():
    row = pd.Series(
        {
            "segment_id": 1,
            "persona": HOSTILE[0],
            "icon": "<i>",
            "persona_description": HOSTILE[0],
            "recommended_action": '"><script>',
            "customer_count": 1,
            "customer_share": 0.5,
            "revenue": 10.0,
            "revenue_share": 0.5,
        }
    )
    text = cards.segment_card(row, "<GBP>")
    assert "<img" not in text and "<script" not in text and "<i>" not in text
    assert "<GBP>" not in text


FORMULAS = [
    "=HYPERLINK(1)",
    "+1",
    "-1+1",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    " =1",
    "\u00a0=1",
    "a\n=1",
    "a\r\n-1",
]


@pytest.mark.parametrize("text", FORMULAS)
def test_csv_runs_nothing(text):
    content = formats.csv(pd.DataFrame({"name": [text], "amount": [-5.5]})).decode("utf-8-sig")
    (_, row) = csv.reader(io.StringIO(content, newline=""))
    assert row[1] == "-5.5", "numbers are never changed"
    for line in row[0].replace("\r", "\n").split("\n"):
        assert line.strip(" \u00a0\t")[:1] not in set("=+-@") or line == ""
    raw = formats.csv(pd.DataFrame({"name": [text]}), raw=True).decode("utf-8-sig")
    assert text.strip("\r") in raw.replace('""', '"')


def test_csv_leaves_plain_text_and_headers():
    frame = pd.DataFrame({"name": ["O'Hara", "a-b", None], "n": [1, 2, 3]})
    lines = formats.csv(frame).decode("utf-8-sig").splitlines()
    assert lines == ['"name","n"', '"O\'Hara",1', '"a-b",2', '"",3']


def test_csv_headers_run_nothing():
    assert formats.csv(pd.DataFrame({"=1+1": [1]})).decode("utf-8-sig").startswith('"\'=1+1"')


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("look", [theme.LIGHT, theme.DARK], ids=lambda look: look.mode)
def test_contrast(look):
    assert contrast(look.text, look.surface) >= 7
    assert contrast(look.muted, look.surface) >= 4.5
    assert contrast(look.accent, look.surface) >= 4.5
    assert contrast(look.negative, look.surface) >= 4.5
    assert contrast(look.inverse, look.sequential[-1]) >= 4.5
    assert contrast(look.inverse, look.diverging[-1]) >= 4.5


def test_a_segment_keeps_its_colour():
    assert theme.segment_colour(1) == "#0072B2"
    count = len(theme.SEGMENT_COLOURS)
    assert len({theme.segment_colour(n) for n in range(1, count + 1)}) == count >= 8
    assert theme.segment_colour(count + 1) == theme.segment_colour(1)
    part = pd.DataFrame({"segment_id": [4, 2, 2], "persona": ["d", "b", "b"]})
    scale = theme.segment_scale(part).to_dict()
    assert scale["domain"] == ["b", "d"]
    assert scale["range"] == [theme.segment_colour(2), theme.segment_colour(4)]


def test_bins():
    assert measures.bin_label("recency_days", 31, 61, "GBP") == "31–60"
    assert measures.bin_label("frequency", 1, 2, "GBP") == "1"
    assert measures.bin_label("frequency", 50, None, "GBP") == "50+"
    assert measures.bin_label("monetary", 200, 500, "GBP") == "from £200"


def test_waterfall_ends_at_the_kept_lines():
    frame = pd.DataFrame(
        {
            "line_class": ["duplicate", "no_customer", "sale", "return", "write_off"],
            "row_count": [10, 20, 60, 5, 0],
            "amount": [5.0, -7.0, 100.0, -3.0, 0.0],
            "is_kept": [False, False, True, True, False],
            "description": "",
        }
    )
    for measure, kept in (("row_count", 65), ("amount", 97)):
        steps = data.waterfall_steps(frame, measure)
        assert math.isclose(steps["end"].iloc[-1], kept)
        assert len(steps) == 4, "a class without rows takes no step"


def test_flows_fill_both_columns():
    moves = pd.DataFrame(
        {
            "from_segment_id": [1, 1, 2, 0],
            "from_persona": ["a", "a", "b", "First order"],
            "to_segment_id": [1, 2, 0, 2],
            "to_persona": ["a", "b", "Returned it all", "b"],
            "customer_count": [5, 3, 2, 4],
            "share_of_from": [0.6, 0.4, 1, 1],
        }
    )
    bands, blocks = movement._bands(moves)
    for side in (0, 1):
        assert blocks.loc[blocks["side"] == side, "customer_count"].sum() == 14
    assert blocks.loc[blocks["side"] == 0, "persona"].tolist() == ["a", "b", "First order"]
    assert blocks.loc[blocks["side"] == 1, "persona"].tolist() == ["a", "b", "Returned it all"]
    assert (bands["high"] - bands["low"] == bands["customer_count"]).all()


def test_outlines_follow_the_covariance():
    parts = pd.DataFrame(
        {
            "segment_id": [1],
            "persona": ["a"],
            "mean_recency_feature": [1.0],
            "mean_value_feature": [-1.0],
            "variance_recency_feature": [4.0],
            "variance_value_feature": [1.0],
            "covariance_features": [0.0],
        }
    )
    outline = feature_space.component_outlines(parts)
    one = outline[outline["deviations"] == 1]
    assert math.isclose(one["recency_feature"].max(), 3.0, rel_tol=1e-2)
    assert math.isclose(one["value_feature"].min(), -2.0, rel_tol=1e-2)


def test_sentences_name_people_not_numbers_only():
    shares = pd.DataFrame(
        {
            "segment_id": [1, 2],
            "persona": ["Best", "Rest"],
            "customer_count": [10, 90],
            "customer_share": [0.1, 0.9],
            "revenue": [600.0, 400.0],
            "revenue_share": [0.6, 0.4],
        }
    )
    assert sentences.headline(shares, "GBP") == (
        "Best are 10% of customers and 60% of revenue: they have spent £60 each on average, "
        "6.0 times the average customer."
    )
    assert sentences.headline(shares, "GBP", "Rest").startswith("Rest are 90%")
    assert sentences.concentration(shares) == "Most revenue comes from 1 of 2 segments: Best (60%)"
    assert sentences.headline(shares.head(1), "GBP") == "All customers are in one segment, Best."
    assert sentences.listed(["a", "b", "c"]) == "a, b and c"


@pytest.mark.parametrize(
    ("rank", "value", "said"),
    [
        ("revenue", 1234.0, "Tea \\*1\\* brought most: £1,234"),
        ("reach", 0.25, "25% of Loyal bought Tea \\*1\\*"),
        ("growth", 0.5, "Tea \\*1\\* grew most: by 50%"),
        ("growth", -0.5, "Tea \\*1\\* shrank least: by 50%"),
        ("growth", 0.004, "Tea \\*1\\* kept its revenue, and none grew"),
        ("lift", 2.04, "Tea \\*1\\* is 2.0 times as common among Loyal as among all"),
    ],
)
def test_the_first_of_a_ranking_is_told(rank, value, said):
    frame = pd.DataFrame({"name": ["Cup", "Tea *1*"], rank: [None, value]})
    assert sentences.leading(frame, rank, "product", "Loyal", "GBP") == said


def test_a_ranking_of_nothing_says_why():
    ranks = ("growth", "lift", "reach")
    frame = pd.DataFrame({"name": ["Cup"], "growth": [None], "lift": [None], "reach": [None]})
    assert [sentences.leading(frame, rank, "product", "customers", "GBP") for rank in ranks] == [
        "No product was bought by enough customers in both periods",
        "No product is bought by enough customers of one segment",
        "No product was bought",
    ]
