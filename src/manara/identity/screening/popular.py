"""Names that are popular somewhere: what a short list can't tell is rare may be common outside."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from manara.identity.names import name_tokens
from manara.identity.names.variants import group_of

#: What a popular name says at most, in nats: one bearer in some 400 people. A country's hundred
#: most popular given or family names have shares of 1/50 to 1/1000.
MOST_POPULAR = 6.0
#: The same for words of one and two syllables, by script: a few hundred words of two syllables in
#: Hangul are most given names, and Mandarin has some 400 syllables if tones are left out.
MOST_OF_SYLLABLES = {("hangul", 1): 7.7, ("hangul", 2): 7.7, ("han", 1): 5.5}


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
