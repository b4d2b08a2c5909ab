"""What a STIX bundle holds, object by object, so that a bad object does not spoil the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from manara.model import FormatError

#: Largest bundle read, in bytes: it is held in memory. The largest published one, MITRE's ATT&CK
#: for enterprises, has some 45 MB.
MAX_BYTES = 128 * 1024 * 1024


class Reference(msgspec.Struct):
    """A pointer to something outside of STIX (section 2.5)."""

    url: str = ""


class Granular(msgspec.Struct):
    """The marking of a part of an object (section 7.2.3)."""

    marking_ref: str = ""


class StixObject(msgspec.Struct):
    """What is read of an object of any type; the names are the standard's."""

    type: str
    id: str
    modified: str = ""
    revoked: bool = False
    object_marking_refs: list[str] = []
    granular_markings: list[Granular] = []
    definition_type: str = ""
    definition: dict[str, Any] = {}
    extensions: dict[str, Any] = {}
    external_references: list[Reference] = []
    name: str = ""
    description: str = ""
    aliases: list[str] = []
    identity_class: str = ""
    sectors: list[str] = []
    contact_information: str = ""
    threat_actor_types: list[str] = []
    goals: list[str] = []
    objective: str = ""
    first_seen: str = ""
    last_seen: str = ""
    country: str = ""
    region: str = ""
    administrative_area: str = ""
    city: str = ""
    street_address: str = ""
    postal_code: str = ""
    latitude: float | None = None
    longitude: float | None = None
    value: str = ""
    display_name: str = ""
    account_type: str = ""
    account_login: str = ""
    user_id: str = ""
    relationship_type: str = ""
    source_ref: str = ""
    target_ref: str = ""
    start_time: str = ""
    stop_time: str = ""
    sighting_of_ref: str = ""
    where_sighted_refs: list[str] = []
    count: int | None = None
    indicator_types: list[str] = []
    pattern: str = ""
    pattern_type: str = ""
    valid_from: str = ""
    valid_until: str = ""


class Numbered(NamedTuple):
    """An object with its place in the bundle, as written and as read; or why it cannot be read."""

    number: int
    raw: msgspec.Raw
    read: Any


class Fault(NamedTuple):
    """Why an object cannot be used: the code of the rule it breaks, and the rule in words."""

    rule: str
    reason: str


class Bundle(NamedTuple):
    """The objects of a bundle in their order, and for each id the number of its latest version."""

    objects: list[Numbered]
    latest: dict[str, int]


class _Outer(msgspec.Struct):
    type: str
    objects: list[msgspec.Raw] = []


_OUTER = msgspec.json.Decoder(_Outer)
_OBJECT = msgspec.json.Decoder(StixObject)


def bundle(path: Path) -> Bundle:
    """Return the objects of a bundle.

    Raises:
        FormatError: the file is no bundle, is cut off, not UTF-8 or larger than `MAX_BYTES`.
    """
    if path.stat().st_size > MAX_BYTES:
        raise FormatError(
            f"a bundle of more than {MAX_BYTES // 2**20} MiB",
            where=path.name,
            remedy="ask for it in several bundles, each for a dataset of its own",
        )
    data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode()
        outer = _OUTER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(
            f"no STIX bundle: {str(error)[:300]}", where=path.name, remedy="fetch the file again"
        ) from error
    if outer.type != "bundle":
        raise FormatError(f"not a bundle but a {outer.type[:50]}", where=path.name)
    objects = [Numbered(number, raw, object_of(raw)) for number, raw in enumerate(outer.objects)]
    known = [one for one in objects if isinstance(one.read, StixObject)]
    known.sort(key=lambda one: (one.read.modified, one.number))
    return Bundle(objects, {one.read.id: one.number for one in known})


def object_of(raw: bytes | msgspec.Raw) -> StixObject | str:
    """Return an object, or why it is none."""
    try:
        one = _OBJECT.decode(raw)
    except RecursionError:
        return "nested too deeply"
    except msgspec.DecodeError as error:
        return str(error)[:300]
    kind, mark, rest = one.id.partition("--")
    if not one.type or kind != one.type or not mark or not rest or not one.id.isprintable():
        return "an id that is not the type, two hyphens and a UUID"
    return one
