"""What the app keeps between reruns: a connection for each export, and results of queries."""

from typing import Any

import pandas as pd
import streamlit as st
from duckdb import DuckDBPyConnection

from dashboard.database import execute, open_export, parameters, read_sql
from dashboard.exports import Export


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
    """Return the result of one query, kept for the next time the same is asked."""
    wanted = parameters(read_sql(name))
    kept = tuple(sorted((key, value) for key, value in params.items() if key in wanted))
    return _cached(export, str(export.folder), name, kept)
