"""Packages: what one node hands another, as they travel and as they are read.

A package is one signed JSON message, sealed for its receiver. In it, each entity is an object
signed by the node whose facts they are; facts that came from a third node travel in the object
that node signed, without what may not go further.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, TypeAlias

import msgspec

from manara.exchange.card import Card
from manara.exchange.disclosure import SignedObject
from manara.exchange.events import EVENTS, TellingEvent
from manara.exchange.partners import FIRST_FORM
from manara.exchange.seal import read
from manara.model import ExchangeError, Fact, Handling, UsageError

_Text = Annotated[str, msgspec.Meta(min_length=1, pattern=r"\S")]

KIND = "manara-package"
RECALL = "recall"
#: Kinds of objects whose disclosures are facts or events, which are recalled one by one.
FACTS = ("entity", EVENTS)
#: Name of the format of a package as a source.
FORMAT = "manara-package"


class Telling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fact as its originator discloses it.

    Attributes:
        id: what its originator knows it by.
        entity: the entity it is about.
        schema: see `manara.model.Fact`, as the others.
        prop: the property.
        value: its value.
        original: the source's own text.
        lang: language of the value.
        dataset: the originator's dataset.
        source: SHA-256 of the originator's source.
        locator: where it stands in that source.
        first_seen: when the originator first recorded it.
        handling: the rule it was handed over under.
    """

    id: str
    entity: str
    schema: str
    prop: str
    value: str
    original: str
    lang: str
    dataset: str
    source: str
    locator: str
    first_seen: datetime
    handling: dict[str, Any]

    @property
    def what(self) -> str:
        """It in words."""
        return f"{self.entity} {self.prop} = {self.value}"

    @property
    def place(self) -> tuple[str, str, str]:
        """What tells it from all other statements of its originator."""
        return self.entity, self.prop, self.value

    @classmethod
    def of(cls, fact: Fact, rule: Handling) -> Telling:
        """Return a fact of this node to be handed over under a rule."""
        return cls(
            fact.id,
            fact.entity_id,
            fact.schema,
            fact.prop,
            fact.value,
            fact.original_value,
            fact.lang,
            fact.dataset,
            fact.source_id,
            fact.locator,
            fact.first_seen,
            rule.to_dict(),
        )


#: A fact or an event as its originator discloses it.
Told: TypeAlias = Telling | TellingEvent


