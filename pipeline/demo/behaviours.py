"""What the customers of the made-up shop are like, and when they are."""

import datetime
from dataclasses import dataclass

__all__ = ["BEHAVIOURS", "COUNTRIES", "DAYS", "FIRST_DAY", "LAST_DAY", "Behaviour"]

FIRST_DAY = datetime.date(2023, 11, 20)
LAST_DAY = datetime.date(2024, 12, 20)
DAYS = (LAST_DAY - FIRST_DAY).days + 1


@dataclass(frozen=True)
class Behaviour:
    """How one kind of customer buys.

    Attributes
    ----------
    name : str
        Its label.
    share : float
        Of customers, 0 to 1.
    gap_days : float
        Mean days between orders while active.
    regularity : float
        Shape of the gaps' gamma distribution: 1 is random, above is steadier.
    spread : float
        Standard deviation, over customers, of the log of their own mean gap.
    basket : float
        Mean lines of an order.
    units : float
        Factor on the units of a line.
    start, end : tuple of float
        Range of the first and the last active day, as shares of the period.
        An end below the start means orders never stop.
    most_orders : int
        Orders at most.
    """

    name: str
    share: float
    gap_days: float
    regularity: float
    spread: float
    basket: float
    units: float
    start: tuple[float, float]
    end: tuple[float, float]
    most_orders: int


BEHAVIOURS = (
    Behaviour("champion", 0.08, 13, 2.0, 0.25, 5.5, 1.4, (0.00, 0.12), (1.0, 1.0), 200),
    Behaviour("regular", 0.20, 40, 3.0, 0.25, 5.0, 1.0, (0.00, 0.20), (1.0, 1.0), 60),
    Behaviour("new", 0.15, 30, 1.0, 0.30, 3.5, 0.8, (0.88, 0.99), (1.0, 1.0), 2),
    Behaviour("seasonal_gift", 0.20, 9, 1.0, 0.20, 4.5, 0.8, (0.00, 0.08), (0.08, 0.10), 2),
    Behaviour("lapsed", 0.18, 26, 2.0, 0.30, 5.0, 1.1, (0.00, 0.10), (0.40, 0.62), 60),
    Behaviour("wholesale", 0.03, 45, 2.0, 0.35, 10.0, 14.0, (0.00, 0.30), (1.0, 1.0), 20),
    Behaviour("occasional", 0.16, 110, 3.0, 0.30, 3.0, 0.8, (0.30, 0.75), (1.0, 1.0), 3),
)
"""The behaviours, with shares that sum to 1."""

COUNTRIES = (
    ("United Kingdom", 0.86),
    ("Germany", 0.035),
    ("France", 0.033),
    ("EIRE", 0.02),
    ("Spain", 0.012),
    ("Netherlands", 0.01),
    ("Belgium", 0.009),
    ("Switzerland", 0.008),
    ("Portugal", 0.006),
    ("Österreich", 0.004),
    ("Unspecified", 0.003),
)
