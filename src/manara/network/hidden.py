"""Ties that are likely there and not known: where to look next, never evidence.

A predicted tie is of a type of its own and says that it is one; no function that makes findings
takes it. The score joins two opinions on the known ties, Katz's and Adamic and Adar's, by weights
fitted on networks of which ties were hidden (`bench.hidden`).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import eigsh

from manara.graph import Graph
from manara.graph.arrays import F64, I64
from manara.model import UsageError

#: Log odds: constant; logarithm of 1 + Adamic-Adar; a common partner; logarithm of Katz's index
#: against the mean of the pairs that have one; an end without any known tie. Fitted by
#: `bench.hidden` on five covert networks, none of those it reports on.
WEIGHTS = (-0.986, 3.024, -0.44, 0.193, 1.425)
#: Share of the largest attenuation under which Katz's series converges.
_ATTENUATION = 0.5
#: Entities; the pairs grow with the square.
MAX_ENTITIES = 5000


class PredictedTie(msgspec.Struct, frozen=True, tag="predicted-tie"):
    """A tie that is likely and not known.

    Attributes:
        one: one end.
        other: the other end.
        probability: that it is there, if as many ties are missing as was said.
        katz: Katz's index: ways between the two, the longer the less.
        adamic_adar: partners in common, the more exclusive the more: the second opinion.
        predicted: always true.
    """

    one: str
    other: str
    probability: float
    katz: float
    adamic_adar: float
    predicted: Literal[True] = True


class Scores(NamedTuple):
    """Scores of all pairs that are not tied, `p` pairs.

    Attributes:
        one: [p] number of one end.
        other: [p] number of the other.
        katz: [p] Katz's index.
        adamic_adar: [p] Adamic and Adar's.
        features: [p, 5] what the `WEIGHTS` are for.
    """

    one: I64
    other: I64
    katz: F64
    adamic_adar: F64
    features: F64


def decayed(graph: Graph, age: F64, half_life: float) -> Graph:
    """Return a graph whose ties weigh the less the longer they were not seen.

    Args:
        graph: the network.
        age: [m] time since each tie was last seen, in any unit.
        half_life: after which a tie weighs half, in the same unit.

    Raises:
        UsageError: an age is negative, or the half-life not positive.
    """
    if half_life <= 0 or len(age) != graph.m or (age < 0).any():
        raise UsageError("not an age from 0 for each tie and a positive half-life", where="ties")
    weight = np.maximum(0.5 ** (age / half_life), 1e-9)
    return Graph.of(graph.nodes, graph.ends[:, 0], graph.ends[:, 1], weight)


def scores(graph: Graph) -> Scores:
    """Return how near the two ends of every pair are that is not tied.

    Katz 1953, with half of the largest attenuation; Adamic and Adar 2003. Weights of ties count as
    shares of the greatest.

    Raises:
        UsageError: more than `MAX_ENTITIES` entities.
    """
    n = graph.n
    if n > MAX_ENTITIES:
        raise UsageError(
            f"{n:,} entities, and all pairs of them are looked at",
            where="network",
            remedy=f"take a part of at most {MAX_ENTITIES:,}",
        )
    tied, degree = np.zeros((n, n)), graph.degree.astype(np.float64)
    if graph.m:
        one, other = graph.ends[:, 0], graph.ends[:, 1]
        tied[one, other] = tied[other, one] = graph.weight / graph.weight.max()
    shared = np.sqrt(tied)
    nearness = shared @ (shared / np.log(np.maximum(degree, 2))[:, None])
    katz = np.linalg.inv(np.eye(n) - _ATTENUATION / _largest(tied) * tied)
    ends = np.triu_indices(n, 1)
    free = tied[ends] == 0
    at = (ends[0][free], ends[1][free])
    near, ways = nearness[at], katz[at]
    reached = ways > 1e-12
    log = np.log(np.maximum(ways, 1e-12))
    relative = np.where(reached, log - log[reached].mean() if reached.any() else 0.0, 0.0)
    alone = np.minimum(degree[at[0]], degree[at[1]]) == 0
    features = np.column_stack([np.ones(len(near)), np.log1p(near), near > 0, relative, alone])
    return Scores(at[0], at[1], ways, near, features)


def log_odds(scored: Scores, known: int, missing: float) -> F64:
    """Return the log odds that each pair is tied.

    Args:
        scored: the pairs.
        known: number of known ties.
        missing: ties that are missing, for each known one.
    """
    base = np.log(max(missing * known, 1e-9) / max(len(scored.one), 1))
    return np.asarray(scored.features @ np.array(WEIGHTS) + base)


def hidden_ties(graph: Graph, *, missing: float = 0.25, limit: int = 20) -> list[PredictedTie]:
    """Return the ties most likely there and not known, the likeliest first.

    Args:
        graph: the known ties; their weights may be those of `decayed`.
        missing: ties that are missing, for each known one.
        limit: at most so many.

    Raises:
        UsageError: the network is too large, or the share of missing ties not positive.
    """
    if not 0 < missing < 10:
        raise UsageError("not a share of missing ties above 0 and below 10", where="--missing")
    scored = scores(graph)
    odds = log_odds(scored, graph.m, missing)
    order = np.lexsort((scored.other, scored.one, -scored.katz, -odds))[:limit]
    return [
        PredictedTie(
            graph.nodes[scored.one[at]],
            graph.nodes[scored.other[at]],
            round(float(1 / (1 + np.exp(-odds[at]))), 4),
            round(float(scored.katz[at]), 6),
            round(float(scored.adamic_adar[at]), 6),
        )
        for at in order.tolist()
    ]


def _largest(tied: F64) -> float:
    """Return the largest eigenvalue of a symmetric matrix without negative numbers."""
    if len(tied) < 3 or not tied.any():
        return max(float(tied.sum(axis=1).max(initial=0)), 1.0)
    found = eigsh(csr_array(tied), k=1, v0=np.ones(len(tied)), return_eigenvectors=False)
    return float(found[0])
