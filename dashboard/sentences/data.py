"""What the page of the data says: how much was kept, and why the rest was not."""

from typing import Any

import pandas as pd

from dashboard import formats
from dashboard.charts.data import BECAUSE

__all__ = ["account", "biggest_reason"]


def account(figures: dict[str, Any], currency: str) -> str:
    """Return how many rows and how much money were kept.

    Parameters
    ----------
    figures : dict
        ``account`` of the export's manifest: ``raw_rows`` and ``kept_rows``, and ``raw_amount``
        and ``kept_amount`` as decimal text.
    currency : str
        ISO code.
    """
    raw, kept = int(figures["raw_rows"]), int(figures["kept_rows"])
    money = formats.money(figures["kept_amount"], currency)
    total = formats.money(figures["raw_amount"], currency)
    part = formats.share(kept / raw) if raw else "none"
    return (
        f"{formats.count(kept)} of {formats.count(raw)} raw lines were kept ({part}); they add up "
        f"to {money}, all raw lines to {total}."
    )


def biggest_reason(classes: pd.DataFrame, measure: str, currency: str) -> str:
    """Return the reason that took most rows or money away, as Markdown.

    Parameters
    ----------
    classes : DataFrame
        Result of ``data/line_classes``.
    measure : {"row_count", "amount"}
        Rows or money; of amounts below zero the size decides.
    currency : str
        ISO code.
    """
    rejected = classes[~classes["is_kept"]]
    sizes = rejected[measure].astype(float)
    if rejected.empty or not sizes.abs().max():
        return "Nothing was left out"
    row = rejected.loc[sizes.abs().idxmax()]
    reason = BECAUSE.get(row["line_class"], f"of {formats.markdown(row['line_class'])}")
    if measure == "row_count":
        what = f"{formats.plural(row['row_count'], 'row was', 'rows were')} left out"
    else:
        amount = formats.markdown(formats.money(row["amount"], currency))
        what = f"Lines that add up to {amount} were left out"
    return f"{what} because {reason}"
