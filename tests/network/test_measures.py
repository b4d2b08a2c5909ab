"""Measures of convergence on examples done by hand."""

from __future__ import annotations

from math import exp, log

import numpy as np
import pytest

from manara.graph import Graph
from manara.model import UsageError
from manara.network.measures import (
    assortativity,
    breadth,
    community_mix,
    event_overlap,
    largest_component,
)


def graph_of(ties: list[tuple[int, int]], n: int) -> Graph:
    ends = np.array(ties, np.int32).reshape(-1, 2)
    return Graph.of([f"n{at}" for at in range(n)], ends[:, 0], ends[:, 1])


def test_breadth_is_the_number_of_domains_that_count() -> None:
    profile = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.2, 0.2, 0.2], [0, 0, 0], [0.9, 0.1, 0]])
    entropy = -(0.9 * log(0.9) + 0.1 * log(0.1))
    assert breadth(profile) == pytest.approx([1, 2, 3, 0, exp(entropy)])


def test_assortativity_by_hand() -> None:
    two = np.eye(2)[[0, 0, 1, 1]]
    assert assortativity(graph_of([(0, 1), (2, 3)], 4), two) == pytest.approx(1)
    assert assortativity(graph_of([(0, 2), (1, 3)], 4), two) == pytest.approx(-1)
    # Half of the ties within, all ends equally spread: exactly as by chance.
    assert assortativity(graph_of([(0, 1), (2, 3), (0, 2), (1, 3)], 4), two) == pytest.approx(0)
    # e = [[2, 1], [1, 0]] / 4, a = (3/4, 1/4): (1/2 - 10/16) / (1 - 10/16) = -1/3.
    three = np.eye(2)[[0, 0, 1]]
    assert assortativity(graph_of([(0, 1), (1, 2)], 3), three) == pytest.approx(-1 / 3)


def test_the_largest_component_is_a_share_of_those_with_a_tie() -> None:
    assert largest_component(graph_of([(0, 1), (1, 2), (3, 4)], 9)) == pytest.approx(3 / 5)
    assert largest_component(graph_of([], 3)) == 0


def test_events_of_two_domains_are_counted() -> None:
    # Event 0: arms and drugs; event 1: arms alone; event 2: drugs and an unknown.
    event, entity = np.array([[0, 0, 1, 1, 2, 2], [0, 2, 0, 1, 3, 4]], np.int32)
    found = event_overlap(event, entity, np.array([0, 0, 1, 1, -1], np.int32), draws=200)
    assert found.observed == 1
    assert 0 < found.expected < 3
    assert found.sd > 0


def test_separate_domains_meet_less_than_by_chance() -> None:
    event = np.repeat(np.arange(40, dtype=np.int32), 2)
    entity = np.arange(80, dtype=np.int32)
    classes = np.repeat(np.array([0, 1], np.int32), 40)
    found = event_overlap(event, entity, classes, draws=300)
    assert found.observed == 0
    # Two of eighty, the first of either class: 40 of the 79 others are of the other class.
    assert found.expected == pytest.approx(40 * 40 / 79, abs=0.6)
    assert found.p_less == pytest.approx(1 / 301)


def test_an_event_of_an_entity_without_class_is_refused() -> None:
    with pytest.raises(UsageError):
        event_overlap(np.array([0], np.int32), np.array([7], np.int32), np.array([0], np.int32))


def test_communities_of_one_domain_span_less_than_by_chance() -> None:
    community = np.repeat(np.arange(5, dtype=np.int32), 20)
    found = community_mix(community, np.eye(5)[community], draws=100)
    assert found.observed == pytest.approx(1)
    assert found.expected > 3
    assert found.p_less == pytest.approx(1 / 101)
