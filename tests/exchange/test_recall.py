"""Recall, correction and expiry: what was taken back is gone wherever it had come to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from manara.exchange import Node, NodeKeys, Request, Selection, taken
from manara.exchange.disclosure import SignedObject
from manara.exchange.intake import Arrived, import_package
from manara.exchange.outbox import Outbox
from manara.exchange.package import Package, Recalled
from manara.exchange.packing import pack
from manara.exchange.partners import Partner
from manara.exchange.recalling import Order, recall_facts
from manara.exchange.receipts import spread, take_receipt
from manara.exchange.seal import seal
from manara.exchange.sent import all_sent
from manara.model import ExchangeError, Handling, NotFoundError, UsageError
from manara.store import put_leads
from tests.exchange.conftest import NewNode, Said, hold, meet
from tests.exchange.test_packages import GREEN, PURPOSE, actions, lead_of, send, values

WRONG = "an informant erred"


def carry(sender: Node, receiver: Node) -> list[Arrived]:
    """Carry what waits at one node to another, and the receipts back."""
    came = []
    for message in list(Outbox(sender.workspace).waiting()):
        if message.to == receiver.id:
            data = message.path.read_bytes()
            if data.startswith(b"{"):
                take_receipt(receiver, data, by="post")
            else:
                came.append(import_package(receiver, data, by="post"))
                take_receipt(sender, came[-1].receipt, by="post")
            Outbox(sender.workspace).done(message)
    return came


def stated(node: Node) -> set[str]:
    return {value for each in values(node).values() for value in each}


@pytest.fixture
def chain(new_node: NewNode) -> tuple[Node, Node, Node]:
    """North told east, and east told quen two of three facts."""
    north, east, quen = (new_node(f"{name}.example") for name in ("north", "east", "quen"))
    meet(north, east, onward="free")
    meet(east, quen, onward="free")
    said = [
        Said("p-1", "name", "Yasmin Ostrova"),
        Said("p-1", "birthDate", "1961-04-12"),
        Said("p-2", "name", "Ruben Falk"),
    ]
    hold(north, "crossings", GREEN, said)
    import_package(east, send(north, "east.example", "p-1", "p-2"), by="bo")
    import_package(quen, send(east, "quen.example", "north.example:p-1"), by="di")
    return north, east, quen


def test_a_recall_reaches_everybody_who_got_the_fact(chain: tuple[Node, Node, Node]) -> None:
    north, east, quen = chain
    (recall,) = recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    assert actions(north)[-1] == "recall"
    (came,) = carry(north, east)
    assert (came.recalled, came.passed) == (2, ("quen.example",))
    assert stated(east) == {"Ruben Falk"}
    assert stated(quen) == {"Yasmin Ostrova", "1961-04-12"}
    # Quen has not answered, and north is told of it.
    (known,) = [each for each in all_sent(north.workspace) if each.recalls]
    assert (known.id, known.recalled) == (recall.id, 2)
    assert spread([known]) == (["east.example", "quen.example"], ["quen.example"])
    assert [each.recalled for each in carry(east, quen)] == [2]
    assert stated(quen) == set()
    carry(east, north)
    (known,) = [each for each in all_sent(north.workspace) if each.recalls]
    assert spread([known]) == (["east.example", "quen.example"], [])
    assert stated(north) == {"Yasmin Ostrova", "1961-04-12", "Ruben Falk"}


def test_what_was_taken_back_is_in_no_answer_of_the_past_either(
    chain: tuple[Node, Node, Node],
) -> None:
    north, east, _ = chain
    before = datetime.now(UTC)
    recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    carry(north, east)
    then = east.workspace.view(before)
    assert {fact.value for fact in then.facts()} == {"Ruben Falk"}
    assert {fact.value for fact in east.workspace.view().facts(past=True)} == {"Ruben Falk"}
    assert then.hidden
    assert east.workspace.verify() == []


def test_leads_that_rest_on_it_go(chain: tuple[Node, Node, Node]) -> None:
    north, east, _ = chain
    lead = lead_of(north, GREEN)
    put_leads(north.workspace, "network", [lead], by="tester")
    import_package(east, send(north, "east.example", leads=[lead.id]), by="bo")
    assert len(list(east.workspace.view().leads())) == 1
    (born,) = [f.id for f in north.workspace.view().facts(["p-1"]) if f.prop == "birthDate"]
    recall_facts(north, Order(WRONG, facts=(born,)), by="ana")
    carry(north, east)
    assert list(east.workspace.view().leads(ended=True)) == []
    assert "Yasmin Ostrova" in stated(east)


def test_only_those_who_got_a_fact_hear_that_it_was_taken_back(
    chain: tuple[Node, Node, Node],
) -> None:
    north, east, quen = chain
    recall_facts(north, Order(WRONG, entities=("p-2",)), by="ana")
    (came,) = carry(north, east)
    assert (came.recalled, came.passed) == (1, ())
    assert carry(east, quen) == []
    recall_facts(north, Order(WRONG, entities=("p-1", "p-2")), by="ana")
    (came,) = carry(north, east)
    assert came.recalled == 2


def test_an_old_package_does_not_bring_it_back(chain: tuple[Node, Node, Node]) -> None:
    north, east, _ = chain
    late = send(north, "east.example", "p-1")
    recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    carry(north, east)
    arrived = import_package(east, late, by="bo")
    assert (arrived.facts, {each.rule for each in arrived.refused}) == (0, {"recalled"})
    assert stated(east) == {"Ruben Falk"}
    with pytest.raises(ExchangeError, match="nothing of it may go") as refused:
        send(north, "east.example", "p-1")
    assert refused.value.rule == "recalled"


def test_the_recall_may_come_before_the_package(new_node: NewNode) -> None:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    late = send(north, "east.example", "p-1")
    recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    (came,) = carry(north, east)
    assert came.recalled == 0
    assert import_package(east, late, by="bo").facts == 0
    assert stated(east) == set()


def test_what_is_stated_anew_later_may_go_again(chain: tuple[Node, Node, Node]) -> None:
    north, east, _ = chain
    recall_facts(north, Order(WRONG, entities=("p-2",)), by="ana")
    carry(north, east)
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    hold(
        north, "crossings", GREEN,
        [Said("p-1", "name", "Yasmin Ostrova"), Said("p-2", "name", "Ruben Falk")],
    )  # fmt: skip
    import_package(east, send(north, "east.example", "p-2"), by="bo")
    assert "Ruben Falk" in stated(east)


def test_a_correction_takes_the_place_of_what_was_wrong(chain: tuple[Node, Node, Node]) -> None:
    north, east, quen = chain
    said = [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "birthDate", "1961-12-04")]
    hold(north, "crossings", GREEN, [*said, Said("p-2", "name", "Ruben Falk")])
    recall_facts(north, Order(WRONG, gone=True, correct=True), by="ana")
    (came,) = carry(north, east)
    assert (came.recalled, came.facts) == (1, 1)
    assert stated(east) == {"Yasmin Ostrova", "1961-12-04", "Ruben Falk"}
    (came,) = carry(east, quen)
    assert (came.recalled, came.facts) == (1, 1)
    assert stated(quen) == {"Yasmin Ostrova", "1961-12-04"}
    # The correction can be taken back in its turn.
    recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    carry(north, east)
    carry(east, quen)
    assert (stated(east), stated(quen)) == ({"Ruben Falk"}, set())


def test_a_correction_waits_for_a_second_officer_but_the_recall_does_not(
    chain: tuple[Node, Node, Node],
) -> None:
    north, east, _ = chain
    north.agree(Partner(east.keys.card, onward="free", four_eyes=True), by="liaison")
    said = [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "birthDate", "1961-12-04")]
    hold(north, "crossings", GREEN, [*said, Said("p-2", "name", "Ruben Falk")])
    recall_facts(north, Order(WRONG, gone=True, correct=True), by="ana")
    (came,) = carry(north, east)
    assert (came.recalled, came.facts) == (1, 0)
    assert actions(north).count("prepare") == 2


def test_nobody_takes_back_what_is_anothers(chain: tuple[Node, Node, Node]) -> None:
    _, east, _ = chain
    with pytest.raises(NotFoundError, match="nothing of this is with a partner"):
        recall_facts(east, Order(WRONG, entities=("p-1", "north.example:p-1")), by="bo")
    with pytest.raises(UsageError, match="and why"):
        recall_facts(east, Order("", entities=("p-1",)), by="bo")


def test_packages_are_read_once_for_all_recalls(
    chain: tuple[Node, Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east, _ = chain
    recall_facts(north, Order(WRONG, entities=("p-2",)), by="ana")
    carry(north, east)
    assert stated(east) == {"Yasmin Ostrova", "1961-04-12"}
    read, rows = list[str](), taken._rows

    def noted(package: Package, here: str) -> Iterator[tuple[str, ...]]:
        read.append(f"{package.id} at {here}")
        return rows(package, here)

    monkeypatch.setattr(taken, "_rows", noted)
    recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    carry(north, east)
    assert (stated(east), [each for each in read if "east" in each]) == (set(), [])


def test_a_whole_package_is_taken_back_once(chain: tuple[Node, Node, Node]) -> None:
    north, east, _ = chain
    (sent,) = all_sent(north.workspace)
    recall_facts(north, Order(WRONG, packages=(sent.id[:8],)), by="ana")
    (came,) = carry(north, east)
    assert (came.recalled, stated(east)) == (3, set())
    with pytest.raises(NotFoundError):
        recall_facts(north, Order(WRONG, packages=(sent.id,)), by="ana")


def test_nobody_takes_back_in_anothers_name(chain: tuple[Node, Node, Node], tmp_path: Path) -> None:
    north, east, quen = chain
    hold(east, "own", GREEN, [Said("e-1", "name", "Ruben Falk")])
    # North is no partner of quen, so east can bring a card with north's name and a key of its own.
    keys = NodeKeys.create(tmp_path / "forged", "north.example", "North")
    (sent,) = [each for each in all_sent(east.workspace) if each.to == "quen.example"]
    entries = [Recalled(fact.id, datetime.now(UTC), WRONG) for fact in sent.facts]
    forged = SignedObject.make("recall", map(msgspec.to_builtins, entries), keys)
    request = Request("quen.example", PURPOSE)
    nothing, card = Selection.empty(), keys.card.to_dict()
    plain = pack(east, "f" * 32, request, nothing, ["bo"], [forged], [card])
    came = import_package(quen, seal(plain, quen.keys.card.encryption_key), by="di")
    assert (came.recalled, stated(quen)) == (0, {"Yasmin Ostrova", "1961-04-12"})
    # The true recall still gets through.
    recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    carry(north, east)
    carry(east, quen)
    assert stated(quen) == set()


def test_a_partner_that_left_stands_among_those_who_have_not_answered(
    chain: tuple[Node, Node, Node],
) -> None:
    north, east, _ = chain
    east.part("quen.example", by="bo")
    recall_facts(north, Order(WRONG, entities=("p-1",)), by="ana")
    carry(north, east)
    (known,) = [each for each in all_sent(north.workspace) if each.recalls]
    assert spread([known])[1] == ["quen.example"]


def test_facts_run_out_at_the_receiver_too(
    new_node: NewNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    short = Handling.of("GREEN", retain_until=date(2998, 12, 31))
    hold(north, "short", short, [Said("p-1", "alias", "Yaz")])
    hold(north, "long", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    import_package(east, send(north, "east.example", "p-1", purpose=PURPOSE), by="bo")
    assert stated(east) == {"Yaz", "Yasmin Ostrova"}

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime(2999, 1, 1, tzinfo=UTC)

    monkeypatch.setattr("manara.store.snapshot.datetime", Later)
    assert stated(east) == {"Yasmin Ostrova"}
