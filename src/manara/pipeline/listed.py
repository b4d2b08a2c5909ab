"""What a screening index holds of the facts: the names of every party, and what tells it apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from manara.identity import number_key
from manara.identity.screening.query import NameEntry
from manara.model import vocabulary
from manara.store import View

_NAMES = frozenset({"name", "alias", "previousName", "weakAlias"})
_COUNTRIES = frozenset({"country", "nationality", "citizenship", "birthCountry", "jurisdiction"})
_DOCUMENTS = frozenset(
    {"passportNumber", "idNumber", "registrationNumber", "taxNumber", "imoNumber", "leiCode"}
)
PROPS = _NAMES | _COUNTRIES | _DOCUMENTS | {"birthDate", "gender"}


class ListedFact(NamedTuple):
    """What an index needs of a fact."""

    entity_id: str
    schema: str
    prop: str
    value: str
    dataset: str


def listed(view: View, entity_ids: Iterable[str] | None = None) -> Iterator[NameEntry]:
    """Yield the names that a view knows, each entity's together.

    Args:
        view: what is known.
        entity_ids: only of these entities; None for all.
    """
    facts = view.facts(entity_ids, props=PROPS)
    return entries(ListedFact(f.entity_id, f.schema, f.prop, f.value, f.dataset) for f in facts)


def entries(facts: Iterable[ListedFact]) -> Iterator[NameEntry]:
    """Yield the names of every party, with what else is known of it on its first one.

    Args:
        facts: sorted by entity.
    """
    for entity_id, group in groupby(facts, key=itemgetter(0)):
        of_entity = list(group)
        names = [fact for fact in of_entity if fact.prop in _NAMES]
        if not names or not is_party(of_entity[0].schema):
            continue
        for place, fact in enumerate(names):
            known = of_entity if place == 0 else []
            yield NameEntry(
                entity_id,
                fact.value,
                kind=_kind(fact.schema),
                weak=fact.prop == "weakAlias",
                birth_dates=_values(known, {"birthDate"}),
                countries=_values(known, _COUNTRIES),
                genders=_values(known, {"gender"}),
                documents=tuple(number_key(text) for text in _values(known, _DOCUMENTS)),
                list=names[0].dataset,
            )


def is_party(schema: str) -> bool:
    """Return whether entities of a schema are screened: people, organisations and craft."""
    known = vocabulary()[schema]
    return known.is_a("LegalEntity") or known.is_a("Vehicle")


def _values(facts: Iterable[ListedFact], props: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact.value for fact in facts if fact.prop in props))


def _kind(schema: str) -> str:
    known = vocabulary()[schema]
    if known.is_a("Person"):
        return "person"
    if known.is_a("Vehicle"):
        return "vessel"
    return "organisation" if known.is_a("Organization") or known.is_a("Company") else ""
