"""Birth places and addresses of a segment's entities, compared by their rare words.

A word meets another whose readings share a consonant skeleton, in whatever script, so that
Kandahar, Qandahar and قندهار are one; numbers meet if they are equal. What a shared word says is
its rarity among the places of the list: *street* says little, a postcode much.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from manara.identity.names import name_tokens
from manara.identity.names.readings import readings, skeleton
from manara.identity.screening.kernels import F32, I32, I64, U8, U64
from manara.identity.screening.query import hash_of

BIRTH_PLACE, ADDRESS = 0, 1
FIELDS = ("birth place", "address")

#: Share of its rarity that a shared word is worth: people of one list come from one region.
_SHARE = 0.5
#: A birth place says no more than a birth year and a month; an address is shared by a household.
MOST = (4.0, 6.0)
#: A birth place without any word in common: lists name the village here, the province there. An
#: address changes: another one says nothing.
OTHER = (-0.7, 0.0)
#: A place is the same from this share of the words' weight, on the side that states fewer words.
_SAME = 0.4
#: A word's chance before the list is seen, and how many places that belief is worth.
_PRIOR_CHANCE, _PRIOR = 1 / 200, 200.0
_MOST_WORDS = 24


class Places(NamedTuple):
    """The `p` stated places of a segment's `e` entities, in `t` words of `w` different ones.

    Attributes:
        data: UTF-8 bytes of the places as stated, one after the other.
        start: [p + 1] first byte of each.
        own: [e + 1] first place of each entity.
        field: [p] index into `FIELDS`.
        first: [p + 1] first word of each place.
        word: [t] words.
        rarity: [w] information of meeting each word by chance, in nats.
        bone: hashes of the words' skeletons, ascending.
        boned: the word of each.
    """

    data: U8
    start: I64
    own: I64
    field: U8
    first: I64
    word: I32
    rarity: F32
    bone: U64
    boned: I32

    def of(self, entity: int, field: int) -> tuple[str, ...]:
        """Return what is stated of an entity in a field."""
        mine = range(self.own[entity], self.own[entity + 1])
        return tuple(self.text(at) for at in mine if self.field[at] == field)

    def text(self, at: int) -> str:
        """Return one of the places as stated."""
        return self.data[self.start[at] : self.start[at + 1]].tobytes().decode("utf-8", "replace")


class Met(NamedTuple):
    """What a place asked for and one of the list say.

    Attributes:
        field: index into `FIELDS`.
        asked: the query's place.
        found: the list's.
        weight: in nats; below zero where they have nothing in common.
    """

    field: int
    asked: str
    found: str
    weight: float


class AskedPlace(NamedTuple):
    """A place of a query, looked up in a segment.

    Attributes:
        text: as stated.
        field: index into `FIELDS`.
        words: for each of its words, the segment's words it may be.
        whole: what its words weigh together, in nats.
    """

    text: str
    field: int
    words: tuple[frozenset[int], ...]
    whole: float


@lru_cache(maxsize=65_536)
def bones(word: str) -> tuple[int, ...]:
    """Return hashes of what a word of a place is compared by."""
    found = {skeleton(reading) for reading in readings(word) if reading}
    # A skeleton of one letter is shared by too many words: the word stands for itself.
    found = {bone for bone in found if len(bone) > 1} or {word}
    return tuple(int(hash_of(bone)) for bone in sorted(found))


def build_places(stated: Iterable[tuple[int, int, str]], entities: int) -> Places:
    """Return the places of a segment.

    Args:
        stated: (entity, field, place as stated).
        entities: how many entities the segment has.
    """
    rows = sorted(set(stated))
    raw = [text.encode("utf-8", "surrogatepass") for _, _, text in rows]
    known: dict[str, int] = {}
    words = [
        [known.setdefault(word, len(known)) for word in dict.fromkeys(_words(text))]
        for _, _, text in rows
    ]
    counts = Counter(word for row in words for word in row)
    pairs = sorted((bone, word) for text, word in known.items() for bone in bones(text))
    rarity = [_rarity(counts[word], len(rows)) for word in range(len(known))]
    return Places(
        np.frombuffer(b"".join(raw), np.uint8),
        np.cumsum([0, *map(len, raw)], dtype=np.int64),
        np.searchsorted(np.array([row[0] for row in rows], np.int64), np.arange(entities + 1)),
        np.array([row[1] for row in rows], np.uint8),
        np.cumsum([0, *map(len, words)], dtype=np.int64),
        np.array([word for row in words for word in row], np.int32),
        np.array(rarity, np.float32),
        np.array([bone for bone, _ in pairs], np.uint64),
        np.array([word for _, word in pairs], np.int32),
    )


def _words(text: str) -> tuple[str, ...]:
    return name_tokens(text[:512])[:_MOST_WORDS]


def _rarity(count: int, places: int) -> float:
    return float(np.log((places + _PRIOR) / (count + _PRIOR * _PRIOR_CHANCE)))


def look_up(places: Places, field: int, texts: Iterable[str]) -> list[AskedPlace]:
    """Return a query's places with the segment's words that theirs may be."""
    found = []
    for text in texts:
        words = tuple(_alike(places, word) for word in dict.fromkeys(_words(text)))
        if words:
            rare = _rarity(0, len(places.field))
            weights = [min((float(places.rarity[w]) for w in word), default=rare) for word in words]
            found.append(AskedPlace(text, field, words, sum(weights)))
    return found


def _alike(places: Places, word: str) -> frozenset[int]:
    found: set[int] = set()
    for bone in bones(word):
        value = np.uint64(bone)
        first, last = (int(np.searchsorted(places.bone, value, side)) for side in ("left", "right"))
        found.update(places.boned[first:last].tolist())
    return frozenset(found)


def compare_places(places: Places, entity: int, asked: Iterable[AskedPlace]) -> list[Met]:
    """Return the best pair of each field that both sides state; silence says nothing."""
    best: dict[int, Met] = {}
    for place in asked:
        for at in range(places.own[entity], places.own[entity + 1]):
            if places.field[at] != place.field:
                continue
            met = Met(place.field, place.text, places.text(at), _weight(places, at, place))
            if place.field not in best or met.weight > best[place.field].weight:
                best[place.field] = met
    return [met for met in best.values() if met.weight]


def _weight(places: Places, at: int, asked: AskedPlace) -> float:
    """Return what a place of the list and one of the query say."""
    ours = set(places.word[places.first[at] : places.first[at + 1]].tolist())
    shared = 0.0
    for alike in asked.words:
        if both := alike & ours:
            shared += max(float(places.rarity[word]) for word in both)
            ours -= both
    theirs = shared + sum(float(places.rarity[word]) for word in ours)
    if not shared:
        return OTHER[asked.field]
    if shared < _SAME * min(asked.whole, theirs):
        return 0.0
    return min(MOST[asked.field], _SHARE * shared)
