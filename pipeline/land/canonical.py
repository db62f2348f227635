"""The columns of a line, and how a file's header is compared with them."""

CANONICAL = (
    "order_id",
    "product_id",
    "description",
    "quantity",
    "unit_price",
    "amount",
    "ordered_at",
    "customer_id",
    "country",
)
"""Columns of a line, in the order of the landed table."""

EXTRAS = ("discount", "refund", "status", "cancelled_at", "currency", "updated_at")
"""What some sources say besides of a line or of its order."""

REQUIRED = ("customer_id", "order_id", "ordered_at")
"""What every source has."""


def header_key(name: str) -> str:
    """Return a header without case and white space, for comparing."""
    return "".join(name.casefold().split())
