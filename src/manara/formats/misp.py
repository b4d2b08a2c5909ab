"""MISP events (core format, draft-dulaunoy-misp-core-format-20): who stands in them, and ties.

Objects of the templates in `misp.yaml` come in, and attributes that stand alone where they are an
account's or a passport's number. What markings ask for stands in `misp_markings`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from manara.formats.base import Format, Head, Match, Subject, subject
from manara.formats.misp_markings import RULE, joined
from manara.formats.misp_parts import (
    Attribute,
    Event,
    MispObject,
    Reference,
    events,
    one_attribute,
    one_object,
    templates,
)
from manara.model import EXISTS, Handling, Record, Reject, vocabulary

#: Dataset of a file where none is named: events do not say what they are an edition of.
DATASET = "misp"

#: The object relations that carry what a template has no place for.
OWN = "ftm:"

_START = re.compile(r'\s*(?:\{\s*"response"\s*:\s*)?\[?\s*\{\s*"Event"\s*:\s*\{')

#: Attributes that stand for something without an object around them.
_ALONE = {
    "iban": ("BankAccount", "iban"),
    "bank-account-nr": ("BankAccount", "accountNumber"),
    "passport-number": ("Passport", "number"),
}
_UNKNOWN = ("UnknownLink", "subject", "object", "Thing", "Thing")

_DELETED = "its creator has deleted it"
_FILES = {"attachment", "malware-sample"}

#: Ties that have a schema of their own; every other one is an `UnknownLink` with its type as role.
_TIES = {
    "member-of": ("Membership", "member", "organization", "LegalEntity", "Organization"),
    "owner-of": ("Ownership", "owner", "asset", "LegalEntity", "Asset"),
    "employee-of": ("Employment", "employee", "employer", "Person", "Organization"),
}


def recognise(head: Head) -> Match | None:
    """Return a match if it begins as events of MISP do; see `Format`."""
    return Match(DATASET) if _START.match(head.text) else None


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield one record an object or tie, and what cannot be used as rejects; see `Format`.

    Raises:
        FormatError: the file holds no event, is cut off, not UTF-8 or larger than `MAX_BYTES`.
    """
    for at, event in events(path):
        reader = _Reader(at, event)
        yield from reader.objects()
        yield from reader.attributes()
        for kind, raws in (
            ("ShadowAttribute", event.ShadowAttribute),
            ("EventReport", event.EventReport),
        ):
            for number, raw in enumerate(raws):
                place = f"{at}.{kind}[{number}]"
                yield _reject(place, "schema", f"nothing is made of a {kind}", raw)


def marking(path: Path) -> Handling:
    """Return the join of all that a file's events ask for; see `Format`."""
    return joined(events(path))


FORMAT = Format("misp-json", "MISP events", "1", recognise, read, marking=marking, whole=True)


