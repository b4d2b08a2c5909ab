"""A plan of protective measures for sites under a budget, and what it leaves of the risk.

targets = read_targets(Path("sites.csv"))
measures = read_measures(Path("measures.csv"), targets.names)
plan = make_plan(targets, measures, Rules((100_000,)))
plan.shifts  # the risk before and after, under three attackers
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from manara.risk.attackers import STRENGTHS, Shift, Targets, shifts
from manara.risk.plan.choose import NEVER, Choice, Rules, choose, left
from manara.risk.plan.measures import (
    F64,
    I64,
    Catalogue,
    Kind,
    Measures,
    catalogue,
)
from manara.risk.plan.reading import read_measures, read_targets

__all__ = [
    "NEVER",
    "Catalogue",
    "Choice",
    "Kind",
    "Measures",
    "Plan",
    "Rules",
    "catalogue",
    "choose",
    "make_plan",
    "plain",
    "plain_shift",
    "read_measures",
    "read_targets",
]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan and what it does; arrays by site have the shape (n,).

    Attributes:
        targets: the sites before the plan.
        measures: what could be taken.
        rules: what it kept to.
        choice: what is taken, and when.
        likelihood: what is left of the probability of success of each site, 0..1.
        consequence: what is left of the loss, 0..1.
        cost: of the measures of each site, without upkeep.
        annual: the same as an even yearly payment over the lives of the measures, and upkeep.
        break_even: attempts a year from which the measures of a site are worth their cost (Mueller
            and Stewart, "Terror, Security, and Money", 2011); nan where none is taken, inf where
            they cut nothing.
        npv: what the cut of each site's expected loss is worth now, less the cost of its measures,
            if attackers stay as they are.
        shifts: risk before and after under each attacker, see `manara.risk.attackers.shifts`.
    """

    targets: Targets
    measures: Measures
    rules: Rules
    choice: Choice
    likelihood: F64
    consequence: F64
    cost: F64
    annual: F64
    break_even: F64
    npv: F64
    shifts: list[Shift]

    @property
    def taken(self) -> I64:
        """Places of the measures taken."""
        found: I64 = np.flatnonzero(self.choice.start != NEVER)
        return found

    @property
    def spent(self) -> tuple[float, ...]:
        """Money for measures in each year of the budget."""
        start, cost = self.choice.start, self.measures.cost
        years = range(len(self.rules.budgets))
        return tuple(float(cost[start == year].sum()) for year in years)


def make_plan(
    targets: Targets,
    measures: Measures,
    rules: Rules,
    strengths: Sequence[float] = STRENGTHS,
) -> Plan:
    """Return the measures to take under a budget, and what they do under three attackers.

    Small sets are solved and proven by a mixed-integer programme; larger ones by cut a cost, with
    the bound of the linear relaxation beside it.

    Args:
        targets: the sites.
        measures: what could be taken at them.
        rules: budget by year, floor, attacker planned against, discount rate, horizon.
        strengths: of the partly adaptive attackers that are reported.

    Raises:
        UsageError: rules that cannot be kept.
    """
    choice = choose(targets, measures, rules)
    taken = np.flatnonzero(choice.start != NEVER)
    sites = len(targets.names)
    likelihood, consequence = left(measures, taken, sites)
    site = measures.site[taken]
    annual = even_payment(measures, rules.discount)[taken]
    yearly = _by_site(site, annual, sites)
    effect = targets.success * targets.loss * (1.0 - likelihood * consequence)
    break_even = np.where(yearly > 0, np.inf, np.nan)
    np.divide(yearly, effect, out=break_even, where=effect > 0)
    return Plan(
        targets,
        measures,
        rules,
        choice,
        likelihood,
        consequence,
        _by_site(site, measures.cost[taken], sites),
        yearly,
        break_even,
        _net_present(targets, measures, rules, choice.start),
        shifts(targets, likelihood, consequence, strengths),
    )


