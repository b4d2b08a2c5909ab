"""Leads from the network: where crimes converge, links of crime and terror, networks that grow."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import numpy as np

from manara.graph import Network, Statement, network
from manara.graph.ties import UNKNOWN_FIRST, UNKNOWN_LAST
from manara.model import Finding, Severity, Step
from manara.network.activity import Activity, Incident
from manara.network.confidence import UNGRADED, Backing, tie_confidence
from manara.network.converge import Bridge, Settings, bridges
from manara.network.domains import DomainProfile, domains
from manara.network.link import Closeness, Link, Side, Tie, link
from manara.network.link import Standing as Shown
from manara.network.trend import Trend, diversification, expansion
from manara.store import View

#: To be changed whenever the same input may give other leads.
VERSION = "1"

#: The seed of chance, random networks drawn, and the share of false findings that is accepted.
SETTINGS: Mapping[str, int | float] = {"seed": 1, "draws": 1000, "fdr": 0.1}

#: From this probability on, somebody counts as active in a domain when sides of a link are looked
#: for: one listing of a source that nobody has graded gives a little more.
_ACTIVE = 0.15

#: A network of fewer incidents has no trend.
_INCIDENTS = 6

#: A finding rests on more facts than anybody will read; the first of each kind are told.
_TOLD = 12

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
            subjects = (one.id, *(entity for entity, _ in others[:_TOLD]))
            yield subjects, partial(_bridge, activity, one, others, settings)


def _bridge(
    activity: Activity,
    one: Bridge,
    others: Sequence[tuple[str, list[str]]],
    settings: Settings,
    names: Mapping[str, str],
) -> Finding:
    mine = activity.profiles[one.id]
    told = others[:_TOLD]
    own = _facts(mine)[:_TOLD]
    ties = _unique(fact for _, facts in told for fact in facts)
    theirs = _unique(fact for entity, _ in told for fact in _facts(activity.profiles[entity])[:2])
    listed = "; ".join(f"{names[entity]} ({_main(activity, entity)})" for entity, _ in told)
    more = f", and {len(others) - len(told)} more" if len(others) > len(told) else ""
    steps = [
        (f"{names[one.id]} is known for {_domains(mine)}.", own),
        (f"It is tied to {len(others)} known for other crimes: {listed}{more}.", ties),
        ("What those are known for rests on their own listings and incidents.", theirs),
        (
            f"By chance, with everyone's number of ties and the ties between every two domains "
            f"kept, {one.expected:.1f} such ties were to be expected and {one.cross:.1f} are "
            f"there (p = {one.p:.2g}; about {one.q:.0%} of findings as striking are false).",
            (),
        ),
        (
            f"With {settings.label_error:.0%} of the domains drawn anew, as if they were wrong, it "
            f"is found again in {one.stands:.0%} of draws.",
            (),
        ),
        (
            "It may have an innocent reason: a common name, an address many share, kin, or a "
            "source that looks for such ties only where it knows of crime.",
            (),
        ),
    ]
    return _finding(
        "network.convergence",
        (one.id,),
        (1 - one.q) * one.stands,
        Severity.HIGH if _terror(mine) else Severity.MEDIUM,
        f"{names[one.id]} joins {_domains(mine)} with other crimes",
        steps,
    )


def _partners(activity: Activity, net: Network, one: Bridge) -> list[tuple[str, list[str]]]:
    """Return those tied to an entity that are known for another domain, with what states it."""
    node = net.node(one.id)
    found = []
    for other in net.graph.neighbours(node).tolist():
        entity = str(net.graph.nodes[other])
        if entity in activity.profiles and _main(activity, entity) != one.domain:
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
        yield (entity,), partial(_overlap, entity, incidents)


def _overlap(entity: str, incidents: Sequence[Incident], names: Mapping[str, str]) -> Finding:
    told = incidents[:_TOLD]
    steps: list[tuple[str, tuple[str, ...]]] = [
        (
            f"{incident.title}, {incident.time:%d %B %Y}, belongs to "
            f"{_listed(incident.domains)}, and {names[entity]} is suspected of it or claims it.",
            (incident.id,),
        )
        for incident in told
    ]
    steps.append(("An incident's domains are its reporter's; read the report itself first.", ()))
    graded = [Backing(one.dataset, one.grade or UNGRADED) for one in incidents]
    kinds = {domain for one in incidents for domain in one.domains}
    return _finding(
        "network.event-overlap",
        (entity,),
        tie_confidence(graded),
        Severity.HIGH if "terrorism" in kinds else Severity.MEDIUM,
        f"{names[entity]} stands behind incidents that join {_listed(sorted(kinds))}",
        steps,
    )


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
            if direct not in active and net.graph.degree[other] <= _TOLD:
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
                yield subjects, partial(_linked, activity, side, facing, found, ties)


def _linked(
    activity: Activity,
    one: Side,
    other: Side,
    found: Link,
    ties: Sequence[tuple[Statement, str]],
    names: Mapping[str, str],
) -> Finding:
    a, b = names[one.entity], names[other.entity]
    through = sorted({names[by] for _, by in ties if by})
    kinds = _listed(sorted({said.kind for said, _ in ties}))
    backings = [
        Backing(activity.publisher[said.dataset], activity.grade[said.dataset] or UNGRADED)
        for said, _ in ties
    ]
    steps = [
        (f"{a} is known for {domains()[one.domain].name}.", one.facts[:_TOLD]),
        (f"{b} is known for {domains()[other.domain].name}.", other.facts[:_TOLD]),
        (
            f"They are tied{' through ' + _listed(through) if through else ''}: {kinds}, "
            f"as {_listed(sorted({backing.source for backing in backings}))} states.",
            _unique(fact for said, _ in ties for fact in said.evidence)[:_TOLD],
        ),
        (f"The tie is graded as {_words(found.closeness)} and it is {found.standing}.", ()),
    ]
    if found.missing:
        steps.append((f"To be called proven it lacks {_listed(found.missing)}.", ()))
    sure = activity.profiles
    return _finding(
        "network.link",
        (one.entity, other.entity),
        tie_confidence(backings)
        * sure[one.entity].shares[one.domain].mean
        * sure[other.entity].shares[other.domain].mean,
        Severity.CRITICAL if found.standing is Shown.PROVEN else Severity.HIGH,
        f"{_words(found.closeness).capitalize()} of {one.kind} and {other.kind}, {found.standing}: "
        f"{a} and {b}",
        steps,
    )


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
        grown = expansion(rows, {name: effort[name] for name in rows}, seed=seed)
        if grown.alarm == "up":
            what = "more incidents"
            tell = partial(_grown, "network.expansion", entity, incidents, grown, what)
            yield (entity,), tell
        main = _first_domain(incidents)
        other = _counts([one for one in incidents if set(one.domains) - {main}], place)
        several = {name: other.get(name, np.zeros(len(place), np.int64)) for name in rows}
        spread = diversification(several, rows, seed=seed)
        if spread.alarm == "up":
            what = "a larger share of incidents outside its main crime"
            tell = partial(_grown, "network.diversification", entity, incidents, spread, what)
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


def _grown(
    kind: str,
    entity: str,
    incidents: Sequence[Incident],
    trend: Trend,
    what: str,
    names: Mapping[str, str],
) -> Finding:
    last = trend.periods[-2:]
    told = incidents[-_TOLD:]
    steps = [
        (f"{len(incidents)} incidents are laid to {names[entity]}.", [one.id for one in told]),
        (
            "In the last two years "
            + " and ".join(f"{one.observed} against {one.expected:.1f} expected" for one in last)
            + f", that is {what} (p = {last[0].p_more:.2g} and {last[1].p_more:.2g}), given how "
            "much each source reported.",
            (),
        ),
        ("A change in how incidents are reported or laid to groups looks the same.", ()),
    ]
    chance = float(np.prod([one.p_more for one in last]))
    return _finding(kind, (entity,), 1 - chance, Severity.MEDIUM, f"{names[entity]}: {what}", steps)


def _finding(
    kind: str,
    subjects: tuple[str, ...],
    score: float,
    severity: Severity,
    title: str,
    steps: Iterable[tuple[str, Iterable[str]]],
) -> Finding:
    numbered = tuple(Step(at, text, tuple(facts)) for at, (text, facts) in enumerate(steps, 1))
    evidence = _unique(fact for step in numbered for fact in step.evidence)
    return Finding(kind, subjects, round(score, 6), severity, title, numbered, tuple(evidence))


def _facts(known: DomainProfile) -> list[str]:
    return _unique(fact for share in known.shares.values() for fact in share.facts)


def _domains(known: DomainProfile) -> str:
    return _listed([domains()[domain].name for domain in list(known.shares)[:2]]) or "crime"


def _main(activity: Activity, entity: str) -> str:
    return next(iter(activity.profiles[entity].shares), "unknown")


def _terror(known: DomainProfile) -> bool:
    return bool({"terrorism", "terrorist-financing"}.intersection(known.shares))


def _words(closeness: Closeness) -> str:
    return closeness.name.lower().replace("_", " ")


def _day(day: int, unknown: int) -> date | None:
    return None if day == unknown else date(1970, 1, 1) + timedelta(days=day)


def _listed(texts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(texts[:-1]), *texts[-1:])))


def _unique(items: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(items))
