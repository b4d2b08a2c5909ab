"""Security games: equal to a linear programme for each target, and what must always hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from manara.cli.risk import risk
from manara.model import UsageError
from manara.risk.game import Game, equilibrium

#: A ferry terminal and a fort; one guard half of the time keeps the attacker from neither.
FERRY = Game(np.array([4.0, 2.0]), np.array([0.0, -2.0]), np.array([-6.0, -1.0]), np.zeros(2), 0.5)


def by_programmes(game: Game) -> float:
    """Return the defender's value by one linear programme for each target that may be attacked."""
    count = len(game.attacker_covered)
    worth = game.attacker_covered - game.attacker_uncovered
    gain = game.defender_covered - game.defender_uncovered
    best = -np.inf
    for target in range(count):
        rows = np.diag(worth)
        rows[:, target] -= worth[target]
        limits = game.attacker_uncovered[target] - game.attacker_uncovered
        cost = np.zeros(count)
        cost[target] = -gain[target]
        done = linprog(
            cost,
            np.vstack([rows, np.ones(count)]),
            np.append(limits, game.resources),
            bounds=(0, 1),
        )
        if done.status == 0:
            best = max(best, game.defender_uncovered[target] - done.fun)
    return best


@st.composite
def games(draw: st.DrawFn) -> Game:
    count = draw(st.integers(1, 6))
    numbers = st.integers(-20, 20)
    listed = st.lists(numbers, min_size=count, max_size=count)
    gaps = st.lists(st.integers(1, 20), min_size=count, max_size=count)
    worth, bad = np.array(draw(listed), float), np.array(draw(listed), float)
    lost, gain = np.array(draw(gaps), float), np.array(draw(gaps), float)
    return Game(worth, worth - lost, bad, bad + gain, draw(st.integers(0, 7 * count)) / 7)


@given(games())
def test_the_value_is_that_of_the_linear_programmes(game: Game) -> None:
    found = equilibrium(game)
    assert found.value == pytest.approx(by_programmes(game), abs=1e-6)
    assert 0 <= found.coverage.min() <= found.coverage.max() <= 1
    assert found.coverage.sum() <= game.resources + 1e-9


def test_an_example_worked_by_hand() -> None:
    # Bringing the terminal down to 2 costs half a guard; the fort then pays as much.
    found = equilibrium(FERRY)
    assert found.level == pytest.approx(2)
    assert found.coverage == pytest.approx([0.5, 0])
    # Between equals the attacker goes where the defender would rather have him.
    assert (found.target, found.value) == (1, pytest.approx(-1))


def test_many_targets_are_solved_as_few_are() -> None:
    chance = np.random.default_rng(5)
    few = [chance.pareto(2, 2000) + 1, -chance.random(2000), -chance.random(2000), np.zeros(2000)]
    # A hundred copies of every target with a hundred times the guards change nothing.
    small = equilibrium(Game(*few, 30.0))
    large = equilibrium(Game(*(np.repeat(each, 100) for each in few), 3000.0))
    assert large.value == pytest.approx(small.value, abs=1e-9)
    assert large.coverage[::100] == pytest.approx(small.coverage, abs=1e-9)


@pytest.mark.parametrize(
    ("arrays", "resources", "told"),
    [
        (([1.0], [2.0], [0.0], [1.0]), 1.0, "cost the attacker"),
        (([2.0], [1.0], [1.0], [0.0]), 1.0, "worse"),
        (([2.0, 3.0], [1.0], [0.0], [1.0]), 1.0, "different"),
        (([2.0], [np.nan], [0.0], [1.0]), 1.0, "finite"),
        (([2.0], [1.0], [0.0], [1.0]), -1.0, "resources"),
    ],
)
def test_a_game_that_is_none_is_refused(arrays: Any, resources: float, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Game(*map(np.array, arrays), resources)


def test_the_command_takes_one_game_or_several(tmp_path: Path) -> None:
    path = tmp_path / "game.json"
    one = {"Au": [4, 2], "Ac": [0, -2], "Du": [-6, -1], "Dc": [0, 0], "m": 0.5}
    path.write_text(json.dumps(one))
    told = json.loads(CliRunner().invoke(risk, ["game", str(path), "--json"]).stdout)
    assert told == {"value": -1.0, "target": 1, "level": 2.0, "coverage": [0.5, 0.0]}
    path.write_text(json.dumps([one, one]))
    assert len(json.loads(CliRunner().invoke(risk, ["game", str(path), "--json"]).stdout)) == 2
    assert "the defender gets -1" in CliRunner().invoke(risk, ["game", str(path)]).stdout


@pytest.mark.parametrize("text", ["{", "7", '{"Au": [1]}', '{"Au":"x","Ac":1,"Du":1,"Dc":1,"m":1}'])
def test_a_file_without_a_game_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "game.json"
    path.write_text(text)
    done = CliRunner().invoke(risk, ["game", str(path)])
    assert "game.json" in str(done.exception)


@pytest.mark.shared
def test_published_games_come_out(shared: Path) -> None:
    for one in json.loads((shared / "risk/ssg/games_dev.json").read_text()):
        arrays = [np.array(one[name]) for name in ("Au", "Ac", "Du", "Dc")]
        found = equilibrium(Game(*arrays, one["m"]))
        assert found.value == pytest.approx(one["value"], abs=1e-9)
        assert found.target == one["target"]
