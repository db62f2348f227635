"""Landing: every record of every file becomes one numbered row, or nothing changes."""

import csv
import dataclasses
import datetime
import gzip
import io
import random
import zipfile
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from pipeline.core.errors import InputError
from pipeline.land import land, loader, loads
from pipeline.land import lines as lines_module
from pipeline.land.canonical import CANONICAL
from pipeline.land.conformity import require_fit, survey
from pipeline.land.scan import scan_csv
from pipeline.store.partitions import table_folder
from pipeline.store.tables import drop_partition, full_name, partition_values

pytestmark = [pytest.mark.spark, pytest.mark.sail]

UCI = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
MINIMAL = "customer,order,timestamp,amount"


def lines(spark, *columns: str) -> list[tuple]:
    """Return what has landed, by file and row."""
    columns = columns or ("source_row", *CANONICAL, "unparsed_text")
    table = spark.table(full_name("raw.order_lines")).orderBy("source_file", "source_row")
    return [tuple(row) for row in table.select(*columns).collect()]


def everything(spark) -> tuple[list, list]:
    """Return both raw tables whole."""
    return tuple(
        sorted(map(str, spark.table(full_name(name)).collect()))
        for name in ("raw.order_lines", "raw.loads")
    )


def beside() -> list[Path]:
    """Return what was written and never put in place."""
    return list(table_folder("raw.order_lines").glob(".*"))


def config(tmp_path: Path, **changes) -> Path:
    """Write a variation of the minimal config."""
    path = tmp_path / "source.yml"
    content = {
        "name": "shop",
        "columns": {
            "customer_id": "customer",
            "order_id": "order",
            "ordered_at": "timestamp",
            "amount": "amount",
        },
        "timestamp_format": "yyyy-MM-dd HH:mm:ss",
        "currency": "EUR",
    }
    path.write_text(yaml.safe_dump({**content, **changes}, allow_unicode=True))
    return path


def minimal(count: int, first: int = 1) -> str:
    rows = (
        f"c{n % 7},o{n},2024-03-{n % 28 + 1:02d} 10:00:00,{n}.5"
        for n in range(first, first + count)
    )
    return MINIMAL + "\n" + "".join(row + "\n" for row in rows)


