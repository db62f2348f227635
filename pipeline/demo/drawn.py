"""Invoices and lines of the made-up shop: as they are drawn, and in order."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pipeline.demo.catalogue import Catalogue

__all__ = ["FIRST_CUSTOMER", "PREFIXES", "Invoices", "Shop", "in_order"]

_FIRST_INVOICE, FIRST_CUSTOMER = 500_000, 12_346

PREFIXES = ("", "C", "A")


@dataclass(frozen=True)
class Shop:
    """Everything drawn, as columns.

    Attributes
    ----------
    behaviour : ndarray of int, one a customer
        Place in ``BEHAVIOURS``.
    minute, number, prefix, customer, country : ndarray, one an invoice
        Minutes since ``FIRST_DAY`` began; invoice number; place in
        ``PREFIXES``; customer or -1; place in ``COUNTRIES``.
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


class Invoices:
    """Invoices and lines as they are drawn, before they are put in order."""

    def __init__(self) -> None:
        self._invoices: dict[str, list[np.ndarray]] = {
            name: [] for name in ("minute", "prefix", "customer", "country")
        }
        self._lines: dict[str, list[np.ndarray]] = {
            name: [] for name in ("invoice", "item", "text", "units", "pence")
        }
        self._count = 0

    def add(
        self, minute: ArrayLike, prefix: ArrayLike, customer: ArrayLike, country: ArrayLike
    ) -> np.ndarray:
        """Add invoices.

        Parameters
        ----------
        minute : array-like of int, shape (n,)
            Minutes since ``FIRST_DAY`` began; a single number adds one invoice.
        prefix : array-like of int
            Place in ``PREFIXES``. This and the next two are one number for all, or of shape (n,).
        customer : array-like of int
            Number of the customer, from 0; -1 for a guest.
        country : array-like of int
            Place in ``COUNTRIES``.

        Returns
        -------
        ndarray of int, shape (n,)
            Places of the new invoices among all that were added, by which ``line`` names them.
        """
        minute = np.atleast_1d(np.asarray(minute, np.int64))
        values = {"minute": minute, "prefix": prefix, "customer": customer, "country": country}
        for name, value in values.items():
            self._invoices[name].append(
                np.broadcast_to(np.asarray(value, np.int64), minute.shape).astype(np.int32)
            )
        places = np.arange(self._count, self._count + len(minute))
        self._count += len(minute)
        return places

    def line(
        self,
        invoice: ArrayLike,
        item: ArrayLike,
        text: ArrayLike,
        units: ArrayLike,
        pence: ArrayLike,
    ) -> None:
        """Add lines to invoices.

        Parameters
        ----------
        invoice : array-like of int, shape (m,)
            Place of each line's invoice, as ``add`` returns it; a single number adds one line.
        item : array-like of int
            Place in the catalogue's ``codes``. This and the next three are one number for all, or
            of shape (m,).
        text : array-like of int
            Place in the catalogue's ``texts``.
        units : array-like
            Units, below zero for what comes back; fractions are cut off.
        pence : array-like of int
            Price of one unit in hundredths.
        """
        invoice = np.atleast_1d(np.asarray(invoice, np.int64))
        values = {"invoice": invoice, "item": item, "text": text, "units": units, "pence": pence}
        for name, value in values.items():
            self._lines[name].append(
                np.broadcast_to(np.asarray(value, np.int64), invoice.shape).astype(np.int32)
            )

    def invoices(self, name: str) -> np.ndarray:
        """Return one column of the invoices.

        Returns
        -------
        ndarray of int
            One an invoice, in the order in which they were added.
        """
        return np.concatenate(self._invoices[name])

    def lines(self, name: str) -> np.ndarray:
        """Return one column of the lines.

        Returns
        -------
        ndarray of int
            One a line, in the order in which they were added.
        """
        return np.concatenate(self._lines[name])


def in_order(
    rng: np.random.Generator,
    drawn: Invoices,
    catalogue: Catalogue,
    duplicates: int,
    behaviour: np.ndarray,
) -> Shop:
    """Give invoices numbers by time, repeat some lines, and sort lines by number.

    Parameters
    ----------
    rng : Generator
        Draws the lines to repeat, and which lines get ``.0``, lower case and stray spaces.
    drawn : Invoices
        Everything that was sold and added.
    catalogue : Catalogue
    duplicates : int
        Lines to repeat, each once and exactly; at most as many as were drawn.
    behaviour : ndarray of int, one a customer
        Place in ``BEHAVIOURS``.

    Returns
    -------
    Shop
    """
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
    return Shop(
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
