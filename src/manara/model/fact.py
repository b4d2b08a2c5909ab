"""What a source says, before and after cleaning, and what was set aside."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import NamedTuple

from manara.model.event import StatedEvent

#: Property under which a source states that an entity exists and says nothing more about it.
EXISTS = "id"


class Stated(NamedTuple):
    """One statement about one entity, as a reader found it in a source.

    Attributes:
        entity_id: the entity the statement is about.
        schema: name of its schema in the vocabulary, such as ``Person``.
        prop: name of the property, such as ``birthDate``.
        value: the value as text; cleaning by the property's type happens later.
        locator: where it stands in the source: ``line 7``, ``row 7, column DOB`` or an XPath of
            local names such as ``/sdnList/sdnEntry[3]/lastName``.
        lang: ISO 639-3 code of the value's language where the source states one, else ``""``.
        original: the source's own text where the reader had to rewrite it, else ``""``.
    """

    entity_id: str
    schema: str
    prop: str
    value: str
    locator: str
    lang: str = ""
    original: str = ""


class Record(NamedTuple):
    """One record of a source with everything it states, about one or several entities.

    Attributes:
        locator: where the record stands in the source.
        stated: its statements.
        events: what it says has happened.
    """

    locator: str
    stated: list[Stated]
    events: tuple[StatedEvent, ...] = ()


class Reject(NamedTuple):
    """Something in a source that could not be used, kept for a person to look at.

    Attributes:
        locator: where it stands in the source.
        rule: code of the rule it breaks, such as ``date`` or ``schema``.
        reason: the rule in words.
        excerpt: the offending text, at most 500 characters.
    """

    locator: str
    rule: str
    reason: str
    excerpt: str = ""


class Fact(NamedTuple):
    """One cleaned statement about one entity with its provenance: a row of the lake.

    Attributes:
        id: identity of the fact, see `fact_id`.
        entity_id: the entity the fact is about.
        schema: name of its schema.
        prop: name of the property.
        value: cleaned value.
        original_value: the source's own text where it differs from ``value``, else ``""``.
        lang: ISO 639-3 code or ``""``.
        dataset: name of the dataset that states it.
        source_id: SHA-256 of the file that first stated it, as 64 hexadecimal digits.
        locator: where it stands in that file.
        handling_id: identity of the handling rule it came under.
        first_seen: when this node first recorded it, UTC.
        last_seen: when this node learned that the dataset no longer states it; None while it does.
    """

    id: str
    entity_id: str
    schema: str
    prop: str
    value: str
    original_value: str
    lang: str
    dataset: str
    source_id: str
    locator: str
    handling_id: str
    first_seen: datetime
    last_seen: datetime | None = None


def fact_id(
    dataset: str,
    entity_id: str,
    schema: str,
    prop: str,
    value: str,
    original_value: str,
    lang: str,
    handling_id: str,
) -> str:
    """Return the identity of a fact: 32 hexadecimal digits.

    Two editions of a dataset that state the same thing state the same fact, wherever in the file
    it stands; so the source and the locator are not part of the identity.
    """
    key = "\x1f".join((dataset, entity_id, schema, prop, value, original_value, lang, handling_id))
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
