"""What was done about leads while an exercise was played: decided, made a case of, asked about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from manara.casework.entries import CaseEntry, journals
from manara.exchange import REQUEST, Node
from manara.exchange.letters import letters
from manara.exercise.playing.play import Play
from manara.exercise.running.record import Found, Records
from manara.exercise.scoring.trainees import Act
from manara.model import Lead


def acts_of(play: Play, leads: Iterable[Lead]) -> list[Act]:
    """Return what anybody did about leads before the exercise ended, by time.

    Decisions are read from the audit log, cases from their journals, questions to partners from
    the letters; each has the day of the exercise on which it was done.

    Args:
        play: the exercise.
        leads: those of the workspace.
    """
    found = [*_decided(play), *_cases(play), *_asked(play, leads)]
    return sorted(found, key=lambda act: act.at)


def cases_of(play: Play, records: Records) -> Iterator[Found]:
    """Yield the cases that name entities and no lead, as leads about these entities."""
    for case, entries in _open(play):
        named = list(_named(entries))
        if named and not list(_leads(entries)):
            opened, title = entries[0].at, str((entries[0].body or {}).get("title", ""))
            subjects = [records.subject(one) for _, one in named]
            yield Found(case, "case", play.diary.day_of(opened), 1.0, title, subjects, [], [])


def _decided(play: Play) -> Iterator[Act]:
    for entry in play.diary.decided:
        yield _act(play, entry.by, str(entry.detail["outcome"]), entry.thing, entry.at)


def _cases(play: Play) -> Iterator[Act]:
    for case, entries in _open(play):
        found = list(_leads(entries)) or [(entry, case) for entry, _ in _named(entries)]
        for entry, lead in found:
            yield _act(play, entry.by, "case", lead, entry.at)
        if not found:
            yield _act(play, entries[0].by, "opened", case, entries[0].at)


def _asked(play: Play, leads: Iterable[Lead]) -> Iterator[Act]:
    about = {frozenset(lead.finding.subjects): lead.id for lead in leads}
    node, ended = Node(play.workspace), play.diary.ended
    for letter in letters(node):
        ours = letter.kind == REQUEST and letter.sender == node.id
        if ours and (ended is None or letter.made < ended):
            subjects = frozenset(entity for _, entity in letter.subjects)
            lead = about.get(subjects, "")
            yield _act(play, letter.officers[0], "asked", lead, letter.made)


def _open(play: Play) -> Iterator[tuple[str, list[CaseEntry]]]:
    """Yield the journal of each case as it was when the exercise ended."""
    ended = play.diary.ended
    for entries in journals(play.workspace):
        before = [one for one in entries if ended is None or one.at < ended]
        if before:
            yield before[0].case, before


def _leads(entries: Iterable[CaseEntry]) -> Iterator[tuple[CaseEntry, str]]:
    for entry in entries:
        body = entry.body or {}
        if entry.action == "evidence" and body.get("kind") == "lead":
            yield entry, body["ref"]


def _named(entries: Iterable[CaseEntry]) -> Iterator[tuple[CaseEntry, str]]:
    for entry in entries:
        if entry.action == "person" and (entity := (entry.body or {}).get("entity")):
            yield entry, entity


def _act(play: Play, by: str, outcome: str, lead: str, at: datetime) -> Act:
    return Act(by, outcome, lead, play.diary.day_of(at), at)
