"""From weighted pairs to clusters: joins where the evidence is for it, refuses where it is against.

Correlation clustering (Bansal, Blum, Chawla 2004) within each connected component: all pairs of a
component are weighed, clusters are joined greedily while the sum of weights between them is
positive (greedy additive edge contraction, Keuper et al. 2015), then single records move where
they fit better. Rows come in order of their ids and ties go to the lower one, so the result does
not depend on the order of loading.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.identity.resolution.pairs import CACHE, pattern, weigh

Array = NDArray[Any]
#: Weight of what rules a pair out: beyond any sum of evidence for it.
BARRED = -1e9
#: Weight of what a person judged: beyond any sum of the machine's, and a no beyond any yes.
SAME, APART = 1e15, -1e24
_NEVER = -1e30


@njit(cache=True, nogil=True)
def components(count: int, left: Array, right: Array) -> Array:
    """Return for each of ``count`` rows the smallest row it is connected with (int32)."""
    parent = np.arange(count).astype(np.int32)
    for k in range(len(left)):
        a, b = left[k], right[k]
        while parent[a] != a:
            parent[a] = parent[parent[a]]
            a = parent[a]
        while parent[b] != b:
            parent[b] = parent[parent[b]]
            b = parent[b]
        if a < b:
            parent[b] = a
        elif b < a:
            parent[a] = b
    for a in range(count):
        parent[a] = parent[parent[a]]
    return parent


@njit(cache=True, nogil=True)
def correlate(weight: Array) -> Array:
    """Return the cluster of each row of a component, as the smallest row in it (int32).

    Args:
        weight: symmetric log-odds of pairs, rows in order of ids (float64 [n, n]); the diagonal
            does not count.
    """
    cluster = _contract(weight)
    _move(weight, cluster)
    count = len(cluster)
    smallest = np.full(count, count, np.int32)
    for i in range(count):
        smallest[cluster[i]] = min(smallest[cluster[i]], i)
    for i in range(count):
        cluster[i] = smallest[cluster[i]]
    return cluster


@njit(cache=True, nogil=True)
def _contract(weight: Array) -> Array:
    """Return clusters joined greedily, strongest sum of weights first."""
    count = len(weight)
    between = weight.copy()
    cluster = np.arange(count).astype(np.int32)
    alive = np.ones(count, np.bool_)
    best, partner = np.full(count, _NEVER), np.zeros(count, np.int32)
    for i in range(count):
        _find_best(between, alive, i, best, partner)
    while True:
        a = -1
        for i in range(count):
            if alive[i] and best[i] > 0.0 and (a < 0 or best[i] > best[a]):
                a = i
        if a < 0:
            return cluster
        b = partner[a]
        alive[b] = False
        for i in range(count):
            if cluster[i] == b:
                cluster[i] = a
            between[a, i] += between[b, i]
            between[i, a] = between[a, i]
        for i in range(count):
            if not alive[i]:
                continue
            if i == a or partner[i] == a or partner[i] == b:
                _find_best(between, alive, i, best, partner)
            elif i < a and between[i, a] > best[i]:
                best[i], partner[i] = between[i, a], a


@njit(cache=True, nogil=True)
def _find_best(between: Array, alive: Array, i: int, best: Array, partner: Array) -> None:
    """Set the best partner of cluster ``i`` among the later ones."""
    best[i], partner[i] = _NEVER, -1
    for j in range(i + 1, len(alive)):
        if alive[j] and between[i, j] > best[i]:
            best[i], partner[i] = between[i, j], j


@njit(cache=True, nogil=True)
def _move(weight: Array, cluster: Array) -> None:
    """Move single rows to the cluster they gain most by, or on their own, until none gains."""
    count = len(weight)
    for _ in range(20):
        moved = False
        for i in range(count):
            gain = np.zeros(count)
            size = np.zeros(count, np.int32)
            for j in range(count):
                size[cluster[j]] += 1
                if j != i:
                    gain[cluster[j]] += weight[i, j]
            here = cluster[i]
            best, where = gain[here] + 1e-6, here
            for c in range(count):
                if size[c] and gain[c] > best:
                    best, where = gain[c], c
            if best < -1e-6:
                for c in range(count):
                    if size[c] == 0:
                        where = c
                        break
            if where != here:
                cluster[i] = where
                moved = True
        if not moved:
            return


@njit(cache=True, nogil=True)
def _judged(keys: Array, verdicts: Array, a: int, b: int) -> float:
    """Return the weight of a person's judgement on two rows, 0 for none."""
    key = np.int64(min(a, b)) << 32 | np.int64(max(a, b))
    at = np.searchsorted(keys, key)
    return verdicts[at] if at < len(keys) and keys[at] == key else 0.0


@njit(cache=True, nogil=True)
def solve(
    rows: Array,
    starts: Array,
    records: tuple[Array, Array, tuple[Array, Array, Array], Array],
    scale: tuple[Array, Array, Array],
    prior: float,
    limits: tuple[float, float],
    judged: tuple[Array, Array],
) -> Array:
    """Return the cluster of each of ``rows``, as the first row of it in their order.

    Args:
        rows: rows of the components, one component after another, in order of ids within each.
        starts: where each component begins in ``rows``, and the end.
        records: values, kinds, text and rarities, as for `manara.identity.resolution.pairs`.
        scale: log-odds of levels, usual frequencies and shares, as for
            `manara.identity.resolution.pairs.weigh`.
        prior: log-odds added to every pair.
        limits: the least and the most that one pair can weigh.
        judged: sorted pairs of rows (low << 32 | high), and `SAME` or `APART` for each.
    """
    values, kinds, text, rarity = records
    table, usual, share = scale
    found = rows.copy()
    seen, known = np.full(CACHE, -1, np.int64), np.zeros(CACHE, np.int8)
    for c in range(len(starts) - 1):
        here = rows[starts[c] : starts[c + 1]]
        if len(here) == 1:
            continue
        weight = np.zeros((len(here), len(here)))
        for x in range(len(here)):
            for y in range(x):
                i, j = here[x], here[y]
                packed = pattern(values, kinds, text, seen, known, i, j)
                total = prior + weigh(packed, table, usual, share, rarity, i, j)
                total = min(max(total, limits[0]), limits[1])
                if len(judged[0]):
                    verdict = _judged(judged[0], judged[1], i, j)
                    total = verdict if verdict != 0.0 else total
                weight[x, y] = total
                weight[y, x] = total
        cluster = correlate(weight)
        for x in range(len(here)):
            found[starts[c] + x] = here[cluster[x]]
    return found


def split(count: int, left: Array, right: Array, weight: Array, limit: int) -> Array:
    """Return connected components as `components` does, none of them larger than ``limit``.

    A component that is larger loses its weakest links, one unit of log-odds at a time, whatever
    other components there are; one that does not fall apart stays whole.

    Args:
        count: how many rows there are.
        left: one row of each link.
        right: the other row of each link.
        weight: log-odds of each link.
        limit: the most rows of a component.
    """
    label = components(count, left, right)
    for least in range(1, 60):
        sizes = np.bincount(label, minlength=count)
        if not len(sizes) or sizes.max() <= limit:
            break
        keep = (sizes[label[left]] <= limit) | (weight >= least)
        left, right, weight = left[keep], right[keep], weight[keep]
        label = components(count, left, right)
    return np.asarray(label)
