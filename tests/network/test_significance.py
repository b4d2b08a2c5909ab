"""P-values by counting, and shares of false findings, against examples done by hand."""

from __future__ import annotations

import numpy as np
import pytest

from manara.network.significance import (
    Ladder,
    Measure,
    benjamini_hochberg,
    false_by_chance,
    pooled_p,
    q_values,
)


def test_p_values_count_the_draws_that_reach_what_was_observed() -> None:
    draws = np.array([[0, 1], [1, 2], [1, 3], [3, 0]], np.float32)
    p, _ = pooled_p(np.array([1.0, 4.0]), draws, np.array([0, 1]), np.array([5.0, 5.0]))
    assert p.tolist() == [(3 + 1) / 5, 1 / 5]


def test_entities_of_one_stratum_share_their_draws() -> None:
    draws = np.array([[0, 1], [1, 2], [1, 3], [3, 0]], np.float32)
    p, ladders = pooled_p(np.array([3.0, 3.0]), draws, np.array([0, 0]), np.array([3.0, 3.0]))
    assert p.tolist() == [(2 + 1) / 9] * 2
    # Attainable are 3 or more (2 of 8 draws), 2 (3), 1 (6) and 0 (8); more than 3 is not possible.
    assert ladders[0].entities == 2
    assert ladders[0].steps.tolist() == pytest.approx([3 / 9, 4 / 9, 7 / 9, 1])


def test_a_value_that_no_draw_reached_is_attainable_where_it_is_possible() -> None:
    draws = np.array([[0], [1]], np.float32)
    _, (ladder,) = pooled_p(np.array([2.0]), draws, np.array([0]), np.array([2.0]))
    assert ladder.steps.tolist() == pytest.approx([1 / 3, 2 / 3, 1])


def test_entities_that_cannot_have_a_small_p_value_do_not_count() -> None:
    ladders = [Ladder(90, np.array([0.5, 1.0])), Ladder(10, np.array([0.01, 0.5, 1.0]))]
    assert false_by_chance(np.array([0.005, 0.01, 0.4, 0.5]), ladders) == pytest.approx(
        [0, 0.1, 0.1, 50]
    )
    p = np.array([0.01, *[0.5] * 50, *[1.0] * 49])
    # One finding where a tenth of one is expected; a hundred tests would have made it 1.
    assert q_values(p, ladders)[0] == pytest.approx(0.1)
    assert benjamini_hochberg(p)[0] == pytest.approx(0.98, abs=0.03)


def test_where_all_p_values_are_attainable_it_is_benjamini_and_hochberg() -> None:
    p = np.array([0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.9])
    steps = np.unique(np.append(p, 1.0))
    assert q_values(p, [Ladder(10, steps)]) == pytest.approx(benjamini_hochberg(p))


def test_benjamini_hochberg_by_hand() -> None:
    # 0.01 x 4 / 1, 0.02 x 4 / 2, 0.03 x 4 / 3 and 0.5, the least of what follows each.
    found = benjamini_hochberg(np.array([0.03, 0.5, 0.01, 0.02]))
    assert found.tolist() == pytest.approx([0.04, 0.5, 0.04, 0.04])


def test_findings_made_before_count_and_so_do_the_false_ones_to_expect_of_them() -> None:
    ladders = [Ladder(100, np.array([0.01, 1.0]))]
    p = np.array([0.01, *[1.0] * 99])
    assert q_values(p, ladders)[0] == pytest.approx(1.0)
    before = [Ladder(9, np.array([0.005, 0.01, 1.0]))]
    assert q_values(p, ladders + before, 9)[0] == pytest.approx((100 * 0.01 + 9 * 0.01) / 10)


def test_a_measure_is_set_beside_its_draws() -> None:
    found = Measure.of(3.0, np.array([1.0, 2.0, 3.0, 4.0]))
    assert found == Measure(3.0, 2.5, 1.25**0.5, 3 / 5, 4 / 5)
