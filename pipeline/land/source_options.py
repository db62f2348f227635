"""How the bytes of a source's files are cut into fields."""

import codecs
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, field_validator, model_validator

__all__ = ["STRICT", "Letters", "SourceOptions"]

Letters = Annotated[str, Field(strict=True, min_length=1, max_length=200)]

STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)
"""Of settings that take what they name, of the right type, and nothing else."""


class SourceOptions(BaseModel):
    """How the bytes of a file are cut into fields.

    Attributes
    ----------
    delimiter : str
        One ASCII character between fields, or the word ``tab``.
    quote : str or None
        One ASCII character around fields that hold a delimiter, doubled inside
        them; None where the file does not quote.
    encoding : str
        A text encoding that Python knows, as ``utf-8`` or ``cp1252``.
    multiline : bool
        True where a quoted field may hold line breaks.
    sheets : list of str or None
        Sheets of a workbook to read; None for every sheet that is not empty.
    """

    model_config = STRICT

    delimiter: Letters = ","
    quote: Annotated[str, Field(strict=True, min_length=1, max_length=1)] | None = '"'
    encoding: Letters = "utf-8"
    multiline: StrictBool = False
    sheets: Annotated[list[Letters], Field(min_length=1)] | None = None

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, value: str) -> str:
        value = "\t" if value.lower() == "tab" else value
        if len(value) != 1 or value in "\r\n\0 " or value.isalnum() or not value.isascii():
            raise ValueError("expected one character of ASCII, no letter, digit or space, or tab")
        return value

    @field_validator("quote")
    @classmethod
    def _ascii_quote(cls, value: str | None) -> str | None:
        if value is not None and (not value.isascii() or value.isalnum() or value in "\r\n\0 \t"):
            raise ValueError("expected one ASCII sign such as '\"', or null")
        return value

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, value: str) -> str:
        try:
            info = codecs.lookup(value)
            "".encode(value)
        except (LookupError, ValueError) as error:
            raise ValueError(f"{value!r} is not a text encoding that Python knows") from error
        return "utf-8" if info.name == "utf-8-sig" else info.name

    @model_validator(mode="after")
    def _different(self) -> "SourceOptions":
        if self.quote == self.delimiter:
            raise ValueError("delimiter and quote are the same")
        if self.multiline and self.quote is None:
            raise ValueError("multiline needs a quote")
        return self
