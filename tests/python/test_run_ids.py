"""Run ids ascend whatever the clock says."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline.store import run_ids


@pytest.fixture
def clock(monkeypatch):
    """Set the time, and the last run that finished."""

    def set_to(now: datetime, last: str | None = None) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return now

        monkeypatch.setattr(run_ids, "datetime", Clock)
        monkeypatch.setattr(run_ids, "current_run_id", lambda _: last)

    return set_to


NOW = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("change", [timedelta(0), timedelta(hours=-1), timedelta(days=-400)])
def test_a_clock_that_went_back_gives_a_later_id_all_the_same(clock, change):
    clock(NOW)
    ids = [run_ids.new_run_id(None)]
    for _ in range(3):
        clock(NOW + change, last=ids[-1])
        ids.append(run_ids.new_run_id(None))
    assert ids == sorted(ids) and len(set(ids)) == len(ids)


def test_a_clock_that_went_on_is_believed(clock):
    clock(NOW + timedelta(days=1), last="20260329T013000Z-r0000")
    assert run_ids.new_run_id(None).startswith("20260330T013000Z-r")
