"""Security games: where a defender's few guards go against an attacker who watches first.

The Stackelberg equilibrium in which the attacker breaks ties in the defender's favour (Kiekintveld,
Jain, Tsai, Pita, Ordóñez and Tambe, "Computing optimal randomized resource allocations for massive
security games", AAMAS 2009). The attacker attacks where it pays most, so coverage is best spent on
bringing the best targets down to one common level, as low as the resources allow.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manara.model import UsageError

F64 = NDArray[np.float64]

#: Targets whose worth to the attacker differs from the level by less than this share of it are as
#: good to him; rounding of sums over millions of targets is far below.
_TIE = 1e-12

#: Targets looked at at once: what is worked out of them stays in the processor's cache.
_BLOCK = 8192


@dataclass(frozen=True, slots=True)
class Game:
    """A game over n targets; arrays of shape (n,), in any one unit.

    Attributes:
        attacker_uncovered: worth to the attacker of a target that nobody covers.
        attacker_covered: the same where he meets a guard; less.
        defender_uncovered: worth to the defender of an attack that meets no guard.
        defender_covered: the same where it meets one; more.
        resources: guards; each can cover one target at a time.
    """

    attacker_uncovered: F64
    attacker_covered: F64
    defender_uncovered: F64
    defender_covered: F64
    resources: float

    def __post_init__(self) -> None:
        arrays = {name: getattr(self, name) for name in ARRAYS}
        if len({array.shape for array in arrays.values()}) > 1 or not len(self.attacker_covered):
            raise UsageError("arrays of different or no length", where="game")
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                raise UsageError("a number that is not finite", where=f"game, {name}")
        if (self.attacker_covered >= self.attacker_uncovered).any():
            raise UsageError("a guard must cost the attacker something", where="game")
        if (self.defender_covered < self.defender_uncovered).any():
            raise UsageError("a guard must not make an attack worse", where="game")
        if not 0 <= self.resources < np.inf:
            raise UsageError(f"{self.resources} resources", where="game")


#: The arrays of a game, in the order of the constructor.
ARRAYS = ("attacker_uncovered", "attacker_covered", "defender_uncovered", "defender_covered")


@dataclass(frozen=True, slots=True)
class Equilibrium:
    """The best mixed coverage against a fully strategic attacker.

    Attributes:
        value: what the defender gets.
        target: place of the target attacked.
        level: what the attacker gets.
        coverage: share of time that each target is covered, 0..1, shape (n,).
    """

    value: float
    target: int
    level: float
    coverage: F64


def equilibrium(game: Game) -> Equilibrium:
    """Return the strong Stackelberg equilibrium of a game.

    Exact but for rounding: the level solves a convex, falling, piecewise linear equation by
    Newton's method from the left, which meets each piece at most once.
    """
    worth, covered = game.attacker_uncovered, game.attacker_covered
    # Full coverage leaves him what a guard leaves: no level is below.
    level = _level(worth, covered, game.resources, float(covered.max()))
    tie = _TIE * max(1.0, abs(level), abs(float(worth.max())))
    coverage = np.empty(len(worth))
    best, target = -np.inf, 0
    for part in _blocks(len(worth)):
        here, share = worth[part], coverage[part]
        np.divide(here - level, here - covered[part], out=share)
        np.clip(share, 0.0, 1.0, out=share)
        open_ = game.defender_uncovered[part]
        value = open_ + share * (game.defender_covered[part] - open_)
        # A covered target is attacked for the level; an uncovered one only if it is worth it.
        value[here < level - tie] = -np.inf
        at = int(np.argmax(value))
        if value[at] > best:
            best, target = float(value[at]), part.start + at
    return Equilibrium(best, target, level, coverage)


def _blocks(count: int) -> list[slice]:
    return [slice(begin, begin + _BLOCK) for begin in range(0, count, _BLOCK)]


def _level(worth: F64, covered: F64, resources: float, level: float) -> float:
    """Return the least worth of the attacker's best target that the resources allow.

    Newton's method from a level below: the one at which coverage costs the resources, or the first
    if it costs less.
    """
    blocks = _blocks(len(worth))
    while True:
        total = slope = 0.0
        for part in blocks:
            here = worth[part]
            rate = (here > level) / (here - covered[part])
            total += float(here @ rate)
            slope += float(rate.sum())
        following = (total - resources) / slope if slope else level
        if following <= level:
            return level
        level = following
