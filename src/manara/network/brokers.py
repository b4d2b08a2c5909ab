"""Who holds a network together, and how sure that is when ties are hidden or false."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.graph import Graph, betweenness, constraint, fragmentation
from manara.graph.arrays import F64, I64
from manara.model import UsageError

Measure = Literal["betweenness", "fragmentation", "constraint"]

#: Stability of the first rank below which no single node is named as the centre.
STABLE = 0.8
#: Ranks within this share of a rank count as like it when its interval is read off.
LIKE = 0.15
#: Ties visited for betweenness over all trials, about; some 20 seconds.
WORK = 2e9
#: Fewest sources from which betweenness is estimated.
SAMPLE = 16
#: Ranks up to which each has its own interval; above, one in a hundred has.
DENSE = 200
#: Most past ranks that are looked at for one interval.
LOOKED_AT = 5_000


class Broker(NamedTuple):
    """One node's place.

    Attributes:
        node: which.
        score: by the measure; constraint negated, so that more is always more.
        rank: in the network as seen, from 1; equals by ties, then by name.
        low: best rank within the interval.
        high: worst rank within the interval.
    """

    node: int
    score: float
    rank: int
    low: int
    high: int


class Ranking(NamedTuple):
    """Who holds a network together.

    Attributes:
        brokers: all nodes, by rank.
        stability: share of trials in which the first stays the first, 0 to 1.
        centre: the first, if it is stable; else None: no single node may be named.
        sources: nodes that betweenness was computed from.
    """

    brokers: tuple[Broker, ...]
    stability: float
    centre: int | None
    sources: int


def rank_brokers(
    graph: Graph,
    measure: Measure = "betweenness",
    hidden: float = 0.2,
    false: float = 0.0,
    level: float = 0.9,
    trials: int = 200,
    seed: int = 0,
) -> Ranking:
    """Return the nodes by how much they hold together, each with an interval of its rank.

    What is seen is a network with ties missing, and perhaps some that do not exist. The interval is
    where the rank in the whole network is expected. It comes from doing to the seen network what
    was done to the whole one: ties are hidden and false ones added again, many times; where nodes
    that then have a like rank stood before shows where this node stands in the whole. Networks
    grow by as much as they shrink in the trials.

    Args:
        graph: the network as seen.
        measure: betweenness (Freeman 1977), fragmentation (Borgatti 2006, for each node alone) or
            constraint (Burt 1992).
        hidden: share of the whole network's ties that is not seen.
        false: share of the seen ties that does not exist.
        level: probability that the interval holds the rank.
        trials: how often the network is disturbed.
        seed: seed of the disturbances.

    Raises:
        UsageError: a share is not at least 0 and below 1, or there is no trial.
    """
    if not (0 <= hidden < 1 and 0 <= false < 1 and 0 < level < 1) or trials < 1:
        raise UsageError(
            "shares are at least 0 and below 1, and one trial is needed", where="hidden, false"
        )
    sources = min(max(graph.n, 1), max(SAMPLE, int(WORK / trials / max(2 * graph.m, 1))))
    score = _scorer(measure, sources, seed)
    names = np.argsort(np.argsort(np.array(graph.nodes, dtype=str), kind="stable"))
    scores = score(graph)
    order = _order(graph, scores, names)
    rank = np.empty(graph.n, np.int64)
    rank[order] = np.arange(1, graph.n + 1)
    rng = np.random.default_rng(seed)
    seen: list[F64] = [np.empty(0)]
    before: list[I64] = [np.empty(0, np.int64)]
    first, sizes = 0, []
    for _ in range(trials if graph.m else 0):
        trial = _disturbed(graph, hidden, false, rng)
        size = int((trial.degree > 0).sum())
        after = _order(trial, score(trial), names)[:size]
        seen.append(np.arange(1.0, size + 1) * (graph.n / max(size, 1)))
        before.append(rank[after])
        first += bool(size) and int(after[0] == order[0])
        sizes.append(size)
    grown = graph.n / max(float(np.mean(sizes)), 1.0) if sizes else 1.0
    low, high = _intervals(graph.n, np.concatenate(seen), np.concatenate(before), level, grown)
    stability = first / trials
    brokers = [
        Broker(node, float(scores[node]), at + 1, int(low[at]), int(high[at]))
        for at, node in enumerate(order.tolist())
    ]
    centre = brokers[0].node if stability >= STABLE else None
    return Ranking(tuple(brokers), stability, centre, sources)


def key_players(graph: Graph, count: int) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return nodes to take so that the rest falls apart most, and the fragmentation after each.

    Fragmentation is the share of pairs of those left that cannot reach each other, 0 to 1. Each
    node is the best one after those before it; a set chosen at once may be somewhat better.

    Source: Borgatti, Identifying sets of key players in a social network (2006), KPP-Neg.
    """
    left = np.ones(graph.n, np.bool_)
    chosen: list[int] = []
    shares: list[float] = []
    for _ in range(min(count, graph.n - 2)):
        places = np.flatnonzero(left)
        apart = fragmentation(graph.within(left))
        best = int(apart.argmax())
        chosen.append(int(places[best]))
        shares.append(float(apart[best]))
        left[places[best]] = False
    return tuple(chosen), tuple(shares)


def _scorer(measure: Measure, sources: int, seed: int) -> Callable[[Graph], F64]:
    if measure == "betweenness":
        return lambda graph: betweenness(graph, sources, seed)
    if measure == "fragmentation":
        return fragmentation
    # The least constrained first; who has no ties is no broker.
    return lambda graph: -np.nan_to_num(constraint(graph), nan=np.inf)


def _order(graph: Graph, scores: F64, names: I64) -> I64:
    """Return the nodes by score, then by ties, then by name."""
    return np.lexsort((names, -graph.degree, -scores))


def _disturbed(graph: Graph, hidden: float, false: float, rng: np.random.Generator) -> Graph:
    """Return the network with ties taken out and, to a share of what is left, others put in."""
    ends = graph.ends[rng.random(graph.m) >= hidden]
    more = rng.integers(0, graph.n, (round(len(ends) * false / (1 - false)), 2), np.int32)
    both = np.concatenate([ends, more])
    return Graph.of(graph.nodes, both[:, 0], both[:, 1])


def _intervals(
    n: int, seen: F64, before: I64, level: float, grown: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each rank the interval of the rank in the whole network.

    Args:
        n: nodes.
        seen: ranks in the trials, on the scale of 1 to n.
        before: ranks of the same nodes before.
        level: probability that the interval holds the rank.
        grown: nodes of the whole network for each one seen.
    """
    by_rank = np.argsort(seen, kind="stable")
    seen, before = seen[by_rank], before[by_rank]
    some = np.unique(
        np.append(np.arange(1, min(n, DENSE) + 1), np.geomspace(1, max(n, 1), 1_000).astype(int))
    )
    low, high = some.astype(np.float64), some.astype(np.float64)
    for at, rank in enumerate(some.tolist()):
        near = int(LIKE * rank) + max(0.5, grown / 2)
        begin, end = np.searchsorted(seen, [rank - near, rank + near])
        like = slice(begin, end, max(1, (end - begin) // LOOKED_AT))
        if end > begin:
            tails = [(1 - level) / 2, (1 + level) / 2]
            stood = rank + before[like] - seen[like]
            best, worst = np.quantile(stood, tails, method="inverted_cdf") * grown
            low[at] = max(1, min(np.rint(best), rank))
            high[at] = min(max(np.rint(worst), rank), np.rint(n * grown))
    every = np.searchsorted(some, np.arange(1, n + 1), side="right") - 1
    return low[every], high[every]