class _Reader:
    """Reads the members of one event."""

    def __init__(self, at: str, event: Event) -> None:
        self._at, self._event = at, event
        self._publisher = event.Orgc.name if event.Orgc else ""
        self._read = [one_object(raw) for raw in event.Object]
        #: Entity id and schema by uuid of the object.
        self._known = {
            one.uuid: (_entity_id(one), schema)
            for one in self._read
            if isinstance(one, MispObject) and not one.deleted and (schema := _schema(one))
        }

    def objects(self) -> Iterator[Record | Reject]:
        for number, one in enumerate(self._read):
            at, raw = f"{self._at}.Object[{number}]", self._event.Object[number]
            if isinstance(one, str):
                yield _reject(at, "object", one, raw)
            elif one.deleted:
                yield _reject(at, "deleted", _DELETED, raw)
            elif one.uuid not in self._known:
                yield _reject(at, "schema", f"the vocabulary has no schema for {one.name}", raw)
            else:
                yield from self._object(one, at)

    def _object(self, one: MispObject, at: str) -> Iterator[Record | Reject]:
        entity_id, schema = self._known[one.uuid]
        record = Record(at, [])
        about = subject(record, schema, entity_id)
        for number, part in enumerate(one.Attribute):
            place = f"{at}.Attribute[{number}]"
            if part.deleted or part.type in _FILES:
                why = _DELETED if part.deleted else "files are not taken in"
                yield Reject(place, "deleted" if part.deleted else "file", why, part.text[:500])
            elif part.comment != RULE:
                _state(about, one.name, part, f"{place}.value")
        _publish(about, self._publisher, self._at)
        if not record.stated:
            about.add(EXISTS, entity_id, f"{at}.uuid")
        yield record
        for number, reference in enumerate(one.ObjectReference):
            yield self._tie(one, reference, f"{at}.ObjectReference[{number}]")

    def _tie(self, one: MispObject, reference: Reference, at: str) -> Record | Reject:
        source, target = self._known[one.uuid], self._known.get(reference.referenced_uuid)
        if reference.deleted:
            return Reject(at, "deleted", _DELETED, reference.referenced_uuid)
        if target is None or not _fit((source, target), ("Thing", "Thing")):
            why = "nothing comes in for its other end, or what cannot be tied"
            return Reject(at, "ends", why, reference.referenced_uuid)
        schema, start, end, *kinds = _TIES.get(reference.relationship_type, _UNKNOWN)
        if not _fit((source, target), kinds):
            schema, start, end = _UNKNOWN[:3]
        record = Record(at, [])
        link = subject(record, schema, f"misp-{reference.uuid or source[0] + target[0]}")
        link.add(start, source[0], f"{at}.referenced_uuid")
        link.add(end, target[0], f"{at}.referenced_uuid")
        link.add("role", reference.relationship_type, f"{at}.relationship_type")
        link.add("description", reference.comment, f"{at}.comment")
        return record

    def attributes(self) -> Iterator[Record | Reject]:
        for number, raw in enumerate(self._event.Attribute):
            at = f"{self._at}.Attribute[{number}]"
            one = one_attribute(raw)
            if isinstance(one, str):
                yield _reject(at, "attribute", one, raw)
            elif one.comment == RULE:
                continue
            elif one.deleted:
                yield _reject(at, "deleted", _DELETED, raw)
            elif one.type not in _ALONE:
                yield _reject(at, "schema", f"the vocabulary has no schema for {one.type}", raw)
            else:
                record = Record(at, [])
                schema, prop = _ALONE[one.type]
                about = subject(record, schema, f"misp-{one.uuid}")
                about.add(prop, one.text, f"{at}.value")
                about.add("description", one.comment, f"{at}.comment")
                _publish(about, self._publisher, self._at)
                yield record


def _fit(ends: Sequence[tuple[str, str]], kinds: Sequence[str]) -> bool:
    pairs = zip(ends, kinds, strict=True)
    return all(vocabulary()[schema].is_a(kind) for (_, schema), kind in pairs)


def _schema(one: MispObject) -> str:
    """Return the schema of an object, ``""`` if there is none."""
    for part in one.Attribute:
        if part.object_relation == f"{OWN}schema" and part.text in vocabulary().schemata:
            return part.text
    return templates()[one.name].schema if one.name in templates() else ""


def _entity_id(one: MispObject) -> str:
    stated = (part.text for part in one.Attribute if part.object_relation == f"{OWN}id")
    return next(filter(None, stated), f"misp-{one.uuid}")


def _state(about: Subject, template: str, part: Attribute, at: str) -> None:
    """State what an attribute of an object says; a note where it has no property."""
    relation = part.object_relation or part.type
    if relation in (f"{OWN}id", f"{OWN}schema"):
        return
    known = templates()[template].relations if template in templates() else {}
    prop = known[relation][0] if relation in known else relation.removeprefix(OWN)
    if prop in vocabulary()[about.schema].properties and (relation in known or prop != relation):
        about.add(prop, part.text, at)
    elif template == "interpol-notice" and relation == "notice-color":
        about.add("topics", "wanted" if part.text.lower() == "red" else "", at, original=part.text)
    elif part.text:
        note = "notes" if "notes" in vocabulary()[about.schema].properties else "description"
        about.add(note, f"{relation}: {part.text}", at, original=part.text)


def _publish(about: Subject, publisher: str, at: str) -> None:
    about.add("publisher", publisher, f"{at}.Orgc.name")


def _reject(at: str, rule: str, reason: str, raw: msgspec.Raw) -> Reject:
    return Reject(at, rule, reason, bytes(raw)[:500].decode(errors="replace"))
