"""The vars of ``dbt_project.yml``, as Python and dbt both read them."""

import json
import os

import yaml

from pipeline.core.errors import InputError
from pipeline.core.paths import project_root
from pipeline.core.vars import fault_of

__all__ = ["OVERRIDES", "overrides", "project_vars"]

OVERRIDES = "SEGMENTATION_VARS"


def project_vars() -> dict:
    """Return dbt's vars, with those in ``SEGMENTATION_VARS`` on top.

    Returns
    -------
    dict
        By name the value of every var.

    Raises
    ------
    InputError
        If the variable is not a JSON object or names an unknown var, or if a
        value, in the file or the variable, is none that the var can have.
    """
    return {**_checked(_declared(), "dbt_project.yml"), **overrides()}


def overrides() -> dict:
    """Return the vars that ``SEGMENTATION_VARS`` (a JSON object) sets.

    Returns
    -------
    dict
        By name the value; empty without the variable.

    Raises
    ------
    InputError
        If the variable is not a JSON object, names an unknown var, or gives
        one a value that it can't have.
    """
    text = os.environ.get(OVERRIDES, "").strip() or "{}"
    try:
        given = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(
            f"{OVERRIDES} is not JSON ({error}); expected an object of vars"
        ) from error
    if not isinstance(given, dict):
        raise InputError(f"{OVERRIDES} is not a JSON object; expected names and values of vars")
    unknown = sorted(set(given) - set(_declared()))
    if unknown:
        raise InputError(
            f"{OVERRIDES} names unknown vars {', '.join(unknown)}; "
            f"dbt_project.yml knows {', '.join(sorted(_declared()))}"
        )
    return _checked(given, OVERRIDES)


def _checked(values: dict, place: str) -> dict:
    for name, value in values.items():
        fault = fault_of(name, value)
        if fault:
            raise InputError(f"{place}: {name} is {value!r:.80}; {fault}")
    return values


def _declared() -> dict:
    return yaml.safe_load((project_root() / "dbt_project.yml").read_text())["vars"]
