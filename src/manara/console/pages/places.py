"""Places that facts and events state, for the map: points, and the routes between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import Query, Request
from starlette.responses import Response

from manara.console.pages.languages import Tongue
from manara.console.pages.rendering import page_router, render, spoken_in
from manara.console.pages.sight import InSight, Sight
from manara.console.pages.words import PLACES, prop_label
from manara.console.turns import json_response
from manara.model import Fact, UsageError
from manara.store import View

router = page_router()

#: Points of one kind that are drawn without being asked for more.
MOST = 2000

#: Maps drawn last, of the views in use: by the rules that may not be seen and what was asked for.
_DRAWN: WeakKeyDictionary[View, dict[tuple[Any, ...], tuple[dict[str, Any], list[str]]]] = (
    WeakKeyDictionary()
)
_MOST_DRAWN = 16

#: The tables whose events have a place, and who or what each is about.
_TABLES = {
    "incidents": "perpetrators",
    "movements": "subject",
    "custody": "item",
    "sightings": "subject",
}

_LOCATED = """
SELECT * FROM any_table WHERE latitude IS NOT NULL AND longitude IS NOT NULL
ORDER BY "time" DESC LIMIT ?
"""


@router.get("/map")
def map_page(request: Request, sight: InSight) -> Response:
    """The map of all places."""
    return render(request, sight.visit, "map.html", kinds=PLACES, most=MOST)


@router.get("/map/data")
def map_data(
    request: Request,
    sight: InSight,
    lead: str = "",
    first: Annotated[str, Query(max_length=10)] = "",
    last: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The places as JSON: of one lead, or all of some days."""
    spoken = spoken_in(request, sight.visit)
    kept = _DRAWN.setdefault(sight.view, {})
    key = (sight.forbidden(), lead, first, last, spoken.code)
    if key not in kept:
        if len(kept) >= _MOST_DRAWN:
            kept.clear()
        kept[key] = _drawn(sight, spoken, lead, _day(first), _day(last))
    told, shown = kept[key]
    sight.visit.read("entity", shown)
    return json_response(told)


def _drawn(
    sight: Sight, spoken: Tongue, lead: str, first: date | None, last: date | None
) -> tuple[dict[str, Any], list[str]]:
    """Return what is drawn, and which entities it shows."""
    if lead:
        found = sight.lead(lead)
        rows = list(sight.evidence(found.finding.evidence).values())
        told = of_lead(sight, rows, found.finding.subjects)
    else:
        told = everything(sight, first, last)
    shown = told.pop("shown")
    for point in told["points"]:
        point["label"] = spoken.say(PLACES[point["kind"]])
        point["when"] = spoken.day(point["time"]) if point["time"] else ""
        point["what"] = spoken.say(point["what"])
    return told, shown


def of_lead(
    sight: Sight, rows: Iterable[Mapping[str, Any]], subjects: Iterable[str]
) -> dict[str, Any]:
    """Return the places of a lead: of its events, and addresses of its subjects."""
    events = [
        row for row in rows if row.get("table") in _TABLES and row.get("latitude") is not None
    ]
    members = [one for subject in subjects for one in sight.members(subject)]
    own = sight.facts(members)
    around = [one for one in sight.view.linked(own, members) if sight.may(one.handling_id)]
    # An account is where its holder is.
    holders = {one.value for one in around if one.prop in ("holder", "owner")} - set(members)
    theirs = sight.facts(holders)
    around += [one for one in sight.view.linked(theirs, holders) if sight.may(one.handling_id)]
    return _told(sight, events, [*own, *around])


def everything(sight: Sight, first: date | None, last: date | None) -> dict[str, Any]:
    """Return all places that may be seen, of each table the latest ones."""
    events = []
    for table in _TABLES:
        for row in sight.view.sql(_LOCATED.replace("any_table", table), (MOST,)).to_pylist():
            day = row["time"].date()
            inside = (first is None or day >= first) and (last is None or day <= last)
            if inside and sight.may(row["handling_id"]):
                events.append({"table": table, **row})
    located = [
        one
        for one in sight.view.facts(props=("latitude", "longitude"))
        if sight.may(one.handling_id)
    ]
    owners = {one.entity_id for one in located}
    return _told(sight, events, sight.facts(owners) if owners and not (first or last) else [])


def _told(
    sight: Sight, events: list[dict[str, Any]] | list[Mapping[str, Any]], facts: list[Fact]
) -> dict[str, Any]:
    who = {name for row in events for name in _about(row)}
    called = sight.captions({sight.canonical(one) for one in who})
    points, stops = [], defaultdict(list)
    for row in events:
        names = [called.get(sight.canonical(one), one) for one in _about(row)]
        point = {
            "kind": row["table"],
            "what": row.get("kind") or row.get("stage") or "",
            "name": row.get("place") or row.get("title") or "",
            "who": names,
            "time": row["time"],
            "at": [row["longitude"], row["latitude"]],
            "href": "",
        }
        points.append(point)
        if row["table"] in ("movements", "custody"):
            for one in _about(row):
                stops[one].append(point)
    routes = [
        {"name": called.get(sight.canonical(one), one), "line": _in_order(each)}
        for one, each in stops.items()
        if len(each) > 1
    ]
    shown = [*called, *sorted({fact.entity_id for fact in facts})]
    return {"points": points + _sites(facts), "routes": routes, "shown": shown}


def _in_order(points: list[dict[str, Any]]) -> list[list[float]]:
    return [point["at"] for point in sorted(points, key=lambda point: point["time"])]


def _sites(facts: list[Fact]) -> list[dict[str, Any]]:
    """Return the entities that state where they are."""
    of: dict[str, dict[str, Fact]] = defaultdict(dict)
    for fact in facts:
        of[fact.entity_id].setdefault(fact.prop, fact)
    points = []
    for entity, known in of.items():
        if not {"latitude", "longitude"} <= known.keys():
            continue
        named = next((known[prop] for prop in ("name", "full", "city") if prop in known), None)
        schema = known["latitude"].schema
        points.append(
            {
                "kind": schema if schema in PLACES else "Event",
                "what": "",
                "name": named.value if named else prop_label("address"),
                "who": [],
                "time": None,
                "at": [float(known["longitude"].value), float(known["latitude"].value)],
                "href": f"/entity/{entity}",
            }
        )
    return points


def _about(row: Mapping[str, Any]) -> list[str]:
    found = row.get(_TABLES[row["table"]]) or []
    return [found] if isinstance(found, str) else list(found)


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError as error:
        raise UsageError("is not a day", where=text, remedy="write 2026-05-31") from error
