"""What a node knows, as a table that tells nothing to whoever cannot have its keys evaluated."""

from __future__ import annotations

import hashlib
import secrets
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import chain, groupby
from operator import attrgetter
from pathlib import Path

import msgspec

from manara.exchange.blind.keys import Common, Person, table_keys
from manara.exchange.blind.oprf import SUITE, Evaluator
from manara.exchange.node import Node, today
from manara.exchange.partners import Partner
from manara.exchange.seal import read, signed
from manara.identity import name_key, number_key
from manara.identity.numbers import parts, stated_identifier
from manara.model import ExchangeError, Fact, NotFoundError, UsageError, vocabulary
from manara.pipeline.particulars import LINKED, PROPS, Linked, particulars
from manara.store import View
from manara.store.files import replacing
from manara.store.view import NAMES

KIND = "manara-table"
#: Bytes of a function value that a table keeps: a question of eight keys meets a table of
#: a million by chance once in 2.3 million million times.
TAG = 8
#: Tables are filled up to a multiple of this many tags, so that their length tells little.
STEP = 1024
_WANTED = frozenset({*NAMES, *PROPS, *LINKED})


class Table(msgspec.Struct, frozen=True, rename={"owner": "from", "asker": "to"}):
    """A table for one partner, one purpose and one epoch.

    Attributes:
        owner: id of the node whose knowledge it is of.
        asker: id of the partner that it is for.
        purpose: what may be asked for.
        epoch: how long: a month, such as ``2026-11``.
        suite: name of the oblivious function.
        public: the key that answers are proved with.
        tags: sorted tags, one behind the other.
        long: whether it is asked as a long list is; see `keys.Common.long`.
    """

    owner: str
    asker: str
    purpose: str
    epoch: str
    suite: str
    public: bytes
    tags: bytes
    long: bool = False

    def __len__(self) -> int:
        return len(self.tags) // TAG

    def __contains__(self, value: bytes) -> bool:
        place = bisect_left(range(len(self)), value[:TAG], key=self._tag)
        return place < len(self) and self._tag(place) == value[:TAG]

    def _tag(self, place: int) -> bytes:
        return self.tags[place * TAG : (place + 1) * TAG]


def evaluator(node: Node, partner: str, purpose: str, epoch: str) -> Evaluator:
    """Return a node's key for a partner, a purpose and an epoch; no two have the same."""
    info = "\x1f".join(("manara blind 1", partner, purpose, epoch))
    return Evaluator(node.keys.blind, info.encode())


def epoch_of(day: date) -> str:
    """Return the epoch of a day."""
    return f"{day:%Y-%m}"


def make_table(
    node: Node,
    partner_id: str,
    purpose: str,
    on: date,
    *,
    by: str,
    known: Iterable[Person] | None = None,
) -> bytes:
    """Return a signed table of the persons whom a partner may learn of for a purpose.

    A person is in it with what `permits` says could go to the partner on that day, and nothing
    else. That it was made, and its key, are in the audit log by then.

    Args:
        node: this node.
        partner_id: whom it is for.
        purpose: what it is for.
        on: the day.
        by: who makes it.
        known: what `persons` gives for these, where it was asked already.

    Raises:
        ExchangeError: the purpose was not agreed with the partner.
        NotFoundError: there is no such partner.
    """
    partner = node.partners.get(partner_id)
    if not partner.agreed(purpose):
        raise ExchangeError(f"{purpose} was not agreed with it", rule="agreement", where=partner_id)
    key, epoch = evaluator(node, partner_id, purpose, epoch_of(on)), epoch_of(on)
    people = list(persons(node.workspace.view(), partner, purpose, on) if known is None else known)
    common = Common.of(people)
    texts = {text for person in people for text in table_keys(person, common)}
    tags = {key.output(text.encode())[:TAG] for text in texts}
    while len(tags) % STEP or not tags:
        tags.add(secrets.token_bytes(TAG))
    table = Table(
        node.id,
        partner_id,
        purpose,
        epoch,
        SUITE,
        key.public,
        b"".join(sorted(tags)),
        common.long,
    )
    node.note(by, "table", partner_id, purpose=purpose, epoch=epoch, public=table.public.hex())
    return signed({"type": KIND, **msgspec.to_builtins(table)}, node.keys.signing)


def take_table(node: Node, data: bytes, *, by: str) -> Table:
    """Keep a partner's table after checking it, and return it; its key is in the audit log by then.

    Raises:
        ExchangeError: it is not the partner's, not for this node, of another suite, or has
            another key than the one the partner showed for the same purpose and epoch before.
    """
    table = _checked(node, data, today())
    shown = {"purpose": table.purpose, "epoch": table.epoch, "public": table.public.hex()}
    promised = ""
    for before in node.noted("take-table", "replace"):
        if before.thing == table.owner:
            told = {name: before.detail.get(name) for name in ("purpose", "epoch")}
            if before.action == "replace":
                # Its key of before was lost or stolen, and with it that of its tables.
                promised = promised if before.detail["overlap"] else ""
            elif told.items() <= shown.items():
                promised = str(before.detail["public"])
    if promised not in ("", shown["public"]):
        raise ExchangeError(
            f"has another key than the table of {table.epoch} before it",
            rule="second-key",
            where=table.owner,
            remedy="ask why: with two keys it could tell questions apart",
        )
    node.note(by, "take-table", table.owner, **shown)
    path = _place(node, table.owner, table.purpose)
    with node.workspace.writing():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with replacing(path) as partial:
            partial.write_bytes(data)
    return table


