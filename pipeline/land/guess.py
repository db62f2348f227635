"""Guesses about an unknown file: how its text is cut, how numbers and order ids are written."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.land.guess_dates import is_date
from pipeline.land.scan import split_record
from pipeline.land.source_options import SourceOptions

__all__ = [
    "NumberGuess",
    "bare_number",
    "guess_delimiter",
    "guess_header",
    "guess_numbers",
    "guess_prefixes",
    "guess_titles",
    "looks_like_total",
]

_DELIMITERS = (",", ";", "\t", "|")

_NUMBER = re.compile(r"[-+]?[\d.,' \u00a0\u202f]*\d[\d.,' \u00a0\u202f]*")
_GROUPED = ".,' \u00a0\u202f"
_MONEY = r"(?:[$€£¥₹₩₽₺₫₪₴฿]|[A-Z]{1,3}\$?|kr\.?|zł|Kč|Fr\.)?"
_BEFORE = re.compile(rf"[-+( \u00a0\u202f]*{_MONEY}[-+( \u00a0\u202f]*")
_BEHIND = re.compile(rf"[-+) \u00a0\u202f]*{_MONEY}[-+) \u00a0\u202f]*$")
_TOTAL = re.compile(
    r"\W*((grand|sub)[ -]?)?(totals?|totale|sum|summe|gesamt\w*|somme|suma)\b", re.I
)
_MOST_TITLES = 20


@dataclass(frozen=True)
class NumberGuess:
    """How numbers are written.

    Attributes
    ----------
    decimal_separator : str
        Full stop or comma.
    thousands_separator : str or None
        What stands between groups of three digits.
    share : float
        Of the values that are not empty, how many read as numbers, 0 to 1.
    """

    decimal_separator: str
    thousands_separator: str | None
    share: float


def guess_delimiter(lines: Sequence[str]) -> tuple[str, str | None]:
    """Return the delimiter and the quote that cut lines most evenly.

    Parameters
    ----------
    lines : sequence of str
        The first lines of a file.

    Returns
    -------
    delimiter : str
        A comma where none cuts the lines.
    quote : str or None
        None where quotes are a part of the text.
    """
    best: tuple[float, int, str, str | None] = (0.0, 0, ",", '"')
    for quote in ('"', "'", None):
        for delimiter in _DELIMITERS:
            edge = re.escape(delimiter)
            # A closing quote may be lines away, an opening one begins a field.
            if quote and not any(re.search(f"(^|{edge}){quote}", line) for line in lines):
                continue
            options = SourceOptions(delimiter=delimiter, quote=quote)
            counts = Counter(_width(line, options) for line in lines)
            width, often = counts.most_common(1)[0]
            if width < 2:
                continue
            found = (often / len(lines), width, delimiter, quote)
            if found[:2] > best[:2]:
                best = found
    # The usual quote does no harm where none is used.
    return best[2], best[3] or ('"' if not any('"' in line for line in lines) else None)


def _width(line: str, options: SourceOptions) -> int:
    try:
        return len(split_record(line, options))
    except ValueError:
        return 0


def guess_titles(rows: Sequence[Sequence[str]]) -> int:
    """Count the rows above the header, which fill few of the columns that lines fill.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows of a file.

    Returns
    -------
    int
        0 where the first row is the header or no header is found below it.
    """
    filled = [sum(bool(cell.strip()) for cell in row) for row in rows]
    usual = Counter(filled[1:]).most_common(1)[0][0] if len(filled) > 2 else 0
    if usual < 2:
        return 0
    titles = next(
        (
            at
            for at, count in enumerate(filled[: _MOST_TITLES + 1])
            if count > 1 and 2 * count >= usual
        ),
        0,
    )
    return titles if titles and guess_header(rows[titles:]) else 0


def looks_like_total(row: Sequence[str]) -> bool:
    """Say whether a row's first filled cell calls it a total."""
    return bool(_TOTAL.match(next((cell for cell in row if cell.strip()), "")))


