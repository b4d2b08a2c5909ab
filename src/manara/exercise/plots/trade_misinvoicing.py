"""Goods at prices that move value, paid for in a ring; or a family that trades with itself.

Registers show: declarations of one pair of firms far from what others declare for the same goods,
payments for goods that come round within weeks, and owners who are kin across a border.

Sources: FATF and Egmont Group, Trade-Based Money Laundering: Trends and Developments (2020) and
Risk Indicators (2021); Global Financial Integrity, Trade-Related Illicit Financial Flows (2021).
"""

from __future__ import annotations

import numpy as np

from manara.exercise.codes import code
from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import NONE, World
from manara.exercise.things import GOODS, SPREAD

#: Declarations of others in the goods of a plot: a customs office sees more than one of a kind.
_MARKET = 40
_SELLERS, _BUYERS = ("trader", "factory", "mine", "farm"), ("trader", "factory", "shop")


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: cousins with a firm in each state, and prices like everybody's."""
    p = Planting(world, spec, plot)
    states = (p.state(0), p.state(1), p.state(2))
    owners = [p.people("owner", 1, state, (28, 70))[0] for state in states]
    firms = [p.company("firm", at, "trader", one) for at, one in zip(states, owners, strict=True)]
    p.relate("cousin", owners[0], owners[1])
    p.relate("cousin", owners[1], owners[2])
    price = 1.0 if spec.decoy else p.value("price", 3.0)
    for at, goods in enumerate(_goods(p)):
        _market(p, states[at], states[(at + 1) % 3], goods)
        times = p.times(p.count("shipments", 3), 0.05, 0.9)
        p.consign(firms[at], firms[(at + 1) % 3], times, goods, price)
    for start in p.times(p.count("rounds", 3), 0.05, 0.85).tolist():
        _ring(p, p.accounts(firms), start)
    if spec.decoy:
        p.mention(owners[1], states[1], "suspect", p.group("gang"))
        return p.done()
    p.mention(owners[1], states[1], "suspect", p.group("gang"), 0.4)
    p.mention(owners[0], states[2], "suspect", p.group("armed group"), 0.5)
    p.report((world.tables["payments"]["plot"] == plot).nonzero()[0])
    p.bridge(owners[0], owners[1])
    return p.done()


def _market(p: Planting, here: int, there: int, goods: int) -> None:
    """Let others trade in the same goods on the same way: a price is odd beside theirs only."""
    firms = p.world.tables["companies"]
    rows = []
    for state, kinds in ((here, _SELLERS), (there, _BUYERS)):
        wanted = [code("company", kind) for kind in kinds]
        free = (firms["state"] == state) & (firms["plot"] == NONE) & np.isin(firms["kind"], wanted)
        rows.append(np.flatnonzero(free))
    if not (len(rows[0]) and len(rows[1])):
        return
    # Whoever sells them sells some of them to several.
    seller, buyer = (p.rng.choice(each, _MARKET) for each in rows)
    kg = np.maximum(np.round(p.rng.lognormal(8.6, 1.1, _MARKET), -1), 20)
    price = GOODS[goods][1] * p.rng.lognormal(0, SPREAD, _MARKET)
    kg = np.where(price > 10_000, np.maximum(np.round(kg / 4_000), 1), kg)
    known = p.world.tables["consignments"]
    way = (known["from_state"] == here) & (known["to_state"] == there)
    posts = known["post"][way] if way.any() else known["post"]
    p.world.add(
        "consignments", time=p.times(_MARKET), seller=~seller, buyer=~buyer, hs=goods, kg=kg,
        value=np.round(kg * price * p.world.scenario.states[here].rate) * 100, from_state=here,
        to_state=there, post=p.rng.choice(posts, _MARKET),
    )  # fmt: skip


def _goods(p: Planting) -> list[int]:
    """Return three goods that others declare too."""
    known = p.world.tables["consignments"]["hs"]
    return [int(one) for one in p.rng.choice(known, 3)]


def _ring(p: Planting, accounts: list[int], start: int) -> None:
    """Let payments for goods come round; of the decoy only a part, for it buys and sells."""
    where = p.world.tables["accounts"]["state"][accounts]
    pattern = p.pattern("ring", *accounts)
    sums = p.sums(1, int(where[0]), "trade", (0.6, 0.98))
    time = p.hours(1) + start // 86_400 * 86_400
    for at in range(len(accounts) - p.spec.decoy):
        own = p.alike(p.money(sums, int(where[0]), int(where[at])), int(where[at]), "trade")
        p.pay(accounts[at], accounts[(at + 1) % len(accounts)], time, own, "trade", pattern)
        time = p.hours(1) + (time // 86_400 + p.rng.integers(2, 8)) * 86_400
        sums = sums - sums * p.rng.integers(0, 4, 1) // 100
