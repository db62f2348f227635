"""Guesses about dates: which pattern a column of them is written in."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

__all__ = ["DateGuess", "guess_date", "is_date"]

_MOST_PATTERNS = 3
# From the year 1990 to 2064.
_SERIAL = re.compile(r"(3[3-9]|[45]\d)\d{3}([.,]\d+)?")
_DATE = re.compile(
    r"(?P<a>\d{1,4})(?P<sep>[-/. ])(?P<b>\d{1,2}|[A-Za-z]{3,9})(?P=sep)(?P<c>\d{1,4})"
    r"(?:(?P<mid>,? |T)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})"
    r"(?:(?P<point>[.,])(?P<fraction>\d{1,9}))?)?(?P<half> ?[AaPp][Mm])?)?"
    r"(?P<gap> ?)(?P<zone>Z|UTC|[+-]\d{2}:\d{2}|[+-]\d{4}|[+-]\d{2})?"
)


@dataclass(frozen=True)
class DateGuess:
    """How dates are written.

    Attributes
    ----------
    pattern : str
        Spark pattern.
    share : float
        Of the values that are not empty, how many are of that shape, 0 to 1.
    other : str or None
        The pattern with day and month exchanged, where no value tells them
        apart.
    reason : str or None
        What spoke for ``pattern`` rather than ``other``; None if nothing did.
    """

    pattern: str
    share: float
    other: str | None = None
    reason: str | None = None


def is_date(text: str) -> bool:
    """Say whether a text is written as a date."""
    return bool(text and _DATE.fullmatch(text))


def guess_date(values: Iterable[str]) -> DateGuess | None:
    """Find the pattern of a column of dates.

    Parameters
    ----------
    values : iterable of str
        In the file's order; empty ones are passed over.

    Returns
    -------
    DateGuess or None
        None if most values are no dates.
    """
    texts = [value.strip() for value in values if value and value.strip()]
    if not texts:
        return None
    for length, pattern in ((8, "yyyyMMdd"), (14, "yyyyMMddHHmmss")):
        fitting = [
            text for text in texts if len(text) == length and text.isdigit() and text[4:6] <= "12"
        ]
        if len(fitting) > 0.9 * len(texts):
            return DateGuess(pattern, len(fitting) / len(texts))
    for length, pattern in ((10, "epoch_seconds"), (13, "epoch_milliseconds")):
        # From the year 2001 to 2033.
        fitting = [text for text in texts if re.fullmatch(rf"1\d{{{length - 1}}}", text)]
        if len(fitting) > 0.9 * len(texts):
            return DateGuess(pattern, len(fitting) / len(texts))
    if sum(bool(_SERIAL.fullmatch(text)) for text in texts) > 0.9 * len(texts):
        return DateGuess("excel_serial", 1.0)
    matches = [match for match in map(_DATE.fullmatch, texts) if match]
    if len(matches) < 0.5 * len(texts):
        return None
    return _with_others(_written_alike(matches, len(texts)), matches, len(texts))


def _with_others(first: DateGuess, matches: Sequence[re.Match], total: int) -> DateGuess:
    """Return a guess with the patterns of the dates that are of another shape."""
    guesses, rest = [first], matches
    while rest and len(guesses) < _MOST_PATTERNS:
        usual = Counter(map(_shape, rest)).most_common(1)[0][0]
        rest = [match for match in rest if _shape(match) != usual]
        if rest:
            guesses.append(_written_alike(rest, total))
    # Where a part may be read in two ways, so may the whole.
    if len(guesses) == 1 or any(guess.other for guess in guesses):
        return first
    share = sum(guess.share for guess in guesses)
    return DateGuess("|".join(guess.pattern for guess in guesses), share)


def _written_alike(matches: Sequence[re.Match], total: int) -> DateGuess:
    """Return the pattern of the dates of the most common shape."""
    shape, _ = Counter(_shape(match) for match in matches).most_common(1)[0]
    alike = [match for match in matches if _shape(match) == shape]
    share = len(alike) / total
    time = _time_pattern(alike)
    sep = alike[0]["sep"]
    if alike[0]["b"].isalpha():
        month = "MMM" if max(len(match["b"]) for match in alike) == 3 else "MMMM"
        day = _letters("d", (match["a"] for match in alike))
        return DateGuess(f"{day}{sep}{month}{sep}{_year(alike, 'c')}{time}", share)
    if shape[1]:
        middle, last = [int(m["b"]) for m in alike], [int(m["c"]) for m in alike]
        names = "dM" if max(middle) > 12 >= max(last) else "Md"
        parts = [
            _letters(name, (m[group] for m in alike))
            for name, group in zip(names, "bc", strict=True)
        ]
        return DateGuess(f"yyyy{sep}{parts[0]}{sep}{parts[1]}{time}", share)
    year = _year(alike, "c")

    def written(names: str) -> str:
        first, second = (
            _letters(name, (m[group] for m in alike))
            for name, group in zip(names, "ab", strict=True)
        )
        return f"{first}{sep}{second}{sep}{year}{time}"

    first, second = [int(m["a"]) for m in alike], [int(m["b"]) for m in alike]
    over = sum(one > 12 for one in first), sum(one > 12 for one in second)
    if over != (0, 0):
        return DateGuess(written("dM" if over[0] >= over[1] else "Md"), share)
    disorder = {names: _disorder(alike, names) for names in ("dM", "Md")}
    if disorder["dM"] != disorder["Md"]:
        names = min(disorder, key=lambda each: disorder[each])
        return DateGuess(
            written(names), share, written(names[::-1]), "rows are in order of time that way"
        )
    reason = "full stops are used day-first" if sep == "." else None
    return DateGuess(written("dM"), share, written("Md"), reason)


def _shape(match: re.Match) -> tuple:
    return (
        match["sep"],
        len(match["a"]) == 4,
        match["b"].isalpha(),
        match["mid"],
        bool(match["second"]),
        match["point"],
        bool(match["half"]),
        len(match["zone"] or ""),
    )


def _letters(letter: str, parts: Iterable[str]) -> str:
    """Two letters where every value has two digits, one where some have fewer."""
    return letter * (2 if all(len(part) == 2 for part in parts) else 1)


def _year(matches: Sequence[re.Match], group: str) -> str:
    return "yy" if all(len(match[group]) == 2 for match in matches) else "yyyy"


def _time_pattern(matches: Sequence[re.Match]) -> str:
    first = matches[0]
    text = ""
    if first["hour"]:
        hour = _letters("h" if first["half"] else "H", (match["hour"] for match in matches))
        text = {"T": "'T'"}.get(first["mid"], first["mid"]) + f"{hour}:mm"
        if first["second"]:
            text += ":ss"
        if first["point"]:
            digits = Counter(len(match["fraction"]) for match in matches)
            text += first["point"] + "S" * max(digits)
        if first["half"]:
            text += " a" if " " in first["half"] else "a"
    zone = first["zone"]
    if zone:
        width = {1: "XXX", 3: "X", 5: "XX", 6: "XXX"}.get(len(zone), "X")
        text += first["gap"] + ("z" if zone == "UTC" else width)
    return text


def _disorder(matches: Sequence[re.Match], names: str) -> int:
    """Count how often time runs backwards when parts are read as ``names``."""
    moments = []
    for match in matches:
        day, month = (match["a"], match["b"]) if names == "dM" else (match["b"], match["a"])
        year = int(match["c"]) + (2000 if len(match["c"]) == 2 else 0)
        try:
            moments.append(datetime(year, int(month), int(day)))
        except ValueError:
            continue
    back = sum(later < earlier for earlier, later in pairwise(moments))
    forth = sum(later > earlier for earlier, later in pairwise(moments))
    return min(back, forth)
