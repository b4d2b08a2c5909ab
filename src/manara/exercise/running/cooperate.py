"""Cooperation of an exercise: blind questions, requests on hits, and packages in answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

import msgspec

from manara.exchange import Request, import_package, prepare, release, take, take_receipt
from manara.exchange.blind import (
    Answerer,
    Person,
    allowed,
    ask,
    make_table,
    question_keys,
    take_table,
)
from manara.exchange.blind.keys import STRONG
from manara.exchange.letters import REQUEST, Letter, write_letter
from manara.exchange.node import today
from manara.exchange.outbox import Outbox
from manara.exchange.package import Package
from manara.exercise.running.known import Known
from manara.exercise.running.leaving import Left, LeftLead, events_in, leads_in
from manara.exercise.running.nodes import OFFICER, PURPOSE, Site
from manara.exercise.running.record import Place, Records
from manara.identity import number_key
from manara.identity.numbers import parts
from manara.model import ExchangeError, Fact

_BASIS = "agreement of the exercise"
_SECOND = "exercise-second"
#: People whom one request names at most: a letter has room for some thirty.
_NAMED = 15


class Hit(msgspec.Struct, frozen=True):
    """A blind question that was answered with a hit.

    Attributes:
        asker: id of the node that asked.
        owner: id of the node that was asked.
        day: of the calendar.
        subject: the records of whom it was about, at the asker.
        agreed: kinds of keys that agreed.
        outcome: ``answered``, ``weak`` (only a part of the name agreed: nothing is requested),
            ``unnamed`` (the asker may not say openly whom it means), ``not found`` (by what it may
            say) or ``refused``.
        told: the records of the owner that the request was found to be about.
        held: how much each rule held back of the answer, such as ``audience 3``; a day's hits of
            one node at another are asked about and answered together.
    """

    asker: str
    owner: str
    day: date
    subject: list[Place]
    agreed: list[str]
    outcome: str
    told: list[Place] = []
    held: list[str] = []


class Cooperation:
    """Lets nodes ask each other, round after round.

    Args:
        sites: the nodes by id.

    Attributes:
        questions: blind questions asked so far.
        hits: those that were hits.
        left: the facts and events that left a node.
        leads: the leads that left a node.
    """

    def __init__(self, sites: Mapping[str, Site]) -> None:
        self.questions = 0
        self.hits: list[Hit] = []
        self.left: list[Left] = []
        self.leads: list[LeftLead] = []
        self._sites = sites
        self._answerers = {name: Answerer(site.node) for name, site in sites.items()}
        self._answered: set[tuple[str, str, str]] = set()

    def exchange(self, interest: Mapping[str, Sequence[str]], day: date) -> set[str]:
        """Let each node ask all others; return the ids of those that got an answer.

        Who was hit and answered once is not asked for again.

        Args:
            interest: ids of entities, by node.
            day: of the calendar.
        """
        got = set()
        self._known = {name: Known(site) for name, site in self._sites.items()}
        people = {name: known.asked() for name, known in self._known.items()}
        for owner in self._sites.values():
            for asker in self._sites.values():
                if owner is asker:
                    continue
                wanted = {
                    entity: people[asker.id][entity]
                    for entity in interest[asker.id]
                    if entity in people[asker.id]
                    and (asker.id, owner.id, entity) not in self._answered
                }
                if self._pair(asker, owner, wanted, day):
                    got.add(asker.id)
                    self._known[asker.id] = Known(asker)
        return got

    def _pair(self, asker: Site, owner: Site, wanted: Mapping[str, Person], day: date) -> bool:
        """Let one node ask another; return whether it got an answer."""
        if not wanted:
            return False
        listed = self._known[owner.id].told_to(asker.id)
        made = make_table(
            owner.node, asker.id, PURPOSE, today(), by=OFFICER, known=listed.people.values()
        )
        table = take_table(asker.node, made, by=OFFICER)
        hits = []
        for entity, person in wanted.items():
            asking = ask(
                asker.node, table, person, case=f"exercise {day}", basis=_BASIS,
                officers=[OFFICER, _SECOND],
            )  # fmt: skip
            answer = self._answerers[owner.id].answer(asking.message)
            match = asking.read(answer, by=OFFICER)
            if match.hit:
                hits.append((entity, match.agreed))
        self.questions += len(wanted)
        if not hits:
            return False
        files = {one.id: one.files for one in self._sites.values()}
        talk = Talk(self._known[asker.id], self._known[owner.id], day, files)
        for at in range(0, len(hits), _NAMED):
            self.hits += talk.follow(hits[at : at + _NAMED])
        self._answered.update((asker.id, owner.id, entity) for entity, _ in hits)
        self.left += talk.left
        self.leads += talk.leads
        return talk.answered


class Talk:
    """What one node asks another openly after hits, and what it is told."""

    def __init__(
        self, asker: Known, owner: Known, day: date, files: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.left: list[Left] = []
        self.leads: list[LeftLead] = []
        self.answered = False
        self._asker, self._owner, self._day, self._files = asker.site, owner.site, day, files
        nodes = (asker.site.id, owner.site.id)
        self._nameable = asker.told_to(owner.site.id).people
        self._listed = owner.told_to(asker.site.id)
        self._view, self._other = asker.view, owner.view
        self._mine, self._theirs = asker.records.among(nodes), owner.records.among(nodes)

    def follow(self, hits: Sequence[tuple[str, list[str]]]) -> list[Hit]:
        """Ask openly about entities that were hits, in one request, and take the answer in."""
        between = self._asker.id, self._owner.id, self._day
        found = [
            Hit(*between, self._mine.subject(entity), agreed, "weak") for entity, agreed in hits
        ]
        strong = [at for at, (_, agreed) in enumerate(hits) if not STRONG.isdisjoint(agreed)]
        asked = {at: self._nameable.get(hits[at][0]) for at in strong}
        named = {at: person for at, person in asked.items() if person is not None}
        meant = {at: self._meant(person) for at, person in named.items()}
        outcome, held = "not found", list[str]()
        if named:
            letter = self._request({hits[at][0]: person for at, person in named.items()})
            known = list(dict.fromkeys(one for of in meant.values() for one in of))
            outcome, held = self._answered(letter, known)
        for at in strong:
            told = [self._theirs.of(one) for one in meant.get(at, ())]
            result = "unnamed" if at not in named else outcome if told else "not found"
            found[at] = msgspec.structs.replace(
                found[at], outcome=result, told=told, held=held if told else []
            )
        return found

    def answer(self, letter: Letter) -> tuple[str, list[str]]:
        """Let the owner answer a request, which came already, for the entities that it names.

        Whom it means is found by what the asker may tell of them.

        Returns:
            ``answered``, ``not found`` or ``refused``, and how much each rule held back, or which
            refused.
        """
        known = [entity for node, entity in letter.subjects if node == self._owner.id]
        for node, entity in letter.subjects:
            person = self._nameable.get(self._view.cluster(entity)[0])
            if node == self._asker.id and person:
                known += self._meant(person)
        return self._answered(letter, list(dict.fromkeys(known)))

    def _answered(self, letter: Letter, known: list[str]) -> tuple[str, list[str]]:
        """Return what became of a request, and how much each rule held back or which refused."""
        if not known:
            return "not found", []
        try:
            held = self._answer(letter, known)
        except ExchangeError as error:
            return "refused", [error.rule]
        self.answered = True
        return "answered", held

    def _request(self, people: Mapping[str, Person]) -> Letter:
        """Send the owner a request that names whom the asker may name."""
        names = [person._asdict() for person in people.values()]
        letter, _ = write_letter(
            self._asker.node, self._owner.id, REQUEST, by=OFFICER, purpose=PURPOSE,
            text=json.dumps(names, ensure_ascii=False), case=f"exercise {self._day}", basis=_BASIS,
        )  # fmt: skip
        for message in list(Outbox(self._asker.workspace).waiting()):
            _, receipt = take(self._owner.node, message.path.read_bytes(), by=OFFICER)
            take_receipt(self._asker.node, receipt, by=OFFICER)
            Outbox(self._asker.workspace).done(message)
        for entity, person in people.items():
            for fact in self._told(entity, person):
                self._leaves(self._asker, self._owner, "request", fact, self._mine)
        return letter

    def _told(self, entity: str, person: Person) -> Iterator[Fact]:
        """Yield a fact for each value that a request tells: one that may go, if any states it."""
        members = self._mine.members.get(entity, [entity])
        own = list(self._view.facts(members))
        linked = self._view.linked(own, members)
        to = self._asker.node.partners.get(self._owner.id)
        rules = allowed(self._view, to, PURPOSE, today())
        numbers = {parts(key)[2] for key in person.numbers}
        texts = {*person.names, *person.births, *person.places}
        found: dict[str, Fact] = {}
        for fact in (*own, *linked):
            number = number_key(fact.value)
            value = fact.value if fact.value in texts else number if number in numbers else ""
            if value and (value not in found or fact.handling_id in rules):
                found[value] = fact
        yield from found.values()

    def _meant(self, person: Person) -> list[str]:
        """Return whom the owner knows that a request names: by strong keys, else by any."""
        asked = question_keys(person, long=self._listed.common.long)
        for kinds in (STRONG, {key.kind for key in asked} - {""}):
            texts = {key.text for key in asked if key.kind in kinds}
            found = [one for one, keys in self._listed.keys.items() if not texts.isdisjoint(keys)]
            if found:
                return found
        return []

    def _answer(self, letter: Letter, meant: list[str]) -> list[str]:
        """Send what may go of those who are meant, with what is tied to them and their leads."""
        of = set(meant).union(*(self._theirs.members.get(one, ()) for one in meant))
        of |= self._held(of)
        leads = [
            lead.id
            for lead in self._other.leads()
            if not of.isdisjoint(lead.finding.subjects) and not lead.finding.kind.startswith("part")
        ]
        request = Request(
            self._asker.id, PURPOSE, meant, leads, linked=True, basis=_BASIS, case=letter.case,
            answers=letter.id,
        )  # fmt: skip
        draft, _ = prepare(self._owner.node, request, by=OFFICER)
        released = release(self._owner.node, draft.id, by=_SECOND)
        arrived = import_package(self._asker.node, released.sealed, by=OFFICER)
        take_receipt(self._owner.node, arrived.receipt, by=OFFICER)
        for fact, _ in released.selection.facts:
            self._leaves(self._owner, self._asker, "package", fact, self._theirs)
        plain = self._asker.node.keys.open(released.sealed, "package")
        package = msgspec.json.decode(plain, type=Package)
        self.left += events_in(package, self._day, self._files)
        self.leads += leads_in(package, self._day, self._other, self._theirs)
        return released.selection.held_by_rule()

    def _held(self, people: set[str]) -> set[str]:
        """Return the accounts and other things that people own, and all that are one with them."""
        own = list(self._other.facts(people))
        things = {one.value for one in self._other.linked(own, people) if one.prop == "asset"}
        return {self._theirs.canonical(one) for one in things} | things

    def _leaves(self, site: Site, to: Site, way: str, fact: Fact, records: Records) -> None:
        place = records.of(fact.entity_id)
        self.left.append(
            Left(
                site.id,
                to.id,
                self._day,
                way,
                place.record,
                place.node,
                site.files.get(fact.source_id, ""),
                fact.prop,
                PURPOSE,
            )
        )
