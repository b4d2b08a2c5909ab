"""Attackers who adapt: hand-worked shifts, what must always hold, and guards against them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.model import UsageError
from manara.risk.attackers import Targets, shifts
from manara.risk.game import Game, equilibrium
from manara.risk.quantal import respond


def targets(attempts: list[float], loss: list[float]) -> Targets:
    count = len(attempts)
    names = tuple(f"site {at}" for at in range(count))
    amounts = np.array(loss)
    return Targets(names, np.array(attempts), np.ones(count), amounts, amounts)


def of(factors: list[float]) -> tuple[Any, Any]:
    return np.array(factors), np.ones(len(factors))


def test_a_site_nobody_protected_takes_what_others_lose() -> None:
    # One attempt a year on each of two equal sites; the first becomes half as good. At strength 1
    # the odds are 1 to 2: the quiet site has 4/3 of an attempt where it had one.
    two = targets([1.0, 1.0], [10.0, 10.0])
    habits, logit, strategic = shifts(two, *of([0.5, 1.0]), strengths=(1.0,))
    assert habits.substitution == pytest.approx([0.5, 1.0])
    assert habits.cut == pytest.approx(0.25)
    assert logit.attempts_after == pytest.approx([2 / 3, 4 / 3])
    assert logit.substitution == pytest.approx([1 / 3, 4 / 3])
    # 3 1/3 and 13 1/3 are left of 20.
    assert logit.cut == pytest.approx(1 - (10 / 3 + 40 / 3) / 20)
    assert strategic.attempts_after == pytest.approx([0.0, 2.0])
    assert logit.share(np.array([False, True])) == pytest.approx((1 / 2, 2 / 3))


def test_a_quiet_site_overtakes_the_flagship() -> None:
    town = targets([0.9, 0.1], [100.0, 30.0])
    for each in shifts(town, *of([0.1, 1.0]), strengths=(2.0,))[1:]:
        assert np.argmax(each.risk_before) == 0
        assert np.argmax(each.risk_after) == 1


def test_elsewhere_takes_attempts_away() -> None:
    with_way_out = Targets(("hall", "elsewhere"), np.array([1.0, 1.0]), np.ones(2),
                           np.array([10.0, 0.0]), np.array([10.0, 10.0]))  # fmt: skip
    logit = shifts(with_way_out, *of([0.5, 1.0]), strengths=(1.0,))[1]
    assert logit.risk_after == pytest.approx([10 / 3, 0.0])
    assert np.isnan(logit.substitution[1])


@given(st.data())
def test_attempts_neither_come_nor_go(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    numbers = st.lists(st.floats(0.01, 100), min_size=count, max_size=count)
    factors = st.lists(st.floats(0, 1), min_size=count, max_size=count)
    sites = targets(data.draw(numbers), data.draw(numbers))
    likelihood, consequence = np.array(data.draw(factors)), np.array(data.draw(factors))
    strength = data.draw(st.floats(0, 50))
    habits, still, moved, best = shifts(sites, likelihood, consequence, (0.0, strength))
    for each in (habits, still, moved, best):
        assert each.attempts_after.sum() == pytest.approx(sites.attempts.sum())
        assert (each.risk_after >= 0).all()
    # No strength is habit; and protection sends nobody to a site that has more of it.
    assert still.risk_after == pytest.approx(habits.risk_after)
    safest, least = (f(likelihood * consequence) for f in (np.argmin, np.argmax))
    odds = moved.attempts_after / sites.attempts
    assert odds[safest] <= odds[least] * (1 + 1e-9)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"attempts": np.array([0.0, 0.0])}, "no attempts"),
        ({"success": np.array([0.5, 1.5])}, "above 1"),
        ({"loss": np.array([1.0])}, "length"),
        ({"worth": np.array([1.0, np.nan])}, "finite"),
    ],
)
def test_targets_that_cannot_be_are_refused(change: dict[str, Any], told: str) -> None:
    fine = {name: np.ones(2) for name in ("attempts", "success", "loss", "worth")}
    with pytest.raises(UsageError, match=told):
        Targets(("a", "b"), **(fine | change))


def test_factors_and_strengths_out_of_range_are_refused() -> None:
    two = targets([1.0, 1.0], [1.0, 1.0])
    with pytest.raises(UsageError, match="factor"):
        shifts(two, *of([0.5, 1.5]))
    with pytest.raises(UsageError, match="strength"):
        shifts(two, *of([0.5, 1.0]), strengths=(-1.0,))


def value(game: Game, strength: float, coverage: Any) -> Any:
    """Return what the defender gets by the definition; coverage may have leading axes."""
    worth = game.attacker_uncovered - coverage * (game.attacker_uncovered - game.attacker_covered)
    weight = np.exp(strength * (worth - worth.max(-1, keepdims=True)))
    gets = game.defender_uncovered + coverage * (game.defender_covered - game.defender_uncovered)
    return (weight * gets).sum(-1) / weight.sum(-1)


@st.composite
def pairs(draw: st.DrawFn) -> Game:
    numbers = st.lists(st.integers(-10, 10), min_size=2, max_size=2)
    gaps = st.lists(st.integers(1, 10), min_size=2, max_size=2)
    worth, bad = np.array(draw(numbers), float), np.array(draw(numbers), float)
    lost, gain = np.array(draw(gaps), float), np.array(draw(gaps), float) - 1
    return Game(worth, worth - lost, bad, bad + gain, draw(st.integers(0, 8)) / 4)


@settings(max_examples=60)
@given(pairs(), st.sampled_from([0.1, 1.0, 3.0]))
def test_no_coverage_on_a_fine_grid_is_better(game: Game, strength: float) -> None:
    found = respond(game, strength)
    assert found.coverage.sum() <= game.resources + 1e-9
    assert found.value == pytest.approx(value(game, strength, found.coverage), abs=1e-9)
    grid = np.linspace(0, 1, 201)
    all_ = np.stack(np.meshgrid(grid, grid), -1).reshape(-1, 2)
    fine = all_[all_.sum(1) <= game.resources + 1e-12]
    assert found.value >= value(game, strength, fine).max() - 1e-9


def test_many_targets_are_met_as_few_are_and_strength_leads_to_strategy() -> None:
    chance = np.random.default_rng(2)
    worth = chance.pareto(1.5, 300) + 1
    few = [worth, -chance.random(300), -worth * chance.random(300), np.zeros(300)]
    small = respond(Game(*few, 6.0), 1.5)
    large = respond(Game(*(np.repeat(each, 50) for each in few), 300.0), 1.5)
    assert large.value == pytest.approx(small.value, abs=1e-9)
    assert large.coverage[::50] == pytest.approx(small.coverage, abs=1e-6)
    # Where each guard spares what it costs the attacker, all strengths agree in the end.
    zero_sum = Game(few[0], few[1], -few[0], -few[1], 6.0)
    assert respond(zero_sum, 3000.0).value == pytest.approx(equilibrium(zero_sum).value, abs=0.01)


def test_a_strength_of_none_is_refused() -> None:
    with pytest.raises(UsageError, match="strength"):
        respond(Game(np.ones(1), np.zeros(1), -np.ones(1), np.zeros(1), 1.0), 0.0)
