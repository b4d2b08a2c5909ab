"""Hidden ties: scores against plain Python, and predictions that cannot pass for ties."""

from __future__ import annotations

import csv
from itertools import combinations
from math import log
from pathlib import Path

import msgspec
import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from manara.graph import Graph
from manara.model import UsageError
from manara.network.hidden import PredictedTie, decayed, hidden_ties, log_odds, scores

TIES = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (1, 4), (5, 6)]


def graph_of(ties: list[tuple[int, int]], n: int) -> Graph:
    ends = np.array(ties, np.int32).reshape(-1, 2)
    return Graph.of([f"n{at}" for at in range(n)], ends[:, 0], ends[:, 1])


def test_adamic_adar_is_that_of_plain_python() -> None:
    graph = graph_of(TIES, 8)
    near = {v: set(graph.neighbours(v).tolist()) for v in range(8)}
    found = scores(graph)
    pairs = list(zip(found.one.tolist(), found.other.tolist(), strict=True))
    assert pairs == [p for p in combinations(range(8), 2) if p not in TIES]
    expected = [sum(1 / log(len(near[c])) for c in near[a] & near[b]) for a, b in pairs]
    assert found.adamic_adar.tolist() == pytest.approx(expected)


def test_katz_sums_ways_of_every_length() -> None:
    graph = graph_of(TIES, 8)
    tied = np.zeros((8, 8))
    for a, b in TIES:
        tied[a, b] = tied[b, a] = 1
    step = tied * 0.5 / np.linalg.eigvalsh(tied)[-1]
    series, power = np.zeros((8, 8)), np.eye(8)
    for _ in range(80):
        power = power @ step
        series += power
    found = scores(graph)
    assert found.katz.tolist() == pytest.approx(series[found.one, found.other].tolist())


def test_the_likeliest_tie_closes_the_most_exclusive_triangle() -> None:
    # 0 and 5 share two partners who have nobody else; 8 is tied to all of the others.
    ties = [(0, 1), (1, 5), (0, 2), (2, 5), *((8, at) for at in (3, 4, 6, 7))]
    first, *rest = hidden_ties(graph_of(ties, 9), limit=5)
    assert {first.one, first.other} in ({"n0", "n5"}, {"n1", "n2"})
    assert all(tie.probability <= first.probability for tie in rest)
    assert all(0 < tie.probability < 1 for tie in (first, *rest))


def test_the_probabilities_add_up_to_more_where_more_is_missing() -> None:
    graph = graph_of(TIES, 8)
    few, many = (sum(t.probability for t in hidden_ties(graph, missing=m)) for m in (0.1, 0.5))
    assert few < many


def test_a_prediction_says_so_wherever_it_goes() -> None:
    (tie,) = hidden_ties(graph_of(TIES, 8), limit=1)
    told = msgspec.json.decode(msgspec.json.encode(tie))
    assert told["type"] == "predicted-tie"
    assert told["predicted"] is True
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(told | {"predicted": False}, PredictedTie)


def test_ties_long_not_seen_weigh_less() -> None:
    graph = graph_of(TIES, 8)
    age = np.zeros(graph.m)
    age[0] = 730
    assert decayed(graph, age, 365).weight.tolist() == [0.25, *[1] * (graph.m - 1)]
    old = np.where((graph.ends == [0, 1]).all(axis=1) | (graph.ends == [1, 2]).all(axis=1), 9e3, 0)
    before, after = scores(graph), scores(decayed(graph, old, 365))
    at = [(one, other) for one, other in zip(before.one, before.other, strict=True)].index((0, 4))
    assert after.katz[at] < before.katz[at]
    with pytest.raises(UsageError):
        decayed(graph, age, 0)


def test_a_network_without_ties_and_one_too_large() -> None:
    assert [tie.katz for tie in hidden_ties(graph_of([], 3))] == [0, 0, 0]
    with pytest.raises(UsageError, match="at most 5,000"):
        hidden_ties(graph_of([(0, 1)], 5001))
    with pytest.raises(UsageError):
        hidden_ties(graph_of(TIES, 8), missing=0)


@pytest.mark.shared
@pytest.mark.parametrize("name", ["covert_2__1", "covert_10__1", "covert_41"])
def test_joined_opinions_find_hidden_ties_no_worse_than_either(shared: Path, name: str) -> None:
    folder = shared / "networks/covert"
    with (folder / f"{name}.nodes.csv").open(encoding="utf-8") as file:
        number = {row["id"]: at for at, row in enumerate(csv.DictReader(file))}
    with (folder / f"{name}.edges.csv").open(encoding="utf-8") as file:
        ties = [(number[row["source"]], number[row["target"]]) for row in csv.DictReader(file)]
    whole = graph_of(ties, len(number))
    rng, found = np.random.default_rng(11), []
    for _ in range(4):
        hidden = rng.random(whole.m) < 0.2
        left = Graph.of(whole.nodes, *whole.ends[~hidden].T)
        scored = scores(left)
        taken = {tuple(pair) for pair in whole.ends[hidden].tolist()}
        real = np.array([pair in taken for pair in zip(scored.one, scored.other, strict=True)])
        found.append(
            [
                mannwhitneyu(score[real], score[~real]).statistic / (real.sum() * (~real).sum())
                for score in (log_odds(scored, left.m, 0.25), scored.katz, scored.adamic_adar)
            ]
        )
    joint, katz, adamic_adar = np.mean(found, axis=0)
    assert joint >= max(katz, adamic_adar)
