"""What left a node of an exercise, written down where it left: the score asks whether it might."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

import msgspec

from manara.exchange.events import EVENTS, TellingEvent
from manara.exchange.package import Package, TellingLead
from manara.exercise.running.record import Place, Records
from manara.store import View

#: Properties whose values name or number somebody or something.
_NAMING = (
    "name", "alias", "weakAlias", "previousName", "idNumber", "passportNumber", "accountNumber",
    "registrationNumber", "serialNumber", "iban", "phone", "email",
)  # fmt: skip
#: Shorter ones stand in words by chance.
_SHORTEST = 5


class Left(NamedTuple):
    """A fact or event that left a node.

    Attributes:
        node: id of the node that it left.
        to: id of the node that got it.
        day: the day of the calendar.
        way: ``package`` or ``request``.
        record: id of its entity, or reference of the event, of its origin.
        origin: id of the node that states it.
        file: name of the file that it stands in, of its origin.
        prop: property, or table of the event.
        purpose: what it was sent for.
    """

    node: str
    to: str
    day: date
    way: str
    record: str
    origin: str
    file: str
    prop: str
    purpose: str


class Said(msgspec.Struct, frozen=True):
    """A name or number that the words of a lead hold, and the records that its node has it from."""

    value: str
    stands: list[Place]


class LeftLead(msgspec.Struct, frozen=True):
    """A lead that left a node.

    Attributes:
        node: id of the node that it left.
        to: id of the node that got it.
        day: the day of the calendar.
        way: ``package``: requests, messages and blind answers have no place for a lead.
        lead: its id.
        kind: what was found.
        purpose: what it was sent for.
        subjects: the records by which it names what it is about.
        rests: all that it rests on at its node, also what did not go with it.
        said: the names and numbers in its words.
    """

    node: str
    to: str
    day: date
    way: str
    lead: str
    kind: str
    purpose: str
    subjects: list[Place]
    rests: list[Place]
    said: list[Said]


def events_in(
    package: Package, day: date, files: Mapping[str, Mapping[str, str]]
) -> Iterator[Left]:
    """Yield the events of a package, each in the file of its originator.

    Args:
        package: as its receiver opens it.
        day: of the calendar.
        files: by node, the name of each file by the id of its source.
    """
    for carried in package.objects:
        origin = carried.object.body.origin
        if carried.object.body.kind != EVENTS:
            continue
        for value in carried.object.values:
            told = msgspec.convert(value, TellingEvent)
            record = str(told.values.get("reference", told.id))
            yield Left(
                package.sender, package.receiver, day, "package", record, origin,
                files[origin].get(told.source, ""), told.table, package.purpose,
            )  # fmt: skip


def leads_in(package: Package, day: date, view: View, records: Records) -> Iterator[LeftLead]:
    """Yield the leads of a package, each with what it rests on and says at the node it left.

    Args:
        package: as its receiver opens it.
        day: of the calendar.
        view: what its sender knows.
        records: the records of its sender.
    """
    told = [
        msgspec.convert(value, TellingLead)
        for carried in package.objects
        if carried.object.body.kind == "lead"
        for value in carried.object.values
    ]
    known = {lead.id: lead.finding.evidence for lead in view.leads(ended=True)} if told else {}
    for lead in told:
        rows = view.evidence(known[lead.id]).values()
        yield LeftLead(
            package.sender, package.receiver, day, "package", lead.id, lead.kind, package.purpose,
            [Place(node, record) for node, record in lead.subjects],
            sorted(map(records.evidence, rows)),
            _said(view, records, " ".join([lead.title, *(step.text for step in lead.steps)])),
        )  # fmt: skip


def _said(view: View, records: Records, words: str) -> list[Said]:
    """Return the names and numbers that words hold, with each record that states them."""
    names = ", ".join(f"'{name}'" for name in _NAMING)
    query = (
        f"SELECT value, entity_id, source_id, min(locator) AS locator FROM facts "  # noqa: S608
        f"WHERE prop IN ({names}) AND length(value) >= {_SHORTEST} AND contains(?, value) "
        "GROUP BY ALL ORDER BY ALL"
    )
    found: dict[str, list[Place]] = {}
    for row in view.sql(query, [words]).to_pylist():
        found.setdefault(row["value"], []).append(records.stated(row))
    return [Said(value, stands) for value, stands in _whole(found, words)]


def _whole(found: Mapping[str, list[Place]], words: str) -> Iterable[tuple[str, list[Place]]]:
    """Yield the values that stand in words as whole words."""
    for value, stands in found.items():
        if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", words):
            yield value, stands
