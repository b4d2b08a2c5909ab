"""Compiled loops of the path search: the region that short paths lie in, and one search in it."""

from __future__ import annotations

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.graph.arrays import F64, I32, I64

#: Lengths closer than this, relative, are the same length: sums of floats depend on their order.
TOLERANCE = 1e-9
#: What sums of floats may differ by, relative.
ROUNDING = 1e-12


class Region(NamedTuple):
    """The part of a graph that holds every path from one node to another up to a length.

    Attributes:
        node: the nodes of the region, ascending.
        start: where each node's arcs start.
        head: the node that each arc leads to, by its place in `node`.
        record: the record that each arc stands for.
        rest: least length from each node to the end of the path.
    """

    node: I32
    start: I64
    head: I32
    record: I64
    rest: F64


@njit(cache=True, nogil=True)
def balls(
    start: I64, target: I32, tie: I32, cost: F64, closed: NDArray[np.bool_], a: int, b: int,
    bound: float, least: float,
) -> tuple[float, F64, F64, F64]:  # fmt: skip
    """Return the bound, least lengths from both ends, infinite beyond a radius, and both radii.

    Two searches grow until their radii together reach the bound: a path within it then has each
    node in one of the balls. Without a bound (infinity) that is the length of the shortest path.
    An infinite radius means that the ball holds all that can be reached.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        tie: the tie that leads to each.
        cost: of each tie, not negative.
        closed: nodes that no path may run through.
        a: one end.
        b: the other.
        bound: longest path of interest.
        least: cost of the cheapest tie. What is not in a ball is further than its radius, unless
            ties are free.
    """
    n = len(start) - 1
    seeking = bound == np.inf
    near = np.full((2, n), np.inf)
    near[0, a] = near[1, b] = 0.0
    heaps = [[(0.0, a)], [(0.0, b)]]
    radius = np.zeros(2)
    while heaps[0] and heaps[1]:
        if radius.sum() + min(least, TOLERANCE * bound) > bound * (1 + ROUNDING):
            break
        side = 0 if len(heaps[0]) <= len(heaps[1]) else 1
        length, node = heapq.heappop(heaps[side])
        if length <= near[side, node]:
            for at in range(start[node], start[node + 1]):
                other = np.int64(target[at])
                further = length + cost[tie[at]]
                if further < near[side, other] and not closed[other]:
                    near[side, other] = further
                    heapq.heappush(heaps[side], (further, other))
                    if seeking:
                        bound = min(bound, further + near[1 - side, other])
        while heaps[side] and heaps[side][0][0] > near[side, heaps[side][0][1]]:
            heapq.heappop(heaps[side])
        radius[side] = heaps[side][0][0] if heaps[side] else np.inf
    for side in range(2):
        for node in range(n):
            if near[side, node] > radius[side] * (1 + TOLERANCE):
                near[side, node] = np.inf
    return bound, near[0], near[1], radius


@njit(cache=True, nogil=True)
def lengths(
    start: I64, target: I32, tie: I32, cost: F64, closed: NDArray[np.bool_], origin: int,
    least: F64, also: F64, beyond: float, bound: float,
) -> F64:  # fmt: skip
    """Return least lengths from the origin to nodes that can lie on a path within the bound.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        tie: the tie that leads to each.
        cost: of each tie.
        closed: nodes that no path may run through.
        origin: where to start.
        least: length from each node on to the other end, infinite where not known.
        also: finite for nodes to be taken though their length on is not known.
        beyond: least length on of those.
        bound: longest path of interest.
    """
    limit = bound * (1 + TOLERANCE)
    found = np.full(len(start) - 1, np.inf)
    found[origin] = 0.0
    heap = [(0.0, origin)]
    while heap:
        length, node = heapq.heappop(heap)
        if length > found[node]:
            continue
        for at in range(start[node], start[node + 1]):
            other = np.int64(target[at])
            further = length + cost[tie[at]]
            if further >= found[other] or closed[other]:
                continue
            if least[other] < np.inf or bound == np.inf:
                within = further + least[other] <= limit
            else:
                within = also[other] < np.inf and further + beyond <= bound * (1 + ROUNDING)
            if within:
                found[other] = further
                heapq.heappush(heap, (further, other))
    return found


