"""The thresholds of the gates, from the ``gate_`` vars of ``dbt_project.yml``."""

from types import SimpleNamespace

from pipeline.core.errors import InputError
from pipeline.core.settings import project_vars

__all__ = ["Thresholds", "population_vars", "thresholds"]

_PREFIX = "gate_"
# Vars that change from run to run without changing what the marts mean.
_PER_RUN_VARS = {"as_of_date", "pseudonymous_export"}


class Thresholds(SimpleNamespace):
    """Where each gate draws its line: every ``gate_`` var, by its name after that.

    Shares and ratios are fractions (0 to 1), shifts are relative to the last
    good run unless a share is compared, and then they are differences;
    ``dbt_project.yml`` says why.
    """

    def __getattr__(self, name: str) -> float:
        """Refuse a threshold that no var gives."""
        raise AttributeError(f"dbt_project.yml has no var {_PREFIX}{name}")


def thresholds() -> Thresholds:
    """Read the thresholds.

    Returns
    -------
    Thresholds
        Each by its name without ``gate_``.

    Raises
    ------
    InputError
        If one is not a number.
    """
    values = {}
    for name, value in project_vars().items():
        if not name.startswith(_PREFIX):
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(
                f"dbt_project.yml: the var {name} is {value!r}; the gates expect a number"
            )
        values[name.removeprefix(_PREFIX)] = value
    return Thresholds(**values)


def population_vars() -> dict:
    """Return the vars that decide who and what the marts hold.

    Two runs whose values differ are not compared with each other.

    Returns
    -------
    dict
        By name: every var but the gates' and those that change from run to run.

    Raises
    ------
    InputError
        If a var is not what it may be.
    """
    return {
        name: value
        for name, value in project_vars().items()
        if not name.startswith(_PREFIX) and name not in _PER_RUN_VARS
    }
