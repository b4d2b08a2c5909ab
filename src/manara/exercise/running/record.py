"""What a node found, in the words of the files it was given: nothing of it is internal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date
from typing import Any

import msgspec

from manara.exchange.events import parties_of
from manara.model import EVENT_TABLES, Lead
from manara.store import View

#: Names of the sources in force and past, which say in which file something stands.
_SOURCES = "SELECT DISTINCT source_id, dataset FROM facts"


class Place(msgspec.Struct, frozen=True, order=True):
    """A record as it is written.

    Attributes:
        node: id of the node whose agency wrote it.
        record: id of the entity, or the reference of a payment.
        file: name of the file.
        at: where it stands in the file.
        table: of an event, such as ``payments``; ``""`` for an entity.
    """

    node: str
    record: str
    file: str = ""
    at: str = ""
    table: str = ""


class Found(msgspec.Struct, frozen=True):
    """A lead as it is scored.

    Attributes:
        id: of the lead.
        kind: what was found.
        found: the day of the calendar on which it was first found as it is.
        score: its probability.
        title: it in one line.
        subjects: the records that it is about, all that are one with one subject in one list.
        evidence: the facts and events that it rests on.
        partners: ids of the other nodes that part of the evidence came from.
    """

    id: str
    kind: str
    found: date
    score: float
    title: str
    subjects: list[list[Place]]
    evidence: list[Place]
    partners: list[str]


class Records:
    """Tells in which record of which file something stands.

    Args:
        view: what a node knows.
        node: its id.
        nodes: ids of all nodes: what came from a partner has its id in front.
        files: name of each file by the id of its source.
    """

    def __init__(
        self, view: View, node: str, nodes: Iterable[str], files: Mapping[str, str]
    ) -> None:
        self._view, self._node, self._files = view, node, files
        self._nodes = sorted(nodes)
        rows = view.sql(
            "SELECT entity_id, source_id, min(locator) AS locator FROM facts "
            "GROUP BY entity_id, source_id ORDER BY entity_id, source_id DESC"
        ).to_pylist()
        # What partners tell of a record of ours comes back with it; its own file says where it is.
        rows.sort(key=lambda row: row["source_id"] in files)
        self._stands = {row["entity_id"]: (row["source_id"], row["locator"]) for row in rows}
        self.members: dict[str, list[str]] = defaultdict(list)
        self._canonical: dict[str, str] = {}
        for row in view.sql("SELECT entity_id, canonical_id FROM clusters").to_pylist():
            self.members[row["canonical_id"]].append(row["entity_id"])
            self._canonical[row["entity_id"]] = row["canonical_id"]

    def among(self, nodes: Iterable[str]) -> Records:
        """Return what tells the same, with other nodes that something may have come from."""
        other = copy(self)
        other._nodes = sorted(nodes)
        return other

    def of(self, entity: str) -> Place:
        """Return the record of an entity."""
        source, locator = self._stands.get(entity, ("", ""))
        for node in self._nodes:
            if entity.startswith(f"{node}:"):
                return Place(node, entity[len(node) + 1 :])
        return Place(self._node, entity, self._files.get(source, ""), locator)

    def canonical(self, entity: str) -> str:
        """Return the id of all that are one with an entity."""
        return self._canonical.get(entity, entity)

    def subject(self, entity: str) -> list[Place]:
        """Return the records of an entity and of all that are one with it."""
        return sorted({self.of(one) for one in (entity, *self.members.get(entity, ()))})

    def same(self) -> list[list[Place]]:
        """Return which records were found to be of one person or thing."""
        return [
            sorted(map(self.of, members))
            for _, members in sorted(self.members.items())
            if len(members) > 1
        ]

    def told(self, leads: Iterable[Lead], found: Mapping[str, date], day: date) -> list[Found]:
        """Return leads as they are scored.

        Args:
            leads: those that stand.
            found: by id, the day on which those known before were found first.
            day: today in the calendar, for the others.
        """
        kept = list(leads)
        shown = self._view.evidence(one for lead in kept for one in lead.finding.evidence)
        return [self._lead(lead, shown, found.get(lead.id, day)) for lead in kept]

    def _lead(self, lead: Lead, shown: Mapping[str, dict[str, Any]], day: date) -> Found:
        finding = lead.finding
        rows = [shown[one] for one in finding.evidence if one in shown]
        places = [self.evidence(row) for row in rows]
        partners = {place.node for place in places} - {self._node}
        return Found(
            lead.id, finding.kind, day, finding.score, finding.title,
            [self.subject(one) for one in finding.subjects], places, sorted(partners),
        )  # fmt: skip

    def stated(self, row: Mapping[str, Any]) -> Place:
        """Return the record of a fact, in the file that states this fact."""
        place = self.of(row["entity_id"])
        if place.node != self._node:
            return place
        file = self._files.get(row["source_id"], "")
        return Place(place.node, place.record, file, row["locator"]) if file else place

    def evidence(self, row: Mapping[str, Any]) -> Place:
        """Return where a row of `View.evidence` stands."""
        if row["table"] in EVENT_TABLES:
            file = self._files.get(row["source_id"], "")
            reference = str(row.get("reference") or "")
            # Of a partner's event the parties have its id in front, and the file is the partner's.
            for node in self._nodes:
                if any(each.startswith(f"{node}:") for each in parties_of(row["table"], row)):
                    return Place(node, reference, table=row["table"])
            return Place(self._node, reference, file, row["locator"], row["table"])
        return self.stated(row)
