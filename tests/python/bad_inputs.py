"""Bad inputs: what a file, a path or a config can hold, and what must come of it."""

import bz2
import gzip
import io
import lzma
import os
import socket
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
NAMES = HEADER.split(",")


def good(number: int) -> str:
    """Return a row in which nothing is wrong, another for each number."""
    day = f"{1 + number % 12}/{13 + number % 15}/2011 {8 + number % 9}:15"
    return (
        f"{536000 + number},{84000 + number % 50},CUP {number % 50},{1 + number % 7},{day},"
        f"{number % 9 + 0.5},{17000 + number % 40},France"
    )


GOOD = [good(number) for number in range(200)]
TEXT = "\n".join([HEADER, *GOOD]) + "\n"

Make = Callable[[Path], Path | str]


def text(content: str, name: str = "lines.csv", encoding: str = "utf-8") -> Make:
    return raw(content.encode(encoding), name)


def raw(content: bytes, name: str = "lines.csv") -> Make:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def with_row(row: str, count: int = 1) -> str:
    return TEXT + f"{row}\n" * count


def reordered() -> str:
    order = [7, 6, 5, 4, 3, 2, 1, 0]
    rows = (row.split(",") for row in TEXT.splitlines())
    return "\n".join(",".join(cells[at] for at in order) for cells in rows) + "\n"


def packed(name: str, content: bytes) -> Make:
    return raw(content, name)


def parquet(columns: dict, name: str = "lines.parquet", cut: int | None = None) -> Make:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return raw(buffer.getvalue()[:cut], name)


def table(**changes) -> dict:
    rows = [row.split(",") for row in GOOD]
    columns = {name: [row[at] for row in rows] for at, name in enumerate(NAMES)}
    return {**columns, **changes}


def workbook(*rows: list) -> Make:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return raw(buffer.getvalue(), "lines.xlsx")


