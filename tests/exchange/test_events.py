"""Payments and other events in packages: what goes, what arrives, what is taken back."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from manara.exchange.disclosure import SignedObject
from manara.exchange.events import TellingEvent
from manara.exchange.intake import import_package
from manara.exchange.node import Node
from manara.exchange.outbox import Outbox
from manara.exchange.package import Carried, Package
from manara.exchange.packing import pack
from manara.exchange.recalling import Order, recall_facts
from manara.exchange.receipts import take_receipt
from manara.exchange.releasing import prepare, preview
from manara.exchange.seal import seal, signed, unseal
from manara.exchange.selection import Request
from manara.exchange.taking import take
from manara.model import (
    Dataset,
    ExchangeError,
    Finding,
    Handling,
    Lead,
    Recipe,
    Severity,
    StatedEvent,
    Step,
)
from manara.pipeline.detect import detect
from manara.pipeline.detectors import DETECTORS
from manara.store import EditionWriter, put_leads
from tests.exchange.conftest import NewNode, Said, hold, meet
from tests.exchange.test_packages import (
    GREEN,
    PURPOSE,
    RELATIONS,
    any_rule,
    may_have,
    send,
    stated,
)

START = datetime(2026, 3, 1, 10, tzinfo=UTC)
SECRET = Handling.of("AMBER+STRICT")


def paid(number: int, amount: str = "25", **more: Any) -> StatedEvent:
    """A payment from one account to the collector's, a day each."""
    values = {"time": START + timedelta(days=number), "amount": Decimal(amount), "currency": "EUR",
              "payer_account": f"acc-{number}", "payee_account": "collector", **more}  # fmt: skip
    return StatedEvent("payments", values, f"line {number}")


def happen(node: Node, dataset: str, rule: Handling, events: list[StatedEvent]) -> None:
    """Let a node hold events under a rule."""
    path = node.workspace.root / "content"
    path.write_text(repr((dataset, rule.id, events)))
    source = node.workspace.keep(path, f"{dataset}.csv")
    kept = Dataset(dataset, dataset, handling=rule)
    with EditionWriter(
        node.workspace, kept, source, format="test", parser_version="1", by="tester",
        allow_shrink=True,
    ) as edition:  # fmt: skip
        for one in events:
            edition.records += 1
            edition.add_event(one)
        edition.commit()


def payments(node: Node) -> list[tuple[str, str, Decimal]]:
    rows = node.workspace.view().sql("SELECT * FROM payments").to_pylist()
    return sorted((r["payer_account"], r["payee_account"], r["amount"].normalize()) for r in rows)


def deliver(nodes: dict[str, Node]) -> None:
    """Hand over what waits in all outboxes until nothing does."""
    while waiting := [
        (node, one) for node in nodes.values() for one in Outbox(node.workspace).waiting()
    ]:
        for node, message in waiting:
            _, receipt = take(nodes[message.to], message.path.read_bytes(), by="post")
            if receipt:
                Outbox(nodes[message.to].workspace).put(node.id, receipt)
            Outbox(node.workspace).done(message)


@pytest.fixture
def pair(new_node: NewNode) -> tuple[Node, Node]:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east, onward="free")
    account = Said("collector", "accountNumber", "771204", "BankAccount")
    hold(north, "accounts", GREEN, [account])
    # The same sum twice at one time is two payments.
    happen(north, "bank", GREEN, [paid(1), paid(1), paid(2)])
    happen(north, "tip", SECRET, [paid(3)])
    return north, east


def test_payments_go_as_their_own_rule_says_and_are_known_there(pair: tuple[Node, Node]) -> None:
    north, east = pair
    _, selection = prepare(north, Request("east.example", PURPOSE, ["collector"]), by="ana")
    assert [event.values["payer_account"] for event, _ in selection.events] == [
        "acc-1",
        "acc-1",
        "acc-2",
    ]
    (held,) = selection.held
    assert held.rule == "audience" and "acc-3" in held.what and "25 EUR" in held.what
    sealed = send(north, "east.example", "collector")
    arrived = import_package(east, sealed, by="bo")
    assert (arrived.facts, arrived.events, arrived.refused) == (1, 3, [])
    assert payments(east) == [
        ("north.example:acc-1", "north.example:collector", Decimal(25)),
        ("north.example:acc-1", "north.example:collector", Decimal(25)),
        ("north.example:acc-2", "north.example:collector", Decimal(25)),
    ]
    view = east.workspace.view()
    (rule,) = {
        view.handlings()[r["handling_id"]].label
        for r in view.sql("SELECT * FROM payments").to_pylist()
    }
    assert rule == "TLP:GREEN, for investigation"


