"""The suites, one file a table, in the order in which their gate runs them."""

from expectations.suite import Suite
from expectations.suites import (
    customer_segments,
    kept_order_lines,
    line_classes,
    order_days,
    raw_loads,
    raw_order_lines,
    rfm_customers,
    rfm_snapshots,
    segment_profiles,
)

__all__ = ["SUITES", "suites_of"]

SUITES: tuple[Suite, ...] = (
    raw_loads.SUITE,
    raw_order_lines.SUITE,
    line_classes.SUITE,
    kept_order_lines.SUITE,
    order_days.SUITE,
    rfm_customers.SUITE,
    rfm_snapshots.SUITE,
    customer_segments.SUITE,
    segment_profiles.SUITE,
)


def suites_of(gate: str) -> list[Suite]:
    """Return the suites that a gate runs, in order."""
    return [suite for suite in SUITES if suite.gate == gate]
