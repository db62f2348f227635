"""What the page of the data says: how much was kept, and why the rest was not."""

from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.charts.data import WORDS

__all__ = ["account", "biggest_reason"]


def account(figures: dict[str, Any], currency: str) -> str:
    """Return how many rows and how much money were kept."""
    raw, kept = int(figures["raw_rows"]), int(figures["kept_rows"])
    money = formats.money(figures["kept_amount"], currency)
    total = formats.money(figures["raw_amount"], currency)
    part = formats.share(kept / raw) if raw else "none"
    return (
        f"Of {formats.count(raw)} raw lines {formats.count(kept)} were kept ({part}), and of "
        f"{total} in them {money}."
    )


def biggest_reason(classes: pd.DataFrame, measure: str, currency: str) -> str:
    """Return the reason that took most rows or money away."""
    rejected = classes[~classes["is_kept"]]
    sizes = rejected[measure].astype(float)
    if rejected.empty or not sizes.abs().max():
        return "Nothing was left out"
    row = rejected.loc[sizes.abs().idxmax()]
    name = WORDS.get(row["line_class"], row["line_class"])
    if measure == "row_count":
        return f"Most rows left out: {name}, {formats.count(row['row_count'])} of them"
    amount = formats.markdown(formats.money(row["amount"], currency))
    return f"Most money left out: {name}, {amount}"
