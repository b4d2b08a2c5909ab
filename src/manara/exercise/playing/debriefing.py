"""The debriefing: the answers beside what the workspace held and what trainees decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from weakref import WeakKeyDictionary

import msgspec

from manara.exercise.playing.acts import acts_of, cases_of
from manara.exercise.playing.play import Play
from manara.exercise.running.nodes import node_id
from manara.exercise.running.record import Found, Records
from manara.exercise.scoring import results
from manara.exercise.scoring.paths import Step, in_order
from manara.exercise.scoring.trainees import Debriefing, Seen, debrief
from manara.exercise.scoring.truth import read_truth
from manara.model import Fact
from manara.pipeline.flows import ends
from manara.store import View
from manara.store.view import is_link

#: The last debriefing of each exercise, with what it was made from: a class reads it at once.
_KEPT: WeakKeyDictionary[Play, tuple[object, Debriefing]] = WeakKeyDictionary()


def debriefing(play: Play, trainees: Iterable[str]) -> Debriefing:
    """Return what trainees made of an exercise so far, with the path to each plot.

    Who was right is judged by `manara.exercise.scoring` from the answers; this only tells it what
    the workspace holds, and says which entities lie on the path.

    Args:
        play: the exercise.
        trainees: their accounts.

    Raises:
        UsageError: the exercise has no answers.
    """
    accounts = tuple(trainees)
    made_from = (play.diary.steps, play.workspace.last_change(), accounts)
    known = _KEPT.get(play)
    if known is None or known[0] != made_from:
        known = (made_from, _debriefing(play, accounts))
        _KEPT[play] = known
    return known[1]


def _debriefing(play: Play, trainees: Iterable[str]) -> Debriefing:
    view = play.workspace.view()
    nodes = [node_id(state) for state in play.exercise.states]
    records = Records(view, node_id(play.state), nodes, {})
    leads = list(view.leads(ended=True))
    told = [*_stood(play, records), *cases_of(play, records)]
    judged = [msgspec.convert(one, results.Lead, from_attributes=True) for one in told]
    found = debrief(
        read_truth(play.folder), play.state, play.taken, judged, acts_of(play, leads), trainees
    )
    subjects = {lead.id: list(lead.finding.subjects) for lead in leads}
    paths = _Paths(play, view, records, subjects)
    plots = [msgspec.structs.replace(plot, path=paths.of(plot)) for plot in found.plots]
    return msgspec.structs.replace(found, plots=plots)


def _stood(play: Play, records: Records) -> Iterator[Found]:
    """Yield each lead as it was first, and again from each day on which it rested on other things.

    What a lead was on a day is read from the workspace as of the end of that day.
    """
    days = play.diary.days
    last: dict[str, Found] = {}
    for (_, day), (until, _) in pairwise([*days, (datetime.now(UTC), days[-1][1])]):
        leads = play.workspace.view(until).leads(ended=True)
        for found in records.told(leads, {}, day):
            before = last.get(found.id)
            if not before or (before.subjects, before.evidence) != (found.subjects, found.evidence):
                last[found.id] = found
                yield found


class _Paths:
    """Adds to paths what only the workspace knows: its entities, and the facts that tie them."""

    def __init__(
        self, play: Play, view: View, records: Records, subjects: Mapping[str, list[str]]
    ) -> None:
        self._play, self._view, self._subjects = play, view, subjects
        self._canonical = {
            one: canonical for canonical, members in records.members.items() for one in members
        }

    def of(self, plot: Seen) -> list[Step]:
        """Return the steps to a plot, by day."""
        steps = [self._placed(step) for step in plot.path]
        return in_order([*steps, *self._ties(plot)])

    def _placed(self, step: Step) -> Step:
        if step.kind == "lead":
            entities = self._subjects[step.lead]
        elif step.kind == "payments":
            entities = list(self._parties(step.records))
        else:
            entities = step.records
        known = dict.fromkeys(self._canonical.get(one, one) for one in entities)
        return msgspec.structs.replace(step, entities=list(known))

    def _parties(self, references: list[str]) -> Iterator[str]:
        marks = ", ".join("?" * len(references))
        query = f"SELECT * FROM payments WHERE reference IN ({marks}) ORDER BY time, reference"  # noqa: S608
        for row in self._view.sql(query, references).to_pylist():
            yield from filter(None, ends(row))

    def _ties(self, plot: Seen) -> Iterator[Step]:
        """Yield the facts that tie two members, each pair and schema once."""
        members = [step.records for step in plot.path if step.kind == "record"]
        whose = {record: at for at, records in enumerate(members) for record in records}
        links: dict[tuple[str, str], list[Fact]] = defaultdict(list)
        for fact in self._view.linked((), whose):
            if fact.value in whose and is_link(fact):
                links[fact.entity_id, ""].append(fact)
        for fact in self._view.facts(whose):
            if fact.value in whose and is_link(fact):
                links[fact.entity_id, fact.prop].append(fact)
        known = set()
        for facts in links.values():
            first = min(facts, key=lambda fact: fact.first_seen)
            ids = {fact.value for fact in facts} | ({first.entity_id} & whose.keys())
            tied = frozenset(whose[one] for one in ids)
            if len(tied) > 1 and (tied, first.schema) not in known:
                known.add((tied, first.schema))
                day = self._play.diary.day_of(max(fact.first_seen for fact in facts))
                yield self._placed(Step(day, "tie", first.schema, records=sorted(ids)))
