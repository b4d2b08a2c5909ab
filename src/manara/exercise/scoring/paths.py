"""The path to a plot: what of it a state's node held on which day, from the answers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

import msgspec

from manara.exercise.scoring.truth import Plot, Thing, Truth, Written, thing

#: Agencies whose files name everybody: that somebody stands there shows nothing.
_ROUTINE = frozenset({"register", "bank", "mobile"})
_ORDER = ("record", "tie", "payments", "lead")
#: References of payments that a step names.
_REFERENCES = 5


class Step(msgspec.Struct, frozen=True):
    """One step of the path.

    Attributes:
        day: of the exercise, on which it could be seen first.
        kind: ``record`` (a member stands in a file), ``tie`` (a fact ties two members),
            ``payments`` (they show something together) or ``lead``.
        what: the file, the schema of the tie, what the payments show, or the lead's title.
        role: what the member does in the plot.
        records: ids of the records, or references of the first payments.
        count: how many there are.
        lead: id of the lead.
        entities: ids of the entities of the workspace to look at; the answers do not know them.
    """

    day: date
    kind: str
    what: str
    role: str = ""
    records: list[str] = []
    count: int = 1
    lead: str = ""
    entities: list[str] = []


def in_order(steps: Iterable[Step]) -> list[Step]:
    """Return steps by day, and of one day records before what they show."""
    return sorted(steps, key=lambda step: (step.day, _ORDER.index(step.kind)))


class Traces:
    """What of each plot one state's node held.

    Args:
        truth: the answers.
        state: code of the state.
        taken: by file that was taken in, the day of the exercise.
    """

    def __init__(self, truth: Truth, state: str, taken: Mapping[str, date]) -> None:
        self._state, self._taken = state, taken
        self._records: dict[Thing, list[Written]] = defaultdict(list)
        for written, about in truth.records.items():
            if written[0] == state and self._file(truth.files[written]):
                self._records[about].append(written)
        self._files = truth.files
        self._paid: dict[tuple[int, int], list[tuple[date, str]]] = defaultdict(list)
        for written, made in truth.payments.items():
            file = truth.paid_in[written]
            if written[0] == state and file in taken:
                self._paid[made].append((taken[file], written[1]))

    def first(self, plot: Plot) -> date | None:
        """Return the first day on which its traces could be seen, None if they could on none.

        That is the day of its first payment; where none of its payments came, the day on which one
        of its members or firearms stood in a file of the time after it began, in which not
        everybody stands. What only other states' registers show could not be seen here.
        """
        paid = [
            day for made, each in self._paid.items() if made[0] == plot.number for day, _ in each
        ]
        if paid:
            return min(paid)
        if self._state not in plot.states:
            return None
        stood = (self._days(written) for one in plot.things for written in self._records[one])
        return min((day for days in stood for day in days if day >= plot.begins), default=None)

    def path(self, plot: Plot, leads: Iterable[Step]) -> list[Step]:
        """Return the steps to a plot, by day.

        Args:
            plot: the plot.
            leads: the steps that are leads about it.
        """
        steps = [*self._members(plot), *self._payments(plot), *leads]
        return in_order(steps)

    def _members(self, plot: Plot) -> Iterator[Step]:
        roles = [(role, thing(one)) for role, members in plot.roles.items() for one in members]
        for role, about in dict.fromkeys(roles):
            yield from self._stands(role, [about])
        yield from self._stands("firearm", [("firearm", one) for one in plot.firearms])

    def _stands(self, role: str, about: Iterable[Thing]) -> Iterator[Step]:
        known = [written for one in about for written in self._records[one]]
        if known:
            ranked = sorted(map(self._place, known))
            _, day, file, _ = ranked[0]
            records = list(dict.fromkeys(record for *_, record in ranked))
            count = 1 if role != "firearm" else len(records)
            yield Step(day, "record", file, role, records, count)

    def _payments(self, plot: Plot) -> Iterator[Step]:
        shows = {pattern.number: pattern.shows for pattern in plot.patterns} | {-1: ""}
        for number, what in shows.items():
            paid = sorted(self._paid.get((plot.number, number), ()))
            if paid:
                references = [reference for _, reference in paid[:_REFERENCES]]
                yield Step(paid[0][0], "payments", what, records=references, count=len(paid))

    def _place(self, written: Written) -> tuple[bool, date, str, str]:
        """Return where a record stands first, files before all in which not everybody stands."""
        places = (
            (_routine(file), self._taken[file], file, written[1])
            for file in self._files[written]
            if file in self._taken
        )
        return min(places)

    def _days(self, written: Written) -> Iterator[date]:
        for file in self._files[written]:
            if file in self._taken and not _routine(file):
                yield self._taken[file]

    def _file(self, files: Iterable[str]) -> bool:
        return any(file in self._taken for file in files)


def _routine(file: str) -> bool:
    return file.partition("/")[0] in _ROUTINE
