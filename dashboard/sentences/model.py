"""What the page of the model says: why so many segments, and what they foretold."""

from typing import Any

import pandas as pd

from dashboard import formats

__all__ = ["choice", "drift", "reason", "verdict"]


def choice(selection: pd.DataFrame, export: Any) -> str:
    """Return which number of segments was chosen and how sound it is."""
    model = export.manifest.get("model") or {}
    count = int(
        model.get("segment_count") or selection.loc[selection["is_chosen"], "segment_count"].max()
    )
    parts = [f"{count} segments" if count != 1 else "One segment"]
    stability = model.get("stability")
    if stability is not None:
        parts.append(
            f"refitted on resampled customers they agree at {float(stability):.2f} (1 is the same)"
        )
    silhouette = model.get("silhouette")
    if silhouette is not None:
        parts.append(f"their silhouette is {float(silhouette):.2f} (from −1 to 1)")
    text = f"{parts[0]}: {' and '.join(parts[1:])}." if parts[1:] else f"{parts[0]}."
    if model.get("gave_way"):
        text += f" No number of segments met every guard; {model['gave_way']} gave way."
    return text


def reason(selection: pd.DataFrame) -> str:
    """Return why the chosen number of segments won, as Markdown."""
    chosen = selection[selection["is_chosen"]]
    if chosen.empty:
        return "How the number of segments was chosen"
    row = chosen.iloc[0]
    words = str(row["reason"] or "").removeprefix("chosen: ").rstrip(".")
    if not words:
        return "How the number of segments was chosen"
    return f"Why {int(row['segment_count'])}: {formats.markdown(words)}"


def verdict(metrics: pd.DataFrame, value: str) -> str:
    """Return how our segments compare with RFM rules after the latest cut-off."""
    latest = metrics[metrics["cutoff_date"] == metrics["cutoff_date"].max()]
    ours = latest.loc[latest["method"] == "mixture", value].dropna()
    rules = latest.loc[latest["method"].str.startswith("rfm_rules"), value].dropna()
    if ours.empty:
        return "What the segments foretold"
    mine = float(ours.iloc[0])
    what = {
        "top_fifth_capture": f"Our best fifth of customers held {formats.share(mine)} of what was "
        "spent next",
        "eta_squared": f"Our segments explain {formats.share(mine)} of the differences in what "
        "customers spent next",
    }[value]
    others = []
    if len(rules):
        others.append(f"the best RFM rules {formats.share(rules.max())}")
    spend = latest.loc[latest["method"] == "past_spend", value].dropna()
    if len(spend):
        others.append(f"past spend alone {formats.share(spend.iloc[0])}")
    return f"{what}; {' and '.join(others)}" if others else what


def drift(frame: pd.DataFrame) -> str:
    """Return whether the latest customers are still like those of the fit."""
    latest = frame[frame["snapshot_date"] == frame["snapshot_date"].max()]
    due = latest[latest["is_refit_due"].astype(bool)]
    if due.empty:
        return "Customers are still like those the model was fitted on"
    return "Customers have changed since the fit: a refit is due"