def test_what_the_partners_release_would_refuse_is_told_before_it_is_sent(
    pair: tuple[Node, Node],
) -> None:
    north, east = pair
    asked = Request("east.example", PURPOSE, ["collector"])
    assert len(prepare(north, asked, by="ana")[1].events) == 3
    north.partners.put(replace(north.partners.get("east.example"), format=1))
    _, selection = prepare(north, asked, by="ana")
    assert (selection.events, {each.rule for each in selection.held}) == ([], {"format"})
    arrived = import_package(east, send(north, "east.example", "collector"), by="bo")
    assert (arrived.facts, arrived.events) == (1, 0)
    # What comes from it says what it reads.
    take_receipt(north, arrived.receipt, by="ana")
    assert len(prepare(north, asked, by="ana")[1].events) == 3


def test_what_comes_again_is_not_doubled(pair: tuple[Node, Node]) -> None:
    north, east = pair
    sealed = send(north, "east.example", "collector")
    for _ in range(2):
        import_package(east, sealed, by="bo")
    import_package(east, send(north, "east.example", "collector"), by="bo")
    assert len(payments(east)) == 3
    # One of two equal payments by itself is still the same one.
    _, second = [
        e for e, _ in preview(north, Request("east.example", PURPOSE, ["collector"])).events
    ][:2]
    alone = send(north, "east.example", facts=[second.id])
    assert import_package(east, alone, by="bo").events == 1
    assert len(payments(east)) == 3


def test_an_event_arrives_as_it_was_stated(pair: tuple[Node, Node]) -> None:
    north, east = pair
    values: dict[str, Any] = {
        "time": START, "kind": "seizure", "domains": ("arms",), "perpetrators": ("p-1", "p-2"),
        "latitude": 43.34, "longitude": 5, "killed": 0, "place": "Port",
    }  # fmt: skip
    values["longitude"] = 5.0
    happen(north, "incidents", GREEN, [StatedEvent("incidents", values, "line 1")])
    hold(north, "people", GREEN, [Said("p-2", "name", "Yasmin Ostrova")])
    import_package(east, send(north, "east.example", "p-2"), by="bo")
    (row,) = east.workspace.view().sql("SELECT * FROM incidents").to_pylist()
    assert row["perpetrators"] == ["north.example:p-1", "north.example:p-2"]
    assert (row["kind"], row["domains"], row["latitude"], row["longitude"], row["killed"]) == (
        "seizure", ["arms"], 43.34, 5.0, 0,
    )  # fmt: skip
    assert row["time"].replace(tzinfo=UTC) == START


def test_what_is_linked_brings_the_payments_of_own_accounts(pair: tuple[Node, Node]) -> None:
    north, _ = pair
    hold(north, "owners", GREEN, [
        Said("own-1", "owner", "p-9", "Ownership"),
        Said("own-1", "asset", "collector", "Ownership"),
        Said("p-9", "name", "Amal Verin"), Said("acc-2", "accountNumber", "880001", "BankAccount"),
    ])  # fmt: skip
    plain = preview(north, Request("east.example", PURPOSE, ["p-9"]))
    assert plain.events == []
    linked = preview(north, Request("east.example", PURPOSE, ["p-9"], linked=True))
    assert len(linked.events) == 3
    assert {"880001", "771204"} <= {fact.value for fact, _ in linked.facts}


def test_a_lead_goes_with_the_payments_it_rests_on(pair: tuple[Node, Node]) -> None:
    north, east = pair
    ids = [
        event.id
        for event, _ in preview(north, Request("east.example", PURPOSE, ["collector"])).events
    ]
    finding = Finding("money.small-sums", ("collector",), 0.8, Severity.HIGH, "Small sums",
                      (Step(1, "They add up.", tuple(ids)),), tuple(ids))  # fmt: skip
    recipe = Recipe("test", "1", "{}", START, ())
    put_leads(
        north.workspace, "money", [Lead(finding, ("bank",), GREEN, recipe, START, START)], by="t"
    )
    arrived = import_package(east, send(north, "east.example", leads=[finding.id]), by="bo")
    assert (arrived.events, arrived.leads) == (3, 1)
    view = east.workspace.view()
    (taken,) = view.leads()
    assert taken.finding.subjects == ("north.example:collector",)
    shown = view.evidence(taken.finding.evidence)
    assert len(shown) == 3 and {row["table"] for row in shown.values()} == {"payments"}


