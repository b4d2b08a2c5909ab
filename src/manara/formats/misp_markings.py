"""What tags, distribution and sharing groups of MISP ask for, as handling rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import msgspec

from manara.formats.misp_parts import (
    Attribute,
    Event,
    Marked,
    MispObject,
    Placed,
    one_attribute,
    one_object,
)
from manara.model import FormatError, Handling, Tlp, UsageError

#: The comment of an attribute that holds a whole handling rule, which tags cannot.
RULE = "manara:handling"

#: Levels of distribution (core format, section 2.2.1.7): this organisation only, this community,
#: connected communities, all communities. 4 is a sharing group, 5 what the event says.
_LEVELS = {"0": Tlp.AMBER_STRICT, "1": Tlp.GREEN, "2": Tlp.GREEN, "3": Tlp.CLEAR}

#: Levels that only the taxonomy ``tlp`` has: red with one exception, and one that none could tell.
_OTHER_LEVELS = {"tlp:ex:chr": Tlp.RED, "tlp:unclear": Tlp.AMBER_STRICT}

#: Days of the units of the taxonomy ``retention``.
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}
_RETENTION = re.compile(r'retention:"?(\d{1,4})([dwmy])"?')


def joined(found: list[Placed]) -> Handling:
    """Return the join of all that the events of a file and their members ask for.

    Raises:
        FormatError: a TLP tag or a handling rule cannot be understood.
    """
    return Handling.join_all(rule for at, event in found for rule in _rules(at, event))


def _rules(at: str, event: Event) -> Iterator[Handling]:
    day = date.fromisoformat(event.date) if re.fullmatch(r"\d{4}-\d\d-\d\d", event.date) else None
    yield from _asked(event, at, day)
    for one in members(event):
        yield from _asked(one, at, day)
        for part in one.Attribute if isinstance(one, MispObject) else [one]:
            yield from _asked(part, at, day)
            if part.comment == RULE:
                yield _whole(part, at)


def members(event: Event) -> Iterator[MispObject | Attribute]:
    """Yield the objects and attributes of an event that can be read."""
    for raw in event.Object:
        if isinstance(one := one_object(raw), MispObject):
            yield one
    for raw in event.Attribute:
        if isinstance(each := one_attribute(raw), Attribute):
            yield each


def _asked(one: Marked, at: str, day: date | None) -> Iterator[Handling]:
    level = str(one.distribution)
    if level in _LEVELS:
        yield Handling.of(_LEVELS[level])
    elif level == "4":
        yield _group(one)
    for tag in one.Tag:
        name = tag.name.strip()
        if name.lower().startswith("tlp:"):
            yield _tlp(name, at)
        elif name.upper().startswith("PAP:"):
            yield Handling.of(Tlp.CLEAR, caveats=[name.upper()])
        elif (kept := _RETENTION.fullmatch(name.lower())) and day:
            yield _kept(day, int(kept[1]) * _DAYS[kept[2]])


def _group(one: Marked) -> Handling:
    """Return the rule of a sharing group: only its members, named and by uuid, may have it."""
    group = one.SharingGroup
    orgs = [each.Organisation for each in group.SharingGroupOrg] if group else []
    named = [text for org in orgs if org for text in (org.name, org.uuid) if text]
    told = [group.releasability] if group and group.releasability.strip() else []
    return Handling.of(Tlp.AMBER, releasable_to=named, caveats=told)


def _kept(day: date, days: int) -> Handling:
    # Beyond the calendar is for ever.
    last = None if days > (date.max - day).days else day + timedelta(days)
    return Handling.of(Tlp.CLEAR, retain_until=last)


def _tlp(name: str, at: str) -> Handling:
    try:
        return Handling.of(_OTHER_LEVELS.get(name.lower()) or Tlp.parse(name))
    except UsageError as error:
        raise FormatError(
            f"the tag {name[:80]} is no level of the Traffic Light Protocol",
            where=at,
            remedy="ask the sender which level is meant",
        ) from error


def _whole(part: Attribute, at: str) -> Handling:
    try:
        return Handling.from_dict(msgspec.json.decode(part.text, type=dict))
    except (msgspec.DecodeError, UsageError) as error:
        raise FormatError(
            "a handling rule that cannot be understood", where=at, remedy="fetch the file again"
        ) from error