def put(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_fields_are_kept_as_written(spark, tmp_path):
    path = put(
        tmp_path / "a.csv",
        f"{UCI}\n"
        '536365,85123a ," HEART, ""RED"" ",6,12/1/2010 8:26,2.55,17850.0,United Kingdom\n'
        "\n"
        'C536379,D,,-1,12/1/2010 9:41,27.5,,"€ & <b>"\n'
        "1,';drop table x;--,NULL,1e3,12/1/2010 9:41,NaN,\U0001f600,é\n",
    )
    land(spark, str(path), None)
    assert lines(spark, "source_row", *CANONICAL) == [
        (
            *(1, "536365", "85123a ", ' HEART, "RED" ', "6", "2.55", None),
            *("12/1/2010 8:26", "17850.0", "United Kingdom"),
        ),
        (2, "C536379", "D", None, "-1", "27.5", None, "12/1/2010 9:41", None, "€ & <b>"),
        (
            *(3, "1", "';drop table x;--", "NULL", "1e3", "NaN", None),
            *("12/1/2010 9:41", "\U0001f600", "é"),
        ),
    ]


def test_rows_that_do_not_fit_the_header_are_kept_with_their_text(spark, tmp_path):
    text = minimal(400) + "c1,o1\n" + 'c1,"o,2",2024-01-01 00:00:00,1,,"x"\n'
    land(spark, str(put(tmp_path / "a.csv", text)), None)
    found = lines(spark, "source_row", "order_id", "unparsed_text")
    assert found[399] == (400, "o400", None)
    assert found[400:] == [
        (401, None, "c1,o1"),
        (402, None, 'c1,"o,2",2024-01-01 00:00:00,1,,"x"'),
    ]


@pytest.mark.parametrize("packed", [False, True])
def test_rows_are_numbered_in_the_file_s_order_over_many_blocks(
    spark, tmp_path, packed, monkeypatch
):
    text = minimal(3000).replace("o1500,", "o1500\n").encode() + b"\n\n"
    path = put(tmp_path / "a.csv", gzip.compress(text) if packed else text)
    monkeypatch.setattr(lines_module, "_BLOCK", 20_000)
    land(spark, str(path), None)
    found = lines(spark, "source_row", "order_id")
    assert [row for row, _ in found] == list(range(1, 3002))
    assert found[0][1] == "o1" and found[-1][1] == "o3000"
    assert [name for _, name in found[:1499]] == [f"o{n}" for n in range(1, 1500)]
    # The row that was cut in two is two rows that do not fit.
    assert [name for _, name in found[1498:1503]] == ["o1499", None, None, "o1501", "o1502"]


def test_other_ways_to_write_csv(spark, tmp_path):
    rows = [
        ("Zoë", "o\n1", "2024-01-01 10:00:00", "1,5"),
        ("c;2", 'o"2', "2024-01-02 10:00:00", "2"),
    ]
    body = "".join(";".join(f"'{cell}'" for cell in row) + "\r\n" for row in rows)
    put(tmp_path / "in" / "a.txt", (";".join(MINIMAL.split(",")) + "\r\n" + body).encode("cp1252"))
    options = {"delimiter": ";", "quote": "'", "encoding": "cp1252", "multiline": True}
    land(spark, str(tmp_path / "in"), config(tmp_path, options=options, decimal_separator=","))
    assert lines(spark, "source_row", "customer_id", "order_id", "ordered_at", "amount") == [
        (n + 1, *row) for n, row in enumerate(rows)
    ]
    headerless = "\ufeff" + minimal(2).split("\n", 1)[1].replace(",", "\t")
    path = put(tmp_path / "b.tsv", headerless)
    named = config(tmp_path, options={"delimiter": "tab"}, header=MINIMAL.split(","))
    report = land(spark, str(path), named)
    assert report.raw_rows == 2
    assert lines(spark, "source_row", "customer_id", "amount") == [
        (1, "c1", "1.5"),
        (2, "c2", "2.5"),
    ]


@pytest.mark.parametrize("multiline", [False, True])
def test_odd_text_is_cut_as_the_csv_module_does(spark, tmp_path, multiline):
    rng = random.Random(7)
    signs = "ab ,;'\\\"\t#£\u2028é{}[]-+=0.\U0001f600" + ("\r\n" if multiline else "")
    rows = [
        ["".join(rng.choices(signs, k=rng.randrange(7))) for _ in range(3)]
        + [f"2024-01-{n % 28 + 1:02d} 10:00:00"]
        for n in range(1500)
    ]
    text = io.StringIO(newline="")
    quoting = csv.QUOTE_ALL if multiline else csv.QUOTE_MINIMAL
    writer = csv.writer(text, quoting=quoting, lineterminator="\n")
    writer.writerows([["order", "customer", "amount", "timestamp"], *rows])
    path = put(tmp_path / "a.csv", text.getvalue())
    land(spark, str(path), config(tmp_path, options={"multiline": multiline}))
    assert lines(spark, "order_id", "customer_id", "amount", "ordered_at") == [
        tuple(cell or None for cell in row) for row in rows
    ]


def test_names_of_any_signs(spark, tmp_path):
    folder = tmp_path / "a [b] {c}* ?%20"
    for name in ("_x.csv", ".y.csv", "z,:\n'\".csv"):
        report = land(spark, str(put(folder / name, minimal(3))), None)
        assert report.files[0].source_file == name
        assert lines(spark, "source_file")[0] == (name,)


def test_landing_again_reads_nothing_and_a_new_name_replaces(spark, tmp_path):
    folder = tmp_path / "in"
    put(folder / "a.csv", minimal(5))
    put(folder / "b.csv", minimal(6, first=100))
    first = land(spark, str(folder), None)
    assert [(file.source_file, file.rows, file.read_again) for file in first.files] == [
        ("a.csv", 5, True),
        ("b.csv", 6, True),
    ]
    before = everything(spark)
    assert [file.read_again for file in land(spark, str(folder), None).files] == [False, False]
    assert everything(spark) == before
    put(folder / "b.csv", minimal(7, first=100))
    again = land(spark, str(folder), None)
    assert [(file.rows, file.read_again) for file in again.files] == [(5, False), (7, True)]
    other = land(spark, str(folder / "a.csv"), config(tmp_path))
    assert [file.read_again for file in other.files] == [True]
    assert len(lines(spark)) == 5
    assert len(partition_values(spark, "raw.order_lines")) == 1
    assert spark.table(full_name("raw.loads")).first()["currency"] == "EUR"


def test_file_by_file_in_any_order_is_the_same_as_all_at_once(spark, tmp_path):
    texts = {f"{name}.csv": minimal(4 + n, first=50 * n) for n, name in enumerate("ab")}
    whole = tmp_path / "whole"
    for name, text in texts.items():
        put(whole / name, text)
    land(spark, str(whole), None)
    expected = everything(spark)
    for value in partition_values(spark, "raw.order_lines"):
        drop_partition(spark, "raw.loads", value)
    for name in sorted(texts, reverse=True):
        put(tmp_path / "grows" / name, texts[name])
        land(spark, str(tmp_path / "grows"), None)
    assert everything(spark) == expected


def test_a_landing_that_was_cut_off_is_done_again(spark, tmp_path):
    path = put(tmp_path / "a.csv", minimal(5))
    land(spark, str(path), None)
    expected = everything(spark)
    drop_partition(spark, "raw.loads", partition_values(spark, "raw.loads")[0])
    report = land(spark, str(path), None)
    assert report.files[0].read_again
    assert everything(spark) == expected


def test_the_same_file_twice_is_landed_once(spark, tmp_path):
    for name in ("a.csv", "copy of a.csv"):
        put(tmp_path / "in" / name, minimal(5, first=70))
    for read_again in (True, False):
        report = land(spark, str(tmp_path / "in"), None)
        assert [file.source_file for file in report.files] == ["a.csv"]
        assert report.files[0].read_again is read_again
        assert "byte for byte" in report.warnings[0]


BAD = {
    "zero bytes": b"",
    "header only": MINIMAL,
    "blank lines only": b"\n\n  \n",
    "column missing": minimal(3).replace("amount", "sum", 1),
    "column twice": minimal(3).replace("customer,order", "customer,order,Customer", 1),
    "header reordered and short": "order,customer\n1,2\n",
    "no header": minimal(3).split("\n", 1)[1],
    "wrong encoding": minimal(3).encode() + b"\xa3,o,2024-01-01 10:00:00,1\n",
    "utf-16": minimal(3).encode("utf-16"),
    "nul": minimal(3).encode() + b"\0,o,2024-01-01 10:00:00,1\n",
    "cut gzip": gzip.compress(minimal(300).encode())[:-9],
    "damaged gzip": b"\x1f\x8b\x08" + b"\x01" * 90,
    "open quote": minimal(3) + '"c,o,2024-01-01 10:00:00,1\n',
    "quoted line break": minimal(3) + '"c\nd",o,2024-01-01 10:00:00,1\n',
    "ragged": minimal(90) + "c,o\n" * 2,
    "surplus field everywhere": minimal(9).replace(".5", ".5,x"),
    "another delimiter": minimal(3).replace(",", ";"),
    "another date format": minimal(9).replace("2024-03-", "3/").replace(" 10:00:00", "/2024 10:00"),
    "31 February": minimal(20) + "c,o,2024-02-31 10:00:00,1\n",
    "dates missing": minimal(20) + "c,o,,1\n",
    "a parquet name": b"PAR1" + b"\0" * 40,
    "a workbook's name": b"PK\x03\x04" + b"\0" * 40,
    "an archive": b"BZh91AY&SY",
    "html": "<!doctype html>\n<html><body>Not found</body></html>\n",
    "json": '[{"customer": 1, "order": 2}]\n',
}


@pytest.fixture
def landed(spark, tmp_path):
    """Return what has landed before a test's bad file."""
    land(spark, str(put(tmp_path / "good" / "good.csv", minimal(5))), None)
    return everything(spark)


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_changes_nothing(spark, tmp_path, landed, what):
    put(tmp_path / "in" / "a.csv", minimal(8))
    put(tmp_path / "in" / "b.csv", BAD[what])
    with pytest.raises(InputError) as caught:
        land(spark, str(tmp_path / "in"), None)
    message = str(caught.value)
    assert "\n" not in message and "b.csv" in message
    assert "org.apache" not in message and "Traceback" not in message
    assert everything(spark) == landed
    assert not beside()


def test_a_date_format_that_does_not_fit_is_corrected(spark, tmp_path):
    text = f"{UCI}\n" + "".join(
        f"{n},A,x,1,{n % 28 + 1}/3/2011 10:00,1,7,UK\n" for n in range(1, 100)
    )
    with pytest.raises(
        InputError, match=r"fits \d+\.\d% of 99 rows.*first row 12.*'d/M/yyyy H:mm' fits 100.0%"
    ):
        land(spark, str(put(tmp_path / "a.csv", text)), None)


def test_days_that_could_be_months_are_warned_of(spark, tmp_path):
    text = f"{UCI}\n1,A,x,1,3/4/2011 10:00,1,7,UK\n"
    report = land(spark, str(put(tmp_path / "a.csv", text)), None)
    assert "d/M/yyyy H:mm fits every date as well as M/d/yyyy H:mm" in report.warnings[0]


@pytest.mark.parametrize(
    "pattern", ["QQQQQQ yyyy-MM-dd", "yyyy-MM-dd {", "yyyyyyyyyyyy-MM-dd", "EEE d M y"]
)
def test_a_pattern_that_spark_does_not_know(spark, tmp_path, pattern):
    path = put(tmp_path / "a.csv", minimal(3))
    with pytest.raises(InputError, match="timestamp_format"):
        land(spark, str(path), config(tmp_path, timestamp_format=pattern))


def test_odd_but_lawful_values_land(spark, tmp_path):
    moments = ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "2024-03-31 02:30:00"]
    amounts = ["9223372036854775808", "-0.000000000001", "1e400", "NaN", "Infinity", "١٢"]
    ids = ["=cmd()", "<script>", 'a\'b""c', "\u202e", "x" * 5000, "-1"]
    rows = "".join(f'"{ids[n % 6]}",o{n},{moments[n % 3]},{amounts[n % 6]}\n' for n in range(12))
    report = land(spark, str(put(tmp_path / "a.csv", f"{MINIMAL}\n{rows}")), None)
    assert report.raw_rows == 12
    assert lines(spark, "customer_id", "amount")[2] == ("a'b\"c", "1e400")


