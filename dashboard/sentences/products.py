"""What the page of products and countries says of the first of each ranking."""

from typing import Any

import pandas as pd

from dashboard import formats

__all__ = ["leading", "ranking_notes"]


def leading(frame: pd.DataFrame, rank: str, what: str, whose: str, currency: str) -> str:
    """Return which product or country leads a ranking, as Markdown.

    Parameters
    ----------
    frame : DataFrame
        Result of ``products/products`` or ``products/countries``, in the order of the ranking.
    rank : str
        ``revenue``, ``reach``, ``growth`` or ``lift``.
    what : str
        ``product`` or ``country``.
    whose : str
        Whose purchases they are, as Markdown.
    currency : str
        ISO code.
    """
    known = frame.dropna(subset=rank)
    if known.empty:
        reason = {
            "growth": f"No {what} was bought by enough customers in both periods",
            "lift": f"No {what} is bought by enough customers of one segment",
        }
        return reason.get(rank, f"No {what} was bought")
    row: Any = known.iloc[0]
    name = formats.markdown(row["name"])
    if rank == "revenue":
        return f"{name} brought most: {formats.markdown(formats.money(row['revenue'], currency))}"
    if rank == "reach":
        where = "are in" if what == "country" else "bought"
        return f"{formats.share(row['reach'])} of {whose} {where} {name}"
    if rank == "growth":
        change = formats.count(abs(row["growth"]) * 100)
        if change == "0":
            return f"{name} kept its revenue, and none grew"
        return f"{name} {'grew most: by' if row['growth'] >= 0 else 'shrank least: by'} {change}%"
    return f"{name} is {row['lift']:.1f} times as common among {whose} as among all"


def ranking_notes(what: str, periods: str, minimum: float) -> str:
    """Return what the measures of a ranking mean.

    Parameters
    ----------
    what : str
        ``product`` or ``country``.
    periods : str
        The sentence that says which periods growth compares.
    minimum : float
        Fewest customers of a growth or a lift.
    """
    reach = "who ever bought it" if what == "product" else "who are there"
    return (
        f"Reach: the share of customers {reach}. {periods} Growth and lift take at least "
        f"{formats.plural(minimum, 'customer')}. A click on a bar or a row shows the customers."
    )