def archive(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name, content in members.items():
            file.writestr(name, content)
    return buffer.getvalue()


def link_loop(folder: Path) -> Path:
    (folder / "a.csv").symlink_to(folder / "b.csv")
    (folder / "b.csv").symlink_to(folder / "a.csv")
    return folder / "a.csv"


def folder_loop(folder: Path) -> Path:
    (folder / "in").mkdir()
    (folder / "in" / "again").symlink_to(folder)
    return folder


def broken_link(folder: Path) -> Path:
    (folder / "a.csv").symlink_to(folder / "gone.csv")
    return folder / "a.csv"


def pipe(folder: Path) -> Path:
    os.mkfifo(folder / "lines.csv")
    return folder / "lines.csv"


def listening(folder: Path) -> Path:
    # A socket's path is short; the file stays when the socket is closed.
    here = Path.cwd()
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("lines.csv")
    os.chdir(here)
    return folder / "lines.csv"


def bytes_name(folder: Path) -> Path:
    with open(os.fsencode(folder) + b"/\xff.csv", "w") as file:  # noqa: PTH123 - a name of bytes
        file.write(TEXT)
    return folder


def folder_of(**files: str) -> Make:
    def make(folder: Path) -> Path:
        for name, content in files.items():
            (folder / name.replace("__", ".")).write_text(content)
        return folder

    return make


GZIP = gzip.compress(TEXT.encode())
WIDE = "x" * (50 << 20)

# Name: how to make it, and what the one line of the refusal says.
REFUSED: dict[str, tuple[Make, str]] = {
    "no such file": (lambda folder: folder / "none.csv", "no such file"),
    "nothing": (lambda folder: "", "DATA is empty"),
    "blanks": (lambda folder: "   ", "DATA is empty"),
    "a NUL in the name": (lambda folder: f"{folder}/a\0b.csv", "DATA is empty"),
    "a name that is too long": (lambda folder: folder / ("x" * 300), "can't be opened"),
    "an address": (lambda folder: "s3://bucket/lines.csv", "a path on this machine"),
    "a web address": (lambda folder: "https://example.com/x.csv", "a path on this machine"),
    "a glob that fits nothing": (lambda folder: f"{folder}/*.csv", "no file fits"),
    "an empty folder": (lambda folder: folder, "no file to land"),
    "a folder of other files": (folder_of(notes__md="x"), "found notes.md"),
    "a loop of links": (link_loop, "can't be opened"),
    "a loop of folders": (folder_loop, "leads back"),
    "a link to nothing": (broken_link, "a link to something that is not there"),
    "a pipe": (pipe, "a named pipe"),
    "a socket": (listening, "a socket"),
    "a device without an end": (lambda folder: "/dev/zero", "a device"),
    "the null device": (lambda folder: "/dev/null", "a device"),
    "a name of bytes": (bytes_name, "not UTF-8"),
    "a partitioned folder": (
        lambda folder: (folder / "day=1").mkdir() or folder,
        "a partitioned table's folder",
    ),
    "zero bytes": (raw(b""), "the file is empty"),
    "one line break": (raw(b"\n"), "no shipped source config fits"),
    "blank lines": (raw(b"\r\n \r\n\t\r\n"), "no shipped source config fits"),
    "a header only": (text(HEADER + "\n"), "a header but no rows"),
    "a header without its line break": (text(HEADER), "a header but no rows"),
    "a header and blank lines": (text(HEADER + "\n\n  \n\n"), "a header but no rows"),
    "no header": (text("\n".join(GOOD)), "no shipped source config fits"),
    "another header": (text("who,what\n1,2\n"), "no shipped source config fits"),
    "a missing column": (text(TEXT.replace(",Country", "", 1)), "no shipped source config fits"),
    "a doubled column": (text(TEXT.replace("Description", "Quantity", 1)), "no shipped source"),
    "a column twice": (text(TEXT.replace("Country\n", "Country,Country\n", 1)), "more than once"),
    "semicolons": (text(TEXT.replace(",", ";")), "no shipped source config fits"),
    "tabs": (text(TEXT.replace(",", "\t")), "no shipped source config fits"),
    "a quoted header of one": (text(f'"{HEADER}"\n1\n'), "no shipped source config fits"),
    "a header with a quote that stays open": (text('"' + TEXT), "no shipped source config fits"),
    "gzip cut short": (raw(GZIP[:-20], "lines.csv.gz"), "cut short"),
    "gzip cut in its head": (raw(GZIP[:9], "lines.csv.gz"), "cut short"),
    "gzip damaged": (raw(GZIP[:200] + b"\0\1\2" + GZIP[203:], "l.csv.gz"), "damaged"),
    "gzip with a wrong checksum": (raw(GZIP[:-8] + b"1234" + GZIP[-4:], "l.gz"), "damaged"),
    "gzip of nothing": (raw(gzip.compress(b""), "lines.csv.gz"), "no shipped source config fits"),
    "gzip of gzip": (raw(gzip.compress(GZIP), "lines.csv.gz"), "no shipped source config fits"),
    "gzip with rubbish behind": (raw(GZIP + b"rubbish", "lines.csv.gz"), "damaged"),
    "gzip of zeros": (raw(gzip.compress(bytes(1 << 26)), "l.csv.gz"), "no shipped source config"),
    "bzip2": (packed("lines.csv.bz2", bz2.compress(TEXT.encode())), "a bzip2 file"),
    "xz": (packed("lines.csv.xz", lzma.compress(TEXT.encode())), "a xz file"),
    "zip of a csv": (packed("lines.csv", archive(**{"lines.csv": TEXT})), "a zip archive"),
    "an empty zip": (packed("lines.csv", archive()), "a zip file"),
    "PDF": (raw(b"%PDF-1.7\n"), "a pdf file"),
    "a picture": (raw(b"\x89PNG\r\n\x1a\n" + bytes(range(256))), "no shipped source config fits"),
    "JSON": (text('[{"InvoiceNo": "1"}]\n'), "no shipped source config fits"),
    "HTML": (text("<!doctype html><table><tr><td>1</td></tr></table>\n"), "no shipped source"),
    "UTF-16": (text(TEXT, encoding="utf-16"), "no shipped source config fits"),
    "UTF-16 after a UTF-8 header": (
        raw(f"{HEADER}\n".encode() + GOOD[0].encode("utf-16-le") + b"\n"),
        "a NUL byte",
    ),
    "Latin-1": (text(with_row(f"{GOOD[0]}é"), encoding="latin-1"), "byte e9 is not utf-8 text"),
    "half a letter at the end": (raw(TEXT.encode() + b"1,2,\xc3"), "not utf-8 text"),
    "a lone surrogate": (raw(TEXT.encode() + b"\xed\xa0\x80,1\n"), "not utf-8 text"),
    "a NUL": (text(with_row("\0" + GOOD[0])), "a NUL byte"),
    "a quote that never closes": (text(with_row('1,2,"open,3')), "quotes do not balance"),
    "a quote inside a field": (text(with_row('1,2,5" nail,3')), "quotes do not balance"),
    "a line of 50 MB": (text(with_row(WIDE)), "longer than"),
    "one line of 50 MB": (text(WIDE), "no shipped source config fits"),
    "rows too short": (text(with_row("1,2,3", 5)), "do not have the header's number of fields"),
    "rows too long": (text(with_row(GOOD[0] + ",x", 5)), "do not have the header's number"),
    "every row too short": (text(HEADER + "\n1,2\n"), "do not have the header's number"),
    "decimal commas in plain csv": (
        text("\n".join([HEADER, *(row.replace(".5", ",5") for row in GOOD)])),
        "do not have the header's number",
    ),
    "days and months exchanged": (
        text("\n".join([HEADER, *("1,2,X,1,27/3/2011 8:15,1,7,F" for _ in GOOD)])),
        "fits 0.0%",
    ),
    "ISO dates where others are due": (
        text("\n".join([HEADER, *("1,2,X,1,2011-03-27 08:15:00,1,7,F" for _ in GOOD)])),
        "fits 100.0%",
    ),
    "no dates": (text("\n".join([HEADER, *("1,2,X,1,,1,7,F" for _ in GOOD)])), "row 1: nothing"),
    "parquet cut short": (parquet(table(), cut=-9), "not a whole parquet file"),
    "parquet of its sign only": (raw(b"PAR1PAR1", "lines.parquet"), "not a whole parquet file"),
    "parquet without rows": (
        parquet({name: pa.array([], pa.string()) for name in NAMES}),
        "columns but no rows",
    ),
    "parquet of other columns": (parquet({"a": [1]}), "no shipped source config fits"),
    "parquet of nested columns": (
        parquet(table(Quantity=[[1]] * 200)),
        "expected text, a number, a date or a timestamp",
    ),
    "parquet of bytes": (parquet(table(CustomerID=[b"\xff"] * 200)), "expected text, a number"),
    "a workbook without rows": (workbook(NAMES), "no rows"),
    "an empty workbook": (workbook(), "no shipped source config fits"),
    "a workbook of another header": (workbook(["a"], [1]), "no shipped source config fits"),
    "a damaged workbook": (
        raw(archive(**{"[Content_Types].xml": "<x/>"}), "lines.xlsx"),
        "not a workbook that can be read",
    ),
    "an old workbook's first bytes": (
        raw(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "lines.xls"),
        "not a workbook that can be read",
    ),
    "one bad file of two": (folder_of(a__csv=TEXT, b__csv="who\n1\n"), "b.csv: the header lacks"),
}

# Name: how to make it, and the rows that land.
LANDED: dict[str, tuple[Make, int]] = {
    "a byte order mark": (text(TEXT, encoding="utf-8-sig"), 200),
    "CRLF": (text(TEXT.replace("\n", "\r\n")), 200),
    "CR": (text(TEXT.replace("\n", "\r")), 200),
    "no line break at the end": (text(TEXT.rstrip("\n")), 200),
    "blank lines between": (text(TEXT.replace("\n", "\n\n  \n")), 200),
    "reordered columns": (text(reordered()), 200),
    "a header in other letters": (
        text(TEXT.replace(HEADER, " invoiceno , STOCKCODE,description,quantity,invoicedate,"
                          "unit price,Customer ID,COUNTRY", 1)),
        200,
    ),
    "gzip of two parts": (raw(GZIP + gzip.compress(f"{GOOD[0]}\n".encode()), "l.csv.gz"), 201),
    "a hostile name": (text(TEXT, "'; drop table x; -- ${jndi:ldap:x} {*}[a].csv"), 200),
    "a name of two lines": (text(TEXT, "a\nb\x1b[31m.csv"), 200),
    "a name of HTML": (text(TEXT, "<img src=x onerror=alert(1)>.csv"), 200),
    "parquet": (parquet(table()), 200),
    "a workbook": (workbook(NAMES, *(row.split(",") for row in GOOD)), 200),
    "one row": (text("\n".join([HEADER, GOOD[0]])), 1),
    "the same file twice": (folder_of(a__csv=TEXT, b__csv=TEXT), 200),
}  # fmt: skip


def row(**changes: str) -> str:
    """Return a good row with other fields, quoted."""
    usual = ("9", "85123", "POT", "2", "3/27/2011 8:15", "1.5", "17001", "France")
    cells = {**dict(zip(NAMES, usual, strict=True)), **changes}.values()
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


# Name: the row, and the class it must end in.
ROWS: dict[str, tuple[str, str]] = {
    "year 1": (row(InvoiceDate="1/1/0001 0:00"), "unparseable"),
    "year 9999": (row(InvoiceDate="12/31/9999 23:59"), "unparseable"),
    "year 1899": (row(InvoiceDate="12/31/1899 0:00"), "unparseable"),
    "year 1900": (row(InvoiceDate="1/1/1900 0:00"), "sale"),
    "31 February": (row(InvoiceDate="2/31/2011 8:00"), "unparseable"),
    "29 February 2011": (row(InvoiceDate="2/29/2011 8:00"), "unparseable"),
    "month 13": (row(InvoiceDate="13/1/2011 8:00"), "unparseable"),
    "hour 25": (row(InvoiceDate="1/1/2011 25:00"), "unparseable"),
    "London's lost hour": (row(InvoiceDate="3/27/2011 1:30"), "sale"),
    "New York's lost hour": (row(InvoiceDate="3/13/2011 2:30"), "sale"),
    "a time zone": (row(InvoiceDate="3/13/2011 2:30+01:00"), "unparseable"),
    "a date in words": (row(InvoiceDate="yesterday"), "unparseable"),
    "a count of seconds": (row(InvoiceDate="1300000000"), "unparseable"),
    "2^63 units": (row(Quantity="9223372036854775808"), "unparseable"),
    "10^40 units": (row(Quantity="1" + "0" * 40), "unparseable"),
    "scientific units": (row(Quantity="1e2"), "sale"),
    "scientific beyond bounds": (row(Quantity="1E400"), "unparseable"),
    "NaN units": (row(Quantity="NaN"), "unparseable"),
    "infinite units": (row(Quantity="Infinity"), "unparseable"),
    "minus infinite price": (row(UnitPrice="-Infinity"), "unparseable"),
    "NaN price": (row(UnitPrice="nan"), "unparseable"),
    "hexadecimal units": (row(Quantity="0x10"), "unparseable"),
    "Devanagari digits": (row(Quantity="१२"), "sale"),
    "underscores": (row(Quantity="1_000"), "unparseable"),
    "thousands separator": (row(Quantity="1,000"), "unparseable"),
    "blank separator": (row(Quantity="1 000"), "unparseable"),
    "a plus": (row(Quantity="+5"), "sale"),
    "two minuses": (row(Quantity="--5"), "unparseable"),
    "a minus behind": (row(Quantity="5-"), "unparseable"),
    "no units given": (row(Quantity=""), "unparseable"),
    "no units": (row(Quantity="0"), "zero_price"),
    "negative units": (row(Quantity="-5"), "write_off"),
    "negative price": (row(UnitPrice="-5"), "adjustment"),
    "negative everything": (row(Quantity="-5", UnitPrice="-5"), "adjustment"),
    "a cancellation": (row(InvoiceNo="C9", Quantity="-5"), "return"),
    "a cancellation that adds": (row(InvoiceNo="C9"), "adjustment"),
    "a price of 12 decimals": (row(UnitPrice="1.123456789012"), "unparseable"),
    "a price of 12 plain decimals": (row(UnitPrice="1.500000000000"), "sale"),
    "a price of 10^12": (row(UnitPrice="1000000000000"), "unparseable"),
    "a decimal comma": (row(UnitPrice="1,5"), "unparseable"),
    "dollars": (row(UnitPrice="$1.50"), "unparseable"),
    "euros": (row(UnitPrice="1.50 €"), "unparseable"),
    "a formula": (row(UnitPrice="=1+1"), "unparseable"),
    "no price": (row(UnitPrice="0.000000"), "zero_price"),
    "no order": (row(InvoiceNo="  "), "unparseable"),
    "no customer": (row(CustomerID=""), "no_customer"),
    "a blank customer": (row(InvoiceNo="8", CustomerID="   "), "no_customer"),
    "a customer of words": (row(CustomerID="Zoë de la Cruz"), "sale"),
    "a customer of quotes": (row(CustomerID="\"'`"), "sale"),
    "a customer of emoji": (row(CustomerID="👩‍👩‍👧"), "sale"),
    "a customer of SQL": (row(CustomerID="x'; drop table analytics.dim_customers; --"), "sale"),
    "a customer of HTML": (row(CustomerID="<script>alert(1)</script>"), "sale"),
    "a customer of Jinja": (row(CustomerID="{{ env_var('HOME') }}${HOME}"), "sale"),
    "a customer of a formula": (row(CustomerID='=HYPERLINK("http://x","a")'), "sale"),
    "a customer of 10,000 characters": (row(CustomerID="x" * 10_000), "sale"),
    "a customer written backwards": (row(CustomerID="\u202eabc\u202c"), "sale"),
    "a product of 10,000 characters": (row(StockCode="1" * 10_000), "sale"),
    "a row too short": ("1,2,3", "unparseable"),
    "a row too long": (row() + ",x", "unparseable"),
    "a doubled row": (f"{GOOD[7]}", "duplicate"),
    "postage": (row(StockCode="post"), "non_product"),
}

FILLING = [good(number) for number in range(6_000)]


def all_rows() -> str:
    """Return a file of all the rows, with enough good ones for it to be landed."""
    return "\n".join([HEADER, *FILLING, *(row for row, _ in ROWS.values())]) + "\n"
