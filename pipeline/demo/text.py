"""Turn what was drawn into text, in the layout of UCI Online Retail."""

import datetime
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.demo.behaviours import COUNTRIES, DAYS, FIRST_DAY
from pipeline.demo.drawn import FIRST_CUSTOMER, PREFIXES, Shop

__all__ = ["HEADER", "text_tables", "write_csv"]

HEADER = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
_CHUNK = 500_000


def write_csv(file: BinaryIO, shop: Shop) -> None:
    """Write header and lines into a binary file."""
    file.write((",".join(HEADER) + "\n").encode())
    for table in text_tables(shop, quoted=True):
        columns = [column.combine_chunks().fill_null("") for column in table.columns]
        columns[-1] = pc.binary_join_element_wise(columns[-1], "\n", "")
        rows = pc.binary_join_element_wise(*columns, ",")
        file.write(rows.buffers()[2])


def text_tables(shop: Shop, quoted: bool = False) -> Iterator[pa.Table]:
    """Yield the lines as text, in chunks.

    Parameters
    ----------
    shop : Shop
        What was drawn.
    quoted : bool
        Put quotes around text that needs them in a csv file.

    Yields
    ------
    pyarrow.Table
        Columns `HEADER`, all of text, null where the shop names nothing; the shop's lines in their
        order.
    """
    texts = [_quoted(text) if quoted and text else text for text in shop.texts]
    text_values = pa.array(texts, pa.string())
    codes = pa.array([*shop.codes, *(code.lower() for code in shop.codes)], pa.string())
    names = [name for name, _ in COUNTRIES]
    countries = pa.array([*names, *(f" {name.lower()}" for name in names)], pa.string())
    prefixes = pa.array(PREFIXES, pa.string())
    days = pa.array(
        [
            f"{day.month}/{day.day}/{day.year}"
            for day in (FIRST_DAY + datetime.timedelta(at) for at in range(DAYS))
        ]
    )
    times = pa.array([f"{at // 60}:{at % 60:02d}" for at in range(1440)])
    prices, place = np.unique(shop.pence, return_inverse=True)
    price_values = pa.array([_price(pence) for pence in prices.tolist()])
    for begin in range(0, len(shop.invoice), _CHUNK):
        part = slice(begin, begin + _CHUNK)
        of = shop.invoice[part]
        minute, customer = shop.minute[of], shop.customer[of]
        is_padded = shop.is_padded[part]
        ids = pa.array(customer.astype(np.int64) + FIRST_CUSTOMER, mask=customer < 0)
        ids = ids.cast(pa.string())
        endings = np.where(shop.is_decimal[part], 1, np.where(is_padded, 2, 0))
        ids = pc.binary_join_element_wise(
            ids, pa.array(["", ".0", " "]).take(pa.array(endings)), ""
        )
        yield pa.table(
            [
                pc.binary_join_element_wise(
                    prefixes.take(pa.array(shop.prefix[of])),
                    pa.array(shop.number[of]).cast(pa.string()),
                    "",
                ),
                codes.take(pa.array(shop.item[part] + shop.is_lower[part] * len(shop.codes))),
                text_values.take(pa.array(shop.text[part])),
                pa.array(shop.units[part]).cast(pa.string()),
                pc.binary_join_element_wise(
                    days.take(pa.array(minute // 1440)), times.take(pa.array(minute % 1440)), " "
                ),
                price_values.take(pa.array(place[part])),
                ids,
                countries.take(pa.array(shop.country[of] + is_padded * len(names))),
            ],
            names=list(HEADER),
        )


def _quoted(text: str) -> str:
    if any(sign in text for sign in ',"\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _price(pence: int) -> str:
    """Write a price as spreadsheets do, without closing zeros."""
    text = f"{abs(pence) // 100}.{abs(pence) % 100:02d}".rstrip("0").rstrip(".")
    return f"-{text}" if pence < 0 else text
