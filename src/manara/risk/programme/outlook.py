"""Phase II: what a year may cost, today and under a plan, for three attackers, each with its band.

Losses are drawn once for each plan; attackers and ends of the band only change rates. Random
numbers belong to site, event and sample, so two plans differ by what they change and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from manara.model import phrase
from manara.risk import portfolio
from manara.risk.attackers import Shift
from manara.risk.exceedance import Curve, Metrics
from manara.risk.programme.exposure import F64, Exposure, places
from manara.risk.programme.folder import Settings
from manara.risk.threat import Span

#: Return periods of curves, in years.
PERIODS = (10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0, 2500.0, 5000.0)

#: Ends of the band: rates at the low end with the lighter tail, at the high end with the heavier.
_LIGHT, _HEAVY = 2, 1

#: Words for attackers.
ATTACKERS = {
    "habits": phrase("attacker keeps his habits"),
    "logit": phrase("attacker partly adapts"),
    "strategic": phrase("attacker goes where it pays most"),
}


@dataclass(frozen=True, slots=True)
class Plight:
    """What events cost under one plan.

    Attributes:
        likelihood: what the plan leaves of the chance of success at each site, shape (n,).
        money: of each event and sample, all sites together, shape (events, samples).
        people: the same for people harmed.
    """

    likelihood: F64
    money: F64
    people: F64

    @classmethod
    def of(
        cls,
        exposure: Exposure,
        severity: portfolio.Severity,
        seed: int,
        likelihood: F64,
        consequence: F64,
    ) -> Plight:
        """Return what events cost if a plan leaves so much of likelihood and consequence."""
        own = places(exposure.sites, exposure.values(consequence))
        events = exposure.events(exposure.targets.attempts, exposure.targets.success)
        money, people = (
            portfolio.losses(
                own, events, samples=exposure.samples, seed=seed, severity=severity, people=harm
            ).ground_up
            for harm in (False, True)
        )
        return cls(likelihood, money, people)


class Outlook(msgspec.Struct, frozen=True):
    """Losses of a year under one plan and attacker; amounts of money, bands over rates and tails.

    Attributes:
        plan: ``today`` or ``plan``.
        attacker: ``habits``, ``logit`` or ``strategic``.
        strength: of a logit attacker, else None.
        aal: average loss of a year.
        oep: largest loss of one attack in the return period of the criteria.
        aep: loss of all attacks of a year in that return period.
        tvar: mean loss of the years beyond it.
        people: harmed in a year, in the mean.
    """

    plan: str
    attacker: str
    strength: float | None
    aal: Span
    oep: Span
    aep: Span
    tvar: Span
    people: Span


@dataclass(frozen=True, slots=True)
class Curves:
    """Exceedance curves of the likely case and of the ends of its band."""

    likely: Metrics
    light: Metrics
    heavy: Metrics
    events: portfolio.Events


def outlook(
    exposure: Exposure,
    settings: Settings,
    plight: Plight,
    shift: Shift,
    plan: str,
    clocks: F64 | None = None,
) -> tuple[Outlook, Curves]:
    """Return what a year may cost under a plan and one attacker.

    Args:
        exposure: of the sites.
        settings: of the programme.
        plight: what events cost under the plan.
        shift: the attacker's.
        plan: ``today`` or ``plan``.
        clocks: of `manara.risk.programme.clusters`; None for years that are all alike.
    """
    turn = None
    if clocks is not None:
        bands = int(exposure.chances.shape[1])
        turn = clocks, np.repeat(np.arange(len(exposure.sites)), bands)
    attempts = shift.attempts_before if plan == "today" else shift.attempts_after
    success = exposure.targets.success * plight.likelihood
    one = np.ones(len(attempts))
    cases, people = [], []
    for factor, tail in ((one, 0), (exposure.low, _LIGHT), (exposure.high, _HEAVY)):
        events = exposure.events(attempts * factor, success, tail)
        given = sorted({*PERIODS, float(settings.assumptions.return_period)})
        told = portfolio.metrics(
            plight.money,
            events,
            years=settings.years,
            seed=settings.seed,
            periods=tuple(given),
            clocks=turn,
        )
        cases.append((told, events))
        people.append(float(events.rate @ plight.people.mean(axis=1)))
    likely, light, heavy = (found for found, _ in cases)
    period = settings.assumptions.return_period

    def span(values: list[float]) -> Span:
        # Ends that chance has crossed are put in order: a band never leaves its middle out.
        return Span(values[0], min(values), max(values))

    three = (likely, light, heavy)
    found = Outlook(
        plan,
        shift.attacker,
        shift.strength,
        span([each.aal for each in three]),
        span([_at(each.oep, period)[0] for each in three]),
        span([_at(each.aep, period)[0] for each in three]),
        span([_at(each.aep, period)[1] for each in three]),
        span(people),
    )
    return found, Curves(likely, light, heavy, cases[0][1])


def _at(curve: Curve, period: float) -> tuple[float, float]:
    """Return loss and tail value at a return period; 0 beyond what was simulated."""
    place = np.flatnonzero(curve.years == period)
    return (float(curve.loss[place[0]]), float(curve.tvar[place[0]])) if len(place) else (0.0, 0.0)
