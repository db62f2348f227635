"""Stage and check the lines of each file, sheet or table."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import SparkSession

from pipeline.core.errors import InputError, is_disk_full
from pipeline.land.config import SourceConfig
from pipeline.land.conformity import first_line, other_reading, require_pattern
from pipeline.land.file_bytes import checksum_of
from pipeline.land.files import InputFile, kind_of, shown
from pipeline.land.lines import csv_lines, parquet_lines, positions
from pipeline.land.loads import LOADS, FileState, Load, write_lines
from pipeline.land.rates import Rates
from pipeline.land.scan import scan_csv, split_record
from pipeline.land.sheets import sheet_names, write_sheet
from pipeline.land.table import copy_table
from pipeline.land.texts import pattern_of
from pipeline.store.tables import full_name

__all__ = ["Loader"]


class Loader:
    """Writes the lines of files, sheets and tables as loads, and checks them.

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
        """Write and check every file's lines, a workbook's by sheet.

        Parameters
        ----------
        files : list of InputFile
            At least one; ``source`` must be set before. A file with the bytes of an earlier one is
            left out with a warning.

        Returns
        -------
        list of Load
            One of each file, or sheet; those that had landed before are not new.

        Raises
        ------
        InputError
            If a file can't be read, is of another format than the config says or does not fit it,
            or none holds any rows.
        """
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
        """Write and check the lines of a table in Spark's catalogue.

        Parameters
        ----------
        name : str
            One to three identifiers with dots between them; ``source`` must be set before.

        Returns
        -------
        Load
            Not new where a table of this name with the same rows had landed before, in any order.

        Raises
        ------
        InputError
            If there is no such table, it is empty or does not fit the config, or the session is on
            Sail.
        """
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
