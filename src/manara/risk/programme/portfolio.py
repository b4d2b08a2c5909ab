"""Phase II: simulated years of attacks on the organisation's sites, and what they cost.

Common random numbers: every site has its own streams, and an attempt keeps its year, its chance of
success, its band and its damage whatever is decided about other sites. Two plans therefore differ
by what they change, and by nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from manara.risk.exceedance import Metrics, Occurrences, metrics
from manara.risk.programme.exposure import Exposure
from manara.risk.threat import Threat
from manara.risk.threat.rates import YEAR

F64 = NDArray[np.float64]

#: Return periods of the tables, in years.
PERIODS = (10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)

#: Shares lost lie at most so far around their mean, as a share of it; an assumption.
_WIDTH = 0.8


@dataclass(frozen=True, slots=True)
class Years:
    """Successful attacks in simulated years; arrays of shape (events,).

    Attributes:
        periods: how many years there are.
        period: year of each attack, from 0, rising.
        place: number of the site attacked.
        band: of severity.
        loss: in money at each site, shape (events, sites).
        people: harmed in each attack.
    """

    periods: int
    period: NDArray[np.int64]
    place: NDArray[np.int64]
    band: NDArray[np.int64]
    loss: F64
    people: F64

    def metrics(self, years: tuple[float, ...] = PERIODS) -> Metrics:
        """Return average, deviation and exceedance curves of the losses of a year."""
        when = Occurrences(np.arange(len(self.period)), self.period, self.periods)
        return metrics(self.loss.sum(axis=1)[:, None], when, years)


@dataclass(frozen=True, slots=True)
class Change:
    """What a plan and an attacker change; arrays of shape (sites,).

    Attributes:
        attempts: attempts a year on each site.
        likelihood: factor on the chance that one succeeds, 0..1.
        consequence: factor on the loss of one that does, 0..1.
    """

    attempts: F64
    likelihood: F64
    consequence: F64

    @classmethod
    def none(cls, exposure: Exposure) -> Change:
        """Return that nothing changes and attackers keep their habits."""
        one = np.ones(len(exposure.sites))
        return cls(exposure.targets.attempts, one, one)


def simulate(
    exposure: Exposure,
    change: Change,
    years: int,
    seed: int,
    *,
    clusters: float = 0.0,
    tail: int = 0,
) -> Years:
    """Return what happens in simulated years.

    Args:
        exposure: of the sites.
        change: what is done about them.
        years: how many.
        seed: of all chance.
        clusters: variance of how the threat of a year lies beside the usual; 0 if years are alike.
        tail: which of the tails of severity: 0 likely, 1 and 2 the ends of the band.
    """
    pace = np.ones(years)
    if clusters > 0:
        shape = 1 / clusters
        pace = np.random.default_rng([seed, 0]).gamma(shape, clusters, years)
    parts = [_attacks(exposure, change, at, years, seed, pace) for at in range(len(exposure.sites))]
    when, place, lot, damage = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(when, kind="stable")
    when, place, lot, damage = when[order], place[order], lot[order], damage[order]
    upto = np.cumsum(exposure.chances[tail])
    band = np.minimum(np.searchsorted(upto, lot, side="right"), len(upto) - 1)
    loss, people = np.zeros((len(when), len(exposure.sites))), np.zeros(len(when))
    amounts = exposure.amounts
    for at in range(len(upto)):
        for site in range(len(exposure.sites)):
            some = np.flatnonzero((band == at) & (place == site))
            if not len(some):
                continue
            share = _spread(exposure.lost[at, site], damage[some]) * amounts
            loss[some] = share[:, :, :3].sum(axis=2) * change.consequence[site]
            people[some] = share[:, :, 3].sum(axis=1) * change.consequence[site]
    return Years(years, when, place, band, loss, people)


def _attacks(
    exposure: Exposure, change: Change, at: int, years: int, seed: int, pace: F64
) -> tuple[NDArray[np.int64], NDArray[np.int64], F64, F64]:
    """Return year, place, lot of the band and lot of the damage of the successes at a site.

    Attempts are thrown in layers, each as many as by habit; as many layers count as the attacker
    comes more often than that (thinning of a Poisson process).
    """
    usual = float(exposure.targets.attempts[at])
    success = float(exposure.targets.success[at] * change.likelihood[at])
    times = change.attempts[at] / usual * pace if usual else np.zeros(years)
    found = []
    for layer in range(int(np.ceil(times.max(initial=0.0)))):
        key = crc32(exposure.sites[at].site.encode())
        random = np.random.default_rng([seed, 1, key, layer])
        n = random.poisson(usual * years)
        year = random.integers(0, years, n)
        height, luck, lot, damage = random.random((4, n))
        kept = (layer + height < times[year]) & (luck < success)
        found.append((year[kept], lot[kept], damage[kept]))
    if not found:
        none = np.zeros(0)
        return none.astype(np.int64), none.astype(np.int64), none, none
    year, lot, damage = (np.concatenate(column) for column in zip(*found, strict=True))
    return year, np.full(len(year), at, np.int64), lot, damage


def _spread(mean: F64, lot: F64) -> F64:
    """Return shares lost around their mean: uniform, as wide as fits in 0..1.

    Args:
        mean: shares lost in the mean, shape (sites, kinds).
        lot: uniform in 0..1, one for all of an attack, shape (events,).
    """
    with np.errstate(divide="ignore"):
        width = np.minimum(_WIDTH, 1 / mean - 1)
    return np.where(mean > 0, mean * (1 + width * (2 * lot[:, None, None] - 1)), 0.0)


def clustering(threat: Threat | None) -> float:
    """Return the variance of a year's threat beside the usual, from incidents; 0 without any."""
    if threat is None:
        return 0.0
    days = (threat.last - threat.first).days
    yearly = threat.incidents / max(days / YEAR, 1.0)
    return (threat.spread - 1) / yearly
