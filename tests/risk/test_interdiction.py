"""Interdiction: equal to trying every plan, and honest where time runs out."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.cli.risk import risk
from manara.model import FormatError, UsageError
from manara.risk.interdiction import Instance, read_instance, solve


def carried(one: Instance, plan: tuple[int, ...]) -> int:
    """Return the most that can be taken from what is not protected, by trying all ways."""
    best = 0
    for chosen in product((0, 1), repeat=len(plan)):
        taken = np.array(chosen) * (1 - np.array(plan))
        if taken @ one.weight <= one.capacity:
            best = max(best, int(taken @ one.value))
    return best


def by_trial(one: Instance) -> int:
    plans = product((0, 1), repeat=len(one.value))
    return min(carried(one, plan) for plan in plans if np.array(plan) @ one.cost <= one.budget)


@st.composite
def instances(draw: st.DrawFn) -> Instance:
    count = draw(st.integers(1, 5))
    listed = st.lists(st.integers(0, 9), min_size=count, max_size=count)
    arrays = [np.array(draw(listed), np.int64) for _ in range(3)]
    return Instance(draw(st.integers(0, 20)), draw(st.integers(0, 20)), *arrays)


@settings(max_examples=60, deadline=None)
@given(instances())
def test_the_plan_is_as_good_as_any(one: Instance) -> None:
    plan = solve(one)
    assert plan.proven
    assert plan.loss == plan.bound == by_trial(one)
    chosen = tuple(int(at in plan.protected) for at in range(len(one.value)))
    assert np.array(chosen) @ one.cost <= one.budget
    assert carried(one, chosen) == plan.loss
    assert sum(one.value[at] for at in plan.taken) == plan.loss
    assert not set(plan.taken) & set(plan.protected)


def written(folder: Path, text: str) -> Path:
    path = folder / "sites.ki"
    path.write_text(text)
    return path


def test_the_command_reads_a_published_form(tmp_path: Path) -> None:
    # Three items; he can carry 5, we can pay 3; weights, costs, values.
    path = written(tmp_path, "3\n5\n3\n2 3 5\n1 3 2\n4 6 7\ngroup X\nins 1\n")
    one = read_instance(path)
    assert (one.capacity, one.budget, one.value.tolist()) == (5, 3, [4, 6, 7])
    done = CliRunner().invoke(risk, ["interdict", str(path), "--json"])
    told = json.loads(done.stdout)
    # Protecting the first and the last leaves 6; the second alone would leave 7.
    assert (told["loss"], told["protected"], told["taken"]) == (6, [0, 2], [1])
    assert "no plan is better" in CliRunner().invoke(risk, ["interdict", str(path)]).stdout


@pytest.mark.parametrize("text", ["", "2\n1\n1\n1 1\n1 1\n", "x\n", "1\n1\n1\n-1\n1\n1\n", "0 1 1"])
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FormatError, match=r"sites\.ki"):
        read_instance(written(tmp_path, text))


def test_what_is_too_large_is_refused_by_name() -> None:
    many = np.full(200, 10_000, np.int64)
    with pytest.raises(UsageError, match="larger units"):
        solve(Instance(10**6, 10**6, many, many, many))


def test_a_plan_that_was_not_proven_says_so() -> None:
    chance = np.random.default_rng(3)
    arrays = chance.integers(1, 60, (3, 60))
    plan = solve(Instance(600, 600, *arrays), seconds=0)
    assert plan.bound <= plan.loss
    assert plan.proven == (plan.bound == plan.loss) or not plan.proven


@pytest.mark.shared
def test_published_problems_come_out(shared: Path) -> None:
    for name in ("n35_m0", "n35_m4", "n40_m2"):
        path = shared / f"risk/interdiction/CCLW/CCLW_{name}.ki"
        best = int(path.with_suffix(".ans").read_text().split()[-1])
        plan = solve(read_instance(path))
        assert (plan.loss, plan.proven) == (best, True)
