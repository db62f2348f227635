"""What a manifest says can't lead the dashboard out of the export."""

import json
import shutil

import pytest
from dashboard_export import Shape, write_export

from dashboard.database import open_export
from dashboard.exports import ExportProblem, read_manifest, verify


@pytest.fixture
def folder(tmp_path):
    return write_export(tmp_path / "exports", Shape(customers=60, months=2))


def rewrite(folder, change) -> None:
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text())
    change(manifest)
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "name",
    [
        "../other.parquet",
        "/etc/passwd",
        "../../../../etc/passwd",
        "./customers.parquet",
        "sub/customers.parquet",
        "orders.parquet",
        "",
        5,
        None,
        ["customers.parquet"],
    ],
)
def test_a_file_elsewhere_is_a_damaged_export(folder, name):
    rewrite(folder, lambda manifest: manifest["tables"]["customers"].update(file=name))
    with pytest.raises(ExportProblem) as problem:
        verify(read_manifest(folder))
    assert "outside the export" in problem.value.advice


def test_a_link_to_a_file_elsewhere_is_a_damaged_export(folder, tmp_path):
    shutil.move(folder / "customers.parquet", tmp_path / "elsewhere.parquet")
    (folder / "customers.parquet").symlink_to(tmp_path / "elsewhere.parquet")
    with pytest.raises(ExportProblem) as problem:
        verify(read_manifest(folder))
    assert "outside the export" in problem.value.advice


@pytest.mark.parametrize("run_id", ["../../x", "'; drop table orders; --", "<script>", "a\0b", 5])
def test_a_hostile_run_id_opens_no_other_folder(folder, run_id):
    rewrite(folder, lambda manifest: manifest.update(run_id=run_id))
    export = read_manifest(folder)
    verify(export)
    assert export.folder == folder
    with open_export(export) as con:
        cursor = con.cursor()
        cursor.execute("use store")
        assert cursor.execute("select count(*) from customers").fetchone()[0] > 0


def test_a_folder_of_a_hostile_name_is_read(folder, tmp_path):
    export = read_manifest(folder.rename(tmp_path / "it's; drop {folder} $x -- %s"))
    verify(export)
    open_export(export).close()


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"schema_version": "x"}', "[" * 100_000, '{"a": NaN}', "\0"]
)
def test_a_manifest_that_is_none_is_said(folder, text):
    (folder / "manifest.json").write_text(text)
    with pytest.raises(ExportProblem):
        read_manifest(folder)
