"""Leads from signs of harm: indicators that were seen, and whom their signs belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from manara.cyber.match import Seen, seen
from manara.cyber.signs import keys_of
from manara.model import Fact, Finding, Severity, Text, counted, phrase, some_of, steps_of
from manara.store import View
from manara.store.view import is_link

#: To be changed whenever the same input may give other leads.
VERSION = "1"
SETTINGS: Mapping[str, Any] = {}

#: Properties whose values an indicator can name.
_OWN = ("email", "website", "publicKey", "accountNumber", "username", "idNumber", "serialNumber")
#: Ties from a thing to whoever is behind it, and from an indicator to what it indicates.
_BEHIND = frozenset({"owner", "holder"})
_INDICATES = frozenset({"subject", "object"})
#: A lead rests on more lines than anybody will read; so many of the first are its evidence.
_LINES = 200
#: Of indicators that name a sign of somebody known and were seen, the share taken to be true: set
#: by hand, for no published rate counts signs with their owners.
_PRIOR = 0.5


#: A sentence with the facts and events that show it.
_Step = tuple[Text, Sequence[str]]


class _Owner(NamedTuple):
    """Somebody or something that a sign belongs to, with the facts that say so."""

    entity: str
    prop: str
    facts: tuple[str, ...]


def find(view: View) -> Iterator[Finding]:
    """Yield a finding for those whom signs of indicators that were seen are tied to.

    All signs that are tied to the same are one finding.

    It is tied to whom it is stated of, who is behind that, and whom its indicator points to. What
    was seen of signs that are tied to nobody is in `manara.cyber.seen` only.

    Args:
        view: what is known.
    """
    found = seen(view)
    if not found:
        return
    rows = view.sql("SELECT entity_id, canonical_id FROM clusters").to_pylist()
    clusters = {row["entity_id"]: row["canonical_id"] for row in rows}
    owners = _owners(view, found, clusters)
    pointed = _tied(view, {one.indicator for one in found}, _INDICATES, clusters)
    groups: dict[frozenset[str], list[tuple[Seen, list[_Owner]]]] = defaultdict(list)
    for one in found:
        mine = [*owners.get(keys_of(one.sign)[0], ()), *pointed.get(one.indicator, ())]
        if mine:
            groups[frozenset(each.entity for each in mine)].append((one, mine))
    told = [one for group in groups.values() for one, _ in group]
    observers = {line.observer for one in told for line in one.lines if line.observer}
    names = view.captions({*observers, *(entity for about in groups for entity in about)})
    for group in groups.values():
        yield _finding(group, names)


def _owners(
    view: View, found: Sequence[Seen], clusters: Mapping[str, str]
) -> dict[str, list[_Owner]]:
    """Return by key whose a sign is: what states it as its own, and who is behind that."""
    wanted = {keys_of(one.sign)[0] for one in found}
    stating: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in view.facts(props=_OWN):
        for key in wanted.intersection(keys_of(fact.value)[:1]):
            stating[key][clusters.get(fact.entity_id, fact.entity_id)].append(fact)
    things = {entity for entities in stating.values() for entity in entities}
    behind = _tied(view, things, _BEHIND, clusters)
    owners: dict[str, list[_Owner]] = defaultdict(list)
    for key, entities in stating.items():
        for entity, facts in entities.items():
            owners[key].append(_Owner(entity, facts[0].prop, tuple(fact.id for fact in facts)))
        owners[key] += [one for entity in entities for one in behind.get(entity, ())]
    return owners


def _tied(
    view: View, entities: Collection[str], props: frozenset[str], clusters: Mapping[str, str]
) -> dict[str, list[_Owner]]:
    """Return who stands at the other end of ties of entities, by entity."""
    of = {one: one for one in entities}
    of |= {member: one for member, one in clusters.items() if one in of}
    ties: dict[str, list[Fact]] = defaultdict(list)
    for fact in view.linked(list(view.facts(of)), of) if of else ():
        if fact.prop in props or (is_link(fact) and fact.value in of):
            ties[fact.entity_id].append(fact)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for facts in ties.values():
        mine = {of[fact.value] for fact in facts if fact.value in of}
        for fact in facts:
            if fact.prop in props and fact.value not in of:
                for one in mine:
                    found[one, clusters.get(fact.value, fact.value)].append(fact.id)
    owners: dict[str, list[_Owner]] = defaultdict(list)
    for (one, other), ids in found.items():
        owners[one].append(_Owner(other, "", tuple(ids)))
    return owners


def _finding(group: Sequence[tuple[Seen, Sequence[_Owner]]], names: Mapping[str, str]) -> Finding:
    """Return that signs were seen that are tied to the same."""
    signs = list(dict.fromkeys(one.sign for one, _ in group))
    subjects = tuple(dict.fromkeys(each.entity for _, owners in group for each in owners))
    others = [name for each in subjects if (name := names.get(each, each)) not in signs]
    title = phrase("{sign} was seen, and is known here", sign=some_of(signs))
    if others:
        title = phrase("{sign} was seen, and is tied to {names}",
                       sign=some_of(signs), names=some_of(others))  # fmt: skip
    steps = [step for one, owners in group for step in _steps(one, owners, names)]
    steps.append(
        (phrase("Lists of signs hold wrong and shared ones, and whoever owns a thing may not be "
                "who used it: ask who put it on the list, and why."), ()),
    )  # fmt: skip
    return Finding(
        "cyber.sighting",
        subjects,
        _PRIOR,
        Severity.MEDIUM,
        str(title),
        steps_of(steps),
        tuple(dict.fromkeys(fact for _, facts in steps for fact in facts)),
        title,
    )


def _steps(one: Seen, owners: Sequence[_Owner], names: Mapping[str, str]) -> Iterator[_Step]:
    """Yield what shows that a sign was seen and whose it is."""
    yield phrase("An indicator names {sign} as a sign of harm.", sign=one.sign), one.facts
    times = counted("It was seen {num} time.", "It was seen {num} times.", len(one.lines))
    yield (
        phrase(
            "{times} The first was on {first:%d %B %Y}, the last on {last:%d %B %Y}.",
            times=times,
            first=one.lines[0].time,
            last=one.lines[-1].time,
        ),
        [line.id for line in one.lines[:_LINES]],
    )
    hosts = [names.get(line.observer, line.observer) for line in one.lines if line.observer]
    if hosts:
        on = some_of(list(dict.fromkeys(hosts)))
        yield phrase("Those that saw it: {hosts}.", hosts=on), ()
    yield from (_tie(each, names) for each in owners)


def _tie(owner: _Owner, names: Mapping[str, str]) -> _Step:
    """Return the step that says how somebody is tied to a sign."""
    name = names.get(owner.entity, owner.entity)
    if owner.prop:
        return phrase("It is stated of {name}.", name=name), owner.facts
    return phrase("{name} is behind it, or is whom it points to.", name=name), owner.facts
