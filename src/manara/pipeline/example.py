"""Screening queries from a description: an entity as FollowTheMoney writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from typing import NamedTuple

import msgspec

from manara.identity.screening.query import Query
from manara.model import Schema, UsageError, VocabularyError, vocabulary
from manara.pipeline.screening import query_of

#: How many names of one description are asked for; the first ones count.
MOST_NAMES = 20

#: The parts of a person's name in the order in which most passports print them.
_PARTS = ("firstName", "secondName", "middleName", "fatherName", "lastName")
_MOST_PARTS = 2


class Example(NamedTuple):
    """Somebody or something described.

    Attributes:
        schema: name of its schema.
        properties: the values that could be used, cleaned.
        queries: one for each name, all with what else is known.
    """

    schema: str
    properties: dict[str, list[str]]
    queries: list[Query]


def example(schema: str, properties: Mapping[str, Iterable[str]]) -> Example:
    """Return what is asked for when somebody is described.

    Values that are not of their property's type are left out, as FollowTheMoney's tools do.

    Args:
        schema: name of a schema of parties or vehicles.
        properties: values by property.

    Raises:
        VocabularyError: the schema or a property is not known.
        UsageError: no list holds names of this schema.
    """
    known = vocabulary().get(schema)
    if known is None:
        raise VocabularyError("no such schema", where=schema)
    if not (known.is_a("LegalEntity") or known.is_a("Vehicle")):
        raise UsageError("is not screened", where=schema, remedy="ask for a LegalEntity or Vehicle")
    kept: dict[str, list[str]] = {}
    of_type: dict[str, list[str]] = {}
    for prop, values in properties.items():
        if prop not in known.properties:
            raise VocabularyError("no such property", where=f"{schema}.{prop}")
        cleaned = [value for text in values if (value := known[prop].clean(text)) is not None]
        if cleaned:
            kept[prop] = cleaned
            of_type.setdefault(known[prop].type.name, []).extend(cleaned)
    names = dict.fromkeys([*of_type.get("name", ()), *_from_parts(kept)])
    documents = of_type.get("identifier", [])
    rest = query_of(
        "",
        birth_date=next(iter(kept.get("birthDate", ())), ""),
        countries=dict.fromkeys(of_type.get("country", ())),
        gender=next(iter(kept.get("gender", ())), ""),
        documents=documents,
    )
    asked = list(islice(names, MOST_NAMES)) or ([""] if documents else [])
    kind = _kind(known)
    queries = [msgspec.structs.replace(rest, name=name, kind=kind) for name in asked]
    return Example(schema, kept, queries)


def _kind(schema: Schema) -> str:
    """Return what a schema's names name, as an index knows it."""
    if schema.is_a("Person"):
        return "person"
    if schema.is_a("Vehicle"):
        return "vessel"
    return "organisation" if schema.is_a("Organization") or schema.is_a("Company") else ""


def _from_parts(properties: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the full names that the parts of a person's name make."""
    parts = [properties.get(part, [""])[:_MOST_PARTS] for part in _PARTS]
    for chosen in product(*parts):
        name = " ".join(part for part in chosen if part)
        if name:
            yield name
