"""Proceeds of drugs that pay for an armed group; or a pedlars' club that buys abroad together.

Registers show: cash that several people bring to agents in like sums, gathered in one purse that
passes it on within hours, a firm that pays a money exchange abroad, and small payments by mobile
money to people near a group.

Sources: UNODC, World Drug Report 2017, booklet 5 (the drug problem and organised crime, illicit
financial flows, corruption and terrorism); FATF, Comprehensive Update on Terrorist Financing Risks
(July 2025), on organised crime as a source of income.
"""

from __future__ import annotations

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: pedlars who buy abroad and pay those who work for them there."""
    p = Planting(world, spec, plot)
    home, abroad = p.state(0), p.state(1)
    sellers = p.people("seller", p.count("sellers", 4), home)
    (boss,) = p.people("boss", 1, home)
    (changer,) = p.people("money changer", 1, abroad)
    receivers = p.people("receiver", p.count("receivers", 6), abroad)
    front = p.company("front", home, "trader", boss)
    exchange = p.company("exchange", abroad, "exchange", changer)
    for seller in sellers:
        p.relate("friend", seller, boss)
    _gathered(p, sellers, boss, changer)
    _passed_on(p, front, exchange, changer, receivers)
    if spec.decoy:
        p.mention(sellers[0], home, "suspect", p.group("gang"))
        return p.done()
    _known(p, sellers, boss, receivers)
    return p.done()


def _gathered(p: Planting, sellers: list[int], boss: int, changer: int) -> None:
    own, rounds, state = p.accounts(sellers, "mobile"), p.count("rounds", 6), p.state(0)
    purse, other = p.account(boss, "mobile"), p.account(changer, "mobile")
    cash = p.pattern("cash placement", *own)
    through = p.pattern("pass through", purse)
    for account in own:
        times = p.times(rounds, 0.0, 0.9)
        sums = p.sums(rounds, state, "cash in", (0.6, 0.95))
        p.pay(p.agent(state), account, times, sums, "cash in", cash)
        part = p.alike(sums - sums // 20, state, "family")
        p.pay(account, purse, times + 3600 * p.rng.integers(3, 40, rounds), part, "family", cash)
        on = p.alike(part - part // 40, state, "family")
        late = times + 3600 * p.rng.integers(42, 60, rounds)
        p.pay(purse, other, late, on, "family", through)


def _passed_on(p: Planting, front: int, exchange: int, changer: int, receivers: list[int]) -> None:
    home, abroad, each = p.state(0), p.state(1), p.count("each", 4)
    own, theirs = p.account(front), p.account(exchange)
    sums = p.sums(3, home, "trade", (0.4, 0.9))
    p.pay(own, theirs, p.times(3, 0.1, 0.95), sums, "trade", p.pattern("payment for goods", own))
    purse = p.account(changer, "mobile")
    spread = p.pattern("distribution", purse)
    for phone in p.accounts(receivers, "mobile"):
        small = p.sums(each, abroad, "family", (0.2, 0.8))
        times = p.times(each, 0.15, 0.97)
        p.pay(purse, phone, times, small, "family", spread)
        if not p.spec.decoy:
            drawn = p.alike(small, abroad, "cash out")
            late = times + 3600 * p.rng.integers(1, 50, each)
            p.pay(phone, p.agent(abroad), late, drawn, "cash out", spread)


def _known(p: Planting, sellers: list[int], boss: int, receivers: list[int]) -> None:
    home, abroad = p.state(0), p.state(1)
    gang, fighters = p.group("gang"), p.group("armed group")
    p.mention(boss, home, "suspect", gang)
    p.mention(sellers[0], home, "arrested", gang, 0.4)
    for person in receivers[: p.count("known", 2)]:
        p.mention(person, abroad, "wanted", fighters)
    # The one whom either state knows half of: a relative of the boss near the receivers.
    (carrier,) = p.people("carrier", 1, home)
    p.relate("sibling", boss, carrier)
    p.relate("friend", carrier, receivers[0])
    p.mention(carrier, abroad, "suspect", fighters, 0.5)
    payments = p.world.tables["payments"]
    mine = (payments["plot"] == p.plot).nonzero()[0]
    p.report(mine)
    p.cross([carrier], (home, abroad), p.times(3, 0.2, 0.9))
    p.incident(home, "drug seizure", gang, 0.5)
    p.incident(abroad, "armed attack", fighters, 0.8)
    p.bridge(boss, carrier)
    p.bridge(carrier, receivers[0])
