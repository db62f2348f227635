"""Several people click through the dashboard at once. `make soak` has fifty, for longer."""

from dashboard_support import exports_root
from reliability_load import click_through

from dashboard.navigation import PAGES

SESSIONS, SECONDS, SEED = 8, 30, 5


def test_sessions_click_and_nothing_goes_wrong():
    load = click_through(exports_root("full"), SESSIONS, SECONDS, SEED)
    assert load.errors == []
    assert len(load.seconds) >= 2 * SESSIONS
    assert len(load.pages) > len(PAGES) / 2
    assert load.memory
