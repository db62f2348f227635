"""Look at an unknown file and draft the source config that reads it."""

import codecs
import os
import re
import shlex
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from pipeline.errors import InputError
from pipeline.land.config import (
    CANONICAL,
    EPOCHS,
    EXTRAS,
    REQUIRED,
    SourceOptions,
    has_offset,
    shipped_configs,
)
from pipeline.land.files import find_files, kind_of, shown
from pipeline.land.guess import (
    DateGuess,
    bare_number,
    guess_columns,
    guess_date,
    guess_delimiter,
    guess_header,
    guess_numbers,
    guess_prefixes,
    guess_titles,
    looks_like_total,
)
from pipeline.land.scan import open_text, read_bytes, scan_csv, split_record
from pipeline.land.sheets import SHEET_TIMESTAMP, sheet_names, text_rows

__all__ = ["inspect"]

_STRIDE = 1 << 20
_SAMPLE = 20_000
_PREVIEW = 10
_LAST = 5
_UNKNOWN = "CHANGE_ME"


@dataclass
class _Found:
    """What was seen of a file.

    Attributes
    ----------
    kind : str
        Format.
    header : list of str
        Names; made up where the file has none.
    rows : list of list of str
        A sample of rows over the whole file, in its order, beginning with the
        first ones.
    has_header : bool
        True where the first record names the columns.
    options : SourceOptions
        How a csv file is cut.
    notes : list of str
        Sentences for the report.
    title_rows : int
        Records above the header.
    last : list of list of str
        The last records of a csv file, of any number of fields.
    """

    kind: str
    header: list[str]
    rows: list[list[str]]
    has_header: bool = True
    options: SourceOptions = field(default_factory=SourceOptions)
    notes: list[str] = field(default_factory=list)
    title_rows: int = 0
    last: list[list[str]] = field(default_factory=list)


def inspect(path: Path, out: Path | None = None) -> str:
    """Guess how a file is to be read.

    Parameters
    ----------
    path : Path
        csv, csv.gz, parquet or workbook; of a folder or a glob the first file.
    out : Path, optional
        Where the draft config is written. A file that is there already is left
        alone.

    Returns
    -------
    str
        What was found, doubts included, ten lines as they would be read, and
        the draft.

    Raises
    ------
    InputError
        If the file can't be read at all or ``out`` exists.
    """
    if out is not None and os.path.lexists(out):
        raise InputError(f"{shown(out)}: already there; name another file for the draft")
    file = find_files(str(path), "auto")[0][0]
    kind = kind_of(file.path)
    found = {"csv": _look_at_csv, "parquet": _look_at_parquet, "xlsx": _look_at_workbook}[kind](
        file.path
    )
    draft, doubts = _draft(file.path, found)
    lines = [f"{shown(file.path)}: {found.kind}, {len(found.header)} columns.", *found.notes]
    lines += ["", "To look at before you trust the draft:", *(f"  - {doubt}" for doubt in doubts)]
    if not doubts:
        lines = lines[:-1]
        lines[-1] = "Nothing in the sample contradicts the draft."
    lines += ["", f"The first {_PREVIEW} lines, as they would be read:", *_preview(found, draft)]
    text = _yaml(draft, doubts, file.path)
    if out is None:
        lines += ["", "The draft (--out source.yml writes it):", "", text.rstrip()]
    else:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            out.write_text(text, encoding="utf-8")
        except OSError as error:
            raise InputError(f"{shown(out)}: can't be written ({error.strerror})") from error
        data, config = (shlex.quote(shown(one)) for one in (path, out))
        lines += ["", f"Wrote {shown(out)}. Next: make run DATA={data} CONFIG={config}"]
    return "\n".join(lines)


