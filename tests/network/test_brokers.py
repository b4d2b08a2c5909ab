"""Brokers: ranks, intervals that hold the true rank, and no centre where there is none."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from manara.graph import Graph, read_edges
from manara.model import UsageError
from manara.network.brokers import Ranking, key_players, rank_brokers
from tests.graph.random_graphs import graph_of, random_graphs, twin


def thinned(graph: Graph, hidden: float, rng: np.random.Generator) -> Graph:
    """Return what is seen of a network: some ties gone, and nodes without any."""
    ends = graph.ends[rng.random(graph.m) >= hidden]
    seen = Graph.of(graph.nodes, ends[:, 0], ends[:, 1])
    return seen.within(seen.degree > 0)


def coverage(whole: Graph, trials: int) -> float:
    """Return the share of nodes whose interval, from a thinned network, holds their true rank."""
    rng = np.random.default_rng(8)
    truth = {whole.nodes[one.node]: one.rank for one in rank_brokers(whole, trials=1).brokers}
    shares = []
    for seed in range(trials):
        seen = thinned(whole, 0.2, rng)
        found = rank_brokers(seen, trials=60, seed=seed).brokers
        held = [one.low <= truth[seen.nodes[one.node]] <= one.high for one in found]
        shares.append(np.mean(held))
    return float(np.mean(shares))


def test_ranks_are_those_of_betweenness() -> None:
    for graph in random_graphs(100, most=15):
        found = rank_brokers(graph, trials=1).brokers
        between = nx.betweenness_centrality(twin(graph), normalized=False)
        assert [one.score for one in found] == pytest.approx(sorted(between.values())[::-1])
        assert [one.rank for one in found] == list(range(1, graph.n + 1))
        assert all(one.score == pytest.approx(between[one.node]) for one in found)
        assert all(one.low <= one.rank <= one.high for one in found)


@pytest.mark.parametrize("kind", ["free of scale", "small world", "groups"])
def test_intervals_hold_the_rank_in_the_whole_network(kind: str) -> None:
    made = {
        "free of scale": nx.barabasi_albert_graph(80, 2, seed=1),
        "small world": nx.connected_watts_strogatz_graph(80, 6, 0.2, seed=1),
        "groups": nx.planted_partition_graph(5, 16, 0.3, 0.02, seed=1),
    }[kind]
    ends = np.array(made.edges, np.int32)
    whole = Graph.of([f"n{v:02}" for v in range(80)], ends[:, 0], ends[:, 1])
    assert 0.83 <= coverage(whole, 8) <= 0.97


@pytest.mark.shared
def test_intervals_hold_on_real_networks(shared: Path) -> None:
    names = ("2__1", "10__1", "12", "24", "26", "32", "41", "47")
    held = [
        coverage(read_edges(shared / f"networks/covert/covert_{name}.edges.csv").graph, 6)
        for name in names
    ]
    assert 0.85 <= np.mean(held) <= 0.95
    assert min(held) > 0.8


def ring(n: int) -> Ranking:
    return rank_brokers(graph_of(*((f"n{v}", f"n{(v + 1) % n}") for v in range(n))), trials=50)


def test_a_centre_is_named_only_if_it_stays_first() -> None:
    assert ring(12).centre is None
    assert ring(12).stability < 0.5
    star = graph_of(*(("hub", f"n{v}") for v in range(12)))
    found = rank_brokers(star, trials=50)
    assert found.centre == 0
    assert found.stability == 1.0
    assert (found.brokers[0].low, found.brokers[0].high) == (1, 1)


def test_more_hidden_or_false_ties_make_less_sure() -> None:
    made = nx.barabasi_albert_graph(60, 2, seed=2)
    ends = np.array(made.edges, np.int32)
    graph = Graph.of([str(v) for v in range(60)], ends[:, 0], ends[:, 1])

    def width(hidden: float, false: float) -> float:
        found = rank_brokers(graph, hidden=hidden, false=false, trials=60).brokers
        return float(np.mean([one.high - one.low for one in found]))

    assert width(0.0, 0.0) == 0 < width(0.1, 0.0) < width(0.3, 0.0)
    assert width(0.1, 0.0) < width(0.1, 0.3)


def test_other_measures_rank_brokers_too() -> None:
    bow = [("a", "b"), ("b", "c"), ("a", "c"), ("d", "e"), ("e", "f"), ("d", "f")]
    graph = graph_of(*bow, ("c", "m"), ("m", "d"))
    for measure in ("fragmentation", "constraint"):
        found = rank_brokers(graph, measure, trials=40)  # type: ignore[arg-type]
        assert {graph.nodes[one.node] for one in found.brokers[:3]} == {"c", "d", "m"}


def test_same_seed_same_result_and_bad_shares_are_refused() -> None:
    graph = max(random_graphs(5), key=lambda one: one.m)
    assert rank_brokers(graph, seed=3, trials=20) == rank_brokers(graph, seed=3, trials=20)
    for bad in ({"hidden": 1.0}, {"false": -0.1}, {"trials": 0}, {"level": 1.0}):
        with pytest.raises(UsageError):
            rank_brokers(graph, **bad)  # type: ignore[arg-type]


def test_a_network_without_ties_or_nodes_is_ranked() -> None:
    empty = np.empty(0, np.int32)
    assert rank_brokers(Graph.of([], empty, empty)).brokers == ()
    lone = rank_brokers(Graph.of(["Amal", "Bilal"], empty, empty))
    assert [one.rank for one in lone.brokers] == [1, 2]
    assert lone.centre is None


def test_each_key_player_is_the_best_one_after_those_before() -> None:
    for graph in random_graphs(100, most=12):
        if graph.n < 5:
            continue
        chosen, shares = key_players(graph, 2)
        whole = twin(graph)

        def apart(gone: tuple[int, ...], whole: nx.Graph = whole) -> float:
            rest = whole.subgraph(set(whole) - set(gone))
            joined = sum(len(part) * (len(part) - 1) for part in nx.connected_components(rest))
            return 1 - joined / (len(rest) * (len(rest) - 1))

        assert shares[0] == pytest.approx(max(apart((node,)) for node in whole))
        assert shares[1] == pytest.approx(apart(chosen))
        others = set(whole) - {chosen[0]}
        assert shares[1] == pytest.approx(max(apart((chosen[0], node)) for node in others))
