"""Convergence: planted bridges are found, shuffled networks give none, and all can be redone."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from manara.graph import Graph
from manara.model import UsageError
from manara.network.converge import Settings, bridges, converge
from manara.network.measures import assortativity, largest_component
from manara.network.nulls import mixing_kept, most_probable
from manara.network.rewire import Stubs, exchange

QUICK = Settings(draws=300)


def invented(seed: int, n: int = 240, ties: int = 700) -> tuple[Graph, np.ndarray]:
    """Return a network of four domains in which three ties in four stay within one."""
    rng = np.random.default_rng(seed)
    label = np.arange(n) % 4
    one = rng.integers(0, n, ties)
    within = (one + 4 * rng.integers(1, n // 4, ties)) % n
    other = np.where(rng.random(ties) < 0.75, within, rng.integers(0, n, ties))
    return graph_of(one, other, n), np.eye(4)[label]


def graph_of(one: np.ndarray, other: np.ndarray, n: int) -> Graph:
    return Graph.of([f"n{at}" for at in range(n)], one.astype(np.int32), other.astype(np.int32))


def planted(graph: Graph, seed: int, bridges: int, extra: int) -> tuple[Graph, set[str]]:
    """Return a network in which some have further ties to other domains (of four, by number)."""
    rng = np.random.default_rng(seed)
    chosen = rng.choice(graph.n, bridges, replace=False)
    one = np.repeat(chosen, extra)
    # A step that is no multiple of four leads to another domain.
    step = 4 * rng.integers(0, graph.n // 4, len(one)) + rng.integers(1, 4, len(one))
    other = (one + step) % graph.n
    ends = np.column_stack([one, other])
    both = np.concatenate([graph.ends, ends])
    return graph_of(both[:, 0], both[:, 1], graph.n), {f"n{at}" for at in chosen}


def test_planted_bridges_are_found_and_little_else() -> None:
    graph, profile = invented(1)
    network, bridges = planted(graph, 2, 10, 10)
    result = converge(network, profile, list("abcd"), QUICK)
    found = {one.id for one in result.findings}
    assert len(found & bridges) >= 8
    assert len(found - bridges) <= 3
    for one in result.findings:
        assert one.q_b <= QUICK.fdr
        assert one.cross > one.expected_b
        assert one.stands is not None
        assert sum(one.partners.values()) == one.ties
    strongest = max(result.findings, key=lambda one: one.cross - one.expected_b)
    assert strongest.stands and strongest.stands > 0.8


def test_realised_false_discoveries_and_power_on_planted_networks() -> None:
    false, power = [], []
    for number in range(16):
        graph, profile = invented(100 + number, 160, 450)
        network, bridges = planted(graph, number, 8, 10)
        _, found, _ = mixing_kept(network, profile, seed=number, draws=200, fdr=0.1)
        names = {network.nodes[at] for at in np.flatnonzero(found)}
        false.append(len(names - bridges) / max(1, len(names)))
        power.append(len(names & bridges) / len(bridges))
    assert 0.03 <= np.mean(false) <= 0.15
    assert np.mean(power) >= 0.8


def test_ties_among_those_of_no_domain_change_nothing() -> None:
    graph, profile = invented(7, 160, 450)
    graph, _ = planted(graph, 3, 8, 10)
    # Forty entities of no domain, each with a tie to one of a domain; then all of them tied.
    rest, known = np.arange(160, 200), np.arange(40)
    profile = np.concatenate([profile, np.zeros((40, 4))])
    one, other = np.triu_indices(40, 1)
    answers = []
    for more in (np.zeros((0, 2), int), 160 + np.column_stack([one, other])):
        ends = np.concatenate([graph.ends, np.column_stack([known, rest]), more])
        network = graph_of(ends[:, 0], ends[:, 1], 200)
        stand, found, _ = mixing_kept(network, profile, seed=1, draws=200, fdr=0.1)
        answers.append((found.tolist(), stand.p.tolist(), stand.expected.tolist()))
    assert answers[0] == answers[1]
    assert any(answers[0][0][:160]) and not any(answers[0][0][160:])


def test_networks_drawn_under_the_null_hypothesis_give_findings_rarely() -> None:
    any_found = 0
    for number in range(30):
        graph, profile = invented(number, n=120, ties=300)
        stubs = Stubs.of(graph, most_probable(profile))
        mate = stubs.mate.copy()
        exchange(stubs, mate, 20 * graph.m, np.array([number], np.uint64))
        drawn = graph_of(stubs.node, stubs.node[mate], graph.n)
        _, found, _ = mixing_kept(drawn, profile, seed=number, draws=200, fdr=0.1)
        any_found += found.any()
    # One in ten is what is accepted; of thirty, seven or more would be one chance in fifty.
    assert any_found <= 6


def test_bridges_alone_are_the_findings_of_the_whole_report() -> None:
    graph, profile = invented(5, 120, 300)
    network, _ = planted(graph, 6, 5, 10)
    settings = Settings(draws=100)
    whole = converge(network, profile, list("abcd"), settings).findings
    assert whole
    assert [
        (one.id, one.domain, one.cross, one.expected_b, one.p_b, one.q_b, one.stands)
        for one in whole
    ] == [
        (one.id, one.domain, one.cross, one.expected, one.p, one.q, one.stands)
        for one in bridges(network, profile, list("abcd"), settings)
    ]


def test_under_a_domains_that_keep_to_themselves_stand_out() -> None:
    graph, profile = invented(3)
    system = converge(graph, profile, list("abcd"), QUICK).system
    assert system.cross_share.observed < system.cross_share.expected
    # Four domains of one size, all ties by chance: three in four are to another one.
    assert system.cross_share.expected == pytest.approx(0.75, abs=0.02)
    assert system.cross_share.p_less == pytest.approx(1 / 301, rel=1e-3)
    within = [pair for pair in system.pairs if pair.domains[0] == pair.domains[1]]
    assert [pair.p_more for pair in within] == pytest.approx([1 / 301] * 4, rel=1e-3)
    assert sum(pair.ties for pair in system.pairs) == graph.m
    assert 0.5 < system.assortativity < 0.8


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    graph, profile = invented(4, 80, 200)
    one, again, other = (
        msgspec.json.encode(converge(graph, profile, list("abcd"), Settings(seed=s, draws=50)))
        for s in (1, 1, 2)
    )
    assert one == again
    assert json.loads(one)["entities"] != json.loads(other)["entities"]


def test_unknown_domains_and_probable_ones_count_as_far_as_they_are_known() -> None:
    names = ["known", "half", "unknown", "alone"]
    graph = Graph.of(names, np.array([0, 0, 1], np.int32), np.array([1, 2, 2], np.int32))
    profile = np.array([[1, 0], [0, 0.5], [0, 0], [1, 0]])
    result = converge(graph, profile, ["arms", "drugs"], Settings(draws=20))
    known, half, unknown = result.entities
    assert (known.cross, half.cross, unknown.cross) == (0.5, 0.5, 0)
    assert (known.domain, half.domain, unknown.domain) == ("arms", "drugs", "unknown")
    assert (known.breadth, unknown.breadth) == (1, 0)
    assert result.system.entities == 3, "who has no tie is left out"


def test_findings_under_wrong_labels_stand_less_often() -> None:
    graph, profile = invented(5, 120, 300)
    network, _ = planted(graph, 6, 5, 10)
    sure, unsure = (
        converge(network, profile, list("abcd"), Settings(draws=200, label_error=error)).findings
        for error in (0.0, 0.5)
    )
    assert [one.id for one in sure] == [one.id for one in unsure]
    assert np.mean([one.stands for one in sure]) > 0.85
    assert np.mean([one.stands for one in unsure]) < np.mean([one.stands for one in sure]) - 0.2


def test_what_is_no_profile_or_no_setting_is_refused() -> None:
    graph, profile = invented(1, 40, 60)
    with pytest.raises(UsageError, match="no probability vector"):
        converge(graph, profile * 2, list("abcd"))
    with pytest.raises(UsageError, match="shape"):
        converge(graph, profile, list("abc"))
    for wrong in (Settings(draws=0), Settings(fdr=1), Settings(seed=-1), Settings(label_error=1)):
        with pytest.raises(UsageError):
            converge(graph, profile, list("abcd"), wrong)


@pytest.mark.shared
def test_published_figures_of_crimenet(shared: Path) -> None:
    text = (shared / "networks/crimenet/crimenet_alliances.json").read_text("utf-8")
    data = json.loads(text)
    types = {one["name"]: one["type"] for one in data["entities"]}
    number = {name: at for at, name in enumerate(types)}
    one, other = (
        np.array([number[tie[end]] for tie in data["relations"]]) for end in ("source", "target")
    )
    graph = Graph.of(list(types), one.astype(np.int32), other.astype(np.int32))
    domains = sorted(set(types.values()))
    profile = np.eye(len(domains))[[domains.index(of) for of in types.values()]]
    # Of the organisations with an alliance, CRIMENET 2026; assortativity over all alliances.
    assert largest_component(graph) == pytest.approx(0.853, abs=0.01)
    assert assortativity(graph, profile) == pytest.approx(0.49, abs=0.01)
