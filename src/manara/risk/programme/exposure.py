"""What threat, protection and value make of each site: the bridge from phase I to phase II."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from manara.model import Text, counted, phrase
from manara.risk import portfolio
from manara.risk.attackers import Targets
from manara.risk.programme.folder import Assumptions
from manara.risk.programme.opinions import Opinion
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

#: Draws of damage in all, and the least and most for an event.
_DRAWS, _LEAST, _MOST = 50_000, 20, 1000


#: What experts say of attempts a year, by area and kind.
Rates = Mapping[tuple[str, ...], Opinion]
_NONE: Rates = {}


@dataclass(frozen=True, slots=True)
class Exposure:
    """Sites as attackers see them and as their owner may lose them; arrays of shape (n,).

    Attributes:
        sites: the sites.
        targets: attempts by habit, chance of success, loss of a success in the mean, worth.
        low: factor on the attempts at the lower end of their interval of 90 %.
        high: the same at the upper end.
        chances: of the bands of severity, shape (3, bands): likely, and the two ends of the tail.
        people: people harmed by a success there, in the mean.
        basis: for each site what its rate rests on.
    """

    sites: tuple[Site, ...]
    targets: Targets
    low: F64
    high: F64
    chances: F64
    people: F64
    basis: tuple[Text, ...]

    @property
    def samples(self) -> int:
        """How often the damage of each event is drawn: the more, the fewer events there are."""
        events = len(self.sites) * int(self.chances.shape[1])
        return max(_LEAST, min(_MOST, _DRAWS // events))

    def values(self, left: F64 | None = None) -> F64:
        """Return what there is to lose, shape (n, kinds of `manara.risk.portfolio.KINDS`).

        Args:
            left: factor of a plan on the consequence at each site, 0..1, shape (n,).
        """
        return _values(self.sites) * (1.0 if left is None else left[:, None])

    def events(self, attempts: F64, success: F64, tail: int = 0) -> portfolio.Events:
        """Return an event for each site and band of severity, site by site, with its rate.

        Args:
            attempts: a year on each site.
            success: chance that one succeeds.
            tail: which row of `chances` holds.
        """
        rate = (attempts * success)[:, None] * self.chances[tail]
        return _events(self.sites, rate)


def expose(
    sites: Sequence[Site],
    threat: Threat | None,
    protected: Mapping[str, Protection],
    severity: portfolio.Severity,
    assumed: Assumptions,
    rates: Rates = _NONE,
) -> Exposure:
    """Return the exposure of sites.

    Args:
        sites: the organisation's own.
        threat: from incidents; None if there are none.
        protected: protection by site.
        severity: what each band does at which distance.
        assumed: what nobody measured.
        rates: what experts say of attempts a year, by area and kind.
    """
    found = [rate_of(one, threat, assumed, rates) for one in sites]
    spans = [span for span, _ in found]
    chances = np.stack([band_chances(assumed.sizes, exponent) for exponent in assumed.tail])
    struck = _events(sites, np.ones((len(sites), len(assumed.sizes))))
    own = places(sites, _values(sites))
    money, people = (
        portfolio.expected(own, struck, severity=severity, people=harm).by_event
        for harm in (False, True)
    )
    each = (money.reshape(len(sites), -1) @ chances[0], people.reshape(len(sites), -1) @ chances[0])
    fame = np.array([fame_of(one, assumed) for one in sites])
    targets = Targets(
        tuple(one.site for one in sites),
        np.array([span.value for span in spans]),
        np.array([success_of(protected.get(one.site), assumed) for one in sites]),
        each[0],
        fame * (1 + np.array([one.people for one in sites]) / _CROWD),
    )
    return Exposure(
        tuple(sites),
        targets,
        np.array([span.low / span.value for span in spans]),
        np.array([span.high / span.value for span in spans]),
        chances,
        each[1],
        tuple(basis for _, basis in found),
    )


def places(sites: Sequence[Site], values: F64) -> portfolio.Sites:
    """Return sites as the loss engine takes them."""
    names = [one.site for one in sites]
    north, east = [one.latitude for one in sites], [one.longitude for one in sites]
    return portfolio.Sites.make(names, north, east, values)


def _values(sites: Sequence[Site]) -> F64:
    rows = [[one.building, one.contents, one.interruption, float(one.people)] for one in sites]
    return np.array(rows, np.float64)


def _events(sites: Sequence[Site], rate: F64) -> portfolio.Events:
    bands = rate.shape[1]
    return portfolio.Events.make(
        [f"{one.site} {band}" for one in sites for band in range(bands)],
        np.repeat([one.latitude for one in sites], bands),
        np.repeat([one.longitude for one in sites], bands),
        np.tile(np.arange(bands), len(sites)),
        rate.ravel(),
    )


def band_chances(sizes: Sequence[float], exponent: float) -> F64:
    """Return how likely each band is if sizes follow a power law, shape (bands,).

    Args:
        sizes: from how many killed on an attack belongs to each band, rising.
        exponent: of the density, above 1.
    """
    above = (np.array(sizes, np.float64) / sizes[0]) ** (1 - exponent)
    return np.asarray(above - np.append(above[1:], 0.0), np.float64)


def fame_of(site: Site, assumed: Assumptions) -> float:
    """Return by how much prominence raises the odds that a site is chosen among its like."""
    return float(assumed.prominence_odds ** (site.prominence - MIDDLE))


def success_of(found: Protection | None, assumed: Assumptions) -> float:
    """Return the chance that an attempt succeeds: between two assumed ends, by protection."""
    score = found.score if found and found.score is not None else UNKNOWN
    worst, best = assumed.success_unprotected, assumed.success_protected
    return worst + (best - worst) * score


def rate_of(
    site: Site, threat: Threat | None, assumed: Assumptions, rates: Rates = _NONE
) -> tuple[Span, Text]:
    """Return the attempts a year on a site by habit, and what that rests on.

    The rate of its area, for its kind where incidents or experts tell kinds apart, shared among
    places like it and weighed by how well known it is. Experts come before incidents.
    """
    like = site.comparable or assumed.comparable
    share = min(1.0, fame_of(site, assumed) / like)
    shared = (
        phrase("{like:,} places like it", like=like)
        if site.comparable
        else phrase("{like:,} places like it (assumed)", like=like)
    )
    said = rates.get((site.area, site.kind)) or rates.get((site.area, ""))
    if said:
        where = tuple(filter(None, (site.area, said.about[1])))
        each = said.experts
        told = phrase(
            "experts (item {item}) in {where}; {shared}", item=said.item, where=where, shared=shared
        )
        return _shared(each, share), told
    found = {(one.area, one.kind): one for one in threat.rates} if threat else {}
    rate = found.get((site.area, site.kind)) or found.get((site.area, ""))
    if not rate or not threat:
        usual = assumed.usual_rate * share
        told = phrase(
            "{rate:g} a year in an area (assumed), {shared}", rate=assumed.usual_rate, shared=shared
        )
        return Span(usual, usual / _VAGUE, usual * _VAGUE), told
    told = counted(
        "{num} incident in {where}, {first} to {last}; {shared}",
        "{num} incidents in {where}, {first} to {last}; {shared}",
        rate.incidents,
        where=tuple(filter(None, (rate.area, rate.kind))),
        first=threat.first,
        last=threat.last,
        shared=shared,
    )
    return _shared(rate.per_year, share), told


def _shared(each: Span, share: float) -> Span:
    return Span(each.value * share, each.low * share, each.high * share)
