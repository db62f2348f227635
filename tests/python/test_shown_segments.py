"""What the page of segments shows, against SQL of its own over the export's files."""

import re
from functools import cache

import pandas as pd
import pytest
from dashboard_shown import Shown, close, rows, show

LATEST = "2011-12-10"
VIEWS = {
    "everything": {},
    "a country": {"country": "United Kingdom"},
    "a rare country": {"country": "Germany"},
    "a day": {"as_of": "1 Sep 2011"},
    "a segment": {"segment": "Loyal"},
    "every filter": {"segment": "Loyal", "country": "Germany", "as_of": "1 Sep 2011"},
}
ANY_DAY = {"recency_days", "frequency", "monetary", "average_order_value"}
RUN_DAY = {"average_days_between_orders", "tenure_days", "product_count", "return_rate"}
MEMBERS = """
    select h.*, c.country, h.monetary / h.frequency as average_order_value,
        s.average_days_between_orders, s.tenure_days, s.product_count, s.return_rate,
        s.runner_up
    from customer_history as h
    join customers as c using (customer_id)
    left join customer_segments as s
        on s.customer_id = h.customer_id and s.as_of_date = h.snapshot_date
    where h.snapshot_date = cast($day as date) and ($country is null or c.country = $country)
"""
CARD = re.compile(
    r"([\d,]+)\s+customers · (\S+)\s+(\S+)\s+of revenue\s+(\S+(?:\s[km]|\sbn)?)\s+spent so far"
)


@pytest.fixture(params=list(VIEWS))
def view(request):
    """Return the page of a view, its members by the files, and the segment in detail."""
    query = VIEWS[request.param]
    shown = segments("full", **query)
    return shown, members("full", query), query.get("segment", "Champions")


@cache
def segments(kind: str, **query: str) -> Shown:
    """Return the page as it is shown, opened once for all tests that look at it."""
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, kind, "segments", **query)


def members(kind: str, query: dict[str, str]) -> pd.DataFrame:
    day = str(pd.Timestamp(query["as_of"]).date()) if "as_of" in query else LATEST
    found = rows(kind, MEMBERS, day=day, country=query.get("country"))
    assert len(found) > 5
    return found


def text(shown: Shown) -> str:
    return "\n".join(line for section in shown.sections for line in section.texts)


def test_cards(view):
    shown, people, _ = view
    personas = rows("full", "from segment_profiles order by segment_id")["persona"]
    cards = [line for line in shown.sections[0].texts if "customers · " in line]
    assert len(cards) == len(personas)
    for persona, card in zip(personas, cards, strict=True):
        assert persona in card
        count, share, revenue_share, revenue = CARD.search(card).groups()
        own = people[people["persona"] == persona]
        assert close(count, len(own))
        assert close(share, len(own) / len(people))
        assert close(revenue_share, own["monetary"].sum() / people["monetary"].sum())
        assert close(revenue, own["monetary"].sum())


def test_heat_map(view):
    shown, people, _ = view
    (cells,) = (frame for frame in shown.charts["comparison"] if "compared" in frame)
    is_run_day = str(people["snapshot_date"].iloc[0].date()) == LATEST
    expected = ANY_DAY | RUN_DAY if is_run_day else ANY_DAY
    assert set(cells["measure"]) == expected
    assert set(cells["persona"]) == set(people["persona"])
    for cell in cells.itertuples():
        everyone = people[cell.measure].dropna()
        median = people.loc[people["persona"] == cell.persona, cell.measure].median()
        assert cell.amount_50 == pytest.approx(float(median))
        assert cell.population_median == pytest.approx(float(everyone.median()))
        below, above = (everyone < median - 1e-9).mean(), (everyone > median + 1e-9).mean()
        assert close(cell.compared, max(below, above))
        assert close(cell.text, float(median)) or cell.measure == "return_rate"
    note = next(s.note for s in shown.sections if "stand out most" in s.title)
    assert ("are known at 10 December 2011 alone" in note) != is_run_day


def test_heat_map_s_colour_means_better():
    """Fewer days since the last order have the colour that more orders have."""
    people = members("full", {})
    (cells,) = (frame for frame in segments("full").charts["comparison"] if "compared" in frame)
    by_measure = cells.set_index(["measure", "persona"])["oriented"]
    medians = people.groupby("persona")[["recency_days", "frequency"]].median()
    recent, absent = medians["recency_days"].idxmin(), medians["recency_days"].idxmax()
    often, seldom = medians["frequency"].idxmax(), medians["frequency"].idxmin()
    assert by_measure["recency_days", recent] > 75 > 25 > by_measure["recency_days", absent]
    assert by_measure["frequency", often] > 75 > 50 > by_measure["frequency", seldom]
    assert cells.loc[cells["measure"] == "tenure_days", "oriented"].isna().all()


def test_contrast_names_the_farthest_median(view):
    shown, people, _ = view
    title = shown.section("stand out most").title
    (cells,) = (frame for frame in shown.charts["comparison"] if "compared" in frame)
    farthest = 0.0
    for cell in cells.itertuples():
        everyone = people[cell.measure].dropna()
        median = people.loc[people["persona"] == cell.persona, cell.measure].median()
        farthest = max(farthest, (everyone < median).mean(), (everyone > median).mean())
    assert close(title, farthest)


