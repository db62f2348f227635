"""The inspection's guesses, and the way from an unknown file to a config."""

import gzip

import openpyxl
import pandas as pd
import pytest

from pipeline.core.errors import InputError
from pipeline.inspect_source import inspect
from pipeline.land.config_files import load_config
from pipeline.land.guess import (
    bare_number,
    guess_delimiter,
    guess_header,
    guess_numbers,
    guess_prefixes,
    guess_titles,
)
from pipeline.land.guess_columns import guess_columns
from pipeline.land.guess_dates import guess_date


@pytest.mark.parametrize(
    ("values", "pattern"),
    [
        (["12/1/2010 8:26", "12/13/2010 18:06"], "MM/d/yyyy H:mm"),
        (["1/12/2010 8:26", "13/2/2010 18:06"], "d/M/yyyy H:mm"),
        (["01-12-2010 08:26", "31-12-2010 08:26"], "dd-MM-yyyy HH:mm"),
        (["2010-12-01 07:45:00", "2010-12-31 07:45:00"], "yyyy-MM-dd HH:mm:ss"),
        (["2010-13-01", "2010-31-12"], "yyyy-dd-MM"),
        (["2010-12-01T07:45:00Z"], "yyyy-MM-dd'T'HH:mm:ssXXX"),
        (["2010-12-01T07:45:00.123+01:00"], "yyyy-MM-dd'T'HH:mm:ss.SSSXXX"),
        (["2010-12-01 07:45:00 +0100"], "yyyy-MM-dd HH:mm:ss XX"),
        (["2010-12-01 07:45:00 UTC"], "yyyy-MM-dd HH:mm:ss z"),
        (["24.12.2010"], "dd.MM.yyyy"),
        (["24.12.10 9:05"], "dd.MM.yy H:mm"),
        (["12/24/2010 9:05 PM"], "MM/dd/yyyy h:mm a"),
        (["5 Jan 2011", "15 Mar 2011"], "d MMM yyyy"),
        (["20101201", "20101231"], "yyyyMMdd"),
        (["20101201074500"], "yyyyMMddHHmmss"),
        (["1736071883", "1736071884"], "epoch_seconds"),
        (["1736071883123"], "epoch_milliseconds"),
        (["", "2010/12/01", " 2010/12/02 "], "yyyy/MM/dd"),
    ],
)
def test_date_patterns(values, pattern):
    assert guess_date(values).pattern == pattern


def test_days_and_months_that_cannot_be_told_apart():
    guess = guess_date(["3/4/2010", "3/5/2010", "4/1/2010", "4/2/2010"])
    assert (guess.pattern, guess.other) == ("M/d/yyyy", "d/M/yyyy")
    assert "order of time" in guess.reason
    guess = guess_date(["3/3/2010"])
    assert guess.other and guess.reason is None
    assert guess_date(["13/3/2010"]).other is None


@pytest.mark.parametrize("values", [[], [""], ["a", "b"], ["12", "13"], ["1/2"], ["99999999"]])
def test_what_is_no_date(values):
    assert guess_date(values) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2.5", "-3"], (".", None)),
        (["1,5", "2"], (",", None)),
        (["1.234,50", "7"], (",", ".")),
        (["1,234.50", "7"], (".", ",")),
        (["1 234,50"], (",", " ")),
        (["1'234.50"], (".", "'")),
        (["1,234", "2.50"], (".", ",")),
        (["1.234.567"], (",", ".")),
        (["12", ""], (".", None)),
    ],
)
def test_separators_of_numbers(values, expected):
    guess = guess_numbers(values)
    assert (guess.decimal_separator, guess.thousands_separator) == expected
    assert guess.share == 1


def test_numbers_with_signs_of_currency_do_not_count_as_numbers():
    assert guess_numbers(["£1.50", "2"]).share == 0.5


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["a,b,c", "1,2,3"], (",", '"')),
        (["a;b", "1,5;2,5"], (";", '"')),
        (["a\tb", "1\t2, 3"], ("\t", '"')),
        (["a|b", '"1|2"|3'], ("|", '"')),
        (["a,b", "'1,2',3"], (",", "'")),
    ],
)
def test_delimiters_and_quotes(lines, expected):
    assert guess_delimiter(lines) == expected


