"""Proceeds of drugs that pay for an armed group; or the takings of a chain of shops.

Registers show: cash banked by several people in like sums, gathered in a company that passes it on
within days, a money exchange abroad, and many small payments by mobile money to people near a group.

Sources: UNODC, World Drug Report 2017, booklet 5 (the drug problem and organised crime, illicit
financial flows, corruption and terrorism); FATF, Comprehensive Update on Terrorist Financing Risks
(July 2025), on organised crime as a source of income.
"""

from __future__ import annotations

import numpy as np

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import NONE, World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: shops that bank their takings and pay suppliers and wages abroad."""
    p = Planting(world, spec, plot)
    home, abroad = p.state(0), p.state(1)
    sellers = p.people("seller", p.count("sellers", 4), home)
    (boss,) = p.people("boss", 1, home)
    (changer,) = p.people("money changer", 1, abroad)
    receivers = p.people("receiver", p.count("receivers", 6), abroad)
    front = p.company("front", home, "shop", boss)
    exchange = p.company("exchange", abroad, "exchange", changer)
    for seller in sellers:
        p.relate("employee" if spec.decoy else "friend", seller, front if spec.decoy else boss)
    _gathered(p, sellers, front)
    _passed_on(p, front, exchange, receivers)
    if not spec.decoy:
        _known(p, sellers, boss, changer, receivers)
    return p.done()


def _gathered(p: Planting, sellers: list[int], front: int) -> None:
    own, rounds = p.accounts(sellers), p.count("rounds", 6)
    into, state = p.account(front), p.state(0)
    cash = p.pattern("cash placement", *own)
    for account in own:
        times = p.times(rounds, 0.0, 0.9)
        sums = p.sums(rounds, state, "cash in", (0.7, 0.95))
        p.pay(
            NONE,
            np.full(rounds, account),
            times,
            sums,
            channel="cash",
            purpose="cash in",
            pattern=cash,
        )
        purpose = "wholesale" if p.spec.decoy else "other"
        on = np.maximum(1, sums - sums // 20)
        p.pay(
            account, into, times + 3600 * 26, on, channel="transfer", purpose=purpose, pattern=cash
        )


def _passed_on(p: Planting, front: int, exchange: int, receivers: list[int]) -> None:
    home, abroad, rounds = p.state(0), p.state(1), p.count("rounds", 6)
    own, theirs = p.account(front), p.account(exchange)
    through = p.pattern("pass through", own, theirs)
    times = p.times(rounds, 0.1, 0.95)
    sums = p.sums(rounds, home, "cash in", (0.9, 1.0)) * 3
    purpose = "wholesale" if p.spec.decoy else "trade"
    p.pay(own, theirs, times, sums, channel="swift", purpose=purpose, pattern=through)
    spread = p.pattern("distribution", theirs)
    phones = p.accounts(receivers, "mobile")
    each = p.count("each", 4)
    for phone in phones:
        small = p.sums(each, abroad, "remittance", (0.2, 0.8))
        why = "salary" if p.spec.decoy else "remittance"
        p.pay(
            theirs,
            phone,
            p.times(each, 0.15, 1.0),
            small,
            channel="mobile",
            purpose=why,
            pattern=spread,
        )
        if not p.spec.decoy:
            p.pay(phone, NONE, p.times(each, 0.2, 1.0), small, channel="cash", purpose="cash out")


def _known(p: Planting, sellers: list[int], boss: int, changer: int, receivers: list[int]) -> None:
    home, abroad = p.state(0), p.state(1)
    gang, fighters = p.group("gang"), p.group("armed group")
    p.mention(boss, home, "suspect", gang)
    p.mention(sellers[0], home, "arrested", gang, 0.4)
    for person in receivers[: p.count("known", 2)]:
        p.mention(person, abroad, "wanted", fighters)
    # The one whom either state knows half of: a relative of the boss near the receivers.
    (carrier,) = p.people("carrier", 1, home)
    p.relate("sibling", carrier, boss)
    p.relate("friend", carrier, receivers[0])
    p.mention(carrier, abroad, "suspect", fighters, 0.5)
    p.mention(changer, abroad, "str", NONE, 0.7, "fiu")
    p.cross([carrier], (home, abroad), p.times(3, 0.2, 0.9))
    p.incident(home, "drug seizure", gang, 0.5)
    p.incident(abroad, "armed attack", fighters, 0.8)
    p.bridge(boss, carrier)
    p.bridge(carrier, receivers[0])
