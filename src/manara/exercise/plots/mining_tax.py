"""An armed group that taxes a mining corridor; or a cooperative that collects its dues.

Registers show: mines, traders and drivers who pay like sums at a regular rhythm without saying why,
drawn in cash soon after, attacks along the corridor, and metal sold abroad by somebody whom the
neighbours know.

Sources: FATF, GIABA and GABAC, Terrorist Financing in West and Central Africa (2016), on extortion;
INTERPOL, RHIPTO and the Global Initiative, World Atlas of Illicit Flows (2018), on taxation of
resources; OECD, Due Diligence Guidance for Responsible Supply Chains of Minerals (2016).
"""

from __future__ import annotations

import numpy as np

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import World

_GOLD = 7108


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: a cooperative whose members' dues say that they are dues."""
    p = Planting(world, spec, plot)
    home, abroad = p.state(0), p.state(1)
    collector, second = p.people("collector", 2, home)
    payers = p.world.pick(p.rng, p.count("payers", 8), state=home, age=(20, 65)).tolist()
    purse = p.account(collector, "mobile")
    _taxed(p, p.accounts(payers, "mobile"), purse)
    (owner,) = p.people("mine owner", 1, home)
    (buyer,) = p.people("metal buyer", 1, abroad)
    mine = p.company("mine", home, "mine", owner)
    house = p.company("metal house", abroad, "trader", buyer)
    times = p.times(p.count("shipments", 3), 0.2, 0.9)
    p.consign(mine, house, times, _GOLD)
    paid = p.sums(len(times), abroad, "trade", (0.6, 0.98))
    p.pay(p.account(house), p.account(mine), times + 86_400 * 2, paid, "trade")
    if spec.decoy:
        p.mention(collector, abroad, "suspect", p.group("gang"))
    else:
        p.relate("cousin", collector, buyer)
        fighters = p.group("separatists")
        p.mention(second, home, "wanted", fighters)
        p.relate("friend", collector, second)
        p.mention(collector, abroad, "suspect", fighters, 0.5)
        p.mention(buyer, abroad, "suspect", p.group("smugglers"), 0.4)
        for at in (0.3, 0.6, 0.8):
            p.incident(home, "extortion" if at < 0.7 else "armed attack", fighters, at)
        p.bridge(collector, second)
        p.bridge(collector, buyer)
    return p.done()


def _taxed(p: Planting, payers: list[int], purse: int) -> None:
    """Let each pay like sums month by month, on days that are near one another."""
    state, count = p.state(0), len(payers)
    pattern = p.pattern("dues" if p.spec.decoy else "regular collection", purse)
    own = p.sums(count, state, "family", (0.4, 0.8))
    for month in range(p.count("months", 4)):
        days = p.begins // 86_400 + 3 + 30 * month + p.rng.integers(0, 4, count)
        vary = p.alike((own * p.rng.normal(1, 0.03, count)).astype(np.int64), state, "family")
        p.pay(payers, purse, days * 86_400 + p.hours(count), vary, "family", pattern)
        drawn = np.array([int(vary.sum() * p.rng.uniform(0.8, 0.95))])
        when = (days.max() + 1 + p.rng.integers(1, 4, 1)) * 86_400 + p.hours(1)
        drawn = p.alike(drawn, state, "cash out")
        p.pay(purse, p.agent(state), when, drawn, "cash out", pattern)
