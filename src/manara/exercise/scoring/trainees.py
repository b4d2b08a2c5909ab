"""What each trainee of an exercise made of the plots, judged by the answers alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec

from manara.exercise.scoring.judging import judge
from manara.exercise.scoring.paths import Step, Traces
from manara.exercise.scoring.results import Lead
from manara.exercise.scoring.truth import Plot, Truth

#: Decisions that take a lead up, and those that count.
PURSUED = frozenset({"confirmed", "escalated", "case"})
_COUNT = PURSUED | {"dismissed"}


class Act(NamedTuple):
    """What somebody did about a lead.

    Attributes:
        account: who.
        outcome: ``confirmed``, ``escalated``, ``dismissed``, ``case`` (a case was opened or added
            to), ``opened`` (a case that says nothing yet) or ``asked`` (a partner).
        lead: id of the lead; of the case, where it names entities and no lead.
        day: of the exercise.
        at: when, UTC.
    """

    account: str
    outcome: str
    lead: str
    day: date
    at: datetime


class Decided(msgspec.Struct, frozen=True):
    """An act beside the answers.

    Attributes:
        outcome: see `Act`.
        lead: see `Act`.
        title: of the lead or case.
        day: of the exercise.
        at: when, UTC.
        plots: numbers of the plots and decoys that the lead is about.
        right: whether it was right: a lead about a plot taken up, another dismissed; None for what
            decides nothing, or was decided before or otherwise later.
    """

    outcome: str
    lead: str
    title: str
    day: date
    at: datetime
    plots: list[int]
    right: bool | None


class Verdict(msgspec.Struct, frozen=True):
    """What a trainee made of a plot or decoy.

    Attributes:
        plot: its number.
        verdict: of a plot ``found``, ``late`` (after its planted date), ``dismissed`` (and nothing
            about it taken up) or ``missed``; of a decoy ``cleared`` (dismissed), ``pursued`` or
            ``untouched``.
        decided: what decided it; None for ``missed`` and ``untouched``.
        early: days from then to its planted date; None unless taken up.
        others: other trainees who took it up.
    """

    plot: int
    verdict: str
    decided: Decided | None
    early: int | None
    others: list[str]


class Seen(msgspec.Struct, frozen=True):
    """A plot or decoy as this node could see it.

    Attributes:
        number: of the plot.
        kind: what it is.
        decoy: whether it is innocent.
        difficulty: as it was planted.
        begins: the day of its first trace anywhere.
        planted: the day on which it comes to its end.
        evidence: the first day of the exercise on which its traces were in the workspace.
        lead: id of the first lead about it; ``""`` for none.
        lead_day: the day of the exercise on which that was found first.
        path: what leads to it, by day.
    """

    number: int
    kind: str
    decoy: bool
    difficulty: str
    begins: date
    planted: date
    evidence: date
    lead: str
    lead_day: date | None
    path: list[Step]


class Coming(msgspec.Struct, frozen=True):
    """A plot or decoy that this state's registers will show, of which nothing is there yet.

    Attributes:
        kind: what it is.
        decoy: whether it is innocent.
        difficulty: as it was planted.
        begins: the day of its first trace anywhere.
        planted: the day on which it comes to its end.
    """

    kind: str
    decoy: bool
    difficulty: str
    begins: date
    planted: date


class TraineeScore(msgspec.Struct, frozen=True):
    """What came of a trainee's work.

    Attributes:
        account: the trainee.
        verdicts: how many plots and decoys there are of each verdict.
        decisions: leads and cases that the trainee decided about.
        right: those decided rightly, by the last decision.
        plots: each plot and decoy.
        acts: all that the trainee did, by time.
    """

    account: str
    verdicts: dict[str, int]
    decisions: int
    right: int
    plots: list[Verdict]
    acts: list[Decided]


class Debriefing(msgspec.Struct, frozen=True):
    """The end of an exercise.

    Attributes:
        state: code of the state that was played.
        plots: the plots and decoys of which there was anything to see.
        coming: those of which there would have been later, by their first trace.
        elsewhere: how many real plots only other states' registers show.
        trainees: each trainee.
    """

    state: str
    plots: list[Seen]
    coming: list[Coming]
    elsewhere: int
    trainees: list[TraineeScore]


def debrief(
    truth: Truth,
    state: str,
    taken: Mapping[str, date],
    leads: Sequence[Lead],
    acts: Sequence[Act],
    trainees: Iterable[str],
) -> Debriefing:
    """Return what trainees made of an exercise.

    Args:
        truth: the answers.
        state: code of the state that was played.
        taken: by file that was taken in, the day of the exercise.
        leads: those found, and the cases that name entities as if they were leads; one that came to
            rest on something else once for each day from which on it did, by day.
        acts: what was done, by time.
        trainees: their accounts.
    """
    known = [_Stood(lead, judge(truth, state, lead).plots) for lead in leads]
    traces = Traces(truth, state, taken)
    found = (_seen(plot, known, traces, taken) for plot in truth.plots.values())
    seen = [one for one in found if one]
    unseen = [truth.plots[one] for one in truth.plots.keys() - {plot.number for plot in seen}]
    here = sorted((one for one in unseen if state in one.states), key=lambda one: one.begins)
    judged = {one: _judged(one, acts, known, truth) for one in trainees}
    took = {one: _taken_up(decided) for one, decided in judged.items()}
    return Debriefing(
        state,
        seen,
        [Coming(one.kind, one.decoy, one.difficulty, one.begins, one.planted) for one in here],
        sum(not one.decoy and state not in one.states for one in unseen),
        [_score(one, decided, seen, took) for one, decided in judged.items()],
    )


class _Stood(NamedTuple):
    """A lead as it was from a day on, and the plots that it was about then."""

    lead: Lead
    plots: tuple[int, ...]


def _seen(
    plot: Plot, known: Iterable[_Stood], traces: Traces, taken: Mapping[str, date]
) -> Seen | None:
    # A lead about the same subjects may have stood on something else before the plot began.
    open_ = min((day for day in taken.values() if day >= plot.begins), default=plot.begins)
    shown: dict[str, Step] = {}
    for lead, plots in known:
        if plot.number in plots and lead.kind != "case":
            day = max(lead.found, open_)
            shown.setdefault(lead.id, Step(day, "lead", lead.title, lead=lead.id))
    steps = list(shown.values())
    first = min(steps, key=lambda step: (step.day, step.lead), default=None)
    days = [day for day in (traces.first(plot), first and first.day) if day]
    if not days:
        return None
    return Seen(
        plot.number, plot.kind, plot.decoy, plot.difficulty, plot.begins, plot.planted, min(days),
        first.lead if first else "", first.day if first else None, traces.path(plot, steps),
    )  # fmt: skip


def _judged(
    account: str, acts: Iterable[Act], known: Sequence[_Stood], truth: Truth
) -> list[Decided]:
    mine = [act for act in acts if act.account == account]
    last: dict[str, Act] = {}
    for act in mine:
        before = last.get(act.lead)
        # Who takes up again what is taken up decided when it was first.
        again = before and (before.outcome in PURSUED) == (act.outcome in PURSUED)
        if act.outcome in _COUNT and not again:
            last[act.lead] = act
    told = []
    for act in mine:
        lead, plots = _as_it_was(known, act)
        real = any(not truth.plots[one].decoy for one in plots)
        right = (act.outcome in PURSUED) == real if last.get(act.lead) is act else None
        title = lead.title if lead else ""
        told.append(Decided(act.outcome, act.lead, title, act.day, act.at, list(plots), right))
    return told


def _as_it_was(known: Iterable[_Stood], act: Act) -> tuple[Lead | None, tuple[int, ...]]:
    """Return the lead of an act as it was on that day, and the plots that it was about."""
    stood = [one for one in known if one.lead.id == act.lead]
    then = [one for one in stood if one.lead.found <= act.day]
    return then[-1] if then else stood[0] if stood else (None, ())


def _taken_up(decided: Iterable[Decided]) -> set[int]:
    return {
        plot
        for one in decided
        if one.right is not None and one.outcome in PURSUED
        for plot in one.plots
    }


def _score(
    account: str,
    decided: list[Decided],
    seen: Iterable[Seen],
    took: Mapping[str, set[int]],
) -> TraineeScore:
    verdicts = [_verdict(account, plot, decided, took) for plot in seen]
    counted = [one.right for one in decided if one.right is not None]
    return TraineeScore(
        account,
        dict(Counter(one.verdict for one in verdicts)),
        len(counted),
        sum(counted),
        verdicts,
        decided,
    )


def _verdict(
    account: str, plot: Seen, decided: Iterable[Decided], took: Mapping[str, set[int]]
) -> Verdict:
    mine = [one for one in decided if plot.number in one.plots and one.right is not None]
    up = next((one for one in mine if one.outcome in PURSUED), None)
    others = sorted(one for one, plots in took.items() if one != account and plot.number in plots)
    if up:
        early = (plot.planted - up.day).days
        verdict = "pursued" if plot.decoy else "found" if early >= 0 else "late"
        return Verdict(plot.number, verdict, up, early, others)
    if mine:
        return Verdict(
            plot.number, "cleared" if plot.decoy else "dismissed", mine[-1], None, others
        )
    return Verdict(plot.number, "untouched" if plot.decoy else "missed", None, None, others)
