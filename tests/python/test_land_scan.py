"""One pass over a csv file's bytes counts its records and finds what is wrong."""

import csv
import gzip
import hashlib
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeline.core.errors import InputError
from pipeline.land import lines as lines_module
from pipeline.land import scan as scan_module
from pipeline.land.canonical import CANONICAL
from pipeline.land.config import SourceConfig
from pipeline.land.lines import csv_lines
from pipeline.land.scan import scan_csv
from pipeline.land.source_options import SourceOptions


def scan(tmp_path, data: bytes, has_header: bool = True, **options):
    path = tmp_path / "lines.csv"
    path.write_bytes(data)
    return scan_csv(path, SourceOptions(**options), has_header=has_header)


def read(tmp_path, width: int, has_header: bool = True, **options) -> list[tuple]:
    """Return the rows that ``scan`` has counted: number, fields (or text), in order."""
    names = CANONICAL[:width]
    source = SourceConfig.model_construct(
        options=SourceOptions(**options), header=True if has_header else list(names)
    )
    places = {name: at for at, name in enumerate(names)}
    found = []
    for batch in csv_lines(tmp_path / "lines.csv", width, places, source):
        found += batch.to_pylist()
    return [
        (row["source_row"], row["unparsed_text"] or tuple(row[name] for name in names))
        for row in sorted(found, key=lambda row: row["source_row"])
    ]


def refused(tmp_path, data: bytes, **options) -> str:
    with pytest.raises(InputError) as caught:
        scan(tmp_path, data, **options)
    message = str(caught.value)
    assert "\n" not in message and "lines.csv" in message
    return message


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"a,b\n1,2\n", 1),
        (b"a,b\n1,2", 1),
        (b"a,b\r\n1,2\r\n3,4\r\n", 2),
        (b"a,b\r1,2\r3,4\r", 2),
        (b"a,b\r1,2\r3,4", 2),
        (b"a,b\n1,2\r3,4\r\n5,6\n", 3),
        (b"\n\n a,b\n\n1,2\n  \n\t\n3,4\n\n\n", 2),
        (b"a,b\n", 0),
        (b"a,b", 0),
        (b'a,b\n"x,""y""",2\n', 1),
        (b"a,b\n" + b"\n" * 5000 + b"1,2\n" + b" \n" * 5000, 1),
        (b"a,b\n" + b"\t1,2\n" * 3000, 3000),
        ("a,b\n£,é\u2028\u0085\n".encode(), 1),
    ],
)
def test_records_are_counted_and_blank_lines_are_not(tmp_path, data, rows, monkeypatch):
    for block in (8 << 20, 7):
        monkeypatch.setattr(scan_module, "_BLOCK", block)
        found = scan(tmp_path, data)
        assert found.row_count == rows
        assert [name.strip() for name in found.header] == ["a", "b"]
        assert found.checksum == hashlib.sha256(data).hexdigest()


def test_without_a_header_every_record_is_a_row(tmp_path):
    found = scan(tmp_path, b"1,2\n3,4\n", has_header=False)
    assert (found.header, found.row_count) == (None, 2)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b"\xef\xbb\xbf"),
        ("cp1252", b""),
        ("iso-8859-1", b""),
        ("utf-16", b""),
        ("utf-16-le", b"\xff\xfe"),
        ("utf-16-be", b""),
        ("cp1251", b""),
        ("shift_jis", b""),
    ],
)
def test_other_encodings_are_read(tmp_path, encoding, mark, monkeypatch):
    letters = {"cp1251": "Жук", "shift_jis": "日本"}.get(encoding, "£5 café")
    text = f"a,b\r\n{letters},1\r\n" * 3
    monkeypatch.setattr(scan_module, "_BLOCK", 5)
    found = scan(tmp_path, mark + text.encode(encoding), encoding=encoding)
    assert found.row_count == 5
    assert read(tmp_path, 2, encoding=encoding) == [
        (1, (letters, "1")),
        (2, ("a", "b")),
        (3, (letters, "1")),
        (4, ("a", "b")),
        (5, (letters, "1")),
    ]


def test_gzip_is_unpacked_also_when_it_has_several_members(tmp_path):
    data = gzip.compress(b"a,b\n1,2\n", mtime=0) + gzip.compress(b"3,4\n", mtime=0)
    found = scan(tmp_path, data)
    assert found.row_count == 2
    assert read(tmp_path, 2) == [(1, ("1", "2")), (2, ("3", "4"))]
    assert found.checksum == hashlib.sha256(data).hexdigest()


