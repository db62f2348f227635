"""Draft the source config of an unknown file, and say what was taken for what and why."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from pipeline.land.canonical import CANONICAL, EXTRAS, REQUIRED
from pipeline.land.config import SourceConfig
from pipeline.land.draft_amounts import draft_currency, draft_numbers, draft_returns
from pipeline.land.draft_orders import draft_customer, draft_orders
from pipeline.land.files import shown
from pipeline.land.guess import looks_like_total
from pipeline.land.guess_columns import guess_columns, is_whole_name
from pipeline.land.guess_dates import DateGuess, guess_date
from pipeline.land.look import Found, cell_of
from pipeline.land.sheets import SHEET_TIMESTAMP
from pipeline.land.timestamp_formats import EPOCHS, EXCEL_SERIAL, PATTERNS_APART, has_offset

__all__ = ["Draft", "draft_config"]

_UNKNOWN = "CHANGE_ME"


@dataclass
class Draft:
    """A source config as far as the file tells.

    Attributes
    ----------
    settings : dict
        What the config says.
    questions : list of str
        What is not known, with what was put meanwhile; each begins with the
        setting or column that it is about.
    taken : list of str
        What was taken for what on evidence, likewise.
    examples : list of str
        What the questions are about, for the eye alone: a draft is kept, and a
        customer's id must not be kept with it.
    """

    settings: dict = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)

    @property
    def config(self) -> SourceConfig | None:
        """The config, None where a required column is not known."""
        if _UNKNOWN in str(self.settings["columns"]):
            return None
        try:
            return SourceConfig.model_validate(self.settings)
        except ValidationError:
            return None

    @property
    def columns(self) -> dict:
        """Canonical column to the file's header, as the config says it."""
        return self.settings["columns"]


def draft_config(path: Path, found: Found) -> Draft:
    """Draft the config of a file.

    Parameters
    ----------
    path : Path
        The file, for the source's name.
    found : Found
        What was seen of it; rows that are totals are taken out, with a note.

    Returns
    -------
    Draft
    """
    draft = Draft()
    columns = guess_columns(found.header, _date_columns(found))
    at = {column: found.header.index(name) for column, name in columns.items()}
    totals = _totals(found, at)
    if totals:
        said = " ".join(cell.strip() for cell in totals[-1] if cell.strip())
        found.notes.append(f"The file ends in a total, which is no line: {shown(said, 100)}.")
        found.rows = [row for row in found.rows if row not in totals]
    _require_columns(found, columns, draft)
    draft.settings["name"] = _source_name(path)
    options = found.options.model_dump(exclude_defaults=True)
    if options:
        draft.settings["options"] = options
    if not found.has_header:
        draft.settings["header"] = found.header
    if found.title_rows:
        draft.settings["title_rows"] = found.title_rows
    if totals:
        draft.settings["has_total_rows"] = True

    def values(column: str) -> list[str]:
        name = columns.get(column)
        return found.column(name) if name in found.header else []

    orders = draft_orders(found, columns, values("order_id"), draft)
    order = (*CANONICAL, *EXTRAS)
    draft.settings["columns"] = {name: columns[name] for name in order if name in columns}
    draft.settings |= {name: value for name, value in orders.items() if value}
    pattern = _date_pattern(guess_date(values("ordered_at")), draft.questions)
    several = pattern.split(PATTERNS_APART)
    draft.settings["timestamp_format"] = several if len(several) > 1 else pattern
    if len(several) > 1:
        draft.taken.append(
            f"timestamp_format: moments are written in {len(several)} ways, each of which fits one."
        )
    if has_offset(pattern):
        draft.settings["timezone"] = _timezone(pattern, values("ordered_at"), draft.taken)
    if "currency" not in columns:
        money = values("unit_price") + values("amount")
        draft.settings["currency"] = draft_currency(money, draft)
    draft_returns(found, columns, values, draft)
    figures = [
        text
        for name in ("quantity", "unit_price", "amount", "discount", "refund")
        for text in values(name)
    ]
    draft_numbers(figures, draft)
    ids = [text.strip() for text in values("customer_id") if text.strip()]
    if any(text.endswith(".0") and text[:-2].isdigit() for text in ids):
        draft.settings["is_decimal_id"] = True
    if columns["customer_id"] in found.header and not ids:
        draft.questions.append("customer_id: the column is empty in the whole sample.")
    name = columns["customer_id"]
    draft.columns["customer_id"] = draft_customer(found, name, draft) if ids else name
    return draft


