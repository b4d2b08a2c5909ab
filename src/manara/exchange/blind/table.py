"""What a node knows, as a table that tells nothing to whoever cannot have its keys evaluated."""

from __future__ import annotations

import secrets
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from manara.exchange.blind.keys import Person, table_keys
from manara.exchange.blind.oprf import SUITE, Evaluator
from manara.exchange.node import Node
from manara.exchange.partners import Partner
from manara.exchange.seal import check, read, signed
from manara.model import ExchangeError, Fact, vocabulary
from manara.pipeline.particulars import LINKED, PROPS, Linked, particulars
from manara.store import View
from manara.store.log import entry_of
from manara.store.view import NAMES

KIND = "manara-table"
#: Bytes of a function value that a table keeps: a question of eight keys meets a table of
#: a million by chance once in 2.3 million million times.
TAG = 8
#: Tables are filled up to a multiple of this many tags, so that their length tells little.
STEP = 1024


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
    """

    owner: str
    asker: str
    purpose: str
    epoch: str
    suite: str
    public: bytes
    tags: bytes

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


def make_table(node: Node, partner_id: str, purpose: str, on: date, *, by: str) -> bytes:
    """Return a signed table of the persons whom a partner may learn of for a purpose.

    A person is in it with what `permits` says could go to the partner on that day, and nothing
    else. That it was made, and its key, are in the audit log by then.

    Raises:
        ExchangeError: the purpose was not agreed with the partner.
        NotFoundError: there is no such partner.
    """
    partner = node.partners.get(partner_id)
    if not partner.agreed(purpose):
        raise ExchangeError(f"{purpose} was not agreed with it", rule="agreement", where=partner_id)
    key, epoch = evaluator(node, partner_id, purpose, epoch_of(on)), epoch_of(on)
    people = persons(node.workspace.view(), partner, purpose, on)
    texts = {text for person in people for text in table_keys(person)}
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
    )
    node.note(by, "table", partner_id, purpose=purpose, epoch=epoch, public=table.public.hex())
    return signed({"type": KIND, **msgspec.to_builtins(table)}, node.keys.signing)


def take_table(node: Node, data: bytes, *, by: str) -> Table:
    """Return a partner's table after checking it; its key is in the audit log by then.

    Raises:
        ExchangeError: it is not the partner's, not for this node, of another suite, or has
            another key than the one the partner showed for the same purpose and epoch before.
    """
    message = read(data, KIND)
    owner = str(message.get("from"))
    known = node.partners.all()
    if owner not in known:
        raise ExchangeError(f"{owner} is not a partner", rule="partner", where=KIND)
    check(message, known[owner].card.signing_key)
    try:
        table = msgspec.convert(message, Table)
    except msgspec.ValidationError as error:
        raise ExchangeError(str(error), rule="form", where=KIND) from error
    if table.asker != node.id:
        raise ExchangeError(f"is for {table.asker}", rule="recipient", where=KIND)
    if table.suite != SUITE:
        raise ExchangeError(f"is of the suite {table.suite}", rule="form", where=KIND)
    shown = {"purpose": table.purpose, "epoch": table.epoch, "public": table.public.hex()}
    for line in node.log.lines():
        before = entry_of(line)
        if (before.action, before.thing) == ("take-table", owner):
            same = all(before.detail[name] == shown[name] for name in ("purpose", "epoch"))
            if same and before.detail["public"] != shown["public"]:
                raise ExchangeError(
                    f"has another key than the table of {table.epoch} before it",
                    rule="second-key",
                    where=owner,
                    remedy="ask why: with two keys it could tell questions apart",
                )
    node.note(by, "take-table", owner, **shown)
    return table


def persons(view: View, partner: Partner, purpose: str, on: date) -> Iterator[Person]:
    """Yield what of the persons of a view a partner may learn, one for each that has a name."""
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
    """Yield the persons that facts under some rules are about, each with its canonical id."""
    wanted = {*NAMES, *PROPS, *LINKED}
    linked = Linked(fact for fact in view.facts(props=wanted) if fact.handling_id in rules)
    for entity, facts in view.entities():
        known = [fact for fact in facts if fact.handling_id in rules]
        if any(_is_person(fact.schema) for fact in known):
            for person in _person(known, linked):
                yield entity, person


def _person(facts: list[Fact], linked: Linked) -> Iterator[Person]:
    names = _each(fact.value for fact in facts if fact.prop in NAMES)
    parts: list[Any] = []
    for _, group in groupby(facts, key=attrgetter("entity_id")):
        parts.append(particulars(list(group), linked))
    if names:
        yield Person(
            names,
            _each(value for part in parts for value in part["birth_dates"]),
            _each(value for part in parts for value in part["documents"]),
            _each(value for part in parts for value in (*part["places"], *part["addresses"])),
        )


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))


def _is_person(schema: str) -> bool:
    known = vocabulary().get(schema)
    return bool(known and known.is_a("Person"))
