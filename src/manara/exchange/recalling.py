"""Recall: what an originator takes back goes at every node that got it, directly or passed on.

A recall is a package with the originator's signed list of facts. Who has them is known from what
was sent; a node that has handed them on leaves out of the list what the next never got, and the
signature still holds, as it does with facts.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from manara.exchange.card import Card
from manara.exchange.disclosure import SignedObject
from manara.exchange.given import Given, Givens
from manara.exchange.node import Node, today
from manara.exchange.outbox import Outbox
from manara.exchange.package import (
    RECALL,
    Package,
    Recalled,
)
from manara.exchange.packing import pack
from manara.exchange.releasing import prepare
from manara.exchange.resealing import sealed_twice
from manara.exchange.seal import digest
from manara.exchange.selection import Request, Selection, select
from manara.exchange.sent import (
    Recalls,
    Sent,
    SentFact,
    keep_sealed,
    keep_sent,
    sent_by_id,
    sent_of,
)
from manara.exchange.taken import Taken
from manara.model import ExchangeError, NotFoundError, UsageError
from manara.store import recall

#: A recall may be opened however late it comes.
_DAYS = 36_500

_Key = tuple[str, str]
#: A signed list of what is taken back, and the entries of it.
Listed = tuple[SignedObject, list[Recalled]]


class Order(NamedTuple):
    """What is to be taken back.

    Attributes:
        reason: why; every receiver gets to read it.
        entities: all that was sent about these.
        facts: ids of facts.
        packages: ids of packages: all in them that is this node's own.
        gone: whatever was sent and is not stated here any more.
        correct: send what is stated now of the same entity and property in its place.
    """

    reason: str
    entities: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    gone: bool = False
    correct: bool = False


def recall_facts(node: Node, order: Order, *, by: str) -> list[Sent]:
    """Take this node's own facts back from all partners that got them; return the recalls.

    They wait in the outbox. Where a second officer must release what goes to a partner, the facts
    that take their place wait for that officer as a draft; the recall does not wait.

    Raises:
        NotFoundError: nothing of this was sent, or it was taken back before.
        UsageError: nothing is named, or no reason.
    """
    if not order.reason or not (order.entities or order.facts or order.packages or order.gone):
        raise UsageError("say what is to be taken back, and why", where="recall")
    chosen = _chosen(node, order)
    if not chosen:
        raise NotFoundError("nothing of this is with a partner", where="recall")
    at, made = datetime.now(UTC), list[Sent]()
    for to, facts in chosen.items():
        for request, group in _terms(node, to, facts):
            instead = _instead(node, to, group) if order.correct else {}
            given = {fact for each in instead.values() for fact in each}
            going, request = _going(node, request, given, by)
            entries = [
                Recalled(
                    fact.id, at, order.reason,
                    sorted(f for f in instead.get(fact.id, ()) if f in going[1]),
                )
                for fact in group
            ]  # fmt: skip
            signed = SignedObject.make(RECALL, map(msgspec.to_builtins, entries), node.keys)
            made.append(_post(node, request, going[0], [signed], [], by=by))
            Recalls(node).add(node.id, entries)
    keys = {(node.id, each.fact.id) for facts in chosen.values() for each in facts}
    forget(node, keys, by=by, reason=order.reason)
    return made


def pass_on(
    node: Node, package: Package, lists: list[Listed], cards: dict[str, Card], *, by: str
) -> list[Sent]:
    """Return the recalls by which others hear of one that came, as far as they got the facts."""
    recalls, made = Recalls(node), list[Sent]()
    told = {
        fact for _, entries in lists for each in entries for fact in (each.fact, *each.corrected)
    }
    here = {(each.who, each.fact): each.here for each in Taken(node).of(told)}
    for to, held in _by_partner(Givens(node).of(told)).items():
        for signed, entries in lists:
            card = cards[signed.body.origin]
            who = recalls.who(card.id, card.root)
            if to in (card.id, package.sender):
                continue
            # Only what this very originator told can have been handed on as its own.
            keys = {(card.id, each.fact) for each in entries if (who, each.fact) in here}
            had = [each for each in held if each.fact.key in keys]
            for request, group in _terms(node, to, had):
                ids = {fact.id for fact in group}
                places = {n for n, v in enumerate(signed.values) if v["fact"] not in ids}
                given = {new for each in entries if each.fact in ids for new in each.corrected}
                local = {here[who, new] for new in given if (who, new) in here}
                going, request = _going(node, request, local, by)
                less, cause = signed.without(places), (package.id, package.sender)
                made.append(
                    _post(node, request, going[0], [less], [card.to_dict()], by=by, cause=cause)
                )
    return made


def forget(node: Node, taken_back: Iterable[_Key], *, by: str, reason: str) -> int:
    """Take facts that were taken back out of every answer; return how many went.

    What somebody else told as well, and did not take back, stays.

    Args:
        node: this node.
        taken_back: each by what `Recalls` calls its originator, and its id there.
        by: the officer or service that does it.
        reason: why.
    """
    keys, taken, recalls = set(taken_back), Taken(node), Recalls(node)
    named = {each.here for each in taken.of(fact for _, fact in keys)
             if (each.who, each.fact) in keys}  # fmt: skip
    alive = {
        each.here for each in taken.at(named)
        if not recalls.dead(each.who, each.fact, each.first_seen)
    }  # fmt: skip
    dead = named - alive - {""}
    return recall(node.workspace, dead, by=by, reason=reason) if dead else 0


def _chosen(node: Node, order: Order) -> dict[str, list[Given]]:
    """Return by partner the facts of this node's own that are to be taken back."""
    givens = Givens(node)
    found = [*givens.of(order.facts), *givens.about(order.entities)]
    for beginning in order.packages:
        found += givens.with_package(beginning)
    if order.gone:
        view, sent = node.workspace.view(), givens.all()
        events = [each.fact.id for each in sent if each.fact.parties]
        stated = {fact.id for fact in view.facts()} | view.evidence(events).keys()
        found += [each for each in sent if each.fact.id not in stated]
    return _by_partner(each for each in found if each.fact.origin == node.id)


