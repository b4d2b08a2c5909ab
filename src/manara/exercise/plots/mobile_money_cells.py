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
from manara.exercise.tables import NONE, World


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
    _mirrored(p, p.account(desk), p.account(counter, "mobile"))
    if not spec.decoy:
        cell = p.people("cell", p.count("cell", 4), abroad)
        _purses(p, p.account(counter, "mobile"), cell)
        _known(p, broker, correspondent, cell)
    return p.done()


def _mirrored(p: Planting, desk: int, counter: int) -> None:
    """Let many pay here and others be paid there; the innocent are the most of them."""
    home, abroad, count = p.state(0), p.state(1), p.count("customers", 14)
    senders = p.world.pick(p.rng, count, state=home, age=(20, 65)).tolist()
    families = p.world.pick(p.rng, count, state=abroad, age=(18, 90)).tolist()
    pattern = p.pattern("mirrored flows", desk, counter)
    times = p.times(count, 0.0, 0.95)
    sums = p.sums(count, home, "remittance", (0.2, 0.95))
    p.pay(p.accounts(senders), desk, times, sums, channel="transfer", purpose="remittance",
          pattern=pattern)  # fmt: skip
    later = times + p.rng.integers(4, 60, count) * 3600
    out = p.money(sums - sums * p.rng.integers(1, 4, count) // 100, home, abroad)
    p.pay(counter, np.array(p.accounts(families, "mobile")), later, out, channel="mobile",
          purpose="family", pattern=pattern)  # fmt: skip


def _purses(p: Planting, counter: int, cell: list[int]) -> None:
    abroad, rounds = p.state(1), p.count("rounds", 4)
    purses = p.accounts(cell, "mobile")
    head = purses[0]
    pattern = p.pattern("purses", counter, *purses)
    for purse in purses[1:]:
        times = p.times(rounds, 0.2, 0.9)
        sums = p.sums(rounds, abroad, "remittance", (0.1, 0.6))
        p.pay(counter, purse, times, sums, channel="mobile", purpose="family", pattern=pattern)
        p.pay(purse, head, times + p.rng.integers(2, 40, rounds) * 3600, sums - sums // 25,
              channel="mobile", purpose="other", pattern=pattern)  # fmt: skip
    drawn = p.sums(rounds, abroad, "cash out", (0.6, 0.98))
    p.pay(head, NONE, p.times(rounds, 0.3, 0.97), drawn, channel="cash", purpose="cash out",
          pattern=pattern)  # fmt: skip


def _known(p: Planting, broker: int, correspondent: int, cell: list[int]) -> None:
    home, abroad, far = p.state(0), p.state(1), p.state(2)
    fighters, gang = p.group("armed group"), p.group("gang")
    p.mention(cell[0], far, "wanted", fighters)
    p.mention(cell[1], abroad, "suspect", fighters, 0.5)
    p.mention(broker, home, "suspect", gang, 0.4)
    p.mention(correspondent, far, "suspect", fighters, 0.6)
    p.mention(broker, home, "str", NONE, 0.8, "fiu")
    p.relate("friend", correspondent, cell[0])
    p.bridge(broker, correspondent)
