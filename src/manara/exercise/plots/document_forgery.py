"""A ring that makes documents, and those who travel on them; or a visa agency with many customers.

Registers show: fees of many who hardly know one another to one person, documents that no register
issued, found at borders of other states, and two of its people known to two states.

Sources: UNODC, Guide for the Development of Forensic Document Examination Capacity (2010);
Europol, EU Serious and Organised Crime Threat Assessment (2021), on document fraud; INTERPOL,
Stolen and Lost Travel Documents database.
"""

from __future__ import annotations

import numpy as np

from manara.exercise.plots.planted import Planted
from manara.exercise.plots.planting import Planting
from manara.exercise.scenario import PlotSpec
from manara.exercise.tables import World


def plant(world: World, spec: PlotSpec, plot: int) -> Planted:
    """Plant it, or its decoy: an agency that gets people their papers at the offices."""
    p = Planting(world, spec, plot)
    home, abroad, far = p.state(0), p.state(1), p.state(2)
    (maker,) = p.people("maker", 1, home)
    (go_between,) = p.people("go-between", 1, abroad)
    users = p.people("user", p.count("users", 6), abroad)
    shop = p.company("print shop", home, "printer", maker)
    p.relate("friend", maker, go_between)
    purse = p.account(go_between, "mobile")
    pattern = p.pattern("collection", purse)
    times, sums = p.times(len(users), 0.05, 0.7), p.sums(len(users), abroad, "family", (0.8, 0.99))
    p.pay(p.accounts(users, "mobile"), purse, times, sums, "family", pattern)
    parts = p.count("parts", 3)
    on = p.sums(parts, abroad, "remittance", (0.5, 0.95))
    p.pay(p.account(go_between), p.account(shop), p.times(parts, 0.2, 0.8), on, "remittance",
          pattern)  # fmt: skip
    for user, time in zip(users, p.times(len(users), 0.5, 1.0).tolist(), strict=True):
        held = p.document(user, forged=not spec.decoy)
        p.cross([user], (abroad, far), np.array([time]), [held])
    if spec.decoy:
        p.mention(go_between, abroad, "suspect", p.group("gang"))
    else:
        ring, fighters = p.group("smugglers"), p.group("armed group")
        p.mention(maker, home, "suspect", ring)
        p.mention(go_between, abroad, "suspect", ring, 0.4)
        p.mention(users[0], far, "arrested", ring, 0.8)
        p.mention(users[1], far, "wanted", fighters, 0.5)
        p.mention(go_between, far, "suspect", fighters, 0.6)
        p.relate("friend", go_between, users[1])
        p.bridge(go_between, users[1])
        p.bridge(maker, go_between)
    return p.done()
