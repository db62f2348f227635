"""Draw customers, the days they order on, and what is in their baskets."""

import numpy as np

from pipeline.demo.behaviours import BEHAVIOURS, COUNTRIES, DAYS, FIRST_DAY
from pipeline.demo.catalogue import PRODUCT_COUNT, Catalogue
from pipeline.demo.drawn import Invoices

__all__ = ["fill_lines", "minute_of_day", "sell"]

_UNITS = np.array([1, 2, 3, 4, 6, 8, 10, 12, 24])
_UNIT_ODDS = np.array([0.28, 0.2, 0.1, 0.1, 0.12, 0.05, 0.03, 0.1, 0.02])


def sell(
    rng: np.random.Generator,
    basket_rng: np.random.Generator,
    drawn: Invoices,
    catalogue: Catalogue,
    sold: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw customers until their orders hold exactly ``sold`` lines.

    Parameters
    ----------
    rng : Generator
        Draws customers, the times of their orders and how many lines each order has.
    basket_rng : Generator
        Draws what the lines hold: products, units, prices and texts.
    drawn : Invoices
        Gets the invoices, without prefix, and their lines.
    catalogue : Catalogue
    sold : int
        Lines to draw, at least 1; the last order is cut short where it would exceed them.

    Returns
    -------
    behaviour, country : ndarray of int, one a customer
        Places in ``BEHAVIOURS`` and ``COUNTRIES``; every customer has at least one order.
    """
    total, offset = 0, 0
    behaviours, countries = [], []
    while total < sold:
        # About 24 lines a customer; rather too few, the loop adds what lacks.
        count = max(50, int((sold - total) / 26))
        behaviour = rng.choice(len(BEHAVIOURS), count, p=[kind.share for kind in BEHAVIOURS])
        country = rng.choice(len(COUNTRIES), count, p=_shares())
        customer, day = _order_days(rng, behaviour)
        basket = np.array([kind.basket for kind in BEHAVIOURS])[behaviour[customer]]
        size = 1 + rng.poisson(rng.gamma(2.0, (basket - 1) / 2.0))
        before = np.cumsum(size) - size
        kept = before < sold - total
        customer, day, size, before = customer[kept], day[kept], size[kept], before[kept]
        size = np.minimum(size, sold - total - before)
        total += int(size.sum())
        met = int(customer[-1]) + 1
        behaviours.append(behaviour[:met])
        countries.append(country[:met])
        minute = day * 1440 + minute_of_day(rng, len(day))
        places = drawn.add(minute, 0, customer + offset, country[customer])
        fill_lines(
            basket_rng, drawn, catalogue, np.repeat(places, size), behaviour[customer].repeat(size)
        )
        offset += met
    return np.concatenate(behaviours), np.concatenate(countries)


def _shares() -> np.ndarray:
    shares = np.array([share for _, share in COUNTRIES])
    return shares / shares.sum()


def _order_days(rng: np.random.Generator, behaviour: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw the days on which each customer orders.

    Returns
    -------
    customer, day : ndarray of int, one an order
        Sorted by customer, then by day; every customer orders at least once.
    """
    count = len(behaviour)

    def of(name: str) -> np.ndarray:
        return np.array([getattr(kind, name) for kind in BEHAVIOURS])[behaviour]

    low, high = of("start").T
    begin = (low + (high - low) * rng.random(count)) * DAYS
    low, high = of("end").T
    end = (low + (high - low) * rng.random(count)) * DAYS
    gap = of("gap_days") * np.exp(rng.normal(0, of("spread")))
    shape = of("regularity")
    most = of("most_orders")
    moment = begin
    alive = np.arange(count)
    customers, days = [], []
    for order in range(int(most.max())):
        # Fewer orders in summer, more before Christmas; the first always comes.
        day_now = moment[alive]
        season = 0.82 + 0.18 * np.cos(2 * np.pi * (day_now - 10) / 365.25)
        comes = (rng.random(len(alive)) < season) | (order == 0)
        customers.append(alive[comes])
        days.append(day_now[comes])
        step = rng.gamma(shape[alive], gap[alive] / shape[alive])
        moment[alive] += np.maximum(step, 0.3)
        alive = alive[(moment[alive] < end[alive]) & (order + 1 < most[alive])]
        if not len(alive):
            break
    customer, moment = np.concatenate(customers), np.concatenate(days)
    day = np.clip(moment.astype(np.int64), 0, DAYS - 1)
    # Nobody works on Saturdays; what comes then is booked on Sunday.
    weekday = (day + FIRST_DAY.weekday()) % 7
    day = np.where(weekday == 5, np.where(day + 1 < DAYS, day + 1, day - 1), day)
    sorted_by = np.lexsort((day, customer))
    return customer[sorted_by], day[sorted_by]


def minute_of_day(rng: np.random.Generator, count: int) -> np.ndarray:
    """Draw times of day in minutes, most of them around noon.

    Returns
    -------
    ndarray of int, shape (count,)
        Minutes since midnight, 420 to 1200.
    """
    hour = np.clip(rng.normal(12.8, 2.4, count), 7, 20)
    return (hour * 60).astype(np.int64)


def fill_lines(
    rng: np.random.Generator,
    drawn: Invoices,
    catalogue: Catalogue,
    invoice: np.ndarray,
    behaviour: np.ndarray,
) -> None:
    """Draw a product, units and a price for each line, and add the lines to their invoices.

    Parameters
    ----------
    rng : Generator
    drawn : Invoices
        Gets the lines.
    catalogue : Catalogue
        Prices in hundredths, and how likely each behaviour is to take each product.
    invoice : ndarray of int, shape (m,)
        Place of each line's invoice, as ``Invoices.add`` returns it.
    behaviour : ndarray of int, shape (m,)
        Place in ``BEHAVIOURS`` of each line's customer.
    """
    count = len(invoice)
    pick = rng.random(count)
    item = np.empty(count, np.int64)
    for kind in range(len(BEHAVIOURS)):
        mine = behaviour == kind
        item[mine] = np.searchsorted(catalogue.odds[kind], pick[mine])
    item = np.minimum(item, PRODUCT_COUNT - 1)
    factor = np.array([kind.units for kind in BEHAVIOURS])[behaviour]
    units = rng.choice(_UNITS, count, p=_UNIT_ODDS / _UNIT_ODDS.sum())
    units = np.maximum(1, np.round(units * factor * np.exp(rng.normal(0, 0.25, count))))
    pence = catalogue.pence[item]
    # Large amounts at a tenth off, as price lists have it.
    pence = np.where(units >= 72, np.maximum(1, pence * 9 // 10), pence)
    # Now and then something is given away.
    pence = np.where(rng.random(count) < 0.003, 0, pence)
    text = np.where(rng.random(count) < 0.1, catalogue.second_text[item], item)
    drawn.line(invoice, item, text, units, pence)
