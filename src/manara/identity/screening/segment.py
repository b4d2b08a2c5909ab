"""One immutable part of a screening index: flat arrays, built at once."""

from __future__ import annotations

import gc
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import accumulate, chain
from math import log
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.identity.names.confusion import encode
from manara.identity.names.forms import syllable
from manara.identity.names.readings import habit, readings, skeletons
from manara.identity.names.variants import groups_of
from manara.identity.screening.chance import PRIOR_NAMES, rarity_of
from manara.identity.screening.documents import Documents, build_documents
from manara.identity.screening.evidence import People
from manara.identity.screening.gather import Gathered
from manara.identity.screening.kernels import (
    F32,
    I32,
    I64,
    U8,
    U64,
    Words,
    find_word,
    hash_all,
    letter_masks,
)
from manara.identity.screening.likelihood import LEGAL, NAME, PARTICLE, Names
from manara.identity.screening.places import ADDRESS, BIRTH_PLACE, Places, build_places
from manara.identity.screening.query import (
    KINDS,
    NameEntry,
    unpack_country,
    unpack_date,
    unpack_genders,
)
from manara.identity.screening.sounds import Sounds, build_sounds
from manara.identity.screening.vowels import NONE_OFTEN, Often
from manara.identity.screening.walk import hefts, masses

#: Share of names that are made of one-syllable words, before the list is seen.
_PRIOR_ALIKE = 0.05


class Texts(NamedTuple):
    """Many texts in one array.

    Attributes:
        data: their UTF-8 bytes, one after the other.
        start: [n + 1] first byte of each.
    """

    data: U8
    start: I64

    def at(self, at: int) -> str:
        """Return one of the texts."""
        return self.data[self.start[at] : self.start[at + 1]].tobytes().decode("utf-8", "replace")


class Known(NamedTuple):
    """The neighbours of words that are asked for often, as `neighbours` would find them.

    Attributes:
        hashes: [k] hash of each word, ascending.
        start: [k + 1] first neighbour of each.
        words: their neighbours.
        shares: cost shares of these.
    """

    hashes: U64
    start: I64
    words: I32
    shares: F32

    def of(self, value: np.uint64) -> tuple[I32, F32] | None:
        """Return the neighbours of the word with this hash, None if they are not known."""
        at = int(np.searchsorted(self.hashes, value))
        if at == len(self.hashes) or self.hashes[at] != value:
            return None
        first, end = self.start[at : at + 2]
        return self.words[first:end], self.shares[first:end]


#: None are known before they are asked for.
_NONE_KNOWN = Known(
    np.zeros(0, np.uint64), np.zeros(1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32)
)


