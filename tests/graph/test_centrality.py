"""Betweenness, Katz, constraint and communities against an independent implementation."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from manara.graph import betweenness, constraint, katz
from manara.graph.communities import communities
from manara.model import UsageError
from tests.graph.random_graphs import graph_of, random_graphs, twin


def test_betweenness_is_the_same() -> None:
    for graph in random_graphs():
        expected = nx.betweenness_centrality(twin(graph), normalized=False)
        assert betweenness(graph) == pytest.approx([expected[v] for v in range(graph.n)])


def test_sampled_betweenness_is_unbiased_and_repeatable() -> None:
    graph = max(random_graphs(8, most=60, seed=2), key=lambda one: one.m)
    draws = [betweenness(graph, sources=graph.n // 3, seed=seed) for seed in range(400)]
    assert np.mean(draws, axis=0) == pytest.approx(betweenness(graph), rel=0.15, abs=3)
    assert (draws[5] == betweenness(graph, sources=graph.n // 3, seed=5)).all()
    with pytest.raises(UsageError):
        betweenness(graph, sources=0)


def test_katz_is_the_same() -> None:
    for graph in random_graphs():
        expected = nx.katz_centrality_numpy(twin(graph), alpha=0.02, weight="weight")
        assert katz(graph, alpha=0.02) == pytest.approx([expected[v] for v in range(graph.n)])


def test_katz_refuses_what_does_not_converge_and_chooses_what_does() -> None:
    triangle = graph_of(("Amal", "Bilal"), ("Bilal", "Chadi"), ("Amal", "Chadi"))
    with pytest.raises(UsageError, match=r"between 0 and 0\.5"):
        katz(triangle, alpha=0.6)
    assert katz(triangle) == pytest.approx([3**-0.5] * 3)


def test_constraint_is_the_same() -> None:
    for graph in random_graphs():
        expected = nx.constraint(twin(graph))
        assert constraint(graph) == pytest.approx(
            [expected[v] for v in range(graph.n)], nan_ok=True
        )


@pytest.mark.parametrize("method", ["leiden", "louvain"])
def test_communities_of_cliques_in_a_ring_are_the_cliques(method: str) -> None:
    pairs = [(6 * c + a, 6 * c + b) for c in range(5) for a in range(6) for b in range(a)]
    pairs += [(6 * c, (6 * c + 7) % 30) for c in range(5)]
    graph = graph_of(*((f"n{a:02}", f"n{b:02}") for a, b in pairs))
    label = communities(graph, method, seed=4)  # type: ignore[arg-type]
    assert sorted(np.bincount(label).tolist()) == [6] * 5
    assert len({(at // 6, one) for at, one in enumerate(label.tolist())}) == 5
    assert (label == communities(graph, method, seed=4)).all()  # type: ignore[arg-type]


def test_communities_are_about_as_modular_as_those_of_another_library() -> None:
    for graph in random_graphs(30, most=40, seed=5):
        if graph.m:
            whole = twin(graph)
            label = communities(graph)
            ours = [set(np.flatnonzero(label == one).tolist()) for one in set(label.tolist())]
            other = nx.community.louvain_communities(whole, seed=1)
            quality = nx.community.modularity
            assert quality(whole, ours) >= quality(whole, other) - 0.05
