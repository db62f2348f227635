"""Lines as record batches: read as text, and numbered in the file's order."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from pipeline.core.errors import InputError, is_disk_full
from pipeline.core.log import get_logger
from pipeline.land.canonical import CANONICAL, EXTRAS, header_key
from pipeline.land.config import SourceConfig
from pipeline.land.file_bytes import is_gzip
from pipeline.land.files import shown
from pipeline.land.records import LONGEST_RECORD, blanks
from pipeline.land.source_options import SourceOptions
from pipeline.land.texts import text_of

__all__ = ["csv_lines", "damaged", "parquet_lines", "positions"]

# At least the longest record, which arrow wants whole in one block.
_BLOCK = 8 * LONGEST_RECORD
_LINES = pa.schema(
    [
        ("source_row", pa.int64()),
        *((name, pa.string()) for name in (*CANONICAL, *EXTRAS, "unparsed_text")),
    ]
)


def positions(header: list[str], config: SourceConfig, place: str) -> dict[str, int]:
    """Find the config's columns in a file's header.

    Parameters
    ----------
    header : list of str
        Names as the file gives them.
    config : SourceConfig
        Names wanted; case and spaces don't matter.
    place : str
        The file (and sheet), for the message.

    Returns
    -------
    dict of str to int
        Canonical column to its place in the header; of further headers of one
        column ``customer_id.2`` and so on.

    Raises
    ------
    InputError
        If a column is missing or its name stands there twice.
    """
    keys = [header_key(name) for name in header]
    headers = config.headers_in(header)
    wanted = {column: header_key(name) for column, name in headers.items()}
    missing = [headers[column] for column, key in wanted.items() if key not in keys]
    found = ", ".join(shown(name, 40) for name in header[:20]) or "nothing"
    if missing:
        # Titles fill one or two cells of a row that the lines fill.
        has_titles = 2 * sum(not name.strip() for name in header) >= len(header) > 1
        hint = "; where titles stand above the header, set `title_rows`" if has_titles else ""
        raise InputError(
            f"{place}: the header lacks {', '.join(missing)}; found {found}; expected the columns "
            f"of source {config.name} ({', '.join(config.headers.values())}){hint}"
        )
    double = [headers[column] for column, key in wanted.items() if keys.count(key) > 1]
    if double:
        raise InputError(
            f"{place}: the header names {', '.join(double)} more than once; found {found}"
        )
    return {column: keys.index(key) for column, key in wanted.items()}


def csv_lines(
    path: Path, field_count: int, places: dict[str, int], config: SourceConfig
) -> Iterator[pa.RecordBatch]:
    """Read a csv file that the scan has found sound.

    Parameters
    ----------
    path : Path
        Plain or gzip, in the config's encoding.
    field_count : int
        Fields of a record that fits the header.
    places : dict of str to int
        Canonical column to its place in a record.
    config : SourceConfig
        How the file is cut into fields, and whether the first record is a header.

    Yields
    ------
    RecordBatch
        ``source_row`` from 1, and as text the canonical columns and
        ``unparsed_text``; an empty field is null. A record of more or fewer
        fields has its text in ``unparsed_text`` and null in all else. Blank
        lines are no records.

    Raises
    ------
    InputError
        If arrow can't read the bytes after all.
    """
    numbers = _Numbers(config.options, above=config.title_rows + (config.header is True))
    names = [f"c{at}" for at in range(field_count)]
    with pa.input_stream(str(path), compression="gzip" if is_gzip(path) else None) as stream:
        try:
            reader = pcsv.open_csv(
                stream,
                # One thread: only then does it tell the number of a record that does not fit.
                pcsv.ReadOptions(
                    column_names=names,
                    block_size=_BLOCK,
                    use_threads=False,
                    encoding=config.options.encoding,
                ),
                pcsv.ParseOptions(
                    delimiter=config.options.delimiter,
                    quote_char=config.options.quote or False,
                    newlines_in_values=config.options.multiline,
                    invalid_row_handler=numbers.set_aside,
                ),
                pcsv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
            for batch in reader:
                texts = {name: batch.column(at) for name, at in places.items()}
                yield from _whole(numbers.of(len(batch)), texts, config)
                yield from _ragged(numbers.ragged())
        except pa.ArrowInvalid as error:
            raise damaged(shown(path)) from error
        yield from _ragged(numbers.ragged(at_end=True))


class _Numbers:
    """Numbers the records of a csv file, those included that do not fit its header.

    Parameters
    ----------
    options : SourceOptions
        Says which characters make a blank line.
    above : int
        How many of the first records, titles and the header, are no rows.
    """

    def __init__(self, options: SourceOptions, *, above: int) -> None:
        self._first = 1 - above
        self._blanks = blanks(options.delimiter).decode()
        # By their place among all records, blank lines included, from 1.
        self._aside: list[tuple[int, str]] = []
        self._blank: list[int] = []
        self._next = 1

    def set_aside(self, row: pcsv.InvalidRow) -> str:
        """Keep a record of another number of fields; arrow goes on without it."""
        if row.text.strip(self._blanks):
            self._aside.append((row.number, row.text))
        else:
            self._blank.append(row.number)
        return "skip"

    def of(self, count: int) -> np.ndarray:
        """Return the rows' numbers of the next records that fit; 0 or less for what is no row."""
        taken = [at for at in (*self._blank, *(at for at, _ in self._aside)) if at >= self._next]
        places = np.arange(self._next, self._next + count + len(taken))
        places = places[~np.isin(places, taken)][:count]
        # A block in which no record fits comes as an empty batch.
        if count:
            self._next = int(places[-1]) + 1
        return self._rows(places)

    def ragged(self, *, at_end: bool = False) -> list[tuple[int, str]]:
        """Return the numbers and texts of the records set aside so far, once."""
        found = [each for each in self._aside if at_end or each[0] < self._next]
        self._aside = self._aside[len(found) :]
        rows = self._rows(np.array([at for at, _ in found], int))
        numbered = zip(rows, found, strict=True)
        return [(int(row), text) for row, (_, text) in numbered if row > 0]

    def _rows(self, places: np.ndarray) -> np.ndarray:
        return places - np.searchsorted(self._blank, places) + self._first - 1


