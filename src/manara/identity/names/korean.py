"""Names of Koreans: how each syllable is spelt in Latin letters, and how many people bear it.

A Korean name in Hangul is a family name of few and a given name of one or two syllables, and its
bearers spell it by habits that no romanisation gives: 영 is Young, Yeong or Yong, 이 is Lee, Yi or
Rhee. ``data/korean.tsv`` holds what `scripts/train_korean.py` counted among people of Wikidata.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from itertools import accumulate
from math import exp, log
from typing import NamedTuple

import numpy as np

from manara.identity.names.confusion import COSTS_HANGUL, encode, least_cost
from manara.identity.names.families import is_korean_family
from manara.identity.names.pieces import (
    F64,
    I32,
    U8,
    U64,
    Heard,
    halves_told,
    piece_codes,
    whole_told,
)
from manara.identity.names.readings import readings, script_of

#: Places of a syllable in a name: the family name, and the given name's first and second syllable.
FAMILY, FIRST, SECOND = range(3)
#: The share of given names that have one syllable.
_ONE_SYLLABLE = 0.1
#: How many times a syllable counts as borne, beside the times it was seen.
_SMALL = 0.5
#: How many times it counts as spelt by the letter costs, and what they cost beside the letters.
_PRIOR, _BY_LETTERS = 1.0, 1.5
#: The share of people of whose name a piece is spelt in a way that was never seen.
_UNHEARD = 1e-4


class Borne(NamedTuple):
    """What is known of one place in a name.

    Attributes:
        spelt: how often each syllable was spelt in each way.
        heard: the share of people who write each piece there.
        people: how many there are.
    """

    spelt: dict[str, dict[str, int]]
    heard: dict[str, float]
    people: float

    def rarity(self, syllable: str) -> float:
        """Return minus the logarithm of the share of people who bear a syllable there."""
        return -log((sum(self.spelt.get(syllable, {}).values()) + _SMALL) / self.people)

    def spelling(self, syllable: str, piece: str) -> float:
        """Return minus the logarithm of the chance that they spell it so."""
        seen = self.spelt.get(syllable, {})
        by_letters = _PRIOR * exp(-_by_letters(syllable, piece) - _BY_LETTERS)
        return -log((seen.get(piece, 0) + by_letters) / (sum(seen.values()) + _PRIOR))

    def chance(self, piece: str) -> float:
        """Return the share of people who write a piece there."""
        return self.heard.get(piece, 0.0) + _UNHEARD


def borne(spelt: dict[str, dict[str, int]]) -> Borne:
    """Return what follows from how often each syllable was spelt in each way."""
    people = sum(sum(seen.values()) for seen in spelt.values()) + _SMALL * len(spelt)
    heard: dict[str, float] = {}
    for seen in spelt.values():
        for piece, times in seen.items():
            heard[piece] = heard.get(piece, 0.0) + times / people
    return Borne(spelt, heard, people)


@cache
def _costs() -> list[list[float]]:
    found: list[list[float]] = COSTS_HANGUL.tolist()
    return found


@lru_cache(maxsize=262_144)
def _by_letters(syllable: str, piece: str) -> float:
    """Return the least letter costs between the readings of a syllable and a piece."""
    codes = encode(piece).tolist()
    return min(
        least_cost(encode(reading).tolist(), codes, _costs()) for reading in readings(syllable)
    )


@cache
def _places() -> tuple[Borne, ...]:
    text = files("manara.identity.names").joinpath("data/korean.tsv").read_text(encoding="utf-8")
    spelt: list[dict[str, dict[str, int]]] = [{}, {}, {}]
    for line in text.splitlines()[1:]:
        place, syllable, spellings = line.split("\t")
        pairs = (pair.split("=") for pair in spellings.split(" "))
        spelt[int(place)][syllable] = {piece: int(times) for piece, times in pairs}
    return tuple(map(borne, spelt))


def is_korean(words: list[str]) -> bool:
    """Return whether the words of a name in Hangul are those of a Korean.

    One of them is a family name, and the others are given names of one or two syllables.
    """
    short = all(len(word) < 3 and script_of(word[0]) == "hangul" for word in words)
    return short and len(words) > 1 and any(map(is_korean_family, words))


@lru_cache(maxsize=65_536)
def rarity(word: str) -> float:
    """Return how seldom Koreans bear a word of a name, in nats.

    Args:
        word: a family name, or a given name of one or two syllables, in Hangul.
    """
    family, first, second = _places()
    if is_korean_family(word):
        return family.rarity(word)
    if len(word) == 1:
        return first.rarity(word) - log(_ONE_SYLLABLE)
    return first.rarity(word[0]) + second.rarity(word[1])


@lru_cache(maxsize=4_096)
def _heard(place: int, syllable: str) -> Heard:
    """Return what the compiled part needs to know of a syllable at one place of a name."""
    borne = _places()[place]
    seen = borne.spelt.get(syllable, {})
    numbers = piece_codes(list(seen))
    order = np.argsort(numbers)
    times = np.array(list(seen.values()), np.float64)[order]
    read = [encode(reading) for reading in readings(syllable)]
    return Heard(
        numbers[order],
        np.append(times, (sum(seen.values()), _PRIOR)),
        np.concatenate(read),
        np.array([0, *accumulate(map(len, read))], np.int32),
        *_written(place),
    )


@cache
def _written(place: int) -> tuple[U64, F64]:
    """Return numbers of the pieces written at one place, and the share of people who write each."""
    heard = _places()[place].heard
    numbers = piece_codes(list(heard))
    order = np.argsort(numbers)
    return numbers[order], np.append(np.array(list(heard.values()))[order] + _UNHEARD, _UNHEARD)


@cache
def _wide() -> F64:
    """Return the letter costs in double precision."""
    return COSTS_HANGUL.astype(np.float64)


def told(word: str, letters: U8, begin: I32, end: I32) -> F64:
    """Return how far spellings speak for a word, in nats; below 0 they speak against it.

    That is how much more often the word is spelt so than names of Koreans are.

    Args:
        word: as for `rarity`.
        letters: letters 1..26 of words in Latin letters, each by its first reading, and of others.
        begin: [n] first letter of each.
        end: [n] where each ends; none is empty.
    """
    spelt = letters, begin, end, _wide(), _BY_LETTERS
    if is_korean_family(word):
        return whole_told(_heard(FAMILY, word), 1.0, *spelt)
    if len(word) == 1:
        return whole_told(_heard(FIRST, word), _ONE_SYLLABLE, *spelt)
    return halves_told(_heard(FIRST, word[0]), _heard(SECOND, word[1]), *spelt)
