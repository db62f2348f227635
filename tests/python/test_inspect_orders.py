"""What the inspection finds of orders, and the reconciliation that it foresees; counted by hand."""

import csv
import tempfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.core.errors import InputError
from pipeline.inspect_source import Inspection, inspect, inspect_file
from pipeline.land.config import SourceConfig
from pipeline.land.forecast import forecast
from pipeline.land.guess_orders import are_amounts, guess_carry, guess_nobody, guess_status


def write(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def german(folder: Path) -> Path:
    """Write twelve orders of 1 x 10.00 and 2 x 5.00; only first records name anybody.

    One is cancelled, one names nobody at all, and of one 5.00 were paid back.
    """
    rows = []
    for n in range(12):
        mail = "" if n == 11 else f"{'ANN' if n > 4 else 'ann'}{n % 5}@x.de"
        status = "storniert" if n == 10 else "bezahlt"
        refund = "5,00" if n == 0 else "0,00"
        day = f"{n + 2:02d}.01.2025"
        rows.append(f"B{n};{mail};{day};Tee;1;10,00;EUR;{status};{refund}")
        rows.append(f"B{n};;{day};Tasse;2;5,00;;;")
    header = "Bestellung;E-Mail;Datum;Artikel;Menge;Preis;Waehrung;Bestellstatus;Erstattung"
    return write(folder / "verkauf.csv", header, rows)


def test_an_unknown_export_needs_no_edit_and_comes_to(tmp_path):
    seen = inspect_file(german(tmp_path))
    assert not seen.questions
    config = seen.config
    assert config.carry == ["customer_id", "status", "currency"]
    assert config.counted_statuses == ["bezahlt"]
    assert (config.columns["refund"], config.columns["currency"]) == ("Erstattung", "Waehrung")
    coming = seen.forecast
    assert (coming.records, coming.orders, coming.kept, coming.kept_orders) == (24, 12, 20, 10)
    assert (coming.customers, coming.net, coming.currency) == (5, Decimal(195), "EUR")
    assert [each[:2] for each in coming.left_out] == [
        ("no customer id", 2),
        ("status storniert", 2),
    ]


def test_the_report_shows_evidence_lines_and_the_reconciliation(tmp_path):
    report = inspect(german(tmp_path))
    assert "carry: E-Mail is blank on 100% of the further records of 11 orders" in report
    assert "Bestellstatus bezahlt 92% count; left out: storniert 8%" in report
    # The second record, with what was carried to it.
    assert "B0        Tasse       2         5,00        02.01.2025  ann0@x.de" in report
    assert "24 records of 12 orders, of which 20 records of 10 orders and 5 customers" in report
    assert "net revenue 195.00 EUR" in report
    assert "2 records (no customer id, 8% of the money, 2 of them of orders that name" in report


SHOP = {
    "name": "shop",
    "columns": {"customer_id": "who", "order_id": "order", "ordered_at": "day", "amount": "paid"},
    "timestamp_format": "yyyy-MM-dd",
    "currency": "EUR",
}


def test_lines_whose_order_names_a_customer_elsewhere(tmp_path):
    rows = ["a,1,2025-01-13,2.00", ",1,2025-01-13,3.00", ",2,2025-01-13,5.00", "b,3,2025-01-13,-1"]
    path = write(tmp_path / "a.csv", "who,order,day,paid", rows)
    coming = forecast(path, SourceConfig.model_validate(SHOP))
    assert (coming.kept, coming.named_elsewhere, coming.net) == (1, 1, Decimal(2))
    reasons = {reason: (count, money) for reason, count, _, money in coming.left_out}
    assert reasons["no customer id"] == (2, pytest.approx(8 / 11))
    assert reasons["units below zero, not cancelled"] == (1, pytest.approx(1 / 11))
    carried = SourceConfig.model_validate({**SHOP, "carry": ["customer_id"]})
    assert forecast(path, carried).net == Decimal(5)


def questions(folder: Path, header: str, rows: list[str]) -> str:
    return "\n".join(inspect_file(write(folder / "a.csv", header, rows)).questions)


def test_a_status_of_no_known_word_is_asked_about_with_what_it_takes(tmp_path):
    rows = [f"o{n},c{n},2025-01-{n + 10},5.5,{'wartet' if n % 2 else 'paid'}" for n in range(10)]
    header = "order,customer,date,total,status"
    asked = questions(tmp_path, header, rows)
    assert "does an order count whose status is wartet 50%? It was left out." in asked
    assert "would it be right that 50% of the file is left out (status wartet)?" in asked
    assert "! 50% of the lines would be lost (status wartet)" in inspect(tmp_path / "a.csv")


def test_several_currencies_are_named_with_their_shares(tmp_path):
    rows = [f"o{n},c{n},2025-01-{n + 10},5.5,{'EUR' if n % 4 else 'usd'}" for n in range(8)]
    asked = questions(tmp_path, "order,customer,date,total,currency", rows)
    assert "currency names several (USD 25%, EUR 75%)" in asked


def test_one_id_on_many_records_and_totals_of_orders_are_asked_about(tmp_path):
    rows = [f"o{n // 2},{'x' if n < 20 else n},2025-01-13,{n // 2}.50" for n in range(40)]
    asked = questions(tmp_path, "order,customer,date,total", rows)
    assert "one id stands on 50% of the records; if it means nobody" in asked
    assert "The id on most records is x." in inspect(tmp_path / "a.csv")
    assert "total is the same on all records of 20 of 20 orders" in asked


def test_a_discount_of_lines_is_taken_and_another_asked_about(tmp_path):
    rows = [f"o{n},c{n},2025-01-{n + 10},2,5.00,1.00" for n in range(9)]
    header = "order,customer,date,quantity,price"
    seen = inspect_file(write(tmp_path / "a.csv", f"{header},line discount", rows))
    assert not seen.questions and seen.forecast.net == Decimal(81)
    assert "discount: is discount an amount" in questions(tmp_path, f"{header},discount", rows)


def test_a_part_of_a_name_is_no_proof(tmp_path):
    rows = [f"o{n},gold,2025-01-{n + 10},5.50" for n in range(9)]
    asked = questions(tmp_path, "order,customer segment,date,total", rows)
    assert "customer_id: customer segment was taken for it by a part of its name" in asked


def test_guests_are_known_by_their_address(tmp_path):
    rows = [f"o{n},{n % 3},g{n}@x.y,2025-01-{n + 10},5.50" for n in range(9)]
    seen = inspect_file(write(tmp_path / "a.csv", "order,customer_id,email,date,total", rows))
    assert seen.config.no_customer == ["0"]
    assert seen.config.columns["customer_id"] == ["email", "customer_id"]
    assert (seen.forecast.customers, seen.questions) == (9, [])


def test_what_speaks_for_carrying():
    orders = ["1", "1", "1", "2", "2", "3", "", ""]
    columns = {"who": ["a", "", "", "b", "b", "c", "", ""], "day": list("xxxyyzzz")}
    (carry,) = guess_carry(orders, columns).values()
    assert (carry.orders, carry.is_sure) == (2, False)
    assert carry.blank_share == pytest.approx(2 / 3)


def test_refunded_orders_count_only_where_the_amount_is_known():
    values = ["Paid"] * 5 + ["Refunded"] * 2 + ["wc-on-hold"]
    status = guess_status("s", values, ["0"] * 5 + ["3.00", "1.00", ""])
    assert (status.counted, status.left_out) == (["paid", "refunded"], ["wc-on-hold"])
    assert guess_status("s", values, []).counted == ["paid"]
    assert guess_status("s", ["NY", "CA"], []) is None


def test_flags_are_no_amounts_and_guests_nobody():
    assert are_amounts(["0", "0", ""]) and are_amounts(["1", "2.50"])
    assert not are_amounts(["0", "1"]) and not are_amounts(["yes", "no"]) and not are_amounts([])
    assert guess_nobody(["Guest", "7", "0", "0"]) == {"0": 0.5, "guest": 0.25}


@pytest.mark.parametrize("number", ["9" * 40, "1e300", "-" + "9" * 11, "NaN", "٣", ""])
def test_no_number_ends_the_inspection_in_a_defect(tmp_path, number):
    rows = [f"o{n},c{n},2025-01-13,{number},{number}" for n in range(300)]
    assert inspect(write(tmp_path / "a.csv", "order,customer,date,quantity,price", rows))
    assert inspect(write(tmp_path / "b.csv", "order,customer,date,total,refund", rows))


def test_a_second_sheet_and_a_parquet_file_come_to_the_same(tmp_path):
    rows = [[f"o{n}", f"c{n % 3}", f"2025-01-{n + 10}", 2.5] for n in range(6)]
    book = openpyxl.Workbook()
    for at, sheet in enumerate((book.active, book.create_sheet("more"))):
        for row in [["order", "customer", "date", "total"], *rows[at::2]]:
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    names = ("order", "customer", "date", "total")
    table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
    pq.write_table(table, tmp_path / "a.parquet")
    for name in ("a.xlsx", "a.parquet"):
        coming = inspect_file(tmp_path / name).forecast
        assert (coming.kept, coming.customers, coming.net) == (6, 3, Decimal(15))


HEADERS = ("order", "customer", "email", "date", "total", "quantity", "price", "status", "refund")
HEADERS = (*HEADERS, "discount", "currency", "cancelled at", "state", "x", "")
CELLS = (
    *("", "0", "1", "-1", "(2)", "$3.50", "1.234,50 €", "guest", "a@b.c", "paid", "storniert"),
    *("EUR", "2025-01-13", "13.1.2025", "1736071883", "1e400", '"', "'", ";", "a|b", "\t", "ü"),
    *("#", "NaN"),
)


@settings(max_examples=60, deadline=None)
@given(
    header=st.lists(st.sampled_from(HEADERS), min_size=1, max_size=8),
    rows=st.lists(st.lists(st.sampled_from(CELLS), min_size=1, max_size=8), max_size=8),
    delimiter=st.sampled_from(",;\t"),
)
def test_whatever_a_file_holds_the_inspection_reports_or_refuses(header, rows, delimiter):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter).writerows([header, *rows])
        try:
            assert inspect(path)
        except InputError as error:
            assert "\n" not in str(error)


