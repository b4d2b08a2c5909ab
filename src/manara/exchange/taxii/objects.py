"""Which posted objects are STIX 2.1, and what a collection needs to know of them."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from manara.exchange.taxii.moments import micros

_ID = re.compile(
    r"([a-z][a-z0-9-]{0,248}[a-z0-9])--"
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)

#: What an object of each type of STIX 2.1 cannot be without, beyond what all must have. Types that
#: are not here are extensions, which say themselves what they need.
REQUIRED: dict[str, tuple[str, ...]] = {
    "attack-pattern": ("name",),
    "campaign": ("name",),
    "course-of-action": ("name",),
    "extension-definition": ("name", "schema", "version", "extension_types", "created_by_ref"),
    "grouping": ("context", "object_refs"),
    "identity": ("name",),
    "incident": ("name",),
    "indicator": ("pattern", "pattern_type", "valid_from"),
    "infrastructure": ("name",),
    "intrusion-set": ("name",),
    "language-content": ("object_ref", "contents"),
    "location": (),
    "malware": ("is_family",),
    "malware-analysis": ("product",),
    "marking-definition": (),
    "note": ("content", "object_refs"),
    "observed-data": ("first_observed", "last_observed", "number_observed"),
    "opinion": ("opinion", "object_refs"),
    "relationship": ("relationship_type", "source_ref", "target_ref"),
    "report": ("name", "published", "object_refs"),
    "sighting": ("sighting_of_ref",),
    "threat-actor": ("name",),
    "tool": ("name",),
    "vulnerability": ("name",),
}
_OBSERVABLES: dict[str, tuple[str, ...]] = {
    "artifact": (),
    "autonomous-system": ("number",),
    "directory": ("path",),
    "domain-name": ("value",),
    "email-addr": ("value",),
    "email-message": ("is_multipart",),
    "file": (),
    "ipv4-addr": ("value",),
    "ipv6-addr": ("value",),
    "mac-addr": ("value",),
    "mutex": ("name",),
    "network-traffic": ("protocols",),
    "process": (),
    "software": ("name",),
    "url": ("value",),
    "user-account": (),
    "windows-registry-key": (),
    "x509-certificate": (),
}

_DECODE = msgspec.json.Decoder().decode


class Incoming(NamedTuple):
    """An object to be kept.

    Attributes:
        id: its id.
        type: its type.
        version: what tells its versions apart, in microseconds since 1970; None for an object that
            has no versions, such as an observable: it counts from when it is added.
        body: its bytes as they came.
        marks: ids of the markings of it and of its parts, sorted, with spaces between.
    """

    id: str
    type: str
    version: int | None
    body: bytes
    marks: str = ""


class Failure(NamedTuple):
    """Why an object is not kept: its id as far as it has one, and the reason."""

    id: str
    message: str


def incoming(body: bytes) -> Incoming | Failure:
    """Return an object as it is to be kept, or why it is none of STIX 2.1."""
    try:
        said = _DECODE(body)
    except RecursionError:
        return Failure("", "nested too deeply")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Failure("", str(error)[:200])
    if not isinstance(said, dict):
        return Failure("", "not an object")
    key = said.get("id")
    if not isinstance(key, str) or not (found := _ID.fullmatch(key)):
        return Failure(str(key)[:200], "its id is not a type, two hyphens and a UUID")
    kind = found.group(1)
    if said.get("type") != kind:
        return Failure(key, "its type is not the one that its id names")
    if kind == "bundle":
        return Failure(key, "a bundle is no object; post what is in it")
    versions = _versions(said, kind)
    if isinstance(versions, str):
        return Failure(key, versions)
    needed = REQUIRED.get(kind) or _OBSERVABLES.get(kind, ())
    missing = [name for name in needed if said.get(name) in (None, [], {})]
    if missing:
        return Failure(key, f"it has no {', '.join(missing)}")
    marks = marks_of(said)
    if marks is None:
        return Failure(key, "its markings are no list of ids")
    return Incoming(key, kind, versions, body, marks)


def marks_of(said: dict[str, Any]) -> str | None:
    """Return the ids of the markings of an object, see `Incoming.marks`; None if they are none."""
    whole, parts = said.get("object_marking_refs", []), said.get("granular_markings", [])
    if not (isinstance(whole, list) and isinstance(parts, list)):
        return None
    if not all(isinstance(one, dict) for one in parts):
        return None
    refs = [*whole, *(one["marking_ref"] for one in parts if "marking_ref" in one)]
    if not all(isinstance(ref, str) and _ID.fullmatch(ref) for ref in refs):
        return None
    return " ".join(sorted(set(refs)))


def _versions(said: dict[str, Any], kind: str) -> int | str | None:
    """Return what tells the versions of an object apart, or what is wrong with it."""
    version = said.get("spec_version", "2.1" if "created" not in said else "2.0")
    if version != "2.1":
        return f"its spec_version is {str(version)[:20]}, not 2.1"
    moments = {}
    for name in ("created", "modified"):
        if name in said:
            value = said[name]
            moments[name] = micros(value) if isinstance(value, str) else None
            if moments[name] is None:
                return f"{name} is no moment in UTC"
    if kind in _OBSERVABLES:
        return moments.get("modified")
    if "created" not in moments:
        return "it has no created"
    if kind == "marking-definition":
        return moments["created"]
    if "modified" not in moments:
        return "it has no modified"
    created, modified = moments["created"], moments["modified"]
    if created is not None and modified is not None and modified < created:
        return "it was modified before it was created"
    return modified
