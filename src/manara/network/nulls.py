"""Entities tested against random networks that keep their ties, and the ties between domains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from manara.graph import Graph
from manara.graph.arrays import F64, I32, I64
from manara.network.rewire import F32, TRIES, Stubs, draw_crossings
from manara.network.significance import Ladder, pooled_p, q_values

#: Rounds in which what was found is set apart before the rest is tested again.
ROUNDS = 4
#: Labellings drawn to test sensitivity, and random networks for each: enough for a p-value half as
#: large as the one that decides, within these bounds.
LABELLINGS, LEAST_DRAWS, MOST_DRAWS = 40, 100, 300


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """Entities under one null hypothesis.

    Attributes:
        expected: [n] ties to other domains by chance.
        p: [n] probability of as many as observed or more by chance.
        q: [n] share of false findings up to this p-value.
        ladder: [n] which of the ladders says what its p-value can be, -1 where it was not tested.
    """

    expected: F64
    p: F64
    q: F64
    ladder: I64


class Sample(NamedTuple):
    """Ties to other domains of some entities in random networks.

    Attributes:
        at: [k] their places.
        draws: [draws, k] how many.
    """

    at: I64
    draws: F32


def most_probable(profile: F64) -> I32:
    """Return the most probable domain of each entity, the first of equals; d stands for unknown.

    Args:
        profile: [n, d] probability of each domain; what is missing to 1 is unknown.
    """
    whole = np.column_stack([profile, 1 - profile.sum(axis=1) - 1e-9])
    return np.asarray(whole.argmax(axis=1), np.int32)


def degrees_kept(graph: Graph, profile: F64, draws: F32) -> Tested:
    """Return how entities stand under null A: numbers of ties are kept.

    Args:
        graph: the network.
        profile: [n, d] probability of each domain.
        draws: [draws, n] ties to other domains in random networks.
    """
    everybody = Sample(np.arange(graph.n), draws)
    return _tested(graph, profile, np.zeros(graph.n, np.int32), everybody)[0]


def mixing_kept(
    graph: Graph, profile: F64, *, seed: int, draws: int, fdr: float
) -> tuple[Tested, NDArray[np.bool_], float]:
    """Return how entities stand under null B, and which are findings.

    Null B keeps numbers of ties, and the number of ties between every pair of domains. One entity
    with very many ties to other domains makes them look common; so what is found is set apart with
    all its ties, and the rest tested again, until nothing more is found. What was set apart counts
    in later rounds as found, and with the false findings that its own p-values let expect at their
    threshold: so no false finding is expected twice.

    Args:
        graph: the network.
        profile: [n, d] probability of each domain.
        seed: of the random numbers.
        draws: random networks for each round.
        fdr: accepted share of false findings.

    Returns:
        How they stand (findings in their round, the others in the last), whether each is a finding,
        and the p-value, when nothing is set apart, that divides findings from the others.
    """
    classes = most_probable(profile)
    found = np.zeros(graph.n, bool)
    apart: list[Ladder] = []
    threshold = 0.0
    none = np.full(graph.n, -1)
    stand = Tested(np.zeros(graph.n), np.ones(graph.n), np.ones(graph.n), none)
    for number in range(ROUNDS):
        held = found[graph.ends].any(axis=1)
        rest = Graph.of(graph.nodes, graph.ends[~held, 0], graph.ends[~held, 1])
        sample = _sample(rest, profile, classes, seed + number, draws)
        tested, ladders = _tested(rest, profile, classes, sample, ~found, apart)
        # What is held is as observed in every random network.
        expected = tested.expected + observed_crossings(graph, profile)
        expected -= observed_crossings(rest, profile)
        stand = Tested(
            np.where(found, stand.expected, expected),
            np.where(found, stand.p, tested.p),
            np.where(found, stand.q, tested.q),
            tested.ladder,
        )
        if number == 0:
            whole = tested.p
        more = ~found & (tested.q <= fdr)
        if not more.any():
            break
        apart += [ladders[at]._replace(entities=1) for at in tested.ladder[more].tolist()]
        found |= more
        threshold = float(whole[found].max())
        above = whole[~found & (whole > threshold)]
        threshold = (threshold + float(above.min(initial=1.0))) / 2
    return stand, found, threshold


def sensitivity(
    graph: Graph,
    profile: F64,
    found: NDArray[np.bool_],
    threshold: float,
    *,
    seed: int,
    label_error: float,
) -> F64:
    """Return in which share of redrawn labellings each finding has a p-value as small; shape (n,).

    In each labelling every entity gets one domain: by its profile, or, at the error rate, another
    one, as frequent domains are. Networks are drawn anew for each.

    Args:
        graph: the network.
        profile: [n, d] probability of each domain.
        found: [n] whether each is a finding.
        threshold: p-value up to which a finding stands.
        seed: of the random numbers.
        label_error: share of the stated domains that are wrong.
    """
    stands = np.zeros(graph.n)
    if not found.any():
        return stands
    rng = np.random.default_rng(seed)
    frequent = profile.mean(axis=0)
    other = np.tile(frequent, (len(frequent), 1))
    np.fill_diagonal(other, 0)
    other /= np.maximum(other.sum(axis=1, keepdims=True), 1e-12)
    mistaken = (1 - label_error) * profile + label_error * profile @ other
    edges = mistaken.cumsum(axis=1)
    draws = min(max(LEAST_DRAWS, ceil(2 / threshold)), MOST_DRAWS)
    # No draw reaching what is observed is the most that so many can show.
    threshold = max(threshold, 1 / (draws + 1))
    for number in range(LABELLINGS):
        label = (rng.random((graph.n, 1)) >= edges).sum(axis=1)
        drawn = np.eye(len(frequent) + 1)[label][:, :-1]
        classes = label.astype(np.int32)
        sample = _sample(graph, drawn, classes, seed + number + 1, draws)
        stands += _tested(graph, drawn, classes, sample)[0].p <= threshold
    return stands / LABELLINGS


def observed_crossings(graph: Graph, profile: F64) -> F64:
    """Return the expected number of each entity's ties to other domains; shape (n,).

    Args:
        graph: the network.
        profile: [n, d] probability of each domain; what is missing to 1 is unknown.
    """
    active = np.asarray(profile.any(axis=1))
    ends = graph.ends[active[graph.ends].all(axis=1)]
    one, other = profile[ends[:, 0]], profile[ends[:, 1]]
    crossing = one.sum(axis=1) * other.sum(axis=1) - (one * other).sum(axis=1)
    found: F64 = np.bincount(ends.ravel(), np.repeat(crossing, 2), graph.n).astype(np.float64)
    return found


def _sample(graph: Graph, profile: F64, classes: I32, seed: int, draws: int) -> Sample:
    """Return the entities of some domain, with their ties to other domains in random networks.

    Ties between two entities of no domain are left out, if nobody of the unknown class has one:
    exchanges of their ends would only give others a partner of no domain for another such one.
    """
    active = np.asarray(profile.any(axis=1))
    ends = graph.ends
    if not active[classes == profile.shape[1]].any():
        ends = ends[active[ends].any(axis=1)]
    inside = np.unique(ends)
    names = [graph.nodes[at] for at in inside.tolist()]
    numbers = np.searchsorted(inside, ends).astype(np.int32)
    small = Graph.of(names, numbers[:, 0], numbers[:, 1])
    stubs = Stubs.of(small, classes[inside])
    counts = draw_crossings(stubs, profile[inside], seed, draws, TRIES * small.m)
    at = np.flatnonzero(active)
    drawn = np.zeros((draws, len(at)), np.float32)
    drawn[:, np.searchsorted(at, inside[active[inside]])] = counts[:, active[inside]]
    return Sample(at, drawn)


def _tested(
    graph: Graph,
    profile: F64,
    classes: I32,
    sample: Sample,
    kept: NDArray[np.bool_] | None = None,
    apart: Sequence[Ladder] = (),
) -> tuple[Tested, list[Ladder]]:
    """Return how the entities of a sample stand, or some of them; others have a p-value of 1."""
    chosen = np.ones(len(sample.at), bool) if kept is None else kept[sample.at]
    at = sample.at[chosen]
    p, q, ladder = np.ones(graph.n), np.ones(graph.n), np.full(graph.n, -1)
    observed = observed_crossings(graph, profile)
    strata = _strata(graph.degree[at], profile[at], classes[at])
    most = (graph.degree * profile.sum(axis=1))[at]
    p[at], ladders = pooled_p(observed[at], sample.draws[:, chosen], strata, most)
    q[at], ladder[at] = q_values(p[at], [*apart, *ladders], len(apart)), strata
    expected = np.zeros(graph.n)
    expected[sample.at] = sample.draws.mean(axis=0, dtype=np.float64)
    return Tested(expected, p, q, ladder), ladders


def _strata(degree: I64, profile: F64, classes: I32) -> I64:
    """Return a number for each entity, the same where class, degree and profile are the same."""
    key = np.column_stack([classes, degree, profile])
    return np.asarray(np.unique(key, axis=0, return_inverse=True)[1].ravel(), np.int64)
