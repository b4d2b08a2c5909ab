"""Phase III: who pays what is lost, what nobody pays, and whether to protect, insure or retain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from manara.risk import portfolio
from manara.risk.attackers import Shift
from manara.risk.cover import Cover, Draws, Waterfall, plain, waterfall
from manara.risk.programme.exposure import F64, Exposure, places
from manara.risk.programme.folder import Settings

#: OED's codes of terrorism by conventional means, and by nuclear, biological, chemical ones.
PERILS = ("MTR", "MNT")


@dataclass(frozen=True, slots=True)
class Covered:
    """Who pays, in one state of the sites.

    Attributes:
        waterfall: who bears each loss.
        plain: the same in the mean and in bad years, by peril and site, with offers weighed, as
            `manara.risk.cover.plain` tells it.
    """

    waterfall: Waterfall
    plain: dict[str, Any]

    @property
    def unpaid(self) -> float:
        """What nobody pays, in the mean of a year, agreed deductibles left out."""
        parts = self.plain["parts"]
        return float(parts["nobody"]["aal"] + parts["pro_rata"]["aal"])


def covered(cover: Cover, draws: Draws) -> Covered:
    """Return who pays the losses of draws.

    Raises:
        UsageError: the cover's scheme needs something that is not told.
        NotFoundError: it names a scheme, day or site that is not there.
    """
    found = waterfall(cover, draws)
    return Covered(found, plain(cover, found))


def draw(exposure: Exposure, severity: portfolio.Severity, settings: Settings) -> Draws:
    """Return losses of each site in each event and sample, for both perils, at today's rates."""
    names = exposure.targets.names
    events = exposure.events(exposure.targets.attempts, exposure.targets.success)
    values = exposure.values()
    count, bands = len(events.names), exposure.chances.shape[1]
    samples = exposure.samples
    size = count * samples
    where, whose, what = [], [], []
    for at, site in enumerate(exposure.sites):
        own = places([site], values[at : at + 1])
        loss = portfolio.losses(
            own, events, samples=samples, seed=settings.seed, severity=severity
        ).ground_up.ravel()
        struck = np.flatnonzero(loss)
        where.append(struck)
        whose.append(np.full(len(struck), at, np.int64))
        what.append(loss[struck])
    one, sites, losses = (np.concatenate(parts) for parts in (where, whose, what))
    share = settings.assumptions.unconventional
    weight = np.repeat(events.rate / samples, samples)
    none = np.zeros(2 * size)
    return Draws(
        sites=names,
        draw=np.concatenate([one, one + size]).astype(np.int64),
        site=np.tile(sites, 2),
        loss=np.tile(losses, 2),
        perils=PERILS,
        peril=np.repeat(np.arange(2), size),
        weight=np.concatenate([weight * (1 - share), weight * share]),
        year=np.arange(2 * size),
        years=None,
        target=np.tile(np.repeat(np.arange(len(names)), bands * samples), 2),
        insurer=none,
        industry=none,
    )


def planned(draws: Draws, shift: Shift, likelihood: F64, consequence: F64) -> Draws:
    """Return the same draws once a plan is carried out and one attacker has reacted."""
    before, after = shift.attempts_before, shift.attempts_after
    moved = np.divide(after, before, out=np.ones(len(after)), where=before > 0)
    return draws.protected(likelihood, consequence, moved)
