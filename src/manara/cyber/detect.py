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


class _Owner(NamedTuple):
    """Somebody or something that a sign belongs to, with the facts that say so."""

    entity: str
    prop: str
    facts: tuple[str, ...]


def find(view: View) -> Iterator[Finding]:
    """Yield a finding for each sign of an indicator that was seen and is tied to somebody.

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
    told = []
    for one in found:
        mine = [*owners.get(keys_of(one.sign)[0], ()), *pointed.get(one.indicator, ())]
        if mine:
            told.append((one, mine))
    about = {each.entity for _, mine in told for each in mine}
    observers = {line.observer for one, _ in told for line in one.lines if line.observer}
    names = view.captions(about | observers)
    for one, mine in told:
        yield _finding(one, mine, names)


def _owners(
    view: View, found: Sequence[Seen], clusters: Mapping[str, str]
) -> dict[str, list[_Owner]]:
    """Return by key whose a sign is: what states it as its own, and who is behind that."""
    wanted = {keys_of(one.sign)[0] for one in found}
    stating: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in view.facts(props=_OWN):
        key = keys_of(fact.value)[0]
        if key in wanted:
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


def _finding(one: Seen, owners: Sequence[_Owner], names: Mapping[str, str]) -> Finding:
    lines = one.lines[:_LINES]
    hosts = [names.get(line.observer, line.observer) for line in one.lines if line.observer]
    subjects = tuple(dict.fromkeys(each.entity for each in owners))
    others = [name for each in subjects if (name := names.get(each, each)) != one.sign]
    title = phrase("{sign} was seen, and is known here", sign=one.sign)
    if others:
        title = phrase("{sign} was seen, and is tied to {names}",
                       sign=one.sign, names=some_of(others))  # fmt: skip
    first, last = one.lines[0].time, one.lines[-1].time
    steps: list[tuple[Text, Sequence[str]]] = [
        (phrase("An indicator names {sign} as a sign of harm.", sign=one.sign), one.facts),
        (phrase("{times} The first was on {first:%d %B %Y}, the last on {last:%d %B %Y}.",
                times=counted("It was seen {num} time.", "It was seen {num} times.",
                              len(one.lines)),
                first=first, last=last),
         [line.id for line in lines]),
    ]  # fmt: skip
    if hosts:
        on = some_of(list(dict.fromkeys(hosts)))
        steps.append((phrase("Those that saw it: {hosts}.", hosts=on), ()))
    steps += [_tie(each, names) for each in owners]
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


def _tie(owner: _Owner, names: Mapping[str, str]) -> tuple[Text, Sequence[str]]:
    """Return the step that says how somebody is tied to a sign."""
    name = names.get(owner.entity, owner.entity)
    if owner.prop:
        return phrase("It is stated of {name}.", name=name), owner.facts
    return phrase("{name} is behind it, or is whom it points to.", name=name), owner.facts
