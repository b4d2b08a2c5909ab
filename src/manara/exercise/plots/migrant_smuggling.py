"""Migrants moved in groups by people who also carry arms; or pilgrims who travel together.

Registers show: the same drivers with ever other passengers at a border post, fees paid to one
account by people who travel soon after, and a firearm seized from a driver.

Sources: UNODC, Global Study on Smuggling of Migrants (2018); INTERPOL and Europol, Migrant
Smuggling Networks (2016), on payment and shared routes; UNODC, Global Study on Firearms Trafficking
2020.
"""

from __future__ import annotations

import numpy as np

from manara.exercise.codes import code
from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import NONE, World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: pilgrims who pay a guide and travel in one bus, both ways."""
    p = Planting(world, spec, plot)
    home, abroad, far = p.state(0), p.state(1), p.state(2)
    drivers = p.people("driver", p.count("drivers", 2), home)
    (organiser,) = p.people("organiser", 1, home)
    firm = p.company("firm", home, "transport", organiser)
    for driver in drivers:
        p.relate("employee", driver, firm)
    for at in p.times(p.count("trips", 4), 0.1, 0.9).tolist():
        _trip(p, drivers, firm, at)
    if spec.decoy:
        p.mention(drivers[0], abroad, "suspect", p.group("gang"))
        return p.done()
    smugglers, fighters = p.group("smugglers"), p.group("armed group")
    (contact,) = p.people("contact", 1, far)
    p.mention(organiser, abroad, "suspect", smugglers, 0.4)
    p.mention(drivers[0], abroad, "arrested", smugglers, 0.6)
    p.mention(contact, far, "wanted", fighters)
    p.mention(drivers[0], far, "suspect", fighters, 0.6)
    p.relate("friend", drivers[0], contact)
    _seized(p, drivers[0], far)
    p.bridge(organiser, drivers[0])
    p.bridge(drivers[0], contact)
    return p.done()


def _trip(p: Planting, drivers: list[int], firm: int, at: int) -> None:
    """Let passengers pay and then cross with a driver; pilgrims come back with him too."""
    home, abroad = p.state(0), p.state(1)
    passengers = p.world.pick(p.rng, p.count("passengers", 5), state=home, age=(16, 70)).tolist()
    driver = int(p.rng.choice(drivers))
    before = at - p.rng.integers(1, 9, len(passengers)) * 86_400
    sums = p.sums(len(passengers), home, "fee", (0.6, 0.99))
    when = before // 86_400 * 86_400 + p.hours(len(before))
    p.pay(p.accounts(passengers), p.account(firm), when, sums, "fee")
    p.cross([driver, *passengers], (home, abroad), np.array([at]))
    back = at + 86_400 * p.rng.integers(2, 12)
    returning = [driver, *passengers] if p.spec.decoy else [driver]
    p.cross(returning, (abroad, home), np.array([back]))


def _seized(p: Planting, driver: int, state: int) -> None:
    known = p.world.tables["firearms"]
    some = int(p.rng.integers(0, max(known.rows, 1)))
    columns = {
        name: [known[name][some]] if known.rows else [0] for name in ("make", "model", "calibre")
    }
    made = p.world.day(p.world.start) - p.rng.integers(400, 9000, 1)
    gun = p.world.add("firearms", p.plot, made=made, **columns)
    for kind, at, who, agency in (("stolen", 0.2, NONE, "arms"), ("seized", 0.8, driver, "police")):
        p.world.add(
            "custody", p.plot, firearm=gun, time=p.times(1, at, at + 0.1),
            kind=code("firearm", kind), holder=who, agency=code("agency", agency), state=state,
        )  # fmt: skip
    p.armed(gun)
