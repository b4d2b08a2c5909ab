"""What is known as STIX 2.1 objects, as far as handling allows it to go to somebody for something.

Records go as their sources state them: who was found to be one with whom is not told, because that
rests on facts that may not go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from manara.formats.stix_events import event_objects
from manara.formats.stix_write import Made, StixWriter, Tell
from manara.model import Entity
from manara.pipeline.releasing import Chosen, Release, Selection
from manara.store import View

_ENCODE = msgspec.json.Encoder().encode


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
    chosen = Chosen(view, selection, release, tell)
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
