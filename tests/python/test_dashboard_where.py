"""Which export the dashboard shows, where several are at hand."""

from pathlib import Path

import pytest

from dashboard import settings as dashboard_settings
from dashboard.exports import exports_root
from pipeline.store import export_folders

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EXPORTS_DIR", raising=False)
    monkeypatch.delenv("STATE_DIR", raising=False)


def test_named_exports_come_first(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPORTS_DIR", str(tmp_path / "named"))
    monkeypatch.setenv("STATE_DIR", str(tmp_path / "state"))
    assert exports_root() == tmp_path / "named"


@pytest.mark.parametrize("named", ["/a/state", "state", "~/state"])
def test_a_named_state_folder_comes_before_the_projects_exports(monkeypatch, named):
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.setenv("STATE_DIR", named)
    expected = {
        "/a/state": Path("/a/state/exports"),
        "state": PROJECT / "state/exports",
        "~/state": Path("/home/someone/state/exports"),
    }
    assert exports_root() == expected[named]


@pytest.mark.parametrize("activated", [True, False])
@pytest.mark.parametrize("shipped", [True, False])
def test_the_projects_exports_else_those_of_its_state_folder(
    monkeypatch, tmp_path, shipped, activated
):
    monkeypatch.setattr("dashboard.exports.__file__", str(tmp_path / "dashboard/exports.py"))
    if activated:
        monkeypatch.setenv("STATE_DIR", str(tmp_path / ".state"))
    if shipped:
        (tmp_path / "exports").mkdir()
    assert exports_root() == tmp_path / ("exports" if shipped else ".state/exports")


@pytest.mark.parametrize("variable", ["EXPORTS_DIR", "STATE_DIR"])
def test_a_blank_variable_is_not_set(monkeypatch, tmp_path, variable):
    monkeypatch.setattr("dashboard.exports.__file__", str(tmp_path / "dashboard/exports.py"))
    monkeypatch.setenv(variable, " ")
    assert exports_root() == tmp_path / ".state/exports"


def test_the_dashboard_reads_the_layout_that_a_run_writes():
    assert dashboard_settings.SCHEMA_VERSION == export_folders.SCHEMA_VERSION
