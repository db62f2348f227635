"""What the settings of a source's description ask of one another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.land.canonical import CANONICAL, EXTRAS, REQUIRED, header_key

if TYPE_CHECKING:
    from pipeline.land.config import SourceConfig

# Columns that several of the file's may make.
_SEVERAL = ("customer_id", "ordered_at")


def require_whole(config: SourceConfig) -> None:
    """Refuse a config whose settings contradict one another.

    Parameters
    ----------
    config : SourceConfig
        Each of its settings is sound by itself.

    Raises
    ------
    ValueError
        If one lacks what another asks for or takes what another has; it says which.
    """
    known = (*CANONICAL, *EXTRAS)
    unknown = sorted(set(config.columns) - set(known))
    if unknown:
        raise ValueError(f"columns: {', '.join(unknown)} is not one of {', '.join(known)}")
    several = [
        column
        for column, header in config.columns.items()
        if isinstance(header, list) and column not in _SEVERAL
    ]
    if several:
        raise ValueError(
            f"columns: {several[0]} takes one header, {' and '.join(_SEVERAL)} alone several"
        )
    missing = [column for column in REQUIRED if column not in config.columns]
    if missing:
        raise ValueError(f"columns: {', '.join(missing)} is required")
    has_price = {"quantity", "unit_price"} & set(config.columns)
    if "amount" in config.columns:
        if has_price:
            raise ValueError("columns: give quantity and unit_price, or amount, not both")
    elif len(has_price) < 2:
        raise ValueError("columns: quantity and unit_price, or else amount, are required")
    named = [header_key(header) for header in config.headers.values()]
    named += [header_key(header) for more in config.other_names.values() for header in more]
    if len(set(named)) < len(named):
        raise ValueError("columns: two of them name the same header")
    if not all(named):
        raise ValueError("columns: a header is blank")
    _require_columns_of_settings(config)
    if config.decimal_separator == config.thousands_separator:
        raise ValueError("decimal_separator and thousands_separator are the same")
    if config.cancellation_prefix and config.cancellation_prefix == config.adjustment_prefix:
        raise ValueError("cancellation_prefix and adjustment_prefix are the same")


def _require_columns_of_settings(config: SourceConfig) -> None:
    """Refuse settings about columns that are not there."""
    for setting in ("carry", "other_names", "optional"):
        absent = [column for column in getattr(config, setting) if column not in config.columns]
        if absent:
            raise ValueError(f"{setting}: {', '.join(absent)} is not among the columns")
    if (config.format == "query") != (config.query is not None):
        raise ValueError("query: `format: query` needs one, and no other format has any")
    if "order_id" in config.carry:
        raise ValueError("carry: order_id tells the orders apart and can't be carried")
    if config.counted_statuses and "status" not in config.columns:
        raise ValueError("counted_statuses: the columns name no status")
    if "status" in config.columns and not config.counted_statuses:
        raise ValueError("columns: status needs counted_statuses, those of orders that count")
    if "updated_at" in config.columns and not config.is_reexported:
        raise ValueError("columns: updated_at is of use with is_reexported only")
    if config.currency is None and "currency" not in config.columns:
        raise ValueError("currency is required, as a code or as one of the columns")
    if config.currency_rates and "currency" not in config.columns:
        raise ValueError("currency_rates: the columns name no currency")
