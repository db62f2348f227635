"""What the page of the model says: why so many segments, and what they predicted."""

import re
from typing import Any

import pandas as pd

from dashboard import formats

__all__ = ["choice", "confidence_holds", "drift", "reason", "verdict"]


def choice(components: pd.DataFrame, export: Any) -> str:
    """Return how many groups the model found, and in plain words how sound they are.

    Parameters
    ----------
    components : DataFrame
        Result of ``model/components``; a segment that is given by rule has no weight.
    export : Export
        For the manifest.
    """
    model = export.manifest.get("model") or {}
    by_rule = components.loc[components["weight"].isna(), "persona"].tolist()
    count = len(components) - len(by_rule)
    parts = [f"The model found {formats.plural(count, 'group')} of customers."]
    if by_rule:
        parts.append(f"{by_rule[0]} are one more by rule: their first order is too recent to tell.")
    stability = model.get("stability")
    if stability is not None:
        parts.append(
            "When it is fitted again on random samples of the same customers, customers end up "
            f"together or apart as before: agreement {formats.decimal(stability)}, where 1 is "
            "identical and 0 is chance."
        )
    silhouette = model.get("silhouette")
    if silhouette is not None:
        nearer = (
            "to their own group than to the next one"
            if float(silhouette) > 0
            else "to another group than to their own"
        )
        parts.append(
            f"On average customers lie closer {nearer}: silhouette "
            f"{formats.decimal(silhouette)}, from −1 to 1."
        )
    if model.get("violated_guards"):
        parts.append(f"No number of groups met every guard; {model['violated_guards']} gave way.")
    return " ".join(parts)


def reason(selection: pd.DataFrame) -> str:
    """Return why the chosen number of segments won, as Markdown.

    Parameters
    ----------
    selection : DataFrame
        Result of ``model/selection``.
    """
    chosen = selection[selection["is_chosen"]]
    if chosen.empty:
        return "How the number of segments was chosen"
    row = chosen.iloc[0]
    words = str(row["reason"] or "").removeprefix("chosen: ").rstrip(".")
    if not words:
        return "How the number of segments was chosen"
    plain = re.sub(r"\bk\b", "number of segments", words)
    return f"Why {int(row['segment_count'])}: {formats.markdown(plain)}"


def verdict(metrics: pd.DataFrame, value: str) -> str:
    """Return how our segments compare with RFM rules after the latest cut-off.

    Parameters
    ----------
    metrics : DataFrame
        Result of ``model/backtest_metrics``.
    value : {"top_fifth_capture", "eta_squared"}
        Column to compare, 0 to 1; higher is better.
    """
    latest = metrics[metrics["cutoff_date"] == metrics["cutoff_date"].max()]
    ours = latest[(latest["method"] == "mixture") & latest[value].notna()]
    rules = latest.loc[latest["method"].str.startswith("rfm_rules"), value].dropna()
    if ours.empty:
        return "What the segments predicted"
    mine = ours.iloc[0]
    if value == "top_fifth_capture":
        what = (
            "The fifth of customers that our segments rank highest brought "
            f"{formats.share(mine[value])} (95% interval {formats.share(mine[f'{value}_low'])} to "
            f"{formats.share(mine[f'{value}_high'])}) of what was spent next"
        )
    else:
        what = (
            f"Our segments explain {formats.share(mine[value])} (95% interval "
            f"{formats.share(mine[f'{value}_low'])} to {formats.share(mine[f'{value}_high'])}) "
            "of the differences in what customers spent next"
        )
    others = []
    if len(rules):
        others.append(f"the best RFM rules {formats.share(rules.max())}")
    spend = latest.loc[latest["method"] == "past_spend", value].dropna()
    if len(spend):
        others.append(f"past spend alone {formats.share(spend.iloc[0])}")
    return f"{what}; {' and '.join(others)}" if others else what


def confidence_holds(tenths: pd.DataFrame) -> str:
    """Return how often a segment holds where the model is sure and where it is not.

    Parameters
    ----------
    tenths : DataFrame
        Result of ``model/confidence_calibration``, the most confident tenth first.
    """
    most, least = tenths.iloc[0], tenths.iloc[-1]
    short = int((tenths["same_segment_share"] < tenths["mean_probability"]).sum())
    judged = (
        "customers hold their segment at least as often as the confidence says"
        if short == 0
        else f"in {short} of {len(tenths)} groups they hold it less often than it says"
    )
    return (
        f"Fitted again, the model gives the same segment to "
        f"{formats.share(most['same_segment_share'])} of customers where its confidence is "
        f"{formats.share(most['mean_probability'])}, and to "
        f"{formats.share(least['same_segment_share'])} where it is "
        f"{formats.share(least['mean_probability'])}: {judged}"
    )


def drift(frame: pd.DataFrame) -> str:
    """Return whether the latest customers are still like those of the fit.

    Parameters
    ----------
    frame : DataFrame
        Result of ``model/drift``.
    """
    latest = frame[frame["snapshot_date"] == frame["snapshot_date"].max()]
    due = latest[latest["is_refit_due"].astype(bool)]
    if due.empty:
        return "Customers are still like those the model was fitted on"
    return "Customers have changed since the fit: a refit is due"
