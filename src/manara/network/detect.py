"""Leads from the network: where crimes converge, links of crime and terror, networks that grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np

from manara.graph import Network, Statement, network
from manara.graph.ties import UNKNOWN_FIRST, UNKNOWN_LAST
from manara.model import Finding
from manara.network.activity import Activity, Incident
from manara.network.converge import Bridge, Settings, bridges
from manara.network.domains import DomainProfile, domains
from manara.network.link import Closeness, Side, Tie, link
from manara.network.telling import MORE, TOLD, WIDER, bridge, grown, linked, main, overlap
from manara.network.trend import diversification, expansion
from manara.store import View

#: To be changed whenever the same input may give other leads.
VERSION = "3"

#: The seed of chance, random networks drawn, and the share of false findings that is accepted.
SETTINGS: Mapping[str, int | float] = {"seed": 1, "draws": 1000, "fdr": 0.1}

#: From this probability on, somebody counts as active in a domain when sides of a link are looked
#: for: one listing of a source that nobody has graded gives a little more.
_ACTIVE = 0.15

#: A network of fewer incidents has no trend.
_INCIDENTS = 6

#: How close a tie is, by the schema or property that states it; other ties are contacts.
_CLOSENESS: Mapping[str, Closeness] = {
    "Succession": Closeness.MERGER,
    "Membership": Closeness.SHARED_MEMBER,
    "Directorship": Closeness.SHARED_MEMBER,
    "Employment": Closeness.SHARED_MEMBER,
    "Ownership": Closeness.TRANSACTION,
    "Payment": Closeness.TRANSACTION,
    "Debt": Closeness.TRANSACTION,
    "CustodyEvent": Closeness.TRANSACTION,
    "payment": Closeness.TRANSACTION,
    "custody": Closeness.TRANSACTION,
}
_RESOURCE: Mapping[str, str] = {
    "Payment": "money",
    "payment": "money",
    "Debt": "money",
    "custody": "arms",
    "CustodyEvent": "arms",
    "movement": "route",
}


def find(view: View, *, seed: int, draws: int, fdr: float) -> Iterator[Finding]:
    """Yield what the network of a view shows.

    Args:
        view: what is known.
        seed: of the random numbers.
        draws: random networks for each null hypothesis.
        fdr: share of false findings that is accepted.
    """
    activity, net = Activity(view), network(view)
    found = [
        *_convergence(activity, net, Settings(seed=seed, draws=draws, fdr=fdr)),
        *_overlaps(activity),
        *_links(activity, net),
        *_trends(activity, seed),
    ]
    names = view.captions({subject for one in found for subject in one[0]})
    for _, tell in found:
        yield tell(names)


#: The subjects of a finding, and what makes it once their names are known.
_Found = tuple[tuple[str, ...], Callable[[Mapping[str, str]], Finding]]


def _convergence(activity: Activity, net: Network, settings: Settings) -> Iterator[_Found]:
    """Yield who is tied to other domains more than chance gives."""
    graph = net.graph
    known_for = activity.table(graph)
    # Who is known for nothing and tied to one only, as most addresses are, joins nobody.
    kept = known_for.any(axis=1) | (graph.degree > 1)
    graph, profile = graph.within(kept), known_for[kept]
    if not graph.m or not profile.any():
        return
    known = list(domains())
    for one in bridges(graph, profile, known, settings):
        others = _partners(activity, net, one)
        if one.id in activity.profiles and others:
            subjects = (one.id, *(entity for entity, _ in others[:TOLD]))
            yield subjects, partial(bridge, activity, one, others, settings)


def _partners(activity: Activity, net: Network, one: Bridge) -> list[tuple[str, list[str]]]:
    """Return those tied to an entity that are known for another domain, with what states it."""
    node = net.node(one.id)
    found = []
    for other in net.graph.neighbours(node).tolist():
        entity = str(net.graph.nodes[other])
        if entity in activity.profiles and main(activity, entity) != one.domain:
            said = net.statements(net.tie(node, other))
            found.append((entity, [fact for each in said for fact in each.evidence]))
    return found


def _overlaps(activity: Activity) -> Iterator[_Found]:
    """Yield those behind incidents that belong to two domains or more."""
    behind: dict[str, list[Incident]] = defaultdict(list)
    for incident in activity.incidents:
        if len(incident.domains) > 1:
            for entity in incident.perpetrators:
                behind[entity].append(incident)
    for entity, incidents in sorted(behind.items()):
        yield (entity,), partial(overlap, entity, incidents)


def _links(activity: Activity, net: Network) -> Iterator[_Found]:
    """Yield links of crime, terror and separatism: a direct tie, or one over a third."""
    sides = {entity: _side(entity, known) for entity, known in activity.profiles.items()}
    active = {entity: side for entity, side in sides.items() if side}
    seen = set()
    for entity, side in sorted(active.items()):
        if (node := net.node(entity)) < 0:
            continue
        for other in net.graph.neighbours(node).tolist():
            direct = str(net.graph.nodes[other])
            said = net.statements(net.tie(node, other))
            pairs = [(direct, [(one, "") for one in said])]
            if direct not in active and net.graph.degree[other] <= TOLD:
                pairs = [
                    (
                        str(net.graph.nodes[third]),
                        [(one, direct) for one in (*said, *net.statements(net.tie(other, third)))],
                    )
                    for third in net.graph.neighbours(other).tolist()
                    if third != node
                ]
            for partner, ties in pairs:
                pair = tuple(sorted((entity, partner)))
                facing = active.get(partner)
                if not facing or facing.kind == side.kind or pair in seen:
                    continue
                seen.add(pair)
                found = link(side, facing, [_tie(activity, one, by) for one, by in ties])
                subjects = (entity, partner, *({by for _, by in ties if by}))
                yield subjects, partial(linked, activity, side, facing, found, ties)


def _side(entity: str, known: DomainProfile) -> Side | None:
    """Return the side that somebody stands on, by the most probable domain."""
    for domain, share in known.shares.items():
        return Side(entity, domain, share.facts) if share.mean >= _ACTIVE else None
    return None


def _tie(activity: Activity, said: Statement, through: str) -> Tie:
    return Tie(
        said.evidence[0],
        _CLOSENESS.get(said.kind, Closeness.CONTACT),
        activity.publisher[said.dataset],
        activity.grade[said.dataset],
        intermediaries=(through,) if through else (),
        resource=_RESOURCE.get(said.kind, ""),
        begins=_day(said.first, UNKNOWN_FIRST),
        ends=_day(said.last, UNKNOWN_LAST),
    )


def _trends(activity: Activity, seed: int) -> Iterator[_Found]:
    """Yield those whose incidents grow, or spread over domains, given how much is reported."""
    behind: dict[str, list[Incident]] = defaultdict(list)
    for incident in activity.incidents:
        for entity in incident.perpetrators:
            behind[entity].append(incident)
    years = sorted({incident.time.year for incident in activity.incidents})
    if len(years) < 2:
        return
    place = {year: at for at, year in enumerate(range(years[0], years[-1] + 1))}
    effort = _counts(activity.incidents, place)
    for entity, incidents in sorted(behind.items()):
        if len(incidents) < _INCIDENTS:
            continue
        rows = _counts(incidents, place)
        growth = expansion(rows, {name: effort[name] for name in rows}, seed=seed)
        if growth.alarm == "up":
            tell = partial(grown, "network.expansion", entity, incidents, growth, MORE)
            yield (entity,), tell
        main = _first_domain(incidents)
        other = _counts([one for one in incidents if set(one.domains) - {main}], place)
        several = {name: other.get(name, np.zeros(len(place), np.int64)) for name in rows}
        spread = diversification(several, rows, seed=seed)
        if spread.alarm == "up":
            tell = partial(grown, "network.diversification", entity, incidents, spread, WIDER)
            yield (entity,), tell


def _counts(incidents: Iterable[Incident], place: Mapping[int, int]) -> dict[str, np.ndarray]:
    """Return how many incidents each dataset states, year by year."""
    found: dict[str, np.ndarray] = {}
    for incident in incidents:
        row = found.setdefault(incident.dataset, np.zeros(len(place), np.int64))
        row[place[incident.time.year]] += 1
    return found


def _first_domain(incidents: Sequence[Incident]) -> str:
    """Return the domain of most incidents of the earlier half, chosen before what is tested."""
    early = [domain for one in incidents[: len(incidents) // 2] for domain in one.domains]
    return max(sorted(set(early)), key=early.count, default="")


def _day(day: int, unknown: int) -> date | None:
    return None if day == unknown else date(1970, 1, 1) + timedelta(days=day)
