"""Names of entities in any script: keys to find partners by, and how well two entities' names fit.

Words are read, weighed and compared as in screening: several readings a script, groups of
spellings, learned costs of letters, rarity. Of two entities with several names the best pair of
names counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.identity.names.readings import skeleton
from manara.identity.names.shortforms import full_names, name_family
from manara.identity.resolution.alignment import Book, best_names, nothing_compared
from manara.identity.resolution.blocking import Blocking, mix
from manara.identity.resolution.profiles import NAMED, Profile
from manara.identity.screening.kernels import I32
from manara.identity.screening.likelihood import NAME, NUMBER
from manara.identity.screening.prepare import LETTER_COSTS
from manara.identity.screening.query import NameEntry, hash_of, spell
from manara.identity.screening.segment import Segment, build

Array = NDArray[Any]

#: The most names that share a key, names of one entity included; keys that more share are joined
#: two by two and three by three, see `manara.identity.resolution.blocking`.
BOUND = 30
#: Words of a name that give keys, and ways of finding each.
_WORDS, _SOUNDS = 6, 3
#: Full names that a short form stands for, itself included: the table has no more.
_FULL = 8
#: Names of one entity that are compared; the strong ones come first.
_NAMES = 40
#: Rarities are rounded to this many nats, so that a few more names change few of them.
_STEP = 0.5
#: Nats taken off a weak alias: many carry it.
WEAK_LESS = 3.0
_KIND = {"person": "person", "organisation": "organisation", "vessel": "vessel"}


class Fit(NamedTuple):
    """How the best pair of names of two entities fits, in nats.

    Attributes:
        agreeing: what the words say that met.
        against: rarity of words left over on both sides, the lesser of the two.
        omitted: rarity of words that only one side has.
        lost: what the words that met would say more if they were equal.
        left: the name of the one entity, its place in `NameBook.texts`; -1 where one has no name.
        right: the name of the other.
    """

    agreeing: float
    against: float
    omitted: float
    lost: float
    left: int
    right: int


class NameBook:
    """The names of all entities, ready to be compared.

    Attributes:
        texts: the names as stated.
        weak: whether each name is a weak alias.
        sounds: for each entity what its words are found by: hash, entity, and which word.
        short: whether each entity has a name of one word, legal forms and the like not counted.
        keys: hash of each key and the entity that has it.
    """

    def __init__(self, profiles: Sequence[Profile]) -> None:
        kept = [_kept(profile) for profile in profiles]
        counts = np.array([len(names) for names in kept], np.int64)
        self.texts = [text for names in kept for text in names]
        entries = (
            NameEntry(str(row), text, _KIND.get(profile.kind, ""), profile.names[text])
            for row, (profile, names) in enumerate(zip(profiles, kept, strict=True))
            for text in names
        )
        segment = build(entries)
        self.weak = np.frombuffer(segment.names.weak, np.uint8).astype(bool)
        sounds = _sounds(segment)
        self._book, self._compared = _book(segment, counts, sounds), nothing_compared()
        owner = np.repeat(np.arange(len(kept), dtype=np.int32), counts)
        atoms = self._atoms(sounds)
        self.sounds = self._heard(sounds, owner)
        self.short = np.zeros(len(kept), bool)
        self.short[owner[(atoms != 0)[:, ::_SOUNDS].sum(axis=1) == 1]] = True
        years = [min((d[:4] for d in profile.dates), default="") for profile in profiles]
        year = np.array([int(y) if y.isdecimal() else 0 for y in years], np.int64)[owner]
        self.keys = _keys(atoms, np.where(year > 0, mix(year, 11), np.uint64(0)), owner)

    def _atoms(self, sounds: Array) -> Array:
        """Return the sounds of the first words of each name [names, words * sounds]."""
        book = self._book
        found = np.zeros((len(self.texts), _WORDS * _SOUNDS), np.uint64)
        chosen = (book.role == NAME) | (book.role == NUMBER)
        for name in range(len(self.texts)):
            here = slice(book.start[name], book.start[name + 1])
            heard = sounds[book.word[here][chosen[here]][:_WORDS]].ravel()
            found[name, : len(heard)] = heard
        return found

    def _heard(self, sounds: Array, owner: Array) -> tuple[Array, Array, Array]:
        """Return all sounds of an entity's words, the entity, and what stands for the word."""
        book = self._book
        chosen = (book.role == NAME) | (book.role == NUMBER)
        words = book.word[chosen]
        rows = np.repeat(owner, np.diff(book.start))[chosen]
        heard = sounds[words]
        place, column = np.nonzero(heard)
        return heard[place, column], rows[place], heard[place, 0]

    def rarities(self, entity: int) -> bytes:
        """Return the rarities of all words of an entity's names, in their order."""
        book = self._book
        here = slice(book.start[book.first[entity]], book.start[book.first[entity + 1]])
        return book.words.rarity[book.word[here]].tobytes()

    def fits(self, left: I32, right: I32) -> list[Fit]:
        """Return how the names of pairs of entities fit: of each left one with its right one."""
        rows = best_names(self._book, left, right, self._compared).tolist()
        return [Fit(a, b, c, d, int(left), int(right)) for a, b, c, d, left, right in rows]


def _kept(profile: Profile) -> list[str]:
    """Return the names that are compared, strong ones first."""
    if profile.kind not in NAMED:
        return []
    return sorted(profile.names, key=lambda name: (profile.names[name], name))[:_NAMES]


def _book(segment: Segment, counts: Array, sounds: Array) -> Book:
    """Return the names of a segment, ``counts`` to an entity, with rounded rarities."""
    words, names = segment.words, segment.names
    hashes = np.zeros(len(words.hashes), np.uint64)
    hashes[words.hashed] = words.hashes
    rarity = (np.round(words.rarity / _STEP) * _STEP).astype(np.float32)
    return Book(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        names.weak * np.float32(WEAK_LESS),
        names.start,
        names.word,
        names.role,
        names.cover,
        hashes,
        sounds,
        _full_names(segment),
        words._replace(rarity=rarity),
        LETTER_COSTS,
    )


def _sounds(segment: Segment) -> Array:
    """Return for each word of the dictionary what it is found by [words, sounds], 0 for none."""
    found = np.zeros((len(segment.words.group), _SOUNDS), np.uint64)
    for word in range(len(found)):
        spelling = spell(segment.word_text.at(word))
        heard = [f"group {spelling.group}"] if spelling.group else []
        heard += sorted({skeleton(reading) for reading in spelling.readings} - {""})
        family = name_family(segment.word_text.at(word))
        heard = [*heard[: _SOUNDS - 1], *([f"family {family}"] if family else [])]
        for place, sound in enumerate(heard):
            found[word, place] = hash_of(sound)
    return found


def _full_names(segment: Segment) -> Array:
    """Return for each word the names that it may stand for [words, names], 0 for none."""
    found = np.zeros((len(segment.words.group), _FULL), np.uint64)
    for word in range(len(found)):
        for place, name in enumerate(sorted(full_names(segment.word_text.at(word)))[:_FULL]):
            found[word, place] = hash_of(name)
    return found


def _keys(atoms: Array, year: Array, owner: Array) -> tuple[Array, Array]:
    """Return keys: rare words, rare combinations of common words and the year of birth."""
    both = np.column_stack([atoms, year])
    hashes, rows = Blocking.fit(both, BOUND).keys(both)
    # A year of birth alone is no key, however few share it.
    named = ~np.isin(hashes, year)
    return hashes[named], owner[rows[named]]
