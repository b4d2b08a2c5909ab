"""The score of an exercise: recall, precision, how early, what cooperation added, workload, leaks.

It knows the answers and what the nodes recorded, and shares nothing with what found it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from manara.exercise.manifest import read_exercise, read_manifest
from manara.exercise.scoring.alerts import screening_measures, sightings_measure
from manara.exercise.scoring.capabilities import Measure, capabilities, exchange_measure
from manara.exercise.scoring.judging import WAYS, Judged, judge
from manara.exercise.scoring.leaks import Leaks, audit
from manara.exercise.scoring.results import Found, read_results
from manara.exercise.scoring.truth import Plot, Truth, read_truth


class Sight(msgspec.Struct, frozen=True):
    """How well a plot was found.

    Attributes:
        found: the first day on which some node had a true lead about it; None for never.
        early: days from then to its planted date; below zero is too late.
        states: codes of the states whose nodes had one.
        leads: true leads about it.
        members: share of its members that true leads name, 0..1.
        bridges: how many of its bridges leads show.
    """

    found: date | None
    early: int | None
    states: list[str]
    leads: int
    members: float
    bridges: int


class PlotScore(msgspec.Struct, frozen=True):
    """A plot, or a decoy, and how it was found alone and together.

    Attributes:
        number: of the plot.
        kind: what it is.
        decoy: whether it is innocent: every lead about it is false.
        difficulty: as it was planted.
        planted: the day on which it comes to its end.
        visible: codes of the states whose registers show part of it.
        bridges: how many ties of it join two crimes.
        alone: the best that any state did by itself.
        together: the best with what partners told.
    """

    number: int
    kind: str
    decoy: bool
    difficulty: str
    planted: date
    visible: list[str]
    bridges: int
    alone: Sight
    together: Sight


class Added(msgspec.Struct, frozen=True):
    """What cooperation added.

    Attributes:
        plots: plots in all.
        alone: plots that some state found in time by itself.
        together: plots found in time with what partners told.
        sights_alone: pairs of a plot and a state that it touches in which the state found it alone.
        sights_together: such pairs with what partners told.
        sights: such pairs in all.
        bridges_alone: bridges between two crimes found by states alone.
        bridges_together: those found with what partners told.
        bridges: bridges in all.
        earlier: mean days by which plots found both ways were found earlier; None for none.
    """

    plots: int
    alone: int
    together: int
    sights_alone: int
    sights_together: int
    sights: int
    bridges_alone: int
    bridges_together: int
    bridges: int
    earlier: float | None


class Workload(msgspec.Struct, frozen=True):
    """What analysts had to look at.

    Attributes:
        leads: all leads.
        true: those about a plot.
        decoy: those about an innocent look-alike.
        per_true: leads for each true one; None if none is true.
    """

    leads: int
    true: int
    decoy: int
    per_true: float | None


class StateScore(msgspec.Struct, frozen=True):
    """What a state knew.

    Attributes:
        state: its code.
        touched: plots of which its registers show part.
        alone: those it found by itself.
        together: those it found with what partners told it.
    """

    state: str
    touched: int
    alone: int
    together: int


class Score(msgspec.Struct, frozen=True):
    """The score of an exercise.

    Attributes:
        scenario: name of the scenario.
        seed: of its chance.
        size: of its world.
        days: of the calendar on which the nodes looked.
        added: what cooperation added.
        plots: each plot and decoy.
        states: each state.
        capabilities: by way (``alone``, ``together``).
        screening: alerts about travellers and parties of payments, each state by itself.
        sightings: log lines that show a sign of an indicator, each state by itself.
        exchange: people whom lists of two states name, found by blind questions.
        workload: by way.
        questions: blind questions asked.
        hits: those that were hits, by what became of them.
        leaks: what left the nodes against what its rules allowed.
        refused: files that a node could not take in.
    """

    scenario: str
    seed: int
    size: str
    days: list[date]
    added: Added
    plots: list[PlotScore]
    states: list[StateScore]
    capabilities: dict[str, list[Measure]]
    screening: list[Measure]
    sightings: Measure
    exchange: Measure
    workload: dict[str, Workload]
    questions: int
    hits: dict[str, int]
    leaks: Leaks
    refused: list[str]


def score_exercise(folder: Path) -> Score:
    """Return the score of an exercise that was run.

    Raises:
        UsageError: there is no exercise in the folder, it has no answers, or it was not run.
    """
    exercise = read_exercise(folder)
    truth = read_truth(folder)
    found, asked = read_results(folder)
    rules = {state: read_manifest(folder, state) for state in exercise.states}
    judged = {
        way: [judge(truth, one.state, lead) for one in found for lead in getattr(one, way).leads]
        for way in WAYS
    }
    earlier = {
        way: [judge(truth, one.state, lead) for one in found for lead in getattr(one, way).earlier]
        for way in WAYS
    }
    plots = [_plot(plot, judged, earlier, found[0].days) for plot in truth.plots.values()]
    outcomes = [hit.outcome for hit in asked.hits]
    return Score(
        exercise.scenario,
        exercise.seed,
        exercise.size,
        found[0].days,
        _added(truth, plots, judged),
        plots,
        [_state(one, truth, judged) for one in found],
        {way: capabilities(truth, found, way, judged[way]) for way in WAYS},
        screening_measures(truth, found, rules),
        sightings_measure(truth, found),
        exchange_measure(truth, asked.hits),
        {way: _workload(truth, judged[way]) for way in WAYS},
        asked.questions,
        {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))},
        audit(truth, asked.left, asked.leads, rules),
        [f"{one.state}: {reason}" for one in found for reason in one.refused],
    )


def _plot(
    plot: Plot,
    judged: dict[str, list[Judged]],
    earlier: dict[str, list[Judged]],
    days: Sequence[date],
) -> PlotScore:
    sights = {way: _sight(plot, leads, earlier[way], days) for way, leads in judged.items()}
    return PlotScore(
        plot.number, plot.kind, plot.decoy, plot.difficulty, plot.planted, list(plot.states),
        len(plot.bridges), sights["alone"], sights["together"],
    )  # fmt: skip


def _sight(
    plot: Plot, judged: Iterable[Judged], earlier: Iterable[Judged], days: Sequence[date]
) -> Sight:
    # A lead about the same subjects may have stood on something else before the plot began.
    open_ = min((day for day in days if day >= plot.begins), default=plot.begins)
    mine = [one for one in judged if plot.number in one.plots]
    kept = {(one.state, one.lead.id) for one in mine}
    before = [
        one for one in earlier if plot.number in one.plots and (one.state, one.lead.id) in kept
    ]
    first = min((max(one.lead.found, open_) for one in (*mine, *before)), default=None)
    named = {one for lead_ in mine for one in lead_.named} & plot.people
    return Sight(
        first,
        (plot.planted - first).days if first else None,
        sorted({one.state for one in mine}),
        len(mine),
        round(len(named) / len(plot.people), 4),
        len({bridge for one in mine for number, bridge in one.bridges if number == plot.number}),
    )


def _added(truth: Truth, plots: Sequence[PlotScore], judged: dict[str, list[Judged]]) -> Added:
    real = [plot for plot in plots if not plot.decoy]
    ways = {way: [getattr(plot, way) for plot in real] for way in WAYS}
    in_time = {
        way: sum(sight.early is not None and sight.early >= 0 for sight in ways[way])
        for way in WAYS
    }
    seen = {
        way: sum(len(set(getattr(plot, way).states).intersection(plot.visible)) for plot in real)
        for way in WAYS
    }
    both = [
        plot.together.early - plot.alone.early
        for plot in real
        if plot.alone.early is not None and plot.together.early is not None
    ]
    return Added(
        len(real), in_time["alone"], in_time["together"], seen["alone"], seen["together"],
        sum(len(plot.visible) for plot in real),
        sum(sight.bridges for sight in ways["alone"]),
        sum(sight.bridges for sight in ways["together"]),
        sum(plot.bridges for plot in real),
        round(sum(both) / len(both), 1) if both else None,
    )  # fmt: skip


def _workload(truth: Truth, judged: Sequence[Judged]) -> Workload:
    decoys = {number for number, plot in truth.plots.items() if plot.decoy}
    true = sum(bool(set(one.plots) - decoys) for one in judged)
    decoy = sum(bool(set(one.plots) & decoys) for one in judged)
    each = round(len(judged) / true, 2) if true else None
    return Workload(len(judged), true, decoy, each)


def _state(found: Found, truth: Truth, judged: dict[str, list[Judged]]) -> StateScore:
    touched = {
        number
        for number, plot in truth.plots.items()
        if not plot.decoy and found.state in plot.states
    }
    ways = {
        way: touched.intersection(
            number for one in judged[way] if one.state == found.state for number in one.plots
        )
        for way in WAYS
    }
    return StateScore(found.state, len(touched), len(ways["alone"]), len(ways["together"]))
