"""A broker who moves value without moving money, and cells that live on mobile money; or a hub.

Registers show: many who pay in on one side and others who are paid like sums within days on the
other, with what remains near nothing; purses topped up by several and drawn at one point.

Sources: FATF, The Role of Hawala and Other Similar Service Providers in Money Laundering and
Terrorist Financing (2013); FATF, GIABA and GABAC, Terrorist Financing in West and Central Africa
(2016), on mobile money.
"""

from __future__ import annotations

import numpy as np

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: a licensed hub through which migrants pay their families."""
    p = Planting(world, spec, plot)
    home, abroad = p.state(0), p.state(1)
    (broker,) = p.people("broker", 1, home)
    (correspondent,) = p.people("correspondent", 1, abroad)
    kind = "exchange" if spec.decoy else "hawala"
    desk = p.company("desk", home, kind, broker)
    counter = p.company("counter", abroad, kind, correspondent)
    p.relate("cousin", broker, correspondent)
    for firm, state in ((desk, home), (counter, abroad)):
        _mirrored(p, p.account(firm, "mobile"), state)
    if spec.decoy:
        p.mention(correspondent, abroad, "suspect", p.group("gang"))
        return p.done()
    cell = p.people("cell", p.count("cell", 6), abroad)
    _purses(p, p.account(counter, "mobile"), cell)
    _known(p, broker, correspondent, cell)
    return p.done()


def _mirrored(p: Planting, desk: int, state: int) -> None:
    """Let many pay in and others be paid out like sums: the innocent are the most of them."""
    count = p.count("customers", 14)
    senders = p.world.pick(p.rng, count, state=state, age=(20, 65)).tolist()
    families = p.world.pick(p.rng, count, state=state, age=(18, 90)).tolist()
    pattern = p.pattern("mirrored flows", desk)
    times = p.times(count, 0.4, 0.7)
    sums = p.sums(count, state, "family", (0.4, 0.97))
    p.pay(p.accounts(senders, "mobile"), desk, times, sums, "family", pattern)
    later = times + p.rng.integers(4, 60, count) * 3600
    out = p.alike(sums - sums * p.rng.integers(1, 4, count) // 100, state, "family")
    p.pay(desk, p.accounts(families, "mobile"), later, out, "family", pattern)


def _purses(p: Planting, counter: int, cell: list[int]) -> None:
    abroad, rounds = p.state(1), p.count("rounds", 4)
    head, *others = p.accounts(cell, "mobile")
    pattern = p.pattern("purses", head)
    for start in p.times(rounds, 0.2, 0.9).tolist():
        times = start + p.rng.integers(0, 60, len(others)) * 3600
        sums = p.sums(len(others), abroad, "family", (0.3, 0.9))
        p.pay(counter, others, times, sums, "family", pattern)
        on = p.alike(sums - sums // 25, abroad, "family")
        late = times + p.rng.integers(2, 20, len(others)) * 3600
        p.pay(others, head, late, on, "family", pattern)
        drawn = p.alike(np.array([int(on.sum()) * 24 // 25]), abroad, "cash out")
        p.pay(head, p.agent(abroad), late.max() + p.rng.integers(2, 20, 1) * 3600, drawn,
              "cash out", pattern)  # fmt: skip


def _known(p: Planting, broker: int, correspondent: int, cell: list[int]) -> None:
    home, abroad, far = p.state(0), p.state(1), p.state(2)
    fighters, gang = p.group("armed group"), p.group("gang")
    p.mention(cell[0], far, "wanted", fighters)
    p.mention(cell[1], abroad, "suspect", fighters, 0.5)
    p.mention(broker, home, "suspect", gang, 0.4)
    p.mention(correspondent, far, "suspect", fighters, 0.6)
    p.report((p.world.tables["payments"]["plot"] == p.plot).nonzero()[0])
    p.relate("friend", correspondent, cell[0])
    p.bridge(broker, correspondent)
    p.bridge(correspondent, cell[0])
