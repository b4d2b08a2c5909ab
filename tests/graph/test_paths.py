"""Paths are exactly the k shortest simple ones, by any cost and in the order of time."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest

from manara.graph import Graph, Records, shortest_paths
from manara.model import UsageError
from tests.graph.random_graphs import graph_of, random_graphs, twin


@pytest.mark.parametrize("free", [None, 0.0, 0.2], ids=["hops", "costs", "some ties free"])
def test_lengths_are_those_of_an_exhaustive_search(free: float | None) -> None:
    rng = np.random.default_rng(1)
    for graph in random_graphs(120):
        cost = np.ones(graph.m)
        if free is not None:
            cost = np.where(rng.random(graph.m) < free, 0.0, 3 * rng.random(graph.m))
        whole = twin(graph)
        for (a, b), one in zip(graph.ends.tolist(), cost.tolist(), strict=True):
            whole[a][b]["cost"] = one
        start, end = rng.choice(graph.n, 2, replace=False).tolist()
        k = int(rng.integers(1, 9))
        try:
            best = nx.shortest_simple_paths(whole, start, end, "cost")
            expected = [nx.path_weight(whole, p, "cost") for p in itertools.islice(best, k)]
        except nx.NetworkXNoPath:
            expected = []
        found = shortest_paths(graph, start, end, k, Records.of(graph, cost=cost)).paths
        assert [path.length for path in found] == pytest.approx(expected)
        assert len({path.nodes for path in found}) == len(found)
        for path in found:
            assert len(set(path.nodes)) == len(path.nodes)
            assert nx.path_weight(whole, path.nodes, "cost") == pytest.approx(path.length)
            for row, hop in zip(path.rows, itertools.pairwise(path.nodes), strict=True):
                assert sorted(hop) == graph.ends[row].tolist()


def test_lengths_in_a_larger_graph_are_the_same() -> None:
    other = nx.barabasi_albert_graph(1500, 4, seed=3)
    ends = np.array(other.edges, np.int32)
    graph = Graph.of([str(v) for v in range(1500)], ends[:, 0], ends[:, 1])
    cost = -np.log(np.random.default_rng(2).uniform(0.3, 1, graph.m))
    for (a, b), one in zip(graph.ends.tolist(), cost.tolist(), strict=True):
        other[a][b]["cost"] = one
    for weight, records in ((None, None), ("cost", Records.of(graph, cost=cost))):
        for start, end in ((3, 1400), (900, 77), (1499, 1498), (12, 800)):
            best = itertools.islice(nx.shortest_simple_paths(other, start, end, weight), 5)
            expected = [nx.path_weight(other, p, weight) if weight else len(p) - 1 for p in best]
            found = shortest_paths(graph, start, end, 5, records).paths
            assert [path.length for path in found] == pytest.approx(expected)


def in_time(
    n: int, records: list[tuple[int, int, float, int, int]], start: int, end: int
) -> list[float]:
    """Return the least lengths of all simple paths in time, by trying every one."""
    best: dict[tuple[int, ...], float] = {}

    def go(path: tuple[int, ...], day: int, length: float) -> None:
        if path[-1] == end:
            best[path] = min(best.get(path, np.inf), length)
            return
        for a, b, cost, first, last in records:
            for here, there in ((a, b), (b, a)):
                if here == path[-1] and there not in path and max(day, first) <= last:
                    go((*path, there), max(day, first), length + cost)

    go((start,), -1, 0.0)
    return sorted(best.values())


def test_paths_in_time_are_those_of_trying_every_one() -> None:
    rng = np.random.default_rng(4)
    for _ in range(150):
        n = int(rng.integers(3, 7))
        a, b = rng.integers(0, n, (2, int(rng.integers(2, 14)))).astype(np.int32)
        a, b = a[a != b], b[a != b]
        if not len(a):
            continue
        graph = Graph.of([str(v) for v in range(n)], a, b)
        ties = {tuple(pair): at for at, pair in enumerate(graph.ends.tolist())}
        tie = [ties[min(p), max(p)] for p in zip(a.tolist(), b.tolist(), strict=True)]
        first = rng.integers(0, 20, len(a))
        last = first + rng.integers(0, 6, len(a))
        cost = rng.integers(0, 4, len(a)) / 2
        start, end = rng.choice(n, 2, replace=False).tolist()
        k = int(rng.integers(1, 6))
        stated = zip(
            a.tolist(), b.tolist(), cost.tolist(), first.tolist(), last.tolist(), strict=True
        )
        found = shortest_paths(
            graph, start, end, k, Records.of(graph, tie, cost, first, last)
        ).paths
        assert [p.length for p in found] == pytest.approx(in_time(n, [*stated], start, end)[:k])
        for path in found:
            day = 0
            for row in path.rows:
                day = max(day, int(first[row]))
                assert day <= last[row]


def test_a_path_may_not_run_back_in_time_but_may_run_the_other_way() -> None:
    graph = graph_of(("Amal", "Bilal"), ("Bilal", "Chadi"))
    records = Records.of(graph, first=[10, 1], last=[12, 3])
    assert shortest_paths(graph, 0, 2, 5, records).paths == ()
    assert [path.nodes for path in shortest_paths(graph, 2, 0, 5, records).paths] == [(2, 1, 0)]


def test_hubs_over_the_cap_are_not_passed_through_and_are_named() -> None:
    graph = graph_of(("a", "hub"), ("b", "hub"), ("c", "hub"), ("a", "c"), ("c", "d"), ("d", "b"))
    open_, capped = (shortest_paths(graph, 0, 1, 1, degree_cap=cap) for cap in (None, 2))
    assert open_.paths[0].nodes == (0, 4, 1)
    assert open_.hubs == ()
    assert capped.paths == ()
    assert capped.hubs == (2, 4)
    ends_count = shortest_paths(graph, 2, 4, 1, degree_cap=2)
    assert ends_count.paths[0].nodes == (2, 4)
    assert ends_count.hubs == ()


def test_what_is_no_question_or_no_record_is_refused() -> None:
    graph = graph_of(("Amal", "Bilal"), ("Bilal", "Chadi"))
    for bad in ((0, 0), (0, 3), (-1, 1)):
        with pytest.raises(UsageError):
            shortest_paths(graph, *bad)
    for records in (
        {"cost": [1.0, -1.0]},
        {"cost": [1.0]},
        {"first": [5, 5], "last": [9, 4]},
        {"tie": [0, 0]},
        {"tie": [0, 2]},
    ):
        with pytest.raises(UsageError):
            Records.of(graph, **records)  # type: ignore[arg-type]
