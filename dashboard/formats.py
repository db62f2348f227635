"""Numbers, money, days and names as people read them, and made safe where they are shown."""

import html
import math
import re
from collections.abc import Callable
from csv import QUOTE_NONNUMERIC
from datetime import date, datetime
from functools import partial
from typing import Any
from urllib.parse import quote

import pandas as pd

from dashboard.settings import RETAIL_CURRENCIES, UNKNOWN_CURRENCY

THIN = "\u202f"
"""Narrow no-break space, between a number and its unit."""

MISSING = "–"
"""What stands where there is no value."""

_AMOUNTS = re.compile(
    r"monetary|revenue|silent_revenue|amount|(gross|returned|net)_amount"
    r"|future_revenue_per_customer(_low|_high)?|revenue_per_customer"
    r"|expected_spend|(contacted|control)_revenue_per_customer|(revenue_uplift|incremental_revenue)(_low|_high)?"
)
_SHARES = re.compile(
    r"(.*_)?(share|probability)(_low|_high)?|share_of_.*|retention_rate|return_rate|place"
    r"|top_fifth_capture|order_chance|(contacted|control)_order_rate"
)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&=])")
_FORMULA = re.compile(r"(^|[\r\n])(?=[\s\u00a0]*[=+\-@\t\r])")


def is_missing(value: Any) -> bool:
    """Return whether ``value`` is absent: None, NaN or NaT."""
    return value is None or bool(pd.isna(value))


def sign(currency: str) -> str:
    """Return the sign of a currency (``£``), or its code and a space (``NOK ``).

    Nothing where the source does not say its currency.
    """
    if currency == UNKNOWN_CURRENCY:
        return ""
    found = RETAIL_CURRENCIES.get(currency, currency)
    return f"{found}{THIN}" if len(found) > 1 and found.isalpha() else found


def amount_heading(words: str, currency: str) -> str:
    """Return the heading of a column of amounts: ``Spent so far (GBP)``."""
    return f"{words} ({currency})" if currency not in ("", UNKNOWN_CURRENCY) else words


def count(value: Any) -> str:
    """Return a whole number: ``12,345``."""
    return decimal(value, 0)


def decimal(value: Any, digits: int = 2) -> str:
    """Return a number with so many decimals: ``12,345.68``."""
    if is_missing(value):
        return MISSING
    # Zero is added because what rounds to nothing would keep its minus.
    return f"{round(float(value), digits) + 0.0:,.{digits}f}".replace("-", "−")


def short(value: Any) -> str:
    """Return a number shortened to three figures: ``8.9 m``, ``462 k``, ``950``."""
    if is_missing(value):
        return MISSING
    number = float(value)
    # Each limit is where the unit below would round up to a fourth figure.
    for limit, divisor, unit in ((999.5e6, 1e9, "bn"), (999.5e3, 1e6, "m"), (9999.5, 1e3, "k")):
        if abs(number) >= limit:
            scaled = number / divisor
            digits = 0 if abs(scaled) >= 99.5 or scaled == int(scaled) else 1
            return f"{scaled:.{digits}f}{THIN}{unit}".replace("-", "−")
    if abs(number) >= 100 or number == int(number):
        return count(number)
    return f"{number:.1f}".replace("-", "−")


def money(value: Any, currency: str) -> str:
    """Return an amount shortened, with its sign: ``£8.9 m``, ``£3.86``."""
    if is_missing(value):
        return MISSING
    number = float(value)
    size = abs(number)
    digits = decimal(size) if size < 100 and size != int(size) else short(size)
    return f"{'−' if number < 0 else ''}{sign(currency)}{digits}"


def exact_money(value: Any, currency: str) -> str:
    """Return an amount to the penny: ``£8,911,407.90``."""
    if is_missing(value):
        return MISSING
    number = float(value)
    return f"{'−' if number < 0 else ''}{sign(currency)}{decimal(abs(number))}"


def share(value: Any) -> str:
    """Return a share (0 to 1) in whole per cent; ``<1%`` and ``>99%`` next to none and all."""
    if is_missing(value):
        return MISSING
    number = float(value)
    if 0 < number < 0.005:
        return "<1%"
    if 0.995 <= number < 1:
        return ">99%"
    return f"{math.floor(number * 100 + 0.5)}%"


def day(value: Any) -> str:
    """Return a day in words: ``10 December 2011``."""
    if is_missing(value):
        return MISSING
    moment = pd.Timestamp(value)
    return f"{moment.day} {moment:%B %Y}"


