"""Guesses about orders: their status, what was paid back, who buys, what is said once."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from pipeline.land.guess import bare_number
from pipeline.land.guess_columns import plain_name

__all__ = [
    "Carry",
    "Status",
    "all_of",
    "are_amounts",
    "find_column",
    "guess_carry",
    "guess_nobody",
    "guess_status",
    "is_filled_number",
]

# Letters and digits only; the first that a file has wins.
_NAMES = {
    "status": (
        *("financialstatus", "paymentstatus", "orderstatus", "status", "orderstate", "zahlstatus"),
        *("zahlungsstatus", "bestellstatus", "auftragsstatus", "statut", "statutcommande"),
        *("etat", "estado", "estadopedido", "stato", "statoordine", "state"),
    ),
    "refund": (
        *("refundedamount", "refundamount", "amountrefunded", "totalrefunded", "refundedtotal"),
        *("refundtotal", "refund", "refunds", "refunded", "orderrefundamount", "erstattung"),
        *("erstattet", "erstattungsbetrag", "remboursement", "montantrembourse", "reembolso"),
        *("rimborso", "terugbetaling"),
    ),
    "discount": (
        *("lineitemdiscount", "linediscount", "itemdiscount", "itempromotiondiscount"),
        *("discount", "discounts", "discountamount", "rabatt", "remise", "descuento", "sconto"),
        *("korting",),
    ),
    "cancelled_at": (
        *("cancelledat", "canceledat", "cancelleddate", "canceleddate", "cancellationdate"),
        *("storniertam", "dateannulation", "fechacancelacion"),
    ),
    "currency": (
        *("currency", "currencycode", "ordercurrency", "ordercurrencycode", "waehrung", "wahrung"),
        *("devise", "moneda", "valuta"),
    ),
    "mail": (
        *("email", "customeremail", "billingemail", "emailbilling", "buyeremail", "useremail"),
        *("emailaddress", "mail", "courriel", "correo"),
    ),
    "phone": (
        *("phone", "customerphone", "billingphone", "phonebilling", "phonenumber", "telephone"),
        *("mobile", "telefon", "telefonnummer", "telefono", "tel"),
    ),
}
_COUNTED = {
    *("paid", "partially paid", "complete", "completed", "processing", "processed", "shipped"),
    *("partially shipped", "delivered", "fulfilled", "partially fulfilled", "dispatched", "sent"),
    *("succeeded", "success", "successful", "captured", "settled", "invoiced", "in transit"),
    *("payment accepted", "partially refunded", "bezahlt", "versendet", "abgeschlossen"),
    *("geliefert", "zugestellt", "payé", "payée", "expédié", "expédiée", "livré", "livrée"),
    *("terminé", "terminée", "pagado", "enviado", "entregado", "completado", "pagato", "spedito"),
    *("betaald", "verzonden", "afgerond"),
}
_REFUNDED = {
    *("refunded", "refund", "fully refunded", "returned", "erstattet", "remboursé", "remboursée"),
    *("reembolsado", "rimborsato", "terugbetaald", "charged back", "chargeback"),
}
_NOT_COUNTED = {
    *("cancelled", "canceled", "failed", "failure", "declined", "pending", "pending payment"),
    *("awaiting payment", "on hold", "expired", "voided", "void", "draft", "checkout draft"),
    *("test", "error", "payment error", "rejected", "authorized", "unpaid", "trash", "fraud"),
    *("suspected fraud", "incomplete", "abandoned", "requires payment method", "storniert"),
    *("abgebrochen", "annulé", "annulée", "cancelado", "cancelada", "annullato", "geannuleerd"),
}
_NOBODY = {
    *("0", "-", "--", "-1", "guest", "guests", "none", "null", "n/a", "na", "nan", "anonymous"),
    *("unknown", "gast", "invité", "invitado", "ospite", "guest checkout", "walk-in", "0.0"),
}
_MOST_STATUSES = 30
# Of the further records of orders whose first one says something.
_LEAST_CARRIED = 0.9


@dataclass(frozen=True)
class Status:
    """What a status column says of orders.

    Attributes
    ----------
    header : str
        The file's column.
    counted : list of str
        Values of orders that count, as far as their words are known.
    left_out : list of str
        Known values of orders that don't.
    unknown : list of str
        Values that are no known word; they are among neither.
    shares : dict of str to float
        Of the records that have a status, by value.
    """

    header: str
    counted: list[str]
    left_out: list[str]
    unknown: list[str]
    shares: dict[str, float]

    def told(self, values: Collection[str]) -> str:
        """Return values with their shares, for people."""
        return ", ".join(f"{value} {self.shares[value]:.0%}" for value in values)


@dataclass(frozen=True)
class Carry:
    """How a column is filled within orders of several records.

    Attributes
    ----------
    orders : int
        Orders of several records whose first one is filled.
    blank_share : float
        Of their further records, how many say nothing.
    """

    orders: int
    blank_share: float

    @property
    def is_sure(self) -> bool:
        """True where next to no further record says anything."""
        return self.blank_share >= _LEAST_CARRIED


def find_column(kind: str, header: Sequence[str], taken: Collection[str] = ()) -> str | None:
    """Return the header that names a kind of column, by the names that shops give it.

    Parameters
    ----------
    kind : str
        ``status``, ``refund``, ``discount``, ``cancelled_at``, ``currency``,
        ``mail`` or ``phone``.
    header : sequence of str
        The file's columns.
    taken : collection of str
        Those that are something else.
    """
    keys = {plain_name(name): name for name in reversed(header) if name not in taken}
    return next((keys[name] for name in _NAMES[kind] if name in keys), None)


def guess_status(header: str, values: Sequence[str], refunds: Sequence[str]) -> Status | None:
    """Tell the statuses of orders that count from those that don't.

    Parameters
    ----------
    header : str
        The column's name.
    values : sequence of str
        What it says.
    refunds : sequence of str
        What was paid back by record; empty where no column says it. Orders
        that are refunded count, less that amount, where it is there.

    Returns
    -------
    Status or None
        None where the column holds no known status.
    """
    folded = [value.strip().lower() for value in values]
    counts = Counter(value for value in folded if value)
    if not counts or len(counts) > _MOST_STATUSES or any("|" in value for value in counts):
        return None
    kinds = {value: re.sub(r"[\s_-]+", " ", value).removeprefix("wc ") for value in counts}
    paid_back = Counter(
        value for value, refund in zip(folded, refunds, strict=False) if is_filled_number(refund)
    )
    counted, left_out, unknown = [], [], []
    for value, often in counts.most_common():
        kind = kinds[value]
        has_refund = 2 * paid_back[value] > often
        if kind in _COUNTED or (kind in _REFUNDED and has_refund):
            counted.append(value)
        elif kind in _NOT_COUNTED or kind in _REFUNDED:
            left_out.append(value)
        else:
            unknown.append(value)
    if not counted:
        return None
    total = counts.total()
    shares = {value: often / total for value, often in counts.items()}
    return Status(header, counted, left_out, unknown, shares)


def guess_carry(orders: Sequence[str], columns: Mapping[str, Sequence[str]]) -> dict[str, Carry]:
    """Find the columns that orders of several records fill on their first one only.

    Parameters
    ----------
    orders : sequence of str
        Order ids in the file's order.
    columns : mapping of str to sequence of str
        Canonical column to its values.

    Returns
    -------
    dict of str to Carry
        Only of columns where some further record says nothing.
    """
    later = [
        at for at in range(1, len(orders)) if orders[at].strip() and orders[at] == orders[at - 1]
    ]
    first: dict[int, int] = {}
    for at in later:
        first[at] = first.get(at - 1, at - 1)
    found = {}
    for column, values in columns.items():
        concerned = [at for at in later if values[first[at]].strip()]
        blank = sum(not values[at].strip() for at in concerned)
        if blank:
            count = len({first[at] for at in concerned})
            found[column] = Carry(count, blank / len(concerned))
    return found


def guess_nobody(values: Sequence[str]) -> dict[str, float]:
    """Return the values of customer ids that mean nobody, with their shares.

    Returns
    -------
    dict of str to float
        By value, in small letters: its share of all values, 0 to 1; the largest first.
    """
    counts = Counter(value.strip().lower() for value in values)
    return {value: often / len(values) for value, often in counts.most_common() if value in _NOBODY}


def is_filled_number(text: str) -> bool:
    """Say whether a text is a number other than zero."""
    return bool(re.search("[1-9]", bare_number(text)))


def are_amounts(values: Sequence[str]) -> bool:
    """Say whether values are numbers, and not just a yes or no written as 1 or 0."""
    bare = {bare_number(value) for value in values if value.strip()}
    is_flag = "1" in bare and bare <= {"0", "1"}
    return bool(bare) and not is_flag and all(re.fullmatch("[-0-9.,' ]+", one) for one in bare)


def all_of(values: Sequence[str], is_one: Callable[[str], object]) -> bool:
    """Say whether all values that are not blank are of a kind, and some are there."""
    filled = [value.strip() for value in values if value.strip()]
    return bool(filled) and all(is_one(value) for value in filled)