def bare_number(text: str) -> str:
    """Return a number as ``has_number_signs`` has it read.

    Parameters
    ----------
    text : str
        With a currency's sign or code before or behind it, parentheses or a
        minus behind it; any other text comes back as it is, or reads no
        better.
    """
    text = text.strip()
    if ("(" in text) != (")" in text):
        return text
    minus = "-" if re.search("^[^0-9]*[-(]|-[^0-9]*$", text) else ""
    return minus + _BEHIND.sub("", _BEFORE.sub("", text, count=1), count=1)


def guess_header(rows: Sequence[Sequence[str]]) -> bool:
    """Say whether the first row names columns: it holds no number and no date."""
    first = [cell.strip() for cell in rows[0]]
    return not any(re.fullmatch(r"[-+]?\d+([.,]\d+)*", cell) or is_date(cell) for cell in first)


def guess_numbers(values: Iterable[str]) -> NumberGuess:
    """Find how numbers are written.

    Parameters
    ----------
    values : iterable of str
        Quantities, prices or amounts; empty ones are passed over.

    Returns
    -------
    NumberGuess
        A full stop and no sign between groups where nothing tells.
    """
    texts = [value.strip() for value in values if value and value.strip()]
    numbers = [text.strip("+-") for text in texts if _NUMBER.fullmatch(text)]
    votes: Counter[tuple[str, str | None]] = Counter()
    for number in numbers:
        signs = [sign for sign in number if sign in _GROUPED]
        if not signs:
            continue
        last = signs[-1]
        tail = len(number) - number.rindex(last) - 1
        others = sorted(set(signs) - {last})
        if len(others) == 1 and last in ".,":
            votes[last, others[0]] += 1
        elif len(signs) > 1 or last not in ".,":
            votes["," if last == "." else ".", last] += 1
        elif tail != 3:
            votes[last, None] += 1
    decimals: Counter[str] = Counter()
    for (decimal, _), often in votes.items():
        decimals[decimal] += often
    decimal = decimals.most_common(1)[0][0] if decimals else "."
    grouped = Counter(
        {sign: often for (one, sign), often in votes.items() if sign and one == decimal}
    )
    thousands = grouped.most_common(1)[0][0] if grouped else None
    if thousands is None:
        # One sign before exactly three digits is a decimal or a group; it is
        # a group where the other sign is known to be the decimal one.
        other = "," if decimal == "." else "."
        if any(re.fullmatch(rf"\d{{1,3}}{re.escape(other)}\d{{3}}", number) for number in numbers):
            thousands = other
    return NumberGuess(decimal, thousands, len(numbers) / len(texts) if texts else 0.0)


def guess_prefixes(
    order_ids: Sequence[str], is_negative: Sequence[bool]
) -> tuple[str | None, str | None]:
    """Find the prefix of cancellations and that of accounting entries.

    Parameters
    ----------
    order_ids : sequence of str
    is_negative : sequence of bool
        Whether the line's quantity or amount is below zero.

    Returns
    -------
    cancellation, adjustment : str or None
        Letters before a number. A cancellation's lines are nearly all
        negative, an adjustment's are few and mixed.
    """
    rows: Counter[str] = Counter()
    negative: Counter[str] = Counter()
    for order_id, below in zip(order_ids, is_negative, strict=True):
        match = re.match(r"([A-Za-z]{1,8})[-_]?\d", order_id.strip())
        prefix = match[1] if match else ""
        rows[prefix] += 1
        negative[prefix] += below
    if len(rows) < 2:
        return None, None
    usual = rows.most_common(1)[0][0]
    cancellation = next(
        (
            prefix
            for prefix, count in rows.most_common()
            if prefix and prefix != usual and negative[prefix] > 0.9 * count
        ),
        None,
    )
    adjustment = next(
        (
            prefix
            for prefix, count in rows.most_common()
            if prefix and prefix not in (usual, cancellation) and count < 0.001 * len(order_ids)
        ),
        None,
    )
    return cancellation, adjustment
