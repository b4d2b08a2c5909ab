"""Which candidate pairs of entities are worth comparing word by word: a cheap look at each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.identity.resolution.profiles import Profile
from manara.identity.screening.evidence import SAME_YEAR, date_evidence
from manara.identity.screening.query import hash_of, pack_date

Array = NDArray[Any]
_YEAR = np.float32(SAME_YEAR * 0.6)


class Lists(NamedTuple):
    """A sorted list of values for each entity.

    Attributes:
        first: [entities + 1] where each entity's values begin.
        values: the values.
    """

    first: Array
    values: Array


class Sketch(NamedTuple):
    """What the cheap look needs: sounds of words, hashes of numbers and datasets; birth dates.

    Attributes:
        sounds: what the words of an entity's names are found by.
        word: which word each sound is of, by its place among the entity's words.
        numbers: hashes of numbers and contacts.
        datasets: hashes of their names.
        dates: dates of birth.
        short: [entities] whether it has a name of one word.
    """

    sounds: Lists
    word: Array
    numbers: Lists
    datasets: Lists
    dates: Lists
    short: Array


def sketch(
    profiles: Sequence[Profile],
    sounds: tuple[Array, Array, Array],
    short: Array,
    numbers: tuple[Array, Array],
) -> Sketch:
    """Return the sketch of entities.

    Args:
        profiles: the entities.
        sounds: of words, the entity of each, and what stands for the word.
        short: [entities] whether it has a name of one word.
        numbers: hashes of numbers and contacts that few share, and the entity of each.
    """
    count = len(profiles)
    known: dict[str, np.uint64] = {}

    def hashes(values: Iterable[str]) -> list[np.uint64]:
        return sorted(known.setdefault(value, hash_of(value)) for value in values)

    heard, words = _grouped(sounds[0], sounds[1], count, sounds[2])
    dates = [sorted({pack_date(date) for date in p.dates} - {0}) for p in profiles]
    return Sketch(
        heard,
        _places(heard, words),
        _grouped(numbers[0], numbers[1], count)[0],
        _lists([hashes(profile.datasets) for profile in profiles], np.uint64),
        _lists(dates, np.int32),
        short,
    )


def _grouped(
    values: Array, rows: Array, count: int, beside: Array | None = None
) -> tuple[Lists, Array]:
    """Return values by entity, each once, and what stands beside each."""
    beside = values if beside is None else beside
    order = np.lexsort((beside, values, rows))
    values, rows, beside = values[order], rows[order], beside[order]
    new = np.ones(len(values), bool)
    new[1:] = (values[1:] != values[:-1]) | (rows[1:] != rows[:-1])
    first = np.searchsorted(rows[new], np.arange(count + 1)).astype(np.int64)
    return Lists(first, values[new]), beside[new]


def _places(heard: Lists, words: Array) -> Array:
    """Return for each sound the place of its word among those of the entity, at most 62."""
    found = np.zeros(len(words), np.int64)
    for row in range(len(heard.first) - 1):
        here = slice(heard.first[row], heard.first[row + 1])
        found[here] = np.unique(words[here], return_inverse=True)[1]
    return np.minimum(found, 62)


def _lists(lists: Sequence[Sequence[Any]], kind: Any) -> Lists:
    first = np.concatenate([[0], np.cumsum([len(each) for each in lists])]).astype(np.int64)
    return Lists(first, np.array([value for each in lists for value in each], kind))


@njit(cache=True, nogil=True)
def promising(known: Sketch, left: Array, right: Array) -> Array:
    """Return which pairs can turn out to be one, or to be asked about.

    That is: they share a number or contact, or two words, or one word and a birth year, or one word
    where both have a name of one word. Two that
    one publisher lists must share two words and a birth year.
    """
    found = np.zeros(len(left), np.bool_)
    for k in range(len(left)):
        i, j = left[k], right[k]
        if _shared(known.numbers, i, j, 1):
            found[k] = True
            continue
        born = _born_alike(known.dates, i, j)
        words = _shared_words(known, i, j)
        if _shared(known.datasets, i, j, 1):
            found[k] = words == 2 and born
        else:
            found[k] = words == 2 or (words == 1 and (born or (known.short[i] and known.short[j])))
    return found


@njit(cache=True, nogil=True)
def _shared_words(known: Sketch, i: int, j: int) -> int:
    """Return how many different words two entities share, counted up to two."""
    sounds, word = known.sounds, known.word
    a, b = sounds.first[i], sounds.first[j]
    ours, theirs, count = np.int64(0), np.int64(0), 0
    while a < sounds.first[i + 1] and b < sounds.first[j + 1] and count < 2:
        if sounds.values[a] == sounds.values[b]:
            one, other = np.int64(1) << word[a], np.int64(1) << word[b]
            if not ours & one and not theirs & other:
                count += 1
            ours |= one
            theirs |= other
            a += 1
            b += 1
        elif sounds.values[a] < sounds.values[b]:
            a += 1
        else:
            b += 1
    return count


@njit(cache=True, nogil=True)
def _shared(lists: Lists, i: int, j: int, most: int) -> int:
    """Return how many values two entities share, counted up to ``most``."""
    a, b, count = lists.first[i], lists.first[j], 0
    while a < lists.first[i + 1] and b < lists.first[j + 1] and count < most:
        if lists.values[a] == lists.values[b]:
            count += 1
            a += 1
            b += 1
        elif lists.values[a] < lists.values[b]:
            a += 1
        else:
            b += 1
    return count


@njit(cache=True, nogil=True)
def _born_alike(dates: Lists, i: int, j: int) -> bool:
    """Return whether two entities may be born in one year."""
    for a in range(dates.first[i], dates.first[i + 1]):
        for b in range(dates.first[j], dates.first[j + 1]):
            if date_evidence(dates.values[a], dates.values[b]) >= _YEAR:
                return True
    return False
