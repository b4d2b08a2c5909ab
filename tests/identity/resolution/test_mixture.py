"""Estimation finds what was planted."""

import numpy as np

from manara.identity.resolution.mixture import Mixture, estimate, frequencies, posterior
from manara.identity.resolution.pairs import LEVELS


def planted(share: float, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Levels of simulated pairs, which match, and the m and u they were drawn with."""
    draw = np.random.default_rng(7)
    m = np.array(
        [[0, 0.1, 0, 0.2, 0, 0, 0.7], [0, 0.2, 0, 0.1, 0, 0, 0.7], [0, 0.05, 0, 0.05, 0, 0, 0.9]]
    )
    u = np.array(
        [[0, 0.9, 0, 0.05, 0, 0, 0.05], [0, 0.8, 0, 0.1, 0, 0, 0.1], [0, 0.6, 0, 0.1, 0, 0, 0.3]]
    )
    match = draw.random(count) < share
    levels = np.empty((count, 3), np.int8)
    for field in range(3):
        levels[:, field] = np.where(
            match,
            draw.choice(LEVELS, count, p=m[field]),
            draw.choice(LEVELS, count, p=u[field]),
        )
    return levels, match, m, u


def start() -> Mixture:
    m = np.tile([0, 0.2, 0.05, 0.1, 0.05, 0.05, 0.55], (3, 1))
    u = np.tile([0, 0.7, 0.05, 0.1, 0.05, 0.05, 0.05], (3, 1))
    return Mixture(m, u, 0.3)


def test_em_recovers_planted_shares() -> None:
    levels, _, m, u = planted(0.1, 200_000)
    found = estimate(levels, np.ones(len(levels)), start())
    assert abs(found.share - 0.1) < 0.01
    assert np.abs(found.m - m).max() < 0.03
    assert np.abs(found.u - u).max() < 0.01


def test_missing_levels_say_nothing() -> None:
    levels, _, m, _ = planted(0.1, 200_000)
    gone = np.random.default_rng(3).random(levels.shape) < 0.2
    levels[gone] = 0
    found = estimate(levels, np.ones(len(levels)), start())
    assert abs(found.share - 0.1) < 0.02
    assert np.abs(found.m - m).max() < 0.05
    nothing = posterior(np.zeros((1, 3), np.int8), found)
    assert np.allclose(nothing, found.share)


def test_posterior_is_calibrated_on_planted_pairs() -> None:
    levels, match, m, u = planted(0.1, 200_000)
    belief = posterior(levels, Mixture(m, u, 0.1))
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.0)):
        here = (belief >= low) & (belief < high)
        assert abs(belief[here].mean() - match[here].mean()) < 0.03


def test_counts_weigh_patterns() -> None:
    levels = np.array([[6], [1]], np.int8)
    found = frequencies(levels, np.array([3.0, 1.0]), 0.0)
    assert found[0, 6] == 0.75
    assert found[0, 1] == 0.25


def test_nothing_to_estimate_keeps_the_start() -> None:
    begun = start()
    assert estimate(np.zeros((0, 3), np.int8), np.zeros(0), begun) is begun
