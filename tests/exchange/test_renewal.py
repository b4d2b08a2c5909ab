"""Keys and certificates are renewed with an overlap, or cut at once where one was lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from manara.exchange import (
    Card,
    Node,
    NodeKeys,
    Order,
    Request,
    all_sent,
    examine,
    prepare,
    recall_facts,
    release,
    signed_head,
    take,
    write_letter,
)
from manara.exchange.blind import kept_table, make_table, take_table
from manara.exchange.card import Former
from manara.exchange.delivery import deliver
from manara.exchange.keys import announcing, switch
from manara.exchange.letters import letters
from manara.exchange.node import today
from manara.exchange.outbox import Outbox
from manara.exchange.partners import Partner
from manara.exchange.renewal import renew, replace_card, replace_lost, settle, standing
from manara.exchange.resealing import seal_anew
from manara.exchange.seal import signed
from manara.model import ExchangeError, UsageError
from tests.exchange.conftest import NewNode, Said, hold, meet, pem, pin
from tests.exchange.test_packages import GREEN, actions, send, values

SOON = timedelta(days=30)
LATE = {"purpose": "prevention", "text": "the ferry is late"}


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Let it be another day for the exchange."""

    def turn(day: date) -> None:
        class Then(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

        monkeypatch.setattr("manara.exchange.node.datetime", Then)

    return turn


@pytest.fixture
def pair(new_node: NewNode) -> tuple[Node, Node]:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    return north, east


def carry(sender: Node, receiver: Node) -> None:
    """Hand over what waits for a node, and the receipts back."""
    outbox = Outbox(sender.workspace)
    for each in [each for each in outbox.waiting() if each.to == receiver.id]:
        _, receipt = take(receiver, each.path.read_bytes(), by="post")
        outbox.done(each)
        if receipt:
            take(sender, receipt, by="post")


def refused(node: Node, data: bytes) -> str:
    with pytest.raises(ExchangeError) as error:
        take(node, data, by="post")
    return f"{error.value.rule}: {error.value.message}"


def test_three_nodes_go_on_over_the_network_while_one_renews(
    new_node: NewNode, served: Callable[..., str], at: Callable[[date], None]
) -> None:
    names = ("north.example", "east.example", "quen.example")
    north, east, quen = nodes = [new_node(name) for name in names]
    for node in nodes:
        node.certify(by="head")
    for one, other in ((north, east), (north, quen)):
        pin(one, other)
        pin(other, one)
    addresses = {node.id: served(node) for node in nodes}
    for one, other in ((north, east), (east, north), (north, quen), (quen, north)):
        pin(one, other, addresses[other.id])
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    hold(east, "ships", GREEN, [Said("s-1", "name", "Mara Voss")])
    before, old_pem = north.keys.card, pem(north)
    late = send(north, east.id, "p-1")

    announced = renew(north, today() + SOON, by="head")
    assert (announced.announced, announced.waiting) == (True, ["east.example", "quen.example"])
    assert [each.state for each in deliver(north, by="head")] == ["delivered", "delivered"]

    assert not standing(north).announced
    assert actions(north)[-3:] == ["receipt", "receipt", "renewed"]
    assert actions(east).count("renewal") == actions(quen).count("renewal") == 1
    for partner in (east.partners.get(north.id), quen.partners.get(north.id)):
        assert partner.card == north.keys.card != before
        assert (partner.certificate, partner.former_certificate) == (pem(north), old_pem)
    # The servers were not restarted: each now shows and trusts the new certificate.
    Outbox(east.workspace).put(north.id, send(east, north.id, "s-1"))
    Outbox(north.workspace).put(quen.id, send(north, quen.id, "p-1"))
    assert [each.state for each in (*deliver(east, by="e"), *deliver(north, by="n"))] == [
        "delivered", "delivered",
    ]  # fmt: skip
    # What the old key signed is taken until the stated day, and not after.
    at(today() + SOON + timedelta(days=1))
    assert "signature: is signed by a key of north.example that counted until" in refused(
        east, late
    )
    assert east.partners.get(north.id).pinned(today()) == [pem(north)]
    at(datetime.now(UTC).date() + SOON)
    assert take(east, late, by="post")[0] == "package"
    assert values(east)["north.example:p-1", "name"] == {"Yasmin Ostrova"}


def test_the_old_key_signs_until_all_have_confirmed_or_the_day_is_over(
    pair: tuple[Node, Node], at: Callable[[date], None]
) -> None:
    north, east = pair
    first, until = north.keys, today() + SOON
    renew(north, until, by="head")
    assert renew(north, until, by="head").waiting == ["east.example"]
    assert actions(north).count("announce") == 1
    assert north.keys.signing.as_dict() == first.signing.as_dict()
    # Whoever has the old card can check and seal, whoever has the new one too.
    assert take(east, send(north, east.id, "p-1"), by="post")[0] == "package"
    east.agree(Partner(north.keys.card), by="liaison")
    hold(east, "ships", GREEN, [Said("s-1", "name", "Mara Voss")])
    assert take(north, send(east, north.id, "s-1"), by="post")[0] == "package"
    at(until + timedelta(days=1))
    settle(north, by="head")
    assert north.keys.signing.as_dict() != first.signing.as_dict()
    assert actions(north)[-2:] == ["renewed", "retire"]
    assert [path.name for path in north.key_folder.iterdir() if path.is_dir()] == []
    with pytest.raises(UsageError, match="is over"):
        renew(north, until, by="head")


def test_what_waits_is_signed_and_sealed_anew(
    pair: tuple[Node, Node], at: Callable[[date], None]
) -> None:
    north, east = pair
    until, outbox = today() + SOON, Outbox(north.workspace)
    write_letter(north, east.id, "message", by="ana", **LATE)
    draft, _ = prepare(north, Request(east.id, "prevention", ["p-1"], days=90), by="ana")
    released = release(north, draft.id, by="ana")
    outbox.put(east.id, released.sealed, released.own)
    before = [each.path.read_bytes() for each in outbox.waiting()]

    renew(north, until, by="head")
    renew(east, until, by="head")
    (announced,) = Outbox(east.workspace).waiting()
    take(north, announced.path.read_bytes(), by="post")
    *_, announcing_ours = outbox.waiting()
    take(north, take(east, announcing_ours.path.read_bytes(), by="post")[1], by="post")
    outbox.done(announcing_ours)
    assert actions(north)[-3:] == ["renewed", "reseal", "reseal"]
    at(until + timedelta(days=1))
    settle(east, by="head")
    for old in before:
        assert refused(east, old).startswith("recipient: cannot be opened")

    after = [seal_anew(north, each, by="head") for each in outbox.waiting()]
    assert [each.name[:8] for each in after] == ["00000001", "00000002"]
    carry(north, east)
    assert actions(north).count("reseal") == 2
    assert values(east)["north.example:p-1", "name"] == {"Yasmin Ostrova"}
    assert [each.text for each in letters(east)] == ["the ferry is late"]
    (sent,) = all_sent(north.workspace)
    assert (sent.id, bool(sent.answered)) == (released.id, True)
    assert not list(north.workspace.root.rglob("*.own"))


def test_what_waits_is_sealed_for_a_new_key_of_its_receiver(
    pair: tuple[Node, Node], at: Callable[[date], None]
) -> None:
    north, east = pair
    write_letter(north, east.id, "message", by="ana", **LATE)
    (waiting,) = Outbox(north.workspace).waiting()
    assert seal_anew(north, waiting, by="ana") == waiting
    renew(east, today() + SOON, by="head")
    carry(east, north)
    at(today() + SOON + timedelta(days=1))
    settle(east, by="head")
    anew = seal_anew(north, waiting, by="ana")
    assert take(east, anew.path.read_bytes(), by="post")[0] == "letter"


def test_a_partner_that_comes_while_keys_are_renewed_is_told_of_them(
    pair: tuple[Node, Node], new_node: NewNode
) -> None:
    north, east = pair
    quen = new_node("quen.example")
    quen.agree(Partner(north.keys.card), by="liaison")
    renew(north, today() + SOON, by="head")
    carry(north, east)
    north.agree(Partner(quen.keys.card), by="liaison")
    settle(north, by="head")
    carry(north, quen)
    assert quen.partners.get(north.id).card == north.keys.card


def test_a_late_or_forged_announcement_is_refused(
    pair: tuple[Node, Node], at: Callable[[date], None], tmp_path: Path
) -> None:
    north, east = pair
    until = today() + SOON
    renew(north, until, by="head")
    (waiting,) = Outbox(north.workspace).waiting()
    announced = waiting.path.read_bytes()
    at(until + timedelta(days=1))
    assert "does not follow in time" in refused(east, announced)
    forged = NodeKeys.create(tmp_path / "forged", "north.example", "North")
    former = Former(north.keys.card.former[0].signing, until, False, "a..b")
    card = {**forged.card.to_dict(), "former": [msgspec.to_builtins(former)]}
    del card["signature"]
    with pytest.raises(ExchangeError, match="does not hold"):
        Card.read(signed(card, forged.signing))
    east.agree(Partner(east.partners.get(north.id).card, questions=1), by="liaison")
    assert not east.partners.get(north.id).card.former


def test_what_the_old_key_signed_stays_verifiable(pair: tuple[Node, Node]) -> None:
    north, east = pair
    package = send(north, east.id, "p-1")
    _, receipt = take(east, package, by="post")
    head = msgspec.json.encode(signed_head(east.log, east.keys))
    log = b"".join(line + b"\n" for line in east.log.lines())
    for node, other in ((north, east), (east, north)):
        renew(node, today() + SOON, by="head")
        carry(node, other)
    cards = {node.id: node.keys.card for node in pair}
    assert [len(card.former) for card in cards.values()] == [1, 1]
    told = [examine(package, cards, east.keys), examine(receipt, cards), examine(head, cards)]
    assert [each.kind for each in told] == ["package", "receipt", "head"]
    assert examine(log, cards, head=head).signer == "east.example"
    # The one before the last counts as well.
    renew(north, today() + SOON, by="head")
    carry(north, east)
    assert examine(package, {north.id: north.keys.card}, east.keys).kind == "package"


def test_facts_go_on_under_the_old_signature_and_are_recalled_under_the_new(
    new_node: NewNode,
) -> None:
    north, east, quen = (new_node(f"{name}.example") for name in ("north", "east", "quen"))
    meet(north, east, onward="free")
    meet(east, quen, onward="free")
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    take(north, take(east, send(north, east.id, "p-1"), by="post")[1], by="post")
    there = "north.example:p-1"
    take(east, take(quen, send(east, quen.id, there), by="post")[1], by="post")
    renew(north, today() + SOON, by="head")
    carry(north, east)
    assert take(quen, send(east, quen.id, there), by="post")[0] == "package"
    recall_facts(north, Order("misread", entities=("p-1",)), by="ana")
    carry(north, east)
    carry(east, quen)
    assert values(east) == values(quen) == {}


def test_a_lost_key_is_cut_at_once(pair: tuple[Node, Node]) -> None:
    north, east = pair
    stolen = send(north, east.id, "p-1")
    old, table = north.keys.card, make_table(north, east.id, "investigation", today(), by="head")
    take_table(east, table, by="post")
    renew(north, today() + SOON, by="head")
    with pytest.raises(UsageError, match="no ground"):
        replace_lost(north, " ", by="head")
    replace_lost(north, "laptop left on a train", by="head")
    card = north.keys.card
    assert [each.lost for each in card.former] == [True, True]
    assert "signature: " in refused(east, send(north, east.id, "p-1"))

    with pytest.raises(ExchangeError, match="not the one that was heard"):
        replace_card(east, card.encoded, old.fingerprint, by="liaison")
    replace_card(east, card.encoded, card.fingerprint.upper(), by="liaison")
    assert "was lost or stolen" in refused(east, stolen)
    with pytest.raises(ExchangeError, match="was lost or stolen"):
        kept_table(east, north.id, "investigation")
    with pytest.raises(ExchangeError, match="was lost or stolen"):
        east.agree(Partner(old), by="liaison")
    # What comes under the new key is taken, tables with another key for the month among it.
    assert take(east, send(north, east.id, "p-1"), by="post")[0] == "package"
    again = make_table(north, east.id, "investigation", today(), by="head")
    assert take_table(east, again, by="post").public != kept_public(table)
    assert actions(east).count("replace") == 1


def kept_public(table: bytes) -> bytes:
    return bytes(msgspec.json.decode(table)["public"], "ascii")


def test_what_partners_bring_of_a_lost_key_is_refused(new_node: NewNode) -> None:
    north, east, quen = (new_node(f"{name}.example") for name in ("north", "east", "quen"))
    meet(north, east, onward="free")
    meet(east, quen, onward="free")
    meet(north, quen)
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    take(east, send(north, east.id, "p-1"), by="post")
    passed_on = send(east, quen.id, "north.example:p-1")
    replace_lost(north, "stolen", by="head")
    replace_card(quen, north.keys.card.encoded, north.keys.card.fingerprint, by="liaison")
    assert "another card of north.example" in refused(quen, passed_on)


def test_a_certificate_that_was_pinned_is_swapped_or_cut(pair: tuple[Node, Node]) -> None:
    north, east = pair
    north.certify(by="head")
    old = pem(north)
    pin(east, north)
    replace_lost(north, "stolen", by="head")
    assert pem(north) != old
    card = north.keys.card
    replace_card(east, card.encoded, card.fingerprint, by="b", certificate=pem(north))
    assert east.partners.get(north.id).pinned(today()) == [pem(north)]
    kept = replace(east.partners.get(north.id), former_certificate=old)
    assert kept.pinned(today()) == [pem(north)]


def test_a_kill_in_the_middle_leaves_whole_keys(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    first = NodeKeys.create(folder, "north.example", "Northport")
    with pytest.raises(KeyboardInterrupt), announcing(folder) as making:
        first.following(today() + SOON).put(making)
        raise KeyboardInterrupt
    assert NodeKeys.load(folder).card == first.card
    following = first.following(today() + SOON)
    with announcing(folder) as making:
        following.put(making)
    (folder / "next").rename(folder / "switch")
    (folder / "switch" / "signing.pem").replace(folder / "signing.pem")
    assert NodeKeys.load(folder).card == following.card
    with announcing(folder) as making:
        following.following(today() + SOON).put(making)
    switch(folder)
    assert len(NodeKeys.load(folder).card.former) == 2


def test_by_command_and_by_files(
    pair: tuple[Node, Node], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    from manara.cli import main

    north, east = pair

    def run(node: Node, *words: str) -> tuple[int, Any]:
        with pytest.raises(SystemExit) as stop:
            main(["--workspace", str(node.workspace.root), *words, "--json"])
        said = capfd.readouterr()
        return int(stop.value.code or 0), json.loads(said.out or said.err)

    north.certify(by="head")
    day = (today() + SOON).isoformat()
    status, said = run(north, "node", "renew", "--until", day, "--officer", "head")
    assert (status, said["in_use"], said["until"], said["waiting"]) == (
        0, False, day, ["east.example"],
    )  # fmt: skip
    carry(north, east)
    assert run(north, "node")[1]["fingerprint"] == said["fingerprint"]
    assert run(north, "node", "renew")[0] == 2
    files = [str(tmp_path / "card"), str(tmp_path / "pem")]
    lost = ("node", "renew", "--lost", "stolen", "--to", files[0], "--certificate", files[1])
    heard = run(north, *lost)[1]["fingerprint"]
    replaced = ("partner", "replace", files[0], "--certificate", files[1], "--fingerprint")
    assert run(east, *replaced, "0000")[1]["error"]["code"] == "exchange"
    assert run(east, *replaced, heard) == (
        0, {"partner": "north.example", "fingerprint": heard},
    )  # fmt: skip
    assert east.partners.get(north.id).certificate == pem(north)
