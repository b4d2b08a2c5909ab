"""Random networks: what is kept is kept, what may change changes, all are as likely."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from manara.graph import Graph
from manara.network.rewire import Stubs, crossings, draw_crossings, draw_mixing, exchange

Ties = frozenset[tuple[int, int]]
#: A network of six with two domains, with room to move under both null hypotheses.
TIES = [(0, 1), (0, 3), (1, 4), (2, 3), (2, 5), (4, 5)]
CLASSES = [0, 0, 0, 1, 1, 1]


def graph_of(ties: list[tuple[int, int]], n: int) -> Graph:
    ends = np.array(ties, np.int32).reshape(-1, 2)
    return Graph.of([f"n{at}" for at in range(n)], ends[:, 0], ends[:, 1])


def ties_of(stubs: Stubs, mate: np.ndarray) -> Ties:
    pairs = zip(stubs.node.tolist(), stubs.node[mate].tolist(), strict=True)
    return frozenset((min(pair), max(pair)) for pair in pairs)


def kept(ties: Ties, classes: list[int]) -> tuple[object, ...]:
    """Return what a null hypothesis keeps: degrees, and ties between classes."""
    degree = Counter(node for tie in ties for node in tie)
    mixing = Counter(tuple(sorted(classes[node] for node in tie)) for tie in ties)
    return tuple(sorted(degree.items())), tuple(sorted(mixing.items()))


@pytest.mark.parametrize("classes", [[0] * 6, CLASSES, [0, 0, 1, 1, 2, 2]])
def test_every_network_that_keeps_the_same_is_as_likely(classes: list[int]) -> None:
    pairs = list(combinations(range(6), 2))
    wanted = kept(frozenset(TIES), classes)
    possible = {
        frozenset(ties)
        for ties in combinations(pairs, len(TIES))
        if kept(frozenset(ties), classes) == wanted
    }
    stubs = Stubs.of(graph_of(TIES, 6), np.array(classes, np.int32))
    mate, state = stubs.mate.copy(), np.array([7], np.uint64)
    seen: Counter[Ties] = Counter()
    for _ in range(8_000):
        exchange(stubs, mate, 25, state)
        seen[ties_of(stubs, mate)] += 1
    assert set(seen) == possible
    assert len(possible) > 2
    assert chisquare(list(seen.values())).pvalue > 1e-4


NETWORKS = st.lists(
    st.tuples(st.integers(0, 11), st.integers(0, 11)).filter(lambda tie: tie[0] != tie[1]),
    min_size=2,
    max_size=40,
)


@settings(deadline=None)
@given(NETWORKS, st.lists(st.integers(0, 2), min_size=12, max_size=12), st.integers(0, 2**32))
def test_ties_and_ties_between_classes_are_kept(
    ties: list[tuple[int, int]], classes: list[int], seed: int
) -> None:
    stubs = Stubs.of(graph_of(ties, 12), np.array(classes, np.int32))
    mate = stubs.mate.copy()
    exchange(stubs, mate, 300, np.array([seed], np.uint64))
    assert (mate[mate] == np.arange(len(mate))).all()
    after = ties_of(stubs, mate)
    assert len(after) * 2 == len(mate), "a loop or a second tie of one pair"
    assert kept(after, classes) == kept(ties_of(stubs, stubs.mate), classes)


def test_partners_change_class_though_the_ties_between_classes_are_kept() -> None:
    """A chain that exchanged only within a pair of classes would leave all of this constant."""
    stubs = Stubs.of(graph_of(TIES, 6), np.array(CLASSES, np.int32))
    draws = draw_crossings(stubs, np.eye(2)[CLASSES], 3, 200, 60)
    assert (draws.std(axis=0) > 0).all()
    assert set(draws.sum(axis=1).tolist()) == {8.0}, (
        "four ties between classes, seen from both ends"
    )


def test_after_the_usual_number_of_tries_the_start_is_forgotten() -> None:
    rng = np.random.default_rng(5)
    ties = rng.integers(0, 300, (1500, 2)).tolist()
    classes = np.arange(300, dtype=np.int32) % 3
    graph = graph_of([(a, b) for a, b in ties if a != b], 300)
    stubs, profile = Stubs.of(graph, classes), np.eye(3)[classes]
    draws = draw_crossings(stubs, profile, 1, 300, 5 * graph.m)
    start = crossings(stubs.node, stubs.mate, profile) - draws.mean(axis=0)
    again = [np.corrcoef(start, draw - draws.mean(axis=0))[0, 1] for draw in draws]
    assert abs(np.mean(again)) < 0.1
    one_after_the_other = np.corrcoef(draws[0], draws[1])[0, 1]
    expected = np.corrcoef(draws[0], draws[150])[0, 1]
    assert abs(one_after_the_other - expected) < 0.2


@settings(deadline=None)
@given(NETWORKS, st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_ties_to_other_domains_are_those_of_plain_python(
    ties: list[tuple[int, int]], labels: list[int]
) -> None:
    graph = graph_of(ties, 12)
    profile = np.array([[0.6, 0.4, 0], [0, 1, 0], [0, 0, 0.5], [0, 0, 0]])[labels]
    stubs = Stubs.of(graph, np.zeros(12, np.int32))
    expected = [
        sum(
            profile[v, one] * profile[w, other]
            for w in graph.neighbours(v)
            for one in range(3)
            for other in range(3)
            if one != other
        )
        for v in range(12)
    ]
    assert crossings(stubs.node, stubs.mate, profile) == pytest.approx(expected)


def test_the_same_seed_draws_the_same() -> None:
    stubs, profile = Stubs.of(graph_of(TIES, 6), np.zeros(6, np.int32)), np.eye(2)[CLASSES]
    one, other = (draw_crossings(stubs, profile, seed, 50, 30) for seed in (1, 2))
    assert (one == draw_crossings(stubs, profile, 1, 50, 30)).all()
    assert (one != other).any()


def test_ties_of_two_classes_are_counted() -> None:
    classes = np.array(CLASSES, np.int32)
    stubs, profile = Stubs.of(graph_of(TIES, 6), classes), np.eye(2)[CLASSES]
    _, mixing = draw_mixing(stubs, profile, classes, 1, 20, 30)
    # Within the first class 0-1, within the second 4-5, the other four between: from both ends.
    assert (mixing == [[2, 4], [4, 2]]).all()
