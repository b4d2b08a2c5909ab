"""What is known as STIX 2.1 objects, as far as handling allows it to go to somebody for something.

Records go as their sources state them: who was found to be one with whom is not told, because that
rests on facts that may not go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from manara.formats.stix_events import event_objects
from manara.formats.stix_write import LeftOut, Made, StixWriter, Tell
from manara.model import EVENT_TABLES, Entity, Fact, Handling, Lead, Permission, Recipient
from manara.store import View, Workspace
from manara.store.registry import log, moment

_ENCODE = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Selection:
    """What to export; nothing named means all.

    Attributes:
        datasets: only what these state.
        entities: only these, with what is one with them and what is one link away.
        leads: these too, with their subjects and the events that show them.
    """

    datasets: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Release:
    """To whom something is to go, and for what; all of them must be permitted to have it.

    Attributes:
        recipients: at least one.
        purpose: such as a key of `manara.model.PURPOSES`.
        consents: ids of originators that have consented.
    """

    recipients: tuple[Recipient, ...]
    purpose: str
    consents: frozenset[str] = frozenset()

    def asked(self, rule: Handling) -> Permission:
        """Return the first denial for one of the recipients, else the permission."""
        today = datetime.now(UTC).date()
        answers = [rule.permits(one, self.purpose, today, self.consents) for one in self.recipients]
        return next((one for one in answers if not one.permitted), answers[0])


def stix_objects(
    view: View,
    selection: Selection,
    release: Release | None,
    organisation: str,
    tell: Tell = lambda left_out: None,
) -> Iterator[Made]:
    """Yield STIX objects, what they rest on first.

    Args:
        view: what is known.
        selection: what of it.
        release: to whom and for what; None for a copy that stays in the house.
        organisation: who exports.
        tell: is told, item by item, what is left out and why.

    Raises:
        NotFoundError: there is no such entity or lead.
    """
    chosen = _Chosen(view, selection, release, tell)
    writer = StixWriter(organisation, view.handlings(), tell)
    for facts in chosen.entities(lambda left_out: None):
        if current := [fact for fact in facts if fact.last_seen is None]:
            writer.place(Entity.from_facts(current))
    yield from writer.preamble()
    for facts in chosen.entities(tell):
        if current := [fact for fact in facts if fact.last_seen is None]:
            moments = [fact.first_seen for fact in facts]
            ended = [fact.last_seen for fact in facts if fact.last_seen]
            entity = Entity.from_facts(current)
            yield from writer.entity(entity, current, min(moments), max(moments + ended))
    for table, row, rule in chosen.events():
        yield from event_objects(writer, table, row, rule, tell)
    for lead in chosen.leads():
        yield from writer.lead(lead)


def log_release(
    workspace: Workspace, action: str, to: str, selection: Selection, release: Release, by: str
) -> None:
    """Record in the audit trail, before it happens, that something goes out.

    Args:
        workspace: what it goes out of.
        action: how: ``export``, ``publish`` or ``push``.
        to: the recipient, or the collection.
        selection: what.
        release: to whom and for what.
        by: who asked.
    """
    named = {name: values for name, values in asdict(selection).items() if values}
    with workspace.registry.writing() as connection:
        log(
            connection,
            moment(connection),
            by,
            action,
            to,
            purpose=release.purpose,
            recipients=[one.id for one in release.recipients],
            consents=sorted(release.consents),
            **named,
        )


def export_stix(objects: Iterable[Made]) -> Iterator[bytes]:
    """Yield a bundle of objects, piece by piece; the same objects make the same bundle."""
    digest = hashlib.sha256()
    separator = b'{"type":"bundle","objects":[\n'
    for made in objects:
        data = _ENCODE(made.data)
        digest.update(data)
        yield separator + data
        separator = b",\n"
    name = UUID(bytes=digest.digest()[:16], version=5)
    yield f'\n],"id":"bundle--{name}"}}\n'.encode()


class _Chosen:
    """What was selected, as far as it may go."""

    def __init__(
        self, view: View, selection: Selection, release: Release | None, tell: Tell
    ) -> None:
        self._view = view
        self._release = release
        self._tell = tell
        self._rules = view.handlings()
        self._answers: dict[str, Permission] = {}
        self._datasets = selection.datasets
        self._leads = [view.lead(one) for one in selection.leads]
        self._named: set[str] | None = None
        if selection.entities or selection.leads:
            self._named = self._around(selection.entities)
            self._named |= self._members(
                one for lead in self._leads for one in lead.finding.subjects
            )

    def entities(self, tell: Tell) -> Iterator[list[Fact]]:
        """Yield the facts, past ones too, of each entity that may go."""
        stream = self._view.facts(self._named, self._datasets, past=True)
        for _, facts in groupby(stream, attrgetter("entity_id")):
            if kept := [fact for fact in facts if self._may_go(fact, tell)]:
                yield kept

    def events(self) -> Iterator[tuple[str, dict[str, Any], Handling]]:
        """Yield the events that may go: table, row, rule."""
        for table, row in self._rows():
            if self._datasets and row["dataset"] not in self._datasets:
                continue
            answer = self._asked(row["handling_id"])
            if answer is None or answer.permitted:
                yield table, row, self._rules[row["handling_id"]]
            else:
                self._tell(LeftOut(row["id"], table, "", answer.rule, answer.reason))

    def _rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        if self._named is not None:
            shown = {one for lead in self._leads for one in lead.finding.evidence}
            for row in self._view.evidence(shown).values():
                if row["table"] != "facts":
                    yield row["table"], row
            return
        for table in EVENT_TABLES:
            for batch in self._view.stream(f"SELECT * FROM {table}"):  # noqa: S608
                for row in batch.to_pylist():
                    yield table, row

    def leads(self) -> Iterator[Lead]:
        """Yield the leads that may go."""
        for lead in self._view.leads() if self._named is None else self._leads:
            if self._datasets and not set(lead.datasets) <= set(self._datasets):
                continue
            answer = self._release.asked(lead.handling) if self._release else None
            if answer is None or answer.permitted:
                yield lead
            else:
                self._tell(LeftOut(lead.id, "leads", "", answer.rule, answer.reason))

    def _may_go(self, fact: Fact, tell: Tell) -> bool:
        answer = self._asked(fact.handling_id)
        if answer is None or answer.permitted:
            return True
        if fact.last_seen is None:
            tell(LeftOut(fact.id, fact.entity_id, fact.prop, answer.rule, answer.reason))
        return False

    def _asked(self, handling_id: str) -> Permission | None:
        if self._release is None:
            return None
        if handling_id not in self._answers:
            self._answers[handling_id] = self._release.asked(self._rules[handling_id])
        return self._answers[handling_id]

    def _around(self, entities: Iterable[str]) -> set[str]:
        """Return the ids of entities, of what is one with them and of what is one link away."""
        own = self._members(entities)
        facts = list(self._view.facts(own))
        return own | {fact.entity_id for fact in self._view.linked(facts, own)}

    def _members(self, entities: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for entity in entities:
            members = self._view.cluster(entity)[1]
            for member in members:
                self._view.require(member)
            found.update(members)
        return found
