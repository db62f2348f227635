"""A segment as a card: what it is, how big, how valuable, and what to do about it."""

from typing import Any

from dashboard.formats import count, html_text, money, sentence, share
from dashboard.theme import segment_colour


def segment_card(row: Any, currency: str) -> str:
    """Return the card of one segment as HTML, every name from data escaped.

    Parameters
    ----------
    row : namedtuple
        ``segment_id``, ``persona``, ``icon``, ``persona_description``, ``recommended_action``,
        ``customer_count``, ``customer_share``, ``revenue``, ``revenue_share``.
    currency : str
        ISO code.
    """
    figures = "".join(
        f"<div><b>{html_text(value)}</b><span>{html_text(name)}</span></div>"
        for value, name in (
            (count(row.customer_count), f"customers · {share(row.customer_share)}"),
            (share(row.revenue_share), "of revenue"),
            (money(row.revenue, currency), "spent so far"),
        )
    )
    meaning, action = sentence(row.persona_description), sentence(row.recommended_action)
    return (
        '<div class="card"><div class="card-name">'
        f'<span class="card-dot" style="background:{segment_colour(row.segment_id)}"></span>'
        f"<span>{html_text(row.icon or '')} {html_text(row.persona)}</span></div>"
        f'<div class="card-meaning">{html_text(meaning)}</div>'
        f'<div class="card-figures">{figures}</div>'
        f'<div class="card-action"><span>What to do</span>{html_text(action)}</div></div>'
    )
