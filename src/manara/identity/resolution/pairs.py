"""How alike two records are, field by field: compiled kernels over code points and row codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Levels of agreement, the same numbers for every field; ``MISSING`` says nothing either way.
MISSING, DIFFERENT, FAR, NEAR, PARTIAL, ELSEWHERE, EXACT = range(7)
LEVELS = 7
LEVEL_NAMES = (
    "not stated on both",
    "different",
    "slightly alike",
    "nearly the same",
    "the same in part",
    "the same in another place",
    "the same",
)
#: Kinds of comparison.
NAME, PLAIN, CODE, DATE = range(4)
_BITS = 3
CACHE = 1 << 16
#: Jaro-Winkler similarities from which two words are nearly the same, and slightly alike (the
#: levels in common use, Winkler 2006).
NEAR_FROM, FAR_FROM = 0.92, 0.8

Array = NDArray[Any]


@njit(cache=True, nogil=True)
def _jaro_winkler(points: Array, a0: int, a1: int, b0: int, b1: int) -> float:
    """Return the similarity of two runs of code points (Winkler 1990; prefix of 4, scale 0.1)."""
    la, lb = min(a1 - a0, 64), min(b1 - b0, 64)
    if la == 0 or lb == 0:
        return 1.0 if la == lb else 0.0
    reach = max(max(la, lb) // 2 - 1, 0)
    one = np.uint64(1)
    used_a, used_b, matches = np.uint64(0), np.uint64(0), 0
    for i in range(la):
        for j in range(max(0, i - reach), min(lb, i + reach + 1)):
            bit = one << np.uint64(j)
            if not (used_b & bit) and points[a0 + i] == points[b0 + j]:
                used_a |= one << np.uint64(i)
                used_b |= bit
                matches += 1
                break
    if matches == 0:
        return 0.0
    moved, j = 0, 0
    for i in range(la):
        if used_a & (one << np.uint64(i)):
            while not (used_b & (one << np.uint64(j))):
                j += 1
            if points[a0 + i] != points[b0 + j]:
                moved += 1
            j += 1
    jaro = (matches / la + matches / lb + (matches - moved // 2) / matches) / 3.0
    prefix = 0
    while prefix < min(4, la, lb) and points[a0 + prefix] == points[b0 + prefix]:
        prefix += 1
    return jaro + prefix * 0.1 * (1.0 - jaro)


@njit(cache=True, nogil=True)
def _one_edit(points: Array, a0: int, a1: int, b0: int, b1: int) -> bool:
    """Return whether the runs differ by at most one edit, without a table."""
    la, lb = a1 - a0, b1 - b0
    if abs(la - lb) > 1:
        return False
    head = 0
    while head < min(la, lb) and points[a0 + head] == points[b0 + head]:
        head += 1
    tail = 0
    while tail < min(la, lb) - head and points[a1 - 1 - tail] == points[b1 - 1 - tail]:
        tail += 1
    rest_a, rest_b = la - head - tail, lb - head - tail
    if max(rest_a, rest_b) <= 1:
        return True
    p, q = a0 + head, b0 + head
    swapped = points[p] == points[q + 1] and points[p + 1] == points[q]
    return rest_a == 2 and rest_b == 2 and swapped


@njit(cache=True, nogil=True)
def letters(points: Array, starts: Array) -> Array:
    """Return of each string which of 32 classes of letters occur once and twice (uint64 masks)."""
    found = np.zeros(len(starts) - 1, np.uint64)
    for s in range(len(found)):
        for p in range(starts[s], starts[s + 1]):
            once = np.uint64(1) << np.uint64(points[p] & 31)
            if found[s] & once:
                once <<= np.uint64(32)
            found[s] |= once
    return found


@njit(cache=True, nogil=True)
def _ones(mask: int) -> int:
    """Return how many bits are set."""
    x = np.uint64(mask)
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True, nogil=True)
def _text_level(text: tuple[Array, Array, Array], a: int, b: int, kind: int) -> int:
    """Return the level of two different strings."""
    points, starts, masks = text
    a0, a1, b0, b1 = starts[a], starts[a + 1], starts[b], starts[b + 1]
    la, lb = a1 - a0, b1 - b0
    short = min(la, lb)
    same = 0
    while same < short and points[a0 + same] == points[b0 + same]:
        same += 1
    if short >= 4 and _one_edit(points, a0, a1, b0, b1):
        return NEAR
    if kind == CODE:
        return PARTIAL if same >= 3 and 2 * same >= max(la, lb) else DIFFERENT
    if same == short and (short == 1 or short >= 3):
        return PARTIAL
    # At most this many letters can be shared, so no pair that is alike is passed over.
    both = _ones(masks[a] & masks[b]) + min(la - _ones(masks[a]), lb - _ones(masks[b]))
    most = (both / la + both / lb + 1.0) / 3.0
    if most + min(same, 4) * 0.1 * (1.0 - most) < FAR_FROM:
        return DIFFERENT
    if la > lb or (la == lb and points[a0 + same] > points[b0 + same]):
        # Letters are matched greedily, so that the order could tell.
        a0, a1, b0, b1 = b0, b1, a0, a1
    alike = _jaro_winkler(points, a0, a1, b0, b1)
    return NEAR if alike >= NEAR_FROM else FAR if alike >= FAR_FROM else DIFFERENT


@njit(cache=True, nogil=True)
def _date_level(a: int, b: int) -> int:
    """Return the level of two different dates, each year * 10000 + month * 100 + day."""
    ya, yb = a // 10000, b // 10000
    ma, mb = a // 100 % 100, b // 100 % 100
    da, db = a % 100, b % 100
    if ya == yb:
        if ma == 0 or mb == 0 or (ma == mb and (da == 0 or db == 0)):
            return PARTIAL
        if ma == db and da == mb:
            return NEAR
    wrong = 0
    p, q = a, b
    for _ in range(8):
        wrong += p % 10 != q % 10
        p //= 10
        q //= 10
    if wrong <= 1:
        return NEAR
    if ya == yb or (abs(ya - yb) == 1 and ma == mb and da == db) or wrong == 2:
        return FAR
    return DIFFERENT


@njit(cache=True, nogil=True)
def _elsewhere(values: Array, kinds: Array, i: int, j: int, field: int) -> bool:
    """Return whether a name part of one record stands as another part of the other.

    One shared word counts once: of two fields it joins, the first has it; both if they are swapped.
    """
    a, b = values[i, field], values[j, field]
    for other in range(len(kinds)):
        if kinds[other] != NAME or other == field:
            continue
        there, here = values[j, other] == a, values[i, other] == b
        if (there and here) or (other > field and (there or here)):
            return True
    return False


@njit(cache=True, nogil=True)
def pattern(
    values: Array,
    kinds: Array,
    text: tuple[Array, Array, Array],
    seen: Array,
    known: Array,
    i: int,
    j: int,
) -> int:
    """Return the levels of all fields of one pair, three bits a field, the first one lowest."""
    packed = 0
    for field in range(len(kinds)):
        a, b = values[i, field], values[j, field]
        kind = kinds[field]
        if a < 0 or b < 0:
            continue
        if a == b:
            level = EXACT
        elif kind == DATE:
            level = _date_level(a, b)
        elif kind == NAME and _elsewhere(values, kinds, i, j, field):
            level = ELSEWHERE
        else:
            low, high = (a, b) if a < b else (b, a)
            both = np.int64(low) << 33 | np.int64(high) << 2 | np.int64(kind)
            slot = (both * 0x9E3779B97F4A7C1) >> 40 & (CACHE - 1)
            if seen[slot] == both:
                level = known[slot]
            else:
                level = _text_level(text, a, b, kind)
                seen[slot] = both
                known[slot] = level
        packed |= level << (_BITS * field)
    return packed


@njit(cache=True, nogil=True)
def patterns(
    values: Array, kinds: Array, text: tuple[Array, Array, Array], left: Array, right: Array
) -> Array:
    """Return the packed levels of many pairs of rows (int64)."""
    seen, known = np.full(CACHE, -1, np.int64), np.zeros(CACHE, np.int8)
    found = np.empty(len(left), np.int64)
    for k in range(len(left)):
        found[k] = pattern(values, kinds, text, seen, known, left[k], right[k])
    return found


@njit(cache=True, nogil=True)
def weigh(
    packed: int, table: Array, usual: Array, share: Array, rarity: Array, i: int, j: int
) -> float:
    """Return the log-odds of one pair from its levels and the rarity of what agrees."""
    total = 0.0
    for field in range(len(usual)):
        level = packed >> (_BITS * field) & 7
        if level:
            total += table[field, level]
            if share[level] > 0.0:
                common = max(rarity[i, field], rarity[j, field])
                total += share[level] * (usual[field] - common)
    return float(total)


@njit(cache=True, nogil=True)
def weights(
    packed: Array,
    table: Array,
    usual: Array,
    share: Array,
    rarity: Array,
    left: Array,
    right: Array,
) -> Array:
    """Return the log-odds of many pairs (float32)."""
    found = np.empty(len(packed), np.float32)
    for k in range(len(packed)):
        found[k] = weigh(packed[k], table, usual, share, rarity, left[k], right[k])
    return found


def unpack(packed: Array, fields: int) -> Array:
    """Return the levels of packed pairs as an int8 array, a row a pair, a column a field."""
    shifts = _BITS * np.arange(fields)
    return (packed[:, None] >> shifts & 7).astype(np.int8)


def _points(text: str) -> Array:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)


def jaro_winkler(left: str, right: str) -> float:
    """Return the Jaro-Winkler similarity of two strings, 0 to 1, over code points.

    Of each string the first 64 characters count. Method: Winkler 1990, prefix scale 0.1.
    """
    joined = _points(left + right)
    return float(_jaro_winkler(joined, 0, len(left), len(left), len(joined)))


def one_edit(left: str, right: str) -> bool:
    """Return whether two strings differ by at most one edit, over code points.

    An edit inserts, deletes or replaces a character, or swaps two neighbours.
    """
    joined = _points(left + right)
    return bool(_one_edit(joined, 0, len(left), len(left), len(joined)))