def test_headers_and_columns():
    assert guess_header([["a", "b c"]]) and not guess_header([["a", "12"]])
    assert not guess_header([["a", "2010-12-01"]])
    shop = ["Name", "Email", "Created at", "Lineitem quantity", "Lineitem price", "Lineitem sku"]
    assert guess_columns(shop) == {
        "customer_id": "Email",
        "order_id": "Name",
        "ordered_at": "Created at",
        "product_id": "Lineitem sku",
        "quantity": "Lineitem quantity",
        "unit_price": "Lineitem price",
    }
    assert guess_columns(["Kunde", "Rechnung", "Datum", "Betrag"])["amount"] == "Betrag"
    assert guess_columns(["x", "y"]) == {}


def test_a_date_is_no_id_whatever_it_is_called():
    header = ["Rechnungsdatum", "Rechnungs-Nr.", "Kundennr", "Menge", "Stückpreis", "Bestell-Land"]
    expected = {
        "customer_id": "Kundennr",
        "order_id": "Rechnungs-Nr.",
        "ordered_at": "Rechnungsdatum",
        "quantity": "Menge",
        "unit_price": "Stückpreis",
    }
    assert guess_columns(header, {"Rechnungsdatum"}) == expected
    assert "order_id" not in guess_columns(["Rechnung vom", "x"], {"Rechnung vom"})
    french = ["N° facture", "Client", "Date commande", "Quantité", "Prix unitaire", "Pays"]
    assert set(guess_columns(french)) == {*expected, "country"}


def test_prefixes():
    ids = ["1"] * 5000 + ["C2"] * 90 + ["A3"] * 3
    negative = [False] * 5000 + [True] * 90 + [False, True, True]
    assert guess_prefixes(ids, negative) == ("C", "A")
    assert guess_prefixes(["SO1", "SO2"], [False, True]) == (None, None)


def test_from_an_unknown_file_to_a_config(tmp_path):
    rows = [
        f"{n};R-{n % 40};{n % 28 + 1:02d}.02.2024 10:{n % 60:02d};1.{n % 900 + 100},50;Café"
        for n in range(1, 300)
    ]
    text = "Kundennummer;Rechnung;Datum;Betrag;Notiz\r\n" + "\r\n".join(rows)
    path = tmp_path / "Umsätze 2024.csv"
    path.write_bytes(text.encode("cp1252"))
    out = tmp_path / "source.yml"
    report = inspect(path, out)
    assert "299 records" in report and "cp1252" in report and "Next: make run" in report
    config = load_config(out)
    assert config.options.delimiter == ";" and config.options.encoding == "cp1252"
    assert config.timestamp_format == "dd.MM.yyyy HH:mm"
    assert (config.decimal_separator, config.thousands_separator) == (",", ".")
    assert config.columns["amount"] == "Betrag"
    with pytest.raises(InputError, match="already there"):
        inspect(path, out)


