"""What a fit found and what a training run did."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class TrainReport:
    """What a training run did.

    Attributes
    ----------
    run_id : str
    as_of_date : date
    customer_count, segment_count : int
    silhouette, stability : float or None
    selection_rule : str
    violated_guards : str or None
        Guards that the chosen k violates; None where it meets them all.
    seed : int
    personas : list of str
        In the order of the segment ids.
    lines : list of str
        Plain sentences about what the segments predict and how they changed.
    warnings : list of str
        What a reader should know before relying on the segments.
    """

    run_id: str
    as_of_date: date
    customer_count: int
    segment_count: int
    silhouette: float | None
    stability: float | None
    selection_rule: str
    violated_guards: str | None
    seed: int
    personas: list[str]
    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Fitted:
    """What a fit found, so plain that another process can carry on from it.

    Attributes
    ----------
    model_json : str
        As `SegmentModel.to_json` writes it.
    customer_count : int
        Of the mart.
    data_fingerprint : str
        Of the mart.
    silhouette, stability : float or None
        Of the chosen number of segments.
    violated_guards : str or None
        Guards that it violates; None where it meets them all.
    lines, warnings : list of str
        Sentences about the backtest, and what a reader should know.
    """

    model_json: str
    customer_count: int
    data_fingerprint: str
    silhouette: float | None
    stability: float | None
    violated_guards: str | None
    lines: list[str]
    warnings: list[str]
