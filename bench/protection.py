"""Plans, attackers and covers at size, and peers beside them on the same problems.

CPU seconds of one process, the least of several runs after a first one (which compiles). Plans:
ours with its distance from the bound of the linear relaxation, beside HiGHS's mixed-integer
programme on a smaller set (which stops at its own gap of 1e-4). Games: the strategic attacker
beside a linear programme for each target (HiGHS), the quantal-response attacker beside sequential
quadratic programming (SciPy's SLSQP) from ten starts. Waterfall: events by sites through an account
of three layers and a scheme. Worlds are invented, with heavy tails.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp, minimize

from bench._run import main, measure
from manara.risk.attackers import Targets, shifts
from manara.risk.cover import Account, Cover, Layer, Pool, Site, from_arrays, waterfall
from manara.risk.game import Game, equilibrium
from manara.risk.plan import Measures, Rules
from manara.risk.plan.choose import choose
from manara.risk.quantal import respond

_OURS = "import sys; from manara.cli.main import main; main(sys.argv[1:])"


def run(options: argparse.Namespace) -> dict[str, Any]:
    """Return all figures."""
    return {
        "plan": plans(options.measures, options.peer_measures),
        "games": games(options.targets, options.peer_targets),
        "logit": logits(options.logit_targets, options.peer_targets),
        "substitution": substitution(options.logit_targets),
        "waterfall": covers(options.events),
        "start_cpu_s": measure([sys.executable, "-c", _OURS, "risk", "--help"])["cpu_s"],
    }


def _cpu(work: Callable[[], Any], runs: int = 3) -> tuple[float, Any]:
    """Return the least CPU seconds of several runs, and what the work gives."""
    times, found = [], None
    for _ in range(runs):
        begun = time.process_time()
        found = work()
        times.append(time.process_time() - begun)
    return round(min(times), 4), found


def world(sites: int, each: int) -> tuple[Targets, Measures]:
    """Return sites and as many measures at each."""
    chance = np.random.default_rng(1)
    count = sites * each
    loss = (chance.pareto(1.4, sites) + 1) * 1e6
    names = tuple(f"s{at}" for at in range(sites))
    targets = Targets(names, chance.gamma(1, 0.01, sites), np.ones(sites), loss, loss)
    rules = np.zeros((2, count), np.int64)
    return targets, Measures(
        tuple(f"m{at % each}" for at in range(count)),
        np.repeat(np.arange(sites), each),
        np.exp(chance.normal(10, 1.2, count)),
        np.zeros(count),
        np.full(count, 10.0),
        chance.uniform(0.5, 1, count),
        chance.uniform(0.6, 1, count),
        *rules,
        np.zeros(count, np.bool_),
    )


def plans(largest: int, peer: int) -> list[dict[str, Any]]:
    """Return cost and distance from the bound of plans, as they grow."""
    found = []
    for count in (largest // 100, largest // 10, largest):
        for each in (1, 5):
            targets, measures = world(count // each, each)
            rules = Rules((float(measures.cost.sum()) * 0.05,), discount=0.0, horizon=1)
            choose(targets, measures, rules)
            cpu, choice = _cpu(lambda t=targets, m=measures, r=rules: choose(t, m, r))
            found.append(
                {
                    "measures": count,
                    "a_site": each,
                    "cpu_s": cpu,
                    "gap": 1 - choice.value / choice.bound,
                }
            )
    targets, measures = world(peer, 1)
    rules = Rules((float(measures.cost.sum()) * 0.05,), discount=0.0, horizon=1)
    ours, choice = _cpu(lambda: choose(targets, measures, rules))
    value = targets.risk * (1 - measures.likelihood * measures.consequence)
    theirs, best = _cpu(
        lambda: milp(
            -value,
            integrality=np.ones(peer),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(measures.cost[None, :], -np.inf, rules.budgets[0]),
            options={"time_limit": 120.0},
        ),
        runs=1,
    )
    found.append(
        {
            "measures": peer,
            "a_site": 1,
            "cpu_s": ours,
            "highs_mip_cpu_s": theirs,
            "below_highs": 1 - choice.value / -best.fun,
        }
    )
    return found


def game(count: int) -> Game:
    """Return a game with one guard for fifty targets; worth 0 to 10."""
    chance = np.random.default_rng(2)
    worth = chance.pareto(1.5, count) + 1
    worth *= 10 / worth.max()
    covered = -0.5 * worth * chance.random(count) - 0.1
    return Game(worth, covered, -worth * chance.random(count) * 2, np.zeros(count), count / 50)


def games(largest: int, peer: int) -> list[dict[str, Any]]:
    """Return cost of strategic games as they grow, and of a programme for each target."""
    found = []
    for count in (largest // 100, largest // 10, largest):
        many = game(count)
        cpu, _ = _cpu(lambda one=many: equilibrium(one))
        found.append({"targets": count, "cpu_s": cpu})
    one = game(peer)
    ours, exact = _cpu(lambda: equilibrium(one))
    theirs, value = _cpu(lambda: _by_programmes(one), runs=1)
    found.append(
        {"targets": peer, "cpu_s": ours, "highs_lp_cpu_s": theirs, "apart": exact.value - value}
    )
    return found


def _by_programmes(one: Game) -> float:
    count = len(one.attacker_covered)
    worth = one.attacker_covered - one.attacker_uncovered
    gain = one.defender_covered - one.defender_uncovered
    best = -np.inf
    for target in range(count):
        rows = np.diag(worth)
        rows[:, target] -= worth[target]
        limits = one.attacker_uncovered[target] - one.attacker_uncovered
        price = np.zeros(count)
        price[target] = -gain[target]
        done = linprog(price, np.vstack([rows, np.ones(count)]),
                       np.append(limits, one.resources), bounds=(0, 1))  # fmt: skip
        if done.status == 0:
            best = max(best, one.defender_uncovered[target] - done.fun)
    return best


def logits(count: int, peer: int) -> list[dict[str, Any]]:
    """Return cost of games against quantal response, by strength, and of SLSQP."""
    found, many = [], game(count)
    for strength in (0.5, 0.76, 2.0):
        cpu, _ = _cpu(lambda s=strength: respond(many, s))
        found.append({"targets": count, "strength": strength, "cpu_s": cpu})
    one = game(peer)
    ours, exact = _cpu(lambda: respond(one, 0.76))
    theirs, value = _cpu(lambda: _by_slsqp(one, 0.76), runs=1)
    found.append(
        {
            "targets": peer,
            "strength": 0.76,
            "cpu_s": ours,
            "slsqp_cpu_s": theirs,
            "above_slsqp": exact.value - value,
        }
    )
    return found


def _by_slsqp(one: Game, strength: float) -> float:
    chance = np.random.default_rng(3)
    spread = one.attacker_uncovered - one.attacker_covered
    gain = one.defender_covered - one.defender_uncovered

    def lost(coverage: Any) -> float:
        log = strength * (one.attacker_uncovered - coverage * spread)
        weight = np.exp(log - log.max())
        return -float(weight @ (one.defender_uncovered + coverage * gain) / weight.sum())

    count = len(spread)
    budget = {
        "type": "ineq",
        "fun": lambda x: one.resources - x.sum(),
        "jac": lambda x: -np.ones(count),
    }
    starts = (chance.dirichlet(np.ones(count)) * one.resources for _ in range(10))
    done = (minimize(lost, np.clip(start, 0, 1), bounds=[(0, 1)] * count, constraints=[budget],
                     method="SLSQP") for start in starts)  # fmt: skip
    return max(-each.fun for each in done if each.x.sum() <= one.resources + 1e-6)


def substitution(count: int) -> dict[str, Any]:
    """Return cost of all attackers' shifts after a plan, and how untouched sites fare."""
    targets, measures = world(count, 1)
    rules = Rules((float(measures.cost.sum()) * 0.02,))
    choice = choose(targets, measures, rules)
    taken = choice.start == 0
    likelihood = np.where(taken, measures.likelihood, 1.0)
    consequence = np.where(taken, measures.consequence, 1.0)
    cpu, found = _cpu(lambda: shifts(targets, likelihood, consequence))
    return {
        "sites": count,
        "cpu_s": cpu,
        "cut_and_factor": {
            f"{each.attacker} {each.strength}": [
                round(each.cut, 4),
                round(float(np.median(each.substitution[~taken & (each.risk_before > 0)])), 4),
            ]
            for each in found[:-1]
        },
    }


def covers(events: int) -> dict[str, Any]:
    """Return cost of a waterfall over events of ten sites each and ten samples."""
    chance = np.random.default_rng(4)
    sites = tuple(f"s{at}" for at in range(10))
    loss = (chance.pareto(1.4, (events, 10, 10)) + 1) * 1e6
    draws = from_arrays(loss, chance.gamma(1, 1e-4, events), sites)
    layers = (Layer(1e7, 1e6), Layer(1e7, 1.1e7, 0.8), Layer(1e8, 2.1e7, 0.5))
    pool = Pool("tria", date(2026, 1, 1), premium=5e7)
    cover = Cover({"*": Site("a", 1e4, 5e7)}, {"a": Account(("MTR",), layers)}, pool=pool)
    cpu, found = _cpu(lambda: waterfall(cover, draws))
    return {"losses": len(draws.loss), "cpu_s": cpu, "parts_off": found.off}


if __name__ == "__main__":
    main(
        "protection",
        run,
        measures=100_000,
        peer_measures=5000,
        targets=1_000_000,
        logit_targets=100_000,
        peer_targets=150,
        events=10_000,
    )
