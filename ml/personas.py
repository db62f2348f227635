"""Name segments: personas are data, and a name never contradicts the segment's numbers.

``seeds/personas.csv`` gives each persona a box of positions in which its name is true, and an
ideal position in that box. Segments get different personas so that the sum of distances to the
ideals is least. A position is the mean rank of the segment's customers in the population, from
0 to 1: 1 is the most recent, the most orders, the most money, the longest acquaintance; equal
values share the middle of their ranks.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.errors import InputError
from pipeline.paths import project_root

__all__ = ["POSITIONS", "Persona", "assign_personas", "load_personas", "segment_positions"]

POSITIONS = ("recency", "frequency", "monetary", "tenure")
_IDEALS = POSITIONS[:3]
# Using a persona once more costs more than any distance, so that it happens only where no
# other name would be true.
_AGAIN = 10.0
_FALSE = 1e6


@dataclass(frozen=True)
class Persona:
    """A row of the seed.

    Attributes
    ----------
    name, icon, description, action : str
    minimum_probability : float
        Customers surer than this to belong are activated (0 to 1).
    reluctance : float
        Added to the distance: 0 for a telling name, 1 for one that is nearly always true.
    low, high : tuple of float
        Box of positions (recency, frequency, monetary, tenure) in which the name is true.
    ideal : tuple of float
        Position (recency, frequency, monetary) that the name fits best.
    """

    name: str
    icon: str
    description: str
    action: str
    minimum_probability: float
    reluctance: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    ideal: tuple[float, ...]

    def is_true_of(self, position: np.ndarray) -> bool:
        """Say whether a segment at this position may bear the name."""
        return bool(
            np.all(position >= np.array(self.low)) and np.all(position <= np.array(self.high))
        )


def load_personas(path: Path | None = None) -> list[Persona]:
    """Read the personas.

    Parameters
    ----------
    path : Path, optional
        The project's seed when left out.

    Raises
    ------
    InputError
        If a column is missing, a number is out of range or a name appears twice; one line.
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
    return found


def _persona(row: dict[str, str]) -> Persona:
    numbers = {
        name: float(row[name])
        for name in (
            "minimum_probability",
            *(f"{p}_{end}" for p in POSITIONS for end in ("low", "high")),
            *(f"{p}_ideal" for p in _IDEALS),
        )
    }
    for name, value in numbers.items():
        if not 0 <= value <= 1:
            raise ValueError(f"{name} is {value:g}, expected 0 to 1")
    for text in ("persona", "icon", "description", "recommended_action"):
        if not row[text].strip():
            raise ValueError(f"{text} is empty")
    return Persona(
        name=row["persona"],
        icon=row["icon"],
        description=row["description"],
        action=row["recommended_action"],
        minimum_probability=numbers["minimum_probability"],
        reluctance=float(row["reluctance"]),
        low=tuple(numbers[f"{p}_low"] for p in POSITIONS),
        high=tuple(numbers[f"{p}_high"] for p in POSITIONS),
        ideal=tuple(numbers[f"{p}_ideal"] for p in _IDEALS),
    )


def segment_positions(
    labels: np.ndarray, k: int, recency_days, frequency, monetary, tenure_days
) -> np.ndarray:
    """Measure where each segment stands in the population.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        From 0 to k - 1.
    k : int
    recency_days, frequency, monetary, tenure_days : array-like of shape (n,)

    Returns
    -------
    ndarray of shape (k, 4)
        Mean ranks from 0 to 1 in the order of `POSITIONS`; 0.5 for an empty segment.
    """
    ranks = np.column_stack(
        [
            1.0 - _middle_ranks(recency_days),
            _middle_ranks(frequency),
            _middle_ranks(monetary),
            _middle_ranks(tenure_days),
        ]
    )
    sizes = np.bincount(labels, minlength=k)
    sums = np.column_stack([np.bincount(labels, column, minlength=k) for column in ranks.T])
    return np.where(sizes[:, None] > 0, sums / np.maximum(sizes, 1)[:, None], 0.5)


def _middle_ranks(values) -> np.ndarray:
    """Rank values from 0 to 1, equal values at the middle of their ranks."""
    codes, counts = np.unique(np.asarray(values, dtype=float), return_inverse=True)[1], None
    counts = np.bincount(codes)
    below = np.concatenate([[0], np.cumsum(counts)[:-1]])
    return ((below + counts / 2.0) / len(codes))[codes]


