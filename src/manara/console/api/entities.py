"""Entities over the API: search, one with its facts and sources, who stands around, paths."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from manara.casework.accounts import Right
from manara.console.access import rule
from manara.console.api.route import ApiRoute
from manara.console.api.shapes import Id, Items, Word
from manara.console.pages.network import network_of, ties_around
from manara.console.pages.searching import found_by
from manara.console.pages.sight import InSight, Sight
from manara.model import Fact, NotFoundError

router = APIRouter(tags=["entities"], route_class=ApiRoute, dependencies=[rule(Right.READ)])


class EntityFound(BaseModel):
    """An entity that a search found: by which value, of which property, how probably."""

    id: str
    schema_: str = Field(serialization_alias="schema")
    caption: str
    matched: str
    prop: str
    probability: float
    why: list[str]


class FactShown(BaseModel):
    """A fact with its provenance: which dataset states it, where in which source, since when."""

    id: str
    entity: str
    schema_: str = Field(serialization_alias="schema")
    prop: str
    value: str
    original: str
    language: str
    dataset: str
    source: str
    locator: str
    handling: str
    first_seen: datetime
    last_seen: datetime | None


class JudgementShown(BaseModel):
    """Why two records are, or are not, one and the same."""

    left: str
    right: str
    verdict: str
    score: float
    reason: list[str]
    by: str
    human: bool


class EntityShown(BaseModel):
    """All that may be seen of an entity, and of what is tied to it by one step."""

    id: str
    schema_: str = Field(serialization_alias="schema")
    caption: str
    records: list[str]
    datasets: list[str]
    judgements: list[JudgementShown]
    facts: list[FactShown]
    linked: list[FactShown]


class TieShown(BaseModel):
    """A tie, with the kinds it is stated as and the probability that it is true."""

    source: str
    source_name: str
    target: str
    target_name: str
    confidence: float
    kinds: list[str]
    datasets: list[str]


class PathShown(BaseModel):
    """A chain of ties, with the probability that all are true."""

    entities: list[str]
    names: list[str]
    kinds: list[list[str]]
    confidence: float


@router.get("/entities")
def entities(
    sight: InSight,
    q: Word,
    limit: Annotated[int, Query(ge=1, le=50)] = 25,
) -> Items[EntityFound]:
    """Whom a text can mean: names in any script, documents, accounts, plates, telephones."""
    found = found_by(sight, q.strip())[:limit] if q.strip() else []
    sight.visit.read("entity", [one.entity.id for one in found])
    items = [
        EntityFound(
            id=one.entity.id,
            schema_=one.entity.schema,
            caption=one.entity.caption or one.entity.id,
            matched=one.matched,
            prop=one.prop,
            probability=round(one.probability, 4),
            why=[str(each) for each in one.why],
        )
        for one in found
    ]
    return Items(items=items, next=None)


@router.get("/entities/{entity_id:path}")
def entity(sight: InSight, entity_id: Id, past: bool = False) -> EntityShown:
    """One entity: every fact with its source and handling, why its records are one, its links."""
    known = sight.dossier(entity_id, past=past)
    sight.visit.read("entity", [known.entity])
    labels = known.handlings
    return EntityShown(
        id=known.entity,
        schema_=known.schema,
        caption=known.caption,
        records=list(known.members),
        datasets=list(known.datasets),
        judgements=[
            JudgementShown(
                left=one.left,
                right=one.right,
                verdict=one.verdict.value,
                score=one.score,
                reason=list(one.reason),
                by=one.by,
                human=one.human,
            )
            for one in known.judgements
        ],
        facts=[_fact(one, labels) for one in known.facts],
        linked=[_fact(one, labels) for one in known.linked],
    )


@router.get("/network")
def network(sight: InSight, entity: Word) -> Items[TieShown]:
    """The ties around an entity, the surest first."""
    centre = _seen(sight, entity)
    ties = ties_around(sight, centre)
    ends = {end for tie in ties for end in (tie.source, tie.target)}
    sight.visit.read("entity", ends | {centre})
    called = sight.captions(ends)
    items = [
        TieShown(
            source=tie.source,
            source_name=called.get(tie.source, tie.source),
            target=tie.target,
            target_name=called.get(tie.target, tie.target),
            confidence=round(tie.confidence, 4),
            kinds=tie.kinds,
            datasets=tie.datasets,
        )
        for tie in ties
    ]
    return Items(items=items, next=None)


@router.get("/paths")
def paths(
    sight: InSight, a: Word, b: Word, limit: Annotated[int, Query(ge=1, le=20)] = 5
) -> Items[PathShown]:
    """The most probable chains of ties between two entities that may be seen."""
    ends = (_seen(sight, a), _seen(sight, b))
    net, connections = network_of(sight)
    if ends[0] == ends[1] or any(net.node(one) < 0 for one in ends):
        return Items(items=[], next=None)
    hidden, items = sight.hidden(), []
    for path in connections.paths(*ends, limit)[0]:
        kinds = [
            sorted({one.kind for one in hop.statements if hidden.isdisjoint(one.evidence)})
            for hop in path.hops
        ]
        if all(kinds):
            called = sight.captions(path.entities)
            items.append(
                PathShown(
                    entities=list(path.entities),
                    names=[called.get(one, one) for one in path.entities],
                    kinds=kinds,
                    confidence=round(path.confidence, 4),
                )
            )
    sight.visit.read("entity", {one for path in items for one in path.entities})
    return Items(items=items, next=None)


def _seen(sight: Sight, entity_id: str) -> str:
    """Return the id by which an entity goes.

    Raises:
        NotFoundError: there is none that may be seen.
    """
    canonical = sight.canonical(entity_id)
    if not sight.entities([canonical]):
        raise NotFoundError("no such entity", where=entity_id[:100])
    return canonical


def _fact(fact: Fact, labels: dict[str, str]) -> FactShown:
    return FactShown(
        id=fact.id,
        entity=fact.entity_id,
        schema_=fact.schema,
        prop=fact.prop,
        value=fact.value,
        original=fact.original_value or "",
        language=fact.lang or "",
        dataset=fact.dataset,
        source=fact.source_id,
        locator=fact.locator,
        handling=labels[fact.handling_id],
        first_seen=fact.first_seen,
        last_seen=fact.last_seen,
    )
