"""What several charts share."""

import altair as alt

from dashboard.formats import sign


def money_axis(currency: str, title: str | None = None, **options: object) -> alt.Axis:
    """Return an axis that shortens amounts: ``£2 m``."""
    return alt.Axis(title=title, labelExpr=money_expression(currency), **options)


def money_expression(currency: str, value: str = "datum.value") -> str:
    """Return a Vega expression that shortens an amount and puts the sign before it."""
    shown = f"replace(replace(format({value}, '~s'), 'G', ' bn'), 'M', ' m')"
    return f"'{sign(currency)}' + replace({shown}, 'k', ' k')"


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
