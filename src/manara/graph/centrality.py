"""How central each node is: betweenness, Katz, constraint."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from manara.graph.arrays import F64, I32, I64, Graph
from manara.model import UsageError

#: Distance of a node that is not reached yet, and of one that is to be passed over.
UNSEEN, GONE = np.int32(-1), np.int32(-2)
#: Katz's attenuation as a share of the largest one that converges, where none is given.
KATZ_SHARE = 0.85


def betweenness(graph: Graph, sources: int | None = None, seed: int = 0) -> F64:
    """Return how many shortest paths between others run over each node; shape (n,).

    Each pair counts once, shared evenly among its shortest paths. Ties count alike, whatever their
    weight.

    Args:
        graph: who is tied to whom.
        sources: nodes to start from, drawn at random without repetition; the result is then an
            unbiased estimate. All nodes where not given: exact.
        seed: seed of the draw.

    Source: Brandes, A faster algorithm for betweenness centrality (2001); sampled as in Brandes &
    Pich, Centrality estimation in large networks (2007).
    """
    if sources is not None and sources < 1:
        raise UsageError("at least one source is needed", where="sources")
    if sources is None or sources >= graph.n:
        chosen = np.arange(graph.n)
    else:
        chosen = np.sort(np.random.default_rng(seed).choice(graph.n, sources, replace=False))
    total = np.zeros(graph.n)
    accumulate(graph.start, graph.target, chosen, np.full(graph.n, UNSEEN), total)
    return total * (graph.n / max(len(chosen), 1) / 2)


def katz(graph: Graph, alpha: float | None = None, tolerance: float = 1e-10) -> F64:
    """Return the number of walks that end in each node, the longer the less; shape (n,).

    The solution of ``x = alpha A x + 1``, scaled to unit length.

    Args:
        graph: who is tied to whom, by weight.
        alpha: what each further step of a walk counts; 0.85 of the limit where not given.
        tolerance: largest change in the last round, relative.

    Raises:
        UsageError: `alpha` is not between 0 and one over the largest eigenvalue.

    Source: Katz, A new status index derived from sociometric analysis (1953).
    """
    if not graph.m:
        return np.full(graph.n, 1 / np.sqrt(max(graph.n, 1)))
    matrix = csr_array((graph.weight[graph.tie], graph.target, graph.start), (graph.n, graph.n))
    largest = _largest_eigenvalue(matrix)
    alpha = KATZ_SHARE / largest if alpha is None else alpha
    if not 0 < alpha < 1 / largest:
        raise UsageError(f"not between 0 and {1 / largest:.6g}", where=f"alpha {alpha}")
    score = np.ones(graph.n)
    while True:
        new = alpha * (matrix @ score) + 1
        if np.abs(new - score).max() <= tolerance * new.max():
            return np.asarray(new / np.linalg.norm(new), np.float64)
        score = new


def constraint(graph: Graph) -> F64:
    """Return how far each node's contacts are tied to each other; NaN without any; shape (n,).

    A low constraint marks a broker: contacts who can reach each other only through the node.

    Source: Burt, Structural Holes (1992), chapter 2, for ties of equal strength.
    """
    return _constraint(graph.start, graph.target)


def _largest_eigenvalue(matrix: csr_array) -> float:
    if matrix.shape[0] < 3:
        return float(np.linalg.eigvalsh(matrix.toarray())[-1])
    first = np.ones(matrix.shape[0])
    return float(eigsh(matrix, k=1, which="LA", v0=first, return_eigenvectors=False)[0])


@njit(cache=True, nogil=True)
def accumulate(
    start: I64, target: I32, sources: NDArray[np.int64], distance: I32, total: F64
) -> None:
    """Add to `total` what each source's shortest paths contribute (each pair from both ends).

    Args:
        start: where each node's neighbours start.
        target: neighbours.
        sources: where to start.
        distance: `UNSEEN`, or `GONE` for nodes to be passed over; the same afterwards.
        total: what is added to; shape (n,).
    """
    n = len(start) - 1
    paths, share = np.zeros(n), np.zeros(n)
    order = np.empty(n, np.int32)
    for source in sources:
        if distance[source] != UNSEEN:
            continue
        distance[source], paths[source] = 0, 1.0
        order[0] = source
        head, tail = 0, 1
        while head < tail:
            node = order[head]
            head += 1
            further = distance[node] + 1
            for at in range(start[node], start[node + 1]):
                other = target[at]
                known = distance[other]
                if known == UNSEEN:
                    distance[other] = further
                    paths[other] = paths[node]
                    order[tail] = other
                    tail += 1
                elif known == further:
                    paths[other] += paths[node]
        for step in range(tail - 1, 0, -1):
            node = order[step]
            nearer = distance[node] - 1
            part = (1.0 + share[node]) / paths[node]
            for at in range(start[node], start[node + 1]):
                other = target[at]
                if distance[other] == nearer:
                    share[other] += paths[other] * part
            total[node] += share[node]
        for step in range(tail):
            node = order[step]
            distance[node], share[node] = UNSEEN, 0.0


@njit(cache=True, nogil=True)
def _constraint(start: I64, target: I32) -> F64:
    n = len(start) - 1
    result = np.full(n, np.nan)
    spent = np.zeros(n)
    near = np.full(n, -1, np.int32)
    for node in range(n):
        degree = start[node + 1] - start[node]
        if degree == 0:
            continue
        for at in range(start[node], start[node + 1]):
            near[target[at]] = node
            spent[target[at]] = 1.0 / degree
        for at in range(start[node], start[node + 1]):
            middle = target[at]
            share = 1.0 / degree / (start[middle + 1] - start[middle])
            for there in range(start[middle], start[middle + 1]):
                if near[target[there]] == node:
                    spent[target[there]] += share
        result[node] = 0.0
        for at in range(start[node], start[node + 1]):
            result[node] += spent[target[at]] ** 2
    return result
