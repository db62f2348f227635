"""Land what ``DATA`` names: check everything, then write, then forget the rest."""

import hashlib
import re
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
from pipeline.forgotten import ForgottenList, blanked
from pipeline.land.config import SourceConfig, load_config
from pipeline.land.files import InputFile, find_files, kind_of, shown
from pipeline.land.lines import (
    Survey,
    csv_lines,
    numbered,
    parquet_lines,
    positions,
    survey,
    text_columns,
)
from pipeline.land.pick import pick_config
from pipeline.land.scan import checksum_of, scan_csv
from pipeline.land.sheets import lay_down, sheet_names
from pipeline.land.table import copy_table
from pipeline.log import get_logger
from pipeline.paths import state
from pipeline.settings import project_vars
from pipeline.tables import (
    drop_partition,
    full_name,
    partition_values,
    write_partition,
)

__all__ = ["LandedFile", "LandingReport", "check_input", "land"]

LINES, LOADS = "raw.order_lines", "raw.loads"

_LEAST_DATED = 0.99
_COMMON_PATTERNS = (
    "M/d/yyyy H:mm",
    "d/M/yyyy H:mm",
    "M/d/yyyy H:mm:ss",
    "d/M/yyyy H:mm:ss",
    "M/d/yyyy h:mm a",
    "d/M/yyyy h:mm a",
    "M/d/yy H:mm",
    "d/M/yy H:mm",
    "M-d-yyyy H:mm",
    "d-M-yyyy H:mm",
    "d.M.yyyy H:mm",
    "d.M.yyyy H:mm:ss",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-dd HH:mm",
    "yyyy-MM-dd'T'HH:mm:ss",
    "yyyy-MM-dd'T'HH:mm:ssXXX",
    "yyyy-MM-dd HH:mm:ss.SSSSSS",
    "yyyy/MM/dd HH:mm:ss",
    "yyyy-MM-dd",
    "yyyyMMdd",
    "M/d/yyyy",
    "d/M/yyyy",
    "d.M.yyyy",
)


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


