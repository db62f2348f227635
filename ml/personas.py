"""Name segments: personas are data, and a name holds for the customers that bear it.

``seeds/personas.csv`` gives each persona conditions on a customer's measures, and an ideal
position. A segment may bear a name only where at least a stated share of its customers
(`name_share`, 80%) meet every condition of it; one with a condition on the chance to order only
where the segments look ahead. Of the names that may be given, segments get different ones so that
the sum of distances to the ideals is least. New customers are a segment of their own by rule
(`ml.pace`), before names are given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linear_sum_assignment
from scipy.stats import rankdata

from ml.pace import Pace, recency_ratio
from pipeline.core.errors import InputError

__all__ = [
    "CONDITIONS",
    "LIFE_CYCLES",
    "POSITIONS",
    "Members",
    "Persona",
    "assign_personas",
    "measure_members",
    "new_customer_persona",
]

LIFE_CYCLES = ("new", "active", "slipping", "gone", "mixed")
POSITIONS = ("presence", "frequency", "monetary")
"""What an ideal is a position in, in the order of the columns of `Members.positions`."""

CONDITIONS = ("recency_ratio", "recency_days", "orders", "frequency", "monetary", "order_chance")
"""The measures of conditions, in the order of the columns of `Members.measures`."""

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
    life_cycle : str
        One of `LIFE_CYCLES`. Exactly one persona is ``new``: it is given by rule.
    minimum_probability : float
        Customers with at least this confidence are activated (0 to 1).
    penalty : float
        Added to the distance: 0 for a telling name, more for one that is nearly always true.
    low, high : tuple of float
        Bounds of recency_ratio (times the usual days between orders), recency_days, orders, and
        the position (0 to 1) of frequency and of monetary, and the chance to order, within which
        the name is true of a customer.
    ideal : tuple of float
        Position (presence, frequency, monetary; 0 to 1) that the name fits best.
    """

    name: str
    icon: str
    life_cycle: str
    description: str
    action: str
    minimum_probability: float
    penalty: float
    low: tuple[float, ...]
    high: tuple[float, ...]
    ideal: tuple[float, ...]

    @property
    def looks_ahead(self) -> bool:
        """Whether the name says something of the chance to order."""
        return self.low[-1] > 0 or self.high[-1] < 1

    def holds_for(self, members: Members) -> np.ndarray:
        """Say of which customers the name is true. Shape (n,), bool."""
        known = members.measures.shape[1]
        within = (members.measures >= np.array(self.low[:known])) & (
            members.measures <= np.array(self.high[:known])
        )
        return np.all(within, axis=1)


@dataclass(frozen=True)
class Members:
    """What names are judged by, of each customer.

    Attributes
    ----------
    measures : ndarray of shape (n, 5) or (n, 6)
        recency_ratio, recency_days, orders, positions of frequency and monetary, and the chance
        to order where the segments look ahead.
    positions : ndarray of shape (n, 3)
        presence, frequency and monetary, from 0 to 1, higher is better. Presence is 1 for who
        ordered today, 0.5 for who ordered as long ago as usual lies between two orders.
    """

    measures: np.ndarray
    positions: np.ndarray

    @property
    def look_ahead(self) -> bool:
        """Whether the chance to order is among the measures."""
        return self.measures.shape[1] == len(CONDITIONS)

    def of(self, chosen: np.ndarray) -> Members:
        """Return some of the customers."""
        return Members(self.measures[chosen], self.positions[chosen])


def measure_members(
    recency_days: ArrayLike,
    frequency: ArrayLike,
    monetary: ArrayLike,
    tenure_days: ArrayLike,
    pace: Pace,
    chance: ArrayLike | None = None,
) -> Members:
    """Measure what names are judged by.

    Parameters
    ----------
    recency_days, frequency, monetary, tenure_days : array-like of shape (n,)
        All customers, since a position is a rank among them; equal values share the middle of
        their ranks.
    pace : Pace
    chance : array-like of shape (n,), optional
        Chance to order (0 to 1), where the segments look ahead.

    Returns
    -------
    Members
        In the order of the customers; with the chance to order where it is given.
    """
    ratio = recency_ratio(recency_days, frequency, tenure_days, pace)
    orders, money = (
        (rankdata(values) - 0.5) / len(ratio)
        for values in (np.asarray(frequency, dtype=float), np.asarray(monetary, dtype=float))
    )
    recency = np.asarray(recency_days, dtype=float)
    counts = np.asarray(frequency, dtype=float)
    ahead = [] if chance is None else [np.asarray(chance, dtype=float)]
    return Members(
        np.column_stack([ratio, recency, counts, orders, money, *ahead]),
        np.column_stack([1.0 / (1.0 + ratio), orders, money]),
    )


def new_customer_persona(personas: list[Persona]) -> Persona:
    """Return the persona that is given by rule."""
    return next(persona for persona in personas if persona.life_cycle == "new")


def assign_personas(
    labels: np.ndarray, k: int, members: Members, personas: list[Persona], share: float
) -> tuple[list[str], list[Persona]]:
    """Give each segment a name of its own that holds for its customers.

    Where more segments look alike than there are true names, a persona is used again and the
    segments that share it are told apart by the measure in which they differ most, for example
    ``Hibernating (higher spend)``.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        From 0 to k - 1, of customers who are not new.
    k : int
    members : Members
        The same customers.
    personas : list of Persona
    share : float
        Smallest share of a segment's customers that meet every condition of its name (0 to 1).

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
    given = [
        persona
        for persona in personas
        if persona.life_cycle != "new" and (members.look_ahead or not persona.looks_ahead)
    ]
    costs = np.full((k, len(given)), _FALSE)
    positions = np.full((k, len(POSITIONS)), 0.5)
    for i in range(k):
        mine = members.of(labels == i)
        if len(mine.positions):
            positions[i] = mine.positions.mean(axis=0)
        for j, persona in enumerate(given):
            holds = persona.holds_for(mine)
            if not len(holds) or holds.mean() >= share:
                gap = positions[i] - np.array(persona.ideal)
                costs[i, j] = float(np.sqrt(gap @ gap)) + persona.penalty
        if costs[i].min() >= _FALSE:
            raise InputError(
                f"seeds/personas.csv has no persona that holds for {share:.0%} of a segment's "
                f"customers (presence {positions[i, 0]:.2f}, frequency {positions[i, 1]:.2f}, "
                f"monetary {positions[i, 2]:.2f} on average); add one with wider conditions"
            )
    repeated = np.hstack([costs + _AGAIN * times for times in range(k)])
    chosen = [given[j % len(given)] for j in linear_sum_assignment(repeated)[1]]
    names = [persona.name for persona in chosen]
    for persona in given:
        sharing = [i for i in range(k) if chosen[i] is persona]
        if len(sharing) > 1:
            for i, words in zip(sharing, _distinctions(positions[sharing]), strict=True):
                names[i] = f"{persona.name} ({words})"
    return names, chosen


def _distinctions(positions: np.ndarray) -> list[str]:
    """Tell segments of one persona apart by the measure in which they differ most."""
    measure = int(np.argmax(np.ptp(positions, axis=0)))
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
