"""Is a lead true? Its subjects and its evidence against what was planted."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from manara.exercise.scoring.results import Lead, Place
from manara.exercise.scoring.truth import Thing, Truth, thing

#: The two ways in which the same days were lived through.
WAYS = ("alone", "together")
#: Share of a lead's subjects that must be a plot's for the lead to be about it.
SUBJECTS = 0.5
#: Share of the payments that it rests on, if it rests on any, that must be the plot's: an account
#: has innocent payments too.
PAYMENTS = 0.25


class Judged(NamedTuple):
    """A lead beside the answers.

    Attributes:
        state: code of the state whose node found it.
        lead: the lead.
        plots: numbers of the plots that it is about; none for a false lead.
        named: who or what it is about, or rests on a record of.
        bridges: numbers of plots, and the bridge of each, whose one end is a subject and whose
            other end is named.
        patterns: numbers of the patterns that its payments are of.
    """

    state: str
    lead: Lead
    plots: tuple[int, ...]
    named: frozenset[Thing]
    bridges: tuple[tuple[int, tuple[int, int]], ...]
    patterns: tuple[int, ...]


def judge(truth: Truth, state: str, lead: Lead) -> Judged:
    """Return which plots a lead is about.

    It is about a plot if at least half of its subjects are members of it, or accounts or firearms
    of it, and, where it rests on payments, at least a quarter of them are the plot's. A subject is
    who most of its records are about; records that the answers do not know count as nobody's.
    """
    subjects = [_subject(truth, places) for places in lead.subjects]
    payments = [truth.payments.get(one.written) for one in lead.evidence if one.table == "payments"]
    made = Counter(row[0] for row in payments if row)
    plots = []
    for number, plot in truth.plots.items():
        mine = sum(one in plot.things for one in subjects if one)
        paid = not payments or made[number] >= PAYMENTS * len(payments)
        if mine and mine >= SUBJECTS * len(subjects) and paid:
            plots.append(number)
    about = {one for one in subjects if one}
    named = about.union(filter(None, (truth.records.get(one.written) for one in lead.evidence)))
    return Judged(
        state,
        lead,
        tuple(plots),
        frozenset(named),
        tuple(
            (number, bridge)
            for number in plots
            for bridge in truth.plots[number].bridges
            if named.issuperset(map(thing, bridge)) and not about.isdisjoint(map(thing, bridge))
        ),
        tuple(sorted({row[1] for row in payments if row and row[1] >= 0})),
    )


def _subject(truth: Truth, places: list[Place]) -> Thing | None:
    about = Counter(
        truth.records[place.written] for place in places if place.written in truth.records
    )
    return about.most_common(1)[0][0] if about else None
