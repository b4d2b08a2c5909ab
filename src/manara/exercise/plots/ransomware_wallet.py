"""A wallet of a ransomware gang that meets somebody who finances others; or a firm paid in tokens.

Registers show: the same addresses in the log lines of victims in two states, wallets of firms
that pay one wallet, which pays a person who changes it into money, and payments from there to
people near a group.

Sources: FATF, Countering Ransomware Financing (March 2023); FATF, Virtual Assets: Red Flag
Indicators (2020); ENISA, Threat Landscape for Ransomware Attacks (2022).
"""

from __future__ import annotations

import numpy as np

from manara.exercise.codes import code
from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import NONE, World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: a developer whose customers abroad pay in tokens."""
    p = Planting(world, spec, plot)
    home, abroad = p.state(0), p.state(1)
    (operator,) = p.people("operator", 1, home, (18, 45))
    (facilitator,) = p.people("facilitator", 1, abroad)
    victims = _victims(p)
    wallet, theirs = p.accounts([operator, facilitator], "wallet")
    _paid(p, p.accounts(victims, "wallet"), wallet, theirs)
    if spec.decoy:
        p.mention(operator, home, "suspect", p.group("gang"))
    else:
        members = p.people("receiver", p.count("receivers", 3), abroad)
        _handed_on(p, p.account(facilitator, "mobile"), members)
        _seen(p, wallet)
        gang, fighters = p.group("cyber gang"), p.group("armed group")
        p.mention(operator, home, "suspect", gang, 0.5)
        p.mention(facilitator, home, "suspect", gang, 0.6)
        for member in members[:2]:
            p.mention(member, abroad, "wanted", fighters)
        p.relate("friend", facilitator, members[0])
        p.incident(home, "cyber attack", gang, 0.4)
        p.bridge(operator, facilitator)
        p.bridge(facilitator, members[0])
    return p.done()


def _victims(p: Planting) -> list[int]:
    """Return firms of two states, which are no members."""
    companies = p.world.tables["companies"]
    found = np.flatnonzero(np.isin(companies["state"], p.states) & (companies["plot"] == NONE))
    return [~int(one) for one in p.rng.choice(found, min(p.count("victims", 4), len(found)), False)]


def _paid(p: Planting, payers: list[int], wallet: int, theirs: int) -> None:
    pattern, home = p.pattern("collection", wallet, theirs), p.state(0)
    times = p.times(len(payers), 0.2, 0.8)
    sums = p.sums(len(payers), home, "other", (0.7, 1.0))
    p.pay(payers, wallet, times, sums, "other", pattern)
    later = times + p.rng.integers(2, 70, len(payers)) * 3600
    on = p.alike(sums - sums // 30, home, "other")
    p.pay(wallet, theirs, later, on, "other", pattern)


def _handed_on(p: Planting, purse: int, members: list[int]) -> None:
    pattern, each = p.pattern("distribution", purse), p.count("each", 3)
    for phone in p.accounts(members, "mobile"):
        sums = p.sums(each, p.state(1), "family", (0.4, 0.95))
        p.pay(purse, phone, p.times(each, 0.5, 1.0), sums, "family", pattern)


def _seen(p: Planting, wallet: int) -> None:
    """Let log lines of two states show the same address, domain and wallet."""
    values = p.rng.integers(0, 2**30, 2)
    for state in p.states[:2]:
        for kind, value in (("ip", values[0]), ("domain", values[1]), ("wallet", wallet)):
            count = p.count("lines", 3)
            p.world.add(
                "sightings", p.plot, time=p.times(count, 0.1, 0.7), kind=code("sighting", kind),
                value=int(value), state=state,
            )  # fmt: skip
