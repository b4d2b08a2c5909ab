"""Where few guards go against an attacker who mostly, but not always, goes where it pays most.

Quantal response (McKelvey and Palfrey 1995): he attacks target i with a probability in proportion
to exp(strength x worth of i). As in PASAQ (Yang, Ordóñez and Tambe, "Computing optimal strategy
against quantal response in security games", AAMAS 2012), the defender's value is a fraction, and
Dinkelbach's method turns it into problems that are sums over targets; but the inner problem needs
no mixed-integer programme: each target's part is concave wherever it rises, and its best coverage
at one price of a guard is closed, by Wright's omega function. So the answer is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import wrightomega

from manara.model import UsageError
from manara.risk.game import F64, Game, equilibrium

I64 = NDArray[np.int64]

#: Relative change of the value at which it is known; that of a sum of doubles.
_SAME = 1e-13

#: Steps after which Newton's method has long met the price of a guard, or bisection has.
_STEPS = 100


@dataclass(frozen=True, slots=True)
class Response:
    """The best mixed coverage against a quantal-response attacker.

    Attributes:
        value: what the defender gets in the mean.
        coverage: share of time that each target is covered, 0..1, shape (n,).
        attack: probability that each target is attacked, shape (n,).
    """

    value: float
    coverage: F64
    attack: F64


def respond(game: Game, strength: float) -> Response:
    """Return the best coverage against an attacker with some strength of response.

    Args:
        game: the game.
        strength: how much he minds, per unit of worth; 0 attacks at random, large is strategic.

    Raises:
        UsageError: a strength that is not above 0 or not finite.
    """
    if not 0 < strength < np.inf:
        raise UsageError(f"{strength}: not above 0", where="strength")
    fight = _Inner(game, strength)
    # What is best against the strategic attacker is near enough to begin with.
    coverage = equilibrium(game).coverage
    value = -np.inf
    while True:
        attack = fight.attacks(coverage)
        reached = float(attack @ fight.gets(coverage))
        if reached <= value + _SAME * max(1.0, abs(value)):
            return Response(max(value, reached), coverage, attack)
        value = reached
        coverage = fight.best(value)


class _Inner:
    """The sum that Dinkelbach's method makes best, for one game and strength."""

    def __init__(self, game: Game, strength: float) -> None:
        self.begin = game.defender_uncovered
        gain = game.defender_covered - self.begin
        scale = max(float(np.abs(self.begin).max()), float(gain.max()), 1e-300)
        # A guard who spares nothing still moves the attacker: a gain this small is as good as none.
        self._gain = np.maximum(gain, 1e-12 * scale)
        self._rate = strength * (game.attacker_uncovered - game.attacker_covered)
        log = strength * game.attacker_uncovered
        self._log = log - log.max()
        self._base = np.log(self._gain) + self._log
        self._resources = game.resources
        self._guess = min(len(log), int(2 * game.resources) + 1)

    def gets(self, coverage: F64) -> F64:
        """Return what the defender gets where he is attacked."""
        return self.begin + coverage * self._gain

    def attacks(self, coverage: F64) -> F64:
        """Return the probabilities of attack."""
        log = self._log - self._rate * coverage
        weight = np.exp(log - log.max())
        found: F64 = weight / weight.sum()
        return found

    def best(self, value: float) -> F64:
        """Return the coverage that makes the sum best for a value to be beaten."""
        peak = 1.0 + self._rate * (value - self.begin) / self._gain
        coverage = np.clip(peak / self._rate, 0.0, 1.0)
        if coverage.sum() <= self._resources:
            return coverage
        # The log of the price of a guard up to which a target is worth a first bit of one.
        with np.errstate(divide="ignore"):
            entry = np.where(peak > 0, self._base + np.log(np.maximum(peak, 0.0)), -np.inf)
        low, high = np.inf, float(entry.max())
        few = np.flatnonzero(entry > -np.inf)
        while low == np.inf:
            price = _largest(entry[few], self._guess, high)
            some = few[entry[few] > price]
            begin = self._covered(price, some, peak)
            if begin[0].sum() >= self._resources:
                low, few = price, some
            else:
                high, self._guess = price, 2 * self._guess
        coverage = np.zeros(len(peak))
        coverage[few] = self._priced(low, high, few, peak, begin)
        self._guess = int(np.count_nonzero(coverage)) * 9 // 8 + 1
        return coverage

    def _priced(
        self, low: float, high: float, few: I64, peak: F64, begin: tuple[F64, float]
    ) -> F64:
        """Return the coverage at the price that just spends the guards.

        Newton's method, kept between two bounds; what holds at the lower is known.
        """
        price, (coverage, slope) = low, begin
        for _ in range(_STEPS):
            over = float(coverage.sum()) - self._resources
            low, high = (price, high) if over > 0 else (low, price)
            following = price + over / slope if slope else np.inf
            if not low < following < high:
                following = (low + high) / 2
            if abs(over) <= 1e-12 * self._resources or following == price:
                break
            price = following
            coverage, slope = self._covered(price, few, peak)
        return coverage

    def _covered(self, price: float, few: I64, peak: F64) -> tuple[F64, float]:
        """Return the best coverage of some targets at a log price, and how fast its sum falls."""
        rate = self._rate[few]
        cost = price - self._base[few]
        at = cost + peak[few]
        omega = wrightomega(at)
        # The omega of x and its logarithm add up to x: each end takes what loses no digits.
        raw = (np.where(at < 0, at - omega, np.log(omega + (at < 0))) - cost) / rate
        inside = (raw > 0) & (raw < 1)
        held = omega[inside]
        return np.clip(raw, 0.0, 1.0), float((held / (1 + held) / rate[inside]).sum())


def _largest(entry: F64, count: int, high: float) -> float:
    """Return a price below `high` at which the targets of some count of largest entries are in."""
    if count < len(entry):
        return float(np.partition(entry, len(entry) - count)[len(entry) - count])
    return min(high, float(entry.min())) - 8.0
