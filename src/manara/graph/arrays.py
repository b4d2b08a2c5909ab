"""A graph in flat arrays: who is tied to whom, each pair once, neighbours side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numba import njit
from numpy.typing import NDArray

from manara.model import UsageError

I32: TypeAlias = NDArray[np.int32]
I64: TypeAlias = NDArray[np.int64]
F64: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """An undirected graph without loops or parallel ties (compressed sparse rows).

    Node ``v`` has the neighbours ``target[start[v]:start[v + 1]]``, in ascending order, by the ties
    ``tie[start[v]:start[v + 1]]``. So every tie stands in two rows, and once in `ends`.

    Attributes:
        nodes: name of each node, n of them.
        ends: the two nodes of each tie, the lower first; shape (m, 2), sorted.
        weight: weight of each tie, positive; shape (m,).
        start: where each node's neighbours start; shape (n + 1,).
        target: neighbours; shape (2 m,).
        tie: the tie that leads to each of them; shape (2 m,).
    """

    nodes: Sequence[str]
    ends: I32
    weight: F64
    start: I64
    target: I32
    tie: I32

    @classmethod
    def of(
        cls,
        nodes: Sequence[str],
        source: I32,
        target: I32,
        weight: F64 | None = None,
    ) -> Self:
        """Return the graph of these ties; loops are left out, weights of parallel ties added.

        Args:
            nodes: name of each node.
            source: one end of each tie, a number of a node.
            target: the other end.
            weight: weight of each, 1 where not given.

        Raises:
            UsageError: an end is no node, the arrays differ in length, or a weight is not a
                positive number.
        """
        n = len(nodes)
        given = np.ones(len(source)) if weight is None else np.asarray(weight, np.float64)
        _check(n, source, target, given)
        kept = source != target
        a, b = np.minimum(source, target)[kept], np.maximum(source, target)[kept]
        keys = a.astype(np.int64) * n + b
        if weight is None:  # counting after a sort: three times as fast as looking places up
            pair, count = np.unique(keys, return_counts=True)
            total = count.astype(np.float64)
        else:
            pair, place = np.unique(keys, return_inverse=True)
            total = np.bincount(place, given[kept], len(pair)).astype(np.float64)
        ends = np.column_stack([pair // max(n, 1), pair % max(n, 1)]).astype(np.int32)
        return cls(nodes, ends, total, *rows_of(n, ends))

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.nodes)

    @property
    def m(self) -> int:
        """Number of ties."""
        return len(self.ends)

    @property
    def degree(self) -> I64:
        """How many neighbours each node has; shape (n,)."""
        return np.diff(self.start)

    def neighbours(self, node: int) -> I32:
        """Return a node's neighbours, in ascending order."""
        return self.target[self.start[node] : self.start[node + 1]]

    def within(self, kept: NDArray[np.bool_]) -> Graph:
        """Return the graph of some of the nodes and the ties among them, numbered anew in order."""
        number = np.cumsum(kept, dtype=np.int32) - 1
        ties = kept[self.ends].all(axis=1)
        ends = number[self.ends[ties]]
        names = [self.nodes[at] for at in np.flatnonzero(kept).tolist()]
        return Graph(names, ends, self.weight[ties], *rows_of(len(names), ends))


def _check(n: int, source: I32, target: I32, weight: F64) -> None:
    if not len(source) == len(target) == len(weight):
        raise UsageError(
            f"{len(source)} sources, {len(target)} targets and {len(weight)} weights",
            where="ties",
            remedy="give as many of each",
        )
    for ends in (source, target):
        if len(ends) and not 0 <= int(ends.min()) <= int(ends.max()) < n:
            raise UsageError(f"an end is not one of the {n} nodes", where="ties")
    if not (np.isfinite(weight) & (weight > 0)).all():
        raise UsageError("a weight is not a positive number", where="ties")


@njit(cache=True, nogil=True)
def rows_of(n: int, ends: I32) -> tuple[I64, I32, I32]:
    """Return where neighbours start, the neighbours and their ties (a counting sort)."""
    start = np.zeros(n + 1, np.int64)
    for at in range(len(ends)):
        start[ends[at, 0] + 1] += 1
        start[ends[at, 1] + 1] += 1
    for node in range(n):
        start[node + 1] += start[node]
    free = start[:-1].copy()
    target = np.empty(2 * len(ends), np.int32)
    tie = np.empty(2 * len(ends), np.int32)
    # Lower neighbours first, then higher ones: ties are sorted, so that both come in order.
    for side in range(1, -1, -1):
        for at in range(len(ends)):
            node = ends[at, side]
            target[free[node]] = ends[at, 1 - side]
            tie[free[node]] = at
            free[node] += 1
    return start, target, tie
