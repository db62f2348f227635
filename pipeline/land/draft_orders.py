"""Draft what a source config says about orders and customers, with the evidence."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from pipeline.land.files import shown
from pipeline.land.guess_dates import guess_date
from pipeline.land.guess_orders import (
    all_of,
    are_amounts,
    find_column,
    guess_carry,
    guess_nobody,
    guess_status,
    is_filled_number,
)
from pipeline.land.look import Found

if TYPE_CHECKING:
    from pipeline.land.draft import Draft

__all__ = ["draft_customer", "draft_orders"]

_FEW_ORDERS = 5
_CARRIED = ("customer_id", "ordered_at", "country", "status", "cancelled_at", "currency")


def draft_orders(
    found: Found, columns: dict[str, str], order_ids: list[str], draft: "Draft"
) -> dict:
    """Add the columns that tell of orders, and return the settings about them.

    Parameters
    ----------
    found : Found
        Header and sample of the file.
    columns : dict of str to str
        Canonical column to the file's header; gets ``refund``, ``discount``, ``cancelled_at``,
        ``currency`` and ``status`` where the file has them.
    order_ids : list of str
        Of the sampled rows, in their order; empty where the file has none.
    draft : Draft
        Gets what was taken for what, and the questions that stay open.

    Returns
    -------
    dict
        ``carry``, the canonical columns that stand on an order's first record alone, and
        ``counted_statuses``; both lists, empty where there is nothing to set.
    """
    settings: dict = {"carry": [], "counted_statuses": []}
    taken = set(columns.values())

    def find(kind: str) -> tuple[str | None, list[str]]:
        name = find_column(kind, found.header, taken)
        return name, found.column(name) if name else []

    refund, refunds = find("refund")
    if refund and are_amounts(refunds):
        columns["refund"] = refund
        draft.taken.append(f"refund: {refund} holds amounts, which are taken off their orders.")
    else:
        refunds = []
    name, discounts = find("discount")
    if name and are_amounts(discounts):
        _discount(name, discounts, columns, draft)
    elif name and "unit_price" in columns and any(map(is_filled_number, discounts)):
        draft.questions.append(
            f"discount: are prices lowered by {name} already? It holds no amounts, and is left out."
        )
    name, days = find("cancelled_at")
    if name and all_of(days, lambda text: guess_date([text])):
        columns["cancelled_at"] = name
        share = sum(bool(text.strip()) for text in days) / len(days)
        draft.taken.append(
            f"cancelled_at: {name} is filled on {share:.0%} of the records, which don't count."
        )
    name, codes = find("currency")
    if name and all_of(codes, lambda text: re.fullmatch("[A-Za-z]{3}", text)):
        columns["currency"] = name
        _currencies(name, codes, draft)
    name, statuses = find("status")
    status = guess_status(name, statuses, refunds) if name else None
    if name and status:
        columns["status"] = name
        settings["counted_statuses"] = status.counted
        out = f"; left out: {status.told(status.left_out)}" if status.left_out else ""
        draft.taken.append(f"counted_statuses: {name} {status.told(status.counted)} count{out}.")
        if status.unknown:
            draft.questions.append(
                f"counted_statuses: does an order count whose {name} is "
                f"{status.told(status.unknown)}? It was left out."
            )
    carried = {
        name: found.column(columns[name]) for name in _CARRIED if columns.get(name) in found.header
    }
    for column, carry in guess_carry(order_ids, carried).items():
        settings["carry"].append(column)
        told = (
            f"carry: {columns[column]} is blank on {carry.blank_share:.0%} of the further records "
            f"of {carry.orders} orders whose first one is filled; it is carried to them"
        )
        if carry.is_sure:
            draft.taken.append(f"{told}.")
        else:
            draft.questions.append(f"{told}. Is that right?")
    _require_no_order_totals(found, columns, order_ids, draft)
    return settings


def _discount(name: str, discounts: Sequence[str], columns: dict[str, str], draft: "Draft") -> None:
    """Take a discount off lines, or say why not."""
    is_of_lines = re.search("line|item", name, re.I)
    if not is_of_lines and not any(map(is_filled_number, discounts)):
        return
    if "unit_price" not in columns:
        draft.taken.append(
            f"discount: {name} was left out, since amounts are mostly what was paid."
        )
        return
    columns["discount"] = name
    if is_of_lines:
        draft.taken.append(f"discount: {name} holds amounts, which are taken off their lines.")
    else:
        draft.questions.append(
            f"discount: is {name} an amount that each line's price is still to be lowered by? It "
            "was taken for one."
        )


def _currencies(name: str, codes: Sequence[str], draft: "Draft") -> None:
    counts = Counter(code.strip().upper() for code in codes if code.strip())
    shares = ", ".join(f"{code} {often / counts.total():.0%}" for code, often in counts.items())
    if len(counts) == 1:
        draft.taken.append(f"currency: {name} says {next(iter(counts))} throughout.")
    else:
        draft.questions.append(
            f"currency: {name} names several ({shares}), which can't be added up; name a csv file "
            "of rates as `currency_rates` and the shop's own as `currency`, or the latter alone, "
            "and only lines in that currency count."
        )


def _require_no_order_totals(
    found: Found, columns: dict[str, str], order_ids: list[str], draft: "Draft"
) -> None:
    """Ask about amounts that are the same on all records of an order."""
    if columns.get("amount") not in found.header or not order_ids:
        return
    amounts: dict[str, list[str]] = {}
    for order, amount in zip(order_ids, found.column(columns["amount"]), strict=True):
        amounts.setdefault(order, []).append(amount)
    several = [texts for texts in amounts.values() if len(texts) > 1]
    same = sum(len(set(texts)) == 1 for texts in several)
    if len(several) >= _FEW_ORDERS and same > 0.9 * len(several):
        draft.questions.append(
            f"amount: {columns['amount']} is the same on all records of {same} of {len(several)} "
            "orders with several; is it the order's total? Then it would count on each of them."
        )


def draft_customer(found: Found, name: str, draft: "Draft") -> str | list[str]:
    """Return the columns that name the customer, and say which ids mean nobody.

    Parameters
    ----------
    found : Found
        Header and sample of the file.
    name : str
        Header of the column of ids, of which some are filled.
    draft : Draft
        Gets the setting ``no_customer``, what was taken for what and a question where one id
        stands on far more records than any other.

    Returns
    -------
    str or list of str
        Headers; of several the first that is filled names a record's customer.
    """
    ids = found.column(name)
    nobody = guess_nobody(ids)
    mail = find_column("mail", found.header, {name})
    mails = found.column(mail) if mail else []
    if nobody:
        draft.settings["no_customer"] = list(nobody)
        told = ", ".join(f"{value} ({share:.0%} of the records)" for value, share in nobody.items())
        draft.taken.append(f"no_customer: in {name} these mean nobody: {told}.")
    unnamed = [not text.strip() or text.strip().lower() in nobody for text in ids]
    gained = sum(
        bool(text.strip()) for text, is_none in zip(mails, unnamed, strict=False) if is_none
    )
    if mail is None or not gained or not all_of(mails, lambda text: "@" in text):
        _ask_for_one_customer(name, ids, nobody, draft)
        return _with_phone(found, [name], nobody, draft)
    lost = sum(
        not text.strip() for text, is_none in zip(mails, unnamed, strict=True) if not is_none
    )
    # Who has an account may have bought as a guest before: the address is the same.
    names = [mail, name] if lost <= 0.05 * len(ids) else [name, mail]
    draft.taken.append(
        f"customer_id: {names[0]}, or else {names[1]}, since {name} names nobody on "
        f"{sum(unnamed) / len(ids):.0%} of the records and {mail} somebody on most of these."
    )
    return _with_phone(found, names, nobody, draft)


def _with_phone(
    found: Found, names: list[str], nobody: Collection[str], draft: "Draft"
) -> str | list[str]:
    """Return the columns that name the customer with that of phones, where it names more."""
    phone = find_column("phone", found.header, names)
    given = [found.column(name) for name in names]
    is_none = [
        all(text.strip().lower() in ("", *nobody) for text in texts)
        for texts in zip(*given, strict=True)
    ]
    phones = found.column(phone) if phone else []
    gained = sum(bool(text.strip()) for text, none in zip(phones, is_none, strict=False) if none)
    if phone and gained and all_of(phones, lambda text: re.fullmatch(r"[-+()/. 0-9]{5,}", text)):
        draft.taken.append(
            f"customer_id: or else {phone}, for the {gained / len(is_none):.0%} of the records "
            f"that name nobody in {' and '.join(names)} but have one."
        )
        return [*names, phone]
    return names if len(names) > 1 else names[0]


def _ask_for_one_customer(name: str, ids: list[str], nobody: dict, draft: "Draft") -> None:
    """Ask about one id that stands on far more records than any other."""
    counts = Counter(text.strip() for text in ids if text.strip().lower() not in ("", *nobody))
    two = counts.most_common(2)
    if len(two) == 2 and two[0][1] > max(0.1 * len(ids), 5 * two[1][1], _FEW_ORDERS):
        draft.questions.append(
            f"customer_id: one id stands on {two[0][1] / len(ids):.0%} of the records; if it "
            "means nobody, add it to no_customer."
        )
        draft.examples.append(f"The id on most records is {shown(two[0][0], 40)}.")
