"""Made-up lines of a gift shop, in the layout of UCI Online Retail.

Customers are drawn from a handful of buying behaviours, whose names are kept
aside for tests, and their lines then get the noise of a real shop's:
cancellations, guests, duplicates, postage and fees, prices of zero, stock
write-offs, ids like ``13085.0``, stray spaces and case, text beyond ASCII.
The same size and seed always give the same bytes.
"""

import gzip
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.core.errors import InputError
from pipeline.demo.behaviours import BEHAVIOURS, FIRST_DAY, LAST_DAY
from pipeline.demo.catalogue import FEES, draw_catalogue
from pipeline.demo.dirt import add_noise
from pipeline.demo.drawn import FIRST_CUSTOMER, Invoices, Shop, in_order
from pipeline.demo.orders import sell
from pipeline.demo.text import HEADER, text_tables, write_csv

__all__ = [
    "BEHAVIOURS",
    "FIRST_DAY",
    "HEADER",
    "LAST_DAY",
    "demo_truth",
    "write_demo",
    "write_truth",
]

_FEWEST, _MOST = 200, 200_000_000


def write_demo(path: Path, lines: int = 100_000, seed: int = 7) -> Path:
    """Write a made-up shop's lines.

    Parameters
    ----------
    path : Path
        File to write; its ending chooses between ``.csv``, ``.csv.gz`` and
        ``.parquet`` (all columns text). An existing file is replaced whole.
    lines : int
        Lines after the header, 200 to 200,000,000. Customers grow with them,
        the period from ``FIRST_DAY`` to ``LAST_DAY`` does not.
    seed : int
        At least 0; another seed gives another shop of the same kind.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If size, seed or ending are not of these.
    """
    path = Path(path)
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz", ".parquet")):
        raise InputError(f"{path}: the demo is written as .csv, .csv.gz or .parquet")
    shop = _shop(lines, seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    if name.endswith(".parquet"):
        with pq.ParquetWriter(beside, pa.schema([(column, pa.string()) for column in HEADER])) as w:
            for table in text_tables(shop):
                w.write_table(table)
    else:
        with beside.open("wb") as raw:
            if name.endswith(".gz"):
                # No name and no time in the gzip header: equal bytes for equal lines.
                with gzip.GzipFile("", "wb", 6, raw, mtime=0) as packed:
                    write_csv(cast(BinaryIO, packed), shop)
            else:
                write_csv(raw, shop)
    beside.replace(path)
    return path


def demo_truth(lines: int = 100_000, seed: int = 7) -> pd.DataFrame:
    """Return the behaviour each customer of a demo was drawn from.

    Parameters
    ----------
    lines, seed : int
        As given to ``write_demo``.

    Returns
    -------
    pandas.DataFrame
        ``customer_id`` (text, without ``.0``) and ``behaviour`` (a name of
        ``BEHAVIOURS``), one row for each customer with at least one order.
    """
    shop = _shop(lines, seed)
    names = np.array([kind.name for kind in BEHAVIOURS])
    numbers = np.arange(len(shop.behaviour)) + FIRST_CUSTOMER
    return pd.DataFrame(
        {"customer_id": numbers.astype(str), "behaviour": names[shop.behaviour]}
    ).astype({"customer_id": "str", "behaviour": "str"})


def write_truth(path: Path, lines: int = 100_000, seed: int = 7) -> Path:
    """Write ``demo_truth`` as csv.

    Parameters
    ----------
    path : Path
        File to write; its folder must be there.
    lines, seed : int
        As given to ``write_demo``.

    Returns
    -------
    Path
        The file, with the columns ``customer_id`` and ``behaviour``.

    Raises
    ------
    InputError
        If size or seed are not of those that ``write_demo`` takes.
    """
    path = Path(path)
    demo_truth(lines, seed).to_csv(path, index=False)
    return path


def _shop(lines: int, seed: int) -> Shop:
    if not isinstance(lines, int) or not _FEWEST <= lines <= _MOST:
        raise InputError(f"demo lines {lines!r}: expected {_FEWEST:,} to {_MOST:,}")
    if not isinstance(seed, int) or seed < 0:
        raise InputError(f"demo seed {seed!r}: expected a whole number, 0 or above")
    streams = [np.random.default_rng(one) for one in np.random.SeedSequence(seed).spawn(5)]
    catalogue = draw_catalogue(streams[0])
    count = {
        "duplicates": round(0.010 * lines),
        "cancelled": round(0.017 * lines),
        "stray_cancelled": max(3, round(0.0008 * lines)),
        "guests": round(0.150 * lines),
        "postage": round(0.004 * lines),
        "fees": max(len(FEES), round(0.002 * lines)),
        "losses": max(3, round(0.0025 * lines)),
        "debt": 3,
        "mistake": 2,
    }
    sold = lines - sum(count.values())
    drawn = Invoices()
    behaviour, country = sell(streams[1], streams[2], drawn, catalogue, sold)
    add_noise(streams[3], drawn, catalogue, count, country)
    return in_order(streams[4], drawn, catalogue, count["duplicates"], behaviour)
