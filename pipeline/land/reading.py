"""Lines on their way in: values carried within an order, totals set aside, currencies counted."""

from collections import Counter
from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.core.errors import InputError
from pipeline.land.config import SourceConfig
from pipeline.land.files import shown

__all__ = ["Reading"]

_LONGEST_TOTAL = 200
_MOST_TOTALS = 100


class Reading:
    """Lines of a file as its config wants them, and what was found besides.

    Parameters
    ----------
    lines : iterable of RecordBatch
        As ``csv_lines`` or ``parquet_lines`` give them.
    config : SourceConfig
        Says what is carried, and whether the file ends in totals.

    Attributes
    ----------
    totals : list of str
        The records at the end that are totals, known once all lines are read.
    """

    def __init__(self, lines: Iterable[pa.RecordBatch], config: SourceConfig) -> None:
        self.totals: list[str] = []
        self._lines = lines
        self._config = config
        self._currencies: Counter[str] = Counter()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        """Yield the lines, in the order and with the numbers that they had."""
        lines = iter(self._lines)
        if self._config.carry:
            lines = _carried(lines, self._config.carry)
        if self._config.has_total_rows:
            lines = self._without_totals(lines)
        for batch in lines:
            if "currency" in self._config.columns:
                self._count_currencies(batch)
            yield batch

    def currency(self, place: str) -> str:
        """Return the currency of the lines that were read.

        Parameters
        ----------
        place : str
            The file or sheet, for the message.

        Raises
        ------
        InputError
            If the file's own column names several, none, or no code.
        """
        if self._config.currency:
            return self._config.currency
        total = self._currencies.total()
        named = self._config.columns["currency"]
        if not total:
            raise InputError(f"{place}: column {shown(named)} names no currency in any line")
        if len(self._currencies) > 1:
            shares = ", ".join(
                f"{shown(code)} {count / total:.1%}"
                for code, count in self._currencies.most_common(8)
            )
            raise InputError(
                f"{place}: column {shown(named)} names {len(self._currencies)} currencies "
                f"({shares} of the lines that name one); amounts of several can't be added up: "
                "name a csv file of rates to the shop's own (CURRENCY_RATES=rates.csv, or "
                "`currency_rates` in the source config), or in a source config the one `currency` "
                "whose lines count"
            )
        (code,) = self._currencies
        if not (len(code) == 3 and code.isascii() and code.isalpha()):
            raise InputError(
                f"{place}: column {shown(named)} holds {shown(code, 40)}; expected an ISO 4217 "
                "code such as EUR"
            )
        return code

    def _count_currencies(self, batch: pa.RecordBatch) -> None:
        codes = pc.utf8_upper(pc.utf8_trim_whitespace(batch.column("currency")))
        for found in pc.value_counts(codes.drop_null()).to_pylist():
            if found["values"]:
                self._currencies[found["values"]] += found["counts"]

    def _without_totals(self, lines: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Hold back records that may be totals until a line follows, which they are then too."""
        held: list[pa.RecordBatch] = []
        last = 0
        for batch in lines:
            bare = pc.and_(_is_blank(batch, "order_id"), _is_blank(batch, "ordered_at"))
            rows = batch.column("source_row").to_numpy()
            is_bare = bare.to_numpy(zero_copy_only=False)
            last = max([last, *rows[~is_bare][-1:]])
            yield batch.filter(pc.invert(bare))
            held += [batch.slice(int(at), 1) for at in np.flatnonzero(is_bare)]
            # Where a record does not fit the header, it comes after its neighbours.
            lines_after = [one for one in held if one.column("source_row")[0].as_py() < last]
            held = [one for one in held if one.column("source_row")[0].as_py() > last]
            yield from lines_after
            if len(held) > _MOST_TOTALS:
                yield from held[:-_MOST_TOTALS]
                last = held[-_MOST_TOTALS - 1].column("source_row")[0].as_py()
                held = held[-_MOST_TOTALS:]
        held.sort(key=lambda one: one.column("source_row")[0].as_py())
        self.totals = [_text(one) for one in held]


def _carried(lines: Iterator[pa.RecordBatch], columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Give records what the first one of their order says, where they say nothing.

    Records of an order follow one another; what does not fit the header names
    no order and interrupts none.
    """
    before: dict[str, str | None] = {}
    last_order: str | None = None
    for batch in lines:
        orders = batch.column("order_id")
        if not len(batch) or orders.null_count == len(batch):
            yield batch
            continue
        # Before the batch stands the order that the last one ended in.
        keys = pa.concat_arrays([pa.array([last_order], pa.string()), orders])
        is_same = pc.fill_null(pc.equal(keys[1:], keys[:-1]), False).to_numpy(zero_copy_only=False)
        places = np.arange(1, len(batch) + 1)
        # Of each record the first of its order; 0 is that of the batch before.
        first = np.maximum.accumulate(np.where(is_same, 0, places))
        for name in columns:
            at = batch.schema.get_field_index(name)
            values = batch.column(at)
            known = pa.concat_arrays([pa.array([before.get(name)], pa.string()), values])
            carried = known.take(pa.array(first))
            is_empty = _is_blank(batch, name)
            before[name] = carried[len(batch) - 1].as_py()
            batch = batch.set_column(at, name, pc.if_else(is_empty, carried, values))
        last_order = orders[len(batch) - 1].as_py()
        yield batch


def _is_blank(batch: pa.RecordBatch, name: str) -> pa.Array:
    column = batch.column(name)
    return pc.fill_null(pc.equal(pc.utf8_trim_whitespace(column), ""), True)


def _text(record: pa.RecordBatch) -> str:
    """Return what a record says, for people."""
    (values,) = record.drop_columns(["source_row"]).to_pylist()
    return shown(" ".join(value.strip() for value in values.values() if value), _LONGEST_TOTAL)
