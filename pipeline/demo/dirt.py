"""The noise in the lines of a real shop: returns, guests, fees, write-offs, slips."""

import numpy as np

from pipeline.demo.behaviours import BEHAVIOURS, DAYS
from pipeline.demo.catalogue import FEES, LOSSES, PRODUCT_COUNT, Catalogue
from pipeline.demo.drawn import Invoices
from pipeline.demo.orders import fill_lines, minute_of_day

__all__ = ["add_noise"]


def add_noise(
    rng: np.random.Generator,
    drawn: Invoices,
    catalogue: Catalogue,
    count: dict[str, int],
    country: np.ndarray,
) -> None:
    """Add what is not a plain sale.

    Parameters
    ----------
    rng : Generator
    drawn : Invoices
        The plain sales; gets the further invoices and lines.
    catalogue : Catalogue
    count : dict of str to int
        Lines to add of each kind: ``cancelled`` (at most the lines sold more than two days before
        the period ends), ``stray_cancelled``, ``guests``, ``postage``, ``fees`` and ``losses``.
        Bad debt and the slip of the hand always add three and two.
    country : ndarray of int, one a customer
        Place in ``COUNTRIES``, as ``sell`` returns it.
    """
    invoice, item, text = (drawn.lines(name) for name in ("invoice", "item", "text"))
    units, pence = drawn.lines("units"), drawn.lines("pence")
    minute, customer = drawn.invoices("minute"), drawn.invoices("customer")
    abroad = drawn.invoices("country")
    end = DAYS * 1440 - 240

    # Returns of lines that were sold: all of the units or a part of them. A
    # purchase of the last two days has not come back yet.
    open_lines = np.flatnonzero(minute[invoice] < end - 2 * 1440)
    sent_back = rng.choice(open_lines, count["cancelled"], replace=False)
    back_units = np.where(
        rng.random(len(sent_back)) < 0.6,
        units[sent_back],
        np.ceil(units[sent_back] * rng.random(len(sent_back))),
    )
    of = invoice[sent_back]
    later = np.minimum(minute[of] + rng.integers(20, 25 * 1440, len(of)), end)
    places = drawn.add(later, 1, customer[of], abroad[of])
    drawn.line(places, item[sent_back], text[sent_back], -back_units, pence[sent_back])

    # Cancellations of what was bought before the period, some by customers
    # who bought nothing since.
    many = count["stray_cancelled"]
    who = rng.integers(0, len(country), many)
    absent = len(country) + np.arange(many // 3)
    who[: len(absent)] = absent
    home = np.where(who < len(country), country[np.minimum(who, len(country) - 1)], 0)
    places = drawn.add(rng.integers(480, 40 * 1440, many), 1, who, home)
    what = rng.integers(0, PRODUCT_COUNT, many)
    drawn.line(places, what, what, -rng.integers(1, 13, many), catalogue.pence[what])

    # Baskets of guests, who leave no id.
    left = count["guests"]
    size = 1 + rng.poisson(5, left)
    before = np.cumsum(size) - size
    size = np.minimum(size[before < left], left - before[before < left])
    day = rng.integers(0, DAYS, len(size))
    places = drawn.add(day * 1440 + minute_of_day(rng, len(size)), 0, -1, 0)
    kind = np.full(left, next(i for i, one in enumerate(BEHAVIOURS) if one.name == "occasional"))
    fill_lines(rng, drawn, catalogue, np.repeat(places, size), kind)

    # Postage on orders that go abroad (or, where hardly any do, on others).
    far = np.flatnonzero(abroad > 0)
    far = far if len(far) else np.arange(len(abroad))
    drawn.line(
        rng.choice(far, count["postage"]),
        catalogue.postage,
        catalogue.postage,
        rng.integers(1, 4, count["postage"]),
        rng.choice([1800, 2800, 4000], count["postage"]),
    )

    # Fees and manual entries, each on its own, half of them without a customer.
    many = count["fees"]
    fee = np.arange(many) % len(FEES)
    sign = np.array([one[2] for one in FEES])[fee]
    who = np.where(rng.random(many) < 0.5, rng.integers(0, len(country), many), -1)
    places = drawn.add(
        rng.integers(0, DAYS, many) * 1440 + minute_of_day(rng, many),
        np.where(sign < 0, 1, 0),
        who,
        np.where(who >= 0, country[who], 0),
    )
    fee = fee + catalogue.first_fee
    drawn.line(places, fee, fee, sign, rng.integers(100, 20_000, many))

    # Stock written off: negative units at no price, by nobody.
    many = count["losses"]
    places = drawn.add(rng.integers(0, DAYS, many) * 1440 + 600, 0, -1, 0)
    lost = rng.integers(0, PRODUCT_COUNT, many)
    why = catalogue.first_loss + rng.integers(0, len(LOSSES), many)
    drawn.line(places, lost, why, -rng.integers(1, 200, many), 0)

    # Bad debt: one booking and two reversals.
    places = drawn.add(250 * 1440 + 840 + np.arange(3), 2, -1, 0)
    drawn.line(
        places, catalogue.debt, catalogue.debt, 1, np.array([11062_06, -11062_06, -11062_06])
    )

    # A slip of the hand: an order of 74,000 units, cancelled within minutes.
    begin = 60 * 1440 + 600
    places = drawn.add([begin, begin + 14], [0, 1], 0, country[0])
    drawn.line(places, 0, 0, np.array([74_000, -74_000]), catalogue.pence[0])
