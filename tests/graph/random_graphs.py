"""Random graphs for the tests, and the same graphs as networkx holds them."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import numpy as np

from manara.graph import Graph


def random_graphs(count: int = 120, most: int = 25, seed: int = 7) -> Iterator[Graph]:
    """Yield graphs of all densities, many of them in several parts."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        n = int(rng.integers(2, most))
        a, b = rng.integers(0, n, (2, int(rng.integers(0, 3 * n)))).astype(np.int32)
        yield Graph.of([f"n{at}" for at in range(n)], a, b)


def twin(graph: Graph) -> nx.Graph:
    """Return the same graph, nodes by number."""
    other = nx.Graph()
    other.add_nodes_from(range(graph.n))
    for (a, b), weight in zip(graph.ends.tolist(), graph.weight.tolist(), strict=True):
        other.add_edge(a, b, weight=weight)
    return other


def graph_of(*ties: tuple[str, str]) -> Graph:
    """Return the graph of ties between named nodes."""
    names = sorted({name for tie in ties for name in tie})
    ends = np.array([[names.index(a), names.index(b)] for a, b in ties], np.int32)
    return Graph.of(names, ends[:, 0], ends[:, 1])
