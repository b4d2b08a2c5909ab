"""What agreement is worth: the Fellegi-Sunter model, estimated without labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manara.identity.resolution.pairs import LEVELS

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Mixture:
    """A mixture of matching and other pairs over levels of agreement.

    Attributes:
        m: probability of each level in matching pairs [fields, levels]; column 0 (missing) unused.
        u: the same in other pairs.
        share: the share of matching pairs, 0 to 1.
    """

    m: Array
    u: Array
    share: float


def frequencies(levels: Array, counts: Array, belief: Array | float = 0.5) -> Array:
    """Return how often each level occurs in each field, missing ones left out [fields, levels].

    Args:
        levels: levels of distinct patterns [patterns, fields].
        counts: how many pairs have each pattern.
        belief: pseudo-counts of the levels, one for all or [fields, levels], so that nothing is
            impossible.
    """
    found = np.zeros((levels.shape[1], LEVELS)) + belief
    for field in range(levels.shape[1]):
        found[field] += np.bincount(levels[:, field], counts, LEVELS)
    found[:, 0] = 0.0
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def estimate(
    levels: Array,
    counts: Array,
    start: Mixture,
    *,
    belief: tuple[Array | float, Array | float] = (0.5, 0.5),
    rounds: int = 200,
    tolerance: float = 1e-6,
) -> Mixture:
    """Return the mixture that makes the observed patterns likely.

    Expectation-maximisation of the latent class model (Winkler 1988; Dempster, Laird, Rubin 1977),
    fields independent within a class; missing levels say nothing.

    Args:
        levels: levels of distinct patterns [patterns, fields], 0 for missing.
        counts: how many pairs have each pattern.
        start: where to begin.
        belief: pseudo-counts of levels in matching and in other pairs, see `frequencies`.
        rounds: the most rounds to make.
        tolerance: stop when the share changes by less.
    """
    now = start
    total = counts.sum()
    for _ in range(rounds if total else 0):
        matching = posterior(levels, now)
        share = float((matching * counts).sum() / total)
        share = min(max(share, 1e-9), 1 - 1e-9)
        m = frequencies(levels, counts * matching, belief[0])
        u = frequencies(levels, counts * (1 - matching), belief[1])
        moved = max(abs(share - now.share), float(np.abs(m - now.m).max()))
        now = Mixture(m, u, share)
        if moved < tolerance:
            break
    return now


def posterior(levels: Array, mixture: Mixture) -> Array:
    """Return the probability that each pattern is a matching pair."""
    odds = np.log(mixture.share) - np.log1p(-mixture.share)
    table = log_ratio(mixture.m, mixture.u)
    weight = odds + table[np.arange(levels.shape[1]), levels].sum(axis=1)
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(weight, -500, 500))))


def log_ratio(m: Array, u: Array) -> Array:
    """Return natural logarithms of m over u, 0 for missing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        table = np.log(m) - np.log(u)
    table[:, 0] = 0.0
    return table
