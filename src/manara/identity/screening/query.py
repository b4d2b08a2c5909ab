"""What is asked, what stands on a list, and how both are brought to words that can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import msgspec
import numpy as np

from manara.identity.names.confusion import encode
from manara.identity.names.forms import analyse, plain_words
from manara.identity.names.phrases import Kind
from manara.identity.names.readings import habit, readings, skeleton
from manara.identity.names.variants import group_of
from manara.identity.screening.kernels import U8, U32, group_key, hash_bytes, skeleton_keys
from manara.identity.screening.likelihood import MAX_WORDS, ROLES

#: What a name can name; the number is its place.
KINDS = ("", "person", "organisation", "vessel")
_ROLE = {role: at for at, role in enumerate(ROLES)}
_GENDER = {"male": 1, "female": 2, "other": 4}
#: Roles and covers of words that each stand by themselves.
_PLAIN_ROLES, _PLAIN_COVERS = [0] * MAX_WORDS, [1 << at for at in range(MAX_WORDS)]
#: Longer names are cut before anything looks at them.
MAX_LENGTH = 512


class NameEntry(msgspec.Struct, frozen=True):
    """One name of one entity on a list; what is known of the entity may stand on any of its names.

    Attributes:
        entity_id: the entity.
        name: the name as stated.
        kind: ``person``, ``organisation``, ``vessel`` or empty.
        weak: whether the list itself calls it a weak (low-quality) alias.
        birth_dates: ISO 8601 dates of any precision.
        countries: ISO 3166-1 alpha-2 codes.
        genders: ``male``, ``female`` or ``other``.
        documents: keys of its numbers, as `manara.identity.identifier_key` gives them.
        list: the list that states it.
        edition: that list's edition.
        places: birth places as stated.
        addresses: as stated.
    """

    entity_id: str
    name: str
    kind: str = ""
    weak: bool = False
    birth_dates: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    list: str = ""
    edition: str = ""
    places: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class Query(msgspec.Struct, frozen=True):
    """Who is asked for; only a name or a number is needed.

    Attributes:
        name: in any script and word order; may be empty.
        birth_date: an ISO 8601 date of any precision, or one that `manara.identity.dates` reads.
        countries: ISO 3166-1 alpha-2 codes.
        gender: ``male``, ``female`` or ``other``.
        documents: keys of numbers, as `manara.identity.identifier_key` gives them.
        kind: ``person``, ``organisation``, ``vessel`` or empty.
        places: birth places, in any script.
        addresses: in any script.
        cited: whether the name is words of a running text, of which one alone says little.
    """

    name: str
    birth_date: str | None = None
    countries: tuple[str, ...] = ()
    gender: str | None = None
    documents: tuple[str, ...] = ()
    kind: str = ""
    places: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    cited: bool = False


class Spelling(NamedTuple):
    """One word as the kernels see it.

    Attributes:
        hash: FNV-1a of the word itself.
        group: its name group, 0 for none.
        habit: how its script spells names (`manara.identity.names.readings.habit`).
        readings: its Latin readings.
        codes: letters of all readings, 1..26.
        lengths: letters of each reading.
        keys: keys of its skeletons, of their deletions, and of its group.
    """

    hash: np.uint64
    group: int
    habit: int
    readings: tuple[str, ...]
    codes: U8
    lengths: tuple[int, ...]
    keys: U32


class Laid(NamedTuple):
    """A name's words, their roles and the plain words each stands for (bits)."""

    texts: list[str]
    roles: list[int]
    covers: list[int]


def lay_out(name: str, kind: str) -> Laid:
    """Return the words of a name, joined ones last, at most `MAX_WORDS` in all."""
    known: Kind = kind if kind in KINDS else ""  # type: ignore[assignment]
    name = name[:MAX_LENGTH]
    if known in ("", "person") and (plain := plain_words(name)) is not None:
        texts = plain[:MAX_WORDS]
        return Laid(texts, _PLAIN_ROLES[: len(texts)], _PLAIN_COVERS[: len(texts)])
    words = analyse(name, known)[:MAX_WORDS]
    return Laid(
        [word.text for word in words],
        [_ROLE[word.role] for word in words],
        [(1 << min(word.end, MAX_WORDS)) - (1 << min(word.start, MAX_WORDS - 1)) for word in words],
    )


@lru_cache(maxsize=50_000)
def spell(word: str) -> Spelling:
    """Return a word's readings and keys."""
    read = tuple(reading for reading in readings(word) if reading)
    group = group_of(word)
    skeletons = sorted({skeleton(reading) for reading in read} - {""})
    raw = "".join(skeletons).encode()
    ends = np.array([0, *accumulate(map(len, skeletons))], np.int64)
    keys, _ = skeleton_keys(
        np.frombuffer(bytearray(raw), np.uint8), ends, np.zeros(len(skeletons), np.int32)
    )
    if group:
        keys = np.concatenate((keys, np.array([group_key(group)], np.uint32)))
    return Spelling(
        hash_of(word),
        group,
        habit(word),
        read,
        encode("".join(read)),
        tuple(len(reading) for reading in read),
        keys,
    )


def hash_of(text: str) -> np.uint64:
    """Return the 64-bit hash of a text."""
    raw = np.frombuffer(bytearray(text, "utf-8", "surrogatepass"), np.uint8)
    return np.uint64(hash_bytes(raw, 0, len(raw)))


def pack_date(text: str) -> int:
    """Return an ISO 8601 date as ``year * 10000 + month * 100 + day``; 0 for what is no date.

    Parts that are not stated are 0.
    """
    parts = text[:10].split("-")
    if not 1 <= len(parts) <= 3 or not all(part.isdecimal() and part.isascii() for part in parts):
        return 0
    year, month, day = (*map(int, parts), 0, 0)[:3]
    return year * 10000 + month * 100 + day if year < 10000 and month <= 12 and day <= 31 else 0


def unpack_date(packed: int) -> str:
    """Return the ISO 8601 date that `pack_date` packed."""
    year, month, day = packed // 10000, packed // 100 % 100, packed % 100
    return f"{year:04}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")


def pack_country(code: str) -> int:
    """Return a two-letter code as a number, 0 for anything else."""
    lower = code.lower()
    return ord(lower[0]) * 256 + ord(lower[1]) if len(lower) == 2 and lower.isascii() else 0


def unpack_country(packed: int) -> str:
    """Return the code that `pack_country` packed."""
    return chr(packed // 256) + chr(packed % 256)


def pack_genders(genders: Iterable[str | None]) -> int:
    """Return genders as bits: 1 male, 2 female, 4 other."""
    bits = 0
    for gender in genders:
        bits |= _GENDER.get(gender or "", 0)
    return bits


def unpack_genders(bits: int) -> tuple[str, ...]:
    """Return the genders that `pack_genders` packed."""
    return tuple(name for name, bit in _GENDER.items() if bits & bit)
