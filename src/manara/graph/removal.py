"""Compiled loops of dismantling: what an order of removal leaves, and how to better it."""

from __future__ import annotations

import heapq

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.graph.arrays import F64, I32, I64
from manara.graph.centrality import GONE, UNSEEN, accumulate

#: Fewest sources from which betweenness is estimated.
SAMPLE = 32


@njit(cache=True, nogil=True)
def largest_left(start: I64, target: I32, order: I32) -> I32:
    """Return the size of the largest component after each removal; shape (n,).

    Nodes are put back in reverse and joined as they come (Newman & Ziff 2001).
    """
    n = len(order)
    left = np.empty(n, np.int32)
    root = np.full(n, -1, np.int32)
    size = np.ones(n, np.int32)
    largest = 0
    for step in range(n - 1, -1, -1):
        left[step] = largest
        node = order[step]
        root[node] = node
        largest = max(largest, _join(start, target, root, size, node))
    return left


@njit(cache=True, nogil=True)
def by_betweenness(start: I64, target: I32, first: I32, work: float) -> I32:
    """Return the order that always takes a node of highest betweenness in what is left.

    After each removal only the component that has changed is computed anew, from all of its nodes
    or, if that is more than the work allowed, from a sample; if even a small sample is, then after
    several removals at once.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        first: all nodes; of equals the one that stands first here is taken.
        work: ties to be visited in one computation, about.
    """
    n = len(start) - 1
    total = np.zeros(n)
    distance = np.full(n, UNSEEN)
    rank = np.empty(n, np.int32)
    degree = np.empty(n, np.int32)
    for place in range(n):
        rank[first[place]] = place
        degree[place] = start[place + 1] - start[place]
    order = np.empty(n, np.int32)
    done = 0
    stale = np.ones(n, np.bool_)
    while done < n:
        batch = _refresh(start, target, first, distance, total, stale, work)
        for _ in range(batch):
            best = -1
            for node in range(n):
                if distance[node] != GONE and (
                    best < 0
                    or total[node] > total[best]
                    or (
                        total[node] == total[best]
                        and (degree[node], -rank[node]) > (degree[best], -rank[best])
                    )
                ):
                    best = node
            if best < 0:
                break
            distance[best] = GONE
            order[done] = best
            done += 1
            for at in range(start[best], start[best + 1]):
                other = target[at]
                degree[other] -= 1
                stale[other] = True
    return order


@njit(cache=True, nogil=True)
def reinserted(start: I64, target: I32, order: I32, prefix: int) -> I32:
    """Return an order whose first nodes are put back one by one where each joins least.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        order: nodes in order of removal.
        prefix: how many of the first are ordered anew.

    Source: Braunstein et al., Network dismantling (2016), the greedy reinsertion of nodes, carried
    through to a whole order.
    """
    n = len(order)
    root = np.full(n, -1, np.int32)
    size = np.ones(n, np.int32)
    for step in range(n - 1, prefix - 1, -1):
        root[order[step]] = order[step]
        _join(start, target, root, size, order[step])
    heap = [(_joined(start, target, root, size, order[place]), -place) for place in range(prefix)]
    heapq.heapify(heap)
    new = order.copy()
    left = prefix
    while left:
        expected, place = heapq.heappop(heap)
        node = order[-place]
        now = _joined(start, target, root, size, node)
        if now > expected:
            heapq.heappush(heap, (now, place))
            continue
        root[node] = node
        _join(start, target, root, size, node)
        left -= 1
        new[left] = node
    return new


@njit(cache=True, nogil=True)
def improved(start: I64, target: I32, order: I32, prefix: int, rounds: int, seed: int) -> I32:
    """Return an order of no higher R, by moving single nodes and keeping what does not harm.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        order: nodes in order of removal.
        prefix: how many of the first may move.
        rounds: moves to try.
        seed: seed of the moves.
    """
    np.random.seed(seed)
    best = order.copy()
    lowest = largest_left(start, target, best).sum()
    trial = best.copy()
    for _ in range(rounds):
        here, there = np.random.randint(prefix), np.random.randint(prefix)
        node = trial[here]
        if np.random.random() < 0.5:
            trial[here] = trial[there]
        elif here < there:
            trial[here:there] = best[here + 1 : there + 1]
        else:
            trial[there + 1 : here + 1] = best[there:here]
        trial[there] = node
        total = largest_left(start, target, trial).sum()
        low, high = min(here, there), max(here, there) + 1
        if total <= lowest:
            lowest = total
            best[low:high] = trial[low:high]
        else:
            trial[low:high] = best[low:high]
    return best


@njit(cache=True, nogil=True)
def _refresh(
    start: I64,
    target: I32,
    first: I32,
    distance: I32,
    total: F64,
    stale: NDArray[np.bool_],
    work: float,
) -> int:
    """Compute betweenness anew in components that changed; return how many nodes to take next."""
    n = len(start) - 1
    seen = np.zeros(n, np.bool_)
    members = np.empty(n, np.int64)
    batch = 1
    for root in first:
        if not stale[root] or seen[root] or distance[root] == GONE:
            stale[root] = False
            continue
        seen[root] = True
        members[0] = root
        head, tail, ties = 0, 1, 0
        while head < tail:
            node = members[head]
            head += 1
            total[node] = 0.0
            for at in range(start[node], start[node + 1]):
                other = target[at]
                if distance[other] != GONE:
                    ties += 1
                    if not seen[other]:
                        seen[other] = True
                        members[tail] = other
                        tail += 1
        if tail < 3:
            continue
        sources = min(tail, max(SAMPLE, int(work / ties)))
        chosen = members[: tail : tail // sources]
        accumulate(start, target, chosen, distance, total)
        for place in range(tail):
            stale[members[place]] = False
            total[members[place]] *= tail / len(chosen)
        batch = max(batch, int(sources * ties / work))
    return batch


@njit(cache=True, nogil=True)
def _find(root: I32, node: int) -> int:
    while root[node] != node:
        root[node] = root[root[node]]
        node = root[node]
    return node


@njit(cache=True, nogil=True)
def _join(start: I64, target: I32, root: I32, size: I32, node: int) -> int:
    """Join a node to neighbours that are there; return the size of what it is part of then."""
    own = node
    for at in range(start[node], start[node + 1]):
        if root[target[at]] >= 0:
            other = _find(root, target[at])
            if other != own:
                if size[other] > size[own]:
                    own, other = other, own
                root[other] = own
                size[own] += size[other]
    return size[own]


@njit(cache=True, nogil=True)
def _joined(start: I64, target: I32, root: I32, size: I32, node: int) -> int:
    """Return the size of what a node would be part of if it were put back."""
    total = 1
    met = [0 for _ in range(0)]
    for at in range(start[node], start[node + 1]):
        if root[target[at]] >= 0:
            other = _find(root, target[at])
            if other not in met:
                met.append(other)
                total += size[other]
    return total
