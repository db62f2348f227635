"""Empty the lines of forgotten customers, on their way in and where they have landed."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.privacy.forgotten import BLANKED, MISPLACED, TEXTS, ForgottenList

__all__ = ["blanked", "emptied", "marked", "without_ids"]


def blanked(
    table: pa.Table, forgotten: ForgottenList, *, is_decimal_id: bool
) -> tuple[pa.Table, int]:
    """Empty the lines of forgotten customers, whose rows keep their places.

    Parameters
    ----------
    table : Table
        Canonical columns as text, and ``unparsed_text``.
    forgotten : ForgottenList
        Whom to leave out.
    is_decimal_id : bool
        True where ids carry a spurious ``.0``.

    Returns
    -------
    table : Table
        As many lines, with ``is_forgotten``.
    count : int
        Lines that were changed.
    """
    known = pa.chunked_array([pa.array([False] * len(table), pa.bool_())])
    if "is_forgotten" in table.column_names:
        known = pc.fill_null(table["is_forgotten"], False)
        table = table.drop_columns("is_forgotten")
    if not forgotten.hashes:
        return table.append_column("is_forgotten", known), 0

    def is_named(text: str) -> bool:
        return forgotten.names(text, is_decimal=is_decimal_id)

    theirs = pc.or_(
        marked(table["customer_id"], is_named),
        marked(table["unparsed_text"], forgotten.held),
    )
    for name in MISPLACED:
        theirs = pc.or_(theirs, marked(table[name], forgotten.is_misplaced_id))
    count = pc.sum(theirs).as_py() or 0
    # Lines that an older version landed lack the later columns.
    for name in filter(table.column_names.__contains__, BLANKED):
        empty = theirs
        if name in TEXTS:
            mentioned = marked(table[name], forgotten.mentioned)
            count += pc.sum(pc.and_not(mentioned, theirs)).as_py() or 0
            empty = pc.or_(theirs, mentioned)
        table = emptied(table, name, empty)
    return table.append_column("is_forgotten", pc.or_(known, theirs)), count


def without_ids(table: pa.Table, forgotten: ForgottenList) -> tuple[pa.Table, int]:
    """Empty the ids of forgotten customers in a campaign's lists, whose rows keep their places.

    Parameters
    ----------
    table : Table
        With ``customer_id`` and ``is_forgotten``.
    forgotten : ForgottenList
        Whom to leave out.

    Returns
    -------
    table : Table
        As many rows.
    count : int
        Rows that were changed.
    """
    theirs = marked(table["customer_id"], forgotten.names)
    known = pc.or_(pc.fill_null(table["is_forgotten"], False), theirs)
    at = table.column_names.index("is_forgotten")
    table = table.set_column(at, table.schema.field(at), known)
    return emptied(table, "customer_id", theirs), pc.sum(theirs).as_py() or 0


def marked(column: pa.ChunkedArray, is_meant: Callable[[str], bool]) -> pa.ChunkedArray:
    """Return true for each value of a text column that is meant; each one is asked once.

    Returns
    -------
    ChunkedArray of bool
        As long as the column; false for null.
    """
    meant = [value for value in pc.unique(column).to_pylist() if value and is_meant(value)]
    return pc.is_in(column, value_set=pa.array(meant, column.type))


def emptied(table: pa.Table, name: str, where: pa.ChunkedArray) -> pa.Table:
    """Return a table with one column null in some rows.

    Parameters
    ----------
    table : Table
    name : str
        The column; it becomes nullable.
    where : ChunkedArray of bool
        One value a row; true where the column is to be null.

    Returns
    -------
    Table
        The same rows and columns in the same order.
    """
    column = pc.if_else(where, pa.scalar(None, table[name].type), table[name])
    field = table.schema.field(name).with_nullable(True)
    return table.set_column(table.column_names.index(name), field, column)
