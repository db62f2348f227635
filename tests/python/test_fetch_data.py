"""Published data are fetched whole or not at all, from a real server."""

import functools
import hashlib
import http.server
import threading
import zipfile

import pytest

from pipeline.core.errors import InputError
from pipeline.environment.fetch_data import DataSet, fetch


@pytest.fixture
def server(tmp_path):
    folder = tmp_path / "site"
    folder.mkdir()
    with zipfile.ZipFile(folder / "retail.zip", "w") as archive:
        archive.writestr("retail.xlsx", b"the workbook")
    (folder / "broken.zip").write_bytes(b"PK not a zip")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}", folder
        httpd.shutdown()


def data_set(url, member="retail.xlsx", sha256=None):
    return DataSet("Retail", "https://example.org/retail", url, member, sha256)


def test_workbook_is_unpacked_and_not_fetched_twice(server, tmp_path):
    url, folder = server
    checksum = hashlib.sha256((folder / "retail.zip").read_bytes()).hexdigest()
    target = fetch(data_set(f"{url}/retail.zip", sha256=checksum), tmp_path / "data")
    assert target.read_bytes() == b"the workbook"
    assert fetch(data_set(f"{url}/gone.zip"), tmp_path / "data") == target


@pytest.mark.parametrize(
    ("name", "member", "sha256"),
    [
        ("gone.zip", "retail.xlsx", None),
        ("broken.zip", "retail.xlsx", None),
        ("retail.zip", "other.xlsx", None),
        ("retail.zip", "retail.xlsx", "0" * 64),
    ],
)
def test_anything_wrong_is_one_line_with_where_to_get_it(server, tmp_path, name, member, sha256):
    url, _ = server
    with pytest.raises(InputError) as failed:
        fetch(data_set(f"{url}/{name}", member, sha256), tmp_path / "data")
    assert "https://example.org/retail" in str(failed.value)
    assert "\n" not in str(failed.value)
    assert [path for path in (tmp_path / "data").iterdir() if path.suffix == ".xlsx"] == []
