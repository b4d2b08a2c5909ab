"""Types of free text: names, addresses, strings, longer texts, numbers, markup and JSON."""

from __future__ import annotations

import re

import msgspec

from manara.model.types.base import PropertyType, has_content, plain, squashed

_QUOTES = "\"'"
_BREAKS = re.compile(r"\r\n|[\r\n\t;]|(?i:<br\s*/?>)")
_TITLES = re.compile(r"(?:ESQ\.?)+,")
_COMMAS = re.compile(r",(?:\s*[,.])+\s*")
_DIGIT = re.compile(r"\d")


class NameType(PropertyType):
    """A name of a person, organisation or thing, as complete as the source has it.

    Unicode text in Normalization Form C on one line. Quotation marks around the whole are not
    part of a name; what has neither a letter nor a digit is none.
    """

    name = "name"
    max_length = 384

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the name; see `PropertyType.clean`."""
        text = squashed(text)
        while len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
            text = text[1:-1].strip()
        return text if has_content(text) else None


class AddressType(PropertyType):
    """A postal address or place on one line, its parts set apart by commas.

    There is no order of parts that holds world-wide (see ISO 19160-4); line breaks, semicolons,
    repeated commas and the addressee's title ESQ become one comma, as in the reference.
    """

    name = "address"

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the address; see `PropertyType.clean`."""
        text = _BREAKS.sub(", ", plain(text))
        if "ESQ" in text:
            text = _TITLES.sub(", ", text)
        text = _COMMAS.sub(", ", text)
        text = " ".join(text.split()).strip(" ,")
        return text if has_content(text) else None


class StringType(PropertyType):
    """A short text without a format of its own, such as a profession or a register's remark."""

    name = "string"
    matchable = False
    max_length = 1024

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the text; see `PropertyType.clean`."""
        return plain(text) or None


class TextType(StringType):
    """A longer text; its line breaks are kept."""

    name = "text"
    max_length = 65_000


class HtmlType(StringType):
    """Markup as the source has it (WHATWG HTML). Not safe to show without sanitising."""

    name = "html"
    max_length = 65_000


class NumberType(PropertyType):
    """A number, with its unit if the source has one: ``12.5``, ``1,000 kg``.

    The source's separators stay, because ``1,000`` is a thousand in one country and one in
    another; what has no decimal digit is no number.
    """

    name = "number"
    matchable = False

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the number as text; see `PropertyType.clean`."""
        text = squashed(text)
        return text if _DIGIT.search(text) else None


class JsonType(PropertyType):
    """A JSON text (RFC 8259)."""

    name = "json"
    matchable = False

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the JSON text as it was written; see `PropertyType.clean`."""
        text = plain(text)
        try:
            msgspec.json.decode(text.encode())
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return None
        return text
