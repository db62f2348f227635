"""The files of a campaign: the columns that mail tools import.

Klaviyo's list upload wants ``Email`` as the first column and takes every other column for a
property of the profile; Mailchimp's import wants one column of email addresses; Brevo's wants one
of ``EMAIL``, ``SMS``, ``WHATSAPP``, ``LANDLINE_NUMBER`` and ``EXT_ID``, and attributes in capitals.
"""

from dataclasses import dataclass

import pandas as pd

from dashboard import formats

__all__ = ["LAYOUTS", "Layout", "campaign_file", "has_emails"]

_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"


@dataclass(frozen=True)
class Layout:
    """The columns of a tool's import.

    Attributes
    ----------
    name : str
        The tool.
    columns : dict of str to str
        Headings in order, and the column of the list that each holds; ``email`` is the customer's
        id where that is an address.
    needs_email : bool
        Whether the tool knows people by nothing else.
    """

    name: str
    columns: dict[str, str]
    needs_email: bool = False


_OUTLOOK = ("order_chance", "expected_orders", "expected_spend")
_PROPERTIES = ("persona", "action", "confidence", *_OUTLOOK, "is_control")
"""What a tool keeps of a customer beside id and address."""


def _titled(name: str) -> str:
    return name.replace("_", " ").title()


LAYOUTS = (
    Layout("Plain CSV", {name: name for name in ("customer_id", *_PROPERTIES)}),
    Layout(
        "Klaviyo",
        {
            "Email": "email",
            "Customer ID": "customer_id",
            **{_titled(name): name for name in _PROPERTIES},
        },
        needs_email=True,
    ),
    Layout(
        "Mailchimp",
        {
            "Email Address": "email",
            "Customer ID": "customer_id",
            **{_titled(name): name for name in _PROPERTIES},
        },
        needs_email=True,
    ),
    Layout(
        "Brevo",
        {
            "EXT_ID": "customer_id",
            "EMAIL": "email",
            **{name.upper(): name for name in _PROPERTIES},
        },
    ),
)


def campaign_file(frame: pd.DataFrame, layout: Layout) -> bytes:
    """Return a list of customers as a tool imports it.

    Parameters
    ----------
    frame : DataFrame
        Result of ``campaign/list``.
    layout : Layout
        Whose columns.

    Returns
    -------
    bytes
        CSV in UTF-8; texts that a spreadsheet would run are marked with an apostrophe.
    """
    ids = frame["customer_id"].astype(str)
    shown = frame.assign(
        email=ids.where(ids.str.fullmatch(_EMAIL), ""),
        confidence=frame["membership_probability"].round(6),
        **{name: frame[name].round(6) for name in _OUTLOOK},
        is_control=frame["is_control"].map({True: "true", False: "false"}),
    )
    columns = layout.columns
    if not layout.needs_email and not shown["email"].any():
        columns = {name: column for name, column in columns.items() if column != "email"}
    chosen = shown[list(columns.values())].set_axis(list(columns), axis="columns")
    return formats.csv(chosen, bom=layout.name == "Plain CSV")


def has_emails(ids: pd.Series) -> bool:
    """Return whether customers are known by their email addresses."""
    return bool(len(ids)) and bool(ids.astype(str).str.fullmatch(_EMAIL).all())
