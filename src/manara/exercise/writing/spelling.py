"""How clerks write a name: other spellings in Latin letters, slips of the hand and of the scanner.

The spellings come from rewriting a name as one office writes it into what another would, by
alternatives of letters; nothing here is shared with the part of Manara that compares names.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable

import numpy as np

from manara.exercise.names import Names
from manara.exercise.tables import Ints

#: Spellings that each name has beside its usual one.
VARIANTS = 7

#: What clerks write for each other in Latin letters, both ways where it goes both ways.
_ALTERNATIVES = (
    *(("ou", "u"), ("ou", "oo"), ("u", "ou"), ("ch", "sh"), ("sh", "ch"), ("kh", "k"), ("kh", "h")),
    *(("dj", "j"), ("j", "dj"), ("ss", "s"), ("mm", "m"), ("y", "i"), ("i", "y"), ("ee", "i")),
    *(("ei", "ai"), ("aa", "a"), ("q", "k"), ("k", "q"), ("dh", "d"), ("th", "t"), ("gh", "g")),
    *(("oua", "wa"), ("w", "ou"), ("ai", "ay"), ("e", "a"), ("a", "e"), ("ph", "f"), ("z", "s")),
    *((r"h$", ""), (r"a$", "ah"), (r"ine$", "in"), (r"ane$", "an"), (r"e$", ""), (r"d$", "t")),
    *((r"^ab?d[eu]l? ?", "Abdul "), (r"([bdlmnrs])(?=[aeiou])", r"\1\1"), (r"^ben ", "Bin ")),
    *((r"^ait ", "Aït "), (r"^bou", "Bu"), (r" ", "-"), (r" ", "")),
)

#: How often Arabic letters are written for each other: hamza, teh marbuta and alef maksura.
_ARABIC = (("أ", "ا"), ("إ", "ا"), ("ة", "ه"), ("ى", "ي"), ("آ", "ا"), ("ؤ", "و"), ("ئ", "ي"))

#: Letters that look alike to a scanner.
_LOOKS = {
    **{"O": "0", "0": "O", "l": "1", "I": "l", "1": "l", "B": "8", "8": "B", "S": "5", "5": "S"},
    **{"e": "c", "c": "e", "u": "v", "n": "r", "h": "b", "t": "f", "i": "l", "g": "q", "6": "b"},
}
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890")


def spellings(
    names: Names, habit: int, used: Ints
) -> np.ndarray[tuple[int, int], np.dtype[np.object_]]:
    """Return each name as an office of a habit writes it, then in its other spellings.

    Args:
        names: the names of a world.
        habit: `manara.exercise.names.FRENCH` or ``ENGLISH``.
        used: rows of the names that somebody has.

    Returns:
        An array of names by `VARIANTS` + 1 spellings, filled in for the names used. Those of a
        name are always the same.
    """
    usual = names.written[habit]
    found = np.empty((len(usual), VARIANTS + 1), object)
    found[:, 0] = usual
    for row in used.tolist():
        name = usual[row]
        rng = np.random.default_rng(zlib.crc32(name.encode()) + habit)
        for column in range(1, VARIANTS + 1):
            found[row, column] = respelt(name, rng)
    return found


def respelt(name: str, rng: np.random.Generator) -> str:
    """Return another spelling of a name, with one to three letters or groups rewritten."""
    text = name.lower()
    for number in rng.permutation(len(_ALTERNATIVES))[:9]:
        pattern, other = _ALTERNATIVES[number]
        if re.search(pattern, text) and rng.random() < 0.75:
            text = re.sub(pattern, other, text, count=1)
    return " ".join(word[:1].upper() + word[1:].lower() for word in text.split(" ")) or name


def keyed(text: str, rng: np.random.Generator) -> str:
    """Return a text with one slip of the hand.

    More than four in five misspelt words have one error, which is an omission, insertion,
    substitution or transposition (Damerau 1964, CACM 7, 171-176); omission is the commonest
    (Pollock and Zamora 1983, JASIS 34, 51-58). The shares below follow that order.
    """
    if len(text) < 3:
        return text
    at = int(rng.integers(1, len(text) - 1))
    kind = rng.random()
    if kind < 0.35:
        return text[:at] + text[at + 1 :]
    if kind < 0.62:
        return text[:at] + text[at] + text[at:]
    if kind < 0.85:
        return text[:at] + _beside(text[at], rng) + text[at + 1 :]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def scanned(text: str, rng: np.random.Generator) -> str:
    """Return a text with one letter read as one that looks like it."""
    places = [at for at, letter in enumerate(text) if letter in _LOOKS]
    if not places:
        return text
    at = int(rng.choice(places))
    return text[:at] + _LOOKS[text[at]] + text[at + 1 :]


def plain_arabic(text: str, rng: np.random.Generator) -> str:
    """Return a name in Arabic letters as it is written in a hurry: without hamza and dots."""
    for letter, other in _ARABIC:
        text = text.replace(letter, other)
    return text


Slip = Callable[[str, np.random.Generator], str]


def _beside(letter: str, rng: np.random.Generator) -> str:
    for row in _ROWS:
        at = row.find(letter.lower())
        if at >= 0:
            return row[min(max(at + (1 if rng.random() < 0.5 else -1), 0), len(row) - 1)]
    return letter
