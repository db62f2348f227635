"""Land what ``DATA`` names: write and check beside, then put in place, then forget the rest."""

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from pipeline.core.errors import InputError, is_disk_full
from pipeline.core.paths import state
from pipeline.land.config import SourceConfig, load_config
from pipeline.land.conformity import first_line, other_reading, require_pattern
from pipeline.land.databases import copy_query
from pipeline.land.files import InputFile, find_files, kind_of, shown
from pipeline.land.lines import csv_lines, parquet_lines, positions
from pipeline.land.loads import (
    LOADS,
    FileState,
    Load,
    discard_lines,
    place_loads,
    write_lines,
)
from pipeline.land.pick import pick_config
from pipeline.land.rates import Rates, load_rates, only
from pipeline.land.scan import checksum_of, scan_csv, split_record
from pipeline.land.sheets import sheet_names, write_sheet
from pipeline.land.table import copy_table
from pipeline.land.texts import pattern_of
from pipeline.store.tables import full_name

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
        landing = _Landing(spark, Path(folder))
        try:
            if source is not None:
                source, landing.rates = _with_rates(source, config, currency_rates)
            if source is not None and source.format == "table":
                landing.source = source
                loads = [landing.table(data)]
            elif source is not None and source.query is not None:
                file = InputFile(Path(folder) / "query.parquet", f"{source.name} (query)")
                copy_query(data, source.query, file.path)
                landing.source = source = source.model_copy(update={"format": "parquet"})
                try:
                    loads = landing.files([file])
                except InputError as error:
                    raise InputError(str(error).replace(str(file.path), file.name)) from error
            else:
                files, warnings = find_files(data, source.format if source else "auto")
                landing.warnings += warnings
                if source is None:
                    source, note = pick_config(files[0])
                    landing.warnings += note
                    source, landing.rates = _with_rates(source, None, currency_rates)
                landing.source = source
                loads = landing.files(files)
            landing.warnings += [_skipped(load) for load in loads if load.skipped_text]
            currency = _one_currency(loads)
            place_loads(spark, loads, source, landing.rates)
        except BaseException:
            discard_lines(landing.written)
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
        warnings=landing.warnings,
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


