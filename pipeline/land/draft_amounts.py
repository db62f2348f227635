"""Draft what a source config says of amounts: currency, returns and how numbers are written."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from pipeline.land.guess import bare_number, guess_numbers, guess_prefixes
from pipeline.land.look import Found, cell_of

if TYPE_CHECKING:
    from pipeline.land.draft import Draft

__all__ = ["draft_currency", "draft_numbers", "draft_returns"]

# Of several currencies each.
_DOLLARS = ("$", "¥")
_SIGNS = {"£": "GBP", "€": "EUR", "¥": "JPY", "$": "USD"}


def draft_currency(values: Sequence[str], draft: "Draft") -> str:
    """Return the currency that a sign in the amounts names, XXX where none does."""
    for sign, code in _SIGNS.items():
        if sum(sign in value for value in values) > len(values) // 2:
            told = f"currency: {code} was taken for the sign {sign} in the amounts"
            if sign in _DOLLARS:
                draft.questions.append(f"{told}, which other currencies share. Is it right?")
            else:
                draft.taken.append(f"{told}.")
            return code
    draft.taken.append(
        "currency: the file names none (XXX), so that amounts are shown without one."
    )
    return "XXX"


def draft_returns(
    found: Found, columns: dict[str, str], values: Callable[[str], list[str]], draft: "Draft"
) -> None:
    """Say what a number below zero means, and which order ids are special.

    Parameters
    ----------
    found : Found
        Header and sample of the file.
    columns : dict of str to str
        Canonical column to the file's header.
    values : callable
        Returns the sample's texts of a canonical column; empty where the file has none.
    draft : Draft
        Gets the setting ``is_negative_return`` and, where the order ids have them,
        ``cancellation_prefix`` and ``adjustment_prefix``; the latter with a question.
    """
    money = "amount" if columns.get("amount") in found.header else "quantity"
    is_negative = [bare_number(text).startswith("-") for text in values(money)]
    cancellation = adjustment = None
    if is_negative and columns.get("order_id") in found.header:
        cancellation, adjustment = guess_prefixes(values("order_id"), is_negative)
    if cancellation:
        draft.settings["cancellation_prefix"] = cancellation
    if adjustment:
        draft.settings["adjustment_prefix"] = adjustment
        draft.questions.append(
            f"adjustment_prefix: few order ids begin with {adjustment}; make sure that they are "
            "accounting entries."
        )
    at = {
        column: found.header.index(name) for column, name in columns.items() if name in found.header
    }
    draft.settings["is_negative_return"] = _is_negative_return(found, at, is_negative, cancellation)


def draft_numbers(figures: list[str], draft: "Draft") -> None:
    """Say how numbers are written."""
    numbers = guess_numbers(figures)
    bare = guess_numbers(map(bare_number, figures))
    if bare.share > numbers.share:
        numbers = bare
        draft.settings["has_number_signs"] = True
    if numbers.decimal_separator != ".":
        draft.settings["decimal_separator"] = numbers.decimal_separator
    if numbers.thousands_separator:
        draft.settings["thousands_separator"] = numbers.thousands_separator
    if figures and numbers.share < 0.99:
        draft.questions.append(
            f"numbers: {1 - numbers.share:.1%} of quantities and amounts do not read as numbers; "
            "such lines will be kept aside as unparseable."
        )


def _is_negative_return(
    found: Found, at: dict[str, int], is_negative: Sequence[bool], prefix: str | None
) -> bool:
    """Say whether negative lines without the prefix are money back to customers."""
    plain = [
        row
        for row, below in zip(found.rows, is_negative, strict=False)
        if below and not (prefix and cell_of(row, at["order_id"]).strip().startswith(prefix))
    ]
    if "unit_price" in at:
        plain = [
            row
            for row in plain
            if bare_number(cell_of(row, at["unit_price"])).strip(" 0.,") not in ("", "-")
        ]
    if "customer_id" in at:
        plain = [row for row in plain if cell_of(row, at["customer_id"]).strip()]
    return bool(plain) or (not any(is_negative) and prefix is None)
