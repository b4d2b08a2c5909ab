"""P-values from random networks, and how many of the findings they give are expected to be false.

Counts of ties take few values, so the p-values of most entities cannot be small at all. The
procedure of Benjamini and Hochberg (1995) takes every test for one that can, and so finds too
little; here each counts only with the p-values it can attain (Heyse 2011).
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from manara.graph.arrays import F64, I64
from manara.network.rewire import F32

#: Sums of probabilities that are nearer than this are equal.
SAME = 1e-3


class Ladder(NamedTuple):
    """The p-values that some entities can have, all drawn from one distribution.

    Attributes:
        entities: how many.
        steps: attainable p-values, ascending.
    """

    entities: int
    steps: F64


def pooled_p(observed: F64, draws: F32, strata: I64, most: F64) -> tuple[F64, list[Ladder]]:
    """Return the probability, by chance, of as many as observed or more, and what it can be.

    Entities of one stratum (the same class, degree and profile) have the same distribution in the
    random networks, so that all their draws count for each: ``(r + 1) / (n + 1)``, of which `n`
    draws `r` reach the observed value, is never 0 (Davison and Hinkley 1997, section 4.2).

    Args:
        observed: [n] observed values.
        draws: [draws, n] values in random networks.
        strata: [n] stratum of each entity, from 0.
        most: [n] greatest value each can have.
    """
    p = np.ones(len(observed))
    ladders = []
    order = np.argsort(strata, kind="stable")
    for at in np.split(order, np.flatnonzero(np.diff(strata[order])) + 1):
        if not len(at):
            continue
        values, counts = np.unique(np.round(draws[:, at], 3), return_counts=True)
        reached = np.append(np.cumsum(counts[::-1])[::-1], 0)
        total = reached[0] + 1
        p[at] = (reached[np.searchsorted(values, observed[at] - SAME)] + 1) / total
        beyond = most[at[0]] > values[-1] + SAME
        steps = (reached if beyond else reached[:-1])[::-1] + 1
        ladders.append(Ladder(len(at), steps / total))
    return p, ladders


def false_by_chance(threshold: F64, ladders: list[Ladder]) -> F64:
    """Return how many entities have a p-value of at most each threshold by chance alone."""
    expected = np.zeros(len(threshold))
    for ladder in ladders:
        step = np.searchsorted(ladder.steps, threshold + 1e-12)
        attained = np.append(0.0, ladder.steps)[step]
        expected += ladder.entities * attained
    return expected


def q_values(p: F64, ladders: list[Ladder], before: int = 0) -> F64:
    """Return for each p-value the share of false findings if all up to it are called findings.

    Args:
        p: [n] p-values.
        ladders: what they can be, from `pooled_p`, and what those of findings made before could be.
        before: findings made before.
    """
    threshold, place, counts = np.unique(p, return_inverse=True, return_counts=True)
    share = false_by_chance(threshold, ladders) / (np.cumsum(counts) + before)
    lowest = np.minimum.accumulate(share[::-1])[::-1]
    return np.minimum(lowest, 1.0)[place]


def benjamini_hochberg(p: F64) -> F64:
    """Return q-values of p-values that may all be small (Benjamini and Hochberg 1995)."""
    order = np.argsort(p)
    share = p[order] * len(p) / np.arange(1, len(p) + 1)
    q = np.empty(len(p))
    q[order] = np.minimum(np.minimum.accumulate(share[::-1])[::-1], 1.0)
    return q


class Measure(msgspec.Struct, frozen=True):
    """A measure of a whole network beside what chance gives.

    Attributes:
        observed: the value.
        expected: mean in the random networks.
        sd: standard deviation there.
        p_more: probability of as much or more by chance.
        p_less: probability of as little or less by chance.
    """

    observed: float
    expected: float
    sd: float
    p_more: float
    p_less: float

    @classmethod
    def of(cls, observed: float, draws: NDArray[np.floating]) -> Measure:
        """Return a measure and its p-values, ``(r + 1) / (n + 1)``, from its draws."""
        more, less = (draws >= observed - SAME), (draws <= observed + SAME)
        return cls(
            float(observed),
            float(draws.mean()),
            float(draws.std()),
            float((more.sum() + 1) / (len(draws) + 1)),
            float((less.sum() + 1) / (len(draws) + 1)),
        )

    def rounded(self) -> Measure:
        """Return it with six significant digits."""
        return Measure(*(float(f"{value:.6g}") for value in msgspec.structs.astuple(self)))
