"""What the app keeps between reruns: an export's connection, results of queries, charts."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from dashboard.database import execute, open_export, parameters, read_sql
from dashboard.exports import Export
from dashboard.theme import Theme, apply_theme


@st.cache_resource(
    max_entries=2, on_release=lambda con: con.close(), show_spinner="Opening the export …"
)
def connection(_export: Export, folder: str) -> DuckDBPyConnection:
    """Return the shared connection of an export; ``folder`` is the cache's key."""
    return open_export(_export)


@st.cache_data(max_entries=600, show_spinner=False)
def _cached(_export: Export, folder: str, name: str, params: tuple) -> pd.DataFrame:
    return execute(connection(_export, folder), name, dict(params))


def run(export: Export, name: str, **params: Any) -> pd.DataFrame:
    """Return the result of one query, kept for the next time the same is asked.

    Parameters
    ----------
    export : Export
        Of which the folder is the cache's key, with the query and its parameters' values.
    name : str
        Query, as ``overview/totals``.
    **params
        Values of parameters; those that the query does not take are left out.

    Returns
    -------
    DataFrame
        The caller's own: changing it changes nothing that is kept.

    Raises
    ------
    KeyError
        If a parameter of the query has no value.
    """
    wanted = parameters(read_sql(name))
    kept = tuple(sorted((key, value) for key, value in params.items() if key in wanted))
    return _cached(export, str(export.folder), name, kept)


class Drawn:
    """A chart that is checked against Altair's schema once, not at every rerun.

    It stands for the chart in ``st.altair_chart`` and is shared by all
    sessions, so nothing of it can be changed.

    Parameters
    ----------
    chart : alt.TopLevelMixin
        A themed chart.
    """

    def __init__(self, chart: Any) -> None:
        self._chart, self._checked = chart, False

    def to_dict(self) -> dict[str, Any]:
        """Return the chart as Vega-Lite.

        Raises
        ------
        SchemaValidationError
            If it is none; the first time.
        """
        spec = self._chart.to_dict(validate=not self._checked)
        self._checked = True
        return spec


@st.cache_resource(max_entries=300, show_spinner=False)
def _drawn(_chart: partial, name: str, args: tuple, keywords: dict[str, Any], look: Theme) -> Drawn:
    return Drawn(apply_theme(_chart(), look))


def drawn(chart: partial, look: Theme) -> Drawn:
    """Return a themed chart, kept by its function and arguments.

    Parameters
    ----------
    chart : partial
        A chart function with its arguments.
    look : Theme
        The theme to apply.

    Returns
    -------
    Drawn
        The same object for all who ask for the same chart in the same theme.
    """
    name = f"{chart.func.__module__}.{chart.func.__qualname__}"
    return _drawn(chart, name, chart.args, chart.keywords, look)
