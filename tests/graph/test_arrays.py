"""Graphs in flat arrays hold what went in, each pair once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.graph import Graph
from manara.model import UsageError

PAIRS = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=30)


def graph_of(pairs: list[tuple[int, int]], n: int = 8) -> Graph:
    ends = np.array(pairs, np.int32).reshape(-1, 2)
    return Graph.of([f"n{at}" for at in range(n)], ends[:, 0], ends[:, 1])


@settings(deadline=None)
@given(PAIRS)
def test_neighbours_are_those_of_a_dictionary_of_sets(pairs: list[tuple[int, int]]) -> None:
    graph = graph_of(pairs)
    expected: dict[int, set[int]] = {node: set() for node in range(8)}
    for a, b in pairs:
        if a != b:
            expected[a].add(b)
            expected[b].add(a)
    assert {v: graph.neighbours(v).tolist() for v in range(8)} == {
        v: sorted(near) for v, near in expected.items()
    }
    assert graph.m == sum(map(len, expected.values())) // 2
    for node in range(8):
        for at in range(graph.start[node], graph.start[node + 1]):
            assert sorted((node, graph.target[at])) == graph.ends[graph.tie[at]].tolist()


@settings(deadline=None)
@given(PAIRS)
def test_weights_of_parallel_ties_add_up(pairs: list[tuple[int, int]]) -> None:
    graph = graph_of(pairs)
    for (a, b), weight in zip(graph.ends.tolist(), graph.weight, strict=True):
        assert weight == pairs.count((a, b)) + pairs.count((b, a))


@settings(deadline=None)
@given(PAIRS, st.sets(st.integers(0, 7)))
def test_part_of_a_graph_keeps_the_ties_among_its_nodes(
    pairs: list[tuple[int, int]], kept: set[int]
) -> None:
    part = graph_of(pairs).within(np.isin(np.arange(8), list(kept)))
    named = {tuple(part.nodes[v] for v in ends) for ends in part.ends.tolist()}
    assert named == {
        (f"n{min(p)}", f"n{max(p)}") for p in pairs if p[0] != p[1] and kept.issuperset(p)
    }


def test_bad_ends_and_weights_are_refused() -> None:
    one = np.array([0], np.int32)
    with pytest.raises(UsageError, match="not one of the 2 nodes"):
        Graph.of(["a", "b"], one, np.array([2], np.int32))
    with pytest.raises(UsageError, match="positive"):
        Graph.of(["a", "b"], one, one + 1, np.array([float("nan")]))
    with pytest.raises(UsageError, match="as many"):
        Graph.of(["a", "b"], one, np.array([0, 1], np.int32))
