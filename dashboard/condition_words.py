"""The conditions of a built segment in words."""

from dashboard import formats
from dashboard.conditions import FIELDS, OPERATORS, Built, Condition, Known


def words(built: Built, known: Known, currency: str) -> str:
    """Return a segment in words, as Markdown.

    Parameters
    ----------
    built : Built
        Alternatives of conditions that the export knows.
    known : Known
        Gives products their names.
    currency : str
        ISO code.

    Returns
    -------
    str
        Conditions joined by "and", alternatives by "or"; empty without any.
    """
    parts = [" and ".join(_words(part, known, currency) for part in group) for group in built]
    return ", or ".join(parts)


def _words(condition: Condition, known: Known, currency: str) -> str:
    name, operator, value = condition
    about = FIELDS[name]
    said = OPERATORS[about.kind][operator]
    if about.kind == "flag":
        return "unusual" if value else "not unusual"
    if about.kind == "product":
        return f"{said} {formats.markdown(known.product(value) or value)}"
    if about.kind == "month":
        return f"{said} {formats.month(value)}"
    if about.kind == "date":
        return f"{about.label.lower()} {said} {formats.day(value)}"
    if about.kind == "name":
        names = " or ".join(formats.markdown(part) for part in value)
        return f"{about.label.lower()} is {'not ' if operator == '!=' else ''}{names}"
    if about.unit == "money":
        shown = formats.markdown(formats.exact_money(value, currency))
    else:
        shown = f"{value * 100:g}%" if about.unit == "share" else f"{value:,g}"
    return f"{about.label.lower()} is {said} {shown}"
