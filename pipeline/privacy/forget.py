"""Forget customers: ``python -m pipeline forget CUSTOMER_ID [...]``."""

import json
from collections.abc import Sequence

from pipeline.core.errors import InputError
from pipeline.core.lock import StateLock
from pipeline.core.own_settings import names_metastore, own_settings
from pipeline.core.paths import StatePaths, state
from pipeline.privacy.forgotten import ForgottenList
from pipeline.privacy.pseudonyms import PSEUDONYM_KEY, Pseudonyms
from pipeline.privacy.purge import purge

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
    except OSError as error:
        raise InputError(
            f"{paths.root}: not everything could be rewritten ({error.strerror}); fix that, and "
            "the same command, or any other, finishes the work"
        ) from error
    finally:
        lock.release()
    return "\n".join([*_summary(paths, count, done), *_left(paths)])


def _summary(paths: StatePaths, count: int, done: dict[str, int]) -> list[str]:
    found = any(done.values())
    return [
        f"Forgotten: {count} {'customer' if count == 1 else 'customers'} in {paths.root}",
        "",
        f"  landed lines emptied    {done['lines']:,}",
        f"  rows of past runs gone  {done['rows']:,}",
        f"  exports written anew    {done['exports']:,}",
        *(
            []
            if found
            else ["", "No table named them; what lands from now on will leave them out."]
        ),
        "",
        "Marts, Data Docs and logs were removed; the next run makes them again and counts",
        "without these customers: make run DATA=... with the same files as before.",
    ]


def _left(paths: StatePaths) -> list[str]:
    """Say what is not this command's to change."""
    left = ["The input files themselves are not touched, nor are copies outside the state folder."]
    if (paths.root / "data").is_dir():
        left.append(f"The fetched workbooks in {paths.root / 'data'} are input files too.")
    if names_metastore(own_settings()):
        left.append("Marts in a metastore of your own keep the customers until the next run.")
    return left


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
