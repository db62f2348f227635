"""What the page of campaigns says: who is written to, who is held out, and why."""

from typing import Any

import pandas as pd

from dashboard import formats

__all__ = ["NO_EMAILS", "campaign", "left_out", "returned"]

NO_EMAILS = (
    "Klaviyo and Mailchimp know people by email address, and this source names customers by "
    "another id: fill the first column from your shop by customer id. Brevo takes the id as its "
    "EXT_ID."
)


def campaign(who: str, summary: pd.DataFrame) -> str:
    """Return how many customers a campaign writes to, as Markdown.

    Parameters
    ----------
    who : str
        The selection as Markdown.
    summary : DataFrame
        Result of ``campaign/summary``.
    """
    number = formats.plural(summary["write_count"].sum(), "customer")
    return f"Write to {number}: {who}"


def left_out(summary: pd.DataFrame) -> str:
    """Return who of a selection gets no campaign, and why, in sentences.

    Parameters
    ----------
    summary : DataFrame
        Result of ``campaign/summary``.
    """
    whole, control, unsure = (
        summary[name].sum() for name in ("customer_count", "control_count", "unsure_count")
    )
    parts = [f"{formats.plural(whole, 'customer')} in the selection."]
    if control:
        parts.append(
            f"{formats.plural(control, 'is', 'are')} held out as the control group, by a hash of "
            "the id: the same customers in every run. What the two groups buy next shows what the "
            "campaign brought."
        )
    if unsure:
        parts.append(
            f"{formats.plural(unsure, 'is', 'are')} left out, because the confidence in their "
            "segment is below what its campaigns ask."
        )
    return " ".join(parts)


def returned(summary: pd.DataFrame, since: Any) -> str:
    """Return how many who moved have ordered since, in a sentence; nothing for none.

    Parameters
    ----------
    summary : DataFrame
        Result of ``campaign/summary``, counted from ``since`` on.
    since : date
        Month end at which they had moved.
    """
    number = summary["returned_count"].sum()
    if not number:
        return ""
    return (
        f"{formats.count(number)} of them ordered since {formats.day(since)}: what they are sent "
        "follows the segment they are in now."
    )