def _look_at_csv(path: Path) -> _Found:
    encoding = _guess_encoding(path)
    head, sample = _sampled(path, encoding)
    if not head:
        raise InputError(f"{shown(path)}: the file is empty; expected a header and rows")
    delimiter, quote = guess_delimiter(head[:200])
    options, row_count, notes = _whole(path, delimiter, quote, encoding)
    title_rows = guess_titles([split_record(line, options) for line in head[:200]])
    head = head[title_rows:]
    below = "the titles and the header" if title_rows else "the first one"
    notes.insert(0, f"{row_count - title_rows} records after {below}.")
    rows = [split_record(line, options) for line in head[:1]]
    has_header = guess_header(rows)
    width = len(rows[0])
    header = rows[0] if has_header else [f"column_{at + 1}" for at in range(width)]
    body = []
    for line in (head[1:] if has_header else head) + sample:
        try:
            fields = split_record(line, options)
        except ValueError:
            continue
        if len(fields) == width:
            body.append(fields)
    named = "a tab" if delimiter == "\t" else f"'{delimiter}'"
    notes.insert(0, f"Fields are separated by {named}, the text is {encoding}.")
    if title_rows:
        notes.append(f"The first {title_rows} records are titles; the header follows them.")
    if not has_header:
        notes.append("The first record looks like data, so the file has no header.")
    last = _last_records(path, options)
    return _Found("csv", header, body, has_header, options, notes, title_rows, last)


def _look_at_parquet(path: Path) -> _Found:
    try:
        file = pq.ParquetFile(path)
        header, rows = file.schema_arrow.names, []
        for group in range(file.num_row_groups):
            few = max(_PREVIEW, _SAMPLE // file.num_row_groups)
            table = next(file.iter_batches(few, row_groups=[group]), None)
            if table is None:
                continue
            columns = [
                ["" if value is None else str(value) for value in column.to_pylist()]
                for column in table.columns
            ]
            rows += [list(row) for row in zip(*columns, strict=True)]
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"{shown(path)}: not a whole parquet file ({reason})") from error
    note = f"{file.metadata.num_rows} rows."
    return _Found("parquet", header, rows, notes=[note])


def _look_at_workbook(path: Path) -> _Found:
    notes, first = [], None
    for sheet in sheet_names(path, None):
        rows = [[cell or "" for cell in row] for row in islice(text_rows(path, sheet), _SAMPLE)]
        if not rows:
            notes.append(f"Sheet {shown(sheet)} is empty.")
            continue
        title_rows = guess_titles(rows[:200]) if first is None else first.title_rows
        header = rows[min(title_rows, len(rows) - 1)]
        if first is None:
            body = rows[title_rows + 1 :]
            first = _Found("xlsx", header, body, title_rows=title_rows, last=body[-_LAST:])
            if title_rows:
                notes.append(f"The first {title_rows} rows are titles; the header follows them.")
            notes.append(f"Sheet {shown(sheet)} is the one looked at.")
        elif header != first.header:
            notes.append(
                f"Sheet {shown(sheet)} has other columns; name the sheets to read in "
                "`options: {sheets: [...]}`."
            )
        else:
            notes.append(f"Sheet {shown(sheet)} has the same columns and is read as well.")
    if first is None:
        raise InputError(f"{shown(path)}: no sheet holds anything")
    first.notes = notes
    return first


def _guess_encoding(path: Path) -> str:
    """Read a whole file's bytes for the encodings they can be."""
    with open_text(path) as file:
        head = read_bytes(file, path, 4096)
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if len(head) > 3 and head.count(b"\0") > len(head) // 4:
            return "utf-16-le" if head[1::2].count(b"\0") > head[::2].count(b"\0") else "utf-16-be"
        decoders = {name: codecs.getincrementaldecoder(name)() for name in ("utf-8", "cp1252")}
        chunk = head
        while True:
            for name in list(decoders):
                try:
                    decoders[name].decode(chunk, final=not chunk)
                except UnicodeDecodeError:
                    del decoders[name]
            if not chunk or not decoders:
                return next(iter(decoders), "iso-8859-1")
            chunk = read_bytes(file, path, 8 * _STRIDE)