def tiny(folder: Path, header: str, row: Callable[[int], str]) -> Inspection:
    """Inspect thirty rows."""
    path = folder / "tiny.csv"
    path.write_text("\n".join([header, *map(row, range(30))]) + "\n")
    return inspect_file(path)


PLAIN = "customer_id,order_id,order_date,amount"


@pytest.mark.parametrize(
    ("moment", "formats"),
    [
        (lambda n: f"{n % 28 + 1:02d}.01.2025" if n % 3 else f"2025-01-{n % 28 + 1:02d}",
         ["dd.MM.yyyy", "yyyy-MM-dd"]),
        (lambda n: f"2025-01-{n % 28 + 1:02d}" + (" 10:00:00" if n % 3 else ""),
         ["yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd"]),
        (lambda n: f"{45658 + n}{'.25' if n % 2 else ''}", "excel_serial"),
    ],
)  # fmt: skip
def test_several_ways_to_write_a_moment_are_proposed(tmp_path, moment, formats):
    seen = tiny(tmp_path, PLAIN, lambda n: f"c{n % 5},{n},{moment(n)},10.00")
    assert seen.draft.settings["timestamp_format"] == formats
    assert not seen.questions
    # A spreadsheet's days are those of the shop's own clock.
    assert "timezone" not in seen.draft.settings