def test_summary_of_the_segment(view):
    shown, people, chosen = view
    own = people[people["persona"] == chosen]
    summary = next(line for line in text(shown).split("\n") if "The typical customer" in line)
    summary = summary[summary.index("The typical customer") :].replace("\\", "")
    orders = own["frequency"].median()
    assert ("ordered once" in summary) == (orders == 1)
    place = 0
    if orders != 1:
        assert close(summary, orders, place=place)
        place += 1
    assert close(summary, float(own["monetary"].median()), place=place)
    assert close(summary, own["recency_days"].median(), place=place + 1)
    assert close(summary[summary.index("confidence") :], own["membership_probability"].mean())
    unusual = int(own["is_outlier"].sum())
    assert ("unusual" in summary) == (unusual > 0)
    if unusual:
        assert re.search(rf"\b{unusual} customers? (is|are) unusual", summary)


def test_spread(view):
    shown, people, chosen = view
    (drawn,) = (frame for frame in shown.charts["spread"] if "measure" in frame)
    for row in drawn.itertuples():
        everyone = people[row.measure].dropna().astype(float)
        own = people.loc[people["persona"] == chosen, row.measure].dropna().astype(float)
        for step in (10, 25, 50, 75, 90):
            amount = own.quantile(step / 100)
            assert getattr(row, f"amount_{step}") == pytest.approx(amount)
            below = (everyone < amount - 1e-9).mean() + (everyone <= amount + 1e-9).mean()
            # A quantile that falls on a value does so up to rounding: half a customer.
            one = 50.001 / len(everyone)
            assert getattr(row, f"percentile_{step}") == pytest.approx(50 * below, abs=one)
    alternative = shown.alternatives["spread"]
    assert all(text in alternative for text in drawn["text"])


@pytest.mark.parametrize("measure", ["recency_days", "frequency", "monetary"])
def test_distributions(view, measure):
    shown, people, chosen = view
    (drawn,) = (f for f in shown.charts[f"distribution_{measure}"] if "bin" in f)
    own = people[people["persona"] == chosen]
    lows = drawn["lower_bound"].tolist()
    assert drawn["population_share"].sum() == pytest.approx(1)
    for low, high, row in zip(lows, [*lows[1:], 1e99], drawn.itertuples(), strict=True):
        for part, share, said in (
            (own, row.segment_share, row.segment_text),
            (people, row.population_share, row.population_text),
        ):
            counted = ((part[measure] >= low) & (part[measure] < high)).mean()
            assert share == pytest.approx(counted)
            assert close(said, counted)


def test_most_common_bins(view):
    shown, people, chosen = view
    title = shown.section("days ago$").title
    own = people[people["persona"] == chosen]
    orders, days = title.split("; ")
    for said, values in ((orders, own["frequency"]), (days, own["recency_days"])):
        low, high = re.search(r"(\d+)(?:–(\d+)|(\+))?", said.split("%")[1]).groups()[:2]
        top = int(high) if high else (10**9 if "+" in said else int(low))
        assert close(said, values.between(int(low), top).mean())


def test_members_and_download(view):
    shown, people, chosen = view
    own = people[people["persona"] == chosen]
    own = own.sort_values(["monetary", "customer_id"], ascending=[False, True])
    best = own.head(100)
    assert close(shown.section("who spent most$").title, len(best))
    (table,) = (frame for frame in shown.tables if "customer_id" in frame)
    assert table["customer_id"].tolist() == best["customer_id"].tolist()
    for name in ("monetary", "frequency", "recency_days", "membership_probability"):
        assert table[name].tolist() == pytest.approx(best[name].astype(float).tolist())
    is_run_day = str(people["snapshot_date"].iloc[0].date()) == LATEST
    assert ("runner_up" in table) == is_run_day
    whole = shown.downloaded("segment_csv")
    assert len(whole) == len(own)
    assert whole["monetary"].sum() == pytest.approx(own["monetary"].sum())
    assert set(whole["as_of_date"]) == {str(people["snapshot_date"].iloc[0].date())}
    assert (whole["runner_up"].notna()).all() == is_run_day


def test_every_block_follows_every_filter_or_says_so():
    shown = segments("full", **VIEWS["every filter"])
    for pattern in ("^How they compare", "days ago$", "who spent most$"):
        assert not shown.section(pattern).ignores, pattern
    assert shown.section("stand out most").ignores == {"segment"}
    assert shown.section("ordered again").ignores >= {"country", "as-of date"}


def test_what_a_segment_did_afterwards():
    shown = segments("full")
    (row,) = rows(
        "full",
        """
        from backtest where method = 'mixture' and segment = 'Champions'
        order by cutoff_date desc limit 1
        """,
    ).itertuples()
    title = shown.section("ordered again").title.replace("\\", "")
    assert close(title, row.active_share)
    spent = title[title.index("spent") :]
    assert close(spent, row.future_revenue_per_customer)
    assert close(spent, row.future_revenue_per_customer_low, place=2)
    assert close(spent, row.future_revenue_per_customer_high, place=3)


def test_a_segment_by_rule():
    """A segment that is no component of the mixture has no confidence to show."""
    shown = segments("newcomers", segment="Promising")
    said = text(shown)
    assert "because their first order is recent, not by probability" in said
    assert "confidence" not in said.lower().replace("minimum confidence", "")
    (table,) = (frame for frame in shown.tables if "customer_id" in frame)
    assert not {"membership_probability", "runner_up"} & set(table.columns)
    other = text(segments("newcomers", segment="Loyal"))
    assert "Average confidence: " in other


def test_amounts_without_a_currency_say_so():
    shown = segments("newcomers")
    assert "name no currency" in shown.sections[0].note
    assert "£" not in text(shown)
    assert "name no currency" not in segments("full").sections[0].note
