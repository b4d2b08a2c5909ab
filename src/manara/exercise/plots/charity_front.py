"""A charity whose gifts leave in another direction; or one that spends on what it promised.

Registers show: many small gifts of new givers, little spent on relief, most drawn in cash or sent to
one person abroad, and a director who is known to another state's police.

Sources: FATF, Risk of Terrorist Abuse in Non-Profit Organisations (2014), chapters on diversion of
funds and false representation; FATF, Crowdfunding for Terrorism Financing (2023).
"""

from __future__ import annotations

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import NONE, World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: a charity after a flood, with clinics and schools paid for."""
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
    (_spent if spec.decoy else _diverted)(p, own, p.account(partner, "mobile"), given)
    if not spec.decoy:
        fighters = p.group("armed group")
        p.mention(partner, abroad, "suspect", fighters)
        p.mention(director, abroad, "suspect", fighters, 0.5)
        p.mention(director, home, "str", NONE, 0.9, "fiu")
        p.incident(abroad, "armed attack", fighters, 0.7)
        p.bridge(director, partner)
    return p.done()


def _gifts(p: Planting, own: int) -> int:
    """Let the innocent give, some of them more than once; return the sum in minor units."""
    count = p.count("givers", 20)
    givers = p.world.pick(p.rng, count, state=p.state(0), age=(18, 80)).tolist()
    accounts = [p.account(one) for one in givers] * p.count("times", 1)
    sums = p.sums(len(accounts), p.state(0), "donation", (0.05, 0.7))
    pattern = p.pattern("collection", own)
    p.pay(accounts, own, p.times(len(accounts), 0.0, 0.7), sums,
          channel="transfer", purpose="donation", pattern=pattern)  # fmt: skip
    return int(sums.sum())


def _diverted(p: Planting, own: int, partner: int, given: int) -> None:
    pattern, parts = p.pattern("diversion", own, partner), p.count("parts", 4)
    share = p.rng.dirichlet([6.0] * (parts + 2))
    sums = p.rng.permutation((share * given * 0.92).astype(int))
    p.pay(own, partner, p.times(parts, 0.25, 0.85), sums[:parts],
          channel="remittance", purpose="other", pattern=pattern)  # fmt: skip
    p.pay(own, NONE, p.times(2, 0.4, 0.9), sums[parts:],
          channel="cash", purpose="cash out", pattern=pattern)  # fmt: skip
    out = p.money(sums[:parts], p.state(0), p.state(1))
    p.pay(partner, NONE, p.times(parts, 0.4, 0.98), out, channel="cash", purpose="cash out",
          pattern=pattern)  # fmt: skip


def _spent(p: Planting, own: int, partner: int, given: int) -> None:
    pattern, parts = p.pattern("relief", own), p.count("parts", 4)
    (teacher,) = p.people("teacher", 1, p.state(0))
    school = p.account(p.company("school", p.state(0), "school", teacher))
    sums = (p.rng.dirichlet([6.0] * parts) * given * 0.7).astype(int)
    p.pay(own, school, p.times(parts, 0.25, 0.95), sums, channel="transfer", purpose="school",
          pattern=pattern)  # fmt: skip
    wage = (p.rng.dirichlet([6.0] * 2) * given * 0.2).astype(int)
    p.pay(own, partner, p.times(2, 0.4, 0.9), wage, channel="remittance", purpose="salary",
          pattern=pattern)  # fmt: skip
