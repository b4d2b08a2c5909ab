"""Goods at prices that move value, paid for in a ring; or a family that trades with itself.

Registers show: declarations of one pair of firms far from what others declare for the same goods,
payments for goods that come round within weeks, and owners who are kin across a border.

Sources: FATF and Egmont Group, Trade-Based Money Laundering: Trends and Developments (2020) and
Risk Indicators (2021); Global Financial Integrity, Trade-Related Illicit Financial Flows (2021).
"""

from __future__ import annotations

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: cousins with a firm in each state, and prices like everybody's."""
    p = Planting(world, spec, plot)
    states = (p.state(0), p.state(1), p.state(2))
    owners = [p.people("owner", 1, state, (28, 70))[0] for state in states]
    firms = [p.company("firm", at, "trader", one) for at, one in zip(states, owners, strict=True)]
    p.relate("cousin", owners[0], owners[1])
    p.relate("cousin", owners[1], owners[2])
    price = 1.0 if spec.decoy else p.value("price", 3.0)
    for at, goods in enumerate((0, 1, 2)):
        times = p.times(p.count("shipments", 3), 0.05, 0.9)
        p.consign(firms[at], firms[(at + 1) % 3], times, _goods(p, goods), price)
    _ring(p, p.accounts(firms))
    if not spec.decoy:
        gang = p.group("gang")
        p.mention(owners[1], states[1], "suspect", gang, 0.4)
        p.mention(owners[0], states[2], "suspect", p.group("armed group"), 0.5)
        p.mention(owners[2], states[2], "str", at=0.8, agency="fiu")
        p.bridge(owners[0], owners[1])
    return p.done()


def _goods(p: Planting, at: int) -> int:
    """Return goods that others declare too."""
    codes = sorted(set(p.world.tables["consignments"]["hs"].tolist())) or [847989]
    return int(codes[(int(p.rng.integers(0, len(codes))) + at) % len(codes)])


def _ring(p: Planting, accounts: list[int]) -> None:
    """Let payments for goods come round; of the decoy only the half, for it buys and sells."""
    rounds = p.count("rounds", 3)
    for start in p.times(rounds, 0.05, 0.85).tolist():
        pattern = p.pattern("ring", *accounts)
        sums = p.sums(1, p.state(0), "trade", (0.6, 0.98))
        steps = len(accounts) - (1 if p.spec.decoy else 0)
        for at in range(steps):
            payer, payee = accounts[at], accounts[(at + 1) % len(accounts)]
            here, there = (p.world.tables["accounts"]["state"][one] for one in (accounts[0], payer))
            own = p.money(sums, int(here), int(there))
            time = p.times(1) * 0 + start + 86_400 * at * p.rng.integers(2, 7) + p.hours(1) // 4
            p.pay(payer, payee, time, own, channel="swift", purpose="trade", pattern=pattern)
            sums = sums - sums * p.rng.integers(0, 4, 1) // 100
