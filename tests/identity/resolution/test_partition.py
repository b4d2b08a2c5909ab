"""Clusters follow the sum of evidence, and what people judged above all."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.identity.resolution.partition import APART, SAME, components, correlate, split


def matrix(count: int, **weights: float) -> np.ndarray:
    """Weights of pairs named ``ab`` for rows 0 and 1; all others -1."""
    found = np.full((count, count), -1.0)
    for name, weight in weights.items():
        a, b = ord(name[0]) - 97, ord(name[1]) - 97
        found[a, b] = found[b, a] = weight
    return found


def test_a_chain_is_cut_where_the_ends_contradict() -> None:
    assert correlate(matrix(3, ab=5, bc=4, ac=-9)).tolist() == [0, 0, 2]


def test_one_weak_contradiction_does_not_part_good_company() -> None:
    assert correlate(matrix(3, ab=5, bc=5, ac=-3)).tolist() == [0, 0, 0]


def test_a_person_says_no() -> None:
    assert correlate(matrix(3, ab=50, bc=50, ac=APART)).tolist() == [0, 0, 2]


def test_a_person_says_yes() -> None:
    assert correlate(matrix(2, ab=SAME)).tolist() == [0, 0]
    assert correlate(matrix(3, ab=SAME, bc=-900, ac=-900)).tolist() == [0, 0, 2]


def test_components() -> None:
    left, right = np.array([4, 1], np.int32), np.array([2, 4], np.int32)
    assert components(5, left, right).tolist() == [0, 1, 1, 3, 1]


def test_a_component_too_large_loses_its_weakest_links() -> None:
    left, right = np.array([0, 1, 2], np.int32), np.array([1, 2, 3], np.int32)
    weight = np.array([9, 2, 9], np.float32)
    assert split(4, left, right, weight, 2).tolist() == [0, 0, 2, 2]
    assert split(4, left, right, weight, 4).tolist() == [0, 0, 0, 0]


@settings(deadline=None)
@given(st.integers(2, 6), st.randoms(use_true_random=False))
def test_no_single_move_is_better_and_planted_clusters_are_found(count, draw) -> None:
    weight = np.zeros((count, count))
    for i in range(count):
        for j in range(i):
            weight[i, j] = weight[j, i] = draw.uniform(-5, 5)
    found = correlate(weight)

    def total(labels: np.ndarray) -> float:
        return float((weight * (labels[:, None] == labels)).sum())

    best = total(found)
    for i in range(count):
        for to in range(count + 1):
            moved = found.copy()
            moved[i] = to + 100 if to == count else found[to]
            assert total(moved) <= best + 1e-4
    planted = np.array([draw.randrange(3) for _ in range(count)])
    weight = np.where(planted[:, None] == planted, 2.0, -2.0)
    found = correlate(weight)
    assert ((found[:, None] == found) == (planted[:, None] == planted)).all()
