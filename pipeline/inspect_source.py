"""Look at an unknown file and draft the source config that reads it."""

import os
import shlex
from dataclasses import dataclass
from pathlib import Path

import yaml

from pipeline.core.errors import InputError
from pipeline.core.settings import project_vars
from pipeline.land.config import SourceConfig
from pipeline.land.config_files import shipped_configs
from pipeline.land.draft import Draft, draft_config
from pipeline.land.files import find_files, shown
from pipeline.land.forecast import Forecast, forecast, preview, told
from pipeline.land.look import Found, look_at

__all__ = ["Inspection", "inspect", "inspect_file", "write_draft"]

_COMMENTS = {
    "options": "How bytes become fields.",
    "title_rows": "Records above the header, which are no lines.",
    "has_total_rows": "Records at the end without an order and a date are totals.",
    "timezone": "The shop's, to which moments are converted.",
    "has_number_signs": "Numbers carry a currency, parentheses or a minus behind them.",
    "header": "The file has no header; these are its columns, in order.",
    "columns": "Ours: the file's. Case and spaces do not matter.",
    "carry": "What stands on an order's first record only.",
    "no_customer": "Customer ids that mean nobody.",
    "counted_statuses": "Statuses of orders that count.",
    "timestamp_format": "Spark's pattern of ordered_at.",
    "currency": "ISO 4217 code of every amount.",
    "cancellation_prefix": "What the order id of a cancellation begins with.",
    "adjustment_prefix": "What the order id of an accounting entry begins with.",
    "is_negative_return": "Whether a negative line without the prefix is a return.",
    "decimal_separator": "Between units and decimals.",
    "thousands_separator": "Between groups of digits.",
    "is_decimal_id": "Ids carry a spurious .0, which is dropped.",
}


@dataclass(frozen=True)
class Inspection:
    """What an inspection found.

    Attributes
    ----------
    path : Path
        The file.
    found : Found
        How it is cut, and a sample.
    draft : Draft
        Its config as far as it is known.
    config : SourceConfig or None
        The draft's; None where a required column is not known.
    forecast : Forecast or None
        What would come of the file; None without a config, or where it does
        not fit.
    questions : list of str
        What is open, beginning with the setting that it is about.
    """

    path: Path
    found: Found
    draft: Draft
    config: SourceConfig | None
    forecast: Forecast | None
    questions: list[str]

    def to_yaml(self) -> str:
        """Return the draft with a comment on each setting."""
        lines = [f"# Drafted from {shown(self.path.name)}; read it before you trust it."]
        for key, value in self.draft.settings.items():
            if key in _COMMENTS:
                lines.append(f"# {_COMMENTS[key]}")
            lines += self._remarks(key)
            if key == "columns":
                for column in self.draft.columns:
                    lines += self._remarks(column)
            lines += yaml.safe_dump(
                {key: value}, sort_keys=False, allow_unicode=True, width=1000
            ).splitlines()
        return "\n".join(lines) + "\n"

    def _remarks(self, key: str) -> list[str]:
        open_ones = [f"# ! {text}" for text in self.questions if text.startswith(f"{key}:")]
        return [*open_ones, *(f"# {one}" for one in self.draft.taken if one.startswith(f"{key}:"))]


def inspect_file(path: Path) -> Inspection:
    """Look at one file.

    Parameters
    ----------
    path : Path
        csv, csv.gz, parquet or workbook.

    Returns
    -------
    Inspection
        What is open or does not fit is among its questions.

    Raises
    ------
    InputError
        If it can't be read at all.
    """
    found = look_at(path)
    draft = draft_config(path, found)
    questions = list(draft.questions)
    config = draft.config
    coming = None
    if config is not None:
        try:
            coming = forecast(path, config)
        except InputError as error:
            questions.append(f"the whole file: {error}")
    if coming is not None:
        questions += _losses(coming)
        if not coming.kept:
            questions.append("lines: is the draft right, by which not one line counts?")
    return Inspection(path, found, draft, config, coming, questions)


def _losses(coming: Forecast) -> list[str]:
    """Ask about reasons that would take much of the file."""
    most = _loud_share()
    return [
        f"lines: would it be right that {max(shares):.0%} of the file is left out ({reason})?"
        for reason, _, *shares in coming.left_out
        if max(shares) > most
    ]


def _loud_share() -> float:
    return float(project_vars()["loud_rejected_share"])


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
        What was found and taken for what, open questions, ten lines as they
        would be read, the reconciliation to come, and the draft.

    Raises
    ------
    InputError
        If the file can't be read at all or ``out`` exists.
    """
    if out is not None and os.path.lexists(out):
        raise InputError(f"{shown(out)}: already there; name another file for the draft")
    file = find_files(str(path), "auto")[0][0]
    seen = inspect_file(file.path)
    found = seen.found
    lines = [f"{shown(file.path)}: {found.kind}, {len(found.header)} columns.", *found.notes]
    for config in shipped_configs():
        if config.fits(found.header):
            lines.append(
                f"The header is that of the shipped source {config.name}, which is taken without "
                "a CONFIG."
            )
    if seen.draft.taken:
        lines += ["", "Taken on the file's evidence:", *(f"  - {one}" for one in seen.draft.taken)]
    if seen.questions:
        lines += ["", "Open questions:", *(f"  - {question}" for question in seen.questions)]
        lines += [f"  {example}" for example in seen.draft.examples]
    else:
        lines += ["", "Nothing in the sample contradicts the draft."]
    if seen.forecast is not None:
        lines += ["", "The first lines, as they would be read:", *preview(seen.forecast)]
        lines += ["", "What would come of the whole file, before duplicates and lines that are no"]
        lines += ["goods are left out:", *told(seen.forecast, _loud_share())]
    text = seen.to_yaml()
    if out is None:
        lines += ["", "The draft (--out source.yml writes it):", "", text.rstrip()]
    else:
        write_draft(text, out)
        data, given = (shlex.quote(shown(one)) for one in (path, out))
        lines += ["", f"Wrote {shown(out)}. Next: make run DATA={data} CONFIG={given}"]
    return "\n".join(lines)


def write_draft(text: str, out: Path) -> None:
    """Write a draft config.

    Raises
    ------
    InputError
        If it can't be written.
    """
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{shown(out)}: can't be written ({error.strerror})") from error
