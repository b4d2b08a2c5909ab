"""From a sealed package to facts and leads of this workspace, under the rules they came with."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from manara.exchange.arrivals import Item, item_of, put_facts, put_leads_of
from manara.exchange.card import Card
from manara.exchange.disclosure import hash_of
from manara.exchange.events import EVENTS
from manara.exchange.given import Givens
from manara.exchange.heads import grew, read_head
from manara.exchange.node import Node, today
from manara.exchange.package import (
    KIND,
    Carried,
    Package,
    TellingLead,
    origins,
    read_package,
    recalled,
    tellings,
)
from manara.exchange.recalling import Listed, forget, pass_on
from manara.exchange.receipts import receipt
from manara.exchange.selection import Held
from manara.exchange.sent import Recalls
from manara.model import (
    ExchangeError,
    Handling,
    Recipient,
    Relation,
    StatedEvent,
    UsageError,
)
from manara.store.log import entry_of


class Arrived(NamedTuple):
    """What a package came to.

    Attributes:
        package: id of the package.
        sender: id of the node that sent it.
        purpose: what it may be used for.
        datasets: names of the datasets its facts are in now.
        facts: facts taken in.
        added: facts and events not known from this partner before.
        leads: leads taken in.
        refused: what was not taken in, and by which rule.
        log: what the sender's audit log showed: ``first``, ``grew``, ``same`` or ``not shown``.
        receipt: signed, for the sender.
        recalled: facts that went from all answers because their originator took them back.
        passed: partners that the recall waits for in the outbox, since they had got such facts.
        answers: id of our request that it answers, or ``""``.
        events: events taken in.
    """

    package: str
    sender: str
    purpose: str
    datasets: list[str]
    facts: int
    added: int
    leads: int
    refused: list[Held]
    log: str
    receipt: bytes
    recalled: int = 0
    passed: tuple[str, ...] = ()
    answers: str = ""
    events: int = 0


def import_package(node: Node, sealed: bytes, *, by: str) -> Arrived:
    """Take a package in and return what it came to; doing it again changes nothing.

    Args:
        node: this node.
        sealed: the package as it came.
        by: the officer who takes it in.

    Raises:
        ExchangeError: it is for another node, is not signed by a partner, has expired, was sent
            before with another content, or its sender's audit log was rewritten.
    """
    try:
        plain, package = _opened(node, sealed)
        cards = origins(package, _cards(node))
        lists = [(each, recalled(each, cards[each.body.origin])) for each in package.recalls]
        items, leads, refused = _told(node, package, cards)
        log = _log_shown(node, package)
    except ExchangeError as error:
        digest = hashlib.sha256(sealed).hexdigest()
        node.note(by, "refuse", f"sha256:{digest}", rule=error.rule, reason=error.message)
        raise
    rules = Counter(each.rule for each in refused)
    node.note(
        by,
        "import",
        package.id,
        sender=package.sender,
        purpose=package.purpose,
        case=package.case,
        sha256=hashlib.sha256(plain).hexdigest(),
        facts=len(items) - (happened := _events(items)),
        events=happened,
        leads=len(leads),
        refused=[f"{rule} {count}" for rule, count in sorted(rules.items())],
        recalled=sum(len(entries) for _, entries in lists),
        answers=package.answers,
    )
    source = node.workspace.keep(io.BytesIO(plain), f"package-{package.id}.json")
    added, spoilt = put_facts(node, package, source, items, by)
    ill = {each.id for each in spoilt}
    whole = [item for item in items if item.hash not in ill]
    bare = put_leads_of(node, package, items, leads, by)
    _keep_head(node, package, log)
    gone, passed = _take_back(node, package, cards, lists, by)
    happened = _events(whole)
    counts = (len(whole) - happened, len(leads) - len(bare))
    return Arrived(
        package.id,
        package.sender,
        package.purpose,
        sorted({item.dataset for item in items}),
        counts[0],
        added,
        counts[1],
        refused + spoilt + bare,
        log,
        receipt(
            node, package.id, plain, package.sender, facts=counts[0], leads=counts[1],
            recalled=gone, passed=passed, events=happened,
        ),
        gone,
        passed,
        package.answers,
        happened,
    )  # fmt: skip


def _events(items: list[Item]) -> int:
    return sum(isinstance(item.stated, StatedEvent) for item in items)


def _take_back(
    node: Node, package: Package, cards: dict[str, Card], lists: list[Listed], by: str
) -> tuple[int, tuple[str, ...]]:
    """Take back what a package says is to be; return how many facts went, and who is told."""
    if not lists:
        return 0, ()
    recalls = Recalls(node)
    keys = set[tuple[str, str]]()
    for signed, entries in lists:
        who = recalls.who(signed.body.origin, cards[signed.body.origin].root)
        recalls.add(who, entries)
        keys |= {(who, each.fact) for each in entries}
    reasons = sorted({each.reason for _, entries in lists for each in entries})
    gone = forget(node, keys, by=by, reason="; ".join(reasons))
    told = pass_on(node, package, lists, cards, by=by)
    before = Givens(node).passed_on(package.id)
    return gone, tuple(sorted({each.to for each in [*told, *before]}))


def _opened(node: Node, sealed: bytes) -> tuple[bytes, Package]:
    plain = node.keys.open(sealed, "package")
    package = read_package(plain, _cards(node), today())
    where = f"{KIND} {package.id}"
    if package.receiver != node.id:
        raise ExchangeError(f"is for {package.receiver}", rule="recipient", where=where)
    if package.expires < today():
        raise ExchangeError(
            f"could be opened until {package.expires}", rule="expired", where=where,
            remedy=f"ask {package.sender} for it again",
        )  # fmt: skip
    digest = hashlib.sha256(plain).hexdigest()
    thing = msgspec.json.encode(package.id)
    for known in (entry_of(line) for line in node.log.lines() if thing in line):
        if (known.action, known.thing) == ("import", package.id) and known.detail.get(
            "sha256"
        ) != digest:
            raise ExchangeError("came before with another content", rule="replay", where=where)
    return plain, package


def _cards(node: Node) -> dict[str, Card]:
    known = {each.id: each.card for each in node.partners.all().values()}
    return known | {node.id: node.keys.card}


def _told(
    node: Node, package: Package, cards: dict[str, Any]
) -> tuple[list[Item], list[TellingLead], list[Held]]:
    """Return the facts and leads that the rules they came under let this node use."""
    groups = frozenset(package.groups)
    me = Recipient(node.id, node.id, Relation.ORGANISATION, groups)
    recalls = Recalls(node)
    items: list[Item] = []
    leads: list[TellingLead] = []
    refused: list[Held] = []

    def stopped(rule: Handling, thing: str, what: str) -> bool:
        answer = rule.permits(me, package.purpose, today(), package.consents)
        if not answer.permitted:
            refused.append(Held(thing, what, answer.rule, answer.reason))
        return not answer.permitted

    for number, carried in enumerate(package.objects, 1):
        card = cards[carried.object.body.origin]
        if carried.object.body.kind == "lead":
            lead = _lead(carried, card)
            if not stopped(Handling.from_dict(lead.handling), lead.id, lead.title):
                leads.append(lead)
            continue
        for at, (told, rule) in enumerate(tellings(carried, card), 1):
            what = told.what
            if recalls.dead(recalls.who(card.id, card.root), told.id, told.first_seen):
                refused.append(Held(told.id, what, "recalled", "Its originator took it back."))
            elif not stopped(rule, told.id, what):
                kind = EVENTS if carried.object.body.kind == EVENTS else "fact"
                place = f"object {number}, {kind} {at}"
                hash_ = hash_of(carried.object.disclosures[at - 1])
                items.append(item_of(told, card.id, package.sender, node.id, rule, place, hash_))
    return items, leads, refused


def _lead(carried: Carried, card: Any) -> TellingLead:
    try:
        (value,) = carried.object.opened(card)
        lead = msgspec.convert(value, TellingLead)
        Handling.from_dict(lead.handling)
    except (ValueError, msgspec.ValidationError, UsageError) as error:
        raise ExchangeError(str(error), rule="form", where=f"lead of {card.id}") from error
    return lead


def _log_shown(node: Node, package: Package) -> str:
    """Return what the sender's log showed.

    Raises:
        ExchangeError: it is not the log that it showed before with more behind it.
    """
    partner = node.partners.get(package.sender)
    new, old = read_head(package.head, partner.card, today()), partner.head
    if old is None:
        return "first"
    if new.size < old.size and new.at <= old.at:
        # It was made before one that came earlier.
        return "not shown"
    if new.size < old.size or (
        package.proof.first == old.size and not grew(old, new, package.proof.hashes)
    ):
        raise ExchangeError(
            "its audit log is not the one it showed before: something in it was changed",
            rule="log",
            where=partner.id,
            remedy="ask why; remove and add the partner to begin anew",
        )
    if package.proof.first != old.size:
        return "not shown"
    return "same" if new.size == old.size else "grew"


def _keep_head(node: Node, package: Package, log: str) -> None:
    partner = node.partners.get(package.sender)
    if log != "not shown":
        head = read_head(package.head, partner.card, today())
        node.partners.put(replace(partner, head=head, format=package.format))
