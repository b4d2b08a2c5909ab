"""Names compared word by word: which words of two names are one, and what is left over.

Both names are made of words of one dictionary (`manara.identity.screening.kernels.Words`), so that
two words are compared once however many names have them. Words meet as in screening: equal words,
words of one group of spellings, readings that are near by learned costs of letters, initials.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.identity.screening.alignment import agreement
from manara.identity.screening.kernels import (
    F32,
    I32,
    I64,
    MAX_COST_SHARE,
    MAX_LETTERS,
    U8,
    U64,
    Costs,
    Words,
    borrowing,
    reading_cost,
)
from manara.identity.screening.likelihood import (
    INITIAL,
    JOINED,
    MAX_WORDS,
    NAME,
    ROLE_WEIGHT,
    WEIGHTS,
)

Array = NDArray[Any]
#: Cost share of two different words of one group of spellings.
_GROUP_SHARE = 0.04
#: The same of a short form and a name it may stand for: one in two or three is written short.
_SHORT_SHARE = 0.1
#: What an initial says that fits a word.
_INITIAL_GAIN = 0.8
#: Pairs of words whose cost is remembered, and how far words of names are told apart by position.
CACHE = 1 << 20
_APART = -1.0


class Book(NamedTuple):
    """Names of entities and their words.

    Attributes:
        first: [entities + 1] the first name of each entity.
        weak: [names] nats taken off a name for being a weak alias.
        start: [names + 1] the first word of each name.
        word: words of the dictionary, name by name.
        role: what each does in its name, see `manara.identity.screening.likelihood.ROLES`.
        cover: bits of the plain words of the name that each stands for.
        hashes: [words] hash of each word of the dictionary.
        sounds: [words, ways] what each is found by, 0 for none.
        full: [words, names] names that each may stand for, 0 for none.
        words: the dictionary.
        costs: letter costs.
    """

    first: I64
    weak: F32
    start: I64
    word: I32
    role: U8
    cover: I32
    hashes: U64
    sounds: U64
    full: U64
    words: Words
    costs: Costs


class Compared(NamedTuple):
    """What words of a book were compared for before, by pair; one thread at a time.

    Attributes:
        keys: [CACHE] pairs of words, 0 for none.
        shares: [CACHE] the cost share of each.
    """

    keys: U64
    shares: F32


def nothing_compared() -> Compared:
    """Return what is known of a new book: nothing."""
    return Compared(np.zeros(CACHE, np.uint64), np.zeros(CACHE, np.float32))


@njit(cache=True, nogil=True)
def worth(agreeing: float, against: float, omitted: float) -> float:
    """Return what a pair of names says, in nats, before the number of names is considered.

    Args:
        agreeing: what the words say that met.
        against: rarity of words left over on both sides, the lesser of the two.
        omitted: rarity of words that only one side has.
    """
    return agreeing - 1.5 * against - 0.5 * omitted


@njit(cache=True, nogil=True)
def best_names(book: Book, left: I32, right: I32, compared: Compared) -> Array:
    """Return the best pair of names of each pair of entities.

    Args:
        book: the names.
        left: entities.
        right: as many others.
        compared: what this book's words were compared for, which grows.

    Returns:
        [pairs, 6]: agreeing, against and omitted as for `worth`, what the words that met would say
        more if they were equal, the name of the left entity and of the right one; -1 for both where
        one has no name.
    """
    found = np.zeros((len(left), 6))
    found[:, 4:] = -1
    keys, shares = compared.keys, compared.shares
    rows = np.empty((3, MAX_LETTERS + 1), np.float32)
    gain = np.zeros((MAX_WORDS, MAX_WORDS), np.float32)
    alike = np.zeros((2, MAX_WORDS), np.bool_)
    parts = np.zeros(4)
    for k in range(len(left)):
        best = 0.0
        for a in range(book.first[left[k]], book.first[left[k] + 1]):
            for b in range(book.first[right[k]], book.first[right[k] + 1]):
                _align(book, a, b, keys, shares, rows, gain, alike, parts)
                now = worth(parts[0], parts[1], parts[2]) - max(book.weak[a], book.weak[b])
                if found[k, 4] < 0 or now > best:
                    best = now
                    found[k, :4] = parts
                    found[k, 4], found[k, 5] = a, b
    return found


@borrowing
def _align(
    book: Book, a: int, b: int, keys: U64, shares: F32, rows: F32, gain: F32, alike: Array,
    parts: Array,
) -> None:  # fmt: skip
    """Put agreeing, against, omitted and what likeness lost of two names into ``parts``.

    Words are matched one to one, the order free, the strongest pair first; a joined word takes the
    place of the words it is made of.
    """
    p, q = book.start[a], book.start[b]
    n, m = min(book.start[a + 1] - p, MAX_WORDS), min(book.start[b + 1] - q, MAX_WORDS)
    _fill(book, p, n, q, m, gain, alike, keys, shares, rows)
    met, taken, agreeing, lost = 0, 0, 0.0, 0.0
    while True:
        best, bi, bj = 0.0, -1, -1
        for i in range(n):
            if book.cover[p + i] & met:
                continue
            for j in range(m):
                if gain[i, j] > best and not book.cover[q + j] & taken:
                    best, bi, bj = gain[i, j], i, j
        if bi < 0:
            break
        met |= book.cover[p + bi]
        taken |= book.cover[q + bj]
        agreeing += best
        lost += _whole(book, p + bi, q + bj) - best
    ours, theirs = _left_over(book, p, n, met), _left_over(book, q, m, taken)
    parts[0] = agreeing
    parts[1] = min(ours, theirs)
    parts[2] = max(ours, theirs) - parts[1]
    parts[3] = max(lost, 0.0)


@borrowing
def _fill(
    book: Book, p: int, n: int, q: int, m: int, gain: F32, alike: Array, keys: U64, shares: F32,
    rows: F32,
) -> None:  # fmt: skip
    """Fill in what pairs of words say: those that sound alike first, then those left over.

    Names without any word that sounds alike are strangers and stay at 0.
    """
    some = False
    for i in range(n):
        alike[0, i] = False
    for j in range(m):
        alike[1, j] = False
    for i in range(n):
        for j in range(m):
            gain[i, j] = 0.0
            if _sounds_alike(book, p + i, q + j):
                gain[i, j] = _gain(book, p + i, q + j, keys, shares, rows)
                if gain[i, j] > 0.0:
                    alike[0, i], alike[1, j], some = True, True, True
    if not some:
        return
    for i in range(n):
        for j in range(m):
            if not alike[0, i] and not alike[1, j]:
                gain[i, j] = _gain(book, p + i, q + j, keys, shares, rows)


@borrowing
def _sounds_alike(book: Book, x: int, y: int) -> bool:
    """Return whether two words of names are found by the same sound."""
    a, b = book.word[x], book.word[y]
    if a == b:
        return True
    return _meet(book.sounds, a, b)


@njit(cache=True, nogil=True)
def _meet(values: U64, a: int, b: int) -> bool:
    """Return whether two rows of values, 0 for none, have one in common."""
    for r in range(values.shape[1]):
        for s in range(values.shape[1]):
            if values[a, r] and values[a, r] == values[b, s]:
                return True
    return False


@borrowing
def _left_over(book: Book, start: int, count: int, met: int) -> float:
    """Return the rarity of the plain words that did not meet."""
    total = 0.0
    for k in range(start, start + count):
        if book.role[k] != JOINED and not book.cover[k] & met:
            total += book.words.rarity[book.word[k]] * ROLE_WEIGHT[book.role[k]]
    return total


@borrowing
def _gain(book: Book, x: int, y: int, keys: U64, shares: F32, rows: F32) -> float:
    """Return what two words say for it that they are one, 0 if they are not."""
    one, other = book.role[x], book.role[y]
    a, b = book.word[x], book.word[y]
    words = book.words
    if one == INITIAL or other == INITIAL:
        if one not in (NAME, INITIAL) or other not in (NAME, INITIAL):
            return 0.0
        return _INITIAL_GAIN if _same_initial(words, a, b) else 0.0
    if one == JOINED and other == JOINED:
        return 0.0
    share = 0.0
    if a != b:
        share = _share(book, a, b, keys, shares, rows)
        # Only words of names are met by a likeness; a number or legal form is that or another.
        plain = one in (NAME, JOINED) and other in (NAME, JOINED)
        if share < 0 or not (plain or share <= _GROUP_SHARE):
            return 0.0
    whole = _whole(book, x, y)
    return agreement(whole, whole, share, WEIGHTS)


@borrowing
def _whole(book: Book, x: int, y: int) -> float:
    """Return what two words would say if they were equal, as the commoner of them."""
    one, other = book.role[x], book.role[y]
    if one == INITIAL or other == INITIAL:
        return _INITIAL_GAIN
    factor = min(
        1.0 if one == JOINED else float(ROLE_WEIGHT[one]),
        1.0 if other == JOINED else float(ROLE_WEIGHT[other]),
    )
    rarity = book.words.rarity
    return float(factor * min(rarity[book.word[x]], rarity[book.word[y]]))


@borrowing
def _share(book: Book, a: int, b: int, keys: U64, shares: F32, rows: F32) -> float:
    """Return the cost share of two different words, -1 for words that are not one."""
    if book.hashes[a] > book.hashes[b]:
        a, b = b, a
    key = (np.uint64(a) << np.uint64(32) | np.uint64(b)) + np.uint64(1)
    slot = np.int64((key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(44))
    if keys[slot] == key:
        return float(shares[slot])
    words = book.words
    share: float = reading_cost(
        words.letters, words.letter, words.masks, words.reading[a], words.reading[a + 1],
        words.habit[a], words, b, book.costs, rows, MAX_COST_SHARE,
    )  # fmt: skip
    if words.group[a] and words.group[a] == words.group[b]:
        share = min(share, _GROUP_SHARE)
    elif share > _SHORT_SHARE and _meet(book.full, a, b):
        share = _SHORT_SHARE
    if share > MAX_COST_SHARE:
        share = _APART
    keys[slot] = key
    shares[slot] = share
    return share


@borrowing
def _same_initial(words: Words, a: int, b: int) -> bool:
    """Return whether some readings of both begin with one letter."""
    for r in range(words.reading[a], words.reading[a + 1]):
        for s in range(words.reading[b], words.reading[b + 1]):
            if words.letters[words.letter[r]] == words.letters[words.letter[s]]:
                return True
    return False
