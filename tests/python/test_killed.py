"""Runs are killed at seeded moments, and nothing is lost. `make soak` holds the full pass."""

import json

import soak_kills
from reliability_kill import STAGES, WAYS, moments


def test_a_full_pass_has_every_boundary_and_every_way():
    chosen = moments(seed=7, points=33)
    assert {moment.stage for moment in chosen if moment.part == 0} == set(range(len(STAGES)))
    assert sum(moment.part > 0 for moment in chosen) >= 20
    assert {moment.way for moment in chosen} == set(WAYS)
    assert chosen == moments(seed=7, points=33) != moments(seed=8, points=33)


def test_a_stopped_pass_goes_on_where_it_was(tmp_path):
    report = soak_kills.Report(tmp_path / "kills.json", seed=7, points=33)
    report.kills.append({"point": "there", "way": "term"})
    report.save()
    assert soak_kills.Report.load(report.path, 7, 33).kills == report.kills
    assert soak_kills.Report.load(report.path, 8, 33).kills == []
    assert json.loads(report.path.read_text())["ways"] == {"term": 1}
