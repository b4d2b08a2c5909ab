"""What of the facts and leads that were chosen may go to a partner, and which rule holds the rest.

Every fact is asked about by itself, with `manara.model.Handling.permits`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date
from typing import Any, NamedTuple

import msgspec

from manara.exchange.events import Happened, happened, happened_in
from manara.exchange.partners import Partner
from manara.exchange.sent import Recalls
from manara.model import ExchangeError, Fact, Handling, Lead, Permission, UsageError
from manara.pipeline.shared import canonical_ids_of
from manara.store import View

#: The kind of leads that came from partners begins with it.
PARTNER_LEADS = "partner."

#: The form of messages that brought events.
EVENTS_FORM = 2

#: What belongs to somebody so closely that its events are theirs.
_OWN = frozenset({"BankAccount", "CryptoWallet", "Vehicle", "Vessel", "Passport", "Identification"})


class Request(msgspec.Struct, frozen=True):
    """What is to be sent to whom, and for what.

    Attributes:
        to: id of the partner.
        purpose: what it may be used for, such as a key of `manara.model.PURPOSES`.
        entities: ids of entities; all that is known of each, and of those that are one with it,
            with the events in which they stand.
        leads: ids of leads; with each go the facts and events it rests on.
        linked: also the facts about entities tied to these by one step, the events of what is
            theirs (accounts, vehicles, documents), and the facts about who else is in the events.
        basis: the law or agreement it is sent under.
        case: reference of the case it is sent for.
        consents: ids of originators that have consented to this disclosure.
        days: how long the package may be opened.
        facts: ids of single facts and events.
        answers: id of the partner's request that this answers.
    """

    to: str
    purpose: str
    entities: list[str] = []
    leads: list[str] = []
    linked: bool = False
    basis: str = ""
    case: str = ""
    consents: list[str] = []
    days: int = 30
    facts: list[str] = []
    answers: str = ""


class Held(NamedTuple):
    """Something that does not go.

    Attributes:
        id: of the fact or lead.
        what: it in words.
        rule: which part of its handling rule decided; see `manara.model.Permission`.
        reason: the decision in a sentence.
    """

    id: str
    what: str
    rule: str
    reason: str


class Selection(NamedTuple):
    """What goes and what does not.

    Attributes:
        facts: those that go, each with the rule that it travels under.
        leads: the same for leads.
        held: what is held back.
        events: the same as the first for events.
        subjects: by the id of each lead the records that it names, which may be known of.
    """

    facts: list[tuple[Fact, Handling]]
    leads: list[tuple[Lead, Handling]]
    held: list[Held]
    events: list[tuple[Happened, Handling]]
    subjects: dict[str, list[str]]

    @classmethod
    def empty(cls) -> Selection:
        """Return one in which nothing goes or stays."""
        return cls([], [], [], [], {})

    def __bool__(self) -> bool:
        return bool(self.facts or self.leads or self.events)

    @property
    def told(self) -> list[tuple[Fact | Happened, Handling]]:
        """The facts and events that go."""
        return [*self.facts, *self.events]

    @property
    def digest(self) -> str:
        """Hash of what goes under which rule, so that a later look shows whether it is the same."""
        lines = [f"{each.id} {rule.id}" for each, rule in self.told]
        lines += [f"{lead.id} {lead.updated} {rule.id}" for lead, rule in self.leads]
        return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()

    def held_by_rule(self) -> list[str]:
        """Return how much each rule holds back, such as ``audience 3``."""
        counts = Counter(each.rule for each in self.held)
        return [f"{rule} {count}" for rule, count in sorted(counts.items())]


def select(
    view: View, request: Request, partner: Partner, sender: str, on: date, recalls: Recalls
) -> Selection:
    """Return what of a request may go to a partner on a day.

    Args:
        view: what is known.
        request: what is asked for.
        partner: to whom.
        sender: id of this node.
        on: the day, UTC.
        recalls: what may not go any more.

    Raises:
        ExchangeError: the purpose was not agreed with the partner.
        NotFoundError: there is no such entity or lead.
        UsageError: nothing is asked for, or the package could never be opened.
    """
    if not partner.agreed(request.purpose):
        raise ExchangeError(
            f"{request.purpose} was not agreed with it",
            rule="agreement",
            where=partner.id,
            remedy=f"agreed are {', '.join(partner.purposes)}",
        )
    if not (request.entities or request.leads or request.facts) or request.days < 1:
        raise UsageError("nothing to send", where=partner.id, remedy="name entities or leads")
    rules, chosen = view.handlings(), Selection.empty()
    consents = frozenset(request.consents)

    def asked(rule: Handling) -> Permission:
        return rule.permits(partner.recipient, request.purpose, on, consents)

    def stopped(rule: Handling, thing: str, what: str) -> bool:
        answer = asked(rule)
        if not answer.permitted:
            chosen.held.append(Held(thing, what, answer.rule, answer.reason))
        return not answer.permitted

    leads = [view.lead(lead_id) for lead_id in request.leads]

    def going(one: Fact | Happened, what: str) -> Handling | None:
        rule = rules[one.handling_id]
        if recalls.dead(sender, one.id, one.first_seen):
            chosen.held.append(Held(one.id, what, "recalled", "It was recalled."))
            return None
        if stopped(rule, one.id, what):
            return None
        return partner.travelling(rule, request.purpose, sender)

    def may_know(fact: Fact) -> bool:
        dead = recalls.dead(sender, fact.id, fact.first_seen)
        return not dead and asked(rules[fact.handling_id]).permitted

    facts, events = _wanted(view, request, leads)
    for fact in facts:
        if rule := going(fact, f"{fact.entity_id} {fact.prop} = {fact.value}"):
            chosen.facts.append((fact, rule))
    for event in events:
        if not partner.reads(EVENTS_FORM):
            reason = "The partner's release reads no events: it would refuse the whole package."
            chosen.held.append(Held(event.id, event.what, "format", reason))
        elif rule := going(event, event.what):
            chosen.events.append((event, rule))
    for lead in leads:
        if lead.finding.kind.startswith(PARTNER_LEADS):
            reason = "It is another node's: only that node hands it on."
            chosen.held.append(Held(lead.id, lead.finding.title, "origin", reason))
        elif not stopped(lead.handling, lead.id, lead.finding.title):
            subjects = _subjects(view, lead, may_know)
            if not subjects:
                reason = "None of the records it is about may be known of."
                chosen.held.append(Held(lead.id, lead.finding.title, "name", reason))
                continue
            rule = partner.travelling(lead.handling, request.purpose, sender)
            chosen.leads.append((lead, rule))
            chosen.subjects[lead.id] = subjects
    return chosen


def _subjects(view: View, lead: Lead, may_know: Callable[[Fact], bool]) -> list[str]:
    """Return the records that a lead may be said to be about, each subject by one of its own.

    The id by which a subject goes here may be that of a record nobody else may know of.
    """
    found = []
    for subject in lead.finding.subjects:
        free = {fact.entity_id for fact in view.facts(view.cluster(subject)[1]) if may_know(fact)}
        if free:
            found.append(subject if subject in free else min(free))
    return list(dict.fromkeys(found))


def _wanted(view: View, request: Request, leads: list[Lead]) -> tuple[list[Fact], list[Happened]]:
    """Return the facts and events that are asked for, each once, in order."""
    members = _members(view, request.entities)
    found = {fact.id: fact for fact in view.facts(members)}
    known = {fact.entity_id for fact in found.values()}
    own = set(members)
    if request.linked:
        linked = list(view.linked(list(found.values()), members))
        own |= _belonging(linked, members)
        found |= {fact.id: fact for fact in (*linked, *view.facts(own - known))}
    events = {one.id: one for one in happened(view, own)}
    known |= {party for one in events.values() for party in one.parties}
    for entity_id in request.entities:
        if entity_id not in known:
            view.require(entity_id)
    if request.linked and events:
        others = {party for one in events.values() for party in one.parties} - own
        found |= {fact.id: fact for fact in view.facts(others)}
    shown = (each for lead in leads for each in lead.finding.evidence)
    evidence = view.evidence([*shown, *request.facts])
    found |= {key: _fact(row) for key, row in evidence.items() if row["table"] == "facts"}
    events |= {one.id: one for one in happened_in(view, evidence.values())}
    return (
        sorted(found.values(), key=lambda fact: (fact.entity_id, fact.prop, fact.value)),
        sorted(events.values(), key=lambda one: (one.table, str(one.values["time"]), one.id)),
    )


def _belonging(linked: list[Fact], members: set[str]) -> set[str]:
    """Return the ids of what belongs to entities so closely that its events are theirs."""
    owned = {fact.entity_id for fact in linked if fact.prop == "owner" and fact.value in members}
    return {fact.entity_id for fact in linked if fact.schema in _OWN} | {
        fact.value for fact in linked if fact.prop == "asset" and fact.entity_id in owned
    }


def _members(view: View, entities: list[str]) -> set[str]:
    """Return the ids of entities and of all that are one with them."""
    canonical = canonical_ids_of(view)
    wanted = {canonical.get(each, each) for each in entities}
    return wanted.union(entities, (each for each, one in canonical.items() if one in wanted))


def _fact(row: dict[str, Any]) -> Fact:
    row = row | {"first_seen": row["first_seen"].replace(tzinfo=UTC)}
    return Fact(**{name: row[name] for name in Fact._fields if name in row})
