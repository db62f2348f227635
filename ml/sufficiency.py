"""Say what is thin about the data before anyone relies on the segments."""

from __future__ import annotations

import numpy as np

from ml.features import transform_measures
from ml.marts import Sample
from ml.settings import Settings

__all__ = ["sufficiency_warnings"]

# From where on the sentence that says so is worth reading first: correlation of two measures'
# logs, one customer's share of the revenue, share of customers who ordered once.
_TIED = 0.999
_ONE_CUSTOMER = 0.5
_ONCE = 0.6


def sufficiency_warnings(sample: Sample, customers: int, settings: Settings) -> list[str]:
    """List what limits the segments, one sentence each.

    Parameters
    ----------
    sample : Sample
        All customers, or those that k was searched on.
    customers : int
        Customers of the mart.
    settings : Settings

    Returns
    -------
    list of str
        Empty where nothing is thin.
    """
    said = []
    history = int(np.max(sample.tenure_days))
    if history < settings.min_history_days:
        said.append(
            f"The history covers {history} days; segments settle from about "
            f"{settings.min_history_days} on."
        )
    if customers < settings.few_customers:
        said.append(
            f"There are {customers:,} customers; with fewer than {settings.few_customers} the "
            "segments are coarse and may move with every run."
        )
    fewer = customers // settings.min_segment_customers
    if fewer < settings.k_max:
        said.append(
            f"At most {max(2, fewer)} segments were tried, so that each has about "
            f"{settings.min_segment_customers} customers or more."
        )
    repeat = float(np.mean(sample.frequency >= 2))
    if repeat < settings.min_repeat_share:
        said.append(
            f"Only {repeat:.0%} of customers ordered more than once, so frequency tells little."
        )
    elif 1.0 - repeat > _ONCE:
        said.append(
            f"{1.0 - repeat:.0%} of customers ordered once only; they are told apart by recency "
            "and amount alone."
        )
    quiet = int(np.min(sample.recency_days))
    if quiet > settings.quiet_days:
        said.append(
            f"Nobody ordered in the last {quiet - 1} days; check that the lines are complete up "
            "to the as-of date."
        )
    logs = transform_measures(sample.recency_days, sample.frequency, sample.monetary)
    spread = logs.std(axis=0)
    for name, deviation in zip(("recency", "number of orders", "amount"), spread, strict=True):
        if deviation <= 1e-9:
            said.append(f"The {name} is the same for every customer and tells none apart.")
    if spread[1] > 1e-9 and spread[2] > 1e-9:
        tie = float(np.corrcoef(logs[:, 1], logs[:, 2])[0, 1])
        if tie > _TIED:
            said.append(
                "Amount and number of orders say the same (no prices in the source?), so money "
                "adds nothing to frequency."
            )
    largest = float(sample.monetary.max() / sample.monetary.sum())
    if largest > _ONE_CUSTOMER and len(sample) > 1:
        said.append(
            f"One customer holds {largest:.0%} of the revenue; look at shares of customers rather "
            "than of revenue."
        )
    return said
