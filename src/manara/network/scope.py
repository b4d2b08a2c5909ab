"""The part of a workspace's network that a question is about, and who of it can be acted on."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, triu

from manara.graph import Graph, Network, components
from manara.model import NotFoundError, vocabulary
from manara.store import View

#: A thing shared by more than this ties nobody in particular; n who share one make n (n - 1) / 2
#: ties, so that larger ones would also fill the memory.
SHARED = 50

SCHEMATA = """
SELECT DISTINCT coalesce(c.canonical_id, f.entity_id) AS id, f."schema" AS kind
FROM facts AS f LEFT JOIN clusters AS c ON c.entity_id = f.entity_id
"""


class Choice(NamedTuple):
    """Which statements of ties count.

    Attributes:
        kinds: of these kinds; empty for all.
        datasets: of these datasets; empty for all.
        since: that held on this day or later, days since 1970; None for any.
        until: that held on this day or before; None for any. Without dates a tie may have held at
            any time.
    """

    kinds: Collection[str] = ()
    datasets: Collection[str] = ()
    since: int | None = None
    until: int | None = None


class People(NamedTuple):
    """People and organisations, and the ties among them.

    Attributes:
        graph: by canonical id.
        total: how many there are before the network was bounded.
        parts: into how many components these fall.
        passed: things that more than `SHARED` share, through which no tie was led.
    """

    graph: Graph
    total: int
    parts: int
    passed: int


def chosen(net: Network, choice: Choice) -> NDArray[np.bool_]:
    """Return which statements of a network count, tie by tie; shape (rows,)."""
    kept = np.ones(len(net.first), np.bool_)
    for column, names, wanted in (
        (net.kind, net.kinds, choice.kinds),
        (net.dataset, net.datasets, choice.datasets),
    ):
        if wanted:
            kept &= np.array([name in wanted for name in names], np.bool_)[column]
    if choice.since is not None:
        kept &= net.last >= choice.since
    if choice.until is not None:
        kept &= net.first <= choice.until
    return kept


def subgraph(net: Network, kept: NDArray[np.bool_]) -> Graph:
    """Return the graph of the ties that a statement which counts is of, with all nodes."""
    ends = net.graph.ends[np.unique(net.tie_of[kept])]
    return Graph.of(net.graph.nodes, ends[:, 0], ends[:, 1])


def schemata(view: View) -> dict[str, set[str]]:
    """Return the schemata of each entity, by canonical id."""
    table = view.sql(SCHEMATA)
    found: dict[str, set[str]] = {}
    for entity, kind in zip(table["id"].to_pylist(), table["kind"].to_pylist(), strict=True):
        found.setdefault(entity, set()).add(kind)
    return found


def around(graph: Graph, entity: str, depth: int) -> NDArray[np.bool_]:
    """Return which nodes are at most so many ties away from an entity; shape (n,).

    Raises:
        NotFoundError: it is not in the graph.
    """
    at = int(np.searchsorted(np.asarray(graph.nodes, dtype=object), entity))
    if at == graph.n or graph.nodes[at] != entity:
        raise NotFoundError(
            "has no such ties", where=entity, remedy="ask for fewer kinds of ties, or other days"
        )
    seen = np.zeros(graph.n, np.bool_)
    seen[at] = True
    for _ in range(depth):
        seen[graph.ends[seen[graph.ends].any(axis=1)]] = True
    return seen


def people(view: View, graph: Graph, entity: str | None = None, depth: int = 2) -> People:
    """Return the people and organisations of a network and the ties among them.

    Two are tied if a tie leads from one to the other directly, or through what both are tied to
    (an address, a telephone, an account, an event), or through two such things one after the
    other, as a payment leads from account to account.

    Args:
        view: what is known of the entities.
        graph: all entities, in the order of their ids.
        entity: bound it to those around this person or organisation; else to the largest component.
        depth: to those at most so many ties away.

    Raises:
        NotFoundError: the entity is none of them.
    """
    kinds, known = schemata(view), vocabulary()
    actors = {name for name, one in known.schemata.items() if one.is_a("LegalEntity")}
    actor = np.array([not actors.isdisjoint(kinds.get(one, ())) for one in graph.nodes], np.bool_)
    hubs = ~actor & (graph.degree > SHARED)
    whole = _joined(graph, actor, ~actor & ~hubs)
    label = components(whole)
    if entity is not None:
        bounded = whole.within(around(whole, entity, depth))
    else:
        bounded = whole.within(label == 0)
    return People(bounded, whole.n, int(label.max(initial=-1)) + 1, int(hubs.sum()))


def _joined(graph: Graph, actor: NDArray[np.bool_], thing: NDArray[np.bool_]) -> Graph:
    """Return the graph of the actors, tied directly or through at most two things."""
    ones = np.ones(len(graph.target), np.int32)
    all_ = csr_array((ones, graph.target, graph.start), shape=(graph.n, graph.n))
    who, what = np.flatnonzero(actor), np.flatnonzero(thing)
    shared = all_[who][:, what]
    tied = all_[who][:, who] + shared @ shared.T + shared @ all_[what][:, what] @ shared.T
    pairs = triu(tied, 1).tocoo()
    names = [graph.nodes[at] for at in who.tolist()]
    kept = graph.degree[who] > 0
    found = Graph.of(names, pairs.row.astype(np.int32), pairs.col.astype(np.int32))
    return found if kept.all() else found.within(kept)
