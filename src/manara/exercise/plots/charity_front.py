"""A charity whose gifts leave in another direction; or one that spends on what it promised.

Registers show: many small gifts of new givers, little spent on relief, most sent to one person
abroad who draws it in cash, and a director who is known to another state's police.

Sources: FATF, Risk of Terrorist Abuse in Non-Profit Organisations (2014), chapters on diversion of
funds and false representation; FATF, Crowdfunding for Terrorism Financing (2023).
"""

from __future__ import annotations

import numpy as np

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import Ints, World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: a charity after a flood, which pays a school and a helper abroad."""
    p = Planting(world, spec, plot)
    home, abroad = p.state(0), p.state(1)
    director, treasurer = p.people("director", 2, home)
    (partner,) = p.people("partner", 1, abroad)
    charity = p.company("charity", home, "charity", director)
    p.relate("director", director, charity)
    p.relate("director", treasurer, charity)
    p.relate("cousin", treasurer, partner)
    own = p.account(charity)
    given = _gifts(p, own)
    if spec.decoy:
        _spent(p, own, p.account(partner), given)
        p.mention(partner, abroad, "suspect", p.group("gang"))
        return p.done()
    _diverted(p, own, partner, given)
    fighters = p.group("armed group")
    p.mention(partner, abroad, "suspect", fighters)
    p.mention(director, abroad, "suspect", fighters, 0.5)
    p.mention(treasurer, home, "suspect", p.group("gang"), 0.4)
    p.incident(abroad, "armed attack", fighters, 0.7)
    p.bridge(director, partner)
    p.bridge(treasurer, partner)
    return p.done()


def _gifts(p: Planting, own: int) -> int:
    """Let the innocent give; return the sum in minor units."""
    count = p.count("givers", 20)
    givers = p.world.pick(p.rng, count, state=p.state(0), age=(18, 80)).tolist()
    accounts = p.accounts(givers, "mobile") * p.count("times", 1)
    sums = p.sums(len(accounts), p.state(0), "donation", (0.05, 0.7))
    p.pay(accounts, own, p.times(len(accounts), 0.0, 0.7), sums, "donation",
          p.pattern("collection", own))  # fmt: skip
    return int(sums.sum())


def _shares(p: Planting, given: float, parts: int, purpose: str) -> Ints:
    """Return a sum in parts as round as others'."""
    values = (p.rng.dirichlet([6.0] * parts) * given).astype(np.int64)
    return p.alike(values, p.state(0), purpose)


def _diverted(p: Planting, own: int, partner: int, given: int) -> None:
    parts, abroad = p.count("parts", 4), p.state(1)
    theirs, purse = p.account(partner), p.account(partner, "mobile")
    pattern = p.pattern("diversion", own, theirs, purse)
    sums = _shares(p, given * 0.9, parts, "remittance")
    sent = p.pay(own, theirs, p.times(parts, 0.25, 0.9), sums, "remittance", pattern)
    p.report(sent)
    drawn = p.alike(p.money(sums, p.state(0), abroad), abroad, "cash out")
    p.pay(purse, p.agent(abroad), p.times(parts, 0.3, 0.98), drawn, "cash out", pattern)


def _spent(p: Planting, own: int, partner: int, given: int) -> None:
    parts = p.count("parts", 4)
    pattern = p.pattern("relief", own)
    (teacher,) = p.people("teacher", 1, p.state(0))
    school = p.account(p.company("school", p.state(0), "school", teacher))
    sums = _shares(p, given * 0.7, parts, "school")
    p.pay(own, school, p.times(parts, 0.25, 0.95), sums, "school", pattern)
    wage = _shares(p, given * 0.2, 2, "remittance")
    p.pay(own, partner, p.times(2, 0.4, 0.9), wage, "remittance", pattern)