class Segment(NamedTuple):
    """Words, names and entities of one or more lists.

    Attributes:
        words: the dictionary.
        sounds: the same by sound.
        known: neighbours of its most frequent words.
        often: gains of its most frequent runs of vowels.
        names: the names, each a row of words.
        people: what else is known of the entities.
        word_text: the words.
        name_text: the names as stated.
        entity_text: ids of the entities.
        entity_hash: [e] hashes of the ids, ascending.
        hashed_entity: [e] the entity of each hash.
        own: [e + 1] first name of each entity in `own_name`.
        own_name: names by entity.
        documents: their numbers.
        places: their birth places and addresses.
        kinship: [1] information in nats of a name being made of one-syllable words.
        source: [e] index into `sources`.
        sources: (list, edition) pairs.
    """

    words: Words
    sounds: Sounds
    known: Known
    often: Often
    names: Names
    people: People
    word_text: Texts
    name_text: Texts
    entity_text: Texts
    entity_hash: U64
    hashed_entity: I32
    own: I64
    own_name: I32
    documents: Documents
    places: Places
    kinship: F32
    source: I32
    sources: list[tuple[str, str]]

    @property
    def size(self) -> int:
        """How many names it holds, gone ones included."""
        return len(self.names.entity)

    def entity(self, value: np.uint64) -> int:
        """Return the entity whose id has this hash, or -1."""
        at = int(np.searchsorted(self.entity_hash, value))
        if at < len(self.entity_hash) and self.entity_hash[at] == value:
            return int(self.hashed_entity[at])
        return -1

    def entries(self) -> Iterator[NameEntry]:
        """Yield the names that stand, as they were given."""
        for name, entity in enumerate(self.names.entity.tolist()):
            if not self.names.gone[entity]:
                yield self._entry(name, entity)

    def names_of(self, entity: int) -> list[NameEntry]:
        """Return the names of one entity, as they were given."""
        own = self.own_name[self.own[entity] : self.own[entity + 1]].tolist()
        return [self._entry(name, entity) for name in own]

    def _entry(self, name: int, entity: int) -> NameEntry:
        people = self.people
        dates = people.dates[people.date[entity] : people.date[entity + 1]]
        codes = people.countries[people.country[entity] : people.country[entity + 1]]
        return NameEntry(
            self.entity_text.at(entity),
            self.name_text.at(name),
            KINDS[people.kind[entity]],
            bool(self.names.weak[name]),
            tuple(map(unpack_date, dates.tolist())),
            tuple(map(unpack_country, codes.tolist())),
            unpack_genders(int(people.gender[entity])),
            tuple(self.documents.of(entity)),
            self.sources[self.source[entity]][0],
            self.sources[self.source[entity]][1],
            self.places.of(entity, BIRTH_PLACE),
            self.places.of(entity, ADDRESS),
        )

    def without(self, entities: Iterable[int]) -> Segment:
        """Return the same segment in which these entities no longer stand."""
        gone = self.names.gone.copy()
        gone[list(entities)] = 1
        return self._replace(names=self.names._replace(gone=gone))


def build(entries: Iterable[NameEntry], background: Segment | None = None) -> Segment:
    """Return a segment of these names.

    Args:
        entries: the names; those of one entity need not stand together.
        background: a larger segment whose rarities hold for words it knows.
    """
    found = Gathered()
    with _no_cycles():
        for entry in entries:
            found.take(entry)
    ids, n_entities = _texts(found.entities), len(found.entities)
    found.entities.clear()  # makes room: a million ids are the largest part of what was gathered
    texts = _texts(found.words)
    hashes = hash_all(texts.data, texts.start)
    word, start = np.frombuffer(found.word, np.int32), np.frombuffer(found.start, np.int64)
    counts = np.bincount(word, minlength=len(found.words)) if len(word) else np.zeros(0, np.int64)
    rarity = rarity_of(counts, len(found.entity))
    if background is not None:
        _take_over(rarity, hashes, background)
    words, sounds = _words(list(found.words), hashes, rarity)
    entity = np.frombuffer(found.entity, np.int32)
    role = np.frombuffer(found.role, np.uint8)
    mass = masses(start, word, role, rarity)
    name = np.repeat(np.arange(len(entity), dtype=np.int32), np.diff(start))
    post, posting = _led(word, role, name, len(found.words))
    names = Names(
        start, word, role, np.frombuffer(found.cover, np.int32), mass,
        entity, np.frombuffer(found.weak, np.uint8), post, posting, hefts(mass, posting),
        np.zeros(n_entities, np.uint8),
    )  # fmt: skip
    dates, countries = sorted(found.dates), sorted(found.countries)
    date_start, date_values = _grouped(dates, n_entities, np.int32)
    country_start, country_values = _grouped(countries, n_entities, np.uint16)
    people = People(
        date_start, date_values, country_start, country_values,
        np.frombuffer(found.gender, np.uint8), np.frombuffer(found.kind, np.uint8),
    )  # fmt: skip
    id_hashes = hash_all(ids.data, ids.start)
    by_hash = np.argsort(id_hashes)
    return Segment(
        words, sounds, _NONE_KNOWN, NONE_OFTEN, names, people, texts,
        Texts(np.frombuffer(found.text, np.uint8), np.frombuffer(found.ends, np.int64)), ids,
        id_hashes[by_hash], by_hash.astype(np.int32),
        *_postings(entity, np.arange(len(entity), dtype=np.int32), n_entities),
        build_documents(found.documents, n_entities), build_places(found.places, n_entities),
        _kinship(found.words, names),
        np.frombuffer(found.source, np.int32), list(found.sources),
    )  # fmt: skip


