"""Land what ``DATA`` names: check everything, then write, then forget the rest."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from pipeline.errors import InputError
from pipeline.land.config import SourceConfig, load_config
from pipeline.land.conformity import first_line, other_reading, require_pattern, surveyed
from pipeline.land.files import InputFile, find_files, kind_of, shown
from pipeline.land.lines import (
    Survey,
    csv_lines,
    numbered,
    parquet_lines,
    positions,
    text_columns,
)
from pipeline.land.loads import LOADS, Load, file_state, write_loads
from pipeline.land.pick import pick_config
from pipeline.land.scan import checksum_of, scan_csv
from pipeline.land.sheets import lay_down, sheet_names
from pipeline.land.table import copy_table
from pipeline.log import get_logger
from pipeline.paths import state
from pipeline.tables import full_name

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
    """

    source_file: str
    rows: int
    sha256: str
    read_again: bool


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


def check_input(data: str, config: Path | None) -> None:
    """Refuse what needs no Spark to be found wrong: paths, kinds of file, config and header.

    Parameters
    ----------
    data, config
        As ``land`` takes them.

    Raises
    ------
    InputError
        As ``land`` does.
    """
    source = load_config(Path(config)) if config is not None else None
    if source is not None and source.format == "table":
        return
    files, _ = find_files(data, source.format if source else "auto")
    for file in files:
        kind_of(file.path)
    if source is None:
        pick_config(files[0])


