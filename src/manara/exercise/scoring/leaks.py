"""The leak audit: each fact and lead that left a node against the rules of the files behind it.

The rules are those laid down in the manifests, and what they mean is said here anew, after FIRST's
definitions of the Traffic Light Protocol 2.0, not by the code that let them go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from manara.exercise.manifest import Filed
from manara.exercise.scoring.results import Left, LeftLead, Place
from manara.exercise.scoring.truth import Truth

#: Levels under which something may go to the partners of an alliance, a community.
_TO_PARTNERS = frozenset({"CLEAR", "GREEN"})
_NO_RULE = "nobody laid down a rule for it"


class Leaks(msgspec.Struct, frozen=True):
    """What left the nodes.

    Attributes:
        left: facts and events that left a node.
        checked: those whose rule is known.
        against: facts and leads that left against a rule, or of which no rule is known, in words.
        by_state: facts that left, by code of the state and recipient.
        leads: leads that left a node.
        rested: how many facts and events these rested on at their nodes.
        said: how many names and numbers stood in their words.
    """

    left: int
    checked: int
    against: list[str]
    by_state: dict[str, dict[str, int]]
    leads: int = 0
    rested: int = 0
    said: int = 0


class Way(NamedTuple):
    """From which node to which other something went, and for what."""

    node: str
    to: str
    purpose: str


class Rules:
    """The rules that were laid down.

    Args:
        truth: the answers, for the files that records stand in.
        left: the facts and events that left: what a partner knows of a record, it has from these.
        manifests: the files of each state.
    """

    def __init__(
        self, truth: Truth, left: Iterable[Left], manifests: Mapping[str, Sequence[Filed]]
    ) -> None:
        self._truth = truth
        self._handling = {
            (state, one.file): one.handling for state, files in manifests.items() for one in files
        }
        self._told: dict[tuple[str, str], set[str]] = defaultdict(set)
        for one in left:
            if one.file:
                self._told[one.origin, one.record].add(one.file)

    def of(self, origin: str, record: str, file: str) -> list[Mapping[str, Any]]:
        """Return the rules of a record: of the file, or without one of all that it was told from.

        A record that left no node by itself is looked up in the answers.
        """
        state = origin.split(".")[0].upper()
        files = self._told.get((origin, record)) or self._truth.files.get((state, record), set())
        known = {file} if file else files
        return [self._handling[state, one] for one in known if (state, one) in self._handling]

    def objections(self, place: Place, way: Way) -> list[str]:
        """Return why a record may not go; what goes back to its origin tells nothing new."""
        if place.node == way.to:
            return []
        known = self.of(place.node, place.record, place.file)
        own = place.node == way.node
        return (
            [why for rule in known if (why := objection(rule, way, own))] if known else [_NO_RULE]
        )


def audit(
    truth: Truth,
    left: Sequence[Left],
    leads: Sequence[LeftLead],
    manifests: Mapping[str, Sequence[Filed]],
) -> Leaks:
    """Return what left the nodes against a rule.

    A fact without a file, which a partner told, is looked up by its record; then every file that
    the record was told from must let it go.

    Args:
        truth: the answers, for the files that records stand in.
        left: the facts and events that left.
        leads: the leads that left.
        manifests: the files of each state with their rules.
    """
    rules = Rules(truth, left, manifests)
    checked, against = 0, []
    by_state: dict[str, dict[str, int]] = {}
    for one in left:
        counts = by_state.setdefault(one.node.split(".")[0].upper(), {})
        counts[one.to] = counts.get(one.to, 0) + 1
        place = Place(one.origin, one.record, one.file)
        found = rules.objections(place, Way(one.node, one.to, one.purpose))
        checked += _NO_RULE not in found
        against += [f"{_on(one)}: {one.record} {one.prop}: {why}" for why in found]
    for lead in leads:
        against += [f"{_on(lead)}: lead {lead.lead}: {why}" for why in _of_lead(rules, lead)]
    return Leaks(
        len(left), checked, against, by_state, len(leads),
        sum(len(lead.rests) for lead in leads), sum(len(lead.said) for lead in leads),
    )  # fmt: skip


def _on(one: Left | LeftLead) -> str:
    return f"{one.node} to {one.to}, {one.day}"


def _of_lead(rules: Rules, lead: LeftLead) -> Iterator[str]:
    """Yield why a lead may not go.

    It tells of all that it rests on, so each of these must be free to go. A name or number in its
    words, or the record of a subject, is free if one of the records that have it is.
    """
    way = Way(lead.node, lead.to, lead.purpose)
    for place in lead.rests:
        yield from (f"rests on {place.record}: {why}" for why in rules.objections(place, way))
    for place in lead.subjects:
        yield from (f"is about {place.record}: {why}" for why in rules.objections(place, way))
    for said in lead.said:
        found = [rules.objections(place, way) for place in said.stands]
        if all(found):
            yield f"says {said.value}: {found[0][0]}"


def objection(rule: Mapping[str, Any], way: Way, own: bool) -> str:
    """Return why a rule lets something not go to a partner; ``""`` if it does.

    Args:
        rule: as the manifest has it.
        way: from where, to where, for what.
        own: whether it goes from the node that states it.
    """
    if not all(way.to in names for names in rule["releasable_to"]):
        return f"only for {', '.join(sorted(set().union(*rule['releasable_to'])))}"
    level = str(rule["floor"]).upper().removeprefix("TLP:")
    if level not in _TO_PARTNERS or rule["individuals"] is not None:
        return f"TLP:{level} stays in the house"
    if rule["purposes"] is not None and way.purpose not in rule["purposes"]:
        return f"not for {way.purpose}"
    if rule["consent"] and not own:
        return "without its originator's consent"
    return ""
