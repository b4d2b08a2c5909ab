"""How a package is made of what may go: own facts signed, those of others as these signed them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

import msgspec

from manara.exchange.disclosure import SignedObject, hash_of
from manara.exchange.events import EVENTS, MOST, Happened, TellingEvent
from manara.exchange.heads import signed_head
from manara.exchange.node import Node
from manara.exchange.package import (
    FORMAT,
    Carried,
    LeadStep,
    Package,
    Proof,
    Telling,
    TellingLead,
    Told,
    read_package,
)
from manara.exchange.partners import FORM, Partner
from manara.exchange.seal import signed
from manara.exchange.selection import Request, Selection
from manara.model import ExchangeError, Fact, Handling, Lead

_PLACE = re.compile(r"object (\d+), (?:fact|event) (\d+)")


def pack(
    node: Node, package_id: str, request: Request, selection: Selection, officers: list[str],
    recalls: list[SignedObject] | None = None, cards: list[dict[str, Any]] | None = None,
) -> bytes:  # fmt: skip
    """Return what was selected as a package, signed but not sealed.

    Args:
        node: this node.
        package_id: what the package will be called.
        request: what was asked for.
        selection: what may go.
        officers: who prepared and who releases it.
        recalls: what is taken back with it.
        cards: of those who take it back.
    """
    partner = node.partners.get(request.to)
    forwarded = _Forwarded(node, [one for one, _ in selection.told])
    own = [each for each in selection.facts if each[0].id not in forwarded.places]
    events = [each for each in selection.events if each[0].id not in forwarded.places]
    objects, hashes = _own_objects(node, own)
    for start in range(0, len(events), MOST):
        part = [TellingEvent.of(one, rule) for one, rule in events[start : start + MOST]]
        objects.append(_own_object(node, EVENTS, part, hashes))
    objects += forwarded.objects(selection.told)
    for lead, rule in selection.leads:
        about = [forwarded.names.get(each, (node.id, each)) for each in selection.subjects[lead.id]]
        telling = _lead(lead, rule, hashes | forwarded.hashes, about)
        values = [msgspec.to_builtins(telling)]
        objects.append(Carried(SignedObject.make("lead", values, node.keys)))
    now, (head, proof) = datetime.now(UTC), shown_log(node, partner)
    package = Package(
        id=package_id,
        sender=node.id,
        receiver=partner.id,
        purpose=request.purpose,
        basis=request.basis,
        case=request.case,
        officers=officers,
        consents=request.consents,
        groups=partner.groups,
        made=now,
        expires=now.date() + timedelta(days=request.days),
        objects=objects,
        cards=list({card["id"]: card for card in [*(cards or []), *forwarded.cards]}.values()),
        head=head,
        proof=proof,
        recalls=recalls or [],
        answers=request.answers,
        format=FORM,
    )
    return signed(package.to_message(), node.keys.signing)


def shown_log(node: Node, partner: Partner) -> tuple[dict[str, Any], Proof]:
    """Return the signed head of the log, and the proof that it grew since a partner saw it."""
    head = signed_head(node.log, node.keys)
    # Others may have added to it since.
    grown = node.log.tree.consistency(partner.shown, head["size"])
    return head, Proof(partner.shown, [each.hex() for each in grown])


def _own_objects(
    node: Node, facts: list[tuple[Fact, Handling]]
) -> tuple[list[Carried], dict[str, str]]:
    """Return one object an entity, and the hash under which each fact is disclosed."""
    objects: list[Carried] = []
    hashes: dict[str, str] = {}
    for _, group in groupby(facts, key=lambda each: each[0].entity_id):
        told = [Telling.of(fact, rule) for fact, rule in group]
        objects.append(_own_object(node, "entity", told, hashes))
    return objects, hashes


def _own_object(node: Node, kind: str, told: Sequence[Told], hashes: dict[str, str]) -> Carried:
    """Return facts or events signed by this node, and note the hash of each disclosure."""
    made = SignedObject.make(kind, map(msgspec.to_builtins, told), node.keys)
    values = zip(made.opened(node.keys.card), made.disclosures, strict=True)
    hashes |= {value["id"]: hash_of(disclosure) for value, disclosure in values}
    return Carried(made)


class _Forwarded:
    """The facts and events of a selection that came from other nodes, as these signed them.

    Attributes:
        places: source, object and place in it of each fact by its id.
        hashes: hash under which each is disclosed.
        names: origin of each entity and the id there, by the id here.
        cards: signed cards of the origins.
    """

    def __init__(self, node: Node, going: Sequence[Fact | Happened]) -> None:
        view = node.workspace.view()
        received = {row["dataset"] for row in view.datasets() if row["format"] == FORMAT}
        self.places: dict[str, tuple[str, int, int]] = {}
        self.hashes: dict[str, str] = {}
        self.names: dict[str, tuple[str, str]] = {}
        self.cards: list[dict[str, Any]] = []
        self._packages: dict[str, Package] = {}
        known = {each.id: each.card for each in node.partners.all().values()}
        for fact in going:
            place = _PLACE.fullmatch(fact.locator)
            if fact.dataset not in received or not place:
                continue
            if fact.source_id not in self._packages:
                data = node.workspace.source_path(fact.source_id).read_bytes()
                self._packages[fact.source_id] = read_package(data, known)
            at = (fact.source_id, int(place[1]) - 1, int(place[2]) - 1)
            self.places[fact.id] = at
            signed_object = self._packages[at[0]].objects[at[1]].object
            self.hashes[fact.id] = hash_of(signed_object.disclosures[at[2]])
            origin = signed_object.body.origin
            about = fact.parties if isinstance(fact, Happened) else [fact.entity_id]
            for each in about:
                self.names[each] = (origin, each.removeprefix(f"{origin}:"))
        self._bring_cards(node)

    def objects(self, told_here: Sequence[tuple[Fact | Happened, Handling]]) -> list[Carried]:
        """Return the objects without what does not go, with the rules for what does."""
        going: dict[tuple[str, int], dict[int, Handling]] = defaultdict(dict)
        for fact, rule in told_here:
            if place := self.places.get(fact.id):
                going[place[:2]][place[2]] = rule
        carried = []
        for (source, number), rules in going.items():
            whole = self._packages[source].objects[number].object
            dropped = set(range(len(whole.disclosures))) - rules.keys()
            told = [rules[at].to_dict() for at in sorted(rules)]
            carried.append(Carried(whole.without(dropped), told))
        return carried

    def _bring_cards(self, node: Node) -> None:
        """Bring the cards of origins, as they were brought here or as they were added."""
        wanted = {origin for origin, _ in self.names.values()} - {node.id}
        brought = {c["id"]: c for package in self._packages.values() for c in package.cards}
        for origin in sorted(wanted):
            if origin in brought:
                self.cards.append(brought[origin])
            else:
                self.cards.append(node.partners.get(origin).card.to_dict())


def _lead(
    lead: Lead,
    rule: Handling,
    hashes: dict[str, str],
    about: list[tuple[str, str]],
) -> TellingLead:
    finding = lead.finding
    shown = [hashes[each] for each in finding.evidence if each in hashes]
    if not shown:
        raise ExchangeError(
            "none of the facts it rests on may go", rule="evidence", where=f"lead {lead.id}"
        )
    return TellingLead(
        id=lead.id,
        kind=finding.kind,
        subjects=about,
        score=finding.score,
        severity=finding.severity.value,
        title=finding.title,
        steps=[
            LeadStep(step.text, [hashes[each] for each in step.evidence if each in hashes])
            for step in finding.explanation
        ],
        evidence=shown,
        unshown=len(finding.evidence) - len(shown),
        found=lead.updated,
        handling=rule.to_dict(),
    )
