"""Pictures of an export, drawn before its manifest is written."""

import shutil

import pytest
from dashboard_export import Shape, write_export
from dashboard_support import exports_root

from dashboard.pictures import draw, main

NAMES = ["selection", "map", "shares", "profiles", "backtest", "campaigns"]


def test_draw(tmp_path):
    folder = write_export(tmp_path, Shape(customers=150, months=3))
    (folder / "manifest.json").unlink()
    shutil.rmtree(folder / "pictures")
    written = draw(folder, "EUR")
    assert [path.name for path in written] == [f"{n}.{s}" for n in NAMES for s in ("svg", "png")]
    assert (folder / "pictures" / "map.png").read_bytes()[:4] == b"\x89PNG"
    profiles = (folder / "pictures" / "profiles.svg").read_text()
    assert "Champions" in profiles and "€" in profiles


def test_nothing_outside_the_pictures_changes(tmp_path):
    folder = write_export(tmp_path, Shape(customers=100, months=2))
    before = {p: p.read_bytes() for p in folder.glob("*.*")}
    draw(folder)
    assert before == {p: p.read_bytes() for p in folder.glob("*.*")}


def test_names_from_data_are_text(tmp_path):
    folder = write_export(tmp_path, Shape(customers=100, months=2))
    for path in draw(folder):
        if path.suffix == ".svg":
            assert "<script" not in path.read_text()


@pytest.mark.parametrize("kind", ["one segment", "minimal"])
def test_small_exports(kind, tmp_path):
    target = tmp_path / "export"
    shutil.copytree((exports_root(kind) / "current").resolve(), target)
    assert draw(target)


def test_a_folder_without_an_export(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr("sys.argv", ["pictures", str(tmp_path)])
    assert main() == 2
    assert "no export there" in capsys.readouterr().err
