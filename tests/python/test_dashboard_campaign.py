"""A campaign's list and files against the run's activation list and SQL over the export's files."""

import csv
import io
from functools import cache

import pandas as pd
import pytest
from dashboard_export import HOSTILE_IDS
from dashboard_shown import Shown, close, opened, rows, show, sound, texts
from dashboard_support import RUNS, exports_root

from dashboard.campaign_files import LAYOUTS, campaign_file

# What the tools' own help pages ask of the first row.
HEADERS = {
    "campaign_plain_csv": [
        "customer_id", "persona", "action", "confidence", "order_chance", "expected_orders",
        "expected_spend", "is_control",
    ],
    "campaign_klaviyo": [
        "Email", "Customer ID", "Persona", "Action", "Confidence", "Order Chance",
        "Expected Orders", "Expected Spend", "Is Control",
    ],
    "campaign_mailchimp": [
        "Email Address", "Customer ID", "Persona", "Action", "Confidence", "Order Chance",
        "Expected Orders", "Expected Spend", "Is Control",
    ],
    "campaign_brevo": [
        "EXT_ID", "PERSONA", "ACTION", "CONFIDENCE", "ORDER_CHANCE", "EXPECTED_ORDERS",
        "EXPECTED_SPEND", "IS_CONTROL",
    ],
}  # fmt: skip
OUTLOOK = ("order_chance", "expected_orders", "expected_spend")
ID = {
    "campaign_plain_csv": "customer_id",
    "campaign_klaviyo": "Customer ID",
    "campaign_mailchimp": "Customer ID",
    "campaign_brevo": "EXT_ID",
    "campaign_control": "customer_id",
}
SLIPPED = """
    with ordered as (
        select distinct customer_id from orders
        where is_counted and order_date >= date '2011-11-01' and order_date < date '2011-12-01'
    ),
    absent as (
        select segment_id,
            map {'new': 0, 'active': 0, 'slipping': 1, 'mixed': 1, 'gone': 2}[life_cycle] as absence
        from segment_profiles
    )
    select old.customer_id, old.persona as from_persona, now.persona as to_persona
    from customer_history as old
    join customer_history as now using (customer_id)
    join absent as a on a.segment_id = old.segment_id
    join absent as b on b.segment_id = now.segment_id
    where old.snapshot_date = date '2011-11-01' and now.snapshot_date = date '2011-12-01'
        and b.absence > a.absence and customer_id not in (from ordered)
"""


def seen(kind: str, **query: str) -> Shown:
    return _seen(kind, tuple(query.items()))


@cache
def _seen(kind: str, query: tuple[tuple[str, str], ...]) -> Shown:
    with pytest.MonkeyPatch.context() as patch:
        return show(patch, kind, "campaign", **dict(query))


def people(kind: str) -> pd.DataFrame:
    """Return every segmented customer beside what the run's activation list says."""
    now = rows(
        kind,
        "select h.*, c.country from customer_history as h join customers as c using (customer_id) "
        "where h.is_as_of_date",
    )
    path = exports_root(kind) / "current" / "activation.csv"
    listed = pd.read_csv(path, dtype={"customer_id": str}, keep_default_na=False)
    listed["customer_id"] = [
        text[1:] if text[1:] in HOSTILE_IDS else text for text in listed["customer_id"]
    ]
    assert not listed["customer_id"].duplicated().any()
    ahead = rows(kind, f"select customer_id, {', '.join(OUTLOOK)} from customer_outlook")
    return (
        now.merge(listed[["customer_id", "action", "is_control"]], on="customer_id", how="left")
        .merge(ahead, on="customer_id", how="left")
        .set_index("customer_id")
    )


