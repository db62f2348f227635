"""What the link of a mark or a row to its customers has beside the filters."""

from datetime import date
from typing import Any

import pandas as pd

from dashboard import conditions, formats
from dashboard.conditions import Condition
from dashboard.filters import Filters


def to_cohort_month(mark: dict[str, Any]) -> dict[str, str]:
    """Return the link to the customers of a cohort who ordered in a month.

    Parameters
    ----------
    mark : dict
        ``cohort_day`` (the first day of the cohort's month) and ``months_since``.

    Returns
    -------
    dict of str to str
        ``where``: the conditions as text.
    """
    first = pd.Timestamp(mark["cohort_day"])
    month = pd.DateOffset(months=1)
    ordered = first + int(mark["months_since"]) * month
    return _where(
        Condition("first_order", ">=", str(first.date())),
        Condition("first_order", "<", str((first + month).date())),
        Condition("order_month", "=", str(ordered.date())),
    )


def to_map_cell(mark: dict[str, Any]) -> dict[str, str]:
    """Return the link to the customers of a cell of the customer map.

    Parameters
    ----------
    mark : dict
        ``recency_from`` and ``recency_to`` (days), ``monetary_from`` and ``monetary_to``.

    Returns
    -------
    dict of str to str
        ``where``: the conditions as text.
    """
    return _where(
        Condition("recency_days", ">=", mark["recency_from"]),
        Condition("recency_days", "<", mark["recency_to"]),
        Condition("monetary", ">=", mark["monetary_from"]),
        Condition("monetary", "<", mark["monetary_to"]),
    )


def to_product_or_country(row: dict[str, Any], kind: str) -> dict[str, str]:
    """Return the link to the customers of a product or country.

    Parameters
    ----------
    row : dict
        ``id``: the product's or the country's.
    kind : {"products", "countries"}

    Returns
    -------
    dict of str to str
        ``country``, or ``where``: the condition on the product as text.
    """
    if kind == "countries":
        return {"country": str(row["id"])}
    return _where(Condition("product", "=", str(row["id"])))


def to_transition(
    mark: dict[str, Any], filters: Filters, month: str, after: date
) -> dict[str, str] | None:
    """Return the link to the customers of a transition, as they were at the end of the month.

    Parameters
    ----------
    mark : dict
        ``from_persona`` and ``to_persona``.
    filters : Filters
    month : str
        Name of the month.
    after : date
        The snapshot at its end.

    Returns
    -------
    dict of str to str, or None
        ``moved`` (the month), ``from`` and ``to``, and ``as_of`` where the month does not end on
        the run's own day; None where the transition ends in no segment.
    """
    if mark["to_persona"] not in filters.personas:
        return None
    ends = {"from": mark["from_persona"], "to": mark["to_persona"]}
    day = {} if after == filters.snapshots[0] else {"as_of": formats.short_day(after)}
    return {**day, "moved": month, **ends}


def _where(*parts: Condition) -> dict[str, str]:
    return {"where": conditions.write((parts,))}
