"""The graph: who is tied to whom, laid out and grouped, with what states each tie."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from math import cos, sin, sqrt
from typing import Annotated, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from fastapi import Query, Request
from numpy.typing import NDArray
from starlette.responses import Response

from manara.console.pages.languages import Tongue
from manara.console.pages.rendering import page_router, render, spoken_in
from manara.console.pages.sight import InSight, Sight
from manara.console.pages.words import kind_of_tie, schema_label
from manara.console.turns import json_response
from manara.graph import Graph, Network, Statement
from manara.graph.communities import communities
from manara.graph.kept import kept_network
from manara.graph.ties import UNKNOWN_FIRST, UNKNOWN_LAST
from manara.model import Entity, Fact, NotFoundError, vocabulary
from manara.network.evidence import Connections
from manara.network.scope import around
from manara.store import View

router = page_router()

#: Entities drawn unless the reader asks for more, and the most that can be asked for.
MOST, CEILING = 2000, 10_000

#: Ties listed around one entity.
_MOST_TIES = 200

#: Graphs drawn last, of the views in use: by the rules that may not be seen and what was asked for.
_DRAWN: WeakKeyDictionary[View, dict[tuple[Any, ...], dict[str, Any]]] = WeakKeyDictionary()
_MOST_DRAWN = 16

_NETWORKS: WeakKeyDictionary[View, tuple[Network, Connections]] = WeakKeyDictionary()


class Tie(NamedTuple):
    """A tie of one entity, with what states it."""

    source: str
    target: str
    confidence: float
    kinds: list[str]
    first: date | None
    last: date | None
    datasets: list[str]


def network_of(sight: Sight) -> tuple[Network, Connections]:
    """Return the network of the state that a page is answered from."""
    if sight.view not in _NETWORKS:
        net = kept_network(sight.workspace)
        _NETWORKS[sight.view] = (net, Connections(sight.view, net))
    return _NETWORKS[sight.view]


def ties_around(sight: Sight, entity: str) -> list[Tie]:
    """Return the ties of an entity that may be seen, the surest first."""
    net, connections = network_of(sight)
    if net.node(entity) < 0:
        return []
    hidden = sight.hidden()

    def keep(one: Statement) -> bool:
        return hidden.isdisjoint(one.evidence)

    hops = connections.around(entity, 1, keep)
    found = [
        Tie(
            hop.source,
            hop.target,
            hop.confidence,
            sorted({one.kind for one in hop.statements}),
            _day(min(one.first for one in hop.statements)),
            _day(max(one.last for one in hop.statements)),
            sorted({one.dataset for one in hop.statements}),
        )
        for hop in hops
    ]
    return sorted(found, key=lambda tie: (-tie.confidence, tie.target))[:_MOST_TIES]


@router.get("/graph")
def graph(
    request: Request,
    sight: InSight,
    entity: str = "",
    depth: Annotated[int, Query(ge=1, le=3)] = 2,
    most: Annotated[int, Query(ge=10, le=CEILING)] = MOST,
) -> Response:
    """The page of the graph: of all, or around one entity."""
    caption = ""
    if entity:
        known = sight.dossier(entity)
        entity, caption = known.entity, known.caption
    return render(
        request,
        sight.visit,
        "graph.html",
        entity=entity,
        caption=caption,
        depth=depth,
        most=most,
        ceiling=CEILING,
    )


@router.get("/graph/data")
def graph_data(
    request: Request,
    sight: InSight,
    entity: str = "",
    depth: Annotated[int, Query(ge=1, le=3)] = 2,
    most: Annotated[int, Query(ge=1, le=CEILING)] = MOST,
) -> Response:
    """The entities and ties to draw, as JSON."""
    spoken = spoken_in(request, sight.visit)
    entity = sight.canonical(entity) if entity else ""
    kept = _DRAWN.setdefault(sight.view, {})
    key = (sight.forbidden(), entity, depth, most, spoken.code)
    if key not in kept:
        if len(kept) >= _MOST_DRAWN:
            kept.clear()
        kept[key] = _drawn(sight, spoken, entity, depth, most)
    drawn = kept[key]
    sight.visit.read("entity", [node["id"] for node in drawn["nodes"][:1000]])
    return json_response(drawn)


def _drawn(sight: Sight, spoken: Tongue, entity: str, depth: int, most: int) -> dict[str, Any]:
    """Return the entities and ties to draw: of all, or around one."""
    net, _ = network_of(sight)
    seen = _seen(sight, net)
    whole = seen.whole
    chosen = np.ones(whole.n, np.bool_) if not entity else _near(whole, entity, depth)
    places = np.flatnonzero(chosen & (whole.degree > 0))
    total = len(places)
    if total > most:
        ranked = places[np.argsort(-whole.degree[places], kind="stable")]
        if entity:
            at = int(np.searchsorted(np.asarray(whole.nodes, object), entity))
            ranked = np.concatenate([[at], ranked[ranked != at]])
        places = np.sort(ranked[:most])
    kept = np.zeros(whole.n, np.bool_)
    kept[places] = True
    part = whole.within(kept)
    ties = _ties(net, seen.statements, part)
    kinds = sorted({kind for tie in ties for kind in tie[2]})
    return {
        "nodes": _nodes(sight, part, whole, lambda name: spoken.say(schema_label(name))),
        "ties": ties,
        "kinds": {kind: kind_of_tie(kind, spoken.say) for kind in kinds},
        "total": total,
        "shown": part.n,
    }


@router.get("/graph/path")
def graph_path(request: Request, sight: InSight, a: str, b: str) -> Response:
    """The most probable chains of ties between two entities, as JSON."""
    for one in (a, b):
        if not sight.entities([sight.canonical(one)]):
            raise NotFoundError("no such entity", where=one[:100])
    _, connections = network_of(sight)
    paths, hubs = connections.paths(a, b, 5)
    hidden = sight.hidden()
    spoken = spoken_in(request, sight.visit)
    seen = [
        path
        for path in paths
        if all(any(hidden.isdisjoint(one.evidence) for one in hop.statements) for hop in path.hops)
    ]
    called = sight.captions({one for path in seen for one in path.entities})
    return json_response(
        {
            "paths": [
                {
                    "entities": [
                        {"id": one, "name": called.get(one, one)} for one in path.entities
                    ],
                    "confidence": spoken.percent(path.confidence),
                    "hops": [
                        [
                            kind_of_tie(one.kind, spoken.say)
                            for one in hop.statements
                            if hidden.isdisjoint(one.evidence)
                        ]
                        for hop in path.hops
                    ],
                }
                for path in seen
            ],
            "hubs": len(hubs),
        }
    )


class _Seen(NamedTuple):
    """The part of a network that may be seen: all its nodes, and which statements count."""

    whole: Graph
    statements: NDArray[np.bool_]


#: What may be seen of the networks of the views in use, by the rules that forbid the rest.
_SEEN: WeakKeyDictionary[View, dict[frozenset[str], _Seen]] = WeakKeyDictionary()


def _seen(sight: Sight, net: Network) -> _Seen:
    known, rules = _SEEN.setdefault(sight.view, {}), sight.forbidden()
    if rules not in known:
        known[rules] = _part_of(net, sight.hidden())
    return known[rules]


def _part_of(net: Network, hidden: frozenset[str]) -> _Seen:
    if not hidden:
        return _Seen(net.graph, np.ones(len(net.first), np.bool_))
    open_ = ~net.resting_on(hidden)
    tie = np.repeat(np.arange(net.graph.m), np.diff(net.start))
    ends = net.graph.ends[np.unique(tie[open_])]
    return _Seen(Graph.of(net.graph.nodes, ends[:, 0], ends[:, 1]), open_)


def _near(whole: Graph, entity: str, depth: int) -> NDArray[np.bool_]:
    return around(whole, entity, depth)


def _ties(net: Network, statements: NDArray[np.bool_], part: Graph) -> list[tuple[Any, ...]]:
    """Return the ties of a part: numbers of both ends, kinds, first and last day, statements."""
    where = {name: at for at, name in enumerate(part.nodes)}
    inside = np.array([where.get(name, -1) for name in net.graph.nodes], np.int64)
    ends = inside[net.graph.ends]
    tie = np.repeat(np.arange(net.graph.m), np.diff(net.start))
    inside_both = np.logical_and(ends[:, 0] >= 0, ends[:, 1] >= 0)
    use = np.flatnonzero(inside_both[tie] & statements)
    kinds = [net.kinds[number] for number in net.kind[use].tolist()]
    rows, start = np.unique(tie[use], return_index=True)
    # The statements of one tie stand side by side.
    if not len(use):
        return []
    first = np.minimum.reduceat(net.first[use], start).tolist()
    last = np.maximum.reduceat(net.last[use], start).tolist()
    day = cache(_iso)
    until = [*start[1:].tolist(), len(use)]
    return [
        (a, b, sorted(set(kinds[at:end])), day(since), day(last_day), end - at)
        for (a, b), at, end, since, last_day in zip(
            ends[rows].tolist(), start.tolist(), until, first, last, strict=True
        )
    ]


def _nodes(sight: Sight, part: Graph, whole: Graph, label: Any) -> list[dict[str, Any]]:
    """Return the entities of a part with their place, group and name."""
    group = communities(part) if part.n else np.empty(0, np.int32)
    x, y = _laid_out(group, part.degree)
    known = _named(sight, list(part.nodes))
    number = {name: at for at, name in enumerate(whole.nodes)}
    own, of_all = part.degree, whole.degree
    found = []
    for at, name in enumerate(part.nodes):
        entity = known.get(name)
        schema = entity.schema if entity else ""
        found.append(
            {
                "id": name,
                "name": (entity.caption if entity else "") or name,
                "schema": schema,
                "kind": label(schema),
                "group": int(group[at]),
                "x": x[at],
                "y": y[at],
                "ties": int(own[at]),
                "all": int(of_all[number[name]]),
            }
        )
    return found


def _named(sight: Sight, ids: list[str]) -> dict[str, Entity]:
    """Return entities as far as it takes to call them by name."""
    props = {name for schema in vocabulary().schemata.values() for name in schema.caption}
    owner = {member: one for one in ids for member in sight.members(one)}
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in sight.view.facts(owner, props=props):
        if sight.may(fact.handling_id):
            facts[owner[fact.entity_id]].append(fact)
    return {one: Entity.from_facts(of, one) for one, of in facts.items()}


def _laid_out(group: NDArray[Any], degree: NDArray[Any]) -> tuple[list[float], list[float]]:
    """Return places: groups on a spiral by size, in each the most tied in the middle.

    A drawing starts from here at once and is then pulled by its ties.
    """
    size = Counter(group.tolist())
    radius = {one: 1.3 * sqrt(count) for one, count in size.items()}
    centre, swept = {}, 0.0
    for at, one in enumerate(sorted(size, key=lambda each: (-size[each], each))):
        swept += radius[one] ** 2
        far = 1.9 * sqrt(swept) if at else 0.0
        centre[one] = (far * cos(2.399963 * at), far * sin(2.399963 * at))
    seen: Counter[int] = Counter()
    x, y = [0.0] * len(group), [0.0] * len(group)
    for node in np.argsort(-degree, kind="stable").tolist():
        one = int(group[node])
        at = seen[one]
        seen[one] += 1
        r = 1.2 * sqrt(at)
        x[node] = round(centre[one][0] + r * cos(2.399963 * at), 3)
        y[node] = round(centre[one][1] + r * sin(2.399963 * at), 3)
    return x, y


def _iso(day: int) -> str:
    found = _day(day)
    return found.isoformat() if found else ""


def _day(day: int) -> date | None:
    if day in (UNKNOWN_FIRST, UNKNOWN_LAST):
        return None
    return date(1970, 1, 1) + timedelta(days=day)
