"""A case as its journal tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from manara.casework.entries import CaseEntry
from manara.model import Handling

#: What a second account must confirm.
FOUR_EYES = ("close", "seal", "release", "erase")


class Said(NamedTuple):
    """Something that stands in a case.

    Attributes:
        key: what it is called in the case, such as ``E1``; the number of its entry for notes.
        entry: the entry of the journal that says it.
        at: when it was said, UTC.
        by: who said it.
        handling: its own rule; None where it comes under that of the whole case.
        values: what was said, by name.
    """

    key: str
    entry: int
    at: datetime
    by: str
    handling: Handling | None
    values: Mapping[str, Any]


class Task(NamedTuple):
    """Something to be done.

    Attributes:
        key: ``T1``, ``T2`` …
        entry: the entry of the journal that says it.
        title: what.
        owner: the account that does it.
        due: until when.
        result: what came of it; None while it is open.
    """

    key: str
    entry: int
    title: str
    owner: str
    due: date | None
    result: str | None


class Asked(NamedTuple):
    """An action that a second account has to confirm.

    Attributes:
        number: the entry of the journal that asks for it.
        action: one of `FOUR_EYES`.
        at: when it was asked, UTC.
        by: who asked.
        detail: particulars, such as the recipient of a release.
        outcome: ``confirmed``, ``refused``, or ``""`` while it waits.
        second: who confirmed or refused it.
    """

    number: int
    action: str
    at: datetime
    by: str
    detail: Mapping[str, Any]
    outcome: str = ""
    second: str = ""


@dataclass(slots=True)
class Case:
    """A case.

    Attributes:
        id: such as ``case-2026-00001``.
        title: what it is called.
        purpose: what it is for, such as ``investigation``.
        legal_basis: the provision it rests on.
        own: the rule that its own words come under.
        opened_at: when, UTC.
        opened_by: by whom.
        status: ``open``, ``closed`` or ``erased``.
        sealed: whether only its own officers see that it exists.
        officers: who works on it.
        people: who is involved.
        tasks: what is to be done.
        notes: what officers noted.
        documents: files that belong to it and prove nothing.
        evidence: files, facts, events and leads that do.
        custody: what was done with evidence.
        partners: other nodes that take part.
        asked: what a second account had or has to confirm.
        bundles: what left it.
        entries: number of entries of its journal.
        head: hash of the last.
    """

    id: str
    title: str = ""
    purpose: str = ""
    legal_basis: str = ""
    own: Handling = Handling.OPEN
    opened_at: datetime | None = None
    opened_by: str = ""
    status: str = "open"
    sealed: bool = False
    officers: set[str] = field(default_factory=set)
    people: list[Said] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    notes: list[Said] = field(default_factory=list)
    documents: list[Said] = field(default_factory=list)
    evidence: list[Said] = field(default_factory=list)
    custody: list[Said] = field(default_factory=list)
    partners: list[Said] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    bundles: list[Said] = field(default_factory=list)
    entries: int = 0
    head: str = ""

    @property
    def handling(self) -> Handling:
        """The join of the rules of all that is in it."""
        said = (*self.people, *self.notes, *self.documents, *self.evidence)
        return Handling.join_all([self.own, *(each.handling for each in said if each.handling)])

    def seen_by(self, account: str) -> bool:
        """Return whether an account may know that the case exists."""
        return not self.sealed or account in self.officers

    def item(self, key: str) -> Said | None:
        """Return the evidence item or document of this key."""
        return next((one for one in (*self.evidence, *self.documents) if one.key == key), None)

    def pending(self) -> list[Asked]:
        """Return what waits for a second account."""
        return [one for one in self.asked if not one.outcome]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values for JSON."""
        lists = ("people", "notes", "documents", "evidence", "custody", "partners", "bundles")
        plain = ("id", "title", "purpose", "legal_basis", "opened_at", "opened_by", "status",
                 "sealed", "entries", "head")  # fmt: skip
        return {
            **{name: getattr(self, name) for name in plain},
            "handling": self.handling.label,
            "officers": sorted(self.officers),
            "tasks": [task._asdict() for task in self.tasks],
            "asked": [one._asdict() for one in self.asked],
            **{name: [_plain(one) for one in getattr(self, name)] for name in lists},
        }


def case_of(entries: Iterable[CaseEntry]) -> Case:
    """Return the case that a journal tells of."""
    entries = list(entries)
    case = Case(entries[0].case, opened_at=entries[0].at, opened_by=entries[0].by)
    # Entries whose content is withheld count as well, so that keys stay what they are.
    numbers: Counter[str] = Counter()
    for entry in entries:
        case.officers.add(entry.by)
        numbers[entry.action] += 1
        if entry.body is not None:
            _apply(case, entry, entry.body, numbers[entry.action])
        elif entry.number == 1:
            case.status = "erased"
    case.entries, case.head = len(entries), entries[-1].hash
    return case


#: Entries that add something, with the list they add to and the letter of its keys.
_ADDS = {
    "person": ("people", "P"),
    "note": ("notes", ""),
    "document": ("documents", "D"),
    "evidence": ("evidence", "E"),
    "custody": ("custody", ""),
    "partner": ("partners", ""),
    "bundle": ("bundles", ""),
}


def _apply(case: Case, entry: CaseEntry, body: Mapping[str, Any], nth: int) -> None:
    action = entry.action
    if action in _ADDS:
        name, letter = _ADDS[action]
        key = f"{letter}{nth}" if letter else str(entry.number)
        said = Said(key, entry.number, entry.at, entry.by, rule_of(body), body)
        getattr(case, name).append(said)
    elif action == "open":
        case.title, case.purpose = body["title"], body["purpose"]
        case.legal_basis, case.own = body["legal_basis"], rule_of(body) or Handling.OPEN
    elif action == "officer":
        case.officers.add(body["account"])
    elif action == "task":
        due = date.fromisoformat(body["due"]) if body["due"] else None
        case.tasks.append(Task(f"T{nth}", entry.number, body["title"], body["owner"], due, None))
    elif action == "done":
        case.tasks = [task._replace(result=body["result"]) if task.key == body["task"] else task
                      for task in case.tasks]  # fmt: skip
    elif action == "ask":
        asked = Asked(entry.number, body["action"], entry.at, entry.by, body["detail"])
        case.asked.append(asked)
    elif action in ("confirm", "refuse"):
        _answer(case, entry, body)
    elif action == "reopen":
        case.status = "open"


def _answer(case: Case, entry: CaseEntry, body: Mapping[str, Any]) -> None:
    numbers = [one.number for one in case.asked]
    if body["asked"] not in numbers:
        return
    place = numbers.index(body["asked"])
    outcome = "confirmed" if entry.action == "confirm" else "refused"
    one = case.asked[place]._replace(outcome=outcome, second=entry.by)
    case.asked[place] = one
    if outcome == "confirmed" and one.action == "close":
        case.status = "closed"
    elif outcome == "confirmed" and one.action == "seal":
        case.sealed = not one.detail.get("open")


def rule_of(body: Mapping[str, Any]) -> Handling | None:
    """Return the handling rule that an entry states, None if it states none."""
    stated = body.get("handling")
    return Handling.from_dict(stated) if stated else None


def _plain(one: Said) -> dict[str, Any]:
    values = {name: value for name, value in one.values.items() if name != "handling"}
    shown = {"key": one.key, "entry": one.entry, "at": one.at, "by": one.by}
    return {**shown, "handling": one.handling.label if one.handling else "", **values}