def land(spark: SparkSession, data: str, config: Path | None) -> LandingReport:
    """Make ``raw.order_lines`` hold exactly the files that ``data`` names.

    Every check of every file comes before the first row is written. A file
    that has landed before, with the same config, is not read again. Loads that
    ``data`` no longer names are dropped last.

    Parameters
    ----------
    spark : SparkSession
        The session that reads and writes.
    data : str
        A file, a folder, a glob, or a table's name for ``format: table``.
    config : Path, optional
        Source config; None to take the shipped one whose columns the first
        file has.

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
        if source is not None and source.format == "table":
            landing.source = source
            loads = [landing.table(data)]
        else:
            files, warnings = find_files(data, source.format if source else "auto")
            landing.warnings += warnings
            if source is None:
                source, note = pick_config(files[0])
                landing.warnings += note
            landing.source = source
            loads = landing.files(files)
        write_loads(spark, loads, source)
    return LandingReport(
        files=[
            LandedFile(load.source_file, load.row_count, load.checksum, load.frame is not None)
            for load in loads
        ],
        source_name=source.name,
        currency=source.currency,
        has_product=source.has_product,
        has_quantity=source.has_quantity,
        has_country=source.has_country,
        warnings=landing.warnings,
    )


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

    def __init__(self, spark: SparkSession, scratch: Path) -> None:
        self.warnings: list[str] = []
        self._spark = spark
        self._scratch = scratch
        finished = spark.table(full_name(LOADS)).collect()
        self._landed = {row["load_id"]: row for row in finished}
        names = [row["source_file"] for row in finished]
        self._landed_names = {*names, *(name.rpartition("#")[0] for name in names)}

    def files(self, files: list[InputFile]) -> list[Load]:
        """Check every file and return its loads, a workbook's by sheet."""
        require_pattern(self._spark, self.source)
        loads: list[Load] = []
        first_of: dict[str, str] = {}
        for at, file in enumerate(files):
            kind = kind_of(file.path)
            if self.source.format not in ("auto", kind):
                raise InputError(
                    f"{shown(file.path)}: this looks like {kind}, but the source config says "
                    f"`format: {self.source.format}`"
                )
            # A link under a plain name: Spark reads signs in names as globs and
            # passes over names that begin with a dot or an underscore.
            link = self._scratch / f"input-{at}.{kind}"
            link.symlink_to(file.path.resolve())
            reader = {"csv": self._csv, "parquet": self._parquet, "xlsx": self._xlsx}[kind]
            # A known name may be a known file, which a checksum tells for less
            # than a reading; a new name is read at once.
            checksum = checksum_of(file.path) if file.name in self._landed_names else None
            found = reader(file, link, checksum)
            same = first_of.setdefault(found[0].checksum, file.name) if found else file.name
            if same != file.name:
                self.warnings.append(
                    f"{shown(file.name)} is the same file as {shown(same)}, byte for byte; it is "
                    "landed once."
                )
                continue
            loads += found
        if not loads:
            raise InputError(f"{shown(files[0].path)}: no sheet holds any rows")
        return loads

    def table(self, name: str) -> Load:
        """Check a Spark table and return its load."""
        require_pattern(self._spark, self.source)
        copy = self._scratch / "table"
        table, checksum = copy_table(self._spark, name, self.source, copy)
        columns = {column: F.col(column) for column in self.source.columns}
        known = self._known(table.name, checksum)
        if known:
            return known
        lines = parquet_lines(self._spark, copy, columns)
        found = self._surveyed(lines, table.timestamp_format, table.name)
        return self._load(table.name, checksum, found, table.timestamp_format, lines)

    def _csv(self, file: InputFile, link: Path, checksum: str | None) -> list[Load]:
        known = checksum and self._known(file.name, checksum)
        if known:
            return [known]
        options = self.source.options
        before = file_state(file.path)
        has_header = self.source.header is True
        scan = scan_csv(
            file.path,
            options,
            has_header=has_header,
            scratch=self._scratch,
            copy_name=f"{link.stem}.text.csv",
        )
        header = scan.header if has_header else self.source.header
        places = positions(header, self.source, shown(file.path))
        if not scan.row_count:
            raise InputError(f"{shown(file.path)}: the file has a header but no rows")
        lines = csv_lines(
            self._spark,
            link if scan.path == file.path else scan.path,
            len(header),
            places,
            self.source,
            has_kept_breaks=scan.has_kept_breaks,
        )
        pattern = self.source.timestamp_format
        found = self._surveyed(lines, pattern, shown(file.path), has_header=has_header, order=int)
        if found.row_count != scan.row_count:
            raise InputError(
                f"{shown(file.path)}: Spark read {found.row_count} rows where the file has "
                f"{scan.row_count}; if nothing changes the file meanwhile, this is a defect"
            )
        load = self._load(file.name, scan.checksum, found, pattern, lines)
        return [replace(load, read_in_place=before) if scan.path == file.path else load]

    def _parquet(self, file: InputFile, link: Path, checksum: str | None) -> list[Load]:
        place = shown(file.path)
        checksum = checksum or checksum_of(file.path)
        known = self._known(file.name, checksum)
        if known:
            return [known]
        try:
            footer = pq.ParquetFile(file.path)
            positions(footer.schema_arrow.names, self.source, place)
            if any(
                pa.types.is_timestamp(kind) and kind.unit == "ns"
                for kind in footer.schema_arrow.types
            ):
                link = _in_microseconds(footer, link.with_suffix(".us.parquet"))
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{place}: not a whole parquet file ({first_line(error)})") from error
        if not footer.metadata.num_rows:
            raise InputError(f"{place}: the file has columns but no rows")
        try:
            schema = self._spark.read.parquet(f"file:{link}").schema
            places = positions(schema.names, self.source, place)
            columns, pattern = text_columns(schema, places, self.source, place)
            lines = parquet_lines(self._spark, link, columns)
            found = self._surveyed(lines, pattern, place)
        except (PySparkException, Py4JError) as error:
            get_logger(__name__).info("reading %s", place, exc_info=True)
            raise InputError(f"{place}: damaged, or of a kind that Spark can't read") from error
        return [self._load(file.name, checksum, found, pattern, lines)]

    def _xlsx(self, file: InputFile, link: Path, checksum: str | None) -> list[Load]:
        checksum = checksum or checksum_of(file.path)
        loads = []
        for at, sheet in enumerate(sheet_names(file.path, self.source)):
            name = f"{file.name}#{sheet}"
            place = f"{shown(file.path)}#{shown(sheet)}"
            known = self._known(name, checksum)
            if known:
                loads.append(known)
                continue
            laid = lay_down(
                file.path, sheet, self.source, link.with_name(f"{link.stem}-{at}.parquet")
            )
            if laid is None and self.source.options.sheets is None:
                self.warnings.append(f"{place} is an empty sheet; it is left out.")
                continue
            if laid is None or not laid.row_count:
                raise InputError(f"{place}: the sheet has no rows")
            columns = {column: F.col(column) for column in self.source.columns}
            lines = parquet_lines(self._spark, laid.path, columns)
            found = self._surveyed(lines, laid.timestamp_format, place)
            loads.append(self._load(name, checksum, found, laid.timestamp_format, lines))
        return loads

    def _surveyed(
        self,
        lines: DataFrame,
        pattern: str,
        place: str,
        *,
        has_header: bool = False,
        order: Callable = str,
    ) -> Survey:
        """Refuse lines that do not fit, and warn of dates that could be read otherwise."""
        found = surveyed(lines, pattern, place, has_header=has_header, order=order)
        other = other_reading(pattern, found)
        if other:
            self.warnings.append(
                f"{place}: no day of the month is above 12, so {other} fits every date as well "
                f"as {pattern}, by which they were read."
            )
        return found

    def _known(self, name: str, checksum: str) -> Load | None:
        """Return a load that has landed before."""
        load_id = self._load_id(name, checksum)
        row = self._landed.get(load_id)
        if row is None:
            return None
        return Load(name, checksum, load_id, row["raw_row_count"], row["timestamp_format"], None)

    def _load_id(self, name: str, checksum: str) -> str:
        text = f"{checksum}\n{self.source.checksum}\n{name}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _load(
        self, name: str, checksum: str, found: Survey, pattern: str, lines: DataFrame
    ) -> Load:
        known = self._known(name, checksum)
        if known:
            return known
        return Load(
            source_file=name,
            checksum=checksum,
            load_id=self._load_id(name, checksum),
            row_count=found.row_count,
            timestamp_format=pattern,
            frame=lambda: numbered(self._spark, lines, found.shifts),
        )


def _in_microseconds(footer: pq.ParquetFile, target: Path) -> Path:
    """Write a parquet file again with timestamps that Spark reads."""
    fields = [
        pa.field(kind.name, pa.timestamp("us", kind.type.tz))
        if pa.types.is_timestamp(kind.type)
        else kind
        for kind in footer.schema_arrow
    ]
    schema = pa.schema(fields)
    with pq.ParquetWriter(target, schema) as writer:
        for batch in footer.iter_batches():
            writer.write_table(pa.Table.from_batches([batch]).cast(schema, safe=False))
    return target
