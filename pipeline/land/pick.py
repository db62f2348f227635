"""Choose the shipped source config whose columns a file has."""

from itertools import islice
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from pydantic import BaseModel, ConfigDict

from pipeline.core.errors import InputError
from pipeline.land.canonical import header_key
from pipeline.land.config import SourceConfig
from pipeline.land.config_files import shipped_configs
from pipeline.land.file_bytes import open_text, read_bytes
from pipeline.land.files import InputFile, kind_of, shown
from pipeline.land.records import LONGEST_RECORD
from pipeline.land.scan import split_record
from pipeline.land.sheets import sheet_header, sheet_names
from pipeline.land.source_options import SourceOptions

__all__ = ["UnknownLayout", "peek_header", "pick_config"]

_REFUSED = Path(__file__).resolve().parent.parent / "sources" / "refused"


class UnknownLayout(InputError):
    """No shipped config fits a file.

    Attributes
    ----------
    short : str
        The message without what is expected.
    """

    def __init__(self, short: str, expected: str) -> None:
        super().__init__(f"{short}; {expected}")
        self.short = short


def pick_config(file: InputFile) -> tuple[SourceConfig, list[str]]:
    """Return the shipped config that fits a file.

    Parameters
    ----------
    file : InputFile
        The first file to land.

    Returns
    -------
    config : SourceConfig
    notes : list of str
        Other shipped configs that would have fitted as well.

    Raises
    ------
    UnknownLayout
        If none fits, with what was found and what would have been expected.
    InputError
        If the file is a known report that names no customer.
    """
    configs = shipped_configs()
    headers: dict[str, list[str]] = {}
    is_csv = kind_of(file.path) == "csv"
    # Most of them read a file alike, and a workbook takes its time.
    seen: dict[str, list[str]] = {}
    for config in configs:
        how = f"{repr(config.options) if is_csv else 'cells'} {config.title_rows}"
        seen[how] = seen[how] if how in seen else peek_header(file.path, config)
        headers[config.name] = seen[how]
    fitting = [config for config in configs if config.fits(headers[config.name])]
    if not fitting:
        _refuse_known(file.path)
        header = max(headers.values(), key=len)
        found = ", ".join(shown(name, 40) for name in header[:20]) or "nothing"
        expected = ", ".join(config.name for config in configs)
        raise UnknownLayout(
            f"{shown(file.path)}: no shipped source config fits the header ({found})",
            f"expected that of {expected} (pipeline/sources says their columns); "
            f"`python -m pipeline inspect {shown(file.path)} --out source.yml` drafts a config to "
            "give as CONFIG=source.yml",
        )
    fitting.sort(key=lambda config: -len(config.columns))
    others = [config.name for config in fitting[1:]]
    notes = []
    if others:
        notes.append(
            f"{shown(file.name)} was read as source {fitting[0].name}; it fits "
            f"{', '.join(others)} as well, which CONFIG can name."
        )
    return fitting[0], notes


class _Refused(BaseModel):
    """A report that is known, and known to be of no use here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    options: SourceOptions
    columns: list[str]
    reason: str
    title_rows: Literal[0] = 0


def _refuse_known(path: Path) -> None:
    """Refuse a file of a known report without customers, and say which one has them."""
    for known in sorted(_REFUSED.glob("*.yml")):
        layout = _Refused.model_validate(yaml.safe_load(known.read_text(encoding="utf-8")))
        keys = {header_key(name) for name in peek_header(path, layout)}
        if keys >= {header_key(name) for name in layout.columns}:
            raise InputError(f"{shown(path)}: {' '.join(layout.reason.split())}")


def peek_header(path: Path, config: SourceConfig | _Refused) -> list[str]:
    """Return the names in a file's header, without judging the rest of it.

    Parameters
    ----------
    path : Path
        csv, csv.gz, parquet or workbook.
    config : SourceConfig
        How a csv file is read.

    Returns
    -------
    list of str
        Empty where there is none.

    Raises
    ------
    InputError
        If a parquet file is not whole, a workbook can't be opened, or gzip is damaged.
    """
    kind = kind_of(path)
    if kind == "parquet":
        try:
            return pq.read_schema(path).names
        except (pa.ArrowException, OSError) as error:
            raise InputError(
                f"{shown(path)}: not a whole parquet file ({str(error).splitlines()[0]})"
            ) from error
    if kind == "xlsx":
        for sheet in sheet_names(path, config.options.sheets):
            header = sheet_header(path, sheet, config.title_rows)
            if header is not None:
                return header
        return []
    with open_text(path) as file:
        head = read_bytes(file, path, LONGEST_RECORD)
    text = head.decode(config.options.encoding, "replace").removeprefix("\ufeff")
    records = (line for line in text.splitlines() if line.strip())
    first = next(islice(records, config.title_rows, None), "")
    try:
        return split_record(first, config.options)
    except ValueError:
        return []