def _require_columns(found: Found, columns: dict[str, str], draft: Draft) -> None:
    """Find what must be there by other means than names, or ask for it."""
    for column, name in columns.items():
        if not is_whole_name(column, name):
            told = f"{column}: {name} was taken for it by a part of its name"
            if column in (*REQUIRED, "quantity", "unit_price", "amount"):
                draft.questions.append(f"{told}. Is it right?")
            else:
                draft.taken.append(f"{told}.")
    if "ordered_at" not in columns:
        dated = (
            name
            for name in found.header
            if name not in columns.values() and _looks_dated(found.column(name)[:200])
        )
        first = next(dated, None)
        if first is not None:
            columns["ordered_at"] = first
            draft.questions.append(f"ordered_at: {first} was taken for its dates alone.")
    if "amount" not in columns and not {"quantity", "unit_price"} <= set(columns):
        columns.pop("quantity", None)
        columns.pop("unit_price", None)
        columns["amount"] = _UNKNOWN
        draft.questions.append(
            "amount: no column of amounts, nor of quantity and unit price, was recognised; put "
            f"the header's name for {_UNKNOWN}."
        )
    for column in REQUIRED:
        if column not in columns:
            columns[column] = _UNKNOWN if _UNKNOWN not in columns.values() else f"{_UNKNOWN}_2"
            draft.questions.append(
                f"{column}: no header was recognised; put its name for {_UNKNOWN}."
            )


def _looks_dated(values: Sequence[str]) -> bool:
    """Say whether a column of another name holds dates; five digits may be anything."""
    guess = guess_date(values)
    return guess is not None and guess.pattern != EXCEL_SERIAL


def _date_columns(found: Found) -> set[str]:
    """Return the headers whose values are dates; digits alone may be ids."""
    guesses = {
        name: guess_date([cell_of(row, at) for row in found.rows[:200]])
        for at, name in enumerate(found.header)
    }
    return {
        name
        for name, guess in guesses.items()
        if guess and not guess.pattern.isalpha() and guess.pattern not in (*EPOCHS, EXCEL_SERIAL)
    }


def _totals(found: Found, at: dict[str, int]) -> list[list[str]]:
    """Return the last records where they name no order and no date, or call themselves totals."""
    totals: list[list[str]] = []
    if not {"order_id", "ordered_at"} <= set(at):
        return totals
    for row in reversed(found.last):
        is_line = cell_of(row, at["order_id"]).strip() or cell_of(row, at["ordered_at"]).strip()
        if is_line and (len(row) == len(found.header) or not looks_like_total(row)):
            break
        totals.insert(0, row)
    # A file whose every record lacks them has another fault.
    return totals if len(totals) < len(found.last) else []


def _timezone(pattern: str, values: Sequence[str], taken: list[str]) -> str:
    """Return UTC, and ask for the shop's own time zone with what speaks for one."""
    if pattern in EPOCHS:
        evidence = "moments are counted from 1970 in UTC"
    else:
        offsets = Counter(re.findall(r"(?:Z|UTC|[+-][0-9:]+)?\s*$", text)[0] for text in values)
        offset, often = offsets.most_common(1)[0]
        share = "all" if often == len(values) else f"{often / len(values):.0%} of the"
        evidence = f"{share} moments say {offset.strip()}"
    taken.append(
        f"timezone: {evidence}, and days will begin at midnight UTC; where the shop's do not, put "
        "its time zone, such as Europe/Berlin."
    )
    return "UTC"


def _date_pattern(guess: DateGuess | None, doubts: list[str]) -> str:
    if guess is None:
        doubts.append("timestamp_format: no dates were recognised; correct the pattern.")
        return SHEET_TIMESTAMP
    if guess.other:
        why = f" ({guess.reason})" if guess.reason else " (nothing speaks for either)"
        doubts.append(
            "timestamp_format: day-first and month-first cannot be told apart, because no value "
            f"is above 12; {guess.pattern} was taken{why}, the other is {guess.other}."
        )
    if guess.share < 0.99:
        doubts.append(f"timestamp_format: it fits {guess.share:.1%} of the sample only.")
    return guess.pattern


def _source_name(path: Path) -> str:
    stem = path.name.split(".")[0].lower()
    name = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in stem).strip("_")
    return (name if name[:1].isalpha() else f"shop_{name}").rstrip("_")[:60]
