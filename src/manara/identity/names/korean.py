"""Names of Koreans: how each syllable is spelt in Latin letters, and how many people bear it.

A Korean name in Hangul is a family name of few and a given name of one or two syllables, and its
bearers spell it by habits that no romanisation gives: 영 is Young, Yeong or Yong, 이 is Lee, Yi or
Rhee. ``data/korean.tsv`` holds what `scripts/train_korean.py` counted among people of Wikidata.
"""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import files
from math import exp, log
from typing import NamedTuple

from manara.identity.names.forms import surnames

#: Places of a syllable in a name: the family name, and the given name's first and second syllable.
FAMILY, FIRST, SECOND = range(3)
#: Nats that a spelling costs which nobody was seen to use for a syllable, and a syllable that
#: nobody was seen to bear there.
_UNSEEN = 6.0
#: How many times a syllable, and a spelling, count that was never seen.
_SMALL = 0.5
#: The share of given names that have one syllable.
_ONE_SYLLABLE = 0.1


class _Place(NamedTuple):
    """What is known of one place in a name.

    Attributes:
        nats: of each syllable, minus the logarithm of the share of people who bear it.
        spelt: of each syllable, minus the logarithm of how much rarer than the most usual one each
            spelling is.
        heard: the share of people who write each spelling there.
        rare: `nats` of a syllable that was not seen.
    """

    nats: dict[str, float]
    spelt: dict[str, dict[str, float]]
    heard: dict[str, float]
    rare: float


@cache
def _places() -> tuple[_Place, _Place, _Place]:
    text = files("manara.identity.names").joinpath("data/korean.tsv").read_text(encoding="utf-8")
    rows: list[list[tuple[str, int, dict[str, int]]]] = [[], [], []]
    for line in text.splitlines()[1:]:
        place, syllable, count, spellings = line.split("\t")
        pairs = (pair.split("=") for pair in spellings.split(" "))
        rows[int(place)].append((syllable, int(count), {piece: int(n) for piece, n in pairs}))
    first, second, third = map(_place, rows)
    return first, second, third


def _place(rows: list[tuple[str, int, dict[str, int]]]) -> _Place:
    total = sum(count for _, count, _ in rows) + _SMALL * len(rows)
    heard: dict[str, float] = {}
    for _, _, pieces in rows:
        for piece, n in pieces.items():
            heard[piece] = heard.get(piece, 0.0) + n / total
    return _Place(
        {syllable: -log((count + _SMALL) / total) for syllable, count, _ in rows},
        {
            syllable: {piece: -log(n / max(pieces.values())) for piece, n in pieces.items()}
            for syllable, _, pieces in rows
        },
        heard,
        -log(_SMALL / total),
    )


def is_family(word: str) -> bool:
    """Return whether a word in Hangul is a family name of Koreans."""
    return word in surnames("hangul_first") or word in surnames("hangul")


def is_korean(words: list[str]) -> bool:
    """Return whether the words of a name in Hangul are those of a Korean.

    One of them is a family name, and the others are given names of one or two syllables.
    """
    return len(words) > 1 and any(map(is_family, words)) and all(len(word) < 3 for word in words)


def _places_of(word: str) -> tuple[tuple[int, ...], ...]:
    if len(word) == 2:
        return ((FAMILY,),) if word in surnames("hangul") else ((FIRST, SECOND),)
    return ((FAMILY,),) if is_family(word) else ((FIRST,), (SECOND,))


@lru_cache(maxsize=65_536)
def rarity(word: str) -> float:
    """Return how seldom Koreans bear a word of a name, in nats."""
    places = _places()
    if is_family(word):
        return places[FAMILY].nats.get(word, places[FAMILY].rare)
    if len(word) == 1:
        one = places[FIRST].nats.get(word, places[FIRST].rare)
        return one - log(_ONE_SYLLABLE)
    return sum(
        places[at].nats.get(syllable, places[at].rare)
        for at, syllable in zip((FIRST, SECOND), word, strict=False)
    )


@lru_cache(maxsize=262_144)
def spelling(word: str, latin: str) -> float:
    """Return how much more seldom a word is spelt so than in its most usual way, in nats.

    Args:
        word: a family name, or a given name of one or two syllables, in Hangul.
        latin: the first reading of a word in Latin letters.
    """
    places = _places()
    if is_family(word):
        return places[FAMILY].spelt.get(word, {}).get(latin, _UNSEEN)
    if len(word) == 1:
        return min(places[at].spelt.get(word, {}).get(latin, _UNSEEN) for at in (FIRST, SECOND))
    first = places[FIRST].spelt.get(word[0], {})
    second = places[SECOND].spelt.get(word[1], {})
    both = (
        first.get(latin[:cut], _UNSEEN) + second.get(latin[cut:], _UNSEEN)
        for cut in range(1, len(latin))
    )
    return min(both, default=2 * _UNSEEN)


@lru_cache(maxsize=262_144)
def by_chance(word: str, latin: str) -> float:
    """Return how seldom the name of a Korean is spelt so, in nats.

    Args:
        word: as for `spelling`: whether a family name is meant, and how many syllables.
        latin: the first reading of a word in Latin letters.
    """
    places = _places()
    if is_family(word):
        return -log(places[FAMILY].heard.get(latin, 0.0) + exp(-places[FAMILY].rare))
    if len(word) == 1:
        return -log(_ONE_SYLLABLE * places[FIRST].heard.get(latin, 0.0) + exp(-places[FIRST].rare))
    first, second = places[FIRST].heard, places[SECOND].heard
    chance = sum(
        first.get(latin[:cut], 0.0) * second.get(latin[cut:], 0.0) for cut in range(1, len(latin))
    )
    return -log(chance + exp(-places[FIRST].rare - places[SECOND].rare))