def read(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def plain(text: str) -> str:
    return text[1:] if text[1:] in HOSTILE_IDS else text


def check(shown: Shown, chosen: pd.DataFrame) -> None:
    """Compare a campaign with the customers that it should be made of."""
    listed = chosen[chosen["is_control"].notna()]
    control = set(listed.index[listed["is_control"].astype(bool)])
    written = set(listed.index) - control
    section = shown.section("^Write to ")
    assert close(section.title, len(written))
    assert close(section.note, len(chosen))
    assert ("control group" in section.note) == bool(control)
    assert ("left out" in section.note) == (len(listed) < len(chosen))
    for key, headers in HEADERS.items():
        found = read(shown.downloads[key])
        assert list(found[0]) == headers
        assert [plain(row[ID[key]]) for row in found] == [
            name for name in _ordered(chosen) if name in written
        ]
        assert {list(row.values())[-1] for row in found} == {"false"}
        for row in found:
            person = chosen.loc[plain(row[ID[key]])]
            values = {name.lower().replace(" ", "_"): value for name, value in row.items()}
            assert values["persona"] == person["persona"]
            assert values["action"] == person["action"]
            assert float(values["confidence"]) == pytest.approx(
                person["membership_probability"], abs=1e-6
            )
            for name in OUTLOOK:
                if pd.isna(person[name]):
                    assert values[name] == ""
                else:
                    assert float(values[name]) == pytest.approx(person[name], abs=1e-6)
    if control:
        held = read(shown.downloads["campaign_control"])
        assert {plain(row["customer_id"]) for row in held} == control
        assert {row["is_control"] for row in held} == {"true"}
    table = next(frame for frame in shown.tables if "write_count" in frame).set_index("persona")
    by_persona = chosen.groupby("persona")
    assert (
        table["unsure_count"].to_dict()
        == by_persona["is_control"].apply(lambda part: int(part.isna().sum())).to_dict()
    )
    assert table["write_count"].sum() == len(written)
    assert table["control_count"].sum() == len(control)
    assert table["revenue"].tolist() == pytest.approx(
        [float(by_persona["monetary"].sum()[name]) for name in table.index]
    )


def _ordered(chosen: pd.DataFrame) -> list[str]:
    """Return ids, the largest spenders first; ties in the order of the ids."""
    ranked = chosen.assign(money=chosen["monetary"].astype(float)).reset_index()
    return ranked.sort_values(["money", "customer_id"], ascending=[False, True])[
        "customer_id"
    ].tolist()


@pytest.mark.parametrize("kind", ["full", *RUNS])
def test_everyone(kind):
    chosen = people(kind)
    assert chosen["is_control"].notna().any()
    check(seen(kind), chosen)


@pytest.mark.parametrize("kind", ["full", *RUNS])
def test_a_segment_and_a_country(kind):
    everyone = people(kind)
    persona = everyone["persona"].value_counts().index[0]
    check(seen(kind, segment=persona), everyone[everyone["persona"] == persona])
    if everyone["country"].nunique() > 1:
        country = everyone["country"].value_counts().index[0]
        both = (everyone["persona"] == persona) & (everyone["country"] == country)
        check(seen(kind, segment=persona, country=country), everyone[both])


def test_what_the_page_of_customers_selects():
    everyone = people("full")
    found = everyone[
        everyone.index.str.contains("124")
        & (everyone["membership_probability"] >= 0.6)
        & (everyone["monetary"].astype(float) >= 300)
    ]
    assert len(found) > 3
    shown = seen("full", id="124", confidence="60", spend="300")
    check(shown, found)
    title = shown.section("^Write to ").title
    assert "124" in title and "60%" in title and "300" in title
    assert "campaign" in [link.proto.page for link in shown.app.main.get("page_link")]


def test_who_slipped():
    everyone, slipped = people("full"), rows("full", SLIPPED)
    check(
        seen("full", moved="November 2011", move="slipped"),
        everyone.loc[everyone.index.isin(slipped["customer_id"])],
    )
    flow, number = (
        slipped.value_counts(["from_persona", "to_persona"])
        .reset_index()
        .iloc[0][["from_persona", "to_persona"]],
        len(slipped),
    )
    part = slipped[
        (slipped["from_persona"] == flow["from_persona"])
        & (slipped["to_persona"] == flow["to_persona"])
    ]
    assert 0 < len(part) < number
    link = {"from": flow["from_persona"], "to": flow["to_persona"], "move": "slipped"}
    shown = seen("full", moved="November 2011", **link)
    check(shown, everyone.loc[everyone.index.isin(part["customer_id"])])
    returned = rows(
        "full",
        "select distinct customer_id from orders "
        "where is_counted and order_date >= date '2011-12-01'",
    )["customer_id"]
    back = part["customer_id"].isin(returned).sum()
    said = [text for text in shown.section("^Write to ").texts if "ordered since" in text]
    assert bool(said) == bool(back)
    if back:
        assert close(said[0], back)


def test_the_strip_leads_to_those_who_slipped(monkeypatch):
    """Two clicks: the link of a change, and a file."""
    home = show(monkeypatch, "full", "overview")
    links = [
        part.proto.query_string
        for part in home.app.main.get("page_link")
        if part.proto.page == "campaign"
    ]
    query = dict(part.split("=") for part in links[0].replace("+", " ").split("&"))
    slipped = rows("full", SLIPPED)
    ends = (slipped["from_persona"] == query["from"]) & (slipped["to_persona"] == query["to"])
    check(
        seen("full", **query),
        people("full").loc[lambda frame: frame.index.isin(slipped.loc[ends, "customer_id"])],
    )


@pytest.mark.parametrize(
    "query",
    [
        {"moved": "Smarch 2011", "move": "slipped"},
        {"move": "slipped"},
        {"moved": "November 2011"},
        {"from": "Loyal", "to": "<script>"},
        {"confidence": "much", "spend": "nan"},
        {"spend": "-5"},
    ],
)
def test_unknown_values_of_a_link_narrow_nothing(monkeypatch, query):
    app = sound(opened(monkeypatch, exports_root("full"), "campaign", **query))
    section = next(part.value for part in app.header if part.value.startswith("Write to"))
    assert section.endswith(": all customers")


def test_a_selection_of_nobody_says_so(monkeypatch):
    app = sound(opened(monkeypatch, exports_root("full"), "campaign", id="no such customer"))
    assert "Nobody is in this selection" in texts(app)


def test_a_customer_is_held_out_in_every_campaign():
    """The control group of a part is that part's share of the whole one."""
    whole = {row["customer_id"] for row in read(seen("full").downloads["campaign_control"])}
    persona = people("full")["persona"].value_counts().index[0]
    part = read(seen("full", segment=persona).downloads["campaign_control"])
    assert part and {row["customer_id"] for row in part} < whole


def frame(*ids: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": ids,
            "persona": ["=1+1"] * len(ids),
            "action": ['Write, "soon"\n@all'] * len(ids),
            "membership_probability": [0.75] * len(ids),
            **{name: [0.5] * len(ids) for name in OUTLOOK},
            "is_control": [False] * len(ids),
        }
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_a_spreadsheet_runs_nothing_of_a_file(layout):
    (row,) = read(campaign_file(frame('=HYPERLINK("http://x")'), layout))
    cells = {layout.columns[name]: value for name, value in row.items()}
    assert cells["customer_id"] == '\'=HYPERLINK("http://x")'
    assert cells["persona"] == "'=1+1" and cells["action"] == 'Write, "soon"\n\'@all'


def test_an_address_stands_where_the_tools_look_for_it():
    ids = ("anna@example.org", "12345", "no@address", "=x@example.org")
    for layout in LAYOUTS[1:]:
        content = campaign_file(frame(*ids), layout)
        assert not content.startswith(b"\xef\xbb\xbf")
        (email,) = [name for name, column in layout.columns.items() if column == "email"]
        assert [row[email] for row in read(content)] == [ids[0], "", "", "'=x@example.org"]
