"""Write a Parquet file anew without what it says of customers who are to be forgotten."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.privacy.blanking import emptied, marked
from pipeline.privacy.forgotten import ForgottenList

__all__ = ["rewrite_parquet", "without_customers"]


def rewrite_parquet(
    path: Path, change: Callable[[pa.Table], tuple[pa.Table, int]], target: Path | None = None
) -> int:
    """Write a parquet file anew, a row group at a time, where a change finds anything.

    Parameters
    ----------
    path : Path
        The file, replaced in one step.
    change : callable
        Returns a row group as it should be, and how many rows it has changed.
    target : Path, optional
        Written instead of ``path``, whether anything changes or not.

    Returns
    -------
    int
        Rows changed.
    """
    source = pq.ParquetFile(path)
    schema = change(source.schema_arrow.empty_table())[0].schema.remove_metadata()
    groups = range(source.metadata.num_row_groups)
    if target is None and not any(change(source.read_row_group(at))[1] for at in groups):
        return 0
    beside = (target or path).with_name(f".{path.name}.new")
    count = 0
    with pq.ParquetWriter(beside, schema) as writer:
        for at in groups:
            table, changed = change(source.read_row_group(at))
            writer.write_table(table.cast(schema))
            count += changed
    # Spark's checksum of the old file would be found not to fit the new one.
    path.with_name(f".{path.name}.crc").unlink(missing_ok=True)
    beside.replace(target or path)
    return count


def without_customers(
    forgotten: ForgottenList, texts: tuple[str, ...] = (), examples: tuple[str, ...] = ()
) -> Callable[[pa.Table], tuple[pa.Table, int]]:
    """Return a change that drops customers' rows and empties texts that name them.

    Columns of examples are emptied whole: several values stand in one text,
    in which an id of more than one word can't be told.

    Parameters
    ----------
    forgotten : ForgottenList
        Whom to leave out: rows with their ``customer_id`` go.
    texts : tuple of str
        Columns of which a value becomes null where it mentions one of them.
    examples : tuple of str
        Columns of which every filled value becomes ``""``.

    Returns
    -------
    callable
        For `rewrite_parquet`: from a table to the changed table and the number of rows dropped
        and values emptied. Columns that a table lacks are passed over.
    """

    def change(table: pa.Table) -> tuple[pa.Table, int]:
        changed = 0
        if "customer_id" in table.column_names:
            theirs = marked(table["customer_id"], forgotten.names)
            changed = pc.sum(theirs).as_py() or 0
            table = table.filter(pc.invert(theirs))
        for name in set(texts) & set(table.column_names):
            named = marked(table[name], forgotten.mentioned)
            changed += pc.sum(named).as_py() or 0
            table = emptied(table, name, named)
        for name in set(examples) & set(table.column_names):
            filled = pc.fill_null(pc.not_equal(table[name], ""), False)
            changed += pc.sum(filled).as_py() or 0
            values = pc.if_else(filled, pa.scalar("", table[name].type), table[name])
            table = table.set_column(table.column_names.index(name), name, values)
        return table, changed

    return change
