"""Runs in a row in one state folder leave no more than the first. `make soak` has fifty."""

from collections import Counter
from pathlib import Path

import pytest
from reliability_checks import assert_same_tables, assert_served, left_over, tables
from runs import folder, own_state, run_here, write_minimal

from pipeline.run import RunOptions, run

RUNS = 3
QUICK = {"k_max": 5, "starts": 3, "stability_draws": 2, "max_stability_draws": 2}
# One more of each after every run, until as many are there as are kept.
KEPT_PER_RUN = {"exports", "gates", "gx", "data_docs", "ml", "logs"}


def files(state: Path) -> Counter:
    """Return how many files lie in each folder of a state folder."""
    paths = (path.relative_to(state) for path in state.rglob("*") if path.is_file())
    return Counter(path.parts[0] for path in paths if len(path.parts) > 1)


@pytest.mark.spark
def test_runs_in_a_row_leave_no_more_than_the_first(spark):
    state = folder("row")
    variables = {"ml_settings": QUICK, "history_months": 2}
    lines = write_minimal(state / "orders.csv", lines=3_000)
    first = run_here(state, "row", lines, **variables)
    expected, held = tables(first.exports), files(state)
    served = [assert_served(first.exports)]
    for _ in range(RUNS - 1):
        with own_state(state, "row", variables):
            run(RunOptions(data=str(lines)))
        served.append(assert_served(first.exports))
        assert_same_tables(expected, first.exports)
        assert left_over(state) == []
        grown = {name for name, count in files(state).items() if count > held[name]}
        assert grown <= KEPT_PER_RUN
    assert served == sorted(set(served))
