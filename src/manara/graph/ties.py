"""The network of a workspace: every pair of entities tied once, with what states the tie."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from manara.graph.arrays import I32, I64, Graph
from manara.graph.places import I16, SOURCE, places
from manara.graph.stated import UNKNOWN_FIRST, UNKNOWN_LAST, Stated

__all__ = ["UNKNOWN_FIRST", "UNKNOWN_LAST", "Network", "Statement"]


class Statement(NamedTuple):
    """One statement of a tie.

    Attributes:
        kind: schema of the tie (``Ownership``), property (``Passport.holder``) or ``payment``,
            ``custody``, ``movement``.
        source: entity at its beginning.
        target: entity at its end; a tie without a direction may be either way round.
        stated: the ids by which the source calls the two.
        first: first day, days since 1970, or `UNKNOWN_FIRST`.
        last: last day, or `UNKNOWN_LAST`.
        dataset: the dataset that states it.
        evidence: ids of the facts, or of the event, that state it.
    """

    kind: str
    source: str
    target: str
    stated: tuple[str, str]
    first: int
    last: int
    dataset: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Network:
    """Who is tied to whom, and by what it is stated.

    Statements are numbered tie by tie.

    Attributes:
        graph: entities by canonical id, in the order of their ids; each pair tied once, its weight
            the number of statements.
        segments: what the facts and events say; their rows are counted through.
        datasets: names of datasets.
        start: where the statements of each tie start; shape (m + 1,).
        kind: what each statement is called, a number in `kinds`; shape (statements,).
        dataset: who states it, a number in `datasets`.
        row: row of the fact or event that states it.
        other: row of the fact that states its other end, -1 where one states both.
        down: whether it leads from the second end of the tie to the first.
        first: its first day, days since 1970, or `UNKNOWN_FIRST`.
        last: its last day, or `UNKNOWN_LAST`.
    """

    graph: Graph
    segments: Sequence[Stated]
    datasets: Sequence[str]
    start: I64
    kind: I16
    dataset: I32
    row: I64
    other: I64
    down: NDArray[np.bool_]
    first: I32
    last: I32

    @property
    def kinds(self) -> list[str]:
        """What statements of ties are called, by number."""
        return places().kind

    @cached_property
    def tie_of(self) -> I32:
        """The tie that each statement is of; shape (statements,)."""
        return np.repeat(np.arange(self.graph.m, dtype=np.int32), np.diff(self.start))

    def sources(self, at: I64) -> list[str]:
        """Return the entity that each of some statements leads from."""
        ends = self.graph.ends[self.tie_of[at], self.down[at].astype(np.int8)]
        return [self.graph.nodes[node] for node in ends.tolist()]

    def evidence(self, at: I64) -> list[tuple[str, ...]]:
        """Return the ids of the facts, or of the event, that each of some statements rests on."""
        ids = self._texts(self.row[at], lambda one, rows: one.id.take(rows))
        two = np.flatnonzero(self.other[at] >= 0)
        others = self._texts(self.other[at][two], lambda one, rows: one.id.take(rows))
        found: list[tuple[str, ...]] = [(each,) for each in ids]
        for place, other in zip(two.tolist(), others, strict=True):
            found[place] += (other,)
        return found

    def resting_on(self, ids: Collection[str]) -> NDArray[np.bool_]:
        """Return which statements rest on any of these facts and events; shape (statements,)."""
        wanted = pa.array(sorted(ids), pa.string())
        known = pa.chunked_array([one.id for one in self.segments], pa.string())
        among = pc.is_in(known, wanted).to_numpy()
        within = np.concatenate([among, [False]])  # the last is that of no row, -1
        return np.asarray(within[self.row] | within[self.other])

    def statements(self, tie: int) -> list[Statement]:
        """Return what states a tie."""
        return self.statements_of([tie])[0]

    def statements_of(self, ties: Sequence[int]) -> list[list[Statement]]:
        """Return what states each of some ties."""
        spans = [np.arange(self.start[tie], self.start[tie + 1]) for tie in ties]
        at = np.concatenate(spans or [np.empty(0, np.int64)])
        both = [self.graph.nodes[node] for node in self.graph.ends[list(ties)].ravel().tolist()]
        of = np.repeat(np.arange(len(spans)), [len(span) for span in spans]).tolist()
        evidence, stated = self.evidence(at), self._stated(at)
        found: list[list[Statement]] = [[] for _ in spans]
        for number, kind, down, calls, first, last, dataset, facts in zip(
            of,
            *(column[at].tolist() for column in (self.kind, self.down)),
            stated,
            *(column[at].tolist() for column in (self.first, self.last, self.dataset)),
            evidence,
            strict=True,
        ):
            ends = both[2 * number : 2 * number + 2]
            found[number].append(
                Statement(
                    self.kinds[kind],
                    ends[down],
                    ends[not down],
                    calls,
                    first,
                    last,
                    self.datasets[dataset],
                    facts,
                )
            )
        return found

    def tie(self, a: int, b: int) -> int:
        """Return the number of the tie between two nodes.

        Raises:
            KeyError: they have none.
        """
        near = self.graph.neighbours(a)
        at = int(np.searchsorted(near, b))
        if at == len(near) or near[at] != b:
            raise KeyError((a, b))
        return int(self.graph.tie[self.graph.start[a] + at])

    def node(self, entity_id: str) -> int:
        """Return the number of an entity by its canonical id, or -1 if it has no tie."""
        at = int(np.searchsorted(self.graph.nodes, entity_id))
        return at if at < self.graph.n and self.graph.nodes[at] == entity_id else -1

    def _stated(self, at: I64) -> list[tuple[str, str]]:
        """Return the ids by which the sources call the two ends."""
        two = self.other[at] >= 0
        begins = self._texts(
            self.row[at],
            lambda seg, rows: seg.names.take(pa.array(_begin(seg, rows.to_numpy()))),
        )
        ends = self._texts(
            np.where(two, self.other[at], self.row[at]),
            lambda seg, rows: seg.names.take(pa.array(seg.value[rows.to_numpy()])),
        )
        return list(zip(begins, ends, strict=True))

    @cached_property
    def _begins(self) -> I64:
        """The first row of each segment, and the number of all; shape (segments + 1,)."""
        return np.cumsum([0, *(len(one.entity) for one in self.segments)], dtype=np.int64)

    def _texts(self, rows: I64, take: Callable[[Stated, pa.Array], pa.Array]) -> list[str]:
        """Return texts that rows of the segments hold."""
        if not len(rows):
            return []
        begins = self._begins
        segment = np.searchsorted(begins, rows, side="right") - 1
        found = np.empty(len(rows), object)
        for number in np.unique(segment).tolist():
            of = segment == number
            local = pa.array(rows[of] - begins[number])
            found[of] = take(self.segments[number], local).to_pylist()
        return found.tolist()


def _begin(segment: Stated, rows: I64) -> I32:
    """Return the name of the end that a row's tie leads from."""
    edge = places().role[segment.place[rows]] == SOURCE
    return np.where(edge, segment.value[rows], segment.entity[rows])
