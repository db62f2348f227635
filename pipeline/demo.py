"""Made-up lines of a gift shop, in the layout of UCI Online Retail.

Customers are drawn from a handful of buying behaviours, whose names are kept
aside for tests, and their lines are then soiled as a real shop's are:
cancellations, guests, duplicates, postage and fees, prices of zero, stock
write-offs, ids like ``13085.0``, stray spaces and case, text beyond ASCII.
The same size and seed always give the same bytes.
"""

import datetime
import gzip
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputError

__all__ = ["BEHAVIOURS", "FIRST_DAY", "LAST_DAY", "demo_truth", "write_demo", "write_truth"]

FIRST_DAY = datetime.date(2023, 11, 20)
LAST_DAY = datetime.date(2024, 12, 20)
_DAYS = (LAST_DAY - FIRST_DAY).days + 1

HEADER = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
_FEWEST, _MOST = 200, 200_000_000
_FIRST_INVOICE, _FIRST_CUSTOMER = 500_000, 12_346
_CHUNK = 500_000


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

_COUNTRIES = (
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
_GROUPS = ("christmas", "kitchen", "garden", "lights", "stationery", "toys", "textiles", "party")
# Rows as BEHAVIOURS, columns as _GROUPS: how much each kind likes each group.
_TASTES = np.array(
    [
        [1.0, 2.0, 1.0, 1.5, 1.0, 1.0, 1.5, 1.0],
        [0.8, 1.5, 1.5, 1.0, 1.2, 0.8, 1.5, 0.6],
        [1.5, 1.0, 0.5, 1.8, 1.5, 1.2, 0.8, 1.0],
        [5.0, 0.6, 0.2, 1.5, 0.8, 2.0, 0.6, 1.2],
        [0.6, 1.2, 2.0, 1.0, 1.0, 0.8, 1.2, 1.2],
        [1.0, 1.0, 0.6, 1.0, 2.0, 0.6, 0.5, 3.0],
        [0.8, 0.9, 1.5, 0.8, 1.2, 1.8, 0.8, 1.5],
    ]
)
_ADJECTIVES = (
    *("VINTAGE", "RED", "WHITE", "BLUE", "RETROSPOT", "REGENCY", "RUSTIC", "SMALL", "LARGE"),
    *("SET/3", "PACK/12", "HANGING", "FOLDING", "IVORY", "PINK", "PAISLEY", "JUMBO", "MINI"),
    *("ANTIQUE", "ENAMEL", "WOODEN", "GLASS", "CREAM", "GINGHAM"),
)
_STYLES = (
    *("HEART", "STAR", "BIRD", "ROSE", "POLKADOT", "FAIRY", "STRIPE", "DAISY", "OWL"),
    *("CIRCUS", "SKULL", "BUTTERFLY"),
)
_THINGS = {
    "christmas": ("BAUBLE", "STOCKING", "WREATH", "TREE DECORATION", "ADVENT GARLAND"),
    "kitchen": ("MUG", "CAKE STAND", "CAFÉ CRÈME JUG", "JAM JAR", "TEA TOWEL, COTTON"),
    "garden": ("WATERING CAN", "PLANT POT", "BIRD HOUSE", "HERB MARKER", 'TROWEL 7" STEEL'),
    "lights": ("T-LIGHT HOLDER", "LANTERN", "CANDLE", "NIGHT LIGHT", "LAMPSHADE"),
    "stationery": ("NOTEBOOK", "GIFT WRAP", "CARD, HAND MADE", "PENCIL TIN", "STICKER SHEET"),
    "toys": ("JIGSAW", "SPINNING TOP", "DOLL", "PLAYING CARDS", "PIÑATA"),
    "textiles": ("CUSHION COVER", "LUNCH BAG", "APRON", "THROW", "SHOPPER"),
    "party": ("BUNTING", "PAPER CUPS", "NAPKINS", "BALLOONS", "£1 PARTY BAG"),
}
_PRODUCT_COUNT = 2400
# Code, description, whether a fee is charged or given.
_FEES = (
    ("M", "Manual", 1),
    ("DOT", "DOTCOM POSTAGE", 1),
    ("D", "Discount", -1),
    ("C2", "CARRIAGE", 1),
    ("BANK CHARGES", "Bank Charges", 1),
    ("AMAZONFEE", "AMAZON FEE", -1),
    ("S", "SAMPLES", -1),
)
_LOSSES = ("damages", "?", "thrown away", "check", "found", "mouldy, unsaleable", None)
_UNITS = np.array([1, 2, 3, 4, 6, 8, 10, 12, 24])
_UNIT_ODDS = np.array([0.28, 0.2, 0.1, 0.1, 0.12, 0.05, 0.03, 0.1, 0.02])


def write_demo(path: Path, lines: int = 100_000, seed: int = 7) -> Path:
    """Write a made-up shop's lines.

    Parameters
    ----------
    path : Path
        File to write; its ending chooses between ``.csv``, ``.csv.gz`` and
        ``.parquet`` (all columns text). An existing file is replaced whole.
    lines : int
        Lines after the header, 200 to 200,000,000. Customers grow with them,
        the period from ``FIRST_DAY`` to ``LAST_DAY`` does not.
    seed : int
        At least 0; another seed gives another shop of the same kind.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If size, seed or ending are not of these.
    """
    path = Path(path)
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise InputError(f"{path}: the demo is written as .csv, .csv.gz or .parquet")
    shop = _shop(lines, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    if name.endswith(".parquet"):
        with pq.ParquetWriter(beside, pa.schema([(column, pa.string()) for column in HEADER])) as w:
            for table in _tables(shop):
                w.write_table(table)
    else:
        with beside.open("wb") as raw:
            if name.endswith(".gz"):
                # No name and no time in the gzip header: equal bytes for equal lines.
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                    _write_csv(packed, shop)
            else:
                _write_csv(raw, shop)
    beside.replace(path)
    return path


def demo_truth(lines: int = 100_000, seed: int = 7) -> pd.DataFrame:
    """Return the behaviour each customer of a demo was drawn from.

    Parameters
    ----------
    lines, seed : int
        As given to ``write_demo``.

    Returns
    -------
    pandas.DataFrame
        ``customer_id`` (text, without ``.0``) and ``behaviour`` (a name of
        ``BEHAVIOURS``), one row for each customer with at least one order.
    """
    shop = _shop(lines, seed)
    names = np.array([kind.name for kind in BEHAVIOURS])
    numbers = np.arange(len(shop.behaviour)) + _FIRST_CUSTOMER
    return pd.DataFrame(
        {"customer_id": numbers.astype(str), "behaviour": names[shop.behaviour]}
    ).astype({"customer_id": "str", "behaviour": "str"})


def write_truth(path: Path, lines: int = 100_000, seed: int = 7) -> Path:
    """Write ``demo_truth`` as csv and return the file."""
    path = Path(path)
    demo_truth(lines, seed).to_csv(path, index=False)
    return path


@dataclass(frozen=True)
class _Shop:
    """Everything drawn, as columns.

    Attributes
    ----------
    behaviour : ndarray of int, one a customer
        Place in ``BEHAVIOURS``.
    minute, number, prefix, customer, country : ndarray, one an invoice
        Minutes since ``FIRST_DAY`` began; invoice number; place in
        ``_PREFIXES``; customer or -1; place in ``_COUNTRIES``.
    invoice, item, text, units, pence : ndarray, one a line
        Place of its invoice; place in ``codes``; place in ``texts``; signed
        units; price of one unit in hundredths.
    is_decimal, is_lower, is_padded : ndarray of bool, one a line
        Customer id with ``.0``; stock code in lower case; customer id and
        country with stray spaces and case.
    codes, texts : list
        Stock codes and descriptions.
    """

    behaviour: np.ndarray
    minute: np.ndarray
    number: np.ndarray
    prefix: np.ndarray
    customer: np.ndarray
    country: np.ndarray
    invoice: np.ndarray
    item: np.ndarray
    text: np.ndarray
    units: np.ndarray
    pence: np.ndarray
    is_decimal: np.ndarray
    is_lower: np.ndarray
    is_padded: np.ndarray
    codes: list[str]
    texts: list[str | None]


_PREFIXES = ("", "C", "A")


class _Invoices:
    """Invoices and lines as they are drawn, before they are put in order."""

    def __init__(self) -> None:
        self._invoices: dict[str, list[np.ndarray]] = {
            name: [] for name in ("minute", "prefix", "customer", "country")
        }
        self._lines: dict[str, list[np.ndarray]] = {
            name: [] for name in ("invoice", "item", "text", "units", "pence")
        }
        self._count = 0

    def add(self, minute, prefix, customer, country) -> np.ndarray:
        """Add invoices and return their places."""
        minute = np.atleast_1d(np.asarray(minute, np.int64))
        values = {"minute": minute, "prefix": prefix, "customer": customer, "country": country}
        for name, value in values.items():
            self._invoices[name].append(
                np.broadcast_to(np.asarray(value, np.int64), minute.shape).astype(np.int32)
            )
        places = np.arange(self._count, self._count + len(minute))
        self._count += len(minute)
        return places

    def line(self, invoice, item, text, units, pence) -> None:
        """Add lines to invoices."""
        invoice = np.atleast_1d(np.asarray(invoice, np.int64))
        values = {"invoice": invoice, "item": item, "text": text, "units": units, "pence": pence}
        for name, value in values.items():
            self._lines[name].append(
                np.broadcast_to(np.asarray(value, np.int64), invoice.shape).astype(np.int32)
            )

    def invoices(self, name: str) -> np.ndarray:
        """Return one column of the invoices."""
        return np.concatenate(self._invoices[name])

    def lines(self, name: str) -> np.ndarray:
        """Return one column of the lines."""
        return np.concatenate(self._lines[name])


@dataclass(frozen=True)
class _Catalogue:
    """What the shop sells: products first, then fees and the like."""

    codes: list[str]
    texts: list[str | None]
    pence: np.ndarray
    odds: np.ndarray
    second_text: np.ndarray
    postage: int
    debt: int
    first_fee: int
    first_loss: int


def _shop(lines: int, seed: int) -> _Shop:
    if not isinstance(lines, int) or not _FEWEST <= lines <= _MOST:
        raise InputError(f"demo lines {lines!r}: expected {_FEWEST:,} to {_MOST:,}")
    if not isinstance(seed, int) or seed < 0:
        raise InputError(f"demo seed {seed!r}: expected a whole number, 0 or above")
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(5)]
    catalogue = _catalogue(streams[0])
    count = {
        "duplicates": round(0.010 * lines),
        "cancelled": round(0.017 * lines),
        "stray_cancelled": max(3, round(0.0008 * lines)),
        "guests": round(0.150 * lines),
        "postage": round(0.004 * lines),
        "fees": max(len(_FEES), round(0.002 * lines)),
        "losses": max(3, round(0.0025 * lines)),
        "debt": 3,
        "mistake": 2,
    }
    sold = lines - sum(count.values())
    drawn = _Invoices()
    behaviour, country = _sell(streams[1], streams[2], drawn, catalogue, sold)
    _soil(streams[3], drawn, catalogue, count, country)
    return _in_order(streams[4], drawn, catalogue, count["duplicates"], behaviour)


def _catalogue(rng: np.random.Generator) -> _Catalogue:
    numbers = rng.choice(np.arange(10_000, 99_000), _PRODUCT_COUNT, replace=False)
    letters = rng.choice(["", "", "", "A", "B", "C", "S"], _PRODUCT_COUNT)
    group = rng.integers(0, len(_GROUPS), _PRODUCT_COUNT)
    words = rng.integers(0, 10_000, (3, _PRODUCT_COUNT))
    has_space = rng.random(_PRODUCT_COUNT) < 0.2
    texts: list[str | None] = []
    for at in range(_PRODUCT_COUNT):
        things = _THINGS[_GROUPS[group[at]]]
        text = " ".join(
            (
                _ADJECTIVES[words[0, at] % len(_ADJECTIVES)],
                _STYLES[words[1, at] % len(_STYLES)],
                things[words[2, at] % len(things)],
            )
        )
        texts.append(text + " " if has_space[at] else text)
    codes = [f"{number}{letter}" for number, letter in zip(numbers, letters, strict=True)]
    pence = np.clip(np.exp(rng.normal(5.3, 0.75, _PRODUCT_COUNT)), 19, 4995)
    pence = np.where(pence < 200, np.round(pence), np.round(pence / 5) * 5).astype(np.int64)
    popularity = 1 / np.arange(8, 8 + _PRODUCT_COUNT) ** 0.8
    odds = _TASTES[:, group] * rng.permutation(popularity)
    # One product in twenty is also sold under a carelessly typed name.
    second_text = np.arange(_PRODUCT_COUNT)
    for at in np.flatnonzero(rng.random(_PRODUCT_COUNT) < 0.05):
        second_text[at] = len(texts)
        texts.append(f"  {texts[at].lower()}")
    # A fee has one place for its code and its text; no code goes with the names
    # typed carelessly.
    codes += [""] * (len(texts) - len(codes))
    first_fee = len(codes)
    for code, text, _ in _FEES:
        codes.append(code)
        texts.append(text)
    postage = len(codes)
    codes.append("POST")
    texts.append("POSTAGE")
    debt = len(codes)
    codes.append("B")
    texts.append("Adjust bad debt")
    first_loss = len(texts)
    texts.extend(_LOSSES)
    return _Catalogue(
        codes=codes,
        texts=texts,
        pence=pence,
        odds=np.cumsum(odds, axis=1) / odds.sum(axis=1, keepdims=True),
        second_text=second_text,
        postage=postage,
        debt=debt,
        first_fee=first_fee,
        first_loss=first_loss,
    )


def _sell(
    rng: np.random.Generator,
    basket_rng: np.random.Generator,
    drawn: _Invoices,
    catalogue: _Catalogue,
    sold: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Draw customers until their orders hold exactly ``sold`` lines.

    Returns
    -------
    behaviour, country : ndarray of int, one a customer
    """
    total, offset = 0, 0
    behaviours, countries = [], []
    while total < sold:
        # About 24 lines a customer; rather too few, the loop adds what lacks.
        count = max(50, int((sold - total) / 26))
        behaviour = rng.choice(len(BEHAVIOURS), count, p=[kind.share for kind in BEHAVIOURS])
        country = rng.choice(len(_COUNTRIES), count, p=_shares())
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
        minute = day * 1440 + _minute_of_day(rng, len(day))
        places = drawn.add(minute, 0, customer + offset, country[customer])
        _fill(
            basket_rng, drawn, catalogue, np.repeat(places, size), behaviour[customer].repeat(size)
        )
        offset += met
    return np.concatenate(behaviours), np.concatenate(countries)


def _shares() -> np.ndarray:
    shares = np.array([share for _, share in _COUNTRIES])
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
    begin = (low + (high - low) * rng.random(count)) * _DAYS
    low, high = of("end").T
    end = (low + (high - low) * rng.random(count)) * _DAYS
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
    day = np.clip(moment.astype(np.int64), 0, _DAYS - 1)
    # Nobody works on Saturdays; what comes then is booked on Sunday.
    weekday = (day + FIRST_DAY.weekday()) % 7
    day = np.where(weekday == 5, np.where(day + 1 < _DAYS, day + 1, day - 1), day)
    order = np.lexsort((day, customer))
    return customer[order], day[order]


def _minute_of_day(rng: np.random.Generator, count: int) -> np.ndarray:
    hour = np.clip(rng.normal(12.8, 2.4, count), 7, 20)
    return (hour * 60).astype(np.int64)


def _fill(
    rng: np.random.Generator,
    drawn: _Invoices,
    catalogue: _Catalogue,
    invoice: np.ndarray,
    behaviour: np.ndarray,
) -> None:
    """Draw a product, units and a price for each line."""
    count = len(invoice)
    pick = rng.random(count)
    item = np.empty(count, np.int64)
    for kind in range(len(BEHAVIOURS)):
        mine = behaviour == kind
        item[mine] = np.searchsorted(catalogue.odds[kind], pick[mine])
    item = np.minimum(item, _PRODUCT_COUNT - 1)
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


def _soil(
    rng: np.random.Generator,
    drawn: _Invoices,
    catalogue: _Catalogue,
    count: dict[str, int],
    country: np.ndarray,
) -> None:
    """Add what is not a plain sale."""
    invoice, item, text = (drawn.lines(name) for name in ("invoice", "item", "text"))
    units, pence = drawn.lines("units"), drawn.lines("pence")
    minute, customer = drawn.invoices("minute"), drawn.invoices("customer")
    abroad = drawn.invoices("country")
    end = _DAYS * 1440 - 240

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
    what = rng.integers(0, _PRODUCT_COUNT, many)
    drawn.line(places, what, what, -rng.integers(1, 13, many), catalogue.pence[what])

    # Baskets of guests, who leave no id.
    left = count["guests"]
    size = 1 + rng.poisson(5, left)
    before = np.cumsum(size) - size
    size = np.minimum(size[before < left], left - before[before < left])
    day = rng.integers(0, _DAYS, len(size))
    places = drawn.add(day * 1440 + _minute_of_day(rng, len(size)), 0, -1, 0)
    kind = np.full(left, next(i for i, one in enumerate(BEHAVIOURS) if one.name == "occasional"))
    _fill(rng, drawn, catalogue, np.repeat(places, size), kind)

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
    fee = np.arange(many) % len(_FEES)
    sign = np.array([one[2] for one in _FEES])[fee]
    who = np.where(rng.random(many) < 0.5, rng.integers(0, len(country), many), -1)
    places = drawn.add(
        rng.integers(0, _DAYS, many) * 1440 + _minute_of_day(rng, many),
        np.where(sign < 0, 1, 0),
        who,
        np.where(who >= 0, country[who], 0),
    )
    fee = fee + catalogue.first_fee
    drawn.line(places, fee, fee, sign, rng.integers(100, 20_000, many))

    # Stock written off: negative units at no price, by nobody.
    many = count["losses"]
    places = drawn.add(rng.integers(0, _DAYS, many) * 1440 + 600, 0, -1, 0)
    lost = rng.integers(0, _PRODUCT_COUNT, many)
    why = catalogue.first_loss + rng.integers(0, len(_LOSSES), many)
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


def _in_order(
    rng: np.random.Generator,
    drawn: _Invoices,
    catalogue: _Catalogue,
    duplicates: int,
    behaviour: np.ndarray,
) -> _Shop:
    """Give invoices numbers by time, repeat some lines, and sort lines by number."""
    minute = drawn.invoices("minute")
    by_time = np.argsort(minute, kind="stable")
    number = np.empty(len(minute), np.int64)
    number[by_time] = np.arange(len(minute)) + _FIRST_INVOICE
    invoice = drawn.lines("invoice")
    twice = rng.choice(len(invoice), duplicates, replace=False)
    every = np.concatenate([np.arange(len(invoice)), twice])
    every = every[np.argsort(number[invoice[every]], kind="stable")]
    # The same for a line and its repetition: a duplicate is exact.
    chance = rng.random((3, len(invoice)))[:, every]
    return _Shop(
        behaviour=behaviour,
        minute=minute,
        number=number,
        prefix=drawn.invoices("prefix"),
        customer=drawn.invoices("customer"),
        country=drawn.invoices("country"),
        invoice=invoice[every],
        item=drawn.lines("item")[every],
        text=drawn.lines("text")[every],
        units=drawn.lines("units")[every],
        pence=drawn.lines("pence")[every],
        is_decimal=chance[0] < 0.03,
        is_lower=chance[1] < 0.005,
        is_padded=chance[2] < 0.002,
        codes=catalogue.codes,
        texts=catalogue.texts,
    )


def _write_csv(file, shop: _Shop) -> None:
    file.write((",".join(HEADER) + "\n").encode())
    for table in _tables(shop, quoted=True):
        columns = [column.combine_chunks().fill_null("") for column in table.columns]
        columns[-1] = pc.binary_join_element_wise(columns[-1], "\n", "")
        rows = pc.binary_join_element_wise(*columns, ",")
        file.write(rows.buffers()[2])


def _tables(shop: _Shop, quoted: bool = False) -> Iterator[pa.Table]:
    """Yield the lines as text, in chunks.

    Parameters
    ----------
    shop : _Shop
        What was drawn.
    quoted : bool
        Put quotes around text that needs them in a csv file.
    """
    texts = [_quoted(text) if quoted and text else text for text in shop.texts]
    text_values = pa.array(texts, pa.string())
    codes = pa.array([*shop.codes, *(code.lower() for code in shop.codes)], pa.string())
    names = [name for name, _ in _COUNTRIES]
    countries = pa.array([*names, *(f" {name.lower()}" for name in names)], pa.string())
    prefixes = pa.array(_PREFIXES, pa.string())
    days = pa.array(
        [
            f"{day.month}/{day.day}/{day.year}"
            for day in (FIRST_DAY + datetime.timedelta(at) for at in range(_DAYS))
        ]
    )
    times = pa.array([f"{at // 60}:{at % 60:02d}" for at in range(1440)])
    prices, place = np.unique(shop.pence, return_inverse=True)
    price_values = pa.array([_price(pence) for pence in prices.tolist()])
    for begin in range(0, len(shop.invoice), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        of = shop.invoice[part]
        minute, customer = shop.minute[of], shop.customer[of]
        is_padded = shop.is_padded[part]
        ids = pa.array(customer.astype(np.int64) + _FIRST_CUSTOMER, mask=customer < 0)
        ids = ids.cast(pa.string())
        endings = np.where(shop.is_decimal[part], 1, np.where(is_padded, 2, 0))
        ids = pc.binary_join_element_wise(
            ids, pa.array(["", ".0", " "]).take(pa.array(endings)), ""
        )
        yield pa.table(
            [
                pc.binary_join_element_wise(
                    prefixes.take(pa.array(shop.prefix[of])),
                    pa.array(shop.number[of]).cast(pa.string()),
                    "",
                ),
                codes.take(pa.array(shop.item[part] + shop.is_lower[part] * len(shop.codes))),
                text_values.take(pa.array(shop.text[part])),
                pa.array(shop.units[part]).cast(pa.string()),
                pc.binary_join_element_wise(
                    days.take(pa.array(minute // 1440)), times.take(pa.array(minute % 1440)), " "
                ),
                price_values.take(pa.array(place[part])),
                ids,
                countries.take(pa.array(shop.country[of] + is_padded * len(names))),
            ],
            names=list(HEADER),
        )


def _quoted(text: str) -> str:
    if any(sign in text for sign in ',"\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _price(pence: int) -> str:
    """Write a price as spreadsheets do, without closing zeros."""
    text = f"{abs(pence) // 100}.{abs(pence) % 100:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if pence < 0 else text
