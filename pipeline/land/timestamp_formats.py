"""How moments are written: what ``timestamp_format`` of a source may say."""

import re

__all__ = [
    "EPOCHS",
    "EXCEL_SERIAL",
    "PATTERNS_APART",
    "has_offset",
    "joined_patterns",
    "require_patterns",
]

EPOCHS = ("epoch_seconds", "epoch_milliseconds")
"""What ``timestamp_format`` says of moments counted since 1970 began in UTC."""

EXCEL_SERIAL = "excel_serial"
"""What it says of days counted as a spreadsheet does, by the shop's clock."""

PATTERNS_APART = "|"
"""What stands between the patterns of a source that writes moments in several ways."""

_MOST_PATTERNS = 3


def joined_patterns(patterns: list) -> str:
    """Return several patterns as a config keeps them.

    Raises
    ------
    ValueError
        If there are too many, or one is no text.
    """
    is_text = all(isinstance(one, str) for one in patterns)
    if not 0 < len(patterns) <= _MOST_PATTERNS or not is_text:
        raise ValueError(f"expected one to {_MOST_PATTERNS} patterns")
    return PATTERNS_APART.join(patterns)


def require_patterns(value: str) -> None:
    """Refuse what is neither a way of counting nor one or several patterns of Spark.

    Raises
    ------
    ValueError
        With what was expected.
    """
    if value in (*EPOCHS, EXCEL_SERIAL):
        return
    patterns = value.split(PATTERNS_APART)
    if len(patterns) > _MOST_PATTERNS or len(set(patterns)) < len(patterns):
        raise ValueError(f"expected at most {_MOST_PATTERNS} different patterns")
    if len({has_offset(pattern) for pattern in patterns}) > 1:
        raise ValueError("of several patterns all tell the offset from UTC, or none")
    for pattern in patterns:
        _require_pattern(pattern)


def _require_pattern(value: str) -> None:
    bare = re.sub(r"'[^']*'", "", value)
    if "'" in bare:
        raise ValueError(f"{value!r} has a quote that does not close")
    unknown = sorted(set(re.findall(r"[A-Za-z]", bare)) - set("GyMdDHhKkmsSaEVzOXxZQqL"))
    if unknown:
        raise ValueError(
            f"{value!r} holds {', '.join(unknown)}, which Spark's date patterns don't know "
            "here; expected something like yyyy-MM-dd HH:mm:ss"
        )
    if not {"y", "d"} <= set(bare) or not set("ML") & set(bare):
        raise ValueError(f"{value!r} needs a year (y), a month (M) and a day (d)")


def has_offset(pattern: str) -> bool:
    """Say whether moments tell how far they are from UTC, or count from a moment in UTC."""
    bare = re.sub(r"'[^']*'", "", pattern)
    is_told = bool(set("XxZzVO") & set(bare)) and pattern != EXCEL_SERIAL
    return pattern in EPOCHS or is_told
