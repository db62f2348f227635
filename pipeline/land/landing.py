"""Land what ``DATA`` names: write and check beside, then put in place, then forget the rest."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from pyspark.sql import SparkSession

from pipeline.core.errors import InputError
from pipeline.core.paths import state
from pipeline.land.config import SourceConfig
from pipeline.land.config_files import load_config
from pipeline.land.databases import copy_query
from pipeline.land.files import InputFile, find_files, kind_of, shown
from pipeline.land.loader import Loader
from pipeline.land.loads import (
    Load,
    discard_lines,
    place_loads,
)
from pipeline.land.pick import pick_config
from pipeline.land.rates import Rates, load_rates, only

__all__ = ["LandedFile", "LandingReport", "check_input", "land"]


@dataclass(frozen=True)
class LandedFile:
    """A file or sheet that ``raw.order_lines`` holds.

    Attributes
    ----------
    source_file : str
        Path below what ``DATA`` names; ``name.xlsx#Sheet`` for a sheet.
    rows : int
        Raw rows.
    sha256 : str
        Checksum of the file's bytes.
    read_again : bool
        True where this landing read it, False where it had landed before.
    title_rows, total_rows : int
        Records above the header and at the end that are no lines.
    """

    source_file: str
    rows: int
    sha256: str
    read_again: bool
    title_rows: int = 0
    total_rows: int = 0


@dataclass(frozen=True)
class LandingReport:
    """What a landing did.

    Attributes
    ----------
    files : list of LandedFile
        Every load that ``raw.order_lines`` now holds, by name.
    source_name, currency : str
        From the source config.
    has_product, has_quantity, has_country : bool
        Which optional columns the source gives.
    warnings : list of str
        Sentences for the summary.
    """

    files: list[LandedFile]
    source_name: str
    currency: str
    has_product: bool
    has_quantity: bool
    has_country: bool
    warnings: list[str] = field(default_factory=list)

    @property
    def raw_rows(self) -> int:
        """Raw rows of all files."""
        return sum(file.rows for file in self.files)


def check_input(data: str, config: Path | None, currency_rates: Path | None = None) -> None:
    """Refuse what needs no Spark to be found wrong: paths, kinds of file, config and header.

    Parameters
    ----------
    data, config, currency_rates
        As ``land`` takes them.

    Raises
    ------
    InputError
        As ``land`` does.
    """
    source = load_config(Path(config)) if config is not None else None
    if source is None or source.format not in ("table", "query"):
        files, _ = find_files(data, source.format if source else "auto")
        for file in files:
            kind_of(file.path)
        if source is None:
            source, _ = pick_config(files[0])
    _with_rates(source, config, currency_rates)


def _with_rates(
    source: SourceConfig, config: Path | None, given: Path | None
) -> tuple[SourceConfig, Rates | None]:
    """Return a source whose currency is the shop's own, and the rates to it, if there are any."""
    if given is None and source.currency_rates is None:
        is_chosen = source.currency is not None and "currency" in source.columns
        return source, only(cast(str, source.currency)) if is_chosen else None
    if "currency" not in source.columns:
        raise InputError(
            f"source {source.name}: amounts are converted by the column `currency`, which it does "
            "not name; leave the currency rates out, or name the column in its config"
        )
    if given is None:
        # Only a config can name rates.
        given = Path(cast(Path, config)).parent / cast(str, source.currency_rates)
    rates = load_rates(Path(given), source.currency)
    return source.model_copy(update={"currency": rates.currency}), rates


def land(
    spark: SparkSession, data: str, config: Path | None, currency_rates: Path | None = None
) -> LandingReport:
    """Make ``raw.order_lines`` hold exactly the files that ``data`` names.

    Every check of every file comes before the first row is in place; what was
    staged by then is removed where one is refused. A file
    that has landed before, with the same config, is not read again. Loads that
    ``data`` no longer names are dropped last.

    Parameters
    ----------
    spark : SparkSession
        The session that reads and writes.
    data : str
        A file, a folder, a glob, a table's name for ``format: table``, or a
        database's address for ``format: query``.
    config : Path, optional
        Source config; None to take the shipped one whose columns the first
        file has.
    currency_rates : Path, optional
        csv file of the rates by which amounts of several currencies are
        converted; goes before that of the config.

    Returns
    -------
    LandingReport

    Raises
    ------
    InputError
        If a file, its header, encoding, dates or the config are at fault;
        nothing has been changed then.
    """
    source = load_config(Path(config)) if config is not None else None
    with tempfile.TemporaryDirectory(prefix="landing-", dir=state().tmp) as folder:
        loader = Loader(spark, Path(folder))
        try:
            if source is not None:
                source, loader.rates = _with_rates(source, config, currency_rates)
            if source is not None and source.format == "table":
                loader.source = source
                loads = [loader.table(data)]
            elif source is not None and source.query is not None:
                file = InputFile(Path(folder) / "query.parquet", f"{source.name} (query)")
                copy_query(data, source.query, file.path)
                loader.source = source = source.model_copy(update={"format": "parquet"})
                try:
                    loads = loader.files([file])
                except InputError as error:
                    raise InputError(str(error).replace(str(file.path), file.name)) from error
            else:
                files, warnings = find_files(data, source.format if source else "auto")
                loader.warnings += warnings
                if source is None:
                    source, note = pick_config(files[0])
                    loader.warnings += note
                    source, loader.rates = _with_rates(source, None, currency_rates)
                loader.source = source
                loads = loader.files(files)
            loader.warnings += [_skipped(load) for load in loads if load.skipped_text]
            currency = _one_currency(loads)
            place_loads(spark, loads, source, loader.rates)
        except BaseException:
            discard_lines(loader.written)
            raise
    return LandingReport(
        files=[
            LandedFile(
                load.source_file,
                load.row_count,
                load.checksum,
                load.is_new,
                load.title_rows,
                load.total_rows,
            )
            for load in loads
        ],
        source_name=source.name,
        currency=currency,
        has_product=source.has_product,
        has_quantity=source.has_quantity,
        has_country=source.has_country,
        warnings=loader.warnings,
    )


def _one_currency(loads: list[Load]) -> str:
    """Return the currency of all loads, and refuse those of several."""
    found = {load.currency: load.source_file for load in loads}
    if len(found) > 1:
        named = ", ".join(f"{code} in {shown(name)}" for code, name in sorted(found.items()))
        raise InputError(
            f"the files are of {len(found)} currencies ({named}), whose amounts can't be added "
            "up; name a file of `currency_rates`, or in a source config the `currency` that counts"
        )
    return next(iter(found))


def _skipped(load: Load) -> str:
    """Say which records of a file are no lines."""
    counts = [
        f"{count} {name}{'s' if count > 1 else ''} {place}"
        for count, name, place in (
            (load.title_rows, "title row", "above the header"),
            (load.total_rows, "total row", "at the end"),
        )
        if count
    ]
    are = "is no line" if load.title_rows + load.total_rows == 1 else "are no lines"
    return f"{shown(load.source_file)}: {' and '.join(counts)} {are}: {load.skipped_text}"
