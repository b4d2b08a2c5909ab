"""Names brought to one form, so that equal names compare equal."""

from __future__ import annotations

import re
import unicodedata

#: Apostrophes and their look-alikes, direction marks, and the Arabic tatweel, which only stretches
#: a word: they stand inside words.
_INSIDE = frozenset("'’‘`´ʻʼʾʿ＇ـ\u200b\u200c\u200d\u200e\u200f")


_NOT_WORD = re.compile(r"[\W_]+")


class _Folding(dict[int, str]):
    """What becomes of each decomposed character; found once, then remembered."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in _INSIDE or unicodedata.combining(character) >= 10:
            # Classes below 10 are nuktas, voicing marks and viramas, and 0 holds the vowel signs
            # of Indic scripts: those are letters of the name, not accents on it.
            folded = ""
        elif unicodedata.category(character)[0] in "LNM":
            folded = character
        else:
            folded = " "
        self[code] = folded
        return folded


_FOLDING = _Folding()


def name_tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name in one form, in the order they stand.

    Compatibility forms are unfolded (Unicode NFKD, UAX #15), case is folded, accents and vowel
    points are dropped, and everything that is not a letter, its mark or a digit separates words,
    except that an apostrophe or its like joins them (``Nu'man`` is one word). No transliteration:
    scripts stay apart.
    """
    if name.isascii():
        text = name.casefold()
    else:
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    return tuple(unicodedata.normalize("NFC", text.translate(_FOLDING)).split())


def name_key(name: str) -> str:
    """Return one key for all spellings of a name that differ in case, accents or word order.

    Lists write "FAMILY, Given" or "Given Family"; the key sorts the words, so both are equal.
    Returns ``""`` for a name without letters or digits.
    """
    return " ".join(sorted(name_tokens(name)))


def number_key(number: str) -> str:
    """Return one key for all spellings of a number that differ in case, spaces or punctuation."""
    return _NOT_WORD.sub("", number).casefold()
