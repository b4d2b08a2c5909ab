"""In which order nodes are to be taken for a network to fall apart, and how soon it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from manara.graph import peeling, removal
from manara.graph.arrays import F64, I32, Graph
from manara.model import UsageError

#: Ties visited while betweenness is computed again and again, over all; half a minute.
BETWEENNESS_WORK = 3e9
#: Above this many nodes betweenness is not computed at all.
BETWEENNESS_NODES = 10_000
#: How many of the best orders are bettered by moving single nodes, and the nodes and ties visited
#: for each.
IMPROVED = 4
IMPROVING_WORK = 2e8
#: Most moves tried, for each pair of places in the order.
MOVES = 50
#: Shares of the network down to which the largest component has fallen where reinsertion begins.
REINSERTION = (0.3, 0.1, 0.03, 0.01, 0.0)


class Dismantling(NamedTuple):
    """An order of removal and what it does.

    Attributes:
        order: all nodes, first to be removed first.
        left: share of all nodes in the largest component after each removal.
        robustness: R, the mean of those; the lower, the sooner the network falls apart.
        method: which of the orders tried was best.
    """

    order: I32
    left: F64
    robustness: float
    method: str


def dismantling(graph: Graph, order: ArrayLike, method: str = "given") -> Dismantling:
    """Return what removing all nodes in a given order does.

    Raises:
        UsageError: the order does not name each node once.

    Source: R is that of Schneider et al., Mitigation of malicious attacks on networks (2011),
    the mean over the number removed from 1 to n.
    """
    nodes = np.asarray(order, np.int32)
    if not np.array_equal(np.sort(nodes), np.arange(graph.n)):
        raise UsageError("each node must stand in the order once", where="order")
    left = removal.largest_left(graph.start, graph.target, nodes) / max(graph.n, 1)
    return Dismantling(nodes, left, float(left.mean()) if graph.n else 0.0, method)


def adaptive_degree(graph: Graph, seed: int = 0) -> I32:
    """Return the order that always takes a node with most ties left; equals by chance."""
    return peeling.by_degree(graph.start, graph.target, _shuffled(graph, seed))


def core_hd(graph: Graph, seed: int = 0) -> I32:
    """Return the order that takes nodes of most ties in the 2-core, then breaks the trees left.

    Source: Zdeborova, Zhang & Zhou, Fast and simple decycling and dismantling of networks (2016).
    """
    return peeling.by_core(graph.start, graph.target, _shuffled(graph, seed))


def adaptive_betweenness(graph: Graph, seed: int = 0) -> I32:
    """Return the order that always takes a node of highest betweenness in what is left.

    Equals by ties left, then by chance. Exact on some thousand nodes; beyond, betweenness comes
    from a sample of sources, so that the work stays bounded.
    """
    work = BETWEENNESS_WORK / max(graph.n, 1)
    return removal.by_betweenness(graph.start, graph.target, _shuffled(graph, seed), work)


def dismantle(graph: Graph, seed: int = 0) -> Dismantling:
    """Return the best order found by one fixed recipe.

    Adaptive degree, CoreHD and, up to 10,000 nodes, adaptive betweenness; from each also the orders
    in which the first nodes are reinserted where they join least; then the best few are bettered by
    moving single nodes. Nothing depends on the network but its size, and the work is bounded.
    """
    orders = {"adaptive degree": adaptive_degree, "CoreHD": core_hd}
    if graph.n <= BETWEENNESS_NODES:
        orders["adaptive betweenness"] = adaptive_betweenness
    tried = [
        one
        for method, order in orders.items()
        for one in _with_reinsertion(graph, dismantling(graph, order(graph, seed), method))
    ]
    best = sorted(tried, key=lambda one: one.robustness)[:IMPROVED]
    return min((_improved(graph, one, seed) for one in best), key=lambda one: one.robustness)


def _with_reinsertion(graph: Graph, first: Dismantling) -> list[Dismantling]:
    prefixes = {int(np.searchsorted(-first.left, -share)) for share in REINSERTION}
    again = [
        dismantling(
            graph,
            removal.reinserted(graph.start, graph.target, first.order, prefix),
            f"{first.method}, reinsertion",
        )
        for prefix in sorted(prefixes)
    ]
    return [first, *again]


def _improved(graph: Graph, best: Dismantling, seed: int) -> Dismantling:
    prefix = min(int((best.left > 1 / max(graph.n, 1)).sum()) + 1, graph.n)
    affordable = int(IMPROVING_WORK / max(graph.n + 2 * graph.m, 1) / 5)
    rounds = min(affordable, MOVES * prefix**2)
    if rounds < 10 * prefix:
        return best
    order = removal.improved(graph.start, graph.target, best.order, prefix, rounds, seed)
    better = dismantling(graph, order, f"{best.method}, moves")
    return better if better.robustness < best.robustness else best


def _shuffled(graph: Graph, seed: int) -> I32:
    return np.random.default_rng(seed).permutation(graph.n).astype(np.int32)
