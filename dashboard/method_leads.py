"""By how much the segments lead the other methods, in texts."""

from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.charts.model import METHODS


def leads(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return by how much our segments lead each other method, in texts.

    Parameters
    ----------
    metrics : DataFrame
        Result of ``model/backtest_metrics``.

    Returns
    -------
    DataFrame
        A row for each other method and cut-off: its name, the leads in percentage points with 95%
        intervals of what the best fifth held and what the segment explains (empty where unknown),
        and the cut-off. The names of the columns are headings.
    """
    rows = []
    for _, row in metrics.iterrows():
        if row["method"] == "mixture":
            continue
        rows.append(
            {
                "Our segments against": METHODS.get(row["method"], row["method"]),
                "Held by the best fifth, points": _lead(row, "top_fifth_capture"),
                "Explained by the segment, points": _lead(row, "eta_squared"),
                "After": formats.short_day(row["cutoff_date"]),
            }
        )
    return pd.DataFrame(rows)


def _lead(row: Any, value: str) -> str:
    """Return by how many points our segments lead another method, and if chance explains it."""
    difference, low, high = (row[f"{value}_lead{end}"] for end in ("", "_low", "_high"))
    if any(formats.is_missing(part) for part in (difference, low, high)):
        return ""
    judged = "ahead" if low > 0 else "behind" if high < 0 else "within the error"
    return f"{_points(difference)} ({_points(low)} to {_points(high)}): {judged}"


def _points(value: float) -> str:
    """Return a difference of shares in points with its sign; one that rounds to 0 has none."""
    size = f"{abs(value) * 100:.1f}"
    if size == "0.0":
        return size
    return f"{'+' if value > 0 else '−'}{size}"
