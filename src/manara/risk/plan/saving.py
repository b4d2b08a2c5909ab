"""What a plan of protection saves in insurance, on the same draws of losses."""

from __future__ import annotations

from typing import Any

import numpy as np

from manara.model import NotFoundError
from manara.risk.cover import PARTS, UNPAID, Cover, Draws, cost, waterfall
from manara.risk.plan import Plan


def saving(plan: Plan, cover: Cover, draws: Draws) -> list[dict[str, Any]]:
    """Return technical prices before and after a plan, by attacker, as plain values for JSON.

    ``insured`` is what insurers and those behind them bear, ``unpaid`` what the owner does. Before
    and after share their draws, so that nothing but the plan is between them. A strategic attacker
    cannot be told by weights on draws that follow habits, and is left out.

    Args:
        plan: the plan.
        cover: the owner's cover.
        draws: losses of events before the plan; their sites must be among the plan's.

    Raises:
        NotFoundError: a site of the losses is not in the plan.
        UsageError: as `manara.risk.cover.waterfall`.
    """
    names = plan.targets.names
    if missing := [name for name in draws.sites if name not in names]:
        raise NotFoundError(f"site {missing[0]} of the losses is not in the plan", where="losses")
    place = np.array([names.index(name) for name in draws.sites])
    before = _prices(cover, draws)
    found = []
    for shift in plan.shifts:
        if shift.attacker == "strategic":
            continue
        moved = np.divide(
            shift.attempts_after,
            shift.attempts_before,
            out=np.ones(len(names)),
            where=shift.attempts_before > 0,
        )
        after = draws.protected(plan.likelihood[place], plan.consequence[place], moved[place])
        prices = _prices(cover, after)
        found.append(
            {
                "attacker": shift.attacker,
                "strength": shift.strength,
                "before": before,
                "after": prices,
                "saved": {name: before[name] - prices[name] for name in before},
            }
        )
    return found


def _prices(cover: Cover, draws: Draws) -> dict[str, float]:
    found = waterfall(cover, draws)
    insured = [name for name in PARTS if name not in UNPAID]
    return {
        name: cost(draws, found.of(*parts), cover.level, cover.cost_of_capital).price
        for name, parts in (("insured", insured), ("unpaid", UNPAID))
    }
