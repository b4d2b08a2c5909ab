"""Components, cores, fragmentation and efficiency are those of an independent implementation."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest

from manara.graph import components, core_numbers, efficiency, fragmentation
from tests.graph.random_graphs import graph_of, random_graphs, twin


def test_components_are_the_same_sets_by_falling_size() -> None:
    for graph in random_graphs():
        label = components(graph)
        found = {frozenset(np.flatnonzero(label == one).tolist()) for one in set(label.tolist())}
        assert found == set(map(frozenset, nx.connected_components(twin(graph))))
        assert (np.diff(np.bincount(label)) <= 0).all()


def test_core_numbers_are_the_same() -> None:
    for graph in random_graphs():
        assert dict(enumerate(core_numbers(graph).tolist())) == nx.core_number(twin(graph))


def apart(graph: nx.Graph) -> float:
    """Return the share of pairs that cannot reach each other, by its definition."""
    n = len(graph)
    pairs = [(a, b) for a in graph for b in graph if a < b]
    return sum(not nx.has_path(graph, a, b) for a, b in pairs) / (n * (n - 1) / 2)


def test_fragmentation_counts_pairs_cut_off() -> None:
    for graph in random_graphs(100, most=12):
        if graph.n < 3:
            continue
        whole = twin(graph)
        expected = [apart(whole.subgraph(set(whole) - {node})) for node in whole]
        assert fragmentation(graph) == pytest.approx(expected)


def test_middle_of_a_star_cuts_off_everybody() -> None:
    star = graph_of(("Amal", "Bilal"), ("Amal", "Chadi"), ("Amal", "Dima"))
    assert fragmentation(star).tolist() == [1.0, 0.0, 0.0, 0.0]


def test_efficiency_is_the_same() -> None:
    for graph in random_graphs():
        assert efficiency(graph) == pytest.approx(nx.global_efficiency(twin(graph)))


def test_efficiency_of_a_sample_is_near() -> None:
    graph = max(random_graphs(5, most=300, seed=3), key=lambda one: one.n)
    assert efficiency(graph, sources=graph.n // 2, seed=1) == pytest.approx(
        efficiency(graph), rel=0.1
    )
