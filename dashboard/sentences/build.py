"""What the page that builds segments says: how many, and what they spent."""

import pandas as pd

from dashboard import formats

__all__ = ["built"]


def built(summary: pd.DataFrame, currency: str) -> str:
    """Return the size and the value of a built segment in a sentence, as Markdown.

    Parameters
    ----------
    summary : DataFrame
        Result of ``build/summary``.
    currency : str
        ISO code.
    """
    customers, revenue = summary["customer_count"].sum(), float(summary["revenue"].sum())
    everyone, all_revenue = (
        summary["everyone_count"].sum(),
        float(summary["everyone_revenue"].sum()),
    )
    if not customers:
        return "Nobody meets these conditions"
    spent = formats.markdown(formats.money(revenue, currency))
    part = f", {formats.share(revenue / all_revenue)} of revenue" if all_revenue > 0 else ""
    return (
        f"{formats.plural(customers, 'customer')}, {formats.share(customers / everyone)} of all, "
        f"spent {spent}{part}"
    )