def test_line_breaks_in_quotes_are_found(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('customer,order,timestamp,amount\n"a\nb",1,2024-01-13,2\n')
    out = tmp_path / "s.yml"
    assert "line breaks" in inspect(path, out)
    assert load_config(out).options.multiline
    path.write_text('customer,order,timestamp,amount\n5" plate,1,2024-01-13,2\n')
    inspect(path, tmp_path / "t.yml")
    assert load_config(tmp_path / "t.yml").options.quote is None


def test_columns_that_are_not_recognised_are_marked(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("who,what,when\nx,y,2024-01-13\n")
    report = inspect(path)
    assert "CHANGE_ME" in report and "when was taken for its dates alone" in report


def test_files_of_other_formats(tmp_path):
    frame = pd.DataFrame(
        {"customer": ["1.0"], "order": ["o"], "timestamp": ["2024-01-13 10:00:00"], "amount": [2.5]}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    assert "shipped source minimal" in inspect(tmp_path / "a.parquet", tmp_path / "a.yml")
    assert load_config(tmp_path / "a.yml").is_decimal_id
    book = openpyxl.Workbook()
    book.active.title = "Lines"
    for row in [list(frame.columns), *frame.to_numpy().tolist()]:
        book.active.append(row)
    book.create_sheet("Notes").append(["hello"])
    book.create_sheet("Empty")
    book.save(tmp_path / "b.xlsx")
    report = inspect(tmp_path / "b.xlsx", tmp_path / "b.yml")
    assert "Notes has other columns" in report and "Empty is empty" in report
    (tmp_path / "c.csv.gz").write_bytes(gzip.compress(frame.to_csv(index=False).encode(), mtime=0))
    assert "1 records" in inspect(tmp_path / "c.csv.gz", tmp_path / "c.yml")
    (tmp_path / "d.csv").write_bytes(frame.to_csv(index=False).encode("utf-16"))
    inspect(tmp_path / "d.csv", tmp_path / "d.yml")
    assert load_config(tmp_path / "d.yml").options.encoding == "utf-16"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\n\n", b"\xef\xbb\xbf", b"\0" * 64, b"\x1f\x8b\x08\x00bad", b"PAR1", b"x"),
        *(gzip.compress(b"a,b\n1,2\n" * 100, mtime=0)[:-9], b'"', b",,,\n" * 3, b"\xff\xfe"),
        *(b"PK\x03\x04", b"a" * 2_000_000),
    ],
)
def test_what_can_not_be_read_is_said_in_one_line(tmp_path, data):
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    try:
        assert inspect(path)
    except InputError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$1,322.32", "1,322.32"),
        ("(1)", "-1"),
        ("($5.00)", "-5.00"),
        ("1025,33 €", "1025,33"),
        ("5-", "-5"),
        ("EUR 7", "7"),
        ("(5", "(5"),
        ("5 apples", "5 apples"),
    ],
)
def test_signs_around_numbers(text, expected):
    assert bare_number(text) == expected


def test_titles_fill_few_columns():
    lines = [["a", "b", "c"], ["1", "2", "3"], ["1", "2", "3"]]
    assert guess_titles([["Report", "", ""], ["2025", "", ""], *lines]) == 2
    assert guess_titles(lines) == 0
    # What follows must be names.
    assert guess_titles([["Report", "", ""], *lines[1:]]) == 0


def test_an_export_with_titles_a_total_and_signs_needs_no_edit(tmp_path):
    rows = [f"ann{n};F{n};{n % 28 + 1:02d}.01.2025;1.{n:03d},50 €" for n in range(60)]
    text = ["Rapport;;;", "Client;Commande;Date;Montant", *rows, "TOTAL;;;61 800,00 €"]
    path = tmp_path / "ventes.csv"
    path.write_bytes("\n".join(text).encode("cp1252"))
    report = inspect(path, tmp_path / "source.yml")
    assert "CHANGE_ME" not in report and "TOTAL 61 800,00 €" in report
    config = load_config(tmp_path / "source.yml")
    assert (config.title_rows, config.has_total_rows, config.has_number_signs) == (1, True, True)
    assert (config.decimal_separator, config.thousands_separator) == (",", ".")
    assert (config.currency, config.timestamp_format) == ("EUR", "dd.MM.yyyy")


def test_offsets_are_found_and_the_time_zone_is_asked_for(tmp_path):
    rows = [f"a{n}@b.c,{n},2025-01-{n:02d}T10:00:00+01:00,(1),$2.50" for n in range(1, 28)]
    path = tmp_path / "sales.csv"
    path.write_text("\n".join(["email,order,created,qty,price", *rows]))
    report = inspect(path, tmp_path / "source.yml")
    assert "all moments say +01:00" in report
    config = load_config(tmp_path / "source.yml")
    assert (config.timezone, config.currency, config.has_number_signs) == ("UTC", "USD", True)
    assert config.timestamp_format == "yyyy-MM-dd'T'HH:mm:ssXXX" and config.is_negative_return
