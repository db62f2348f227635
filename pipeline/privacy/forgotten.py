"""Customers who asked to be forgotten: who they are is not kept, only how to know them again.

A salted hash stands for each id. It lets a later landing leave the customer
out without the id lying anywhere. Whoever has the list can still test whether
a given id is on it: ids that can be guessed, such as short numbers, can be
found by trying them all.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.core.files import write_whole
from pipeline.core.paths import state

__all__ = ["BLANKED", "MISPLACED", "TEXTS", "ForgottenList", "folded", "words"]

TEXTS = ("description", "country")
"""Columns of other customers' lines in which an id may stand as a word."""
MISPLACED = ("quantity", "unit_price", "amount", "ordered_at")
"""Columns that hold an id only where a line's fields have slipped."""
BLANKED = (
    *("order_id", "product_id", "description", "quantity", "unit_price", "amount"),
    *("ordered_at", "customer_id", "country", "unparsed_text"),
    *("discount", "refund", "status", "cancelled_at", "currency", "updated_at"),
)
"""What is emptied of a forgotten customer's line."""

_SPLITS = ('"', "[\"',;|\\t]", "[\"',;|\\t\\r\\n ]+", "[^0-9A-Za-z_]+")
_DECIMAL = "[.]0$"


@dataclass(frozen=True)
class ForgottenList:
    """The list of a state folder.

    Attributes
    ----------
    salt : str
        Random; goes before each id.
    hashes : frozenset of str
        SHA-256 of salt and id, hexadecimal.
    lengths, phrase_lengths : frozenset of int
        How many characters the ids have, and those that are more than one
        word, so that they are found inside a text.
    is_pending : bool
        True until everything that is already written has been purged.
    """

    salt: str
    hashes: frozenset[str] = frozenset()
    lengths: frozenset[int] = frozenset()
    phrase_lengths: frozenset[int] = frozenset()
    is_pending: bool = False

    @classmethod
    def load(cls) -> "ForgottenList":
        """Read the state folder's list; an empty one where there is none.

        Raises
        ------
        InputError
            If the file is there but no such list: the customers on it would
            come back in silence.
        """
        path = _path()
        if not path.is_file():
            return cls(secrets.token_hex(16))
        try:
            kept = json.loads(path.read_text())
            return cls(
                str(kept["salt"]),
                frozenset(kept["customers"]),
                frozenset(kept["lengths"]),
                frozenset(kept["phrase_lengths"]),
                bool(kept["is_pending"]),
            )
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"{path}: the list of forgotten customers can't be read; restore it, or remove it "
                "and forget the customers again"
            ) from error

    def save(self) -> None:
        """Write the list whole and let it reach the disk."""
        path = _path()
        content = {
            "salt": self.salt,
            "customers": sorted(self.hashes),
            "lengths": sorted(self.lengths),
            "phrase_lengths": sorted(self.phrase_lengths),
            "is_pending": self.is_pending,
        }
        write_whole(path, json.dumps(content, indent=1))

    def adding(self, customer_ids: Iterable[str]) -> "ForgottenList":
        """Return the list with these as well, to be purged."""
        ids = {customer_id.strip(" ") for customer_id in customer_ids}
        return replace(
            self,
            hashes=self.hashes | {self.hash_of(each) for each in ids},
            lengths=self.lengths | {len(each) for each in ids},
            phrase_lengths=self.phrase_lengths
            | {len(each) for each in ids if not re.fullmatch("[0-9A-Za-z_]+", each)},
            is_pending=True,
        )

    def hash_of(self, customer_id: str) -> str:
        """Return what stands for an id."""
        return self._hash(folded(customer_id.strip(" ")))

    def names(self, customer_id: str | None, *, is_decimal: bool = False) -> bool:
        """Say whether an id is on the list."""
        if customer_id is None:
            return False
        text = customer_id.strip(" ")
        if is_decimal:
            text = re.sub(_DECIMAL, "", text)
        return self._has(text)

    def is_misplaced_id(self, text: str | None) -> bool:
        """Say whether an id on the list stands where a number or a date belongs."""
        return text is not None and bool(re.search("[^0-9.,:/ -]", text)) and self.names(text)

    def mentioned(self, text: str | None) -> bool:
        """Say whether an id on the list stands as a word or a phrase in a text."""
        return text is not None and self._has_any(words(text) | _windows(text, self.phrase_lengths))

    def held(self, record: str | None) -> bool:
        """Say whether a record that does not read holds an id on the list anywhere."""
        if not record:
            return False
        plain = record.replace('""', '"')
        return self._has_any(
            words(record) | _windows(record, self.lengths) | _windows(plain, self.lengths)
        )

    def _has_any(self, parts: set[str]) -> bool:
        return any(self._has(part) for part in parts)

    def _has(self, text: str) -> bool:
        # An older version kept the hash of an address as it was written.
        text = text.strip(" ")
        return any(self._hash(form) in self.hashes for form in {text, folded(text)})

    def _hash(self, text: str) -> str:
        return hashlib.sha256((self.salt + text).encode()).hexdigest()


def folded(customer_id: str) -> str:
    """Return an id as the tables show it: an e-mail address in small letters."""
    return customer_id.lower() if re.fullmatch("[^@ ]+@[^@ ]+", customer_id) else customer_id


def words(text: str) -> set[str]:
    """Return the parts of a text that could be an id.

    They are what stands between quotes, between delimiters, between blanks,
    and between characters other than ASCII letters, digits and underscores;
    and the text itself.
    """
    parts = {text}
    for pattern in _SPLITS:
        parts.update(re.split(pattern, text))
    return {part.strip(" ") for part in parts} - {""}


def _windows(text: str, lengths: frozenset[int]) -> set[str]:
    """Return every part of a text that is as long as an id."""
    return {text[at : at + size] for size in lengths for at in range(len(text) - size + 1)}


def _path() -> Path:
    return state().root / "forgotten.json"
