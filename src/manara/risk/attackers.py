"""How attacks move when sites are protected, for three kinds of attacker.

Nobody knows how far attackers turn to other sites, and studies point both ways, so every result
here is told for three of them: one of *fixed habits* who goes where he went before; one who *partly
adapts*, a logit choice (McFadden 1974; quantal response, McKelvey and Palfrey 1995) on the
logarithm of what an attack is worth to him, anchored on his habits; and one who is *strategic* and
goes where it pays most. The strength of the second runs from 0, the first, towards the third.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manara.model import UsageError
from manara.risk.game import Game, equilibrium

F64 = NDArray[np.float64]

#: Strengths of a partly adaptive attacker that are shown where none is named: weak, in proportion
#: to worth, strong. A band, since none is measured.
STRENGTHS = (0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Targets:
    """An owner's sites as attackers see them; arrays of shape (n,).

    Attributes:
        names: of the sites.
        attempts: attempted attacks a year, by habit.
        success: probability that an attempt succeeds, 0..1.
        loss: of a successful attack to the owner, in money.
        worth: of a successful attack to the attacker, in any one unit.
    """

    names: tuple[str, ...]
    attempts: F64
    success: F64
    loss: F64
    worth: F64

    def __post_init__(self) -> None:
        for name in ("attempts", "success", "loss", "worth"):
            array = getattr(self, name)
            if array.shape != (len(self.names),) or not len(array):
                raise UsageError("arrays of different or no length", where=f"targets, {name}")
            if not (np.isfinite(array) & (array >= 0)).all():
                raise UsageError("a number below zero or not finite", where=f"targets, {name}")
        if (self.success > 1).any():
            raise UsageError("a probability above 1", where="targets, success")
        if not self.attempts.sum():
            raise UsageError("no attempts on any site", where="targets, attempts")

    @property
    def risk(self) -> F64:
        """Expected loss a year of each site, under fixed habits."""
        found: F64 = self.attempts * self.success * self.loss
        return found


@dataclass(frozen=True, slots=True)
class Shift:
    """What one attacker makes of a plan.

    Attributes:
        attacker: ``habits``, ``logit`` or ``strategic``.
        strength: of a logit attacker; None for the others.
        attempts_before: attempts a year on each site before the plan, shape (n,).
        attempts_after: the same after it; their sum is the same.
        risk_before: expected loss a year of each site before the plan, shape (n,).
        risk_after: the same after it.
    """

    attacker: str
    strength: float | None
    attempts_before: F64
    attempts_after: F64
    risk_before: F64
    risk_after: F64

    @property
    def cut(self) -> float:
        """Share of all risk that the plan takes away; below 0 if it makes things worse."""
        before = float(self.risk_before.sum())
        return 1.0 - float(self.risk_after.sum()) / before if before else 0.0

    @property
    def substitution(self) -> F64:
        """Risk after the plan over risk before, by site; nan where there was none before.

        For a site that nobody protected this is its substitution factor: 1 if attacks stay away
        from it as before, 2 if protection elsewhere has doubled its risk.
        """
        none = np.full(len(self.risk_before), np.nan)
        before: F64 = self.risk_before
        found: F64 = np.divide(self.risk_after, before, out=none, where=before > 0)
        return found

    def share(self, sites: NDArray[np.bool_]) -> tuple[float, float]:
        """Return the share of attempts that go to some sites, before and after."""
        before, after = self.attempts_before, self.attempts_after
        return float(before[sites].sum() / before.sum()), float(after[sites].sum() / after.sum())


def shifts(
    targets: Targets,
    likelihood: F64,
    consequence: F64,
    strengths: Sequence[float] = STRENGTHS,
) -> list[Shift]:
    """Return what each attacker makes of a plan: habits, one logit a strength, strategic.

    Args:
        targets: the sites before the plan.
        likelihood: factor of the plan on the probability of success of each site, 0..1.
        consequence: factor on the loss, 0..1; what the attacker gets falls as much.
        strengths: of the partly adaptive attackers, at least 0. At strength s, halving what an
            attack on a site is worth divides the odds of choosing it by 2 to the power of s.

    Attempts in all stay the same: that an attacker gives up or goes elsewhere is told by a target
    ``elsewhere`` with a worth and no loss.

    Raises:
        UsageError: a factor outside 0..1, or a strength below 0.
    """
    for name, factor in (("likelihood", likelihood), ("consequence", consequence)):
        if factor.shape != targets.loss.shape or not ((factor >= 0) & (factor <= 1)).all():
            raise UsageError("not a factor in 0..1 for each site", where=name)
    if min(strengths, default=0.0) < 0:
        raise UsageError("below 0", where="strength")
    each = targets.success * targets.loss
    eased = each * likelihood * consequence
    total = float(targets.attempts.sum())

    def shift(name: str, strength: float | None, before: F64, after: F64) -> Shift:
        return Shift(name, strength, before, after, before * each, after * eased)

    found = [shift("habits", None, targets.attempts, targets.attempts)]
    for strength in strengths:
        after = total * logit(targets.attempts, likelihood * consequence, strength)
        found.append(shift("logit", strength, targets.attempts, after))
    worth = targets.success * targets.worth
    most = [
        total * _where(now, lost)
        for now, lost in ((worth, each), (worth * likelihood * consequence, eased))
    ]
    return [*found, shift("strategic", None, *most)]


def logit(attempts: F64, change: F64, strength: float) -> F64:
    """Return the shares of attempts of a partly adaptive attacker.

    Args:
        attempts: by habit, shape (n,).
        change: factor on what an attack on each site is worth to him, at least 0.
        strength: of adaptation, at least 0.
    """
    # In logarithms, and against the best: large strengths neither overflow nor vanish.
    with np.errstate(divide="ignore"):
        log = np.log(attempts) + (strength * np.log(change) if strength else 0.0)
    highest = log.max()
    # With nothing left anywhere no site is better than another.
    weight = np.exp(log - highest) if np.isfinite(highest) else attempts
    found: F64 = weight / weight.sum()
    return found


def _where(worth: F64, lost: F64) -> F64:
    """Return 1 at the site a strategic attacker takes, 0 elsewhere.

    With no guards on the move the game has a pure answer; between equals it is for the owner.
    """
    found = np.zeros(len(worth))
    guarded = np.minimum(worth, 0.0) - 1.0
    game = Game(worth, guarded, -lost, np.zeros(len(worth)), 0.0)
    found[equilibrium(game).target] = 1.0
    return found
