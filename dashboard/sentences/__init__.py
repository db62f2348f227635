"""Findings in words, computed from the numbers that the charts show."""

from dashboard.sentences.build import built
from dashboard.sentences.campaign import (
    NO_EMAILS,
    campaign,
    left_out,
    returned,
)
from dashboard.sentences.changes import (
    HTML,
    MonthFigure,
    change,
    changes,
    month_figures,
    part_month,
    to_do,
)
from dashboard.sentences.compare import ROWS, differences, gap, opened, shown
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
    confidence_holds,
    drift,
    reason,
    verdict,
)
from dashboard.sentences.movement import (
    average_alt,
    balance,
    flow,
    growth,
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
from dashboard.sentences.products import leading, ranking_notes
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
from dashboard.sentences.uplift import (
    campaign_window,
    lost_records,
    uplift,
    uplift_alt,
)

__all__ = [
    "HTML",
    "NO_EMAILS",
    "ROWS",
    "KeyFigure",
    "MonthFigure",
    "account",
    "activity",
    "afterwards",
    "average_alt",
    "balance",
    "best_seller",
    "biggest_reason",
    "built",
    "calibration_alt",
    "campaign",
    "campaign_window",
    "change",
    "changes",
    "choice",
    "concentration",
    "confidence",
    "confidence_holds",
    "contrast",
    "differences",
    "drift",
    "expectation",
    "flow",
    "forecast",
    "gap",
    "growth",
    "headline",
    "key_figures",
    "leading",
    "left_out",
    "likely_spend",
    "listed",
    "lost_records",
    "month_figures",
    "months",
    "most_common",
    "opened",
    "orders",
    "part_month",
    "ranking_notes",
    "reason",
    "return_rate",
    "returned",
    "segment_summary",
    "shown",
    "slipping",
    "spread_alt",
    "stand_out_evidence",
    "standing_out",
    "steadiness",
    "to_do",
    "uplift",
    "uplift_alt",
    "verdict",
    "why",
]
