"""The command that tells of a campaign: what it refuses, what lands, and what is forgotten."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import runs
from campaign_shop import write_list
from dashboard_export import Shape, write_export
from forgotten_state import holding

from pipeline import summary
from pipeline.cli import main
from pipeline.core.errors import InputError
from pipeline.core.paths import state as paths
from pipeline.land import campaigns
from pipeline.land.campaign_lists import read_campaign
from pipeline.land.campaigns import (
    TABLE,
    add_campaign,
    landed_campaigns,
    remove_campaign,
)
from pipeline.privacy.pseudonyms import PSEUDONYM_KEY, Pseudonyms
from pipeline.privacy.purge import finish_forgetting
from pipeline.store.partitions import sweep_partitions
from pipeline.store.tables import full_name

pytestmark = pytest.mark.sail

GOOD = "customer_id,persona,is_control\n1,Lost,false\n2,Lost,true\n"


def file(folder: Path, content: str | bytes, name: str = "list.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "the file is empty"),
        ("customer_id,is_control\n", "a header but no rows"),
        ("customer,held\n1,true\n", "expected a header with customer_id and is_control"),
        ("customer_id,persona\n1,Lost\n", "expected a header with customer_id and is_control"),
        ("\n\n", "expected a header"),
        (b"customer_id,is_control\n\xff\xfe,true\n", "not UTF-8"),
        (b"PAR1xxxx", "expected the list as CSV"),
        (b"PK\x03\x04xxxx", "expected the list as CSV"),
        (b"\x1f\x8b\x08\x00\x00\x00", "not UTF-8"),
        ('customer_id,is_control\n"1,true\n', "no readable CSV"),
    ],
)
def test_a_file_that_is_no_list_is_refused(content, said, tmp_path):
    path = file(tmp_path, content)
    with pytest.raises(InputError, match=said) as raised:
        read_campaign([path], "Win back", "2024-03-01", None)
    assert str(path) in str(raised.value) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("name", "sent_on", "days", "said"),
    [
        (" ", "2024-03-01", None, "--name"),
        ("x" * 101, "2024-03-01", None, "--name"),
        ("a\nb", "2024-03-01", None, "--name"),
        ("a\x1b[31m", "2024-03-01", None, "--name"),
        ("a", "1 March", None, "--sent-on 1 March"),
        ("a", "2024-02-30", None, "--sent-on"),
        ("a", "0024-03-01", None, "1900"),
        ("a", "2024-03-01", 0, "--days 0"),
        ("a", "2024-03-01", 367, "--days 367"),
    ],
)
def test_a_setting_that_can_not_be_is_refused(name, sent_on, days, said, tmp_path):
    with pytest.raises(InputError, match=said):
        read_campaign([file(tmp_path, GOOD)], name, sent_on, days)


def test_a_refused_file_ends_the_command_with_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    given = ["campaign", "add", str(tmp_path / "none.csv"), "--name", "a", "--sent-on"]
    assert main([*given, "2024-03-01"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith("error: ") and "none.csv" in said[0]
    assert not (tmp_path / "state" / "raw").exists()


def test_two_files_of_one_name_are_refused(tmp_path):
    (tmp_path / "other").mkdir()
    files = [file(tmp_path, GOOD), file(tmp_path / "other", GOOD)]
    with pytest.raises(InputError, match="two files"):
        read_campaign(files, "a", "2024-03-01", None)


@pytest.mark.parametrize(
    "header",
    [
        "Customer ID,Persona,Is Control",
        "EXT_ID,PERSONA,IS_CONTROL",
        "customer_id;persona;is_control",
        "\ufeffcustomer_id\tpersona\tis_control",
    ],
)
def test_every_layout_of_the_page_is_read(header, tmp_path):
    delimiter = next(sign for sign in ",;\t" if sign in header)
    row = delimiter.join(["'=1+1", "Lost", "FALSE"])
    path = file(tmp_path, f"{header}\n{row}\n")
    (found,) = read_campaign([path], "Win back", "2024-03-01").records
    assert found == {
        "customer_id": "=1+1", "persona": "Lost", "is_control": "FALSE",
        "source_file": "list.csv", "source_row": 1,
    }  # fmt: skip


@pytest.fixture
def place(spark, tmp_path):
    with runs.landing_place(spark, tmp_path / "state", "campaigning"):
        yield tmp_path
    for area in ("", "_raw", "_ml"):
        spark.sql(f"drop database if exists campaigning{area} cascade")


def landed(spark) -> list[tuple]:
    table = spark.table(full_name(TABLE)).orderBy("campaign_name", "source_file", "source_row")
    columns = ("campaign_name", "customer_id", "is_control", "is_forgotten")
    return [tuple(row[name] for name in columns) for row in table.collect()]


@pytest.mark.spark
def test_a_campaign_lands_once_and_can_be_taken_away(spark, place):
    path = file(place, GOOD)
    assert add_campaign(spark, read_campaign([path], "Win back", "2024-03-01")).is_new
    assert not add_campaign(spark, read_campaign([path], "Win back", "2024-03-01")).is_new
    assert landed(spark) == [("Win back", "1", "false", False), ("Win back", "2", "true", False)]
    with pytest.raises(InputError, match="another campaign has this name"):
        add_campaign(spark, read_campaign([path], "WIN BACK", "2024-03-02"))
    assert len(landed(spark)) == 2
    add_campaign(spark, read_campaign([path], "Other", "2024-02-01", 14))
    assert [(each.name, each.window_days) for each in landed_campaigns()] == [
        ("Other", 14), ("Win back", None),
    ]  # fmt: skip
    with pytest.raises(InputError, match="no campaign has this name; there are: Other, Win back"):
        remove_campaign(spark, "Nobody")
    remove_campaign(spark, "win back")
    assert {row[0] for row in landed(spark)} == {"Other"}


@pytest.mark.spark
def test_killed_before_it_is_in_place_nothing_has_landed(spark, place, monkeypatch):
    class Killed(BaseException):
        pass

    def killed(*_):
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(campaigns, "place_partition", killed)
        add_campaign(spark, read_campaign([file(place, GOOD)], "Win back", "2024-03-01"))
    assert landed(spark) == [] and landed_campaigns() == []
    folder = paths().raw / "campaign_customers"
    assert len(list(folder.iterdir())) == 1
    sweep_partitions()
    assert not list(folder.iterdir())
    assert add_campaign(spark, read_campaign([file(place, GOOD)], "Win back", "2024-03-01")).is_new
    # What the next command sweeps is not a campaign that is whole.
    sweep_partitions()
    assert len(landed(spark)) == 2


@pytest.mark.spark
def test_a_forgotten_customer_is_in_no_list_any_more(spark, place):
    person, other = "cust-77-Zoë", "cust-78"
    lists = place / "lists"
    lists.mkdir()
    path = lists / "list.csv"
    write_list(path, [person, other], is_control=False)
    add_campaign(spark, read_campaign([path], "Before", "2024-03-01"))
    state = paths().root
    assert holding(state, person)
    assert main(["forget", person]) == 0
    assert holding(state, person) == []
    assert not finish_forgetting(paths())
    add_campaign(spark, read_campaign([path], "Since", "2024-03-01"))
    assert holding(state, person) == []
    rows = [
        row
        for folder in sorted((state / "raw" / "campaign_customers").iterdir())
        for row in pq.read_table(folder, partitioning=None).to_pylist()
    ]
    assert [(row["customer_id"], row["is_forgotten"]) for row in rows] == 2 * [
        (None, True), (other, False),
    ]  # fmt: skip
    assert json.loads((state / "forgotten.json").read_text())["is_pending"] is False


@pytest.mark.spark
def test_lists_of_a_pseudonymous_export_are_told_by_the_key(spark, place, monkeypatch):
    monkeypatch.setenv(PSEUDONYM_KEY, "a key of more than sixteen")
    pseudonyms = Pseudonyms.from_environment()
    path = place / "list.csv"
    write_list(path, [pseudonyms.of("13047"), "stranger"], is_control=False)
    with pytest.raises(InputError, match="make run"):
        add_campaign(spark, read_campaign([path], "Win back", "2024-03-01"), pseudonyms)
    spark.sql(f"create table {full_name('mart.dim_customers')} as select '13047' as customer_id")
    add_campaign(spark, read_campaign([path], "Win back", "2024-03-01"), pseudonyms)
    assert [row[1] for row in landed(spark)] == ["13047", "stranger"]


def test_the_summary_has_a_line_for_each_campaign(tmp_path):
    lines = summary._campaign_lines(write_export(tmp_path, Shape(customers=100, months=2)))
    assert lines == [
        "Tomorrow (2011-12-20): the data end before the day it was sent",
        '<b>Sale</b> | "50%" off (2011-11-20): -2.2 points in the share that ordered, beside the '
        "control group (95% interval -12.7 to +6.6; may be chance); 20 of 30 days so far",
        "Win back (2011-10-01): +13.0 points in the share that ordered, beside the control group "
        "(95% interval +4.5 to +19.6)",
        "No control (2011-09-15): no control group to compare with",
    ]
    without = write_export(tmp_path, Shape(customers=100, months=2, campaigns=False, run_id="x"))
    assert summary._campaign_lines(without) == []
