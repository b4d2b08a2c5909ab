"""How a graph hangs together: components, cores, and the places where it would break."""

from __future__ import annotations

import numpy as np
from numba import njit

from manara.graph.arrays import F64, I32, I64, Graph


def components(graph: Graph) -> I32:
    """Return the component of each node, numbered from 0 by falling size; shape (n,)."""
    label, count = label_components(graph.start, graph.target)
    size = np.bincount(label, minlength=count)
    number = np.empty(count, np.int32)
    number[np.argsort(-size, kind="stable")] = np.arange(count, dtype=np.int32)
    return number[label]


def core_numbers(graph: Graph) -> I32:
    """Return the largest k for which each node is in the k-core; shape (n,).

    Source: Batagelj & Zaversnik, An O(m) algorithm for cores decomposition (2003).
    """
    return _cores(graph.start, graph.target)


def fragmentation(graph: Graph) -> F64:
    """Return the share of pairs that cannot reach each other once a node is gone; shape (n,).

    Source: Borgatti, Identifying sets of key players in a social network (2006), equation 4, for
    each node alone. From the cut nodes of one depth-first walk (Hopcroft & Tarjan 1973).
    """
    if graph.n < 3:
        return np.ones(graph.n)
    label = components(graph)
    size = np.bincount(label)
    joined = float((size * (size - 1.0)).sum())
    own = size[label].astype(np.float64)
    inside = _pairs_without(graph.start, graph.target, size[label])
    return 1.0 - (joined - own * (own - 1.0) + inside) / ((graph.n - 1.0) * (graph.n - 2.0))


@njit(cache=True, nogil=True)
def label_components(start: I64, target: I32) -> tuple[I32, int]:
    """Return the component of each node, in the order in which they are met, and how many."""
    n = len(start) - 1
    label = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    count = 0
    for root in range(n):
        if label[root] >= 0:
            continue
        label[root] = count
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            node = queue[head]
            head += 1
            for at in range(start[node], start[node + 1]):
                other = target[at]
                if label[other] < 0:
                    label[other] = count
                    queue[tail] = other
                    tail += 1
        count += 1
    return label, count


@njit(cache=True, nogil=True)
def _cores(start: I64, target: I32) -> I32:
    n = len(start) - 1
    core = np.empty(n, np.int32)
    for node in range(n):
        core[node] = start[node + 1] - start[node]
    most = core.max() if n else 0
    first = np.zeros(most + 2, np.int64)  # where the nodes of each degree begin in `order`
    for node in range(n):
        first[core[node] + 1] += 1
    for degree in range(most + 1):
        first[degree + 1] += first[degree]
    order, place = np.empty(n, np.int32), np.empty(n, np.int64)
    free = first.copy()
    for node in range(n):
        place[node] = free[core[node]]
        order[place[node]] = node
        free[core[node]] += 1
    for step in range(n):
        node = order[step]
        for at in range(start[node], start[node + 1]):
            other = target[at]
            degree = core[other]
            if degree > core[node]:
                swap_place = max(first[degree], step + 1)
                swapped = order[swap_place]
                order[place[other]], order[swap_place] = swapped, other
                place[swapped], place[other] = place[other], swap_place
                first[degree] = swap_place + 1
                core[other] = degree - 1
    return core


@njit(cache=True, nogil=True)
def _pairs_without(start: I64, target: I32, size: I64) -> F64:
    """Return the ordered pairs joined within each node's component once that node is gone."""
    n = len(start) - 1
    inside = np.zeros(n)
    split = np.zeros(n, np.int64)  # nodes that the node cuts off from the root's side
    seen, low = np.full(n, -1, np.int64), np.empty(n, np.int64)
    below = np.ones(n, np.int64)
    parent, at = np.full(n, -1, np.int32), start[:-1].copy()
    stack = np.empty(n, np.int32)
    clock = 0
    for root in range(n):
        if seen[root] >= 0:
            continue
        stack[0], top = root, 0
        seen[root] = low[root] = clock
        clock += 1
        while top >= 0:
            node = stack[top]
            if at[node] < start[node + 1]:
                other = target[at[node]]
                at[node] += 1
                if seen[other] < 0:
                    parent[other] = node
                    seen[other] = low[other] = clock
                    clock += 1
                    top += 1
                    stack[top] = other
                elif other != parent[node]:
                    low[node] = min(low[node], seen[other])
                continue
            rest = size[node] - 1 - split[node]
            inside[node] += rest * (rest - 1.0)
            top -= 1
            above = parent[node]
            if above >= 0:
                below[above] += below[node]
                low[above] = min(low[above], low[node])
                if low[node] >= seen[above]:
                    split[above] += below[node]
                    inside[above] += below[node] * (below[node] - 1.0)
    return inside


def efficiency(graph: Graph, sources: int | None = None, seed: int = 0) -> float:
    """Return the mean of one over the distance of all pairs, 0 for those apart; 0 to 1.

    Args:
        graph: who is tied to whom.
        sources: nodes to measure from, drawn at random; all where not given.
        seed: seed of the draw.

    Source: Latora & Marchiori, Efficient behavior of small-world networks (2001).
    """
    chosen = np.arange(graph.n)
    if sources is not None and sources < graph.n:
        chosen = np.random.default_rng(seed).choice(graph.n, sources, replace=False)
    pairs = len(chosen) * (graph.n - 1)
    return nearness(graph.start, graph.target, chosen) / pairs if pairs > 0 else 0.0


@njit(cache=True, nogil=True)
def nearness(start: I64, target: I32, sources: I64) -> float:
    """Return the sum of one over the distance from the sources to all others."""
    n = len(start) - 1
    distance = np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    total = 0.0
    for source in sources:
        distance[source] = 0
        queue[0] = source
        head, tail = 0, 1
        while head < tail:
            node = queue[head]
            head += 1
            for at in range(start[node], start[node + 1]):
                other = target[at]
                if distance[other] < 0:
                    distance[other] = distance[node] + 1
                    total += 1.0 / distance[other]
                    queue[tail] = other
                    tail += 1
        for place in range(tail):
            distance[queue[place]] = -1
    return total
