"""What each var of ``dbt_project.yml`` may be: its values go into SQL as they are."""

import re
from collections.abc import Callable
from datetime import date
from math import isfinite

__all__ = ["fault_of"]

_MOST_MONTHS = 1200
_PATTERN = re.compile(r"[A-Za-z0-9 '.,:/_-]{1,60}")


def fault_of(name: str, value: object) -> str | None:
    """Return what is wrong with a var's value, None if nothing is.

    Parameters
    ----------
    name : str
        One of the vars; ``ml_settings`` is checked where it is read.
    value : object
        As YAML or JSON gave it.
    """
    check = _CHECKS.get(name) or (_number if name.startswith("gate_") else None)
    return check(value) if check else None


def _number(value: object) -> str | None:
    if isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
        return None
    return "expected a number"


def _whole(least: int, most: int) -> Callable[[object], str | None]:
    def check(value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return None
        return f"expected a whole number from {least:,} to {most:,}"

    return check


def _one_of(*names: str) -> Callable[[object], str | None]:
    def check(value: object) -> str | None:
        return None if value in names else f"expected {' or '.join(names)}"

    return check


def _flag(value: object) -> str | None:
    return None if isinstance(value, bool) else "expected true or false"


def _day(value: object) -> str | None:
    try:
        if isinstance(value, str) and date.fromisoformat(value).isoformat() == value:
            return None
    except ValueError:
        pass
    return "expected a day as YYYY-MM-DD, in quotes"


def _day_or_nothing(value: object) -> str | None:
    return None if value == "" else _day(value)


def _days_list(value: object) -> str | None:
    days = _whole(1, 36_525)
    if isinstance(value, list) and not any(map(days, value)):
        return None
    return "expected a list of days, whole numbers from 1"


def _cut_points(value: object) -> str | None:
    measures = {"recency_days", "frequency", "monetary"}
    if isinstance(value, dict) and set(value) <= measures:
        lists = list(value.values())
        if all(isinstance(each, list) and not any(map(_number, each)) for each in lists):
            return None
    return f"expected lists of numbers for {', '.join(sorted(measures))}"


def _patterns(value: object) -> str | None:
    if isinstance(value, list) and all(
        isinstance(each, str) and _PATTERN.fullmatch(each) for each in value
    ):
        return None
    return "expected a list of timestamp formats such as yyyy-MM-dd HH:mm:ss"


_CHECKS: dict[str, Callable[[object], str | None]] = {
    "as_of_date": _day_or_nothing,
    "look_back_days": _whole(0, 36_525),
    "history_months": _whole(1, _MOST_MONTHS),
    "backtest_cutoff_days": _days_list,
    "duplicates": _one_of("drop", "keep"),
    "free_unit_price": _number,
    "maximum_line_quantity": _number,
    "maximum_unit_price": _number,
    "earliest_order_date": _day,
    "latest_order_date": _day,
    "timestamp_formats": _patterns,
    "rfm_bin_count": _whole(2, 10),
    "rfm_cut_points": _cut_points,
    "rfm_segment_scheme": _one_of("eleven", "six"),
    "segment_product_limit": _whole(0, 100_000),
    "stand_out_minimum_customers": _whole(0, 1_000_000),
    "stand_out_minimum_share": _number,
    "campaign_window_days": _whole(1, 366),
    "campaign_minimum_customers": _whole(10, 1_000_000),
    "pseudonymous_export": _flag,
    "loud_rejected_share": _number,
    "example_line_count": _whole(0, 10_000),
}
