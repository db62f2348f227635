"""Make larger inputs of a file of lines by repeating its customers under new ids."""

from pathlib import Path

import duckdb

__all__ = ["repeated_lines"]

# Above every invoice number and customer id of the layout.
_STRIDE = 10_000_000

_QUERY = """
copy (
    select
        case
            when copy = 0 then InvoiceNo
            else regexp_extract(InvoiceNo, '^[A-Za-z]*')
                || (regexp_extract(InvoiceNo, '[0-9]+$')::bigint + copy * $stride)
        end as InvoiceNo,
        StockCode, Description, Quantity, InvoiceDate, UnitPrice,
        case
            when copy = 0 or CustomerID is null then CustomerID
            else (regexp_extract(CustomerID, '[0-9]+')::bigint + copy * $stride)::varchar
        end as CustomerID,
        Country
    from read_csv($source, all_varchar = true)
    cross join (select unnest(range($times)) as copy)
) to '{out}' (header, delimiter ',')
"""


def repeated_lines(source: Path, times: int, out: Path) -> Path:
    """Write a file in the layout of UCI Online Retail, so many times as large.

    Parameters
    ----------
    source : Path
        csv or csv.gz in that layout.
    times : int
        Copies; each has invoices and customers of its own.
    out : Path
        csv to write.

    Returns
    -------
    Path
        The file.
    """
    with duckdb.connect() as con:
        con.execute("set threads = 2")
        con.execute("set preserve_insertion_order = false")
        target = str(out).replace("'", "''")
        con.execute(
            _QUERY.format(out=target),
            {"source": str(source), "times": times, "stride": _STRIDE},
        )
    return out
