"""What a MISP file holds (core format, draft-dulaunoy-misp-core-format-20), and its templates."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from manara.formats.stix_objects import MAX_BYTES
from manara.model import FormatError


class Template(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object template that has a schema.

    Attributes:
        schema: name of the schema.
        uuid: identity of the template.
        version: version of the template.
        category: its meta-category.
        relations: for each object relation the property and MISP's type of such an attribute.
    """

    schema: str
    uuid: str
    version: str
    category: str
    relations: dict[str, tuple[str, str]]


@cache
def templates() -> dict[str, Template]:
    """Return the templates of `misp.yaml` by name."""
    text = files("manara.formats").joinpath("misp.yaml").read_bytes()
    return msgspec.yaml.decode(text, type=dict[str, Template])


class Organisation(msgspec.Struct):
    """An organisation (section 2.3)."""

    name: str = ""
    uuid: str = ""


class SharingGroupOrg(msgspec.Struct):
    """A member of a sharing group."""

    Organisation: Organisation | None = None


class SharingGroup(msgspec.Struct):
    """Who alone may have something (section 2.5)."""

    name: str = ""
    releasability: str = ""
    SharingGroupOrg: list[SharingGroupOrg] = []


class Tag(msgspec.Struct):
    """A label, by convention ``namespace:predicate="value"``."""

    name: str = ""


class Marked(msgspec.Struct):
    """What can say who may have it: events, objects and attributes."""

    uuid: str = ""
    distribution: str | int = ""
    deleted: bool = False
    comment: str = ""
    Tag: list[Tag] = []
    SharingGroup: SharingGroup | None = None


class Attribute(Marked):
    """One value (section 2.4)."""

    type: str = ""
    value: str | int | float | bool = ""
    object_relation: str | None = None

    @property
    def text(self) -> str:
        """The value as text."""
        return str(self.value).strip()


class Reference(msgspec.Struct):
    """A tie from one object to another object or attribute."""

    uuid: str = ""
    referenced_uuid: str = ""
    relationship_type: str = ""
    comment: str = ""
    deleted: bool = False


class MispObject(Marked):
    """Attributes that belong together by a template (section 2.6)."""

    name: str = ""
    description: str = ""
    Attribute: list[Attribute] = []
    ObjectReference: list[Reference] = []


class Event(Marked):
    """What an organisation tells at one time; its members are read one by one."""

    info: str = ""
    date: str = ""
    Orgc: Organisation | None = None
    Attribute: list[msgspec.Raw] = []
    Object: list[msgspec.Raw] = []
    ShadowAttribute: list[msgspec.Raw] = []
    EventReport: list[msgspec.Raw] = []


class Placed(NamedTuple):
    """An event with the path that leads to it in its file."""

    at: str
    event: Event


_OBJECT = msgspec.json.Decoder(MispObject, strict=False)
_ATTRIBUTE = msgspec.json.Decoder(Attribute, strict=False)
_EVENT = msgspec.json.Decoder(Event, strict=False)


def events(path: Path) -> list[Placed]:
    """Return the events of a file: one, a list, or the answer of a search.

    Raises:
        FormatError: the file holds no event, is cut off, not UTF-8 or larger than `MAX_BYTES`.
    """
    if path.stat().st_size > MAX_BYTES:
        raise FormatError(
            f"a file of more than {MAX_BYTES // 2**20} MiB",
            where=path.name,
            remedy="ask for its events in several files, each for a dataset of its own",
        )
    try:
        raw = msgspec.json.decode(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        found = [Placed(at, _EVENT.decode(msgspec.json.encode(one))) for at, one in _found(raw)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FormatError(
            f"no MISP event: {str(error)[:300]}", where=path.name, remedy="fetch the file again"
        ) from error
    if not found:
        raise FormatError("no MISP event in it", where=path.name)
    return found


def _found(raw: Any) -> list[tuple[str, Any]]:
    """Return the events of any of the shapes in which MISP gives them."""
    start = "response" if isinstance(raw, dict) and "response" in raw else ""
    inner = raw["response"] if start else raw
    if isinstance(inner, list):
        return [
            (f"{start}[{number}].Event", one["Event"])
            for number, one in enumerate(inner)
            if isinstance(one, dict) and "Event" in one
        ]
    if isinstance(inner, dict) and "Event" in inner:
        return [(f"{start}.Event".removeprefix("."), inner["Event"])]
    return []


def one_object(raw: msgspec.Raw) -> MispObject | str:
    """Return an object, or why it is none."""
    try:
        return _OBJECT.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)[:300]


def one_attribute(raw: msgspec.Raw) -> Attribute | str:
    """Return an attribute, or why it is none."""
    try:
        return _ATTRIBUTE.decode(raw)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)[:300]
