"""Arms that leave a depot and turn up with an armed group abroad; or a lawful sale of surplus.

Registers show: firearms issued to a depot and found missing at a stock-taking, some of them seized
abroad; a trader tied to a member of the depot's staff, and paid consignments to a trader abroad; a
courier who is known to the police of one state and crosses at like times.

Sources: UNODC, Global Study on Firearms Trafficking 2020, chapters on diversion and seizures;
Small Arms Survey, Losses from Stockpiles (2014); International Tracing Instrument (2005).
"""

from __future__ import annotations

import numpy as np

from manara.exercise.codes import code
from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import Ints, World

_GOODS = 8708


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: a depot that sells what it no longer needs, with papers for all."""
    p = Planting(world, spec, plot)
    home, abroad, far = p.state(0), p.state(1), p.state(2)
    (clerk,) = p.people("depot staff", 1, home)
    (trader,) = p.people("trader", 1, home)
    (buyer,) = p.people("buyer", 1, abroad)
    couriers = p.people("courier", p.count("couriers", 2), home)
    seller = p.company("trading house", home, "trader", trader)
    importer = p.company("importer", abroad, "transport", buyer)
    p.relate("cousin", clerk, trader)
    for courier in couriers:
        p.relate("employee", courier, seller)
    guns = _issued(p, home, clerk, p.count("firearms", 12))
    _trade(p, seller, importer, (trader, clerk))
    deliveries = p.times(p.count("deliveries", 3), 0.35, 0.9)
    p.cross(couriers, (home, abroad), deliveries)
    if spec.decoy:
        _sold(p, guns, deliveries, buyer, home, abroad)
        p.mention(couriers[0], abroad, "suspect", p.group("gang"))
        return p.done()
    members = p.people("armed group", p.count("members", 3), far)
    _lost(p, guns, deliveries, members, (home, abroad, far))
    _known(p, (trader, couriers, buyer, members), (home, abroad, far))
    return p.done()


def _issued(p: Planting, state: int, clerk: int, count: int) -> Ints:
    """Return firearms of the make of others that a depot's clerk has in his charge."""
    known = p.world.tables["firearms"]
    some = p.rng.integers(0, max(known.rows, 1), count)
    columns = {
        name: known[name][some] if known.rows else 0 for name in ("make", "model", "calibre")
    }
    made = p.world.day(p.world.start) - p.rng.integers(400, 9000, count)
    guns = p.world.add("firearms", p.plot, made=made, **columns)
    for kind, at in (("imported", 0.0), ("issued", 0.1)):
        _custody(p, guns, kind, p.times(count, at, at + 0.1), clerk, "depot", state)
    return guns


def _custody(
    p: Planting, guns: Ints, kind: str, times: Ints, holder: int, agency: str, state: int
) -> None:
    p.world.add(
        "custody", p.plot, firearm=guns, time=times, kind=code("firearm", kind), holder=holder,
        agency=code("agency", agency), state=state,
    )  # fmt: skip


def _trade(p: Planting, seller: int, importer: int, kin: tuple[int, int]) -> None:
    """Let goods go abroad and be paid for, and the clerk get something of his cousin."""
    times, abroad = p.times(p.count("deliveries", 3), 0.3, 0.85), p.home(importer)
    p.consign(seller, importer, times, _GOODS)
    paid = p.sums(len(times), abroad, "trade", (0.5, 0.95))
    pattern = p.pattern("payment for goods", p.account(seller), p.account(importer))
    p.pay(p.account(importer), p.account(seller), times + 86_400 * 3, paid, "trade", pattern)
    trader, clerk = p.accounts(kin, "mobile")
    share = p.sums(len(times), p.home(seller), "family", (0.6, 0.98))
    p.pay(trader, clerk, times + 86_400 * 5, share, "family", pattern)


def _lost(
    p: Planting, guns: Ints, deliveries: Ints, members: list[int], states: tuple[int, int, int]
) -> None:
    home, abroad, far = states
    when = np.sort(p.rng.choice(deliveries, len(guns)))
    _custody(p, guns, "lost", p.times(len(guns), 0.85, 0.95), -1, "depot", home)
    seized = max(1, round(len(guns) * p.value("seized", 0.4)))
    taken = p.rng.choice(guns, seized, replace=False)
    holders = p.rng.choice(members, seized)
    after = np.sort(p.rng.choice(when, seized)) + 86_400 * p.rng.integers(3, 30, seized)
    for gun, holder, time in zip(taken, holders, after, strict=True):
        at = far if p.rng.random() < 0.7 else abroad
        _custody(p, np.array([gun]), "seized", np.array([time]), int(holder), "police", at)
    p.armed(guns)


def _sold(p: Planting, guns: Ints, deliveries: Ints, buyer: int, home: int, abroad: int) -> None:
    when = np.sort(p.rng.choice(deliveries, len(guns)))
    _custody(p, guns, "transferred", when, buyer, "depot", home)
    _custody(p, guns, "imported", when + 86_400 * 2, buyer, "arms", abroad)


def _known(
    p: Planting, people: tuple[int, list[int], int, list[int]], states: tuple[int, int, int]
) -> None:
    """Let each state know its part: who smuggles here, who fights there."""
    trader, couriers, buyer, members = people
    home, abroad, far = states
    smugglers, fighters = p.group("smugglers"), p.group("armed group")
    p.mention(trader, home, "suspect", smugglers)
    p.mention(buyer, abroad, "suspect", smugglers, 0.4)
    p.mention(couriers[0], far, "suspect", fighters, 0.5)
    for member in members:
        p.mention(member, far, "wanted", fighters)
        p.relate("friend", couriers[0], member)
    p.incident(far, "armed attack", fighters, 0.6)
    p.bridge(trader, couriers[0])
    p.bridge(couriers[0], members[0])