@contextmanager
def _no_cycles() -> Iterator[None]:
    """Look for no cycles of objects: names make none, and a seventh of the time would go there."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _kinship(texts: Iterable[str], names: Names) -> F32:
    """Return the information in nats of a name being made of one-syllable words, as an array."""
    plain = np.array([bool(syllable(text)) for text in texts], np.bool_)
    named = names.role == NAME
    others, words = np.zeros((2, len(named) + 1), np.int32)
    np.cumsum(named & ~plain[names.word], out=others[1:])
    np.cumsum(named, out=words[1:])
    alike = (np.diff(others[names.start]) == 0) & (np.diff(words[names.start]) > 1)
    alike_names = np.count_nonzero(alike) + PRIOR_NAMES * _PRIOR_ALIKE
    share = (len(names.entity) + PRIOR_NAMES) / alike_names
    return np.array([log(share)], np.float32)


def _take_over(rarity: F32, hashes: U64, background: Segment) -> None:
    """Put the background's rarities in the place of those of words that it knows."""
    rare = np.float32(unknown_rarity(background))
    for at, value in enumerate(hashes):
        known = find_word(background.words, value)
        rarity[at] = background.words.rarity[known] if known >= 0 else rare


def unknown_rarity(segment: Segment) -> float:
    """Return the information of a word that no name of the segment holds, in nats."""
    return float(rarity_of(np.zeros(1, np.int64), segment.size)[0])


def _texts(texts: Iterable[str]) -> Texts:
    """Return texts in one array."""
    data, ends = bytearray(), array("q", [0])
    for text in texts:
        data += text.encode("utf-8", "surrogatepass")
        ends.append(len(data))
    return Texts(np.frombuffer(data, np.uint8), np.frombuffer(ends, np.int64))


def _postings(key: I32, value: I32, keys: int) -> tuple[I64, I32]:
    """Return values grouped by key: first value of each key, and the values."""
    start = np.zeros(keys + 1, np.int64)
    np.cumsum(np.bincount(key, minlength=keys), out=start[1:])
    return start, value[np.argsort(key, kind="stable")]


def _led(word: I32, role: U8, name: I32, words: int) -> tuple[I64, I32]:
    """Return the postings of words that lead to names: not particles, initials and the like."""
    leads = (role < PARTICLE) | (role > LEGAL)
    return _postings(word[leads], name[leads], words)


def _grouped(pairs: list[tuple[int, int]], owners: int, kind: Any) -> tuple[I64, NDArray[Any]]:
    """Return sorted (owner, value) pairs as first value of each owner, and the values."""
    owner = np.array([pair[0] for pair in pairs], np.int64)
    start = np.searchsorted(owner, np.arange(owners + 1)).astype(np.int64)
    return start, np.array([pair[1] for pair in pairs], kind)


def _words(texts: list[str], hashes: U64, rarity: F32) -> tuple[Words, Sounds]:
    """Return the dictionary of these words, and the same by sound."""
    read = [[spelt for spelt in readings(text) if spelt] for text in texts]
    each = list(chain.from_iterable(read))
    bones: dict[str, int] = {}
    bone = [bones.setdefault(skeleton, len(bones)) for skeleton in skeletons(each)]
    letters, letter_start = encode("".join(each)), _begin(map(len, each))
    habits = np.fromiter(map(habit, texts), np.uint8, len(texts))
    by_hash = np.argsort(hashes)
    words = Words(
        hashes[by_hash], by_hash.astype(np.int32), _begin(map(len, read)), letter_start, letters,
        letter_masks(letters, letter_start), habits, groups_of(texts), rarity,
    )  # fmt: skip
    return words, build_sounds(words, np.array(bone, np.int32), list(bones))


def _begin(sizes: Iterable[int]) -> I32:
    """Return where consecutive runs of these sizes begin, and the end of the last."""
    return np.array([0, *accumulate(sizes)], np.int32)
