"""Exports are switched in one step, kept a while, and rolled back."""

import errno
import json
import os

import pytest

from pipeline.core.errors import InputError
from pipeline.export import write_export
from pipeline.store.export_folders import KEPT_EXPORTS, finished, prune, rollback, switch_to


@pytest.fixture
def exports(tmp_path):
    for number in range(1, 9):
        folder = tmp_path / f"2026010{number}T000000Z-aaaa"
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"run_id": folder.name}))
    return tmp_path


def test_switch_is_a_relative_link_that_survives_a_move(exports):
    switch_to(exports, finished(exports)[-1])
    moved = exports.rename(exports.with_name("moved"))
    assert (
        json.loads((moved / "current" / "manifest.json").read_text())["run_id"]
        == (finished(moved)[-1])
    )


def test_at_least_the_last_few_are_kept_and_the_current_one_always(exports):
    oldest = finished(exports)[0]
    switch_to(exports, oldest)
    prune(exports)
    assert finished(exports)[0] == oldest
    assert len(finished(exports)) == KEPT_EXPORTS + 1


def test_an_export_half_removed_is_no_export(exports, monkeypatch):
    """Killed while it removes the oldest, the command leaves none that looks whole."""
    switch_to(exports, finished(exports)[-1])

    def killed(_):
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.store.export_folders.shutil.rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        prune(exports)
    assert len(finished(exports)) == 7
    assert len(list(exports.glob(".*.new"))) == 1


def test_unfinished_folder_is_no_export(exports):
    (exports / ".20260109T000000Z-aaaa.new").mkdir()
    (exports / "20260109T000000Z-aaaa").mkdir()
    assert len(finished(exports)) == 8


def test_rollback_goes_one_back(exports):
    runs = finished(exports)
    switch_to(exports, runs[-1])
    assert rollback(exports) == runs[-2]
    assert rollback(exports) == runs[-3]
    assert (exports / "current").resolve().name == runs[-3]


def test_rollback_says_when_there_is_nothing_to_go_back_to(exports, tmp_path):
    with pytest.raises(InputError, match="no export yet"):
        rollback(exports)
    switch_to(exports, finished(exports)[0])
    with pytest.raises(InputError, match="older"):
        rollback(exports)


@pytest.mark.parametrize(
    ("error", "seen"),
    [
        (OSError(errno.EROFS, os.strerror(errno.EROFS)), InputError),
        (ConnectionResetError(errno.ECONNRESET, "Connection reset by peer"), ConnectionResetError),
    ],
)
def test_the_end_of_java_is_not_taken_for_a_folder_that_cannot_be_written(
    monkeypatch, tmp_path, error, seen
):
    def fail(_):
        raise error

    monkeypatch.setenv("STATE_DIR", str(tmp_path))
    monkeypatch.setattr("pipeline.export.sweep", fail)
    with pytest.raises(seen):
        write_export(None, "run", {}, [], lambda _: None)
