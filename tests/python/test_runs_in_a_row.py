"""Runs in a row in one state folder leave no more than the first. `make soak` has fifty."""

import json

import pytest
from reliability_checks import tables
from runs import folder, write_minimal
from soak_runs import runs_live

RUNS = 3
QUICK = {"k_max": 5, "starts": 3, "stability_draws": 2, "max_stability_draws": 2}
# One more of each after every run, until as many are there as are kept.
KEPT_PER_RUN = {"exports", "gates", "gx", "data_docs", "ml", "logs"}


@pytest.mark.spark
def test_runs_in_a_row_leave_no_more_than_the_first():
    scratch = folder("row")
    lines = write_minimal(scratch / "orders.csv", lines=3_000)
    variables = json.dumps({"ml_settings": QUICK, "history_months": 2})
    state, temporary = scratch / "state", scratch / "tmp"
    temporary.mkdir()
    seen, found = [], []
    for run in runs_live(state, temporary, RUNS, data=lines, SEGMENTATION_VARS=variables):
        seen.append(run["files_in"])
        found.append(tables(state / "exports"))
    assert len(seen) == RUNS
    assert all(same == found[0] for same in found[1:])
    # The first has no run before it to compare its segments with.
    settled, last = seen[1], seen[-1]
    grown = {name for name, count in last.items() if count > settled.get(name, 0)}
    assert grown <= KEPT_PER_RUN
