"""Compiled loops of dismantling: orders of removal, what they leave, and how to better them."""

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
def by_degree(start: I64, target: I32, first: I32) -> I32:
    """Return the order that always takes a node of most ties left.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        first: all nodes; of equals that have kept their degree, the later one here is taken.
    """
    n = len(start) - 1
    degree = np.empty(n, np.int32)
    for node in range(n):
        degree[node] = start[node + 1] - start[node]
    top = degree.max() if n else 0
    head, after, before = _buckets(n, top + 1)
    for node in first:
        _put(head, after, before, degree[node], node)
    order = np.empty(n, np.int32)
    for step in range(n):
        while head[top] < 0:
            top -= 1
        node = head[top]
        _take(head, after, before, top, node)
        degree[node] = -1
        order[step] = node
        for at in range(start[node], start[node + 1]):
            other = target[at]
            if degree[other] > 0:
                _take(head, after, before, degree[other], other)
                degree[other] -= 1
                _put(head, after, before, degree[other], other)
    return order


@njit(cache=True, nogil=True)
def by_core(start: I64, target: I32, first: I32) -> I32:
    """Return the order that takes nodes of most ties in the 2-core, then the middles of trees.

    Source: Zdeborova, Zhang & Zhou, Fast and simple decycling and dismantling of networks (2016).

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        first: all nodes; of equals that have kept their degree, the later one here is taken.
    """
    n = len(start) - 1
    degree = np.empty(n, np.int32)  # in the 2-core; -1 once outside
    leaves = np.empty(n, np.int32)
    waiting = 0
    for node in range(n):
        degree[node] = start[node + 1] - start[node]
        if degree[node] < 2:
            degree[node] = -1
            leaves[waiting] = node
            waiting += 1
    top = max(degree.max(), 2) if n else 2
    head, after, before = _buckets(n, top + 1)
    for node in first:
        if degree[node] >= 2:
            _put(head, after, before, degree[node], node)
    order = np.empty(n, np.int32)
    gone = np.zeros(n, np.bool_)
    done = 0
    while True:
        while waiting:
            waiting -= 1
            node = leaves[waiting]
            for at in range(start[node], start[node + 1]):
                other = target[at]
                if degree[other] >= 2:
                    _take(head, after, before, degree[other], other)
                    degree[other] -= 1
                    if degree[other] < 2:
                        degree[other] = -1
                        leaves[waiting] = other
                        waiting += 1
                    else:
                        _put(head, after, before, degree[other], other)
        while top >= 2 and head[top] < 0:
            top -= 1
        if top < 2:
            break
        node = head[top]
        _take(head, after, before, top, node)
        degree[node] = -1
        gone[node] = True
        order[done] = node
        done += 1
        leaves[0], waiting = node, 1
    _by_middles(start, target, gone, order, done)
    return order


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
def _by_middles(start: I64, target: I32, gone: NDArray[np.bool_], order: I32, done: int) -> None:
    """Order the nodes of a forest: of its largest tree always the node that leaves least joined."""
    n = len(gone)
    begin = np.zeros(n + 1, np.int64)
    for node in range(n):
        begin[node + 1] = begin[node]
        if not gone[node]:
            for at in range(start[node], start[node + 1]):
                begin[node + 1] += not gone[target[at]]
    near = np.empty(begin[n], np.int32)
    for node in range(n):
        free = begin[node]
        if not gone[node]:
            for at in range(start[node], start[node + 1]):
                if not gone[target[at]]:
                    near[free] = target[at]
                    free += 1
    head, after, before = _buckets(n, n + 1)
    below, parent = np.zeros(n, np.int32), np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    for node in range(n):
        if not gone[node] and below[node] == 0:
            _put(head, after, before, _grow(begin, near, gone, node, queue, parent, below), node)
    for size in range(n, 0, -1):
        while head[size] >= 0:
            root = head[size]
            _take(head, after, before, size, root)
            _grow(begin, near, gone, root, queue, parent, below)
            middle = _middle(begin, near, gone, root, parent, below)
            gone[middle] = True
            order[done] = middle
            done += 1
            for at in range(begin[middle], begin[middle + 1]):
                other = near[at]
                if not gone[other]:
                    part = below[other] if parent[other] == middle else size - below[middle]
                    _put(head, after, before, part, other)


@njit(cache=True, nogil=True)
def _grow(
    begin: I64, near: I32, gone: NDArray[np.bool_], root: int, queue: I32, parent: I32, below: I32
) -> int:
    """Fill in parents and sizes of subtrees of one tree, and return its size."""
    queue[0], parent[root] = root, -1
    head, tail = 0, 1
    while head < tail:
        node = queue[head]
        head += 1
        below[node] = 1
        for at in range(begin[node], begin[node + 1]):
            other = near[at]
            if not gone[other] and other != parent[node]:
                parent[other] = node
                queue[tail] = other
                tail += 1
    for place in range(tail - 1, 0, -1):
        below[parent[queue[place]]] += below[queue[place]]
    return tail


@njit(cache=True, nogil=True)
def _middle(
    begin: I64, near: I32, gone: NDArray[np.bool_], root: int, parent: I32, below: I32
) -> int:
    """Return the node of a tree without which no part is larger than half of it."""
    node, moved = root, True
    while moved:
        moved = False
        for at in range(begin[node], begin[node + 1]):
            other = near[at]
            if not gone[other] and parent[other] == node and 2 * below[other] > below[root]:
                node, moved = other, True
                break
    return node


@njit(cache=True, nogil=True)
def _buckets(n: int, count: int) -> tuple[I32, I32, I32]:
    """Return empty doubly linked lists of nodes: their heads, what is after and before a node."""
    return np.full(count, -1, np.int32), np.empty(n, np.int32), np.empty(n, np.int32)


@njit(cache=True, nogil=True)
def _put(head: I32, after: I32, before: I32, bucket: int, node: int) -> None:
    second = head[bucket]
    after[node], before[node] = second, -1
    if second >= 0:
        before[second] = node
    head[bucket] = node


@njit(cache=True, nogil=True)
def _take(head: I32, after: I32, before: I32, bucket: int, node: int) -> None:
    if before[node] < 0:
        head[bucket] = after[node]
    else:
        after[before[node]] = after[node]
    if after[node] >= 0:
        before[after[node]] = before[node]


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