def even_payment(measures: Measures, discount: float) -> F64:
    """Return each measure's cost a year, paid evenly over its life, with its upkeep."""
    factor = 1.0 / measures.life
    if discount:
        factor = discount / -np.expm1(-measures.life * np.log1p(discount))
    found: F64 = measures.cost * factor + measures.upkeep
    return found


def _by_site(site: I64, amount: F64, sites: int) -> F64:
    found: F64 = np.bincount(site, amount, sites).astype(np.float64)
    return found


def _net_present(targets: Targets, measures: Measures, rules: Rules, start: I64) -> F64:
    """Return by site what its cut is worth now less its measures, over the horizon."""
    sites = len(targets.names)
    annual = even_payment(measures, rules.discount)
    found = np.zeros(sites)
    for year, now in enumerate(rules.worth_now.tolist()):
        there = np.flatnonzero((start != NEVER) & (start <= year))
        likelihood, consequence = left(measures, there, sites)
        cut = targets.risk * (1.0 - likelihood * consequence)
        found += now * (cut - _by_site(measures.site[there], annual[there], sites))
    return found


def plain_shift(shift: Shift, untouched: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what one attacker makes of a plan as plain values, for JSON.

    Args:
        shift: the attacker.
        untouched: whether nothing is done at each site, shape (n,).
        names: of the sites.
    """
    before, after = shift.share(untouched)
    factors = np.where(untouched, shift.substitution, np.nan).tolist()
    return {
        "attacker": shift.attacker,
        "strength": shift.strength,
        "risk_before": float(shift.risk_before.sum()),
        "risk_after": float(shift.risk_after.sum()),
        "cut": shift.cut,
        "untouched_share_before": before,
        "untouched_share_after": after,
        "most_at_risk_before": names[int(np.argmax(shift.risk_before))],
        "most_at_risk_after": names[int(np.argmax(shift.risk_after))],
        "substitution": {
            name: factor for name, factor in zip(names, factors, strict=True) if factor == factor
        },
    }


def plain(plan: Plan) -> dict[str, Any]:
    """Return a plan as plain values, for JSON; what does not exist is null."""
    one, start, annual = plan.measures, plan.choice.start, None
    annual = even_payment(one, plan.rules.discount)
    names = plan.targets.names
    measures = [
        {
            "site": names[one.site[at]],
            "measure": one.ids[at],
            "year": int(start[at]) + 1,
            "cost": float(one.cost[at]),
            "annual": float(annual[at]),
            "placeholders": list(one.placeholders[at]) if one.placeholders else [],
        }
        for at in sorted(plan.taken.tolist(), key=lambda at: (start[at], at))
    ]
    habits = plan.shifts[0]
    columns = {
        "site": names,
        "attempts": plan.targets.attempts.tolist(),
        "risk_before": habits.risk_before.tolist(),
        "risk_after": habits.risk_after.tolist(),
        "likelihood": plan.likelihood.tolist(),
        "consequence": plan.consequence.tolist(),
        "cost": plan.cost.tolist(),
        "annual": plan.annual.tolist(),
        "break_even": [float(x) if np.isfinite(x) else None for x in plan.break_even],
        "npv": plan.npv.tolist(),
    }
    untouched = (plan.likelihood == 1) & (plan.consequence == 1)
    bound = plan.choice.bound
    return {
        "against": plan.rules.against,
        "budget": list(plan.rules.budgets),
        "spent": list(plan.spent),
        "worth": plan.choice.value,
        "bound": bound if bound == bound else None,
        "gap": max(0.0, 1 - plan.choice.value / bound) if bound > 0 else None,
        "proven": plan.choice.proven,
        "npv": float(plan.npv.sum()),
        "measures": measures,
        "sites": [
            dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)
        ],
        "attackers": [plain_shift(each, untouched, names) for each in plan.shifts],
        "placeholders": sorted({m["measure"] for m in measures if m["placeholders"]}),
    }
