"""What threat, protection and value make of each site: the bridge from phase I to phase II."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manara.risk.attackers import Targets
from manara.risk.programme.bands import LOST, Bands, distances
from manara.risk.programme.folder import Assumptions
from manara.risk.programme.questionnaire import Protection
from manara.risk.programme.sites import MIDDLE, Site
from manara.risk.threat import Span, Threat

F64 = NDArray[np.float64]

#: Protection of a site that nobody assessed: not known, so neither good nor bad.
UNKNOWN = 0.5

#: Width of the interval where there are no incidents to count: a factor of ten in all.
_VAGUE = 10**0.5

#: People at a site who make it twice as attractive as an empty one; an assumption.
_CROWD = 100.0


@dataclass(frozen=True, slots=True)
class Exposure:
    """Sites as attackers see them and as their owner may lose them; arrays of shape (n,).

    Attributes:
        sites: the sites.
        targets: attempts by habit, chance of success, loss of a success in the mean, worth.
        low: factor on the attempts at the lower end of their interval of 90 %.
        high: the same at the upper end.
        lost: mean share of `LOST` at a site j if an attack of band b succeeds at site i, shape
            (bands, n, n, 4).
        chances: of the bands, shape (3, bands): likely, and the two ends of the tail.
        people: people harmed by a success there, in the mean.
        basis: for each site what its rate rests on.
    """

    sites: tuple[Site, ...]
    targets: Targets
    low: F64
    high: F64
    lost: F64
    chances: F64
    people: F64
    basis: tuple[str, ...]

    @property
    def amounts(self) -> F64:
        """Value of each of `LOST` at each site, shape (n, 4)."""
        return np.array(
            [
                [one.building, one.contents, one.interruption, float(one.people)]
                for one in self.sites
            ]
        )


def expose(
    sites: Sequence[Site],
    threat: Threat | None,
    protected: Mapping[str, Protection],
    bands: Bands,
    assumed: Assumptions,
) -> Exposure:
    """Return the exposure of sites.

    Args:
        sites: the organisation's own.
        threat: from incidents; None if there are none.
        protected: protection by site.
        bands: of severity.
        assumed: what nobody measured.
    """
    rates = [rate_of(one, threat, assumed) for one in sites]
    spans = [found for found, _ in rates]
    attempts = np.array([span.value for span in spans])
    apart = distances(list(sites))
    lost = np.stack([bands.lost(band, apart.ravel()) for band in range(len(bands.names))])
    lost = lost.reshape(len(bands.names), len(sites), len(sites), len(LOST))
    chances = np.stack([bands.chances(exponent) for exponent in assumed.tail])
    amounts = np.array([[s.building, s.contents, s.interruption, float(s.people)] for s in sites])
    mean = np.einsum("b,bijk,jk->ik", chances[0], lost, amounts)
    success = np.array([success_of(protected.get(one.site), assumed) for one in sites])
    fame = np.array([fame_of(one, assumed) for one in sites])
    crowd = 1 + np.array([one.people for one in sites]) / _CROWD
    targets = Targets(
        tuple(one.site for one in sites), attempts, success, mean[:, :3].sum(axis=1), fame * crowd
    )
    return Exposure(
        tuple(sites),
        targets,
        np.array([span.low / span.value for span in spans]),
        np.array([span.high / span.value for span in spans]),
        lost,
        chances,
        mean[:, 3],
        tuple(basis for _, basis in rates),
    )


def fame_of(site: Site, assumed: Assumptions) -> float:
    """Return by how much prominence raises the odds that a site is chosen among its like."""
    return float(assumed.prominence_odds ** (site.prominence - MIDDLE))


def success_of(found: Protection | None, assumed: Assumptions) -> float:
    """Return the chance that an attempt succeeds: between two assumed ends, by protection."""
    score = found.score if found and found.score is not None else UNKNOWN
    worst, best = assumed.success_unprotected, assumed.success_protected
    return worst + (best - worst) * score


def rate_of(site: Site, threat: Threat | None, assumed: Assumptions) -> tuple[Span, str]:
    """Return the attempts a year on a site by habit, and what that rests on.

    The rate of its area, for its kind where incidents tell kinds apart, shared among places like it
    and weighed by how well known it is.
    """
    places = site.comparable or assumed.comparable
    share = min(1.0, fame_of(site, assumed) / places)
    counted = "places like it" if site.comparable else "places like it (assumed)"
    found = {(one.area, one.kind): one for one in threat.rates} if threat else {}
    rate = found.get((site.area, site.kind)) or found.get((site.area, ""))
    if not rate or not threat:
        usual = assumed.usual_rate * share
        told = f"{assumed.usual_rate:g} a year in an area (assumed), {places} {counted}"
        return Span(usual, usual / _VAGUE, usual * _VAGUE), told
    kind = f", {rate.kind}" if rate.kind else ""
    told = (
        f"{rate.incidents} incidents in {rate.area}{kind}, {threat.first} to {threat.last}; "
        f"{places} {counted}"
    )
    each = rate.per_year
    return Span(each.value * share, each.low * share, each.high * share), told