def _whole(
    rows: np.ndarray, texts: dict[str, pa.Array], config: SourceConfig
) -> Iterator[pa.RecordBatch]:
    columns = {"source_row": pa.array(rows, pa.int64()), **texts}
    if "customer_id" in texts:
        columns["customer_id"] = _customer(texts, config)
    if "ordered_at.2" in texts:
        columns["ordered_at"] = _moment(texts)
    yield _batch(columns, len(rows)).slice(int(np.searchsorted(rows, 1)))


def _customer(texts: dict[str, pa.Array], config: SourceConfig) -> pa.Array:
    """Return the first filled of the columns that name the customer."""
    columns = _all_of("customer_id", texts)
    if len(columns) == 1 and not config.no_customer:
        return columns[0]
    nobody = pa.array(["", *config.no_customer], pa.string())
    named = []
    for column in columns:
        is_nobody = pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(column)), value_set=nobody)
        named.append(pc.if_else(is_nobody, pa.scalar(None, pa.string()), column))
    return pc.coalesce(*named)


def _moment(texts: dict[str, pa.Array]) -> pa.Array:
    """Return the columns that make a moment, a blank between each; null without the first."""
    columns = _all_of("ordered_at", texts)
    joined = pc.binary_join_element_wise(*columns, " ", null_handling="skip")
    return pc.if_else(pc.is_null(columns[0]), pa.scalar(None, pa.string()), joined)


def _all_of(column: str, texts: dict[str, pa.Array]) -> list[pa.Array]:
    return [value for name, value in texts.items() if name.partition(".")[0] == column]


def _ragged(found: list[tuple[int, str]]) -> Iterator[pa.RecordBatch]:
    if found:
        rows, texts = zip(*found, strict=True)
        columns = {
            "source_row": pa.array(rows, pa.int64()),
            "unparsed_text": pa.array(texts, pa.string()),
        }
        yield _batch(columns, len(found))


def _batch(columns: dict[str, pa.Array], count: int) -> pa.RecordBatch:
    arrays = [
        columns[field.name] if field.name in columns else pa.nulls(count, field.type)
        for field in _LINES
    ]
    return pa.record_batch(arrays, schema=_LINES)


def parquet_lines(
    paths: Iterable[Path], places: dict[str, int], config: SourceConfig, place: str
) -> Iterator[pa.RecordBatch]:
    """Read parquet files that follow one another.

    Parameters
    ----------
    paths : iterable of Path
        Files of the same columns.
    places : dict of str to int
        Canonical column to its place in the files.
    config : SourceConfig
        How numbers are written; typed ones are written likewise.
    place : str
        The file or table, for messages.

    Yields
    ------
    RecordBatch
        As ``csv_lines`` gives them; ``unparsed_text`` is always null.

    Raises
    ------
    InputError
        If a file is damaged.
    """
    before = 0
    for path in paths:
        try:
            for batch in pq.ParquetFile(path).iter_batches():
                rows = np.arange(before + 1, before + 1 + len(batch))
                texts = {
                    name: text_of(batch.column(at), name, config.decimal_separator, config.timezone)
                    for name, at in places.items()
                }
                before += len(batch)
                yield from _whole(rows, texts, config)
        except (pa.ArrowException, OSError) as error:
            if is_disk_full(error):
                raise
            raise damaged(place) from error


def damaged(place: str) -> InputError:
    """Return the error for a file whose bytes can't be read."""
    get_logger(__name__).info("reading %s", place, exc_info=True)
    return InputError(f"{place}: damaged, or of a kind that can't be read")