def test_a_recall_reaches_payments_that_were_handed_on(
    new_node: NewNode, pair: tuple[Node, Node]
) -> None:
    north, east = pair
    quen = new_node("quen.example")
    meet(east, quen, onward="free")
    nodes = {node.id: node for node in (north, east, quen)}
    import_package(east, send(north, "east.example", "collector"), by="bo")
    sealed = send(east, "quen.example", "north.example:acc-1")
    package = msgspec.json.decode(unseal(sealed, quen.keys.encryption, ""), type=Package)
    (carried,) = [each for each in package.objects if each.object.body.kind == "event"]
    # Two of three were handed on, under the originator's signature.
    assert (len(carried.object.values), len(carried.object.body.hashes)) == (2, 3)
    assert carried.object.body.origin == "north.example"
    import_package(quen, sealed, by="cy")
    assert [each[0] for each in payments(quen)] == ["north.example:acc-1"] * 2
    recall_facts(north, Order("a clerk's error", entities=("acc-1",)), by="ana")
    deliver(nodes)
    assert payments(quen) == []
    assert [each[0] for each in payments(east)] == ["north.example:acc-2"]
    assert east.workspace.verify() == []
    # The old package does not bring them back; what is recorded anew may come again.
    import_package(quen, sealed, by="cy")
    assert payments(quen) == []
    happen(north, "bank_anew", GREEN, [paid(1)])
    import_package(east, send(north, "east.example", "acc-1"), by="bo")
    assert [each[0] for each in payments(east)].count("north.example:acc-1") == 1


def test_what_is_no_event_is_set_aside_and_the_rest_is_kept(pair: tuple[Node, Node]) -> None:
    north, east = pair
    request = Request("east.example", PURPOSE, ["collector"])
    selection = preview(north, request)
    plain = msgspec.json.decode(pack(north, "a" * 32, request, selection, ["ana"]))
    good = TellingEvent.of(*selection.events[0])
    wrong = [
        {"amount": "a lot"}, {"time": "in spring"}, {"weather": "fair"}, {"amount": ["1", "2"]},
    ]  # fmt: skip
    told = [good, *(msgspec.structs.replace(good, values=good.values | one) for one in wrong)]
    told.append(msgspec.structs.replace(good, table="weddings"))
    made = SignedObject.make("event", map(msgspec.to_builtins, told), north.keys)
    plain["objects"] = [msgspec.to_builtins(Carried(made))]
    del plain["signature"]
    sealed = seal(signed(plain, north.keys.signing), east.keys.card.encryption_key)
    arrived = import_package(east, sealed, by="bo")
    assert (arrived.events, len(arrived.refused)) == (1, 5)
    assert len(payments(east)) == 1


def test_no_event_leaks_and_none_is_withheld_against_an_oracle(new_node: NewNode) -> None:
    chance = random.Random(20261123)
    north, east = new_node("north.example"), new_node("east.example")
    rules, asked = [any_rule(chance) for _ in range(16)], 0
    for number, rule in enumerate(rules):
        happen(north, f"bank_{number}", stated(rule), [
            paid(n, str(number + 1), reference=f"{number}-{n}") for n in range(72)
        ])  # fmt: skip
    hold(north, "accounts", GREEN, [Said("collector", "accountNumber", "771204", "BankAccount")])
    for relation in RELATIONS:
        meet(north, east, relation=relation.name.lower(), groups=["joint-team"])
        for purpose in (PURPOSE, "prosecution", "training"):
            consents = {"quen.example"} if chance.random() < 0.5 else set[str]()
            allowed = [may_have(rule, relation, purpose, consents) for rule in rules]
            expected = {
                f"{number}-{n}" for number in range(16) for n in range(72) if allowed[number]
            }
            asked += 16 * 72
            assert _arriving(north, east, purpose, sorted(consents)) == expected
    assert asked >= 10_000


def _arriving(north: Node, east: Node, purpose: str, consents: list[str]) -> set[str]:
    try:
        sealed = send(north, "east.example", "collector", purpose=purpose, consents=consents)
    except ExchangeError:
        return set()
    package = msgspec.json.decode(unseal(sealed, east.keys.encryption, ""), type=Package)
    told = {
        value["values"]["reference"]
        for each in package.objects
        if each.object.body.kind == "event"
        for value in each.object.opened(north.keys.card)
    }
    arrived = import_package(east, sealed, by="bo")
    assert arrived.refused == [] and arrived.events == len(told)
    return told


def test_the_partners_payments_are_looked_through_for_leads(new_node: NewNode) -> None:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    hold(north, "accounts", GREEN, [Said("collector", "accountNumber", "771204", "BankAccount")])
    events = [paid(number) for number in range(12)]
    out = {"payer_account": "collector", "payee_account": "acc-abroad"}
    happen(north, "bank", GREEN, [*events, paid(18, "290", **out)])
    import_package(east, send(north, "east.example", "collector"), by="bo")
    detect(east.workspace, [DETECTORS["money"]], by="bo")
    found = [lead.finding for lead in east.workspace.view().leads()]
    assert any("north.example:collector" in one.subjects for one in found)
