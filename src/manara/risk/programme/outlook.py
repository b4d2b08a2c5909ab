"""What a year may cost: today and under a plan, for three attackers, each with its band."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from manara.risk.attackers import Shift
from manara.risk.exceedance import Metrics
from manara.risk.programme.exposure import Exposure
from manara.risk.programme.folder import Settings
from manara.risk.programme.portfolio import Change, Years, simulate
from manara.risk.threat import Span

#: Ends of the band: rates at the low end with the lighter tail, at the high end with the heavier.
_LIGHT, _HEAVY = 2, 1

ATTACKERS = {
    "habits": "keeps his habits",
    "logit": "partly adapts",
    "strategic": "goes where it pays most",
}


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


def changes(exposure: Exposure, shift: Shift, plan: tuple[np.ndarray, np.ndarray]) -> tuple[Change, Change]:
    """Return what one attacker makes of today and of a plan.

    Args:
        exposure: of the sites.
        shift: the attacker's.
        plan: what the plan leaves of likelihood and of consequence at each site.
    """
    one = np.ones(len(exposure.sites))
    return Change(shift.attempts_before, one, one), Change(shift.attempts_after, *plan)


def outlook(
    exposure: Exposure, settings: Settings, clusters: float, shift: Shift, name: str, change: Change
) -> tuple[Outlook, Years]:
    """Return what a year may cost, and the simulated years of the likely case."""
    cases = list(_cases(exposure, settings, clusters, change))
    period = float(settings.assumptions.return_period)
    told = [case.metrics((period,)) for case in cases]

    def span(values: list[float]) -> Span:
        # Ends that chance has crossed are put in order: a band never leaves its middle out.
        return Span(values[0], min(values), max(values))

    def at(kind: str, field: str) -> Span:
        return span([_first(one, kind, field) for one in told])

    people = [float(case.people.sum()) / case.periods for case in cases]
    found = Outlook(
        name,
        shift.attacker,
        shift.strength,
        span([one.aal for one in told]),
        at("oep", "loss"),
        at("aep", "loss"),
        at("aep", "tvar"),
        span(people),
    )
    return found, cases[0]


def _first(one: Metrics, kind: str, field: str) -> float:
    values = getattr(getattr(one, kind), field)
    return float(values[0]) if len(values) else 0.0


def _cases(
    exposure: Exposure, settings: Settings, clusters: float, change: Change
) -> Iterator[Years]:
    one = np.ones(len(exposure.sites))
    for factor, tail in ((one, 0), (exposure.low, _LIGHT), (exposure.high, _HEAVY)):
        scaled = Change(change.attempts * factor, change.likelihood, change.consequence)
        yield simulate(
            exposure, scaled, settings.years, settings.seed, clusters=clusters, tail=tail
        )
