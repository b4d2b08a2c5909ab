"""What a property type is, and the cleaning of text that all types share."""

from __future__ import annotations

from typing import ClassVar
from unicodedata import is_normalized, normalize


def _unsafe() -> dict[int, str | None]:
    """Return the code points that text must not hold, as a table for `str.translate`.

    Controls (C0 without tab and line ends, C1), lone surrogates, and the invisible format
    characters of Unicode 16 chapter 23: joiners, direction marks and overrides, soft hyphen, byte
    order mark. They carry no letter; two texts that differ only in them look the same, and
    overrides can make a text look like another. Spaces of unusual width become a space.
    """
    deleted = [*range(0x00, 0x09), *range(0x0E, 0x20), 0x7F, *range(0x80, 0xA0), 0xAD, 0x61C]
    deleted += [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
    deleted += range(0xD800, 0xE000)
    spaces = [0x0B, 0x0C, 0x85, 0xA00, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029]
    spaces += [0x202F, 0x205F, 0x3000]
    return dict.fromkeys(deleted) | dict.fromkeys(spaces, " ")


_UNSAFE = _unsafe()


def plain(text: str) -> str:
    """Return text in Normalization Form C (Unicode Annex 15) without unsafe characters.

    Letters, marks and right-to-left text stay as they are; white space around is removed.
    """
    if not (text.isprintable() and (text.isascii() or is_normalized("NFC", text))):
        text = normalize("NFC", text.translate(_UNSAFE))
    return text.strip()


def squashed(text: str) -> str:
    """Return plain text with every run of white space as one space."""
    return " ".join(plain(text).split())


def has_content(text: str) -> bool:
    """Return whether there is a letter or digit of any script in a text."""
    return text[:1].isalnum() or any(map(str.isalnum, text))


class PropertyType:
    """The kind of values a property takes.

    Attributes:
        name: name of the type in the vocabulary.
        matchable: whether equal values say something about two entities being the same.
        max_length: longest value other programs of the vocabulary accept, in characters.
    """

    name: ClassVar[str]
    matchable: ClassVar[bool] = True
    max_length: ClassVar[int] = 250

    def clean(self, text: str, format: str = "") -> str | None:
        """Return the value in its one canonical form, or None if it is no value of this type.

        Cleaning is idempotent: a clean value comes back unchanged.

        Args:
            text: the value as a source has it.
            format: narrower format of an identifier, such as ``iban``; other types ignore it.
        """
        raise NotImplementedError

    def is_portable(self, value: str) -> bool:
        """Return whether other programs of the vocabulary accept a clean value."""
        return len(value) <= self.max_length
