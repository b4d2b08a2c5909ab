"""Names brought to one form, so that equal names compare equal."""

from __future__ import annotations

import unicodedata


def name_tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name in one form, in the order they stand.

    Compatibility forms are unfolded (Unicode NFKD, UAX #15), case and combining marks dropped,
    and everything that is not a letter or a digit separates words, except that an apostrophe or
    its like joins them (``Nu'man`` is one word). No transliteration: scripts stay apart.
    """
    unfolded = unicodedata.normalize("NFKD", name).casefold()
    letters: list[str] = []
    for letter in unicodedata.normalize("NFKD", unfolded):
        kind = unicodedata.category(letter)
        if kind[0] in "LN":
            letters.append(letter)
        elif kind[0] != "M" and letter not in _JOINING:
            letters.append(" ")
    return tuple("".join(letters).split())


def name_key(name: str) -> str:
    """Return one key for all spellings of a name that differ in case, accents or word order.

    Lists write "FAMILY, Given" or "Given Family"; the key sorts the words, so both are equal.
    Returns ``""`` for a name without letters or digits.
    """
    return " ".join(sorted(name_tokens(name)))


#: Apostrophes and their look-alikes, and the Arabic tatweel, which only stretches a word.
_JOINING = frozenset("'’‘`´ʻʼʾʿ＇ـ\u200c\u200d\u200e\u200f")