GZIP = gzip.compress(b"a,b\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(5000)), mtime=0)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GZIP[:-4], "cut short"),
        (GZIP[: len(GZIP) // 2], "cut short"),
        (GZIP[:12], "cut short"),
        (GZIP[:2], "cut short"),
        (GZIP[:-8] + b"\0\0\0\0" + GZIP[-4:], "damaged"),
        (GZIP[:3000] + b"\xff" * 50 + GZIP[3050:], "damaged"),
        (GZIP + b"garbage", "damaged"),
        (b"\x1f\x8b" + b"x" * 100, "damaged"),
        (gzip.compress(b"", mtime=0), "empty"),
    ],
)
def test_damaged_gzip_is_named(tmp_path, data, expected):
    assert expected in refused(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (b"", {}, "empty"),
        (b"\n\r\n  \n", {}, "empty"),
        (b"\xef\xbb\xbf", {}, "empty"),
        (b"a,b\n1,2\n\xa35,6\n", {}, "row 2 after the header: byte a3 is not utf-8"),
        (b"a,b\n1,2\n\n\n5,6\xe2\x82", {}, "row 2 after the header: byte e2"),
        (b"\xa3,b\n1,2\n", {}, "the header: byte a3"),
        (b"a,b\n1,\xed\xa0\x80\n", {}, "row 1 after the header"),
        (b"a,b\n1,2\n3,\x81\n", {"encoding": "cp1252"}, "row 2 after the header: byte 81"),
        (b"a\0,\0b\0\n\0\x00\xd8", {"encoding": "utf-16-le"}, "utf-16-le"),
        (b"\xff\xfea\0,\0b\0\n\0", {}, "UTF-16"),
        (b"a\0,\0b\0\n\0", {}, "NUL"),
        (b"a,b\n1,2\n3,\x004\n", {}, "row 2 after the header: a NUL"),
        (b'a,b\n1,2\n"3,4\n5,6\n', {}, 'row 2 after the header: its " quotes do not balance'),
        (b'a,b\n1,2" x\n', {}, "row 1"),
        (b'a,b\n"1\n2",3\n', {}, "multiline: true"),
        (b'a,b\n1,2\n"3,4\n5,6\n', {"multiline": True}, "row 2 after the header: a quote opens"),
        (b'a,b\n1,5" x 3"\n', {"multiline": True}, "row 1 after the header: a quote inside"),
        (b'a,b\n1,2\n"x" y "z\n",3\n', {"multiline": True}, "row 2 after the header: a quote"),
        (b"a,b\n" + b"x" * 1_100_000, {}, "row 1 after the header: longer than 1 MB"),
        (b"a,b\n1,2\n" + b"x" * 1_100_000 + b"\n", {}, "row 2 after the header: longer than 1 MB"),
        (b'a,b\n"' + b"x\n" * 600_000, {"multiline": True}, "row 1 after the header: longer"),
    ],
)
def test_what_is_wrong_is_said_with_its_row(tmp_path, data, options, expected):
    assert expected in refused(tmp_path, data, **options)


@pytest.mark.parametrize("block", [3, 64, 8 << 20])
def test_faults_are_found_wherever_blocks_end(tmp_path, block, monkeypatch):
    monkeypatch.setattr(scan_module, "_BLOCK", block)
    good = "a,b\r\n" + "£1,2\r\n" * 40
    assert scan(tmp_path, good.encode()).row_count == 40
    assert "row 41 after" in refused(tmp_path, good.encode() + b"\xa3,1\n")
    assert "row 41 after" in refused(tmp_path, good.encode() + b'"x,1\n')
    assert "row 41 after" in refused(tmp_path, good.encode() + b"x,\0\n")


def test_a_line_of_50_mb_is_refused_without_reading_it_all(tmp_path):
    assert "longer than 1 MB" in refused(tmp_path, b"a,b\n" + b"," * 50_000_000)


FIELD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=6)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(FIELD, FIELD), min_size=1, max_size=6), st.sampled_from("\n\r"))
@example([("\r", "\n"), ('"', ',"')], "\n")
def test_any_quoted_text_comes_back(tmp_path_factory, rows, end):
    """Whatever the csv module writes is cut into the same records and fields."""
    tmp_path = tmp_path_factory.mktemp("scan")
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator=end).writerows([("a", "b"), *rows])
    found = scan(tmp_path, text.getvalue().encode(), multiline=True)
    assert found.row_count == len(rows)
    assert read(tmp_path, 2, multiline=True) == list(enumerate(rows, 1))


PARTS = ["a", ",", "\n", "\r", "\r\n", " ", "\t", "é", '"b"', '," b,"', '""', ',"c,""d"']


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=60).map("".join),
    st.booleans(),
    st.sampled_from([",", "\t"]),
    st.sampled_from([64, 8 << 20]),
)
@example("a,b\n\n \n1,2\n3\n\t\n4,5,6\n7,8", True, ",", 64)
@example("\t\n\ta\n \t \n\n", False, "\t", 64)
@example("aaaaaaaaaaaaa\r\n\r\n" + '," b,' * 3 + ',"c,""d"' * 4, True, ",", 64)
def test_lines_are_cut_as_the_csv_module_cuts_them(
    tmp_path_factory, text, has_header, delimiter, block
):
    """Every record, those included that do not fit, with the number that the scan counted."""
    tmp_path = tmp_path_factory.mktemp("cut")
    if has_header:
        text = f"a{delimiter}b\n{text}"
    before, lines_module._BLOCK = lines_module._BLOCK, block
    try:
        found = scan(tmp_path, text.encode(), has_header, delimiter=delimiter)
        rows = read(tmp_path, 2, has_header, delimiter=delimiter)
    except InputError:
        # Empty, or its quotes do not balance.
        return
    finally:
        lines_module._BLOCK = before
    expected = []
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line.strip("".join(map(chr, range(33))).replace(delimiter, "")):
            continue
        fields = next(csv.reader([line], delimiter=delimiter))
        expected.append(tuple(cell or None for cell in fields) if len(fields) == 2 else line)
    expected = expected[has_header:]
    assert found.row_count == len(expected)
    assert rows == list(enumerate(expected, 1))


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=60) | st.text("ab,;\"' \t\r\n£", max_size=60).map(str.encode),
    st.booleans(),
    st.sampled_from(["utf-8", "cp1252", "utf-16"]),
    st.sampled_from([3, 8 << 20]),
)
def test_any_bytes_are_taken_or_refused_in_one_line(
    tmp_path_factory, data, multiline, encoding, block
):
    before, scan_module._BLOCK = scan_module._BLOCK, block
    try:
        scan(tmp_path_factory.mktemp("fuzz"), data, multiline=multiline, encoding=encoding)
    except InputError as error:
        assert "\n" not in str(error)
    finally:
        scan_module._BLOCK = before