def _by_partner(found: Iterable[Given]) -> dict[str, list[Given]]:
    groups: dict[str, dict[_Key, Given]] = defaultdict(dict)
    for each in found:
        groups[each.to][each.fact.key] = each
    return {to: list(group.values()) for to, group in groups.items()}


def _terms(node: Node, to: str, facts: list[Given]) -> Iterator[tuple[Request, list[SentFact]]]:
    """Yield the terms that facts went under, with the facts that did."""
    groups: dict[bytes, tuple[Request, list[SentFact]]] = {}
    packages = {one: sent_by_id(node.workspace, one) for one in {each.sent for each in facts}}
    for each in facts:
        sent = packages[each.sent]
        if sent:
            terms = Request(
                to, sent.purpose, basis=sent.basis, case=sent.case, consents=sent.consents,
                days=_DAYS,
            )  # fmt: skip
            groups.setdefault(msgspec.json.encode(terms), (terms, []))[1].append(each.fact)
    yield from groups.values()


def _instead(node: Node, to: str, group: list[SentFact]) -> dict[str, list[str]]:
    """Return by recalled fact those stated now in its place that the partner does not have."""
    places = {(each.entity, each.prop) for each in group if each.entity}
    stated = node.workspace.view().facts({entity for entity, _ in places})
    there = [fact for fact in stated if (fact.entity_id, fact.prop) in places]
    has = {
        each.fact.id for each in Givens(node).of(fact.id for fact in there)
        if (each.to, each.fact.origin) == (to, node.id)
    }  # fmt: skip
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for fact in there:
        if fact.id not in has:
            by_place[fact.entity_id, fact.prop].append(fact.id)
    return {each.id: by_place[each.entity, each.prop] for each in group}


def _going(
    node: Node, request: Request, facts: Iterable[str], by: str
) -> tuple[tuple[Selection, set[str]], Request]:
    """Return what may go in the place of what is taken back, now; and the request for it."""
    request = msgspec.structs.replace(request, facts=sorted(facts))
    partner = node.partners.all().get(request.to)
    none: tuple[Selection, set[str]] = (Selection.empty(), set())
    if not (partner and request.facts):
        return none, request
    try:
        if partner.four_eyes:
            prepare(node, msgspec.structs.replace(request, days=30), by=by)
            return none, request
        recalls = Recalls(node)
        found = select(node.workspace.view(), request, partner, node.id, today(), recalls)
    except ExchangeError:
        return none, request
    return (found, {fact.id for fact, _ in found.facts}), request


def _post(
    node: Node, request: Request, going: Selection, recalls: list[SignedObject],
    cards: list[dict[str, object]], *, by: str, cause: _Key = ("", ""),
) -> Sent:  # fmt: skip
    """Put a recall into the outbox, after it is in the log; return what is remembered of it."""
    package_id = secrets.token_hex(16)
    keys = [(each.body.origin, value["fact"]) for each in recalls for value in each.values]
    told: dict[str, str | int] = {"to": request.to, "facts": len(keys)}
    partner = node.partners.all().get(request.to)
    if not partner:
        # It is told nothing, and stands among those that have not answered.
        sent = Sent(
            package_id, request.to, request.purpose, request.basis, request.case,
            request.consents, datetime.now(UTC), [], keys, cause,
        )  # fmt: skip
        node.note(by, "deny", package_id, rule="partner", **told)
        keep_sent(node.workspace, sent)
        return sent
    plain = pack(node, package_id, request, going, [by], recalls, cards)
    sent = sent_of(msgspec.json.decode(plain, type=Package), cause)
    keep_sent(node.workspace, sent)
    node.note(
        by, RECALL, package_id, sha256=digest(plain), corrected=len(going.facts),
        cause=cause[0], **told,
    )  # fmt: skip
    sealed, own = sealed_twice(node, plain, partner)
    keep_sealed(node.workspace, sent, sealed)
    Outbox(node.workspace).put(request.to, sealed, own)
    return sent
