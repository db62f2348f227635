"""Every threshold and size of the dashboard."""

from typing import Final

SCHEMA_VERSION: Final = 6
"""Layout of the export that the queries are written for; a test compares it with the writer's."""

ACTIVE_DAYS: Final = 90
"""A customer is active who ordered within so many days before the as-of date."""

UNKNOWN_CURRENCY: Final = "XXX"
"""ISO 4217's code for a source that does not say its currency; amounts then have no sign."""

MIN_COMPARISON_DAYS: Final = 7
"""A change is shown against the last month end at least so many days earlier, because a
comparison over a day or two says nothing."""

PAGE_ROWS: Final = 50
"""Rows of a table that is paged in SQL."""

ORDER_ROWS: Final = 1_000
"""The most orders of one customer that a time line shows, the latest ones."""

CHART_ROWS: Final = 5_000
"""The most points that a chart sends to the browser."""

BUILT_CONDITIONS: Final = 20
"""The most conditions of a segment that a person builds."""

BUILT_CHARACTERS: Final = 4_000
"""The longest text of one, as it stands in a link."""

PRODUCT_CHOICES: Final = 2_000
"""Products to choose a condition's from, those of most customers; a link may name any."""

SAVED_VIEWS: Final = 200
"""The most views that are saved by name."""

SAVED_NAME: Final = 60
"""The longest name of one, in characters."""

SAVED_BYTES: Final = 2**20
"""The largest file of saved views that is read."""

CHECKSUM_BYTES: Final = 32 * 2**20
"""Files up to this size are checked by checksum when an export is opened, larger ones by
their parquet footers (row count and columns), so that opening stays quick."""

MEMORY_LIMIT: Final = "640MB"
"""DuckDB's memory for the pages' queries, and for a typed one, as both run the same."""

THREADS: Final = 2
"""DuckDB's threads for the pages' queries."""

CONSOLE_SECONDS: Final = 10
"""A typed statement is killed after so many seconds."""

CONSOLE_MEMORY_BYTES: Final = 1024 * 2**20
"""Address space of a typed statement's process: DuckDB's `MEMORY_LIMIT`, 150 MB that Python and
DuckDB take before anything runs, and some slack. The kernel grants no more."""

CONSOLE_ROWS: Final = 5_000
"""The most rows that a typed query shows."""

CONSOLE_COLUMNS: Final = 200
"""The most columns that a typed query may give."""

CONSOLE_BYTES: Final = 4 * 2**20
"""The most bytes that an answer has on its way to the page; rows beyond are left out."""

CONSOLE_CELL: Final = 2_000
"""A longer text or list in an answer is cut to so many characters."""

CONSOLE_CHARACTERS: Final = 20_000
"""The longest statement that the console takes."""

RETAIL_CURRENCIES: Final = {
    "GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "CNY": "CN¥", "INR": "₹", "AUD": "A$",
    "CAD": "C$", "BRL": "R$", "KRW": "₩", "TRY": "₺", "PLN": "zł", "CHF": "CHF", "SEK": "SEK",
}  # fmt: skip
"""Signs of currencies; one without a sign here is shown by its code."""
