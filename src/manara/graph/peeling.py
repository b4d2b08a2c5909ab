"""Compiled loops of dismantling by degree: orders of removal from lists of nodes by their ties."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.graph.arrays import I32, I64


@njit(cache=True, nogil=True)
def by_degree(start: I64, target: I32, first: I32) -> I32:
    """Return the order that always takes a node of most ties left.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        first: all nodes; which of equals is taken depends on it.
    """
    n = len(start) - 1
    degree = np.empty(n, np.int32)
    for node in range(n):
        degree[node] = start[node + 1] - start[node]
    top = degree.max() if n else 0
    # A node stays in the list of a former degree until it is met there: degrees only fall.
    head, after = _buckets(n, top + 1)
    for node in first:
        _put(head, after, degree[node], node)
    order = np.empty(n, np.int32)
    done = 0
    while done < n:
        while head[top] < 0:
            top -= 1
        node = head[top]
        head[top] = after[node]
        if degree[node] < top:
            _put(head, after, degree[node], node)
            continue
        order[done] = node
        done += 1
        for at in range(start[node], start[node + 1]):
            degree[target[at]] -= 1
    return order


@njit(cache=True, nogil=True)
def by_core(start: I64, target: I32, first: I32) -> I32:
    """Return the order that takes nodes of most ties in the 2-core, then the middles of trees.

    Source: Zdeborova, Zhang & Zhou, Fast and simple decycling and dismantling of networks (2016).

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        first: all nodes; which of equals is taken depends on it.
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
    head, after = _buckets(n, top + 1)
    for node in first:
        if degree[node] >= 2:
            _put(head, after, degree[node], node)
    order = np.empty(n, np.int32)
    gone = np.zeros(n, np.bool_)
    done = 0
    while True:
        while waiting:
            waiting -= 1
            node = leaves[waiting]
            for at in range(start[node], start[node + 1]):
                other = target[at]
                degree[other] -= 1
                if degree[other] == 1:
                    degree[other] = -1
                    leaves[waiting] = other
                    waiting += 1
        while top >= 2 and head[top] < 0:
            top -= 1
        if top < 2:
            break
        node = head[top]
        head[top] = after[node]
        if degree[node] < 2:
            continue
        if degree[node] < top:
            _put(head, after, degree[node], node)
            continue
        degree[node] = -1
        gone[node] = True
        order[done] = node
        done += 1
        leaves[0], waiting = node, 1
    _by_middles(start, target, gone, order, done)
    return order


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
    head, after = _buckets(n, n + 1)
    below, parent = np.zeros(n, np.int32), np.full(n, -1, np.int32)
    queue = np.empty(n, np.int32)
    for node in range(n):
        if not gone[node] and below[node] == 0:
            _put(head, after, _grow(begin, near, gone, node, queue, parent, below), node)
    for size in range(n, 0, -1):
        while head[size] >= 0:
            root = head[size]
            head[size] = after[root]
            _grow(begin, near, gone, root, queue, parent, below)
            middle = _middle(begin, near, gone, root, parent, below)
            gone[middle] = True
            order[done] = middle
            done += 1
            for at in range(begin[middle], begin[middle + 1]):
                other = near[at]
                if not gone[other]:
                    part = below[other] if parent[other] == middle else size - below[middle]
                    _put(head, after, part, other)


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
def _buckets(n: int, count: int) -> tuple[I32, I32]:
    """Return empty linked lists of nodes: their heads, and what comes after a node."""
    return np.full(count, -1, np.int32), np.empty(n, np.int32)


@njit(cache=True, nogil=True)
def _put(head: I32, after: I32, bucket: int, node: int) -> None:
    after[node] = head[bucket]
    head[bucket] = node
