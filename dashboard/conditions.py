"""Segments that a person builds: conditions joined by and/or, as text of a link and as parameters.

A segment is alternatives, of which a customer must meet one, and an alternative is conditions,
of which a customer must meet all. What a condition may name and how it may compare are closed
lists, `FIELDS` and `OPERATORS`; values reach DuckDB as one bound parameter of the table macro
``built_customers``, and no SQL is made of them.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from dashboard import formats
from dashboard.measures import MEASURES
from dashboard.settings import BUILT_CHARACTERS, BUILT_CONDITIONS


class Unfit(Exception):
    """A segment that cannot be read, or that this export does not know; says what, as Markdown."""


class Field(NamedTuple):
    """What a condition can be about.

    Attributes
    ----------
    label : str
        Plain name.
    kind : str
        A key of `OPERATORS`.
    unit : str
        Of numbers: ``days``, ``money``, ``count`` or ``share``.
    is_past : bool
        Whether it is known at every month end, and not at the run's own date alone.
    """

    label: str
    kind: str
    unit: str = ""
    is_past: bool = True


class Condition(NamedTuple):
    """One condition: ``Condition("monetary", ">=", 500.0)``.

    Attributes
    ----------
    field : str
        A key of `FIELDS`.
    operator : str
        A key of the field's `OPERATORS`.
    value : float or str or tuple of str
        A number; a day or month as ``2011-11-01``; a product; the names to choose among.
    """

    field: str
    operator: str
    value: Any


Built = tuple[tuple[Condition, ...], ...]

_PAST = ("recency_days", "frequency", "monetary", "average_order_value")
FIELDS: dict[str, Field] = {
    **{
        name: Field(measure.label, "number", measure.unit, name in _PAST)
        for name, measure in MEASURES.items()
    },
    "order_chance": Field("Chance to order", "number", "share", False),
    "expected_orders": Field("Expected orders", "number", "count", False),
    "expected_spend": Field("Expected spend", "number", "money", False),
    "membership_probability": Field("Confidence", "number", "share"),
    "persona": Field("Segment", "name"),
    "life_cycle": Field("Life-cycle", "name"),
    "country": Field("Country", "name"),
    "product": Field("Product", "product"),
    "first_order": Field("First order", "date"),
    "last_order": Field("Last order", "date"),
    "order_month": Field("Orders of a month", "month"),
    "is_outlier": Field("Unusual", "flag"),
}
"""All that a condition can be about, in the order in which pages offer it."""

OPERATORS = {
    "number": {">=": "at least", "<=": "at most", "<": "below"},
    "name": {"=": "is one of", "!=": "is none of"},
    "flag": {"=": "is"},
    "date": {">=": "on or after", "<": "before"},
    "product": {"=": "bought", "!=": "never bought"},
    "month": {"=": "ordered in", "!=": "did not order in"},
}
"""By kind of field, how a condition compares."""


@dataclass(frozen=True)
class Known:
    """What an export knows, for conditions to name.

    Attributes
    ----------
    day : date
        The day that the customers are of.
    is_latest : bool
        Whether that is the run's own.
    personas : dict of str to int
        Identifier of each segment's persona.
    life_cycles : dict of str to str
        Of each persona.
    countries : tuple of str
        Empty where the source names none.
    product : callable
        Given a product's id, its description; None where the export has no such product.
    has_outlook : bool
        Whether the run gave customers an outlook.
    """

    day: date
    is_latest: bool
    personas: dict[str, int]
    life_cycles: dict[str, str]
    countries: tuple[str, ...]
    product: Callable[[str], str | None] = field(compare=False)
    has_outlook: bool = True

    def names(self, name: str) -> list[str]:
        """Return what a field of names can be."""
        found = {
            "persona": list(self.personas),
            "life_cycle": list(dict.fromkeys(self.life_cycles.values())),
            "country": list(self.countries),
        }
        return found[name]


def read(text: str | None) -> Built:
    """Return the segment that a link or a saved view holds; nothing for no text.

    Raises
    ------
    Unfit
        Where the text is no segment, or names what no condition can be about.
    """
    if not text:
        return ()
    if len(text) > BUILT_CHARACTERS:
        raise Unfit(f"its conditions are longer than {BUILT_CHARACTERS} characters")
    try:
        groups = json.loads(text)
        built = tuple(tuple(_condition(*part) for part in group) for group in groups)
    except (ValueError, TypeError, RecursionError):
        raise Unfit("its conditions cannot be read") from None
    if sum(map(len, built)) > BUILT_CONDITIONS:
        raise Unfit(f"it has more than {BUILT_CONDITIONS} conditions")
    if not all(built):
        raise Unfit("its conditions cannot be read")
    return built


def _condition(name: str, operator: str, value: Any) -> Condition:
    if not isinstance(name, str) or name not in FIELDS:
        raise Unfit(f"there is no measure “{formats.markdown(str(name)[:60])}”")
    kind = FIELDS[name].kind
    if not isinstance(operator, str) or operator not in OPERATORS[kind]:
        raise Unfit(
            f"{FIELDS[name].label} cannot be compared by “{formats.markdown(str(operator)[:20])}”"
        )
    if kind == "number":
        number = float(value)
        if isinstance(value, bool) or not math.isfinite(number):
            raise ValueError(value)
        return Condition(name, operator, number)
    if kind == "name":
        if isinstance(value, str) or not all(isinstance(part, str) for part in value):
            raise ValueError(value)
        return Condition(name, operator, tuple(dict.fromkeys(value)))
    if kind == "flag":
        if not isinstance(value, bool):
            raise ValueError(value)
        return Condition(name, operator, value)
    if not isinstance(value, str):
        raise ValueError(value)
    if kind in ("date", "month"):
        day = date.fromisoformat(value)
        value = str(day.replace(day=1) if kind == "month" else day)
    return Condition(name, operator, value)


def write(built: Built) -> str:
    """Return a segment as text that `read` reads."""
    return json.dumps(built, ensure_ascii=False, separators=(",", ":"))


def check(built: Built, known: Known) -> None:
    """Check that an export knows everything that a segment names.

    Raises
    ------
    Unfit
        With the first that it does not.
    """
    for condition in (part for group in built for part in group):
        about = FIELDS[condition.field]
        if not about.is_past and not known.is_latest:
            raise Unfit(f"{about.label} is known at the run's own date alone")
        if condition.field.startswith(("order_chance", "expected_")) and not known.has_outlook:
            raise Unfit("this export has no outlooks")
        if about.kind == "name":
            for name in condition.value:
                if name not in known.names(condition.field):
                    raise Unfit(
                        f"this export has no {about.label.lower()} “{formats.markdown(name)}”"
                    )
        if about.kind == "product" and known.product(condition.value) is None:
            raise Unfit(f"this export has no product “{formats.markdown(condition.value)}”")


def alternatives(built: Built, known: Known) -> str | None:
    """Return a segment as the parameter of ``built_customers``; None for everyone.

    Raises
    ------
    Unfit
        Where the export does not know what it names.
    """
    check(built, known)
    return json.dumps([_alternative(group, known) for group in built]) if built else None


def _alternative(group: tuple[Condition, ...], known: Known) -> dict[str, Any]:
    least: dict[str, float] = {}
    under: dict[str, float] = {}
    found: dict[str, Any] = {"least": least, "under": under}
    segments = set(known.personas)

    def at_least(name: str, value: float) -> None:
        least[name] = max(value, least.get(name, -math.inf))

    def below(name: str, value: float) -> None:
        under[name] = min(value, under.get(name, math.inf))

    for name, operator, value in group:
        kind = FIELDS[name].kind
        if kind == "number" and operator == ">=":
            at_least(name, value)
        elif kind == "number":
            below(name, value if operator == "<" else math.nextafter(value, math.inf))
        elif name == "last_order":
            # Whoever ordered last on that day did so this many days ago.
            days = (known.day - date.fromisoformat(value)).days
            (below if operator == ">=" else at_least)("recency_days", days + 1)
        elif name == "first_order":
            side, better = ("first_from", max) if operator == ">=" else ("first_before", min)
            found[side] = better(value, found.get(side, value))
        elif name in ("persona", "life_cycle"):
            chosen = {
                persona
                for persona in known.personas
                if (persona if name == "persona" else known.life_cycles[persona]) in value
            }
            segments &= chosen if operator == "=" else set(known.personas) - chosen
        elif name == "country" and operator == "=":
            among = found.get("countries", value)
            found["countries"] = [country for country in value if country in among]
        elif name == "country":
            found["other_countries"] = [*found.get("other_countries", ()), *value]
        elif name == "is_outlier":
            found["is_outlier"] = value
        else:
            sides = {"product": ("bought", "not_bought"), "month": ("ordered", "not_ordered")}
            found.setdefault(sides[kind][operator == "!="], []).append(value)
    if segments != set(known.personas):
        found["segments"] = sorted(known.personas[persona] for persona in segments)
    return found
