"""What the pages say of the days ahead, and of how good such a forecast was."""

import pandas as pd

from dashboard import formats

__all__ = ["calibration_alt", "expectation", "forecast", "likely_spend"]


def expectation(outlook: pd.Series, currency: str) -> str:
    """Return what one customer is expected to do, as Markdown.

    Parameters
    ----------
    outlook : Series
        Row of ``customers/person_outlook``.
    currency : str
        ISO code.
    """
    spend = formats.markdown(formats.money(outlook["expected_spend"], currency))
    return (
        f"{formats.share(outlook['order_chance'])} chance to order in the next "
        f"{formats.count(outlook['horizon_days'])} days; {spend} expected"
    )


def likely_spend(outlook: pd.Series, currency: str) -> str:
    """Return in one sentence of Markdown what such customers spend.

    Parameters
    ----------
    outlook : Series
        Row of ``customers/person_outlook``: one in ten such customers spends less than
        ``likely_spend_low``, one in ten more than ``likely_spend_high``.
    currency : str
        ISO code.
    """
    low, high = (
        formats.markdown(formats.money(outlook[f"likely_spend_{end}"], currency))
        for end in ("low", "high")
    )
    if outlook["likely_spend_high"] <= 0:
        return "At least nine in ten such customers order nothing."
    if outlook["likely_spend_low"] <= 0:
        return f"Nine in ten such customers spend {high} or less; at least one in ten, nothing."
    return f"Four in five such customers spend between {low} and {high}."


def forecast(metrics: pd.DataFrame) -> str:
    """Return how the latest outlook that can be judged turned out, as Markdown.

    Parameters
    ----------
    metrics : DataFrame
        Result of ``model/outlook_backtest``, with the methods ``outlook`` and ``past_spend`` at the
        latest cut-off.
    """
    latest = metrics[metrics["cutoff_date"] == metrics["cutoff_date"].max()].set_index("method")
    own, past = latest.loc["outlook"], latest.loc["past_spend"]
    return (
        f"The outlook expected {formats.share(own['expected_active_share'])} of customers to "
        f"order, and {formats.share(own['active_share'])} did; its best fifth brought "
        f"{formats.share(own['top_fifth_capture'])} of what was spent, past spend's best fifth "
        f"{formats.share(past['top_fifth_capture'])}: {_verdict(own)}"
    )


def _verdict(own: pd.Series) -> str:
    """Return whether the outlook ranks better than past spend, beyond its interval."""
    if own["capture_gain_low"] > 0:
        return "better"
    return "worse" if own["capture_gain_high"] < 0 else "level, within the error"


def calibration_alt(frame: pd.DataFrame, measure: str, currency: str) -> str:
    """Return what the chart of a measure's tenths shows.

    Parameters
    ----------
    frame : DataFrame
        Result of ``model/outlook_calibration``.
    measure : {"order_chance", "expected_spend"}
        Rows of this measure are read: shares of customers from 0 to 1, or mean amounts.
    currency : str
        ISO code.
    """
    part = frame[frame["measure"] == measure].sort_values("decile")

    def text(value: float) -> str:
        return formats.share(value) if measure == "order_chance" else formats.money(value, currency)

    return "; ".join(
        f"tenth {row.decile}: {text(row.expected)} expected, {text(row.actual)} happened"
        for row in part.itertuples()
    )
