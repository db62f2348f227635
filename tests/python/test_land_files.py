"""What DATA may name, and what is said when it names something else."""

import os
import socket

import pytest

from pipeline.core.errors import InputError
from pipeline.land.files import InputFile, find_files, kind_of
from pipeline.land.pick import pick_config


def names(data, file_format="auto") -> list[str]:
    return [file.name for file in find_files(str(data), file_format)[0]]


def refused(call, *arguments) -> str:
    with pytest.raises(InputError) as caught:
        call(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_a_folder_and_a_glob(tmp_path):
    for name in ("b.csv", "a.csv.gz", "c.parquet", "deep/d.csv", ".hidden.csv", "_SUCCESS"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "notes.md").write_text("x")
    assert names(tmp_path / "b.csv") == ["b.csv"]
    assert names(tmp_path / "notes.md") == ["notes.md"]
    assert names(tmp_path) == ["a.csv.gz", "b.csv", "c.parquet", "deep/d.csv"]
    assert names(tmp_path, "csv") == ["a.csv.gz", "b.csv", "deep/d.csv"]
    assert names(tmp_path / "*.csv") == ["b.csv"]
    assert names(tmp_path / "**" / "*.csv") == ["b.csv", "deep/d.csv"]
    assert names(tmp_path / "*" / "d.csv") == ["deep/d.csv"]
    assert "notes.md" in find_files(str(tmp_path), "auto")[1][0]


def test_a_name_with_glob_signs_is_that_file(tmp_path):
    path = tmp_path / "sales [2024]*.csv"
    path.write_text("x")
    assert names(path) == [path.name]


@pytest.mark.parametrize("text", ["", "  ", "s3://bucket/x.csv", "a\0b", "no/such.csv", "no*.csv"])
def test_names_of_nothing(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(find_files, text, "auto")


def test_things_that_are_no_files(tmp_path):
    fifo = tmp_path / "pipe.csv"
    os.mkfifo(fifo)
    assert "a named pipe" in refused(find_files, str(fifo), "auto")
    assert "a named pipe" in refused(find_files, str(tmp_path), "auto")
    assert "a device" in refused(find_files, "/dev/null", "auto")
    fifo.unlink()
    plug = socket.socket(socket.AF_UNIX)
    plug.bind(str(tmp_path / "s.csv"))
    assert "a socket" in refused(find_files, str(tmp_path / "s.csv"), "auto")
    plug.close()


def test_links(tmp_path):
    (tmp_path / "to_itself.csv").symlink_to("to_itself.csv")
    assert "can't be opened" in refused(find_files, str(tmp_path / "to_itself.csv"), "auto")
    (tmp_path / "to_nothing.csv").symlink_to("nothing.csv")
    assert "a link to something" in refused(find_files, str(tmp_path / "to_nothing.csv"), "auto")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "again").symlink_to(tmp_path / "folder")
    assert "leads back" in refused(find_files, str(folder), "auto")
    (folder / "again").unlink()
    (folder / "a.csv").write_text("x")
    (tmp_path / "linked").symlink_to(folder)
    assert names(tmp_path / "linked") == ["a.csv"]


def test_folders_without_lines(tmp_path):
    assert "found nothing" in refused(find_files, str(tmp_path), "auto")
    (tmp_path / "a.md").write_text("x")
    assert "found a.md" in refused(find_files, str(tmp_path), "auto")
    (tmp_path / "country=UK").mkdir()
    assert "partitioned" in refused(find_files, str(tmp_path), "auto")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x")
    path.chmod(0)
    assert "permission denied" in refused(find_files, str(path), "auto")


def test_a_file_name_that_is_not_utf8(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.csv"
    with open(path, "w") as file:  # noqa: PTH123
        file.write("x")
    assert "not UTF-8" in refused(find_files, str(tmp_path), "auto")


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"a,b\n", "csv"), (b"\x1f\x8b\x08", "csv"), (b"PAR1xxxx", "parquet"), (b"PK\3\4", "xlsx")],
)
def test_a_format_is_told_by_the_first_bytes(tmp_path, head, kind):
    path = tmp_path / "anything"
    path.write_bytes(head)
    assert kind_of(path) == kind


@pytest.mark.parametrize(
    "head", [b"", b"BZh9", b"\xfd7zXZ\0", b"%PDF-1.4", b"ORC", b"\x28\xb5\x2f\xfd", b"Obj\x01"]
)
def test_other_formats_are_refused(tmp_path, head):
    path = tmp_path / "anything.csv"
    path.write_bytes(head)
    refused(kind_of, path)


def picked(tmp_path, text: str):
    path = tmp_path / "lines.csv"
    path.write_text(text)
    return pick_config(InputFile(path, path.name))


def test_the_shipped_config_that_fits_is_taken(tmp_path):
    uci = "INVOICENO,StockCode,Description,Quantity,Invoice Date,unit price,Customer ID,Country\n"
    assert picked(tmp_path, uci)[0].name == "uci_online_retail"
    second = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
    assert picked(tmp_path, "\ufeff" + second)[0].name == "online_retail_ii"
    config, notes = picked(tmp_path, second.strip() + ",customer,order,timestamp,amount\n")
    assert config.name == "online_retail_ii" and "minimal" in notes[0]


def test_a_header_that_fits_none_names_both(tmp_path):
    message = refused(picked, tmp_path, "when,what\n1,2\n")
    assert "when, what" in message and "uci_online_retail" in message and "inspect" in message