def _sampled(path: Path, encoding: str) -> tuple[list[str], list[str]]:
    """Return the first lines of a file and some from each later stretch."""
    size = max(path.stat().st_size // _STRIDE, 1)
    each = max(20, _SAMPLE // (2 * size))
    decoder = codecs.getincrementaldecoder(encoding)()
    head: list[str] = []
    sample: list[str] = []
    with open_text(path) as file:
        while chunk := read_bytes(file, path, _STRIDE):
            # The ends of a stretch are parts of lines, save where the file begins.
            lines = decoder.decode(chunk).removeprefix("\ufeff").splitlines()
            if not head:
                whole = lines if len(chunk) < _STRIDE else lines[:-1]
                head = [line for line in whole if line.strip()][: _SAMPLE // 2]
            else:
                sample += [line for line in lines[1:-1] if line.strip()][:each]
    return head, sample


def _last_records(path: Path, options: SourceOptions) -> list[list[str]]:
    """Return the last records of a file."""
    last: deque[bytes] = deque(maxlen=2)
    with open_text(path) as file:
        while chunk := read_bytes(file, path, _STRIDE):
            last.append(chunk)
    text = b"".join(last).decode(options.encoding, "replace")
    found = []
    for line in [line for line in text.splitlines() if line.strip()][-_LAST:]:
        try:
            found.append(split_record(line, options))
        except ValueError:
            continue
    return found


def _whole(
    path: Path, delimiter: str, quote: str | None, encoding: str
) -> tuple[SourceOptions, int, list[str]]:
    """Try ways to quote until the whole file can be cut into records, and count them."""
    tries = [(quote, False), (quote, True), (None, False)] if quote else [(None, False)]
    fault: InputError | None = None
    for sign, multiline in tries:
        options = SourceOptions(
            delimiter=delimiter, quote=sign, encoding=encoding, multiline=multiline
        )
        try:
            scan = scan_csv(path, options, has_header=True)
        except InputError as error:
            fault = fault or error
            continue
        notes = []
        if multiline:
            notes.append("Some quoted fields hold line breaks.")
        if quote and sign is None:
            notes.append("Quotes do not balance anywhere sensible, so they are plain text.")
        return options, scan.row_count, notes
    raise fault


def _draft(path: Path, found: _Found) -> tuple[dict, list[str]]:
    """Return the config as a dict, and what in it is doubtful."""
    doubts: list[str] = []
    columns = guess_columns(found.header, _date_columns(found))
    at = {column: found.header.index(name) for column, name in columns.items()}
    totals = _totals(found, at)
    if totals:
        said = " ".join(cell.strip() for cell in totals[-1] if cell.strip())
        found.notes.append(f"The file ends in a total, which is no line: {shown(said, 100)}.")
        found.rows = [row for row in found.rows if row not in totals]

    def values(column: str) -> list[str]:
        place = at.get(column)
        return [] if place is None else [_cell(row, place) for row in found.rows]

    if "ordered_at" not in columns:
        place = next(
            (
                one
                for one in range(len(found.header))
                if one not in at.values()
                and guess_date([_cell(row, one) for row in found.rows[:200]]) is not None
            ),
            None,
        )
        if place is not None:
            columns["ordered_at"], at["ordered_at"] = found.header[place], place
            doubts.append(f"ordered_at: {found.header[place]} was taken for its dates alone.")
    if "amount" not in columns and not {"quantity", "unit_price"} <= set(columns):
        columns.pop("quantity", None)
        columns.pop("unit_price", None)
        columns["amount"] = _UNKNOWN
        doubts.append(
            "amount: no column of amounts, nor of quantity and unit price, was recognised; put "
            f"the header's name for {_UNKNOWN}."
        )
    for column in REQUIRED:
        if column not in columns:
            columns[column] = _UNKNOWN if _UNKNOWN not in columns.values() else f"{_UNKNOWN}_2"
            doubts.append(f"{column}: no header was recognised; put its name for {_UNKNOWN}.")
    draft: dict = {"name": _source_name(path)}
    options = found.options.model_dump(exclude_defaults=True)
    if options:
        draft["options"] = options
    if not found.has_header:
        draft["header"] = found.header
    if found.title_rows:
        draft["title_rows"] = found.title_rows
    if totals:
        draft["has_total_rows"] = True
    draft["columns"] = {name: columns[name] for name in (*CANONICAL, *EXTRAS) if name in columns}
    draft["timestamp_format"] = _date_pattern(guess_date(values("ordered_at")), doubts)
    if has_offset(draft["timestamp_format"]):
        draft["timezone"] = _timezone(draft["timestamp_format"], values("ordered_at"), doubts)
    draft["currency"] = _currency(values("unit_price") + values("amount"), doubts)

    money = "amount" if "amount" in at else "quantity"
    is_negative = [bare_number(text).startswith("-") for text in values(money)]
    cancellation = adjustment = None
    if is_negative and "order_id" in at:
        cancellation, adjustment = guess_prefixes(values("order_id"), is_negative)
    if cancellation:
        draft["cancellation_prefix"] = cancellation
    if adjustment:
        draft["adjustment_prefix"] = adjustment
        doubts.append(
            f"adjustment_prefix: few order ids begin with {adjustment}; make sure that they are "
            "accounting entries."
        )
    draft["is_negative_return"] = _is_negative_return(found, at, is_negative, cancellation)
    figures = [text for name in ("quantity", "unit_price", "amount") for text in values(name)]
    numbers = guess_numbers(figures)
    bare = guess_numbers(map(bare_number, figures))
    if bare.share > numbers.share:
        numbers = bare
        draft["has_number_signs"] = True
    if numbers.decimal_separator != ".":
        draft["decimal_separator"] = numbers.decimal_separator
    if numbers.thousands_separator:
        draft["thousands_separator"] = numbers.thousands_separator
    if figures and numbers.share < 0.99:
        doubts.append(
            f"numbers: {1 - numbers.share:.1%} of quantities and amounts do not read as numbers; "
            "such lines will be kept aside as unparseable."
        )
    ids = [text.strip() for text in values("customer_id") if text.strip()]
    if any(text.endswith(".0") and text[:-2].isdigit() for text in ids):
        draft["is_decimal_id"] = True
    if at.get("customer_id") is not None and not ids:
        doubts.append("customer_id: the column is empty in the whole sample.")
    for config in shipped_configs():
        if config.fits(found.header):
            found.notes.append(
                f"The header is that of the shipped source {config.name}, which is taken without "
                "a CONFIG."
            )
    return draft, doubts


def _date_columns(found: _Found) -> set[str]:
    """Return the headers whose values are dates; digits alone may be ids."""
    guesses = {
        name: guess_date([_cell(row, at) for row in found.rows[:200]])
        for at, name in enumerate(found.header)
    }
    return {
        name
        for name, guess in guesses.items()
        if guess and not guess.pattern.isalpha() and guess.pattern not in EPOCHS
    }


def _totals(found: _Found, at: dict[str, int]) -> list[list[str]]:
    """Return the last records where they name no order and no date, or call themselves totals."""
    totals: list[list[str]] = []
    if not {"order_id", "ordered_at"} <= set(at):
        return totals
    for row in reversed(found.last):
        is_line = _cell(row, at["order_id"]).strip() or _cell(row, at["ordered_at"]).strip()
        if is_line and (len(row) == len(found.header) or not looks_like_total(row)):
            break
        totals.insert(0, row)
    # A file whose every record lacks them has another fault.
    return totals if len(totals) < len(found.last) else []


def _timezone(pattern: str, values: Sequence[str], doubts: list[str]) -> str:
    """Return UTC, and ask for the shop's own time zone with what speaks for one."""
    if pattern in EPOCHS:
        evidence = "moments are counted from 1970 in UTC"
    else:
        offsets = Counter(re.search(r"(Z|UTC|[+-][0-9:]+)?\s*$", text)[0] for text in values)
        offset, often = offsets.most_common(1)[0]
        share = "all" if often == len(values) else f"{often / len(values):.0%} of the"
        evidence = f"{share} moments say {offset.strip()}"
    doubts.append(
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


def _currency(values: Sequence[str], doubts: list[str]) -> str:
    for sign, code in (("£", "GBP"), ("€", "EUR"), ("¥", "JPY"), ("$", "USD")):
        if sum(sign in value for value in values) > len(values) // 2:
            doubts.append(f"currency: {code} was taken for the sign {sign} in the amounts.")
            return code
    doubts.append("currency: not known from the file; put its ISO 4217 code for XXX.")
    return "XXX"


def _is_negative_return(
    found: _Found, at: dict[str, int], is_negative: Sequence[bool], prefix: str | None
) -> bool:
    """Say whether negative lines without the prefix are money back to customers."""
    plain = [
        row
        for row, below in zip(found.rows, is_negative, strict=False)
        if below and not (prefix and _cell(row, at["order_id"]).strip().startswith(prefix))
    ]
    if "unit_price" in at:
        plain = [
            row
            for row in plain
            if bare_number(_cell(row, at["unit_price"])).strip(" 0.,") not in ("", "-")
        ]
    if "customer_id" in at:
        plain = [row for row in plain if _cell(row, at["customer_id"]).strip()]
    return bool(plain) or (not any(is_negative) and prefix is None)


def _cell(row: Sequence[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _source_name(path: Path) -> str:
    stem = path.name.split(".")[0].lower()
    name = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in stem).strip("_")
    return (name if name[:1].isalpha() else f"shop_{name}").rstrip("_")[:60]


def _preview(found: _Found, draft: dict) -> Iterator[str]:
    """Yield ten rows under the canonical names, in columns."""
    names = [name for name, header in draft["columns"].items() if header in found.header]
    table = [names]
    for row in found.rows[:_PREVIEW]:
        cells = (_cell(row, found.header.index(draft["columns"][name])) for name in names)
        table.append([shown(cell)[:24] for cell in cells])
    widths = [max(len(row[at]) for row in table) for at in range(len(names))]
    for row in table:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield ("  " + "  ".join(cells)).rstrip()


_COMMENTS = {
    "options": "How bytes become fields.",
    "title_rows": "Records above the header, which are no lines.",
    "has_total_rows": "Records at the end without an order and a date are totals.",
    "timezone": "The shop's, to which moments are converted.",
    "has_number_signs": "Numbers carry a currency, parentheses or a minus behind them.",
    "header": "The file has no header; these are its columns, in order.",
    "columns": "Ours: the file's. Case and spaces do not matter.",
    "timestamp_format": "Spark's pattern of ordered_at.",
    "currency": "ISO 4217 code of every amount.",
    "cancellation_prefix": "What the order id of a cancellation begins with.",
    "adjustment_prefix": "What the order id of an accounting entry begins with.",
    "is_negative_return": "Whether a negative line without the prefix is a return.",
    "decimal_separator": "Between units and decimals.",
    "thousands_separator": "Between groups of digits.",
    "is_decimal_id": "Ids carry a spurious .0, which is dropped.",
}


def _yaml(draft: dict, doubts: list[str], path: Path) -> str:
    """Write the draft with a comment on each setting."""
    lines = [f"# Drafted from {shown(path.name)}; read it before you trust it."]
    for key, value in draft.items():
        if key in _COMMENTS:
            lines.append(f"# {_COMMENTS[key]}")
        lines += [f"# ! {doubt}" for doubt in doubts if doubt.startswith(f"{key}:")]
        if key == "columns":
            lines += [f"# ! {doubt}" for doubt in doubts if doubt.split(":")[0] in draft["columns"]]
        lines += yaml.safe_dump(
            {key: value}, sort_keys=False, allow_unicode=True, width=1000
        ).splitlines()
    return "\n".join(lines) + "\n"
