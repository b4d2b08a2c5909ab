"""Disruption keeps to budget and law, and networks re-form as the model says."""

from __future__ import annotations

import numpy as np
import pytest

from manara.graph import Graph
from manara.model import UsageError
from manara.network.disrupt import Outcome, disrupt
from tests.graph.random_graphs import graph_of, random_graphs


def star(leaves: int = 8) -> Graph:
    return graph_of(*(("hub", f"n{v}") for v in range(leaves)))


def outcomes(graph: Graph, budget: float, **more: object) -> dict[str, Outcome]:
    done = disrupt(graph, budget, runs=30, **more)  # type: ignore[arg-type]
    return {one.strategy: one for one in done.outcomes}


def test_the_plan_takes_the_middle_of_a_star_first() -> None:
    assert disrupt(star(), 1, runs=1).order == (0,)


def test_who_cannot_be_acted_on_is_not_and_the_budget_is_kept() -> None:
    rng = np.random.default_rng(2)
    for graph in random_graphs(40):
        cost, able = rng.uniform(0.5, 3, graph.n), rng.random(graph.n) < 0.6
        found = disrupt(graph, 4.0, cost, able, runs=2)
        assert all(able[node] for node in found.order)
        assert found.cost == pytest.approx(sum(cost[node] for node in found.order))
        assert found.cost <= 4.0
        left = [cost[v] for v in range(graph.n) if able[v] and v not in found.order]
        assert all(found.cost + one > 4.0 for one in left)


def test_a_costly_middle_gives_way_to_cheap_ones() -> None:
    graph = graph_of(("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"))
    assert disrupt(graph, 3, runs=1).order[0] == graph.nodes.index("c")
    assert disrupt(graph, 3, [1, 1, 3, 1, 1], runs=1).order[0] != graph.nodes.index("c")


def test_doing_nothing_changes_nothing() -> None:
    still = outcomes(star(), 2)["nothing"]
    assert still.actions.mean == 0
    assert still.largest.mean == still.efficiency.mean == 1.0


def test_nothing_re_forms_without_refill_and_a_star_does_with_it() -> None:
    broken = outcomes(star(), 1, refill=0.0)["plan"]
    assert broken.largest.mean == pytest.approx(1 / 9)
    assert broken.recovered == 0.0
    mended = outcomes(star(), 1, refill=1.0)["plan"]
    assert mended.lowest.mean < mended.largest.mean
    assert mended.largest.mean > 0.4


def test_a_role_that_only_one_holds_is_not_refilled() -> None:
    roles = ["chemist"] + ["courier"] * 8
    alone = outcomes(star(), 1, refill=1.0, roles=roles)["plan"]
    assert alone.largest.mean == pytest.approx(1 / 9)
    assert alone.coverage is not None
    assert alone.coverage.mean == 0.5
    spare = ["chemist", "chemist", *["courier"] * 7]
    shared = outcomes(star(), 1, refill=1.0, roles=spare)["plan"]
    assert shared.largest.mean > alone.largest.mean


def test_planned_action_does_more_than_chance() -> None:
    pairs = [(6 * c + a, 6 * c + b) for c in range(6) for a in range(6) for b in range(a)]
    pairs += [(6 * c + 5, 6 * c + 6) for c in range(5)]
    graph = graph_of(*((f"n{a:02}", f"n{b:02}") for a, b in pairs))
    done = outcomes(graph, 3, refill=0.2)
    assert done["plan"].largest.mean < done["random"].largest.mean
    assert done["plan"].efficiency.mean < done["nothing"].efficiency.mean


def test_same_seed_same_result_and_bad_terms_are_refused() -> None:
    graph = star()
    assert disrupt(graph, 2, runs=5, seed=4) == disrupt(graph, 2, runs=5, seed=4)
    for bad in ({"cost": [0.0] * 9}, {"roles": ["x"]}, {"refill": 2.0}, {"runs": 0}):
        with pytest.raises(UsageError):
            disrupt(graph, 1, **bad)  # type: ignore[arg-type]
