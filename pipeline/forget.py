"""Forget customers: ``python -m pipeline forget CUSTOMER_ID [...]``."""

import json
from collections.abc import Sequence

from pipeline.errors import InputError
from pipeline.forgotten import ForgottenList
from pipeline.lock import StateLock
from pipeline.paths import state
from pipeline.pseudonyms import PSEUDONYM_KEY, Pseudonyms
from pipeline.purge import purge

__all__ = ["forget"]

_LONGEST_ID = 1000


def forget(customer_ids: Sequence[str]) -> str:
    """Take customers out of the state folder, now and whenever their lines land again.

    Parameters
    ----------
    customer_ids : sequence of str
        Ids as the tables show them.

    Returns
    -------
    str
        What was done and what is left to do, for people.

    Raises
    ------
    InputError
        If an id is empty or no text.
    Locked
        If another command holds the state folder.
    """
    for customer_id in customer_ids:
        if not customer_id.strip() or not _is_text(customer_id):
            raise InputError("forget: an id is empty, no text or too long; expected customer ids")
    count = len(set(customer_ids))
    customer_ids = [*customer_ids, *_pseudonyms(customer_ids)]
    paths = state().create()
    lock = StateLock(paths.lock_file)
    lock.acquire()
    try:
        # The list comes first: from here on any command finishes the work.
        forgotten = ForgottenList.load().adding(customer_ids)
        forgotten.save()
        done = purge(paths, forgotten)
    finally:
        lock.release()
    return "\n".join(
        [
            f"Forgotten: {count} {'customer' if count == 1 else 'customers'} in {paths.root}",
            "",
            f"  landed lines emptied    {done['lines']:,}",
            f"  rows of past runs gone  {done['rows']:,}",
            f"  exports written anew    {done['exports']:,}",
            "",
            "Marts, Data Docs and logs were removed; the next run makes them again and counts",
            "without these customers: make run DATA=... with the same files as before.",
            "The input files themselves are not touched, nor are copies outside the state folder.",
        ]
    )


def _pseudonyms(customer_ids: Sequence[str]) -> list[str]:
    """Return what stands for the customers in exports that are pseudonymous."""
    exports = state().exports
    manifests = [json.loads(path.read_text()) for path in exports.glob("[!.]*/manifest.json")]
    used = {each["pseudonyms"]["key_id"] for each in manifests if each.get("pseudonyms")}
    if not used:
        return []
    pseudonyms = Pseudonyms.from_environment()
    if used != {pseudonyms.key_id}:
        raise InputError(
            f"{exports}: some exports are pseudonymous by another key than {PSEUDONYM_KEY} gives, "
            "so the customers can't be found in them; give that key, or remove those exports"
        )
    return [pseudonyms.of(customer_id.strip(" ")) for customer_id in customer_ids]


def _is_text(customer_id: str) -> bool:
    try:
        customer_id.encode()
    except UnicodeEncodeError:
        return False
    return len(customer_id) <= _LONGEST_ID and "\0" not in customer_id
