"""Entities resolved: candidate pairs from rare keys, each judged with its reasons."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manara.identity.names import name_key
from manara.identity.resolution.alignment import worth
from manara.identity.resolution.blocking import blocks, pairs_of
from manara.identity.resolution.clusters import clusters
from manara.identity.resolution.evidence import (
    REVIEW,
    Counts,
    Finding,
    bars,
    weigh,
)
from manara.identity.resolution.naming import NameBook
from manara.identity.resolution.profiles import Profile, read_profiles
from manara.identity.resolution.promise import promising, sketch
from manara.identity.screening.query import hash_of
from manara.model import Fact, Judgement, Verdict

Array = NDArray[Any]

#: What judgements of this engine are signed with.
ENGINE = "resolution"
#: The same of what rules out a pair that shares no key; found anew each time.
ACROSS = "resolution of the cluster"
#: A number or contact that more entities share tells nothing apart and gives no pairs.
CROWD = 50
_ROOM = 2_000_000
#: Names that say less, in nats, need a number or a contact that agrees.
_LEAST = 3.0


class Entities:
    """Everything that entities are judged by.

    Attributes:
        profiles: by place, in order of ids.
        names: their names.
        counts: what must be known of all of them.
    """

    def __init__(self, facts: Iterable[Fact]) -> None:
        self.profiles: Sequence[Profile] = list(read_profiles(facts).values())
        _drop_crowded(self.profiles)
        self.names = NameBook(self.profiles)
        self.counts = _counted(self.profiles)
        others = _other_keys(self.profiles)
        self._keys = _deduplicated(self.names.keys, others)
        self._sketch = sketch(self.profiles, self.names.sounds, self.names.short, others)

    @cached_property
    def prints(self) -> dict[str, str]:
        """A hash of all that bears on each entity's pairs, by id.

        Two entities whose hashes are as they were have the verdict that they had: it covers their
        facts, their keys, and how rare their words, names and contacts are.
        """
        hashes, rows = self._keys
        order = np.lexsort((hashes, rows))
        starts = np.searchsorted(rows[order], np.arange(len(self.profiles) + 1))
        found = {}
        for row, profile in enumerate(self.profiles):
            digest = blake2b(profile.form().encode("utf-8", "replace"), digest_size=12)
            digest.update(hashes[order[starts[row] : starts[row + 1]]].tobytes())
            digest.update(self.names.rarities(row))
            shared = sorted(map(name_key, profile.names) if profile.names else ())
            digest.update(bytes(key in self.counts.namesakes for key in shared))
            often = [self.counts.contacts[contact] for contact in sorted(profile.contacts)]
            digest.update(repr(often).encode())
            found[profile.entity_id] = digest.hexdigest()
        return found

    def pairs(self, fresh: Array) -> Iterator[tuple[Array, Array]]:
        """Yield pairs of ``fresh`` entities (places) with any, the lower place left, sorted."""
        index = blocks(*self._keys, len(self.profiles))
        while len(fresh):
            one, other, done = pairs_of(fresh, *index, len(self.profiles), _ROOM)
            left, right = np.minimum(one, other), np.maximum(one, other)
            likely = promising(self._sketch, left, right)
            left, right = left[likely], right[likely]
            order = np.lexsort((right, left))
            yield left[order], right[order]
            fresh = fresh[done:]

    def find(self, left: Array, right: Array) -> Iterator[tuple[int, int, Finding]]:
        """Yield what was found about pairs of places, those not worth a word left out."""
        fits = self.names.fits(left, right)
        for one, other, fit in zip(left.tolist(), right.tolist(), fits, strict=True):
            ours, theirs = self.profiles[one], self.profiles[other]
            if worth(*fit[:3]) < _LEAST and not _shares(ours, theirs):
                continue
            found = weigh(ours, theirs, fit, self.names, self.counts)
            if found.verdict is Verdict.POSITIVE or _worth_a_word(ours, theirs, found):
                yield one, other, found


def _shares(one: Profile, other: Profile) -> bool:
    """Return whether two entities share a number or a contact."""
    numbers = one.numbers.keys() & other.numbers.keys()
    return bool(numbers or one.contacts & other.contacts)


def _worth_a_word(one: Profile, other: Profile, found: Finding) -> bool:
    """Return whether a pair that is not one is kept: it is likely, or shares a number."""
    if found.verdict is Verdict.UNSURE:
        return found.probability >= REVIEW or bool(one.numbers.keys() & other.numbers.keys())
    fields = {reason.field: reason.weight for reason in found.reasons}
    # Namesakes that something tells apart: worth showing, and what keeps them apart must hold.
    return fields.get("name", 0.0) >= 8.0 or any(prop in fields for prop, _ in one.numbers)


def judge(
    facts: Iterable[Fact],
    at: datetime,
    *,
    known: Mapping[str, str] | None = None,
    earlier: Iterable[Judgement] = (),
) -> tuple[list[Judgement], dict[str, str]]:
    """Return verdicts on the pairs of entities that may be one, and the entities' hashes.

    Args:
        facts: current facts with the properties of `props`, in any order.
        at: time of the judgement, UTC.
        known: hashes of the entities as they were when the earlier judgements were made; pairs of
            entities whose hashes are the same are not looked at again.
        earlier: those judgements, the machine's only.

    Returns:
        judgements in order of ids: POSITIVE where two are one, UNSURE where a person should look,
        NEGATIVE where something rules it out; and for each entity a hash for the next time.
    """
    entities = Entities(facts)
    prints, known = entities.prints, known or {}
    same = {name for name, value in prints.items() if known.get(name) == value}
    found = [j for j in earlier if j.left in same and j.right in same and j.by == ENGINE]
    ids = [profile.entity_id for profile in entities.profiles]
    fresh = np.array([row for row, name in enumerate(ids) if name not in same], np.int32)
    for left, right in entities.pairs(fresh):
        for one, other, finding in entities.find(left, right):
            found.append(_judgement(ids[one], ids[other], finding, at))
    pairs = {judgement.pair for judgement in found}
    by_id = {profile.entity_id: profile for profile in entities.profiles}
    found += [j for j in _across(by_id, found, at) if j.pair not in pairs]
    return sorted(found, key=lambda judgement: judgement.pair), prints


def _judgement(left: str, right: str, found: Finding, at: datetime, by: str = ENGINE) -> Judgement:
    reasons = tuple(map(str, found.reasons))
    return Judgement(
        left, right, found.verdict, round(found.probability, 4), reasons, by, False, at
    )


def _across(
    profiles: Mapping[str, Profile], judgements: Iterable[Judgement], at: datetime
) -> Iterator[Judgement]:
    """Yield what rules out pairs that share no key but would be joined by way of others."""
    joined: dict[str, set[str]] = defaultdict(set)
    for member, canonical in clusters(
        j for j in judgements if j.verdict is Verdict.POSITIVE
    ).items():
        joined[canonical].add(member)
    for members in joined.values():
        for left, right in combinations(sorted(members), 2):
            against = bars(profiles[left], profiles[right])
            if against:
                ruled_out = Finding(Verdict.NEGATIVE, 0.0, tuple(against))
                yield _judgement(left, right, ruled_out, at, ACROSS)


def _counted(profiles: Sequence[Profile]) -> Counts:
    """Return what must be known of all entities."""
    names: Counter[tuple[str, str]] = Counter()
    contacts: Counter[tuple[str, str]] = Counter()
    for profile in profiles:
        keys = {name_key(name) for name, weak in profile.names.items() if not weak}
        names.update((dataset, key) for dataset in profile.datasets for key in keys)
        contacts.update(profile.contacts)
    return Counts(frozenset(key for (_, key), times in names.items() if times > 1), contacts)


def _drop_crowded(profiles: Sequence[Profile]) -> None:
    """Take away numbers that a crowd shares: 00000 and the like identify nobody."""
    holders = Counter(number for profile in profiles for number in profile.numbers)
    for profile in profiles:
        for number in [each for each in profile.numbers if holders[each] > CROWD]:
            del profile.numbers[number]


def _other_keys(profiles: Sequence[Profile]) -> tuple[Array, Array]:
    """Return hashes of numbers, telephone numbers and mail addresses that few entities share."""
    holders: dict[str, list[int]] = defaultdict(list)
    for row, profile in enumerate(profiles):
        for prop, value in sorted(profile.numbers):
            holders[f"{prop} {value}"].append(row)
        for prop, value in profile.contacts:
            if prop in ("phone", "email"):
                holders[f"{prop} {value}"].append(row)
    few = [(key, rows) for key, rows in holders.items() if 2 <= len(rows) <= CROWD]
    hashes = np.array([hash_of(key) for key, rows in few for _ in rows], np.uint64)
    return hashes, np.array([row for _, rows in few for row in rows], np.int32)


def _deduplicated(*parts: tuple[Array, Array]) -> tuple[Array, Array]:
    """Return keys with each entity once under each, in order of the keys."""
    hashes, rows = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.lexsort((rows, hashes))
    hashes, rows = hashes[order], rows[order].astype(np.int32)
    new = np.ones(len(hashes), bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
    return hashes[new], rows[new]
