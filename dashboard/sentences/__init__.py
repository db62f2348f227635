"""Findings in words, computed from the numbers that the charts show."""

from dashboard.sentences.customers import (
    confidence,
    months,
    orders,
    why,
)
from dashboard.sentences.data import (
    account,
    biggest_reason,
)
from dashboard.sentences.model import (
    choice,
    drift,
    reason,
    verdict,
)
from dashboard.sentences.movement import (
    average_alt,
    balance,
    flow,
    growth,
    movement,
    return_rate,
    slipping,
    steadiness,
)
from dashboard.sentences.outlook import (
    calibration_alt,
    expectation,
    forecast,
    likely_spend,
)
from dashboard.sentences.overview import (
    KeyFigure,
    activity,
    concentration,
    headline,
    key_figures,
    listed,
)
from dashboard.sentences.segments import (
    afterwards,
    best_seller,
    contrast,
    most_common,
    segment_summary,
    spread_alt,
    stand_out_evidence,
    standing_out,
)

__all__ = [
    "KeyFigure",
    "account",
    "activity",
    "afterwards",
    "average_alt",
    "balance",
    "best_seller",
    "biggest_reason",
    "calibration_alt",
    "choice",
    "concentration",
    "confidence",
    "contrast",
    "drift",
    "expectation",
    "flow",
    "forecast",
    "growth",
    "headline",
    "key_figures",
    "likely_spend",
    "listed",
    "months",
    "most_common",
    "movement",
    "orders",
    "reason",
    "return_rate",
    "segment_summary",
    "slipping",
    "spread_alt",
    "stand_out_evidence",
    "standing_out",
    "steadiness",
    "verdict",
    "why",
]
