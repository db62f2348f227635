"""Read the personas from ``seeds/personas.csv``, and refuse what no persona can be."""

from __future__ import annotations

import csv
from pathlib import Path

from ml.personas import CONDITIONS, LIFE_CYCLES, POSITIONS, Persona
from pipeline.core.errors import InputError
from pipeline.core.paths import project_root

__all__ = ["load_personas"]


def load_personas(path: Path | None = None) -> list[Persona]:
    """Read the personas.

    Parameters
    ----------
    path : Path, optional
        The project's seed when left out.

    Returns
    -------
    list of Persona
        In the order of the rows, with names that differ; exactly one is of new customers.

    Raises
    ------
    InputError
        If a column is missing, a value is out of range, a name appears twice, or not exactly one
        persona is of new customers; one line.
    """
    path = path or project_root() / "seeds" / "personas.csv"
    found = []
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                found.append(_persona(row))
            except (KeyError, TypeError, ValueError) as error:
                raise InputError(
                    f"{path}, line {number}: {error}; ml/README.md explains the columns"
                ) from error
    names = [persona.name for persona in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or not found:
        raise InputError(f"{path}: {'persona ' + twice[0] + ' twice' if twice else 'no personas'}")
    new = [persona.name for persona in found if persona.life_cycle == "new"]
    if len(new) != 1:
        raise InputError(
            f"{path}: {len(new)} personas with life_cycle new, expected exactly one: it names the "
            "customers whose first order is recent"
        )
    return found


def _persona(row: dict[str, str]) -> Persona:
    shares = {
        name: float(row[name])
        for name in (
            "minimum_probability",
            *(f"{measure}_{end}" for measure in CONDITIONS[3:] for end in ("low", "high")),
            *(f"{position}_ideal" for position in POSITIONS),
        )
    }
    for name, value in shares.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value:g}, expected 0 to 1")
    for text in ("persona", "icon", "description", "recommended_action"):
        if not row[text].strip():
            raise ValueError(f"{text} is empty")
    if row["life_cycle"] not in LIFE_CYCLES:
        raise ValueError(
            f"life_cycle is {row['life_cycle']!r}, expected one of {', '.join(LIFE_CYCLES)}"
        )
    low = [float(row[f"{measure}_low"]) for measure in CONDITIONS]
    high = [float(row[f"{measure}_high"]) for measure in CONDITIONS]
    for measure, lower, upper in zip(CONDITIONS, low, high, strict=True):
        if not 0 <= lower <= upper:
            raise ValueError(f"{measure} goes from {lower:g} to {upper:g}, expected 0 or more")
    return Persona(
        name=row["persona"],
        icon=row["icon"],
        life_cycle=row["life_cycle"],
        description=row["description"],
        action=row["recommended_action"],
        minimum_probability=shares["minimum_probability"],
        penalty=float(row["penalty"]),
        low=tuple(low),
        high=tuple(high),
        ideal=tuple(shares[f"{position}_ideal"] for position in POSITIONS),
    )
