"""How two nodes are connected: the k best simple paths, exactly, also in the order of time."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from manara.graph import search
from manara.graph.arrays import F64, I64, Graph
from manara.model import UsageError

#: First and last day of a record that states none.
ALWAYS = (np.iinfo(np.int64).min, np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """What is known of each tie, one record for each time that it is stated.

    Attributes:
        start: where each tie's records start; shape (m + 1,).
        row: number of each record in the order in which they were given.
        cost: of each record, not negative.
        first: first day of each record, counted from any one day.
        last: last day of each record.
        least: least cost of each tie; shape (m,).
    """

    start: I64
    row: I64
    cost: F64
    first: I64
    last: I64
    least: F64

    @property
    def dated(self) -> bool:
        """Whether any record states a day."""
        return bool((self.first > ALWAYS[0]).any() or (self.last < ALWAYS[1]).any())

    @classmethod
    def of(
        cls,
        graph: Graph,
        tie: ArrayLike | None = None,
        cost: ArrayLike | None = None,
        first: ArrayLike | None = None,
        last: ArrayLike | None = None,
    ) -> Self:
        """Return records of the ties of a graph.

        Args:
            graph: who is tied to whom.
            tie: the tie that each record is of; one record a tie, in order, where not given.
            cost: length of the hop by each record, 1 where not given.
            first: first day of each record; from always on where not given.
            last: last day of each record; for ever where not given.

        Raises:
            UsageError: a cost is negative or not a number, a record ends before it begins, a tie
                has no record, or the arrays differ in length.
        """
        size = graph.m if tie is None else len(np.asarray(tie))
        costs = np.ones(size) if cost is None else np.asarray(cost, np.float64)
        begun = np.full(size, ALWAYS[0]) if first is None else np.asarray(first, np.int64)
        ended = np.full(size, ALWAYS[1]) if last is None else np.asarray(last, np.int64)
        if not size == len(costs) == len(begun) == len(ended):
            raise UsageError("costs and days are not as many as the records", where="records")
        if not (np.isfinite(costs) & (costs >= 0)).all():
            raise UsageError("a cost is negative or not a number", where="records")
        if (begun > ended).any():
            raise UsageError("a record ends before it begins", where="records")
        if tie is None:
            every = np.arange(graph.m + 1)
            return cls(every, every[:-1], costs, begun, ended, costs)
        ties = np.asarray(tie, np.int64)
        order = np.argsort(ties, kind="stable")
        start = np.searchsorted(ties[order], np.arange(graph.m + 1))
        if start[0] or start[-1] != size or (np.diff(start) < 1).any():
            raise UsageError("each tie needs a record, each record a tie", where="records")
        least = np.minimum.reduceat(costs[order], start[:-1]) if size else costs
        return cls(start, order, costs[order], begun[order], ended[order], least)


class Path(NamedTuple):
    """One path.

    Attributes:
        nodes: from one end to the other.
        rows: the record that each hop rests on, by its number when given.
        length: sum of their costs.
    """

    nodes: tuple[int, ...]
    rows: tuple[int, ...]
    length: float


class Paths(NamedTuple):
    """What a search found.

    Attributes:
        paths: by length, at most k; fewer means that there are no more.
        hubs: nodes that no path was allowed to run through.
    """

    paths: tuple[Path, ...]
    hubs: tuple[int, ...]


def shortest_paths(
    graph: Graph,
    a: int,
    b: int,
    k: int = 5,
    records: Records | None = None,
    degree_cap: int | None = None,
) -> Paths:
    """Return the k shortest simple paths from a to b.

    A path whose records have days does not run back in time: there is a day for each hop, within
    its record, none before that of the hop before. Such paths have a direction, from a to b.

    Args:
        graph: who is tied to whom.
        a: where paths begin.
        b: where they end.
        k: how many.
        records: costs and days; each tie once, at cost 1 and always, where not given.
        degree_cap: nodes of more ties than this are not passed through; no cap where not given.

    Raises:
        UsageError: an end is no node, the ends are the same, or k is below 1.

    Source: Yen, Finding the k shortest loopless paths in a network (1971), on the nodes that a
    path within the length can touch; these come from two truncated searches (Pohl 1971).
    """
    if not (0 <= a < graph.n and 0 <= b < graph.n) or a == b or k < 1:
        raise UsageError("two different nodes and at least one path are needed", where="paths")
    records = records or Records.of(graph)
    closed = np.zeros(graph.n, np.bool_)
    if degree_cap is not None:
        closed = graph.degree > degree_cap
        closed[[a, b]] = False
    found = _Search(graph, records, closed, a, b).best(k)
    return Paths(tuple(found), tuple(np.flatnonzero(closed).tolist()))


class _Search:
    """The search between two nodes, by regions that grow until k paths lie within one."""

    def __init__(
        self, graph: Graph, records: Records, closed: NDArray[np.bool_], a: int, b: int
    ) -> None:
        self.rows = graph.start, graph.target, graph.tie
        self.records, self.closed, self.a, self.b = records, closed, a, b
        self.cheapest = float(records.least.min(initial=np.inf))

    def best(self, k: int) -> list[Path]:
        records = self.records
        days = records.start, records.first, records.last
        if records.dated and not search.in_time(*self.rows, *days, self.closed, self.a, self.b):
            return []
        bound, step = np.inf, 0.0
        while True:
            bound, region = self._region(bound)
            if not len(region.node):
                return []
            found = self._within(region, bound, k)
            if len(found) == k or bound == np.inf:
                return found
            step = 2 * step or self._step(found, bound)
            bound += step

    def _step(self, found: list[Path], bound: float) -> float:
        """Return by how much the bound is to grow at first: a part of an average hop."""
        hop = bound / len(found[0].rows) if found else float(self.records.least.mean())
        return max(hop / 4, self.cheapest) or 1.0

    def _region(self, bound: float) -> tuple[float, search.Region]:
        """Return the region of a bound, infinite if the region is all there is."""
        ties = *self.rows, self.records.least, self.closed
        cheapest = self.cheapest
        bound, near, far, radius = search.balls(*ties, self.a, self.b, bound, cheapest)
        if bound == np.inf:  # nothing leads from one to the other
            return bound, search.Region(*(np.empty(0, kind) for kind in "iqiqd"))
        bound = np.inf if np.isinf(radius).any() else bound
        beyond = radius[0] + min(cheapest, search.TOLERANCE * radius[0])
        rest = search.lengths(*ties, self.b, near, far, beyond, bound)
        begun = search.lengths(*ties, self.a, rest, rest, np.inf, bound)
        records = self.records.start, self.records.cost
        return bound, search.Region(*search.cut(*self.rows, *records, begun, rest, bound))

    def _within(self, region: search.Region, bound: float, k: int) -> list[Path]:
        """Return the best paths within a region and a bound (Yen, with Lawler's bookkeeping)."""
        place = {node: at for at, node in enumerate(region.node.tolist())}
        first = self._spur(region, (place[self.a],), set(), bound)
        heap = [(first.length, first.nodes, 0, first)] if first else []
        found: list[Path] = []
        known = {path for _, path, _, _ in heap}
        while heap and len(found) < k:
            _, nodes, branch, path = heapq.heappop(heap)
            found.append(path)
            for at in range(branch, len(nodes) - 1):
                head = nodes[: at + 1]
                taken = {p.nodes[at + 1] for p in found if p.nodes[: at + 1] == head}
                new = self._spur(region, head, taken, bound)
                if new and new.nodes not in known:
                    known.add(new.nodes)
                    heapq.heappush(heap, (new.length, new.nodes, at, new))
        numbers = region.node.tolist()
        return [path._replace(nodes=tuple(numbers[v] for v in path.nodes)) for path in found]

    def _spur(
        self, region: search.Region, head: tuple[int, ...], taken: set[int], bound: float
    ) -> Path | None:
        """Return the best path that begins with these nodes and goes on otherwise than taken."""
        records = self.records
        choices = self._along(region, head)
        banned = np.zeros(len(region.node), np.bool_)
        banned[list(head[:-1])] = True
        tail = search.spur(
            *region[1:],
            records.cost,
            records.first,
            records.last,
            banned,
            np.array(sorted(taken), np.int64),
            head[-1],
            int(np.searchsorted(region.node, self.b)),
            np.array([choice.length for choice in choices]),
            np.array([choice.day for choice in choices]),
            bound,
        )
        if not len(tail):
            return None
        nodes = head[:-1] + tuple(tail.tolist())
        best = self._along(region, nodes)[0]
        return Path(nodes, tuple(records.row[list(best.records)].tolist()), float(best.length))

    def _along(self, region: search.Region, nodes: tuple[int, ...]) -> list[_Choice]:
        """Return the choices of records along nodes that no cheaper and earlier one beats."""
        records = self.records
        choices = [_Choice(0.0, ALWAYS[0], ())]
        for here, there in pairwise(nodes):
            arcs = np.arange(region.start[here], region.start[here + 1])
            hops = region.record[arcs[region.head[arcs] == there]].tolist()
            longer = [
                _Choice(
                    c.length + records.cost[hop], max(c.day, records.first[hop]), (*c.records, hop)
                )
                for c in choices
                for hop in hops
                if max(c.day, records.first[hop]) <= records.last[hop]
            ]
            choices = []
            for choice in sorted(longer):
                if not choices or choice.day < choices[-1].day:
                    choices.append(choice)
        return choices


class _Choice(NamedTuple):
    """Records for the hops of a path: their cost, the earliest day at the end, which they are."""

    length: float
    day: int
    records: tuple[int, ...]
