"""The source config of data that come without one: shipped, or drafted where nothing is open."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from pipeline.core.errors import InputError
from pipeline.core.log import say
from pipeline.core.paths import state
from pipeline.inspect_source import Inspection, inspect_file, write_draft
from pipeline.land.files import InputFile, find_files, shown
from pipeline.land.pick import UnknownLayout, pick_config

__all__ = ["recognise"]


def recognise(data: str) -> Path | None:
    """Find the config of data that are given without one.

    Parameters
    ----------
    data : str
        A file, a folder or a glob.

    Returns
    -------
    Path or None
        None where a shipped config fits the first file; otherwise the config
        that its inspection drafted, in ``drafts`` of the state folder.

    Raises
    ------
    InputError
        If the inspection leaves a question open, which it prints with where
        the draft is, or the file can't be read.
    """
    files, _ = find_files(data, "auto")
    try:
        pick_config(files[0])
    except UnknownLayout as unknown:
        return _inspected(files, data, unknown)
    return None


def _inspected(files: Sequence[InputFile], data: str, unknown: UnknownLayout) -> Path:
    file = files[0].path
    try:
        seen = inspect_file(file)
    except InputError:
        # It is no table at all, and no config would help.
        raise unknown from None
    out = _place(seen)
    if not seen.questions:
        say(f"  ✓ {shown(file.name)} was read as {_told(seen)}; the config is {shown(out)}")
        return out
    print(f"{shown(file)}: what the inspection leaves open:")
    for line in [*seen.questions, *seen.draft.examples]:
        print(f"  - {line}")
    count = len(seen.questions)
    raise InputError(
        f"{unknown.short}, and its inspection leaves {count} question{'s' if count > 1 else ''} "
        f"open; the draft is {shown(out)}: answer there what is marked with `# !`, then run with "
        f"DATA={shlex.quote(shown(data))} CONFIG={shlex.quote(shown(out))}"
    )


def _place(seen: Inspection) -> Path:
    """Write the draft under a name that no other draft has, for somebody may have edited that."""
    text = seen.to_yaml()
    stem = seen.draft.settings["name"]
    at = 1
    while True:
        out = state().drafts / (f"{stem}.yml" if at == 1 else f"{stem}-{at}.yml")
        if not out.exists():
            write_draft(text, out)
            return out
        if out.read_text(encoding="utf-8") == text:
            return out
        at += 1


def _told(seen: Inspection) -> str:
    """Say what was taken for what."""
    columns = ", ".join(
        f"{ours} = {' or '.join(map(shown, theirs)) if isinstance(theirs, list) else shown(theirs)}"
        for ours, theirs in seen.draft.columns.items()
    )
    settings = [
        f"{name} {shown(str(seen.draft.settings[name]))}"
        for name in ("carry", "counted_statuses", "no_customer", "timestamp_format", "currency")
        if name in seen.draft.settings
    ]
    return "; ".join([columns, *settings])
