"""Which measures to take: by benefit a cost with a bound, proven best, or the worst site first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from manara.model import UsageError
from manara.risk.attackers import Targets
from manara.risk.plan.measures import F64, I64, Measures

if TYPE_CHECKING:
    from manara.risk.plan.packages import Steps

#: Never taken, among start years.
NEVER = -1


@dataclass(frozen=True, slots=True)
class Rules:
    """What a plan has to keep to.

    Attributes:
        budgets: money for measures in each year from now, one or more; what is not spent is lost.
        floor: each site gets at least this share of the cut that its own measures could give, 0..1.
        against: ``habits`` makes expected loss least if attackers stay as they are; ``logit`` if
            they partly adapt; ``strategic`` lowers the site that pays most to attack, then the
            next, as far as the money goes.
        discount: rate a year; 3.5 % is the social rate of the United Kingdom's Green Book.
        horizon: years over which costs and benefits are counted.
        strength: of the attackers with ``logit``, above 0.
    """

    budgets: tuple[float, ...]
    floor: float = 0.0
    against: Literal["habits", "logit", "strategic"] = "habits"
    discount: float = 0.035
    horizon: int = 10
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not self.budgets or not all(0 <= one < np.inf for one in self.budgets):
            raise UsageError("not an amount for each year", where="budget")
        if not 0 <= self.floor <= 1:
            raise UsageError(f"{self.floor}: not in 0..1", where="floor")
        if not 0 <= self.discount < np.inf:
            raise UsageError(f"{self.discount}: not a rate", where="discount")
        if self.horizon < len(self.budgets):
            raise UsageError("shorter than the years of the budget", where="horizon")
        if not 0 < self.strength < np.inf:
            raise UsageError(f"{self.strength}: not above 0", where="strength")

    @property
    def worth_now(self) -> F64:
        """What one unit a year, paid at the end of each year of the horizon, is worth now."""
        found: F64 = (1.0 + self.discount) ** -np.arange(1.0, self.horizon + 1)
        return found


@dataclass(frozen=True, slots=True)
class Choice:
    """Measures taken.

    Attributes:
        start: year from now in which each is put in, `NEVER` for none, shape (m,).
        value: what the cut of expected loss is worth now, if attackers stay as they are.
        bound: no plan within the budget is worth more; nan for a plan against attackers who adapt.
        proven: whether it is the best there is.
    """

    start: I64
    value: float
    bound: float
    proven: bool


def choose(targets: Targets, measures: Measures, rules: Rules) -> Choice:
    """Return the measures to take: proven best for small sets, else near a bound.

    Raises:
        UsageError: rules that cannot be kept.
    """
    from manara.risk.plan.exact import exact, few

    if rules.against == "strategic":
        return _worst_first(targets, measures, rules)
    if rules.against == "logit":
        return _adaptive(targets, measures, rules)
    if few(measures, len(rules.budgets)):
        found = exact(targets, measures, rules)
        if found:
            return found
    return by_ratio(targets, measures, rules)


def left(measures: Measures, taken: I64, sites: int) -> tuple[F64, F64]:
    """Return what is left of the likelihood and of the consequence at each site, 0..1.

    Args:
        measures: all.
        taken: places of those taken.
        sites: how many sites there are.
    """
    found = np.ones((2, sites))
    for row, factor in zip(found, (measures.likelihood, measures.consequence), strict=True):
        np.multiply.at(row, measures.site[taken], factor[taken])
    return found[0], found[1]


def worth(targets: Targets, measures: Measures, start: I64, rules: Rules) -> float:
    """Return what a plan's cut of expected loss is worth now, if attackers stay as they are."""
    now, total = rules.worth_now, 0.0
    for year in range(len(rules.budgets)):
        there = np.flatnonzero((start != NEVER) & (start <= year))
        likelihood, consequence = left(measures, there, len(targets.names))
        cut = float(targets.risk @ (1.0 - likelihood * consequence))
        last = year == len(rules.budgets) - 1
        total += cut * float(now[year:].sum() if last else now[year])
    return total


def by_ratio(targets: Targets, measures: Measures, rules: Rules) -> Choice:
    """Return the plan that takes steps by what they cut for their cost, year by year."""

    def order(found: Steps) -> tuple[F64, F64]:
        gain = targets.risk[found.site] * (found.before - found.after)
        with np.errstate(divide="ignore"):
            return gain / found.cost, gain

    start, bound = _yearly(targets, measures, rules, order, every=False)
    if len(rules.budgets) > 1:
        # Nothing beats having all the money, and so all the cuts, in the first year.
        at_once = replace(rules, budgets=(sum(rules.budgets),))
        _, bound = _yearly(targets, measures, at_once, order, every=False)
    value = worth(targets, measures, start, rules)
    return Choice(start, value, bound * float(rules.worth_now.sum()), False)


