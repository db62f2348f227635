"""What the page and the report say of campaigns that were sent, against the export's own files."""

import shutil

import pandas as pd
import pytest
from dashboard_shown import close, rows, show
from dashboard_support import exports_root

from dashboard import sentences
from dashboard.report import main, write


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    found = rows("full", "select distinct campaign_name, campaign_id from campaign_uplift")
    return dict(zip(found["campaign_name"], found["campaign_id"], strict=True))


@pytest.fixture
def page(monkeypatch):
    return show(monkeypatch, "full", "campaign")


def chosen(page, campaign_id: str):
    page.app.selectbox(key="sent_campaign").select(campaign_id).run()
    assert not page.app.exception
    return page.app


def told(app) -> str:
    return " ".join(part.value for part in app.markdown if part.value.startswith("**"))


def test_the_latest_campaign_comes_first_and_has_not_begun(page):
    assert "Tomorrow" in told(page.app)
    assert "the data end before the day it was sent" in told(page.app)
    assert not [name for name in page.charts if name.startswith("campaign")]


def test_a_campaign_beside_its_control_group(page, names):
    app = chosen(page, names["Win back"])
    row = rows(
        "full",
        "from campaign_uplift where campaign_name = 'Win back' and is_total",
    ).iloc[0]
    words = told(app)
    points = words[words.index("ordered") :]
    for place, name in enumerate(("", "_low", "_high")):
        assert close(points, 100 * row[f"order_rate_uplift{name}"], place=place), name
    money = words[words.index("That is") :].replace("\\", "")
    for place, name in enumerate(("", "_low", "_high")):
        assert close(money, row[f"incremental_revenue{name}"], place=place), name
    assert "more than chance alone usually explains" in words and "may be chance" not in words
    captions = " ".join(part.value for part in app.caption)
    assert "3 on the list twice" in captions and "12 not among the customers" in captions
    facts = " ".join(part.proto.body for part in app.get("html"))
    assert "<b>400</b>" in facts and "<b>23%</b>" in facts and "<b>10%</b>" in facts


def test_a_campaign_that_may_be_chance_and_still_runs(page, names):
    app = chosen(page, names['<b>Sale</b> | "50%" off'])
    words = told(app)
    assert "2.2 points less often" in words and words.count("the difference may be chance") == 2
    assert "£300 less revenue" in words.replace("\\", "")
    assert "20 of 30 days" in " ".join(part.value for part in app.caption)
    assert "<b>Sale" not in words


def test_without_a_control_group_it_says_so(page, names):
    assert "There is no control group" in told(chosen(page, names["No control"]))


def test_an_export_without_campaigns_says_how_to_tell_of_one(monkeypatch):
    page = show(monkeypatch, "one segment", "campaign")
    assert "No campaign has been recorded" in page.section("^What campaigns brought$").note
    assert "campaign add" in page.app.code[0].value


def test_charts_draw_what_the_table_holds(page, names):
    app = chosen(page, names["Win back"])
    expected = rows(
        "full",
        "from campaign_uplift where campaign_name = 'Win back' and comparison = 'measured' "
        "order by is_total desc, persona",
    )
    assert len(expected) == 2
    assert "too small: Lost" in " ".join(part.value for part in app.caption)
    alternative = next(
        part.proto.alt for part in app.get("vega_lite_chart") if "points" in part.proto.alt
    )
    for words, row in zip(alternative.split("; "), expected.itertuples(), strict=True):
        assert words.startswith(f"{row.persona}: ")
        assert close(words, 100 * row.order_rate_uplift)
        assert close(words, 100 * row.order_rate_uplift_high, place=2)


@pytest.mark.parametrize(
    ("value", "low", "high", "said"),
    [
        (
            0.031,
            0.004,
            0.058,
            "3.1 points more often than the control group (0.4 to 5.8): more than",
        ),
        (-0.031, -0.058, -0.004, "3.1 points less often"),
        (0.01, -0.02, 0.04, "(−2.0 to 4.0): the difference may be chance"),
        (0.0, -0.02, 0.02, "ordered as often as the control group"),
    ],
)
def test_a_difference_in_words(value, low, high, said):
    row = pd.Series(
        {
            "comparison": "measured",
            "order_rate_uplift": value,
            "order_rate_uplift_low": low,
            "order_rate_uplift_high": high,
            "incremental_revenue": None,
            "incremental_revenue_low": None,
            "incremental_revenue_high": None,
        }
    )
    words = sentences.uplift(row, "GBP")
    assert said in words
    assert "no revenue to compare" in words


def test_the_report_tells_of_campaigns_as_text(monkeypatch, tmp_path, capsys):
    folder = tmp_path / "export"
    shutil.copytree((exports_root("full") / "current").resolve(), folder)
    page = write(folder).read_text()
    assert "What campaigns brought" in page and "13.0 points more often" in page
    assert "&lt;b&gt;Sale&lt;/b&gt;" in page and "<b>Sale" not in page
    other = tmp_path / "other"
    shutil.copytree((exports_root("one segment") / "current").resolve(), other)
    assert "What campaigns brought" not in write(other).read_text()
    monkeypatch.setattr("sys.argv", ["report", str(folder)])
    assert main() == 0
    assert "report.html" in capsys.readouterr().out
