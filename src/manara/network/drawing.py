"""A workspace's network with what states each tie, for tools that draw and chart networks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from manara.graph import FileNetwork, Graph, Network
from manara.graph.ties import UNKNOWN_FIRST, UNKNOWN_LAST
from manara.network.confidence import tie_confidence
from manara.network.evidence import Connections
from manara.network.scope import around, schemata, subgraph
from manara.store import View


def stated_network(
    view: View,
    net: Network,
    kept: NDArray[np.bool_],
    entity: str | None = None,
    depth: int = 2,
) -> FileNetwork:
    """Return a network with one record for each statement of a tie.

    Nodes have a ``type`` (their schemata); records the columns ``type`` (kind of tie), ``from``
    (the entity it leads from), ``first``, ``last``, ``confidence`` (of the tie, by all that states
    it), ``dataset``, ``source`` (SHA-256 of the file), ``locator`` and ``handling``.

    Args:
        view: what is known.
        net: the network of it.
        kept: which statements count; shape (rows,).
        entity: only what is around this one, by its canonical id.
        depth: so many ties away.

    Raises:
        NotFoundError: the entity has no such ties.
    """
    tie = net.tie_of
    if entity is not None:
        near = around(subgraph(net, kept), entity, depth)
        kept = kept & np.all(near[net.graph.ends], axis=1)[tie]
    ties, record = np.unique(tie[kept], return_inverse=True)
    used = np.zeros(net.graph.n, np.bool_)
    used[net.graph.ends[ties]] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    ends = number[net.graph.ends[ties]]
    names = [net.graph.nodes[at] for at in np.flatnonzero(used).tolist()]
    graph = Graph.of(names, ends[:, 0], ends[:, 1], np.bincount(record).astype(np.float64))
    kinds = schemata(view)
    columns = _columns(view, net, kept, record)
    types = ["; ".join(sorted(kinds.get(name, ()))) for name in names]
    return FileNetwork(graph, {"type": types}, columns, record.astype(np.int32))


def _columns(
    view: View, net: Network, kept: NDArray[np.bool_], record: NDArray[np.int64]
) -> dict[str, list[str]]:
    at = np.flatnonzero(kept)
    evidence = [facts[0] for facts in net.evidence(at)]
    places, labels = view.evidence(evidence), view.handling_labels()
    known = [places.get(one, {}) for one in evidence]
    datasets = [net.datasets[number] for number in net.dataset[at].tolist()]
    sure = _confidence(Connections(view, net), datasets, record.tolist())
    return {
        "type": [net.kinds[number] for number in net.kind[at].tolist()],
        "from": net.sources(at),
        "first": [_day(day, UNKNOWN_FIRST) for day in net.first[kept].tolist()],
        "last": [_day(day, UNKNOWN_LAST) for day in net.last[kept].tolist()],
        "confidence": [f"{sure[tie]:.4f}" for tie in record.tolist()],
        "dataset": datasets,
        "source": [one.get("source_id") or "" for one in known],
        "locator": [one.get("locator") or "" for one in known],
        "handling": [labels.get(one.get("handling_id", ""), "") for one in known],
    }


def _confidence(connections: Connections, datasets: list[str], record: list[int]) -> list[float]:
    """Return the confidence in each tie, by the datasets that state it."""
    stated: dict[int, set[str]] = {}
    for tie, dataset in zip(record, datasets, strict=True):
        stated.setdefault(tie, set()).add(dataset)
    known: dict[tuple[str, ...], float] = {}
    for names in map(tuple, map(sorted, stated.values())):
        if names not in known:
            known[names] = tie_confidence(connections.backing_of(names))
    return [known[tuple(sorted(stated[tie]))] for tie in range(len(stated))]


def _day(day: int, unknown: int) -> str:
    if day == unknown:
        return ""
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day):%Y-%m-%d}"
