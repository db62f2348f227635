"""What a page is given: the export, the filters and the look."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import cached, database, formats
from dashboard.exports import Export
from dashboard.filters import (
    Filters,
)
from dashboard.theme import Theme


@dataclass(frozen=True)
class Page:
    """What a page is given: the export, the filters, the look, and numbers for its sections."""

    export: Export
    filters: Filters
    look: Theme
    numbers: Iterator[int] = field(default_factory=count, compare=False, repr=False)

    def run(self, name: str, **params: Any) -> pd.DataFrame:
        """Return a query's result for the filters, and ``params`` where the page sets more."""
        return cached.run(self.export, name, **{**self.filters.params, **params})

    def run_once(self, name: str, **params: Any) -> pd.DataFrame:
        """Return a query's result without keeping it: for downloads of any size."""
        return database.execute(
            cached.connection(self.export, str(self.export.folder)),
            name,
            {**self.filters.params, **params},
        )

    def money(self, value: Any) -> str:
        """Return an amount shortened, in the export's currency."""
        return formats.money(value, self.export.currency)


def current_page() -> Page:
    """Return what the entry script prepared for this rerun."""
    return st.session_state["page"]
