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


def percent_axis(title: str | None = None, **options: object) -> alt.Axis:
    """Return an axis in whole per cent."""
    return alt.Axis(title=title, format=".0%", **options)
