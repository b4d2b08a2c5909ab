"""A partner that signs nonsense gets an error with a name, and the store stays whole."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from manara.exchange import import_package, prepare, release, take_receipt
from manara.exchange.blind import Answerer, Person, ask, make_table, take_table
from manara.exchange.node import Node, today
from manara.exchange.package import KIND as PACKAGE
from manara.exchange.seal import base64url, canonical, read, seal, sign, signed, unbase64url, unseal
from manara.exchange.selection import Request
from manara.model import ExchangeError, Handling, ManaraError
from tests.exchange.conftest import NewNode, Said, hold, meet

ODD = [
    None,
    True,
    -1,
    10**15,
    0.5,
    "",
    "x",
    "\0",
    "é" * 300,
    [],
    {},
    [[]],
    {"a": None},
    "2026-02-30",
]


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the place of everything in a JSON value."""
    parts = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in parts:
        yield (*path, key)
        if isinstance(part, dict | list):
            yield from places(part, (*path, key))


def spoilt(message: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """Return a message with something in it replaced, taken away or doubled."""
    copy = read(canonical(message), str(message["type"]))
    *way, last = chance.choice(list(places(copy)))
    inside: Any = copy
    for key in way:
        inside = inside[key]
    match chance.randrange(4):
        case 0 if isinstance(inside, dict):
            del inside[last]
        case 1 if isinstance(inside, list):
            inside.insert(last, inside[last])
        case _:
            inside[last] = chance.choice(ODD)
    return copy


def harmless(act: Callable[[], object]) -> bool:
    """Return whether it was taken; an error with a name is as good."""
    try:
        act()
    except ManaraError:
        return False
    return True


@pytest.fixture
def pair(new_node: NewNode) -> tuple[Node, Node]:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east, questions=10**6, by_officer=10**6)
    said = [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "birthDate", "1961-04-12")]
    hold(north, "crossings", Handling.of("GREEN"), said)
    return north, east


def test_spoilt_packages_are_refused_or_taken_whole(pair: tuple[Node, Node]) -> None:
    north, east = pair
    chance = random.Random(20261122)
    draft, _ = prepare(north, Request("east.example", "investigation", ["p-1"]), by="ana")
    plain = unseal(release(north, draft.id, by="ana").sealed, east.keys.encryption, "")
    message = read(plain, PACKAGE)
    (whole,) = message["objects"]
    taken = 0
    for number in range(120):
        del message["signature"]
        if number % 2:
            other = spoilt(message, chance)
        else:
            # A fact within, signed anew by its origin.
            value = spoilt({"type": "fact", **_told(whole)}, chance)
            value.pop("type", None)
            other = {**message, "objects": [_object(value, north)]}
        message["signature"] = ""
        data = signed({**other, "id": other.get("id") and f"{number}"}, north.keys.signing)
        sealed = seal(data, east.keys.card.encryption_key)
        taken += harmless(lambda sealed=sealed: import_package(east, sealed, by="bo"))  # type: ignore[misc]
    assert 0 < taken < 100
    assert east.workspace.verify() == []
    assert list(east.log.problems()) == []


def _told(whole: dict[str, Any]) -> dict[str, Any]:
    _, value = msgspec.json.decode(unbase64url(whole["object"]["disclosures"][0]))
    return dict(value)


def _object(value: dict[str, Any], node: Node) -> dict[str, Any]:
    disclosure = base64url(canonical(["salt", value]))
    hashed = base64url(hashlib.sha256(disclosure.encode()).digest())
    body = {"kind": "entity", "origin": node.id, "hashes": [hashed]}
    signature = sign(canonical({"type": "manara-object", **body}), node.keys.signing)
    held = {"body": body, "signature": signature, "disclosures": [disclosure]}
    return {"object": held, "rules": []}


def test_spoilt_receipts_questions_answers_and_tables_are_refused(pair: tuple[Node, Node]) -> None:
    north, east = pair
    chance = random.Random(7)
    draft, _ = prepare(north, Request("east.example", "investigation", ["p-1"]), by="ana")
    arrived = import_package(east, release(north, draft.id, by="ana").sealed, by="bo")
    made = make_table(north, east.id, "investigation", today(), by="ana")
    table, answerer = take_table(east, made, by="bo"), Answerer(north)

    def question() -> Any:
        person = Person(("Yasmin Ostrova",), ("1961-04-12",))
        return ask(east, table, person, case="E-1", basis="treaty", officers=["bo"])

    asked = question()
    answer = answerer.answer(asked.message)
    wrong = 0
    for number in range(160):
        data, sender, take = (
            (arrived.receipt, east, lambda d: take_receipt(north, d, by="ana")),
            (question().message, east, answerer.answer),
            (answer, north, lambda d: asked.read(d, by="bo")),
            (made, north, lambda d: take_table(east, d, by="bo")),
        )[number % 4]
        message = read(data, str(read_type(data)))
        del message["signature"]
        told = signed(spoilt(message, chance), sender.keys.signing)
        wrong += not harmless(lambda take=take, told=told: take(told))  # type: ignore[misc]
    assert wrong > 80
    assert list(north.log.problems()) == []


def read_type(data: bytes) -> object:
    return msgspec.json.decode(data)["type"]


def test_bytes_that_are_nothing_are_refused(pair: tuple[Node, Node]) -> None:
    _, east = pair
    for data in (b"", b"a.b.c.d.e", b"\xff" * 100, b"....", b"{}", b"[" * 10_000):
        with pytest.raises(ExchangeError):
            import_package(east, data, by="bo")
