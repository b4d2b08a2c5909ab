"""Latin readings of one word of a name, whatever its script, and the keys that readings share.

A reading is a broad phonetic spelling in the letters a to z, so that the habits of French, English,
German or Slavic romanisers meet: ``x`` is *sh*, ``c`` is *ch* (as in chair) or *ts*, ``h`` also
*kh*, ``j`` also *dj* and *zh*, ``q`` is the Arabic qaf. A word has several readings where languages
differ.
The letters stand in ``data/letters.tsv``; syllabic scripts are worked out from the order in which
Unicode lists them (The Unicode Standard, chapters 12, 18 and 19).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from manara.identity.names.syllables import (
    geez_readings,
    han_readings,
    hangul_readings,
    indic_readings,
    khmer_readings,
)

#: No word of a name is longer; what follows is not read, so that hostile input costs nothing.
LONGEST = 48
MOST_READINGS = 6

#: First code points of the runs of Unicode's blocks that we read, and the script of each run.
_BLOCKS = (
    (0x0000, "latin"), (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, "armenian"),
    (0x0590, "hebrew"), (0x0600, "arabic"), (0x0700, ""), (0x0750, "arabic"), (0x0780, "thaana"),
    (0x07C0, ""), (0x0870, "arabic"), (0x0900, "indic"), (0x0D80, ""), (0x0E00, "thai"),
    (0x0E80, ""), (0x10A0, "georgian"), (0x1100, ""), (0x1200, "geez"), (0x1380, ""),
    (0x1780, "khmer"), (0x1800, ""),
    (0x1C80, "cyrillic"), (0x1C90, "georgian"), (0x1CC0, ""), (0x1E00, "latin"), (0x1F00, "greek"),
    (0x2000, ""), (0x2C60, "latin"), (0x2C80, ""), (0x2D00, "georgian"), (0x2D30, ""),
    (0x2DE0, "cyrillic"), (0x2E00, ""), (0x3040, "kana"), (0x3100, ""), (0x3400, "han"),
    (0xA000, ""), (0xA640, "cyrillic"), (0xA6A0, ""), (0xA720, "latin"), (0xA800, ""),
    (0xAB30, "latin"), (0xAB70, ""), (0xAC00, "hangul"), (0xD7B0, ""), (0x20000, "han"),
    (0x323B0, ""),
)  # fmt: skip
_STARTS = tuple(start for start, _ in _BLOCKS)

_VOWELLESS = frozenset({"arabic", "hebrew"})
#: Where vowels are left out, two equal consonants have one between them (Mamdouh), but for the l of
#: the article (Allah).
_DOUBLED_BARE = re.compile(r"([aeioulwy])\1+")
_DOUBLED = re.compile(r"([a-z])\1+")
#: Letters that the scripts of one list may not keep apart share a class; vowels and glides have
#: none.
_CLASSES = str.maketrans("bpvfdtgkqszxc", "bbbbddkkkssss", "aeiouyw0123456789")
#: Cyrillic and Greek letters that look like Latin ones (Unicode UTS #39), for words that mix them.
_LOOKALIKES = str.maketrans("авеорсухікнтмαοερικνυχτ", "abeopcyxikhtmaoepikvuxt")


def script_of(character: str) -> str:
    """Return the script we read a character in, ``""`` for none."""
    return _BLOCKS[bisect_right(_STARTS, ord(character)) - 1][1]


class _Profile(NamedTuple):
    """The letters of one script as one group of languages romanises them."""

    groups: re.Pattern[str]
    of_group: dict[str, str]
    of_letter: dict[int, str]

    def read(self, word: str) -> str:
        """Return the word with its letter groups, then its letters, replaced."""
        text = self.groups.sub(lambda found: self.of_group[found[0]], f"^{word}$")
        return text.translate(self.of_letter)


def _profile(pairs: dict[str, str]) -> _Profile:
    # A group is put down in capitals, so that the letters of its reading are not read once more.
    groups = {source: reading.upper() for source, reading in pairs.items() if len(source) > 1}
    # Grouped by first letter, so that most places in a word are passed over at once.
    starts: dict[str, list[str]] = {}
    for source in sorted(groups, key=len, reverse=True):
        starts.setdefault(source[0], []).append(re.escape(source[1:]))
    pattern = "|".join(f"{re.escape(first)}(?:{'|'.join(of)})" for first, of in starts.items())
    letters = {ord(source): reading for source, reading in pairs.items() if len(source) == 1}
    letters |= {ord("^"): "", ord("$"): ""} | {code: chr(code + 32) for code in range(65, 91)}
    return _Profile(re.compile(pattern or "(?!)"), groups, letters)


def _load() -> dict[str, tuple[_Profile, ...]]:
    """Return each script's profiles, the most usual first."""
    text = files("manara.identity.names").joinpath("data/letters.tsv").read_text(encoding="utf-8")
    letters: dict[str, list[dict[str, str]]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        script, _, pairs = line.split("\t")
        own = dict(pair.split("=") for pair in pairs.split(" "))
        known = letters.setdefault(script, [])
        # Latin spelling habits exclude one another, the letters of other scripts fall back.
        known.append(own if script == "latin" or not known else known[0] | own)
    return {script: tuple(map(_profile, known)) for script, known in letters.items()}


_PROFILES = _load()


_NAMED = re.compile(r"LATIN (?:SMALL|CAPITAL) LETTER (?:DOTLESS |OPEN |LONG )?([A-Z])\b")
_SPECIAL = {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d", "ŋ": "ng", "ə": "e", "ɛ": "e"}


@lru_cache(maxsize=65_536)
def _plain_letter(character: str) -> str:
    """Return the plain Latin letters of one character that the table of a script does not know."""
    if character in _SPECIAL:
        return _SPECIAL[character]
    if (digit := unicodedata.decimal(character, None)) is not None:
        return str(digit)
    if named := _NAMED.match(unicodedata.name(character, "")):
        return named[1].lower()
    script = script_of(character)
    if script in _SYLLABIC:
        return _SYLLABIC[script](character)[0]
    if script == "latin" or script not in _PROFILES:
        return ""
    read = _PROFILES[script][0].read(character)
    return read if read.isascii() else ""


def _plain(text: str) -> str:
    """Return the text with each character spelt in the letters a to z and digits."""
    if text.isascii() and text.isalnum():
        return text.lower()
    return "".join(
        character.lower()
        if character.isascii() and character.isalnum()
        else _plain_letter(character)
        for character in text
        if character not in "^$"
    )


def _thai(word: str) -> str:
    """Return the word with the vowels that are written before their consonant put behind it."""
    return re.sub("([เแโใไ])(.)", r"\2\1", word)


def _kana(word: str) -> str:
    """Return the word with katakana as hiragana, which Unicode lists 96 places earlier."""
    return "".join(chr(ord(c) - 96) if "ァ" <= c <= "ヶ" else c for c in word)


_REORDERED: dict[str, Callable[[str], str]] = {"thai": _thai, "kana": _kana}
_SYLLABIC: dict[str, Callable[[str], list[str]]] = {
    "hangul": hangul_readings,
    "indic": indic_readings,
    "geez": geez_readings,
    "khmer": khmer_readings,
    "han": han_readings,
}


def _candidates(word: str, script: str) -> list[str]:
    if script in _SYLLABIC:
        return _SYLLABIC[script](word)
    word = _REORDERED[script](word) if script in _REORDERED else word
    read = [profile.read(word) for profile in _PROFILES.get(script, ())]
    if script == "latin":
        return [word, *read]
    if script in ("cyrillic", "greek") and any("a" <= character <= "z" for character in word):
        return [word.translate(_LOOKALIKES), *read]
    return read or [word]


@lru_cache(maxsize=262_144)
def readings(word: str) -> tuple[str, ...]:
    """Return up to four readings of a word in the letters a to z, the most usual first.

    A Latin word's first reading is its own plain letters, doubled ones written once. Digits stay,
    and a word of digits is its own reading. A word without letters and digits has none.

    Args:
        word: one word as :func:`manara.identity.names.name_tokens` gives it; at most 48 characters
            are read.
    """
    word = word[:LONGEST].lower()
    if word.isascii():
        script = "latin"
    else:
        scripts = [script for script in map(script_of, word) if script]
        script = next((script for script in scripts if script != "latin"), "latin")
    crossed = _plain(word.replace("đ", "j")) if "đ" in word else ""  # Đinđić is also Djindjic
    if script == "latin":
        word = _plain(word)
    if word.isdecimal():
        return (_plain(word),)
    together = " ".join([*_candidates(word, script), crossed])
    if not (together.isascii() and together.replace(" ", "").isalnum()):
        together = " ".join(map(_plain, together.split()))
    doubled = _DOUBLED_BARE if script in _VOWELLESS else _DOUBLED
    read = doubled.sub(r"\1", together).split()
    return tuple(dict.fromkeys(read))[:MOST_READINGS]


def is_vowelless(word: str) -> bool:
    """Return whether the word's script leaves short vowels unwritten (Arabic, Hebrew)."""
    return any(script_of(character) in _VOWELLESS for character in word[:LONGEST])


#: How scripts spell: in full, without short vowels, in the syllables of Korean.
FULL, VOWELLESS, SYLLABLES = range(3)


def habit(word: str) -> int:
    """Return how the word's script spells names: `FULL`, `VOWELLESS` or `SYLLABLES` (Hangul)."""
    if word.isascii():
        return FULL
    if is_vowelless(word):
        return VOWELLESS
    return SYLLABLES if any(script_of(letter) == "hangul" for letter in word[:LONGEST]) else FULL


@lru_cache(maxsize=262_144)
def skeleton(reading: str) -> str:
    """Return the key of a reading: classes of its consonants, ``a`` before them for a vowel first.

    Vowels and glides are dropped; *p b f v*, *t d*, *k g q* and *s z sh ch ts* are one class each.
    A reading of vowels alone is its own key, since nothing would be left of it.
    """
    return skeletons((reading,))[0]


def skeletons(of: Sequence[str]) -> list[str]:
    """Return the `skeleton` of each of many readings, all of which are gone through at once."""
    if not of:
        return []
    bare = _DOUBLED.sub(r"\1", "\n".join(of).translate(_CLASSES)).split("\n")
    return [
        ("a" + bones if reading[0] in "aeiou" else bones) if bones else reading
        for reading, bones in zip(of, bare, strict=True)
    ]
