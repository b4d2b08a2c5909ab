"""The page of an entity: every fact with its source, why it is one, ties, events, leads."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import groupby
from typing import Any

from fastapi import Request
from starlette.responses import Response

from manara.console.pages import charts
from manara.console.pages.leads import cases_with, fact_rows, lines_of
from manara.console.pages.network import ties_around
from manara.console.pages.rendering import page_router, render
from manara.console.pages.sight import InSight, Sight
from manara.model import EVENT_TABLES, Entity, Fact, vocabulary
from manara.pipeline import Dossier

router = page_router()

#: Events shown of each table, the latest first.
_MOST_EVENTS = 50

#: What belongs to somebody so closely that its events are theirs.
_OWN = ("BankAccount", "CryptoWallet", "Vehicle", "Vessel", "Passport", "Identification")


@router.get("/entity/{entity_id:path}")
def entity(request: Request, sight: InSight, entity_id: str, past: bool = False) -> Response:
    """Everything about one entity."""
    known = sight.dossier(entity_id, past=past)
    sight.visit.read("entity", [known.entity])
    mine = {known.entity, *known.members}
    ties = ties_around(sight, known.entity)
    near = [(tie.source, tie.target) for tie in ties]
    events = _events(sight, _own(known))
    parties = {one for row in events for one in row["parties"]}
    return render(
        request,
        sight.visit,
        "entity.html",
        known=known,
        past=past,
        groups=_groups(known.facts),
        linked=_linked(sight, known),
        records=_records(known),
        ties=ties,
        chart=charts.small_graph(near, [known.entity]),
        events=events,
        lanes=charts.lanes(events),
        most_events=_MOST_EVENTS,
        captions=sight.captions({known.entity, *(end for pair in near for end in pair)})
        | _by_record(sight, parties),
        leads=lines_of(
            sight, (one for one in sight.leads() if not mine.isdisjoint(one.finding.subjects))
        ),
        cases=cases_with(sight, mine),
        refers={
            prop.name
            for schema in vocabulary().schemata.values()
            for prop in schema.properties.values()
            if prop.type.name == "entity"
        },
    )


def _groups(facts: Iterable[Fact]) -> list[tuple[str, list[Fact]]]:
    """Return facts by property, those that name the entity first."""
    ordered = fact_rows(tuple(facts))
    return [(prop, list(group)) for prop, group in groupby(ordered, lambda fact: fact.prop)]


def _linked(
    sight: Sight, known: Dossier
) -> list[tuple[str, str, str, list[tuple[str, list[Fact]]]]]:
    """Return the entities one link away: id, schema, what to call it, its facts by property.

    Payments are left out: they stand among the events.
    """
    found = []
    for key, group in groupby(known.linked, lambda fact: fact.entity_id):
        facts = list(group)
        one = Entity.from_facts(facts, key)
        if one.schema == "Payment":
            continue
        caption = one.caption
        if edge := vocabulary()[one.schema].edge:
            ends = [*one.properties.get(edge.source, ()), *one.properties.get(edge.target, ())]
            called = sight.captions({sight.canonical(end) for end in ends})
            caption = " – ".join(called.get(sight.canonical(end), end) for end in ends)
        found.append((key, one.schema, caption, _groups(facts)))
    return sorted(found, key=lambda each: (each[1], each[2]))


def _records(known: Dossier) -> list[Entity]:
    """Return each record that the entity is made of."""
    ordered = sorted(known.facts, key=lambda fact: fact.entity_id)
    return [
        Entity.from_facts(list(group), key)
        for key, group in groupby(ordered, lambda fact: fact.entity_id)
    ]


def _own(known: Dossier) -> list[str]:
    own = {fact.entity_id for fact in known.linked if fact.schema in _OWN}
    return sorted(own | set(known.members))


def _events(sight: Sight, ids: list[str]) -> list[dict[str, Any]]:
    """Return what happened with any of these entities, the latest first."""
    found, labels = [], sight.view.handling_labels()
    for table, columns in EVENT_TABLES.items():
        ends = [one.name for one in columns if one.unit == "entity id" and one.type == "text"]
        if not sight.view.holds(table):
            continue
        for row in sight.view.events(table, ids, _MOST_EVENTS):
            if sight.may(row["handling_id"]):
                parties = [row[name] for name in ends if row[name]]
                label = labels[row["handling_id"]]
                found.append({**row, "table": table, "parties": parties, "handling": label})
    return sorted(found, key=_when, reverse=True)


def _when(row: dict[str, Any]) -> datetime:
    moment: datetime = row["time"]
    return moment


def _by_record(sight: Sight, ids: Iterable[str]) -> dict[str, str]:
    """Return what to call records, by their own ids."""
    called = sight.captions({sight.canonical(one) for one in ids})
    return {one: called[sight.canonical(one)] for one in ids if sight.canonical(one) in called}
