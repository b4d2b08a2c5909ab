"""What a screening index holds of the facts: the names of every party, and what tells it apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from manara.identity.screening.query import NameEntry
from manara.model import vocabulary
from manara.pipeline import particulars
from manara.pipeline.particulars import Linked, is_named, is_numbered
from manara.store import View

_NAMES = frozenset({"name", "alias", "previousName", "weakAlias"})
_COUNTRIES = frozenset({"country", "nationality", "citizenship", "birthCountry", "jurisdiction"})
PROPS = _NAMES | _COUNTRIES | particulars.PROPS | {"gender"}


class ListedFact(NamedTuple):
    """What an index needs of a fact."""

    entity_id: str
    schema: str
    prop: str
    value: str
    dataset: str


def listed(
    view: View, entity_ids: Iterable[str] | None = None, forbidden: Collection[str] = ()
) -> Iterator[NameEntry]:
    """Yield the names that a view knows, each entity's together.

    Args:
        view: what is known.
        entity_ids: only of these entities; None for all.
        forbidden: ids of the handling rules under which nothing is told.
    """
    ids = None if entity_ids is None else set(entity_ids)
    facts = view.facts(ids, props=PROPS)
    if ids is None:
        around = view.facts(props=particulars.LINKED)
    else:
        own = list(view.facts(ids))
        around = iter([*own, *view.linked(own, ids)])
    linked = Linked(fact for fact in around if fact.handling_id not in forbidden)
    told = (
        ListedFact(f.entity_id, f.schema, f.prop, f.value, f.dataset)
        for f in facts
        if f.handling_id not in forbidden
    )
    yield from entries(told, linked)


def entries(facts: Iterable[ListedFact], linked: Linked) -> Iterator[NameEntry]:
    """Yield the names of every party, with what else is known of it on its first one.

    What has no name, such as a wallet, stands under an empty one, to be found by its numbers.

    Args:
        facts: sorted by entity.
        linked: what stands on other entities.
    """
    for entity_id, group in groupby(facts, key=itemgetter(0)):
        of_entity = list(group)
        names = [fact for fact in of_entity if fact.prop in _NAMES]
        schema = of_entity[0].schema
        if not is_named(schema) or not names:
            if is_numbered(schema) or is_named(schema):
                known = particulars.particulars(of_entity, linked)
                if known["documents"]:
                    dataset = of_entity[0].dataset
                    yield NameEntry(entity_id, "", kind=_kind(schema), list=dataset, **known)
            continue
        for place, fact in enumerate(names):
            stated = of_entity if place == 0 else []
            yield NameEntry(
                entity_id,
                fact.value,
                kind=_kind(fact.schema),
                weak=fact.prop == "weakAlias",
                countries=_values(stated, _COUNTRIES),
                genders=_values(stated, {"gender"}),
                list=names[0].dataset,
                **(particulars.particulars(of_entity, linked) if place == 0 else {}),
            )


def _values(facts: Iterable[ListedFact], props: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fact.value for fact in facts if fact.prop in props))


def _kind(schema: str) -> str:
    known = vocabulary()[schema]
    if known.is_a("Person"):
        return "person"
    if known.is_a("Vehicle"):
        return "vessel"
    return "organisation" if known.is_a("Organization") or known.is_a("Company") else ""