class _Landing:
    """The state of one landing.

    Parameters
    ----------
    spark : SparkSession
        The session that reads and writes.
    scratch : Path
        Folder for copies; whoever made it removes it.
    """

    source: SourceConfig
    rates: Rates | None = None

    def __init__(self, spark: SparkSession, scratch: Path) -> None:
        self.warnings: list[str] = []
        self.written: list[str] = []
        self._first_of: dict[str, str] = {}
        self._spark = spark
        self._scratch = scratch
        finished = spark.table(full_name(LOADS)).collect()
        self._landed = {row["load_id"]: row for row in finished}
        names = [row["source_file"] for row in finished]
        self._landed_names = {*names, *(name.rpartition("#")[0] for name in names)}

    def files(self, files: list[InputFile]) -> list[Load]:
        """Write and check every file's lines and return its loads, a workbook's by sheet."""
        require_pattern(self._spark, self.source)
        loads: list[Load] = []
        for file in files:
            kind = kind_of(file.path)
            if self.source.format not in ("auto", kind):
                raise InputError(
                    f"{shown(file.path)}: this looks like {kind}, but the source config says "
                    f"`format: {self.source.format}`"
                )
            reader = {"csv": self._csv, "parquet": self._parquet, "xlsx": self._xlsx}[kind]
            # A known name may be a known file, which a checksum tells for less
            # than a reading; a new name is read at once.
            checksum = checksum_of(file.path) if file.name in self._landed_names else None
            loads += reader(file, checksum)
        if not loads:
            raise InputError(f"{shown(files[0].path)}: no sheet holds any rows")
        return loads

    def table(self, name: str) -> Load:
        """Write and check a Spark table's lines and return its load."""
        require_pattern(self._spark, self.source)
        copy = self._scratch / "table"
        table, checksum = copy_table(self._spark, name, self.source, copy)
        known = self._known(table.name, checksum)
        if known:
            return known
        lines = parquet_lines(sorted(copy.glob("*.parquet")), table.places, self.source, table.name)
        load = self._load(table.name, checksum, table.row_count, table.timestamp_format)
        return self._write(load, lines, table.name)

    def _csv(self, file: InputFile, checksum: str | None) -> list[Load]:
        if checksum and self._is_copy(file, checksum):
            return []
        known = checksum and self._known(file.name, checksum)
        if known:
            return [known]
        place = shown(file.path)
        before = FileState.of(file.path)
        has_header = self.source.header is True
        scan = scan_csv(
            file.path,
            self.source.options,
            has_header=has_header,
            title_rows=self.source.title_rows,
        )
        if self._is_copy(file, scan.checksum):
            return []
        header = scan.header or self.source.named_header
        places = positions(header, self.source, place)
        if not scan.row_count:
            raise InputError(f"{place}: the file has a header but no rows")
        lines = csv_lines(file.path, len(header), places, self.source)
        load = self._load(file.name, scan.checksum, scan.row_count, self.source.timestamp_format)
        titles = (split_record(title, self.source.options) for title in scan.titles)
        load = _titled(load, [" ".join(filter(None, cells)) for cells in titles])
        return [self._write(load, lines, place, read_from=before)]

    def _parquet(self, file: InputFile, checksum: str | None) -> list[Load]:
        place = shown(file.path)
        before = FileState.of(file.path)
        checksum = checksum or checksum_of(file.path)
        if self._is_copy(file, checksum):
            return []
        known = self._known(file.name, checksum)
        if known:
            return [known]
        try:
            footer = pq.ParquetFile(file.path)
            schema = footer.schema_arrow
        except (pa.ArrowException, OSError) as error:
            if is_disk_full(error):
                raise
            raise InputError(f"{place}: not a whole parquet file ({first_line(error)})") from error
        places = positions(schema.names, self.source, place)
        if not footer.metadata.num_rows:
            raise InputError(f"{place}: the file has columns but no rows")
        patterns = {
            name: pattern_of(schema.field(at), self.source.timestamp_format, place)
            for name, at in places.items()
        }
        lines = parquet_lines([file.path], places, self.source, place)
        load = self._load(file.name, checksum, footer.metadata.num_rows, patterns["ordered_at"])
        return [self._write(load, lines, place, read_from=before)]

    def _xlsx(self, file: InputFile, checksum: str | None) -> list[Load]:
        checksum = checksum or checksum_of(file.path)
        if self._is_copy(file, checksum):
            return []
        loads = []
        for sheet in sheet_names(file.path, self.source.options.sheets):
            name = f"{file.name}#{sheet}"
            place = f"{shown(file.path)}#{shown(sheet)}"
            known = self._known(name, checksum)
            if known:
                loads.append(known)
                continue
            laid = write_sheet(file.path, sheet, self.source, self._scratch / "sheet.parquet")
            if laid is None and self.source.options.sheets is None:
                self.warnings.append(f"{place} is an empty sheet; it is left out.")
                continue
            if laid is None or not laid.row_count:
                raise InputError(f"{place}: the sheet has no rows")
            laid_columns = pq.read_schema(laid.path).names
            places = {column: at for at, column in enumerate(laid_columns)}
            lines = parquet_lines([laid.path], places, self.source, place)
            load = self._load(name, checksum, laid.row_count, laid.timestamp_format)
            loads.append(self._write(_titled(load, laid.titles), lines, place))
        return loads

    def _write(
        self,
        load: Load,
        lines: Iterator[pa.RecordBatch],
        place: str,
        read_from: FileState | None = None,
    ) -> Load:
        """Write a load's lines, warn of dates that could be read otherwise, and return it whole."""
        self.written.append(load.load_id)
        load, found = write_lines(
            self._spark, load, lines, self.source, place, read_from=read_from, rates=self.rates
        )
        other = other_reading(load.timestamp_format, found)
        if other:
            self.warnings.append(
                f"{place}: no day of the month is above 12, so {other} fits every date as well "
                f"as {load.timestamp_format}, by which they were read."
            )
        return load

    def _is_copy(self, file: InputFile, checksum: str) -> bool:
        """Say whether an earlier file has the same bytes, and warn of it."""
        same = self._first_of.setdefault(checksum, file.name)
        if same == file.name:
            return False
        self.warnings.append(
            f"{shown(file.name)} is the same file as {shown(same)}, byte for byte; it is "
            "landed once."
        )
        return True

    def _known(self, name: str, checksum: str) -> Load | None:
        """Return a load that has landed before."""
        load_id = self._load_id(name, checksum)
        row = self._landed.get(load_id)
        if row is None:
            return None
        return Load(
            source_file=name,
            checksum=checksum,
            load_id=load_id,
            row_count=row["raw_row_count"],
            timestamp_format=row["timestamp_format"],
            is_new=False,
            currency=row["currency"],
            title_rows=row["title_row_count"] or 0,
            total_rows=row["total_row_count"] or 0,
            skipped_text=row["skipped_text"] or "",
        )

    def _load_id(self, name: str, checksum: str) -> str:
        text = f"{checksum}\n{self.source.checksum}\n{name}"
        if self.rates:
            text += f"\n{self.rates.checksum}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _load(self, name: str, checksum: str, row_count: int, pattern: str) -> Load:
        return Load(
            source_file=name,
            checksum=checksum,
            load_id=self._load_id(name, checksum),
            row_count=row_count,
            timestamp_format=pattern,
            is_new=True,
        )


def _titled(load: Load, titles: Sequence[str]) -> Load:
    """Return a load with the records above its header."""
    texts = [shown(" ".join(title.split()), 100) for title in titles]
    return replace(load, title_rows=len(texts), skipped_text=" | ".join(texts))