class LeadStep(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One step of a lead's explanation; evidence as hashes of disclosures in the package."""

    text: _Text
    evidence: list[str]


class TellingLead(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A lead as its originator discloses it.

    Attributes:
        id: what its originator knows it by.
        kind: see `manara.model.Finding`, as the others.
        subjects: the entities it is about, each as its origin and the id there.
        score: its probability.
        severity: 1 to 4.
        title: it in one line.
        steps: its explanation.
        evidence: hashes of the disclosures in the package that show it.
        unshown: number of facts and events that show it and are not in the package.
        found: when it was last found or changed.
        handling: the rule it was handed over under.
    """

    id: str
    kind: _Text
    subjects: Annotated[list[tuple[str, _Text]], msgspec.Meta(min_length=1)]
    score: Annotated[float, msgspec.Meta(ge=0, le=1)]
    severity: Annotated[int, msgspec.Meta(ge=1, le=4)]
    title: _Text
    steps: Annotated[list[LeadStep], msgspec.Meta(min_length=1)]
    evidence: list[str]
    unshown: int
    found: datetime
    handling: dict[str, Any]


class Carried(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object of a package.

    Attributes:
        object: signed by its origin.
        rules: one for each disclosure, by which the sender binds the receiver beyond what the
            origin did; empty for the sender's own objects.
    """

    object: SignedObject
    rules: list[dict[str, Any]] = []


class Recalled(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That its originator takes a fact back.

    Attributes:
        fact: what its originator knows it by.
        at: when; what the originator first recorded later is not meant.
        reason: why.
        corrected: ids of the facts that take its place.
    """

    fact: str
    at: datetime
    reason: str
    corrected: list[str] = []


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That the sender's log only grew since the receiver last confirmed it."""

    first: int
    hashes: list[str]


class Package(msgspec.Struct, frozen=True, rename={"sender": "from", "receiver": "to"}):
    """A package without its signature.

    Attributes:
        id: of the package.
        sender: id of the node that sends it.
        receiver: id of the node that it is for.
        purpose: what it may be used for.
        basis: the law or agreement it is sent under.
        case: reference of the case it is sent for.
        officers: who prepared and who released it.
        consents: originators that consented to it.
        groups: groups that the sender takes the receiver to belong to.
        made: when.
        expires: last day on which it may be opened.
        objects: what is told.
        cards: signed cards of the origins that are not the sender.
        head: signed head of the sender's audit log.
        proof: that this log only grew.
        recalls: of kind ``recall``, each signed by the originator of the facts it takes back.
        answers: id of the request that it answers, or ``""``.
        format: the newest form of messages that the sender reads.
    """

    id: str
    sender: str
    receiver: str
    purpose: str
    basis: str
    case: str
    officers: list[str]
    consents: list[str]
    groups: list[str]
    made: datetime
    expires: date
    objects: list[Carried]
    cards: list[dict[str, Any]]
    head: dict[str, Any]
    proof: Proof
    recalls: list[SignedObject] = []
    answers: str = ""
    format: int = FIRST_FORM

    def to_message(self) -> dict[str, Any]:
        """Return it as a message, not signed."""
        values = {"type": KIND, **msgspec.to_builtins(self)}
        values["made"] = self.made.isoformat(timespec="seconds")
        return values


def read_package(data: bytes, card_of: dict[str, Card], on: date | None = None) -> Package:
    """Return an opened package after checking the signature of its sender.

    Args:
        data: the package as JSON.
        card_of: cards of the nodes that are known, by id.
        on: see `Card.check`.

    Raises:
        ExchangeError: it is none, its sender is not known or did not sign it.
    """
    message = read(data, KIND)
    sender = str(message.get("from"))
    if sender not in card_of:
        raise ExchangeError(
            f"{sender} is not a partner", rule="partner", where=KIND,
            remedy="`manara partner add` its card first",
        )  # fmt: skip
    card_of[sender].check(message, on)
    try:
        return msgspec.convert(message, Package)
    except msgspec.ValidationError as error:
        raise ExchangeError(str(error), rule="form", where=KIND) from error


def origins(package: Package, card_of: dict[str, Card]) -> dict[str, Card]:
    """Return the cards of all nodes whose objects are in a package, by id.

    Those that are known here count, unless a newer one follows from them; the sender's word is
    taken for the others.

    Raises:
        ExchangeError: a card is missing, or is another than the one known here.
    """
    brought = {card.id: card for card in (Card.read(_json(each)) for each in package.cards)}
    newer = dict[str, Card]()
    for node, card in brought.items():
        known = card_of.get(node, card)
        if card.follows(known):
            newer[node] = card
        elif card != known and not known.follows(card):
            raise ExchangeError(
                f"shows another card of {node} than the one known here", rule="signature",
                where=f"{KIND} {package.id}", remedy=f"ask {node} which card is right",
            )  # fmt: skip
    found = brought | card_of | newer
    signed = [each.object for each in package.objects] + package.recalls
    missing = {each.body.origin for each in signed} - found.keys()
    if missing:
        raise ExchangeError(
            f"no card of {min(missing)}", rule="signature", where=f"{KIND} {package.id}"
        )
    return found


def told_in(signed: SignedObject, values: list[Any]) -> list[Told]:
    """Return the facts or events that the values of an object state.

    Raises:
        ValidationError: they state none.
    """
    kind: Any = TellingEvent if signed.body.kind == EVENTS else Telling
    return [msgspec.convert(value, kind) for value in values]


def tellings(carried: Carried, card: Card) -> list[tuple[Told, Handling]]:
    """Return the facts or events of an object with the rules that bind the receiver.

    Raises:
        ExchangeError: something in it is not its origin's or not well formed.
    """
    values = carried.object.opened(card)
    try:
        told = told_in(carried.object, values)
        return list(zip(told, rules_of(carried, told), strict=True))
    except (msgspec.ValidationError, UsageError, ValueError) as error:
        raise ExchangeError(
            str(error),
            rule="form",
            where=f"{carried.object.body.kind} of {carried.object.body.origin}",
        ) from error


def rules_of(carried: Carried, told: Sequence[Told]) -> list[Handling]:
    """Return the rules that bind the receiver of the facts or events of an object."""
    rules = [Handling.from_dict(each.handling) for each in told]
    if not carried.rules:
        return rules
    bound = [Handling.from_dict(each) for each in carried.rules]
    return [rule | more for rule, more in zip(rules, bound, strict=True)]


def recalled(signed: SignedObject, card: Card) -> list[Recalled]:
    """Return what an originator takes back.

    Raises:
        ExchangeError: something in it is not the originator's or not well formed.
    """
    try:
        found = [msgspec.convert(value, Recalled) for value in signed.opened(card)]
    except msgspec.ValidationError as error:
        raise ExchangeError(str(error), rule="form", where=f"recall of {card.id}") from error
    if signed.body.kind != RECALL or any(each.at.tzinfo is None for each in found):
        raise ExchangeError("is no recall", rule="form", where=f"recall of {card.id}")
    return found


def _json(value: dict[str, Any]) -> bytes:
    return msgspec.json.encode(value)
