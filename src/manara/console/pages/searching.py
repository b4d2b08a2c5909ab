"""Search: one box for names in any script, numbers of any kind, and words in facts and leads."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, NamedTuple

from fastapi import Query, Request
from starlette.responses import Response

from manara.console.pages.leads import searched
from manara.console.pages.rendering import page_router, render, spoken_in
from manara.console.pages.sight import InSight, Sight
from manara.identity.screening.index import Hit
from manara.model import Entity, Text, UsageError
from manara.pipeline.screening import SPARE, query_of, shown

router = page_router()

#: Least probability of a name that is shown: a search may be wider than a screening.
_LEAST = 0.15

_MOST, _MOST_FACTS = 25, 300


class Found(NamedTuple):
    """An entity that was found, and by what."""

    entity: Entity
    matched: str
    prop: str
    probability: float
    why: tuple[Text, ...]


@router.get("/search")
def search(
    request: Request, sight: InSight, q: Annotated[str, Query(max_length=300)] = ""
) -> Response:
    """What can be meant by a text."""
    text = q.strip()
    found = found_by(sight, text) if text else []
    named = [one for one in found if not one.prop]
    holding = [one for one in found if one.prop]
    words, spoken = text.casefold().split(), spoken_in(request, sight.visit)
    leads = [
        one
        for one in (sight.leads() if text else [])
        if one.id == text or all(word in searched(one, spoken) for word in words)
    ]
    if text:
        sight.visit.read("entity", [one.entity.id for one in (*named, *holding)])
    return render(
        request,
        sight.visit,
        "search.html",
        asked=q,
        named=named,
        holding=holding[:_MOST],
        leads=leads[:_MOST],
        found=len(named) + len(holding) + len(leads),
    )


def found_by(sight: Sight, text: str) -> list[Found]:
    """Return whom a text can mean: first by a name or number, then by any fact that holds it."""
    named = _named(sight, text)
    shown = {one.entity.id for one in named}
    return [*named, *(one for one in _holding(sight, text) if one.entity.id not in shown)]


def _named(sight: Sight, text: str) -> list[Found]:
    """Return whom the names and numbers of the lists can mean."""
    numbers = [text] if any(char.isdigit() for char in text) else []
    screen, hits = sight.state.screen, dict[str, Hit]()
    with suppress(UsageError):
        query = query_of(text, documents=numbers)
        hits = screen.best(screen.index.search(query, _MOST * SPARE), _MOST, _LEAST)
    seen = sight.entities(hits)
    found = []
    for entity_id, hit in hits.items():
        entity = seen.get(entity_id)
        if entity is None:
            continue
        values = {value for of in entity.properties.values() for value in of}
        # A name that only hidden facts state is not shown, nor what speaks for it.
        known = hit.name in values
        why = hit.words if known else ()
        found.append(Found(entity, hit.name if known else "", "", shown(hit.probability), why))
    return found


def _holding(sight: Sight, text: str) -> list[Found]:
    """Return the entities of which a fact holds the text."""
    if len(text) < 3:
        return []
    first: dict[str, dict[str, Any]] = {}
    for row in sight.view.holding(text, _MOST_FACTS):
        if sight.may(row["handling_id"]):
            first.setdefault(sight.canonical(row["entity_id"]), row)
    entities = sight.entities(list(first)[: 2 * _MOST])
    return [
        Found(entities[one], row["value"], row["prop"], 0.0, ())
        for one, row in first.items()
        if one in entities
    ]