TYPED = {
    "customer": [13085.0, None, 13086.0],
    "order": [489434, 489435, 489436],
    "timestamp": [datetime.datetime(2024, 1, 1, 10, 0, 0, 250_000)] * 3,
    "amount": [Decimal("1.50"), Decimal("-2.25"), None],
}


@pytest.mark.parametrize("unit", ["us", "ns", "s"])
def test_parquet_columns_become_text(spark, tmp_path, unit):
    table = pa.table(TYPED)
    moment = table["timestamp"].cast(pa.timestamp(unit), safe=False)
    path = tmp_path / "a.parquet"
    pq.write_table(table.set_column(2, "Time Stamp", moment), path)
    report = land(spark, str(path), config(tmp_path, decimal_separator=","))
    assert report.raw_rows == 3
    fraction = "000000" if unit == "s" else "250000"
    assert lines(spark, "source_row", "customer_id", "order_id", "ordered_at", "amount") == [
        (1, "13085.0", "489434", f"2024-01-01 10:00:00.{fraction}", "1,50"),
        (2, None, "489435", f"2024-01-01 10:00:00.{fraction}", "-2,25"),
        (3, "13086.0", "489436", f"2024-01-01 10:00:00.{fraction}", None),
    ]
    pattern = spark.table(full_name("raw.loads")).first()["timestamp_format"]
    assert pattern == "yyyy-MM-dd HH:mm:ss.SSSSSS"


