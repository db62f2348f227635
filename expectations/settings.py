"""The thresholds of the gates, from the ``gate_`` vars of ``dbt_project.yml``."""

from dataclasses import dataclass, fields

from pipeline.core.errors import InputError
from pipeline.core.settings import project_vars

__all__ = ["Thresholds", "population_vars", "thresholds"]

_PREFIX = "gate_"
# Vars that change from run to run without changing what the marts mean.
_PER_RUN_VARS = {"as_of_date", "pseudonymous_export"}


@dataclass(frozen=True)
class Thresholds:
    """Where each gate draws its line; ``dbt_project.yml`` says why.

    Shares and ratios are fractions (0 to 1), shifts are relative to the last
    good run unless a share is compared, and then they are differences.
    """

    max_unparseable_share: float
    min_row_ratio: float
    max_row_ratio: float
    min_customer_id_share: float
    min_optional_share: float
    max_garbled_share: float
    min_kept_share: float
    max_rejected_share: float
    max_line_amount_share: float
    max_gap_days: int
    max_day_share: float
    min_customers: int
    min_repeat_share: float
    max_customer_revenue_share: float
    max_return_rate: float
    max_mean_shift: float
    max_share_shift: float
    max_history_shift: float
    min_segment_share: float
    max_segment_share: float
    min_membership_probability: float
    max_outlier_share: float


def thresholds() -> Thresholds:
    """Read the thresholds.

    Raises
    ------
    InputError
        If a var is missing or not a number.
    """
    known = project_vars()
    values = {}
    for field in fields(Thresholds):
        name = f"{_PREFIX}{field.name}"
        value = known.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(
                f"dbt_project.yml: the var {name} is {value!r}; the gates expect a number"
            )
        values[field.name] = value
    return Thresholds(**values)


def population_vars() -> dict:
    """Return the vars that decide who and what the marts hold.

    Two runs whose values differ are not compared with each other.
    """
    return {
        name: value
        for name, value in project_vars().items()
        if not name.startswith(_PREFIX) and name not in _PER_RUN_VARS
    }
