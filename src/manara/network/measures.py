"""Measures of how far crimes converge: of one entity, of events, of communities, of the whole."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from manara.graph import Graph
from manara.graph.arrays import F64, I32, I64
from manara.model import UsageError
from manara.network.rewire import TRIES, Stubs, exchange
from manara.network.significance import Measure


def breadth(profile: F64) -> F64:
    """Return in how many domains each entity is active, in effect: 0 for unknown, 1 for one.

    The exponential of Shannon's entropy of what is known of it (Hill 1973, number of order 1): an
    entity half in each of two domains has a breadth of 2.

    Args:
        profile: [n, d] probability of each domain; what is missing to 1 is unknown.
    """
    known = profile.sum(axis=1, keepdims=True)
    share = np.divide(profile, known, out=np.zeros_like(profile), where=known > 0)
    logs = np.log(share, out=np.zeros_like(share), where=share > 0)
    return np.asarray(np.where(known[:, 0] > 0, np.exp(-(share * logs).sum(axis=1)), 0.0))


def assortativity(graph: Graph, profile: F64) -> float:
    """Return Newman's assortativity of categories: 1 if ties stay in a domain, 0 as by chance.

    Newman 2003, Phys. Rev. E 67, 026126, equation 2; with probable domains, from the expected
    shares of ties.

    Args:
        graph: the network.
        profile: [n, d] probability of each domain; what is missing to 1 counts as a domain.
    """
    whole = np.column_stack([profile, 1 - profile.sum(axis=1)])
    a, b = whole[graph.ends[:, 0]], whole[graph.ends[:, 1]]
    share = (a.T @ b + b.T @ a) / max(2 * graph.m, 1)
    by_chance = float((share.sum(axis=0) * share.sum(axis=1)).sum())
    return float((np.trace(share) - by_chance) / (1 - by_chance)) if by_chance < 1 else 0.0


def largest_component(graph: Graph) -> float:
    """Return the share of the entities that have a tie which hang together in one component."""
    if not graph.m:
        return 0.0
    ends = (graph.ends[:, 0], graph.ends[:, 1])
    _, label = connected_components(coo_array((np.ones(graph.m), ends), (graph.n, graph.n)))
    return float(np.bincount(label).max() / (graph.degree > 0).sum())


@njit(cache=True, nogil=True)
def _mixed(node: I32, mate: I32, start: I64, classes: I32, entities: int) -> int:
    """Return how many events have entities of two classes or more; -1 is no class."""
    mixed = 0
    for event in range(entities, len(start) - 1):
        seen = -1
        for stub in range(start[event], start[event + 1]):
            found = classes[node[mate[stub]]]
            if found >= 0 and seen >= 0 and found != seen:
                mixed += 1
                break
            seen = max(seen, found)
    return mixed


def event_overlap(
    event: I32, entity: I32, classes: I32, *, seed: int = 1, draws: int = 1000
) -> Measure:
    """Return how many events bring entities of two domains or more together.

    In the random draws every event keeps its number of entities and every entity its number of
    events, but who meets whom is by chance.

    Args:
        event: number of an event, from 0, for each entity that took part in it.
        entity: number of that entity.
        classes: [n] domain of each entity, -1 for unknown.
        seed: of the random numbers.
        draws: how many.

    Raises:
        UsageError: the arrays do not fit.
    """
    n, events = len(classes), int(event.max(initial=-1)) + 1
    graph = Graph.of([""] * (n + events), entity, (event + n).astype(np.int32))
    side = np.repeat(np.array([0, 1], np.int32), [n, events])
    if (side[graph.ends] != [0, 1]).any():
        raise UsageError("an entity is not one of those with a class", where="events")
    stubs, state = Stubs.of(graph, side), np.array([seed], np.uint64)
    observed = _mixed(stubs.node, stubs.mate, stubs.start, classes, n)
    hub, found = stubs.mate.copy(), np.empty(draws)
    exchange(stubs, hub, TRIES * graph.m, state)
    for draw in range(draws):
        mate = hub.copy()
        exchange(stubs, mate, TRIES * graph.m, state)
        found[draw] = _mixed(stubs.node, mate, stubs.start, classes, n)
    return Measure.of(observed, found)


def community_mix(community: I32, profile: F64, *, seed: int = 1, draws: int = 1000) -> Measure:
    """Return how many domains the community of an entity spans, in effect, on average.

    In the random draws the profiles are dealt anew among the entities; communities keep their
    sizes.

    Args:
        community: [n] number of each entity's community, from 0.
        profile: [n, d] probability of each domain; what is missing to 1 is unknown.
        seed: of the random numbers.
        draws: how many.
    """
    size = np.bincount(community).astype(np.float64)
    rng = np.random.default_rng(seed)

    def span(dealt: F64) -> float:
        total = np.zeros((len(size), dealt.shape[1]))
        np.add.at(total, community, dealt)
        return float((breadth(total / np.maximum(size, 1)[:, None]) * size).sum() / size.sum())

    return Measure.of(
        span(profile), np.array([span(rng.permutation(profile)) for _ in range(draws)])
    )