def assign_personas(
    positions: np.ndarray, personas: list[Persona]
) -> tuple[list[str], list[Persona]]:
    """Give each segment a name of its own that is true of it.

    Where more segments look alike than there are true names, a persona is used again and the
    segments that share it are told apart by the measure in which they differ most, for example
    ``Hibernating (higher spend)``.

    Parameters
    ----------
    positions : ndarray of shape (k, 4)
        From `segment_positions`, segments in the order of their ids.
    personas : list of Persona

    Returns
    -------
    names : list of str
        Distinct.
    personas : list of Persona
        What each name is based on.

    Raises
    ------
    InputError
        If no persona is true of a segment.
    """
    k = len(positions)
    costs = np.full((k, len(personas)), _FALSE)
    for i, position in enumerate(positions):
        for j, persona in enumerate(personas):
            if persona.is_true_of(position):
                gap = position[:3] - np.array(persona.ideal)
                costs[i, j] = float(np.sqrt(gap @ gap)) + persona.reluctance
        if costs[i].min() >= _FALSE:
            raise InputError(
                f"seeds/personas.csv has no persona for a segment at recency {position[0]:.2f}, "
                f"frequency {position[1]:.2f}, monetary {position[2]:.2f}, tenure "
                f"{position[3]:.2f}; add one whose box holds it"
            )
    repeated = np.hstack([costs + _AGAIN * times for times in range(k)])
    columns = cheapest_assignment(repeated) % len(personas)
    chosen = [personas[j] for j in columns]
    names = [persona.name for persona in chosen]
    for persona in personas:
        sharing = [i for i in range(k) if chosen[i] is persona]
        if len(sharing) > 1:
            for i, words in zip(sharing, _told_apart(positions[sharing]), strict=True):
                names[i] = f"{persona.name} ({words})"
    return names, chosen


def _told_apart(positions: np.ndarray) -> list[str]:
    """Tell segments of one persona apart by the measure in which they differ most."""
    measure = int(np.argmax(np.ptp(positions[:, :3], axis=0)))
    order = np.argsort(-positions[:, measure], kind="stable")
    words = ("recency", "order count", "spend")[measure]
    if len(positions) == 2:
        ends = (
            ("more recent", "less recent"),
            ("more orders", "fewer orders"),
            ("higher spend", "lower spend"),
        )[measure]
        return [ends[int(np.flatnonzero(order == i)[0])] for i in range(2)]
    return [
        f"{int(np.flatnonzero(order == i)[0]) + 1} of {len(positions)} by {words}"
        for i in range(len(positions))
    ]


def cheapest_assignment(costs: np.ndarray) -> np.ndarray:
    """Give each row a column of its own so that the sum of costs is least.

    The Hungarian method with potentials (Kuhn 1955, Munkres 1957), one shortest augmenting path
    a row.

    Parameters
    ----------
    costs : ndarray of shape (n, m)
        With m at least n.

    Returns
    -------
    ndarray of int, shape (n,)
        Column of each row; the same for the same costs.
    """
    n, m = costs.shape
    row_potential = np.zeros(n)
    column_potential = np.zeros(m)
    row_of = np.full(m, -1)
    for start in range(n):
        # Shortest path over reduced costs from this row to a column that is free.
        distance = np.full(m, np.inf)
        came_from = np.full(m, -1)
        done = np.zeros(m, dtype=bool)
        row, column, length = start, -1, 0.0
        while True:
            reduced = length + costs[row] - row_potential[row] - column_potential
            better = ~done & (reduced < distance)
            distance[better] = reduced[better]
            came_from[better] = column
            column = int(np.argmin(np.where(done, np.inf, distance)))
            length = distance[column]
            done[column] = True
            if row_of[column] < 0:
                break
            row = row_of[column]
        row_potential[start] += length
        for j in np.flatnonzero(done):
            if j != column and row_of[j] >= 0:
                row_potential[row_of[j]] += length - distance[j]
            column_potential[j] -= length - distance[j]
        while column >= 0:
            previous = came_from[column]
            row_of[column] = start if previous < 0 else row_of[previous]
            column = previous
    columns = np.empty(n, dtype=int)
    for j in np.flatnonzero(row_of >= 0):
        columns[row_of[j]] = j
    return columns
