"""The best plan for a small set of measures, proven by a mixed-integer programme (HiGHS)."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from manara.risk.attackers import Targets
from manara.risk.plan.choose import NEVER, Choice, Rules, too_little, worth
from manara.risk.plan.measures import F64, I64, Measures

#: Ways to take the measures of a site, over years; more of them at a site, or in all, is not small.
_MOST_A_SITE, _MOST = 4096, 20_000

#: Options left after those that another beats; more take HiGHS too long.
_MOST_LEFT = 5000

#: Nodes of the search within which a plan has to be proven; a number of them, unlike a time, gives
#: the same plan on every machine.
_NODES = 2000


class _Options(NamedTuple):
    """Ways to take the measures of one site: start years, cost each year, value now."""

    start: I64
    cost: F64
    value: F64


def few(measures: Measures, years: int) -> bool:
    """Return whether all ways to take the measures of each site can be listed."""
    ways = (years + 1) ** np.bincount(measures.site).astype(np.float64)
    return bool(ways.max(initial=1.0) <= _MOST_A_SITE and ways.sum() <= _MOST)


def exact(targets: Targets, measures: Measures, rules: Rules) -> Choice | None:
    """Return the best plan; None if none was found within the nodes searched.

    Raises:
        UsageError: rules that cannot be kept.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array, vstack

    first = measures.first(len(targets.names))
    sites = [site for site in range(len(targets.names)) if first[site] < first[site + 1]]
    if not sites:
        return Choice(np.zeros(0, np.int64), 0.0, 0.0, True)
    options = [_options(targets, measures, rules, site, first) for site in sites]
    if not all(len(each.value) for each in options):
        raise too_little(rules)
    counts = [len(each.value) for each in options]
    if sum(counts) > _MOST_LEFT:
        return None
    value = np.concatenate([each.value for each in options])
    group = np.repeat(np.arange(len(sites)), counts)
    one_each = csr_array((np.ones(len(value)), (group, np.arange(len(value)))))
    spent = csr_array(np.concatenate([each.cost for each in options]).T)
    done = milp(
        -value,
        integrality=np.ones(len(value)),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(
            vstack([one_each, spent]),
            np.append(np.ones(len(sites)), np.full(len(rules.budgets), -np.inf)),
            np.append(np.ones(len(sites)), rules.budgets),
        ),
        # Its presolve at times writes to standard output, and is no quicker here.
        options={"node_limit": _NODES, "mip_rel_gap": 1e-9, "presolve": False},
    )
    if done.status == 2:
        raise too_little(rules)
    if done.x is None:
        return None
    start = np.full(len(measures.site), NEVER, np.int64)
    end = np.cumsum(counts)
    for place, site in enumerate(sites):
        mine = done.x[end[place] - counts[place] : end[place]]
        start[first[site] : first[site + 1]] = options[place].start[int(np.argmax(mine))]
    return Choice(
        start, worth(targets, measures, start, rules), -float(done.mip_dual_bound), done.status == 0
    )


def _options(targets: Targets, measures: Measures, rules: Rules, site: int, first: I64) -> _Options:
    """Return the ways that are allowed, affordable and not beaten by another."""
    begin, end = int(first[site]), int(first[site + 1])
    years = len(rules.budgets)
    start = np.array(list(product(range(years + 1), repeat=end - begin)), np.int64)
    fine = np.ones(len(start), np.bool_)
    for bit in range(end - begin):
        there = start[:, bit] < years
        if measures.mandatory[begin + bit]:
            fine &= there
        for other in range(end - begin):
            if measures.requires[begin + bit] >> other & 1:
                fine &= ~there | (start[:, other] <= start[:, bit])
            if measures.excludes[begin + bit] >> other & 1:
                fine &= ~there | (start[:, other] == years)
    start = start[fine]
    cost = np.stack(
        [((start == year) * measures.cost[begin:end]).sum(1) for year in range(years)], 1
    )
    keep = (measures.likelihood * measures.consequence)[begin:end]
    left = [np.where(start <= year, keep, 1.0).prod(1) for year in range(years)]
    fine = np.all(cost <= np.array(rules.budgets) * (1 + 1e-12), axis=1)
    if len(start):
        fine &= left[-1] <= 1.0 - rules.floor * (1.0 - left[-1].min()) + 1e-12
    now = rules.worth_now
    weight = [*now[: years - 1], now[years - 1 :].sum()]
    cut = sum(each * (1.0 - kept) for each, kept in zip(weight, left, strict=True))
    value = float(targets.risk[site]) * cut
    found = _Options(np.where(start < years, start, NEVER)[fine], cost[fine], value[fine])
    kept = _unbeaten(found)
    return _Options(found.start[kept], found.cost[kept], found.value[kept])


def _unbeaten(options: _Options) -> I64:
    """Return the options to which no other gives as much for no more in any year."""
    order = np.lexsort((options.cost.sum(1), -options.value))
    kept: list[int] = []
    for at in order.tolist():
        if not kept or not (options.cost[kept] <= options.cost[at]).all(1).any():
            kept.append(at)
    return np.array(kept, np.int64)