def _worst_first(targets: Targets, measures: Measures, rules: Rules) -> Choice:
    """Return the plan that is best for the worst site, then for the next, and so on.

    A site that cannot be brought lower does not end the spending on the others.
    """
    worst = targets.worth * targets.success

    def order(found: Steps) -> tuple[F64, F64]:
        level = worst[found.site] * found.before
        return level, level

    start, _ = _yearly(targets, measures, rules, order, every=True)
    return Choice(start, worth(targets, measures, start, rules), np.nan, len(rules.budgets) == 1)


def _adaptive(targets: Targets, measures: Measures, rules: Rules) -> Choice:
    """Return a plan under which partly adaptive attackers cost least.

    Their mean loss is a fraction of two sums over sites; Dinkelbach's method ("On nonlinear
    fractional programming", 1967) brings it down by plans of a sum each, by ratio. It begins with
    the better of the plans for the other two attackers, and so is never worse than these.
    """
    each = targets.success * targets.loss

    def loss(start: I64) -> float:
        keep = np.multiply(*left(measures, np.flatnonzero(start != NEVER), len(each)))
        often = targets.attempts * keep**rules.strength
        return float(often @ (each * keep) / often.sum()) if often.any() else 0.0

    def order(found: Steps) -> tuple[F64, F64]:
        gain = targets.attempts[found.site] * (found.before - found.after)
        with np.errstate(divide="ignore"):
            return gain / found.cost, gain

    others = (choose(targets, measures, replace(rules, against="habits")),
              _worst_first(targets, measures, rules))  # fmt: skip
    start = min((one.start for one in others), key=loss)
    while (ratio := loss(start)) > 0:
        following, _ = _yearly(targets, measures, rules, order, False, each, ratio)
        if loss(following) >= ratio * (1 - 1e-12):
            break
        start = following
    return Choice(start, worth(targets, measures, start, rules), np.nan, False)


def _yearly(
    targets: Targets,
    measures: Measures,
    rules: Rules,
    order: Callable[[Steps], tuple[F64, F64]],
    every: bool,
    each: F64 | None = None,
    ratio: float = 0.0,
) -> tuple[I64, float]:
    """Return start years, and for a single year the bound on the cut of expected loss.

    Args:
        targets: the sites.
        measures: what could be taken.
        rules: the rules; the floor is kept in the last year.
        order: gives for steps by which number, greatest first, they are taken, and their gains.
        every: all packages that are not beaten are steps, not only those on the hull.
        each: loss of a site in a successful attack, to plan against attackers who partly adapt.
        ratio: mean loss of an attempt by these that the plan is to beat.
    """
    from manara.risk.plan.packages import Steps, steps, take

    sites = len(targets.names)
    first, due = measures.first(sites), _due(measures, rules)
    start = np.full(len(measures.site), NEVER, np.int64)
    keep, bound = measures.likelihood * measures.consequence, 0.0
    for year, budget in enumerate(rules.budgets):
        had = start != NEVER
        cost = np.where(had, 0.0, measures.cost)
        floor = rules.floor if year == len(rules.budgets) - 1 else 0.0
        site, package, price, before, after, begin = steps(
            first, cost, keep, measures.requires, measures.excludes, had | (due == year), floor,
            every, keep if each is None else each, 0.0 if each is None else rules.strength, ratio,
        )  # fmt: skip
        if (begin < 0).any():
            name = targets.names[int(np.argmin(begin))]
            raise UsageError("mandatory measures exclude each other", where=f"site {name}")
        must = _members(measures, begin, first)
        if (money := budget - float(cost[must].sum())) < -1e-9 * budget:
            raise too_little(rules)
        found = Steps(site, package, price, before, after)
        key, gain = order(found)
        taken, bound = take(np.argsort(-key, kind="stable"), site, price, gain, money)
        bound += float(targets.risk @ (1.0 - np.multiply(*left(measures, must, sites))))
        # Steps of a site follow each other: the last one taken stands.
        begin[site[taken]] = package[taken]
        chosen = _members(measures, begin, first)
        start[chosen] = np.where(had[chosen], start[chosen], year)
    return start, bound


def _due(measures: Measures, rules: Rules) -> I64:
    """Return the year in which each mandatory measure is put in: the first with money for it.

    Raises:
        UsageError: one fits into no year.
    """
    due = np.full(len(measures.site), NEVER, np.int64)
    over = list(rules.budgets)
    for at in np.flatnonzero(measures.mandatory).tolist():
        cost = float(measures.cost[at])
        fits = (year for year, money in enumerate(over) if cost <= money * (1 + 1e-12))
        due[at] = next(fits, NEVER)
        if due[at] == NEVER:
            raise too_little(rules)
        over[due[at]] -= cost
    return due


def too_little(rules: Rules) -> UsageError:
    """Return the error of a budget that does not pay what has to be taken."""
    return UsageError(
        f"mandatory measures and the floor cost more than {sum(rules.budgets):,.0f}",
        where="budget",
        remedy="raise the budget or a year's share of it, or lower the floor",
    )


def _members(measures: Measures, package: I64, first: I64) -> I64:
    """Return the places of the measures in the package of each site."""
    bit = np.arange(len(measures.site)) - first[measures.site]
    found: I64 = np.flatnonzero(package[measures.site] >> bit & 1)
    return found
