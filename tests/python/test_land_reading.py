"""What a source config can do with a shop's export, before any engine sees the lines."""

import pyarrow as pa
import pytest

from pipeline.core.errors import InputError
from pipeline.land import lines as lines_module
from pipeline.land.config import SourceConfig
from pipeline.land.lines import csv_lines, positions
from pipeline.land.reading import Reading
from pipeline.land.scan import scan_csv

COLUMNS = {"customer_id": "mail", "order_id": "order", "ordered_at": "at", "amount": "paid"}


def read(tmp_path, text: str, **changes) -> tuple[Reading, list[dict], int]:
    """Return what was read of a csv file, its lines by row, and how many records were counted."""
    path = tmp_path / "lines.csv"
    path.write_text(text, newline="")
    changes = {"columns": COLUMNS, **changes}
    if "currency" not in changes["columns"]:
        changes["currency"] = "EUR"
    config = SourceConfig(name="shop", timestamp_format="yyyy-MM-dd", **changes)
    scan = scan_csv(path, config.options, has_header=True, title_rows=config.title_rows)
    places = positions(scan.header, config, "lines.csv")
    reading = Reading(csv_lines(path, len(scan.header), places, config), config)
    lines = [line for batch in reading for line in batch.to_pylist()]
    return reading, sorted(lines, key=lambda line: line["source_row"]), scan.row_count


def told(lines: list[dict], name: str) -> list[str | None]:
    return [line[name] for line in lines]


CARRIED = """\
order,mail,at,paid,land
1,ann,2025-01-01,5,FR
1,,2025-01-01,6,
1,, 2025-01-01,7,DE
2,,2025-01-01,8,
2,bob,2025-01-01,9,
3, ,2025-01-01,1,
1,,2025-01-01,1,
"""


@pytest.mark.parametrize("block", [None, 40, 60])
def test_values_are_carried_within_an_order_and_never_across(tmp_path, monkeypatch, block):
    if block:
        monkeypatch.setattr(lines_module, "_BLOCK", block)
    columns = {**COLUMNS, "country": "land"}
    carry = ["customer_id", "country"]
    _, lines, _ = read(tmp_path, CARRIED, columns=columns, carry=carry)
    # The second order's first record names nobody, the fourth order comes back without a name.
    assert told(lines, "customer_id") == ["ann", "ann", "ann", None, "bob", " ", None]
    assert told(lines, "country") == ["FR", "FR", "DE", None, None, None, None]
    assert told(lines, "source_row") == [1, 2, 3, 4, 5, 6, 7]
    _, lines, _ = read(tmp_path, CARRIED, columns=columns)
    assert told(lines, "customer_id") == ["ann", None, None, None, "bob", " ", None]


def test_a_record_that_does_not_fit_interrupts_no_order(tmp_path):
    text = "order,mail,at,paid\n1,ann,2025-01-01,5\n1,2025-01-01\n1,,2025-01-01,6\n"
    _, lines, _ = read(tmp_path, text, carry=["customer_id"])
    assert told(lines, "customer_id") == ["ann", None, "ann"]
    assert told(lines, "unparsed_text") == [None, "1,2025-01-01", None]


def test_the_customer_is_the_first_column_that_names_somebody(tmp_path):
    text = (
        "id,mail,phone,order,at,paid\n"
        "7,a@b.c,1,1,2025-01-01,5\n"
        "0,a@b.c,1,2,2025-01-01,5\n"
        " Guest ,,1,3,2025-01-01,5\n"
        "0,-,,4,2025-01-01,5\n"
    )
    columns = {**COLUMNS, "customer_id": ["id", "mail", "phone"]}
    _, lines, _ = read(tmp_path, text, columns=columns, no_customer=["0", "guest", "-"])
    assert told(lines, "customer_id") == ["7", "a@b.c", "1", None]
    with pytest.raises(InputError, match="lacks fax"):
        read(tmp_path, text, columns={**COLUMNS, "customer_id": ["id", "fax"]})


def test_a_column_says_the_currency(tmp_path):
    columns = {**COLUMNS, "currency": "money"}
    text = (
        "order,mail,at,paid,money\n1,a,2025-01-01,5,eur \n1,a,2025-01-01,5,\n2,b,2025-01-02,5,EUR\n"
    )
    reading, _, _ = read(tmp_path, text, columns=columns)
    assert reading.currency("lines.csv") == "EUR"
    for more, expected in (
        ("3,c,2025-01-02,5,USD\n", "2 currencies (EUR 66.7%, USD 33.3%"),
        ("3,c,2025-01-02,5,eur\n", None),
    ):
        reading, _, _ = read(tmp_path, text + more, columns=columns)
        if expected is None:
            assert reading.currency("lines.csv") == "EUR"
            continue
        with pytest.raises(InputError) as caught:
            reading.currency("lines.csv")
        assert expected in str(caught.value)
    header, *rows = text.splitlines()
    reading, _, _ = read(tmp_path, "\n".join([header, rows[1]]) + "\n", columns=columns)
    with pytest.raises(InputError, match="names no currency"):
        reading.currency("lines.csv")
    reading, _, _ = read(tmp_path, text.replace("eur ", "€").replace("EUR", "€"), columns=columns)
    with pytest.raises(InputError, match="holds €; expected an ISO 4217 code"):
        reading.currency("lines.csv")


TITLED = """\
Sales report

Period:,"2025, first half"
order,mail,at,paid
1,ann,2025-01-01,5

2,bob,2025-01-01,6
,,,
,Subtotal,,11
3,cyd,2025-01-01,7

,Total,,18
Total 18
"""


@pytest.mark.parametrize("block", [None, 40])
def test_titles_and_totals_are_no_lines(tmp_path, monkeypatch, block):
    if block:
        monkeypatch.setattr(lines_module, "_BLOCK", block)
    reading, lines, counted = read(tmp_path, TITLED, title_rows=2, has_total_rows=True)
    # A subtotal with lines below it stays one of the records, to be found not to read.
    assert told(lines, "source_row") == [1, 2, 3, 4, 5]
    assert told(lines, "order_id") == ["1", "2", None, None, "3"]
    assert reading.totals == ["18 Total", "Total 18"]
    assert counted == len(lines) + len(reading.totals)
    _, lines, counted = read(tmp_path, TITLED, title_rows=2)
    assert len(lines) == counted == 7
    with pytest.raises(InputError, match="lacks mail"):
        read(tmp_path, TITLED)
    with pytest.raises(InputError, match="ends within the 20 title_rows"):
        read(tmp_path, TITLED, title_rows=20)


def test_a_file_of_totals_alone_has_no_lines(tmp_path):
    reading, lines, _ = read(tmp_path, "order,mail,at,paid\n,,,5\n", has_total_rows=True)
    assert lines == [] and reading.totals == ["5"]


def test_at_most_a_hundred_records_are_totals(tmp_path):
    text = "order,mail,at,paid\n1,a,2025-01-01,5\n" + ",,,5\n" * 150
    reading, lines, _ = read(tmp_path, text, has_total_rows=True)
    assert (len(lines), len(reading.totals)) == (51, 100)
    assert told(lines, "source_row") == list(range(1, 52))


def test_moments_that_know_their_zone_are_told_by_the_shops_clock():
    from pipeline.land.texts import text_of

    moments = pa.array([1_736_071_883_000_000], pa.timestamp("us", "UTC"))
    assert text_of(moments, "ordered_at", ".").to_pylist() == ["2025-01-05 10:11:23.000000"]
    told_there = text_of(moments, "ordered_at", ".", "Europe/Berlin").to_pylist()
    assert told_there == ["2025-01-05 11:11:23.000000"]
