"""Write loads: the lines first, then the row that says they are whole."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession

from pipeline.core.errors import InputError
from pipeline.land.config import SourceConfig
from pipeline.land.conformity import ParseStats, require_fit, survey
from pipeline.land.rates import RATES, Rates, rates_of_days
from pipeline.land.reading import Reading
from pipeline.land.timestamp_formats import has_offset
from pipeline.privacy.blanking import blanked
from pipeline.privacy.forgotten import ForgottenList
from pipeline.store.staged import drop_staged, read_staged, stored_schema, write_batches_staged
from pipeline.store.tables import drop_partition, partition_values, place_partition

__all__ = ["LOADS", "FileState", "Load", "discard_lines", "place_loads", "write_lines"]

LINES, LOADS = "raw.order_lines", "raw.loads"


@dataclass(frozen=True)
class FileState:
    """A file with its size and its time of change, in nanoseconds."""

    path: Path
    size: int
    changed_at: int

    @classmethod
    def of(cls, path: Path) -> "FileState":
        """Return the state that a file is in."""
        status = path.stat()
        return cls(path, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class Load:
    """One file or sheet on its way in.

    Attributes
    ----------
    source_file, checksum, load_id : str
        See ``LandedFile``; the load's id follows from both and the config.
    row_count : int
        Raw rows.
    timestamp_format : str
        Pattern of its ``ordered_at``.
    is_new : bool
        False where its lines have landed before.
    currency : str
        ISO 4217 code, known once the lines are read.
    title_rows, total_rows : int
        Records above the header and at the end that are no lines.
    skipped_text : str
        What these say.
    """

    source_file: str
    checksum: str
    load_id: str
    row_count: int
    timestamp_format: str
    is_new: bool
    currency: str = ""
    title_rows: int = 0
    total_rows: int = 0
    skipped_text: str = ""


def write_lines(
    spark: SparkSession,
    load: Load,
    lines: Iterator[pa.RecordBatch],
    source: SourceConfig,
    place: str,
    *,
    read_from: FileState | None = None,
    rates: Rates | None = None,
) -> tuple[Load, ParseStats]:
    """Stage a load's lines and check them there.

    Parameters
    ----------
    spark : SparkSession
        The session that checks.
    load : Load
        Whose lines they are.
    lines : iterator of RecordBatch
        As ``csv_lines`` or ``parquet_lines`` give them.
    source : SourceConfig
        The config by which they were read.
    place : str
        The file or sheet, for messages.
    read_from : FileState, optional
        The file that they are read from, as it was when it was counted.
    rates : Rates, optional
        By which amounts of several currencies are converted.

    Returns
    -------
    load : Load
        The load with what only its lines could tell.
    found : ParseStats

    Raises
    ------
    InputError
        If the file changed while it was read, too many lines do not fit, or
        they are of several currencies and a rate is missing.
    """
    forgotten = ForgottenList.load()

    def whole(batch: pa.RecordBatch) -> pa.Table:
        table = pa.Table.from_batches([batch])
        name = pa.repeat(pa.scalar(load.source_file), len(table))
        table = table.append_column("source_file", name)
        return blanked(table, forgotten, is_decimal_id=source.is_decimal_id)[0]

    reading = Reading(lines, source)
    write_batches_staged(LINES, load.load_id, map(whole, reading))
    load = replace(
        load,
        row_count=load.row_count - len(reading.totals),
        total_rows=len(reading.totals),
        skipped_text=" | ".join(filter(None, [load.skipped_text, *reading.totals])),
    )
    written = read_staged(spark, LINES, load.load_id)
    found = survey(written, load.timestamp_format)
    counts = f"{load.row_count} rows were counted, {found.row_count} written"
    if read_from is not None and FileState.of(read_from.path) != read_from:
        raise InputError(
            f"{place}: the file changed while it was read ({counts}); run again when it is complete"
        )
    if not found.is_numbered or found.row_count != load.row_count:
        raise InputError(
            f"{place}: its rows were read otherwise than they were counted ({counts}); look for a "
            "field that opens with a quote and does not close in its line; if there is none, this "
            "is a defect"
        )
    require_fit(written, found, load.timestamp_format, place)
    if rates:
        table = rates_of_days(written, load.timestamp_format, source.timezone, rates, place)
        write_batches_staged(RATES, load.load_id, [table])
    return replace(load, currency=reading.currency(place)), found


def discard_lines(load_ids: list[str]) -> None:
    """Remove the staged lines and rates of loads."""
    for load_id in load_ids:
        drop_staged(LINES, load_id)
        drop_staged(RATES, load_id)


def place_loads(
    spark: SparkSession, loads: list[Load], source: SourceConfig, rates: Rates | None = None
) -> None:
    """Put the lines of new loads in place, then drop the loads no longer named.

    The row of ``raw.loads`` says that a load is whole, so it comes after
    the lines, and goes before them.

    Parameters
    ----------
    spark : SparkSession
        The session whose catalogue is updated.
    loads : list of Load
        All that there is to be. The lines of those that are new are staged (``write_lines``);
        the others are in place already.
    source : SourceConfig
        By which the new ones were read; what it says is kept with each.
    rates : Rates, optional
        By which amounts are converted, where the new loads' rates are staged too.
    """
    new = [load for load in loads if load.is_new]
    for load in new:
        place_partition(spark, LINES, load.load_id)
        if rates:
            place_partition(spark, RATES, load.load_id)
    for load in new:
        row = _load_row(load, source, is_converted=rates is not None)
        write_batches_staged(LOADS, load.load_id, [row])
        place_partition(spark, LOADS, load.load_id)
    named = {load.load_id for load in loads}
    for table in (LOADS, LINES, RATES):
        for value in partition_values(spark, table):
            if value not in named:
                drop_partition(spark, table, value)


def _load_row(load: Load, source: SourceConfig, *, is_converted: bool) -> pa.Table:
    statuses = source.counted_statuses and f"|{'|'.join(source.counted_statuses)}|"
    values = {
        "source_name": source.name,
        "source_file": load.source_file,
        "file_checksum": load.checksum,
        "config_checksum": source.checksum,
        "raw_row_count": load.row_count,
        "title_row_count": load.title_rows,
        "total_row_count": load.total_rows,
        "skipped_text": load.skipped_text or None,
        "timestamp_format": load.timestamp_format,
        "timezone": source.timezone if has_offset(load.timestamp_format) else None,
        "cancellation_prefix": source.cancellation_prefix,
        "adjustment_prefix": source.adjustment_prefix,
        "is_negative_return": source.is_negative_return,
        "decimal_separator": source.decimal_separator,
        "thousands_separator": source.thousands_separator,
        "has_number_signs": source.has_number_signs,
        "counted_statuses": statuses,
        "is_reexported": source.is_reexported,
        "is_decimal_id": source.is_decimal_id,
        "has_product": source.has_product,
        "has_quantity": source.has_quantity,
        "has_country": source.has_country,
        "currency": load.currency,
        "is_converted": is_converted,
        "non_product_codes": [
            f"{code}={meaning}" for code, meaning in source.non_product_codes.items()
        ],
    }
    return pa.Table.from_pylist([values], schema=stored_schema(LOADS))
