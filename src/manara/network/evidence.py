"""How two entities are connected: paths, what states each hop, how far it can be relied on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from itertools import pairwise
from math import log, prod
from typing import NamedTuple

import numpy as np

from manara.graph import Network, Statement
from manara.graph.paths import Records, shortest_paths
from manara.model import Grade, Judgement, UsageError, Verdict
from manara.network.confidence import UNGRADED, Backing, chain_confidence, tie_confidence
from manara.store import View

#: Paths do not run through what more entities than this share: it ties nobody in particular.
DEGREE_CAP = 200

#: From so many entities at one address or number on, that is told as another explanation.
_SHARED = 4

_KIN = frozenset({"Family"})
_PLACES = ("addressEntity",)


class Hop(NamedTuple):
    """One tie of a path.

    Attributes:
        source: entity that the path comes from, by its canonical id.
        target: entity that it goes to.
        statements: what states the tie.
        confidence: probability that it is true, taken alone.
    """

    source: str
    target: str
    statements: tuple[Statement, ...]
    confidence: float


class EvidencePath(NamedTuple):
    """A chain of ties between two entities.

    Attributes:
        entities: canonical ids, from one end to the other.
        hops: the ties between them.
        confidence: probability that all ties are true and that each entity on the way is one,
            where ties that rest on one source share its doubt.
        unshared: the product of the hops' own confidences, which forgets that.
        sources: who states more than one of the hops.
        identity: probability that the entities on the way, merged from several records, are one.
        alternatives: what else may explain the path, a sentence each.
    """

    entities: tuple[str, ...]
    hops: tuple[Hop, ...]
    confidence: float
    unshared: float
    sources: tuple[str, ...]
    identity: float
    alternatives: tuple[str, ...]


class Connections:
    """The network of a view, ready to be asked who stands around one and how two are connected.

    Args:
        view: what is known.
        net: the network of it.
    """

    def __init__(self, view: View, net: Network) -> None:
        self._view = view
        self.network = net
        rows = list(view.datasets())
        self._source = {row["dataset"]: row["publisher"] or row["dataset"] for row in rows}
        self._grade = {
            row["dataset"]: Grade.parse(row["grade"]) if row["grade"] else UNGRADED for row in rows
        }

    def paths(
        self, a: str, b: str, k: int = 5, *, in_time: bool = False
    ) -> tuple[list[EvidencePath], tuple[str, ...]]:
        """Return the k paths between two entities whose ties are the most probable.

        Args:
            a: an entity, by the id of any of its records.
            b: another one.
            k: at most so many.
            in_time: only paths that do not run back in time from a to b; a tie without dates may
                have held at any time.

        Returns:
            The paths, the most probable chain first, and the entities that no path was led through
            because more than `DEGREE_CAP` others are tied to them.

        Raises:
            UsageError: an entity has no ties, or both are one.
        """
        net = self.network
        ends = [self._node(one) for one in (a, b)]
        if ends[0] == ends[1]:
            raise UsageError("are one and the same entity", where=f"{a} and {b}")
        records = self._dated if in_time else self._undated
        a_node, b_node = ends
        found = shortest_paths(net.graph, a_node, b_node, k, records, DEGREE_CAP)
        paths = [self._path(path.nodes, path.rows if in_time else None) for path in found.paths]
        order = sorted(paths, key=lambda path: (-path.confidence, len(path.hops), path.entities))
        return order, tuple(net.graph.nodes[at] for at in found.hubs)

    def around(
        self, entity: str, depth: int = 1, keep: Callable[[Statement], bool] = lambda one: True
    ) -> list[Hop]:
        """Return the ties around an entity, the nearest first.

        Args:
            entity: by the id of any of its records.
            depth: ties between entities at most so many steps away; hubs of more than `DEGREE_CAP`
                ties are shown and not passed through.
            keep: whether a statement counts.

        Raises:
            UsageError: it has no ties.
        """
        graph = self.network.graph
        start = self._node(entity)
        border, seen, hops = [start], {start}, []
        for step in range(depth):
            following = []
            for at in border:
                if step and graph.degree[at] > DEGREE_CAP:
                    continue
                others = graph.neighbours(at).tolist()
                ties = graph.tie[graph.start[at] : graph.start[at + 1]].tolist()
                for other, told in zip(others, self.network.statements_of(ties), strict=True):
                    said = tuple(filter(keep, told))
                    if said and (other not in seen or other in following):
                        sure = tie_confidence(self.backing(said))
                        hops.append(Hop(graph.nodes[at], graph.nodes[other], said, sure))
                    if said and other not in seen:
                        seen.add(other)
                        following.append(other)
            border = following
        return hops

    def backing(self, statements: Iterable[Statement]) -> list[Backing]:
        """Return who states a tie, and of what grade."""
        return self.backing_of(one.dataset for one in statements)

    def backing_of(self, datasets: Iterable[str]) -> list[Backing]:
        """Return who stands behind datasets, and of what grade."""
        return [Backing(self._source[name], self._grade[name]) for name in datasets]

    def _node(self, entity_id: str) -> int:
        at = self.network.node(entity_id)
        if at >= 0:
            return at
        self._view.require(entity_id)
        at = self.network.node(self._view.cluster(entity_id)[0])
        if at < 0:
            raise UsageError("has no ties", where=entity_id)
        return at

    @cached_property
    def _undated(self) -> Records:
        """Costs of the ties: one for each combination of datasets, of which there are few."""
        net = self.network
        datasets = self._datasets
        known: dict[tuple[str, ...], float] = {}
        cost = np.empty(net.graph.m)
        for tie in range(net.graph.m):
            key = tuple(sorted(set(datasets[net.start[tie] : net.start[tie + 1]])))
            if key not in known:
                backings = [Backing(self._source[name], self._grade[name]) for name in key]
                known[key] = -log(tie_confidence(backings))
            cost[tie] = known[key]
        return Records.of(net.graph, cost=cost)

    @cached_property
    def _dated(self) -> Records:
        """Costs and days of every statement by itself."""
        net = self.network
        tie = np.repeat(np.arange(net.graph.m), np.diff(net.start))
        alone = {
            name: -log(tie_confidence([Backing(self._source[name], grade)]))
            for name, grade in self._grade.items()
        }
        cost = [alone[name] for name in self._datasets]
        last = np.maximum(net.first, net.last)
        return Records.of(net.graph, tie, cost, net.first, last)

    @cached_property
    def _datasets(self) -> list[str]:
        """The dataset of each statement, tie by tie."""
        names = self.network.datasets
        return [names[at] for at in self.network.dataset.tolist()]

    def _path(self, nodes: tuple[int, ...], rows: tuple[int, ...] | None) -> EvidencePath:
        net = self.network
        names = tuple(str(net.graph.nodes[at]) for at in nodes)
        hops = []
        for at, (source, target) in enumerate(pairwise(nodes)):
            tie = net.tie(source, target)
            stated = net.statements(tie)
            if rows is not None:
                stated = [stated[rows[at] - int(net.start[tie])]]
            sure = tie_confidence(self.backing(stated))
            hops.append(Hop(names[at], names[at + 1], tuple(stated), sure))
        backings = [self.backing(hop.statements) for hop in hops]
        by_hop = [{one.source for one in each} for each in backings]
        repeated = {name for each in by_hop for name in each if sum(name in e for e in by_hop) > 1}
        same, doubts = self._identity(hops)
        return EvidencePath(
            names,
            tuple(hops),
            chain_confidence(backings) * same,
            prod(hop.confidence for hop in hops),
            tuple(sorted(repeated)),
            same,
            (*doubts, *self._alternatives(nodes, hops)),
        )

    def _identity(self, hops: list[Hop]) -> tuple[float, list[str]]:
        """Return how sure it is that each entity on the way is one, and the doubts."""
        total, doubts = 1.0, []
        for before, after in pairwise(hops):
            entity = before.target
            came = {_record(one, entity) for one in before.statements}
            went = {_record(one, entity) for one in after.statements}
            if came & went:
                continue
            _, members = self._view.cluster(entity)
            sure = _surest(self._view.judgements(members), came, went)
            total *= sure
            if sure < 1:
                doubts.append(
                    f"{min(came)} and {min(went)} were found to be one with probability "
                    f"{sure:.2f}; if they are two of one name, the path breaks at {entity}"
                )
        return total, doubts

    def _alternatives(self, nodes: tuple[int, ...], hops: list[Hop]) -> list[str]:
        told = []
        degree = self.network.graph.degree
        for at, hop in enumerate(hops):
            kinds = {one.kind for one in hop.statements}
            if kinds <= _KIN:
                told.append(f"{hop.source} and {hop.target} are kin, which proves nothing else")
            if all(kind.endswith(_PLACES) for kind in kinds) and at + 1 < len(nodes) - 1:
                shared = int(degree[nodes[at + 1]])
                if shared >= _SHARED:
                    told.append(f"{shared} entities share {hop.target}, as in a block of flats")
        return told


def _record(statement: Statement, entity: str) -> str:
    """Return the record by which a statement calls an entity."""
    return statement.stated[0 if statement.source == entity else 1]


def _surest(judgements: Iterable[Judgement], came: set[str], went: set[str]) -> float:
    """Return the weakest judgement on the surest chain of them that joins two sets of records."""
    reached = dict.fromkeys(came, 1.0)
    pairs = [(one.pair, one.score) for one in judgements if one.verdict is Verdict.POSITIVE]
    while True:
        step = {
            other: min(reached[one], score)
            for pair, score in pairs
            for one, other in (pair, pair[::-1])
            if one in reached and min(reached[one], score) > reached.get(other, 0.0)
        }
        if not step:
            return max((reached[record] for record in went if record in reached), default=0.5)
        reached |= step