@dataclass(frozen=True)
class _Load:
    """One file or sheet on its way in.

    Attributes
    ----------
    source_file, checksum, load_id : str
        See ``LandedFile``; the load's id follows from both and the config.
    row_count : int
        Raw rows.
    timestamp_format : str
        Pattern of its ``ordered_at``.
    frame : callable or None
        Gives the numbered lines; None where they have landed before.
    read_in_place : tuple of (Path, int, int) or None
        A file that Spark reads itself, with the size and the time of change
        that it had when it was checked.
    """

    source_file: str
    checksum: str
    load_id: str
    row_count: int
    timestamp_format: str
    frame: Callable[[], DataFrame] | None
    read_in_place: tuple[Path, int, int] | None = None


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
        landing.write(loads)
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

    def files(self, files: list[InputFile]) -> list[_Load]:
        """Check every file and return its loads, a workbook's by sheet."""
        self._require_pattern()
        loads: list[_Load] = []
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

    def table(self, name: str) -> _Load:
        """Check a Spark table and return its load."""
        self._require_pattern()
        copy = self._scratch / "table"
        table, checksum = copy_table(self._spark, name, self.source, copy)
        columns = {column: F.col(column) for column in self.source.columns}
        known = self._known(table.name, checksum)
        if known:
            return known
        lines = parquet_lines(self._spark, copy, columns)
        found = self._surveyed(lines, table.timestamp_format, table.name, has_header=False)
        return self._load(table.name, checksum, found, table.timestamp_format, lines)

    def write(self, loads: list[_Load]) -> None:
        """Write the new loads, then drop those no longer named.

        The row of ``raw.loads`` says that a load is whole, so it comes after
        the lines, and goes before them.
        """
        new = [load for load in loads if load.frame is not None]
        forgotten = ForgottenList.load()
        for load in new:
            frame = load.frame().withColumn("source_file", F.lit(load.source_file))
            frame = blanked(frame, forgotten, is_decimal_id=self.source.is_decimal_id)
            write_partition(self._spark, frame, LINES, load.load_id, files=None)
        self._require_whole(new)
        for load in new:
            write_partition(self._spark, self._load_row(load), LOADS, load.load_id)
        named = {load.load_id for load in loads}
        for table in (LOADS, LINES):
            for value in partition_values(self._spark, table):
                if value not in named:
                    drop_partition(self._spark, table, value)

    def _csv(self, file: InputFile, link: Path, checksum: str | None) -> list[_Load]:
        known = checksum and self._known(file.name, checksum)
        if known:
            return [known]
        options = self.source.options
        stamp = _stamp(file.path)
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
        return [replace(load, read_in_place=stamp) if scan.path == file.path else load]

    def _parquet(self, file: InputFile, link: Path, checksum: str | None) -> list[_Load]:
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
            raise InputError(f"{place}: not a whole parquet file ({_first_line(error)})") from error
        if not footer.metadata.num_rows:
            raise InputError(f"{place}: the file has columns but no rows")
        try:
            schema = self._spark.read.parquet(f"file:{link}").schema
            places = positions(schema.names, self.source, place)
            columns, pattern = text_columns(schema, places, self.source, place)
            lines = parquet_lines(self._spark, link, columns)
            found = self._surveyed(lines, pattern, place, has_header=False)
        except (PySparkException, Py4JError) as error:
            get_logger(__name__).info("reading %s", place, exc_info=True)
            raise InputError(f"{place}: damaged, or of a kind that Spark can't read") from error
        return [self._load(file.name, checksum, found, pattern, lines)]

    def _xlsx(self, file: InputFile, link: Path, checksum: str | None) -> list[_Load]:
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
            found = self._surveyed(lines, laid.timestamp_format, place, has_header=False)
            loads.append(self._load(name, checksum, found, laid.timestamp_format, lines))
        return loads

    def _require_pattern(self) -> None:
        """Have Spark itself accept the config's pattern."""
        pattern = self.source.timestamp_format
        try:
            self._spark.sql(
                "select try_to_timestamp('0', :pattern), "
                "date_format(timestamp_seconds(0), :pattern)",
                args={"pattern": pattern},
            ).collect()
        except PySparkException as error:
            raise InputError(
                f"source config {self.source.name}: timestamp_format {pattern!r} is not a pattern "
                f"that Spark knows ({_first_line(error)})"
            ) from error

    def _surveyed(
        self,
        lines: DataFrame,
        pattern: str,
        place: str,
        *,
        has_header: bool,
        order: Callable = str,
    ) -> Survey:
        """Count a frame's lines and refuse it where too many do not fit."""
        found = survey(lines, pattern, has_header=has_header, order=order)
        most = float(project_vars()["gate_max_unparseable_share"])
        if found.ragged_count > most * found.row_count:
            row = self._example(lines, found, F.col("unparsed_text").isNotNull())
            raise InputError(
                f"{place}: {found.ragged_count} of {found.row_count} rows do not have the "
                f"header's number of fields, more than {most:.0%} "
                "(gate_max_unparseable_share in dbt_project.yml); "
                f"first {row}; check delimiter and quote in the source config"
            )
        whole = found.row_count - found.ragged_count
        if found.undated_count > (1 - _LEAST_DATED) * whole:
            moment = F.try_to_timestamp(F.trim("ordered_at"), F.lit(pattern))
            is_undated = F.col("unparsed_text").isNull() & moment.isNull()
            row = self._example(lines, found, is_undated)
            share = (whole - found.undated_count) / whole if whole else 0.0
            raise InputError(
                f"{place}: timestamp_format {pattern!r} fits {share:.1%} of {whole} rows, fewer "
                f"than {_LEAST_DATED:.0%}; first {row}{self._better(lines, found, whole)}"
            )
        swapped = _swapped(pattern)
        if swapped and 0 < found.latest_day <= 12:
            self.warnings.append(
                f"{place}: no day of the month is above 12, so {swapped} fits every date as well "
                f"as {pattern}, by which they were read."
            )
        return found

    def _example(self, lines: DataFrame, found: Survey, condition) -> str:
        # The first that is there: a row that does not fit has its text alone.
        text = F.coalesce("ordered_at", "unparsed_text")
        row = (
            numbered(self._spark, lines, found.shifts)
            .where(condition)
            .orderBy("source_row")
            .select("source_row", F.substring(text, 1, 60).alias("text"))
            .first()
        )
        text = "nothing" if row["text"] is None else f"'{shown(row['text'])}'"
        return f"row {row['source_row']}: {text}"

    def _better(self, lines: DataFrame, found: Survey, whole: int) -> str:
        """Return a hint at the common pattern that fits best, if one does."""
        moments = [
            F.count(F.try_to_timestamp(F.trim("ordered_at"), F.lit(pattern))).alias(str(at))
            for at, pattern in enumerate(_COMMON_PATTERNS)
        ]
        counts = numbered(self._spark, lines, found.shifts).select(*moments).first()
        best = max(range(len(_COMMON_PATTERNS)), key=lambda at: counts[at])
        if counts[best] < _LEAST_DATED * whole:
            return "; `python -m pipeline inspect` guesses the pattern"
        return f"; {_COMMON_PATTERNS[best]!r} fits {counts[best] / whole:.1%}"

    def _known(self, name: str, checksum: str) -> _Load | None:
        """Return a load that has landed before."""
        load_id = self._load_id(name, checksum)
        row = self._landed.get(load_id)
        if row is None:
            return None
        return _Load(name, checksum, load_id, row["raw_row_count"], row["timestamp_format"], None)

    def _load_id(self, name: str, checksum: str) -> str:
        text = f"{checksum}\n{self.source.checksum}\n{name}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _load(
        self, name: str, checksum: str, found: Survey, pattern: str, lines: DataFrame
    ) -> _Load:
        known = self._known(name, checksum)
        if known:
            return known
        return _Load(
            source_file=name,
            checksum=checksum,
            load_id=self._load_id(name, checksum),
            row_count=found.row_count,
            timestamp_format=pattern,
            frame=lambda: numbered(self._spark, lines, found.shifts),
        )

    def _load_row(self, load: _Load) -> DataFrame:
        source = self.source
        values = {
            "source_name": source.name,
            "source_file": load.source_file,
            "file_checksum": load.checksum,
            "config_checksum": source.checksum,
            "raw_row_count": load.row_count,
            "timestamp_format": load.timestamp_format,
            "cancellation_prefix": source.cancellation_prefix,
            "adjustment_prefix": source.adjustment_prefix,
            "is_negative_return": source.is_negative_return,
            "decimal_separator": source.decimal_separator,
            "thousands_separator": source.thousands_separator,
            "is_decimal_id": source.is_decimal_id,
            "has_product": source.has_product,
            "has_quantity": source.has_quantity,
            "has_country": source.has_country,
            "currency": source.currency,
        }
        kinds = {bool: pa.bool_(), int: pa.int64()}
        return self._spark.createDataFrame(
            pa.table(
                {
                    name: pa.array([value], kinds.get(type(value), pa.string()))
                    for name, value in values.items()
                }
            )
        )

    def _require_whole(self, loads: list[_Load]) -> None:
        """Assert that the rows 1 to n of each load were written, each once.

        It could fail only where a file, or a cluster's way of splitting it,
        changed after it was checked.
        """
        if not loads:
            return
        written = {
            row["load_id"]: tuple(row)[1:]
            for row in self._spark.table(full_name(LINES))
            .where(F.col("load_id").isin([load.load_id for load in loads]))
            .groupBy("load_id")
            .agg(
                F.count("source_row"),
                F.min("source_row"),
                F.max("source_row"),
                F.sum("source_row"),
            )
            .collect()
        }
        for load in loads:
            rows = load.row_count
            found = written.get(load.load_id, (0, None, None, None))
            is_same = load.read_in_place is None or _stamp(load.read_in_place[0]) == (
                load.read_in_place
            )
            if not is_same or found != (rows, 1, rows, rows * (rows + 1) // 2):
                for one in loads:
                    drop_partition(self._spark, LINES, one.load_id)
                raise InputError(
                    f"{shown(load.source_file)}: the file changed while it was read ({rows} rows "
                    f"were checked, {found[0]} written); run again when it is complete"
                )


def _stamp(path: Path) -> tuple[Path, int, int]:
    """Return a file with its size and its time of change, in nanoseconds."""
    status = path.stat()
    return path, status.st_size, status.st_mtime_ns


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


def _swapped(pattern: str) -> str | None:
    """Return the pattern with day and month exchanged, if both are plain numbers."""
    parts = re.findall(r"d+|M+", pattern)
    if len(parts) != 2 or max(map(len, parts)) > 2 or pattern.startswith("y"):
        return None
    marked = pattern.replace(parts[0], "\0").replace(parts[1], parts[0][0] * len(parts[1]))
    return marked.replace("\0", parts[1][0] * len(parts[0]))


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0][:200] if text else type(error).__name__