def test_damaged_parquet_is_refused(spark, tmp_path):
    path = tmp_path / "a.parquet"
    frame = pd.DataFrame({name: ["x"] * 500 for name in MINIMAL.split(",")})
    frame["timestamp"] = [f"2024-01-01 10:00:{n % 60:02d}" for n in range(500)]
    frame.to_parquet(path)
    whole = path.read_bytes()
    for data in (whole[:-20], whole[:8], whole[:40] + b"\xff" * 40 + whole[80:]):
        path.write_bytes(data)
        with pytest.raises(InputError, match=r"a\.parquet"):
            land(spark, str(path), None)
    pq.write_table(pa.table({name: pa.array([[1]]) for name in MINIMAL.split(",")}), path)
    with pytest.raises(InputError, match="expected text, a number"):
        land(spark, str(path), None)


def workbook(path: Path, sheets: dict[str, list]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


HEAD = [
    "Invoice",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "Price",
    "Customer ID",
    "Country",
]


def test_every_sheet_of_a_workbook_lands(spark, tmp_path):
    day = datetime.datetime(2010, 12, 1, 8, 26)
    row = [489434, "85048", "15CM £ BALL,\nx", 12, day, 6.95, 13085.0, "United Kingdom"]
    path = workbook(
        tmp_path / "II.xlsx",
        {
            "Year 2009": [HEAD, row, [None] * 8, ["C1", 7, None, -1, day, 0.001, None, "France"]],
            "Notes": [],
            "Year 2010": [[], HEAD, row],
        },
    )
    report = land(spark, str(path), None)
    assert [(file.source_file, file.rows) for file in report.files] == [
        ("II.xlsx#Year 2009", 2),
        ("II.xlsx#Year 2010", 1),
    ]
    assert "Notes is an empty sheet" in report.warnings[0]
    columns = ("source_file", "source_row", *(name for name in CANONICAL if name != "amount"))
    first = ("489434", "85048", "15CM £ BALL,\nx", "12", "6.95", "2010-12-01 08:26:00", "13085")
    assert lines(spark, *columns) == [
        ("II.xlsx#Year 2009", 1, *first, "United Kingdom"),
        (
            *("II.xlsx#Year 2009", 2, "C1", "7", None, "-1", "0.001", "2010-12-01 08:26:00"),
            *(None, "France"),
        ),
        ("II.xlsx#Year 2010", 1, *first, "United Kingdom"),
    ]
    assert [file.read_again for file in land(spark, str(path), None).files] == [False, False]


def test_bad_workbooks_are_refused(spark, tmp_path, landed):
    row = [1, 1, 1, 1, "2010-12-01 08:26:00", 1, 1, 1]
    path = workbook(tmp_path / "a.xlsx", {"Lines": [HEAD, row], "Notes": [["hello"]]})
    with pytest.raises(InputError, match=r"#Notes: the header lacks .* found hello"):
        land(spark, str(path), None)
    named = config(tmp_path, options={"sheets": ["Sales"]})
    with pytest.raises(InputError, match="no sheet Sales; it has Lines, Notes"):
        land(spark, str(path), named)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(InputError, match="not a workbook"):
        land(spark, str(path), None)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("lines.csv", minimal(3))
    with pytest.raises(InputError, match="zip archive; unpack it"):
        land(spark, str(path), None)
    book = openpyxl.Workbook()
    book.active["XFD1000000"] = "stray"
    book.active["A1"] = "Invoice"
    book.save(path)
    with pytest.raises(InputError, match="16384 columns by 1000000 rows"):
        land(spark, str(path), None)
    path = workbook(tmp_path / "b.xlsx", {"Lines": [HEAD], "Empty": []})
    with pytest.raises(InputError, match="#Lines: the sheet has no rows"):
        land(spark, str(path), None)
    assert everything(spark) == landed


def test_a_file_that_changes_while_it_is_read(spark, tmp_path, landed, monkeypatch):
    path = put(tmp_path / "a.csv", minimal(9, first=40))
    whole = loads.write_batches_staged

    def write_and_append(*arguments, **named):
        with path.open("a") as file:
            file.write("c,o,2024-01-01 10:00:00,1\n")
        return whole(*arguments, **named)

    monkeypatch.setattr(loads, "write_batches_staged", write_and_append)
    with pytest.raises(InputError, match="changed while it was read"):
        land(spark, str(path), None)
    assert everything(spark) == landed
    assert not beside()


def test_a_miscount_is_called_a_defect_and_not_a_change(spark, tmp_path, landed, monkeypatch):
    path = put(tmp_path / "a.csv", minimal(9, first=40))

    def miscounted(*arguments, **named):
        scan = scan_csv(*arguments, **named)
        return dataclasses.replace(scan, row_count=scan.row_count + 1)

    monkeypatch.setattr(loader, "scan_csv", miscounted)
    with pytest.raises(InputError, match="this is a defect"):
        land(spark, str(path), None)
    assert everything(spark) == landed
    assert not beside()


def test_a_fault_in_writing_is_not_called_damage(spark, tmp_path, landed, monkeypatch):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table(TYPED), path)
    source = config(tmp_path)

    def broken(*_, **__):
        raise OSError("the folder can't be written")

    monkeypatch.setattr(loads, "write_batches_staged", broken)
    with pytest.raises(OSError, match="can't be written"):
        land(spark, str(path), source)
    assert everything(spark) == landed


def test_lines_emptied_for_forgotten_customers_are_not_judged(spark):
    def judged(dates: list[str | None]) -> None:
        rows = [(n, date, None, date is None) for n, date in enumerate(dates, 1)]
        columns = "source_row long, ordered_at string, unparsed_text string, is_forgotten boolean"
        written = spark.createDataFrame(rows, columns)
        found = survey(written, "yyyy-MM-dd")
        assert found.is_numbered and found.row_count == len(dates)
        require_fit(written, found, "yyyy-MM-dd", "a.csv")

    judged([None] * 9)
    judged(["2024-01-31"] + [None] * 9)
    with pytest.raises(InputError, match=r"fits 0.0% of 2 rows.*first row 2.*fits 100.0%"):
        judged([None, "1/31/2024", None, "2/1/2024"])


def test_a_format_that_the_config_does_not_say(spark, tmp_path):
    path = put(tmp_path / "a.csv", minimal(3))
    with pytest.raises(InputError, match="looks like csv"):
        land(spark, str(path), config(tmp_path, format="parquet"))