@njit(cache=True, nogil=True)
def cut(
    start: I64, target: I32, tie: I32, first_record: I64, cost: F64, begun: F64, rest: F64,
    bound: float,
) -> tuple[I32, I64, I32, I64, F64]:  # fmt: skip
    """Return the fields of the `Region` of nodes and records on paths within the bound.

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        tie: the tie that leads to each.
        first_record: where each tie's records start.
        cost: of each record.
        begun: least length from the beginning to each node, infinite outside.
        rest: least length from each node to the end, infinite outside.
        bound: longest path of interest.
    """
    limit = bound * (1 + TOLERANCE)
    number = np.full(len(start) - 1, -1, np.int32)
    kept = 0
    for node in range(len(number)):
        if begun[node] + rest[node] <= limit and begun[node] < np.inf:
            number[node] = kept
            kept += 1
    nodes, onward = np.empty(kept, np.int32), np.empty(kept)
    begin = np.zeros(kept + 1, np.int64)
    head, record = np.empty(0, np.int32), np.empty(0, np.int64)
    for fill in range(2):
        arcs = 0
        for node in range(len(number)):
            here = number[node]
            if here < 0:
                continue
            nodes[here], onward[here] = node, rest[node]
            for at in range(start[node], start[node + 1]):
                there = number[target[at]]
                if there < 0:
                    continue
                for one in range(first_record[tie[at]], first_record[tie[at] + 1]):
                    if begun[node] + cost[one] + rest[target[at]] <= limit:
                        if fill:
                            head[arcs], record[arcs] = there, one
                        arcs += 1
            begin[here + 1] = arcs
        if not fill:
            head, record = np.empty(arcs, np.int32), np.empty(arcs, np.int64)
    return nodes, begin, head, record, onward


@njit(cache=True, nogil=True)
def spur(
    start: I64, head: I32, record: I64, rest: F64, cost: F64, first: I64, last: I64,
    banned: NDArray[np.bool_], not_next: I64, node: int, end: int, spent: F64, day: I64,
    bound: float,
) -> I32:  # fmt: skip
    """Return the nodes of the best path on from a node, empty if there is none.

    A search by length so far and least length on (A*), with one label a node and arrival day that
    no cheaper label beats.

    Args:
        start: of the region.
        head: of the region.
        record: of the region.
        rest: of the region.
        cost: of each record.
        first: first day of each record.
        last: last day of each record.
        banned: nodes of the region that the path so far has used.
        not_next: nodes that may not come right after.
        node: where the path so far ends.
        end: where it shall end.
        spent: length of the path so far, by choice of records.
        day: earliest day at its end, for each choice.
        bound: longest path of interest.
    """
    limit = bound * (1 + TOLERANCE)
    earliest = np.full(len(start) - 1, np.iinfo(np.int64).max)
    reached = np.zeros(len(start) - 1, np.bool_)
    at_node = [node for _ in spent]
    at_cost, at_day = list(spent), list(day)
    before = [-1 for _ in spent]
    heap = [(at_cost[choice] + rest[node], choice) for choice in range(len(spent))]
    heapq.heapify(heap)
    while heap:
        _, label = heapq.heappop(heap)
        here = at_node[label]
        if reached[here] and at_day[label] >= earliest[here]:
            continue
        reached[here], earliest[here] = True, at_day[label]
        if here == end:
            return _trace(at_node, before, label)
        for at in range(start[here], start[here + 1]):
            other, one = np.int64(head[at]), record[at]
            when = max(at_day[label], first[one])
            further = at_cost[label] + cost[one]
            if banned[other] or when > last[one] or further + rest[other] > limit:
                continue
            if reached[other] and when >= earliest[other]:
                continue
            if here == node and (not_next == other).any():
                continue
            at_node.append(other)
            at_cost.append(further)
            at_day.append(when)
            before.append(label)
            heapq.heappush(heap, (further + rest[other], len(at_node) - 1))
    return np.empty(0, np.int32)


@njit(cache=True, nogil=True)
def _trace(at_node: list[int], before: list[int], label: int) -> I32:
    nodes = [0]
    nodes.clear()
    while label >= 0:
        nodes.append(at_node[label])
        label = before[label]
    return np.array(nodes[::-1], np.int32)


@njit(cache=True, nogil=True)
def in_time(
    start: I64, target: I32, tie: I32, first_record: I64, first: I64, last: I64,
    closed: NDArray[np.bool_], a: int, b: int,
) -> bool:  # fmt: skip
    """Return whether some path from a to b does not run back in time."""
    earliest = np.full(len(start) - 1, np.iinfo(np.int64).max)
    earliest[a] = np.iinfo(np.int64).min
    heap = [(earliest[a], a)]
    while heap:
        day, node = heapq.heappop(heap)
        if node == b:
            return True
        if day > earliest[node]:
            continue
        for at in range(start[node], start[node + 1]):
            other = np.int64(target[at])
            if closed[other]:
                continue
            for one in range(first_record[tie[at]], first_record[tie[at] + 1]):
                when = max(day, first[one])
                if when <= last[one] and when < earliest[other]:
                    earliest[other] = when
                    heapq.heappush(heap, (when, other))
    return False