def short_day(value: Any) -> str:
    """Return a day with a short month: ``10 Dec 2011``."""
    moment = pd.Timestamp(value)
    return f"{moment.day} {moment:%b %Y}"


def month(value: Any) -> str:
    """Return a month in words: ``November 2011``."""
    return f"{pd.Timestamp(value):%B %Y}"


def month_before(value: date | datetime | str) -> str:
    """Return the month that ends where ``value``, the first day of a month, begins."""
    return month(pd.Timestamp(value) - pd.Timedelta(days=1))


def plural(number: Any, one: str, many: str | None = None) -> str:
    """Return a count with its noun: ``1 customer``, ``12 customers``.

    Parameters
    ----------
    number : number
        Shown as a whole number; 1 takes the singular.
    one : str
        Singular.
    many : str, optional
        Plural; the singular with an s by default.
    """
    return f"{count(number)} {one if float(number) == 1 else many or one + 's'}"


def sentence(text: Any) -> str:
    """Return text from data with a full stop at its end; nothing for no text."""
    words = "" if is_missing(text) else str(text).strip()
    return words if not words or words[-1] in ".!?…" else f"{words}."


def styled(frame: pd.DataFrame, currency: str) -> Any:
    """Return a frame whose numbers a table shows as texts do, and still sorts as numbers.

    Parameters
    ----------
    frame : DataFrame
        Amounts and shares are recognised by the names of their columns.
    currency : str
        ISO code.

    Returns
    -------
    Styler
        For ``st.dataframe``, with columns that have no format of their own.
    """
    shown = {name: _as_text(name, frame[name], currency) for name in frame.columns}
    return frame.style.format({name: text for name, text in shown.items() if text})


def _as_text(name: str, column: pd.Series, currency: str) -> Callable[[Any], str] | None:
    """Return how the cells of a column are written; None leaves them as they are."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return lambda value: MISSING if is_missing(value) else short_day(value)
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return None
    if _AMOUNTS.fullmatch(name):
        return partial(exact_money, currency=currency)
    if _SHARES.fullmatch(name):
        return share
    return count if pd.api.types.is_integer_dtype(column) else _plain


def _plain(value: Any) -> str:
    """Return a number with the decimals that its size asks for."""
    if is_missing(value) or float(value).is_integer():
        return count(value)
    return decimal(value, 2 if abs(float(value)) >= 1 else 3)


def heading(column: Any) -> str:
    """Return the name of a column as people write it: ``Customer count``."""
    words = str(column).replace("_", " ").strip()
    return words[:1].upper() + words[1:]


def markdown(text: Any) -> str:
    """Return text from data such that Markdown shows it as it is."""
    return _MARKDOWN.sub(r"\\\1", str(text).replace("\n", " ").replace("\r", " "))


def html_text(text: Any) -> str:
    """Return text from data such that HTML shows it as it is."""
    return html.escape(str(text), quote=True)


def url_part(text: Any) -> str:
    """Return text from data as one value of a query string."""
    return quote(str(text), safe="")


def file_part(text: Any) -> str:
    """Return text from data as a part of a file name."""
    return re.sub(r"[^A-Za-z0-9]+", "_", str(text)).strip("_").lower() or "export"


def csv(frame: pd.DataFrame, *, raw: bool = False, bom: bool = True) -> bytes:
    """Return a frame as CSV that a spreadsheet opens without running anything.

    Parameters
    ----------
    frame : DataFrame
        Rows to write; its index is left out.
    raw : bool, default False
        Leave texts unchanged. Otherwise a text that a spreadsheet would take for a formula
        gets a leading apostrophe, after line breaks too; numbers are never touched.
    bom : bool, default True
        Begin with a byte-order mark, because spreadsheets guess the encoding otherwise; programs
        that read a header by name take it for a part of the first one.

    Returns
    -------
    bytes
        UTF-8.
    """
    safe = frame
    if not raw:
        safe = frame.apply(_without_formulas)
        safe.columns = [_without_formula(str(name)) for name in frame.columns]
    # Every text is quoted: a carriage return alone would otherwise end its row.
    return safe.to_csv(index=False, quoting=QUOTE_NONNUMERIC).encode(
        "utf-8-sig" if bom else "utf-8"
    )


def _without_formulas(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column
    return column.map(lambda value: _without_formula(value) if isinstance(value, str) else value)


def _without_formula(text: str) -> str:
    return _FORMULA.sub(r"\1'", text)
