"""Tables and numbers in markdown."""

__all__ = ["number", "table"]


def table(header: list[str], lines: list[list[str]]) -> str:
    """Return a table of cells that are text."""

    def safe(text: str) -> str:
        return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")

    rule = ["---"] * len(header)
    return "\n".join(
        "| " + " | ".join(safe(cell) for cell in cells) + " |" for cells in (header, rule, *lines)
    )


def number(value: float | None, form: str = ".3f") -> str:
    """Return a number in a format, a dash for none."""
    return "–" if value is None else format(value, form)
