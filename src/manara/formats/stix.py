"""STIX 2.1 bundles (OASIS standard, 10 June 2021): who is who, and who is tied to whom.

Of the objects of a bundle those come in that the vocabulary has a schema for; every other one is a
reject of rule ``schema``. What a relationship or sighting becomes stands in `stix_ties`, what
markings say in `stix_markings`, and what other nodes of ours say in `stix_own`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from manara.formats.base import Format, Head, Match, Subject, subject
from manara.formats.stix_markings import Marks, joined, marks
from manara.formats.stix_objects import Bundle, Fault, Numbered, StixObject, bundle
from manara.formats.stix_own import own, schema_of
from manara.formats.stix_ties import End, tie
from manara.model import EXISTS, Handling, Record, Reject

#: Dataset of a bundle where none is named: a bundle does not say what it is an edition of.
DATASET = "stix"

_START = re.compile(r'\s*\{(?:\s*"\w+"\s*:\s*"[^"]*"\s*,)*\s*"objects"\s*:\s*\[')
_TYPE = re.compile(r'"type"\s*:\s*"bundle"')

#: Topics that open types of threat actors (STIX 2.1, section 10.24) come to.
_TOPICS = {"criminal": "crime", "crime-syndicate": "crime", "terrorist": "crime.terror"}
_IDENTITIES = {"individual": "Person", "organization": "Organization", "group": "Organization"}
#: Identity classes that are neither a person nor a body of persons.
_NOBODY = {"class", "system"}


def recognise(head: Head) -> Match | None:
    """Return a match if it begins or ends as a bundle does; see `Format`."""
    start = _START.match(head.text)
    tail = head.tail.decode(errors="replace").rpartition("]")[2]
    if not start or not _TYPE.search(start.group() + tail):
        return None
    return Match(DATASET)


def read(path: Path) -> Iterator[Record | Reject]:
    """Yield one record an object, and what cannot be used as rejects; see `Format`.

    Raises:
        FormatError: the file is no bundle, is cut off, not UTF-8 or larger than `MAX_BYTES`.
    """
    whole = bundle(path)
    marked = marks(whole)
    kept: dict[str, Numbered] = {}
    for number, raw, one in whole.objects:
        locator = f"objects[{number}]"
        if isinstance(one, str):
            yield Reject(locator, "object", one, _excerpt(raw))
        elif fault := _fault(one, number, whole, marked):
            yield Reject(locator, *fault, _excerpt(raw))
        elif one.type not in ("marking-definition", "extension-definition"):
            kept[one.id] = Numbered(number, raw, one)
    ends = {one.id: End(schema, one) for _, _, one in kept.values() if (schema := _schema(one))}
    for number, raw, one in kept.values():
        locator = f"objects[{number}]"
        record = Record(locator, [])
        if (ours := own(one, locator)) is not None:
            yield ours if isinstance(ours, Record) else Reject(locator, *ours, _excerpt(raw))
            continue
        if one.type in ("relationship", "sighting"):
            said = tie(record, one, ends, set(whole.latest))
        else:
            said = _entity(record, one)
        yield Reject(locator, *said, _excerpt(raw)) if said else record


def marking(path: Path) -> Handling:
    """Return the join of all rules that objects of a bundle are marked with; see `Format`."""
    whole = bundle(path)
    return joined(whole, marks(whole))


FORMAT = Format("stix-json", "STIX 2.1 bundle", "3", recognise, read, marking=marking, whole=True)


def _fault(one: StixObject, number: int, whole: Bundle, marked: Marks) -> Fault | None:
    """Return why an object may not be used, if it may not."""
    if one.revoked:
        return Fault("revoked", "its creator has revoked it")
    if whole.latest[one.id] != number:
        return Fault("version", "the bundle holds a later version of it")
    if ref := marked.unclear(one):
        return Fault("marking", f"what its marking {ref} asks for cannot be told")
    return None


def _schema(one: StixObject) -> str:
    """Return the schema of an object that stands for something, ``""`` if there is none."""
    if ours := schema_of(one):
        return ours
    if one.type == "identity":
        known = _IDENTITIES.get(one.identity_class, "LegalEntity")
        return "" if one.identity_class in _NOBODY else known
    return _READERS[one.type][0] if one.type in _READERS else ""


def _entity(record: Record, one: StixObject) -> Fault | None:
    """State what an object says of what it stands for; say why if it cannot be stated."""
    schema = _schema(one)
    if not schema:
        kind = f"{one.type} of class {one.identity_class}" if one.identity_class else one.type
        return Fault("schema", f"the vocabulary has no schema for {kind}")
    at = record.locator
    about = subject(record, schema, one.id)
    about.add("name", one.name, f"{at}.name")
    about.add("description", one.description, f"{at}.description")
    for number, alias in enumerate(one.aliases):
        about.add("alias", alias, f"{at}.aliases[{number}]")
    for number, reference in enumerate(one.external_references):
        about.add("sourceUrl", reference.url, f"{at}.external_references[{number}].url")
    _READERS[one.type][1](about, one, at)
    if not record.stated:
        about.add(EXISTS, one.id, f"{at}.id")
    return None


def _identity(about: Subject, one: StixObject, at: str) -> None:
    for number, sector in enumerate(one.sectors):
        about.add("sector", sector, f"{at}.sectors[{number}]")
    text = one.contact_information
    prop = "email" if re.fullmatch(r"[^@\s]+@[^@\s]+", text) else "notes"
    about.add(prop, text, f"{at}.contact_information")


def _threat(about: Subject, one: StixObject, at: str) -> None:
    for number, kind in enumerate(one.threat_actor_types):
        place = f"{at}.threat_actor_types[{number}]"
        about.add("keywords", kind, place)
        about.add("topics", _TOPICS.get(kind, ""), place, original=kind)
    for number, goal in enumerate(one.goals):
        about.add("notes", goal, f"{at}.goals[{number}]")


def _campaign(about: Subject, one: StixObject, at: str) -> None:
    about.add("startDate", one.first_seen, f"{at}.first_seen")
    about.add("endDate", one.last_seen, f"{at}.last_seen")
    about.add("summary", one.objective, f"{at}.objective")


def _location(about: Subject, one: StixObject, at: str) -> None:
    for prop, field in (
        ("country", "country"),
        ("region", "region"),
        ("state", "administrative_area"),
        ("city", "city"),
        ("street", "street_address"),
        ("postalCode", "postal_code"),
        ("latitude", "latitude"),
        ("longitude", "longitude"),
    ):
        value = getattr(one, field)
        about.add(prop, "" if value is None else str(value), f"{at}.{field}")
    parts = (one.street_address, one.postal_code, one.city, one.administrative_area)
    about.add("full", ", ".join(filter(None, parts)), at)


def _email(about: Subject, one: StixObject, at: str) -> None:
    about.add("email", one.value, f"{at}.value")
    about.add("name", one.display_name, f"{at}.display_name")


def _account(about: Subject, one: StixObject, at: str) -> None:
    about.add("service", one.account_type, f"{at}.account_type")
    about.add("username", one.account_login, f"{at}.account_login")
    about.add("username", one.user_id, f"{at}.user_id")
    about.add("name", one.display_name, f"{at}.display_name")


def _indicator(about: Subject, one: StixObject, at: str) -> None:
    for number, kind in enumerate(one.indicator_types):
        about.add("indicatorType", kind, f"{at}.indicator_types[{number}]")
    about.add("pattern", one.pattern, f"{at}.pattern")
    about.add("patternType", one.pattern_type, f"{at}.pattern_type")
    about.add("validFrom", one.valid_from, f"{at}.valid_from")
    about.add("validUntil", one.valid_until, f"{at}.valid_until")
    compared = _COMPARISONS.findall(one.pattern) if one.pattern_type == "stix" else []
    for path, value in dict.fromkeys(compared):
        sign = re.sub(r"\\(.)", r"\1", value)
        about.add("sign", sign, f"{at}.pattern", original=value if sign != value else "")
        about.add("signType", path, f"{at}.pattern")


#: A comparison of a pattern with one text (STIX 2.1, section 9.6): the object path, and the text.
_COMPARISONS = re.compile(r"([\w-]+:[\w.'\[\]*-]+)\s*=\s*'((?:[^'\\]|\\.)*)'")

#: By type: the schema, and what states the properties that are its own. A threat actor may be a
#: person or a body of persons, and does not say which.
_READERS: dict[str, tuple[str, Callable[[Subject, StixObject, str], None]]] = {
    "identity": ("LegalEntity", _identity),
    "threat-actor": ("LegalEntity", _threat),
    "intrusion-set": ("Organization", _threat),
    "campaign": ("Event", _campaign),
    "location": ("Address", _location),
    "email-addr": ("UserAccount", _email),
    "user-account": ("UserAccount", _account),
    "indicator": ("Indicator", _indicator),
}


def _excerpt(raw: msgspec.Raw) -> str:
    return bytes(raw)[:500].decode(errors="replace")