def kept_table(node: Node, owner: str, purpose: str) -> Table:
    """Return the newest table that was taken from a partner for a purpose.

    Raises:
        ExchangeError: the partner or its key is another by now.
        NotFoundError: none was.
    """
    path = _place(node, owner, purpose)
    if not path.is_file():
        raise NotFoundError(
            f"no table for {purpose}", where=owner,
            remedy=f"ask {owner} to run `manara blind table --to {node.id} --purpose {purpose}`",
        )  # fmt: skip
    return _checked(node, path.read_bytes())


def _place(node: Node, owner: str, purpose: str) -> Path:
    # A purpose is free text, and no part of a path.
    name = hashlib.sha256(f"{owner}\x1f{purpose}".encode()).hexdigest()[:24]
    return node.workspace.root / "exchange" / "tables" / f"{name}.table"


def _checked(node: Node, data: bytes, on: date | None = None) -> Table:
    message = read(data, KIND)
    node.partners.known(str(message.get("from")), KIND).card.check(message, on)
    try:
        table = msgspec.convert(message, Table)
    except msgspec.ValidationError as error:
        raise ExchangeError(str(error), rule="form", where=KIND) from error
    if table.asker != node.id:
        raise ExchangeError(f"is for {table.asker}", rule="recipient", where=KIND)
    if table.suite != SUITE:
        raise ExchangeError(f"is of the suite {table.suite}", rule="form", where=KIND)
    return table


def persons(view: View, partner: Partner, purpose: str, on: date) -> Iterator[Person]:
    """Yield what of a view a partner may learn: persons with a name, things with a number.

    A thing is what is known by a number: an account, a wallet, a document, a firearm, a vessel, a
    vehicle, a company.
    """
    for _, person in persons_by_id(view, allowed(view, partner, purpose, on)):
        yield person


def allowed(view: View, partner: Partner, purpose: str, on: date) -> set[str]:
    """Return the ids of the rules under which something may go to a partner for a purpose."""
    return {
        key
        for key, rule in view.handlings().items()
        if rule.permits(partner.recipient, purpose, on).permitted
    }


def persons_by_id(view: View, rules: Collection[str]) -> Iterator[tuple[str, Person]]:
    """Yield what facts under some rules tell of, persons and things, with their canonical ids."""
    linked = Linked(fact for fact in view.facts(props=_WANTED) if fact.handling_id in rules)
    for entity, facts in view.entities():
        known = _known([fact for fact in facts if fact.handling_id in rules], linked)
        if known:
            yield entity, known


def person_of(view: View, entity_id: str, rules: Collection[str] | None = None) -> Person:
    """Return what a view knows of a person or thing, to ask a partner for it.

    Args:
        view: what is known.
        entity_id: who or what.
        rules: ids of the rules under which facts are used; None for all.

    Raises:
        NotFoundError: there is no such entity.
        UsageError: nothing is known that it could be asked by.
    """
    view.require(entity_id)
    _, members = view.cluster(entity_id)
    own, linked = view.facts(members), view.facts(props=_WANTED)
    if rules is not None:
        own, linked = (
            (fact for fact in facts if fact.handling_id in rules) for facts in (own, linked)
        )
    known = _known(list(own), Linked(linked))
    if not known:
        raise UsageError("neither a person with a name nor a thing with a number", where=entity_id)
    return known


def _known(facts: list[Fact], linked: Linked) -> Person | None:
    if not any(_is_person(fact.schema) for fact in facts):
        numbers = _each(chain.from_iterable(_numbers_of(group) for group in _single(facts)))
        return Person((), numbers=numbers) if numbers else None
    names = _each(fact.value for fact in facts if fact.prop in NAMES)
    stated = [particulars(group, linked) for group in _single(facts)]
    if not names:
        return None
    return Person(
        names,
        _each(value for part in stated for value in part["birth_dates"]),
        _each(value for part in stated for value in part["documents"]),
        _each(value for part in stated for value in (*part["places"], *part["addresses"])),
    )


def _numbers_of(facts: list[Fact]) -> Iterator[str]:
    """Yield the keys of the numbers that one thing states.

    The serial number of a firearm says little without its make (article 8 of the UN Firearms
    Protocol), so that stands before it.
    """
    makes = [fact.value for fact in facts if (fact.schema, fact.prop) == ("Firearm", "make")]
    for key in particulars(facts, Linked(()))["documents"]:
        kind, _, number = parts(key)
        if kind == "serial" and makes:
            yield from (serial(make, number) for make in makes)
        else:
            yield key


def serial(make: str, number: str) -> str:
    """Return the key of a firearm's serial number."""
    return f"serial:{name_key(make)}:{number_key(number)}"


def stated_number(text: str) -> str:
    """Return the key of a number as somebody states it: alone, or with its kind before it.

    As `manara.identity.numbers.stated_identifier`, and a firearm as ``serial:MAKE:NUMBER``.

    Raises:
        UsageError: it is none.
    """
    kind, _, rest = text.partition(":")
    make, colon, number = rest.partition(":")
    if kind.strip().lower() == "serial" and colon:
        return serial(make, number)
    key: str = stated_identifier(text).key
    if not key:
        raise UsageError("is no number", where=text)
    return key


def _single(facts: list[Fact]) -> Iterator[list[Fact]]:
    for _, group in groupby(facts, key=attrgetter("entity_id")):
        yield list(group)


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _is_person(schema: str) -> bool:
    known = vocabulary().get(schema)
    return bool(known and known.is_a("Person"))
