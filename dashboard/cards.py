"""Segments and figures as cards, in HTML with every text escaped."""

from typing import Any
from urllib.parse import quote

from dashboard.formats import count, html_text, money, sentence, share
from dashboard.sentences import KeyFigure, MonthFigure
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


def month_row(figures: list[MonthFigure]) -> str:
    """Return a month's figures as HTML, each with its comparisons below."""
    cells = "".join(
        f"<div><span>{html_text(figure.label)}</span><b>{html_text(figure.value)}</b>"
        + "".join(
            f'<span class="{kind}">{html_text(text)}</span>' for kind, text in figure.comparisons
        )
        + "</div>"
        for figure in figures
    )
    return f'<div class="facts figures">{cells}</div>'


def key_figures(figures: list[KeyFigure], colour: str) -> str:
    """Return the figures of the customers so far as HTML, each with its change and its line.

    Parameters
    ----------
    figures : list of KeyFigure
        From ``sentences.key_figures``.
    colour : str
        Of the lines.
    """
    cells = ""
    for figure in figures:
        change = ""
        if figure.change:
            kind, text = figure.change
            change = f'<span class="{kind}">{html_text(text)}</span>'
        cells += (
            f"<div><span>{html_text(figure.label)}</span><b>{html_text(figure.value)}</b>{change}"
            f"{line(figure.history, colour)}<span>{html_text(figure.help)}</span></div>"
        )
    return f'<div class="facts figures">{cells}</div>'


def line(values: list[float], colour: str) -> str:
    """Return values as a small line, from their least at the bottom to their most, as HTML.

    It repeats what the change says in words, and so is not read aloud.
    """
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    points = " ".join(
        f"{100 * place / (len(values) - 1):.2f},"
        f"{28 - 24 * ((value - low) / (high - low) if high > low else 0.5):.2f}"
        for place, value in enumerate(values)
    )
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 30" preserveAspectRatio="none">'
        f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2" '
        'vector-effect="non-scaling-stroke"/></svg>'
    )
    # Drawings inside HTML are taken out by Streamlit; pictures stay.
    return f'<img alt="" src="data:image/svg+xml,{quote(drawn)}">'
