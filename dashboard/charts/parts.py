"""What several charts share."""

import altair as alt

from dashboard.formats import THIN, sign

OPENS = "people"
"""Name of the selection by which a mark leads to the customers that it stands for."""


def clicked(*fields: str) -> alt.Parameter:
    """Return the selection of a mark by a click, as the values of some fields."""
    return alt.selection_point(
        name=OPENS, fields=list(fields), on="click", clear=False, toggle=False
    )


def money_axis(currency: str, title: str | None = None, **options: object) -> alt.Axis:
    """Return an axis that shortens amounts: ``£2 m``.

    Parameters
    ----------
    currency : str
        ISO code.
    title : str or None
        Title of the axis; None for none.
    **options
        Further properties of ``alt.Axis``.
    """
    return alt.Axis(title=title, labelExpr=money_expression(currency), **options)


def money_expression(currency: str, value: str = "datum.value") -> str:
    """Return a Vega expression that writes an amount as `formats.money` does."""
    size = f"abs({value})"
    # SI's prefixes, which Vega offers, would write a half as "500m".
    steps = [f"format({size}, ',~f')"]
    for limit, divisor, unit in ((9999.5, 1e3, "k"), (999.5e3, 1e6, "m"), (999.5e6, 1e9, "bn")):
        scaled = f"format({size} / {divisor:.0f}, ',.3~r') + '{THIN}{unit}'"
        steps.append(f"{size} >= {limit:.1f} ? {scaled} : ")
    return f"({value} < 0 ? '−' : '') + '{sign(currency)}' + ({''.join(steps[:0:-1])}{steps[0]})"


def number_axis(title: str | None = None, **options: object) -> alt.Axis:
    """Return an axis that shortens numbers: ``200 k``."""
    return alt.Axis(title=title, labelExpr=money_expression(""), **options)


def two_lines(word: str = "datum.label") -> str:
    """Return a Vega expression that breaks a label in two near its middle."""
    words = f"split({word}, ' ')"
    half = f"ceil(length({words}) / 2)"
    return f"[join(slice({words}, 0, {half}), ' '), join(slice({words}, {half}), ' ')]"


def percent_axis(title: str | None = None, **options: object) -> alt.Axis:
    """Return an axis in whole per cent."""
    return alt.Axis(title=title, format=".0%", **options)
