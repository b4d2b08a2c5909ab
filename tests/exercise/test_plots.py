"""Plots leave traces among innocent people, and nothing that tells them apart at sight."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from manara.exercise.codes import code
from manara.exercise.money import pay
from manara.exercise.people import populate
from manara.exercise.plots import PLOTS, Planted
from manara.exercise.scenario import PlotSpec, read_scenario
from manara.exercise.tables import World
from manara.exercise.things import furnish
from manara.exercise.travel import travel


def make() -> World:
    world = World(read_scenario("four-coasts"), 11, "small")
    for step in (populate, pay, travel, furnish):
        step(world)
    return world


def plant(world: World, kind: str, *, decoy: bool = False, number: int = 0) -> Planted:
    spec = PlotSpec(kind, date(2026, 4, 30), ("XA", "XD", "XB"), decoy=decoy)
    return PLOTS[kind](world, spec, number)


@pytest.fixture(scope="module")
def planted() -> tuple[World, World, list[Planted]]:
    """A world without plots, and the same with one plot of each kind and its look-alike."""
    before, world = make(), make()
    found = [
        plant(world, kind, decoy=decoy, number=2 * at + decoy)
        for at, kind in enumerate(PLOTS)
        for decoy in (False, True)
    ]
    return before, world, found


def test_members_are_people_of_the_world_and_each_in_one_plot(
    planted: tuple[World, World, list[Planted]],
) -> None:
    before, world, plots = planted
    assert world.tables["people"].rows == before.tables["people"].rows
    members = [one for plot in plots for one in plot.members]
    assert len(members) == len(set(members))
    for plot in plots:
        people = [one for one in plot.members if one >= 0]
        assert len(people) >= 2
        assert set(world.tables["people"]["plot"][people].tolist()) == {plot.number}


def test_only_plots_have_bridges_and_they_join_members(
    planted: tuple[World, World, list[Planted]],
) -> None:
    for plot in planted[2]:
        assert bool(plot.bridges) != plot.decoy
        for bridge in plot.bridges:
            assert set(bridge) <= set(plot.members)


def test_several_states_see_a_plot(planted: tuple[World, World, list[Planted]]) -> None:
    for plot in planted[2]:
        if not plot.decoy:
            seen = {state for states in plot.seen.values() for state in states}
            assert len(seen) >= 2
            assert set(plot.seen) == set(plot.roles)


def test_patterns_are_payments_of_their_plot(planted: tuple[World, World, list[Planted]]) -> None:
    _, world, plots = planted
    payments = world.tables["payments"]
    numbers = [pattern.number for plot in plots for pattern in plot.patterns]
    assert len(numbers) == len(set(numbers))
    for plot in plots:
        for pattern in plot.patterns:
            rows = np.flatnonzero(payments["pattern"] == pattern.number)
            assert len(rows)
            assert set(payments["plot"][rows].tolist()) == {plot.number}
            ends = set(payments["payer"][rows].tolist()) | set(payments["payee"][rows].tolist())
            assert set(pattern.accounts) <= ends


def test_traces_lie_within_the_plots_time(planted: tuple[World, World, list[Planted]]) -> None:
    _, world, plots = planted
    for plot in plots:
        for name in ("payments", "crossings", "mentions", "sightings"):
            table = world.tables[name]
            times = table["time"][table["plot"] == plot.number]
            # What follows from a trace, such as a bank's report, comes some weeks later.
            late = world.second(plot.planted + timedelta(60))
            assert ((times >= world.second(plot.begins)) & (times < late)).all()
            assert (times < world.seconds).all()


def test_payments_look_like_those_of_others(planted: tuple[World, World, list[Planted]]) -> None:
    """A purpose has the channel, the currency of the payer, and sums of sizes that others pay."""
    before, world, _ = planted
    payments, known = world.tables["payments"], before.tables["payments"]
    mine = payments["plot"] >= 0
    accounts = world.tables["accounts"]
    assert (payments["payer"][mine] >= 0).all()
    assert (payments["payee"][mine] >= 0).all()
    assert (payments["currency"][mine] == accounts["state"][payments["payer"][mine]]).all()
    pairs = set(zip(known["purpose"].tolist(), known["channel"].tolist(), strict=True))
    ours = set(
        zip(payments["purpose"][mine].tolist(), payments["channel"][mine].tolist(), strict=True)
    )
    assert ours <= pairs
    for state in np.unique(payments["currency"][mine]):
        here = mine & (payments["currency"] == state)
        assert (
            payments["amount"][here].max() <= known["amount"][known["currency"] == state].max() * 4
        )


def test_sums_are_as_round_as_those_of_others(
    planted: tuple[World, World, list[Planted]],
) -> None:
    before, world, _ = planted
    payments, known = world.tables["payments"], before.tables["payments"]
    family = code("purpose", "family")
    mine = (payments["plot"] >= 0) & (payments["purpose"] == family) & (payments["currency"] == 0)
    others = (known["purpose"] == family) & (known["currency"] == 0)
    ours, theirs = (
        (amounts % 100 == 0).mean()
        for amounts in (payments["amount"][mine], known["amount"][others])
    )
    assert abs(ours - theirs) < 0.25


def test_firearms_left_the_chain_only_in_plots(
    planted: tuple[World, World, list[Planted]],
) -> None:
    _, world, plots = planted
    custody = world.tables["custody"]
    for plot in plots:
        if plot.kind == "arms-diversion":
            rows = np.flatnonzero(custody["plot"] == plot.number)
            lost = set(custody["firearm"][rows[custody["kind"][rows] == code("firearm", "lost")]])
            assert lost == set(plot.firearms)
            assert bool(lost) != plot.decoy


def test_the_same_seed_plants_the_same(planted: tuple[World, World, list[Planted]]) -> None:
    again = planted[0]
    kind = next(iter(PLOTS))
    assert plant(again, kind) == planted[2][0]


def test_a_plot_of_one_state_plays_at_home() -> None:
    spec = PlotSpec("drug-finance", date(2026, 4, 30), ("XC",))
    plot = PLOTS["drug-finance"](make(), spec, 0)
    assert {state for states in plot.seen.values() for state in states} == {"XC"}


def test_plots_are_seen_by_one_state_by_two_or_by_more() -> None:
    for name in ("four-coasts", "archipelago"):
        plots = read_scenario(name).plots
        assert {1, 2, 3} <= {len(spec.visible) for spec in plots if not spec.decoy}
        assert sum(spec.decoy for spec in plots) >= 5


def test_prices_of_a_plot_are_odd_beside_those_of_others(
    planted: tuple[World, World, list[Planted]],
) -> None:
    rows = planted[1].tables["consignments"]
    price = rows["value"] / rows["kg"]
    seen = set()
    for plot in planted[2]:
        if plot.kind == "trade-misinvoicing":
            for row in np.flatnonzero(rows["plot"] == plot.number).tolist():
                like = (rows["plot"] < 0) & (rows["hs"] == rows["hs"][row])
                like &= (rows["from_state"] == rows["from_state"][row]) & (
                    rows["to_state"] == rows["to_state"][row]
                )
                pairs = set(zip(rows["seller"][like], rows["buyer"][like], strict=True))
                assert like.sum() >= 20 and len(pairs) >= 5
                ratio = price[row] / np.median(price[like])
                assert ratio < 2 if plot.decoy else ratio > 1.5
                seen.add(plot.decoy)
    assert seen == {False, True}