def test_a_minus_behind_one_amount_is_read(tmp_path):
    seen = tiny(tmp_path, PLAIN, lambda n: f"c{n % 5},{n},2025-01-05,{'3.00-' if n == 7 else 10}")
    assert seen.draft.settings["has_number_signs"] is True
    assert (seen.forecast.kept, seen.forecast.net) == (30, 287)


def test_who_gives_a_phone_alone_is_somebody(tmp_path):
    ids, mails = ["0", "7", "guest"], ["a@x.y", "b@x.y", "", "c@x.y"]
    seen = tiny(
        tmp_path,
        "customer_id,email,phone,order_id,order_date,amount",
        lambda n: f"{ids[n % 3]},{mails[n % 4]},+49 30 12{n % 6},{n},2025-01-05,10.00",
    )
    assert seen.draft.columns["customer_id"] == ["customer_id", "email", "phone"]
    assert seen.forecast.kept == 30 and not seen.questions


def test_a_discount_in_per_cent_is_asked_about(tmp_path):
    header = "customer_id,order_id,order_date,quantity,price,discount"
    seen = tiny(tmp_path, header, lambda n: f"c{n % 5},{n},2025-01-05,2,1.50,10%")
    (question,) = seen.questions
    assert question.startswith("discount: are prices lowered by discount already?")


def test_a_header_alone_is_one_line(tmp_path):
    (tmp_path / "bare.csv").write_text(PLAIN + "\n")
    with pytest.raises(InputError, match="has a header but no rows"):
        inspect_file(tmp_path / "bare.csv")
