"""Requests, answers, refusals, feedback."""

from __future__ import annotations

from datetime import date

import pytest

from manara.exchange import (
    FEEDBACK,
    REFUSAL,
    REQUEST,
    Node,
    approve,
    examine,
    states,
    subjects_for,
    take,
    write_letter,
)
from manara.exchange.outbox import Outbox
from manara.exchange.seal import read, seal, signed, unseal
from manara.model import ExchangeError, NotFoundError, UsageError
from tests.exchange.conftest import NewNode, Said, hold, meet
from tests.exchange.test_packages import GREEN, PURPOSE, actions, send

ASKED = {
    "purpose": PURPOSE, "basis": "treaty 7", "case": "N-1", "subjects": [("east.example", "x-1")],
}  # fmt: skip


@pytest.fixture
def pair(new_node: NewNode) -> tuple[Node, Node]:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    hold(east, "register", GREEN, [Said("x-1", "name", "Ruben Falk")])
    return north, east


def carry(sender: Node, receiver: Node) -> None:
    for message in list(Outbox(sender.workspace).waiting()):
        _, receipt = take(receiver, message.path.read_bytes(), by="post", sender=sender.id)
        take(sender, receipt, by="post", sender=receiver.id)
        Outbox(sender.workspace).done(message)


def state(node: Node) -> str:
    ((_, told, _),) = states(node)
    return told


def test_a_request_is_answered_by_a_package_and_the_answer_is_judged(
    pair: tuple[Node, Node],
) -> None:
    north, east = pair
    letter, went = write_letter(north, "east.example", REQUEST, by="ana", **ASKED)
    assert (went, actions(north)[-1], state(north)) == (True, "request", "open")
    carry(north, east)
    assert actions(north)[-1] == "receipt"
    ((came, told, _),) = states(east)
    assert (came, told) == (letter, "open")
    take(north, send(east, "north.example", "x-1", answers=came.id[:8]), by="ana")
    assert (state(north), state(east)) == ("answered", "answered")
    write_letter(
        north, "east.example", FEEDBACK, by="ana", about=letter.id, useful="yes", text="found him"
    )
    carry(north, east)
    ((_, _, reply),) = states(east)
    assert reply and (reply.useful, reply.text) == ("yes", "found him")


def test_a_refusal_names_the_rule(pair: tuple[Node, Node]) -> None:
    north, east = pair
    letter, _ = write_letter(north, "east.example", REQUEST, by="ana", **ASKED)
    carry(north, east)
    write_letter(east, "north.example", REFUSAL, by="bo", about=letter.id, rule="purpose")
    carry(east, north)
    ((_, told, reply),) = states(north)
    assert reply and (told, reply.rule) == ("refused", "purpose")


def test_a_second_officer_approves_where_that_was_agreed(pair: tuple[Node, Node]) -> None:
    north, east = pair
    meet(north, east, four_eyes=True)
    letter, went = write_letter(north, "east.example", REQUEST, by="ana", **ASKED)
    assert (went, state(north), list(Outbox(north.workspace).waiting())) == (False, "waiting", [])
    with pytest.raises(ExchangeError, match="second officer"):
        approve(north, letter.id, by="ana")
    assert approve(north, letter.id[:9], by="carl").officers == ["ana", "carl"]
    assert state(north) == "open"
    with pytest.raises(NotFoundError, match="does not wait"):
        approve(north, letter.id, by="carl")


def test_a_deadline_that_has_passed_shows(pair: tuple[Node, Node]) -> None:
    north, _ = pair
    write_letter(north, "east.example", REQUEST, by="a", deadline=date(2020, 1, 1), **ASKED)
    assert state(north) == "overdue"


def test_a_request_needs_its_grounds_and_an_agreed_purpose(pair: tuple[Node, Node]) -> None:
    north, east = pair
    for missing in ("purpose", "basis", "case", "subjects"):
        content = {name: value for name, value in ASKED.items() if name != missing}
        with pytest.raises(UsageError, match="something is missing"):
            write_letter(north, "east.example", REQUEST, by="ana", **content)
    meet(north, east, purposes=["training"])
    with pytest.raises(ExchangeError, match="was not agreed"):
        write_letter(north, "east.example", REQUEST, by="ana", **ASKED)


def test_what_is_not_a_partners_letter_is_refused(pair: tuple[Node, Node]) -> None:
    north, east = pair
    write_letter(north, "east.example", REQUEST, by="ana", **ASKED)
    (message,) = Outbox(north.workspace).waiting()
    data = message.path.read_bytes()
    plain = unseal(data, east.keys.encryption, "")
    card = east.keys.card.encryption_key
    letter = read(plain, "manara-letter")
    with pytest.raises(ExchangeError, match="does not hold"):
        take(east, seal(plain.replace(b"N-1", b"N-2"), card), by="post")
    with pytest.raises(ExchangeError, match=r"is of north\.example") as refused:
        take(east, data, by="post", sender="quen.example")
    assert refused.value.rule == "certificate"
    del letter["signature"]
    for changed in ({"to": "quen.example"}, {"kind": "order"}, {"subjects": "x"}, {"from": "x"}):
        with pytest.raises(ExchangeError):
            take(east, seal(signed(letter | changed, north.keys.signing), card), by="post")
    _, first = take(east, data, by="post")
    assert take(east, data, by="post") == ("letter", first)
    with pytest.raises(ExchangeError, match="another content"):
        take(east, seal(signed(letter | {"case": "N-3"}, north.keys.signing), card), by="post")
    for junk in (b"", b"{}", b"[1]", b"a.b.c.d.e", b"\xff{", b'{"type": 1, "from": []}'):
        with pytest.raises(ExchangeError):
            take(east, junk, by="post")


def test_a_letter_can_be_checked_offline(pair: tuple[Node, Node]) -> None:
    north, east = pair
    write_letter(north, "east.example", REQUEST, by="ana", **ASKED)
    (message,) = Outbox(north.workspace).waiting()
    told = examine(message.path.read_bytes(), {north.id: north.keys.card}, east.keys)
    assert (told.kind, told.signer) == ("letter", "north.example")


def test_subjects_are_named_by_their_origin(pair: tuple[Node, Node]) -> None:
    north, _ = pair
    named = subjects_for(north, "east.example", ["east.example:x-1", "p-1"])
    assert named == [("east.example", "x-1"), ("north.example", "p-1")]
