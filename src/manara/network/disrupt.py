"""What acting on a network would change: an order of action, and how the network re-forms.

The model is one of replacement after Duijn, Kashirin & Sloot, The Relative Ineffectiveness of
Criminal Network Disruption (2014). One node is acted on in each round. A vacancy is then filled, if
at all, by somebody of the same role within two steps of the one who is gone: trust falls with
distance, and a role is the harder to fill the fewer of its holders are left. Who fills it takes
over ties. It is a model: it shows what may follow and how much that varies, not what will.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from manara.graph import Graph
from manara.graph.arrays import F64, I32, I64
from manara.graph.centrality import UNSEEN, accumulate
from manara.graph.structure import label_components, nearness
from manara.model import UsageError

Strategy = Literal["plan", "degree", "random", "nothing"]
STRATEGIES: tuple[Strategy, ...] = ("plan", "degree", "random", "nothing")

#: Chance in a round that somebody at one step, and at two, takes a vacancy, and a tie with it.
TRUST = (1.0, 0.5)
#: Share of the efficiency before at which a network counts as recovered.
RECOVERED = 0.9
#: Rounds watched after the last action.
AFTER = 10
#: Ties visited over all runs of a strategy, about.
WORK = 2e9
#: Fewest sources from which betweenness and efficiency are estimated.
SAMPLE = 16


class Spread(NamedTuple):
    """A figure over many runs: its mean, and the 5th and 95th percentile."""

    mean: float
    low: float
    high: float


class Outcome(NamedTuple):
    """What one strategy leads to.

    Attributes:
        strategy: plan, degree, random or nothing.
        actions: how many nodes are acted on within the budget.
        largest: share of the nodes at the start in the largest component at the end.
        lowest: the same at its lowest.
        efficiency: of those left at the end, as a share of that at the start; above 1, the network
            works better than before.
        coverage: share of the roles of the value chain held in the largest component at the end;
            None without roles.
        recovered: share of runs in which efficiency came back to 90 % after the last action.
        rounds: rounds until then, over those runs; None if there are none.
    """

    strategy: Strategy
    actions: Spread
    largest: Spread
    lowest: Spread
    efficiency: Spread
    coverage: Spread | None
    recovered: float
    rounds: Spread | None


class Disruption(NamedTuple):
    """An order of action and what comes of it.

    Attributes:
        order: nodes to act on, first to be first, if nothing re-formed.
        cost: sum of their costs.
        outcomes: one for each strategy.
    """

    order: tuple[int, ...]
    cost: float
    outcomes: tuple[Outcome, ...]


def disrupt(
    graph: Graph,
    budget: float,
    cost: ArrayLike | None = None,
    feasible: ArrayLike | None = None,
    roles: Sequence[str] | None = None,
    refill: float = 0.5,
    runs: int = 200,
    seed: int = 0,
) -> Disruption:
    """Return an order of action within a budget, and how the network re-forms after it.

    The plan takes the node of highest betweenness in what is left for its cost, and looks anew
    after each action. It is compared with taking the node of most ties, any node, and none.

    Args:
        graph: who is tied to whom.
        budget: what may be spent in all.
        cost: of acting on each node, positive; 1 where not given.
        feasible: whether each node can lawfully be acted on; all where not given.
        roles: role of each node, ``""`` where none is known; all alike where not given.
        refill: chance in a round that a vacancy is looked to at all, 0 to 1.
        runs: runs of each strategy.
        seed: seed of the runs.

    Raises:
        UsageError: a cost is not positive, a list is not as long as there are nodes, or a number
            is out of its range.
    """
    costs = np.ones(graph.n) if cost is None else np.asarray(cost, np.float64)
    able = np.ones(graph.n, np.bool_) if feasible is None else np.asarray(feasible, np.bool_)
    held = [""] * graph.n if roles is None else list(roles)
    if not len(costs) == len(able) == len(held) == graph.n:
        raise UsageError("not as many costs, feasibilities or roles as nodes", where="disrupt")
    if not (np.isfinite(costs) & (costs > 0)).all() or not 0 <= refill <= 1 or runs < 1:
        raise UsageError("costs are positive, refill is 0 to 1, runs at least 1", where="disrupt")
    rounds = _affordable(costs[able], budget) + AFTER
    sources = min(graph.n, max(SAMPLE, int(WORK / runs / rounds / max(2 * graph.m, 1))))
    case = _Case(graph, costs, able, np.array(held, dtype=str), refill, budget, sources)
    still = _Run(case._replace(refill=0.0), "plan", np.random.default_rng(seed))
    outcomes = [_outcome(case, strategy, runs, seed) for strategy in STRATEGIES]
    return Disruption(tuple(still.taken), budget - still.money, tuple(outcomes))


class _Case(NamedTuple):
    graph: Graph
    cost: F64
    able: NDArray[np.bool_]
    role: NDArray[np.str_]
    refill: float
    budget: float
    sources: int


class _Vacancy(NamedTuple):
    role: str
    ties: tuple[int, ...]
    trust: dict[int, float]


class _Run:
    """One run: actions while the money lasts, then some rounds without."""

    def __init__(self, case: _Case, strategy: Strategy, rng: np.random.Generator) -> None:
        self.case, self.strategy, self.rng = case, strategy, rng
        graph = case.graph
        self.near = [set(graph.neighbours(v).tolist()) for v in range(graph.n)]
        self.left = np.ones(graph.n, np.bool_)
        self.money = case.budget
        self.taken: list[int] = []
        self.vacancies: list[_Vacancy] = []
        self.efficiency: list[float] = []
        self.largest: list[float] = []
        self.coverage: list[float] = []
        self._look()
        while (node := self._next()) is not None:
            self._act(node)
            self._re_form()
            self._look()
        for _ in range(AFTER if self.vacancies and case.refill else 0):
            self._re_form()
            self._look()

    def _rows(self) -> tuple[I64, I32]:
        start = np.zeros(len(self.near) + 1, np.int64)
        np.cumsum([len(near) for near in self.near], out=start[1:])
        return start, np.fromiter(chain.from_iterable(self.near), np.int32, int(start[-1]))

    def _sources(self) -> I64:
        nodes = np.flatnonzero(self.left)
        if self.case.sources >= len(nodes):
            return nodes
        return self.rng.choice(nodes, self.case.sources, replace=False)

    def _next(self) -> int | None:
        """Return the node to act on, None if there is none or the money does not reach."""
        case = self.case
        open_ = np.flatnonzero(self.left & case.able & (case.cost <= self.money))
        if self.strategy == "nothing" or not len(open_):
            return None
        if self.strategy == "random":
            return int(self.rng.choice(open_))
        worth = np.array([len(self.near[v]) for v in open_.tolist()], np.float64)
        if self.strategy == "plan":
            total = np.zeros(len(self.near))
            accumulate(*self._rows(), self._sources(), np.full(len(total), UNSEEN), total)
            # Ties decide where betweenness does not.
            worth = (total[open_] + worth / (len(total) + 1)) / case.cost[open_]
        return int(open_[worth.argmax()])

    def _act(self, node: int) -> None:
        trust = {node: 0.0}
        for other in self.near[node]:
            trust[other] = TRUST[0]
        for other in self.near[node]:
            for further in self.near[other]:
                trust.setdefault(further, TRUST[1])
        del trust[node]
        role = str(self.case.role[node])
        self.vacancies.append(_Vacancy(role, tuple(sorted(self.near[node])), trust))
        for other in self.near[node]:
            self.near[other].discard(node)
        self.near[node] = set()
        self.left[node] = False
        self.money -= float(self.case.cost[node])
        self.taken.append(node)

    def _re_form(self) -> None:
        self.vacancies = [one for one in self.vacancies if not self._filled(one)]

    def _filled(self, vacancy: _Vacancy) -> bool:
        holders = self.case.role == vacancy.role
        scarce = float((holders & self.left).sum() / holders.sum())
        if self.rng.random() >= self.case.refill * scarce:
            return False
        asked = sorted((v, t) for v, t in vacancy.trust.items() if self.left[v] and holders[v])
        chance = np.array([trust for _, trust in asked])
        if not len(asked) or self.rng.random() < np.prod(1 - chance):
            return False
        new = asked[int(self.rng.choice(len(asked), p=chance / chance.sum()))][0]
        for other in vacancy.ties:
            if other == new or not self.left[other]:
                continue
            known = TRUST[0] if self.near[new] & self.near[other] else TRUST[1]
            if self.rng.random() < known:
                self.near[new].add(other)
                self.near[other].add(new)
        return True

    def _look(self) -> None:
        start, target = self._rows()
        sources = self._sources()
        pairs = len(sources) * (int(self.left.sum()) - 1)
        self.efficiency.append(nearness(start, target, sources) / pairs if pairs > 0 else 0.0)
        label, _ = label_components(start, target)
        size = np.bincount(label[self.left], minlength=1)
        self.largest.append(float(size.max()) / max(len(self.near), 1))
        inside = self.left & (label == size.argmax())
        roles = set(self.case.role.tolist()) - {""}
        self.coverage.append(len(roles & set(self.case.role[inside].tolist())) / (len(roles) or 1))

    @property
    def recovered(self) -> int | None:
        """Rounds after the last action until efficiency is back; None if it does not come back."""
        for rounds, value in enumerate(self.efficiency[len(self.taken) :]):
            if value >= RECOVERED * self.efficiency[0]:
                return rounds
        return None


def _outcome(case: _Case, strategy: Strategy, runs: int, seed: int) -> Outcome:
    count = 1 if strategy == "nothing" else runs
    done = [_Run(case, strategy, np.random.default_rng([seed, at])) for at in range(count)]
    rounds = [run.recovered for run in done if run.recovered is not None]
    return Outcome(
        strategy,
        _spread([len(run.taken) for run in done]),
        _spread([run.largest[-1] for run in done]),
        _spread([min(run.largest) for run in done]),
        _spread([run.efficiency[-1] / (run.efficiency[0] or 1.0) for run in done]),
        _spread([run.coverage[-1] for run in done]) if (case.role != "").any() else None,
        len(rounds) / count,
        _spread(rounds) if rounds else None,
    )


def _spread(values: Sequence[float]) -> Spread:
    low, high = np.quantile(values, [0.05, 0.95])
    return Spread(float(np.mean(values)), float(low), float(high))


def _affordable(cost: F64, budget: float) -> int:
    return int((np.cumsum(np.sort(cost)) <= budget).sum())
