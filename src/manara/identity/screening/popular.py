"""Names that are popular somewhere: what a short list can't tell is rare may be common outside."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import numpy as np

from manara.identity.names import name_tokens
from manara.identity.names.variants import group_of, group_sizes
from manara.identity.screening.kernels import F32

#: What a popular name says at most, in nats: one bearer in some 400 people. A country's hundred
#: most popular given or family names have shares of 1/50 to 1/1000.
MOST_POPULAR = 6.0
#: The same for words of one and two syllables, by script: a few hundred words of two syllables in
#: Hangul are most given names, and Mandarin has some 400 syllables if tones are left out.
MOST_OF_SYLLABLES = {("hangul", 1): 7.7, ("hangul", 2): 7.7, ("han", 1): 5.5}

#: How much more each nat of a word says, for its being seldom borne: popular names, names with so
#: many known forms that they are old and widespread, other known names, and unknown words of up to
#: four, up to six and more letters. Weights of `scripts/fit_signs.py`.
TELLING = (0.09, 0.1, 0.22, 0.24, 0.31)
_WIDESPREAD, _SHORT, _MIDDLE = 15, 4, 6


@cache
def popular_names() -> tuple[tuple[str, str, str, str], ...]:
    """Return (country, part, local form, Latin form) of popular names, by `scripts/make_people.py`.

    A part is ``female``, ``male`` or ``family``; the local form is empty where it is unknown.
    """
    text = files("manara.identity.screening").joinpath("data/popular.tsv").read_text("utf-8")
    return tuple(_row(line) for line in text.splitlines()[1:])


def _row(line: str) -> tuple[str, str, str, str]:
    country, part, local, latin = line.split("\t")
    return country, part, local, latin


@cache
def _words() -> tuple[frozenset[str], frozenset[int]]:
    """Return the words of popular names and their name groups."""
    words = frozenset(_each_word())
    return words, frozenset(map(group_of, words)) - {0}


def _each_word() -> Iterator[str]:
    for _, _, local, latin in popular_names():
        yield from name_tokens(local)
        yield from name_tokens(latin)


def is_popular(word: str, group: int) -> bool:
    """Return whether a word is a popular name somewhere, or of the name group of one.

    Args:
        word: as :func:`manara.identity.names.name_tokens` gives it.
        group: its name group, 0 for none.
    """
    words, groups = _words()
    return word in words or group in groups


@cache
def of_groups() -> F32:
    """Return how telling the names of each name group are."""
    sizes = group_sizes()
    told = np.where(sizes > _WIDESPREAD, TELLING[0], TELLING[1]).astype(np.float32)
    told[list(_words()[1])] = TELLING[0]
    told[0] = TELLING[-1]
    return told


def telling(word: str, group: int, most: float) -> float:
    """Return how much more each nat of a word says because few people bear it.

    Args:
        word: as :func:`manara.identity.names.name_tokens` gives it.
        group: its name group, 0 for none.
        most: the least that `of_groups` gives for other spellings of it: one of a common name is
            no rare name.
    """
    if is_popular(word, group):
        return TELLING[0]
    own = float(of_groups()[group])
    if not group:
        own = TELLING[2 + (len(word) > _SHORT) + (len(word) > _MIDDLE)]
    return min(own, most)
