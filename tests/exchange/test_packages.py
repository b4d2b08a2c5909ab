"""What a package carries, what it does not, and what becomes of it at the receiver."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest

from manara.exchange import releasing
from manara.exchange.disclosure import SignedObject
from manara.exchange.intake import Arrived, import_package
from manara.exchange.node import Node, today
from manara.exchange.package import Package
from manara.exchange.receipts import take_receipt
from manara.exchange.releasing import drafts, prepare, release
from manara.exchange.seal import read, seal, signed, unseal
from manara.exchange.selection import Request
from manara.model import (
    NOT_IN_COURT,
    ExchangeError,
    Finding,
    Handling,
    Judgement,
    Lead,
    NotFoundError,
    Recipe,
    Recipient,
    Relation,
    Severity,
    Step,
    Verdict,
)
from manara.pipeline import run as run_pipeline
from manara.store import put_leads
from manara.store.log import entry_of
from tests.exchange.conftest import NewNode, Said, hold, meet

GREEN = Handling.of("GREEN")
PURPOSE = "investigation"


def send(node: Node, to: str, *entities: str, purpose: str = PURPOSE, **more: Any) -> bytes:
    draft, _ = prepare(node, Request(to, purpose, list(entities), **more), by="preparer")
    return release(node, draft.id, by="releaser").sealed


def values(node: Node) -> dict[tuple[str, str], set[str]]:
    """What a node knows, as values by entity and property."""
    known: dict[tuple[str, str], set[str]] = {}
    for fact in node.workspace.view().facts():
        known.setdefault((fact.entity_id, fact.prop), set()).add(fact.value)
    return known


def rules(node: Node) -> dict[str, Handling]:
    """The rule that each value of a node came under."""
    view = node.workspace.view()
    by_id = view.handlings()
    return {fact.value: by_id[fact.handling_id] for fact in view.facts()}


def actions(node: Node) -> list[str]:
    return [entry_of(line).action for line in node.log.lines()]


@pytest.fixture
def pair(new_node: NewNode) -> tuple[Node, Node]:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    hold(
        north,
        "crossings",
        GREEN,
        [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "birthDate", "1961-04-12")],
    )
    hold(north, "informants", Handling.of("AMBER+STRICT"), [Said("p-1", "notes", "met in Quen")])
    return north, east


def test_what_may_go_arrives_and_the_rest_stays(pair: tuple[Node, Node]) -> None:
    north, east = pair
    draft, selection = prepare(north, Request("east.example", PURPOSE, ["p-1"]), by="ana")
    assert {fact.prop for fact, _ in selection.facts} == {"name", "birthDate"}
    (held,) = selection.held
    assert (held.what, held.rule) == ("p-1 notes = met in Quen", "audience")
    assert "may not leave our own organisation" in held.reason
    released = release(north, draft.id, by="ana")
    arrived = import_package(east, released.sealed, by="bo")
    assert (arrived.facts, arrived.added, arrived.refused) == (2, 2, [])
    assert values(east) == {
        ("north.example:p-1", "name"): {"Yasmin Ostrova"},
        ("north.example:p-1", "birthDate"): {"1961-04-12"},
    }
    assert actions(north)[-2:] == ["prepare", "release"]
    assert actions(east)[-1] == "import"
    assert drafts(north) == []


def test_what_arrives_names_the_package_as_its_source(pair: tuple[Node, Node]) -> None:
    north, east = pair
    sealed = send(north, "east.example", "p-1")
    import_package(east, sealed, by="bo")
    (fact, *_) = east.workspace.view().facts()
    kept = east.workspace.source_path(fact.source_id).read_bytes()
    assert kept == unseal(sealed, east.keys.encryption, "it")
    assert fact.locator in ("object 1, fact 1", "object 1, fact 2")
    (dataset,) = east.workspace.view().datasets()
    assert (dataset["title"], dataset["format"]) == (
        "From North.Example, TLP:GREEN, consent of north.example, for investigation",
        "manara-package",
    )
    assert east.workspace.verify() == []


def test_taking_a_package_in_twice_changes_nothing(pair: tuple[Node, Node]) -> None:
    north, east = pair
    sealed = send(north, "east.example", "p-1")
    import_package(east, sealed, by="bo")
    before = values(east)
    again = import_package(east, sealed, by="bo")
    assert (again.added, values(east)) == (0, before)


def test_facts_are_bound_to_the_purpose_and_the_originators_consent(
    pair: tuple[Node, Node], new_node: NewNode
) -> None:
    north, east = pair
    import_package(east, send(north, "east.example", "p-1"), by="bo")
    rule = rules(east)["Yasmin Ostrova"]
    third = Recipient("quen.example", "quen.example", Relation.COMMUNITY)
    own = Recipient("east.example", "east.example", Relation.ORGANISATION)
    assert rule.permits(own, PURPOSE, today()).permitted
    assert rule.permits(own, "border-management", today()).rule == "purpose"
    assert rule.permits(third, PURPOSE, today()).rule == "consent"
    assert rule.permits(third, PURPOSE, today(), ["north.example"]).permitted


def test_clear_information_travels_as_it_is(pair: tuple[Node, Node]) -> None:
    north, east = pair
    hold(north, "gazette", Handling.of("CLEAR"), [Said("c-1", "name", "Quen Gazette")])
    import_package(east, send(north, "east.example", "c-1"), by="bo")
    assert rules(east)["Quen Gazette"] == Handling.of("CLEAR")


def test_a_third_node_gets_facts_under_the_originators_signature(new_node: NewNode) -> None:
    north, east, quen = (new_node(f"{name}.example") for name in ("north", "east", "quen"))
    meet(north, east)
    meet(east, quen)
    said = [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "passportNumber", "K1234567")]
    hold(north, "crossings", GREEN, said)
    import_package(east, send(north, "east.example", "p-1"), by="bo")
    hold(east, "own", GREEN, [Said("north.example:p-1", "nationality", "fr")])

    # Without north's consent only east's own fact may go on.
    request = Request("quen.example", PURPOSE, ["north.example:p-1"])
    _, selection = prepare(east, request, by="bo")
    assert [fact.prop for fact, _ in selection.facts] == ["nationality"]
    assert {held.rule for held in selection.held} == {"consent"}

    sealed = send(east, "quen.example", "north.example:p-1", consents=["north.example"])
    package = msgspec.json.decode(unseal(sealed, quen.keys.encryption, "it"), type=Package)
    signers = {each.object.body.origin for each in package.objects}
    assert signers == {"north.example", "east.example"}
    import_package(quen, sealed, by="di")
    assert values(quen) == {
        ("north.example:p-1", "name"): {"Yasmin Ostrova"},
        ("north.example:p-1", "passportNumber"): {"K1234567"},
        ("east.example:north.example:p-1", "nationality"): {"fr"},
    }
    # The consent of both is needed for a fourth.
    assert rules(quen)["K1234567"].consent == {"north.example", "east.example"}


def test_an_intermediary_can_leave_out_but_not_change_or_add(new_node: NewNode) -> None:
    north, east, quen = (new_node(f"{name}.example") for name in ("north", "east", "quen"))
    meet(north, east, onward="free")
    meet(east, quen, onward="free")
    said = [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "passportNumber", "K1234567")]
    hold(north, "crossings", GREEN, said)
    import_package(east, send(north, "east.example", "p-1"), by="bo")
    sealed = send(east, "quen.example", "north.example:p-1")
    plain = unseal(sealed, quen.keys.encryption, "it")
    package = msgspec.json.decode(plain, type=Package)
    (carried,) = package.objects

    def forge(signed_object: SignedObject, **changes: Any) -> bytes:
        count = len(signed_object.disclosures)
        forged = msgspec.structs.replace(
            carried, object=signed_object, rules=(carried.rules * 2)[:count]
        )
        changed = msgspec.structs.replace(package, objects=[forged], **changes)
        message = signed(changed.to_message(), east.keys.signing)
        return seal(message, quen.keys.card.encryption_key)

    own = SignedObject.make("entity", [{"name": "invented"}], east.keys)
    added = msgspec.structs.replace(
        carried.object, disclosures=[*carried.object.disclosures, *own.disclosures]
    )
    with pytest.raises(ExchangeError, match="did not sign"):
        import_package(quen, forge(added), by="di")
    other = {**north.keys.card.to_dict(), "signing": east.keys.card.signing}
    with pytest.raises(ExchangeError, match="does not hold"):
        import_package(quen, forge(carried.object, cards=[other]), by="di")
    assert actions(quen)[-2:] == ["refuse", "refuse"]
    less = import_package(quen, forge(carried.object.without({0})), by="di")
    assert (less.facts, less.sender) == (1, "east.example")


def test_an_originator_gets_its_own_back_under_its_own_id(pair: tuple[Node, Node]) -> None:
    north, east = pair
    import_package(east, send(north, "east.example", "p-1"), by="bo")
    import_package(north, send(east, "north.example", "north.example:p-1"), by="ana")
    assert {entity for entity, _ in values(north)} == {"p-1"}


@pytest.mark.parametrize(("onward", "rule"), [("none", "releasable-to"), ("ask", "consent")])
def test_the_onward_rule_holds_at_the_receiver(new_node: NewNode, onward: str, rule: str) -> None:
    north, east, quen = (new_node(f"{name}.example") for name in ("north", "east", "quen"))
    meet(north, east, onward=onward)
    meet(east, quen)
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    import_package(east, send(north, "east.example", "p-1"), by="bo")
    with pytest.raises(ExchangeError, match="nothing of it may go to quen") as refused:
        send(east, "quen.example", "north.example:p-1")
    assert refused.value.rule == rule
    assert actions(east)[-1] == "deny"


def test_a_second_officer_must_release_where_that_was_agreed(pair: tuple[Node, Node]) -> None:
    north, east = pair
    meet(north, east, four_eyes=True)
    draft, _ = prepare(north, Request("east.example", PURPOSE, ["p-1"]), by="ana")
    with pytest.raises(ExchangeError, match="second officer") as refused:
        release(north, draft.id, by="ana")
    assert refused.value.rule == "four-eyes"
    assert actions(north)[-1] == "deny"
    sealed = release(north, draft.id[:8], by="carl").sealed
    package = msgspec.json.decode(unseal(sealed, east.keys.encryption, ""), type=Package)
    assert package.officers == ["ana", "carl"]
    with pytest.raises(NotFoundError, match="no such draft"):
        release(north, draft.id, by="carl")


def test_what_changed_since_it_was_prepared_is_prepared_anew(pair: tuple[Node, Node]) -> None:
    north, _ = pair
    draft, _ = prepare(north, Request("east.example", PURPOSE, ["p-1"]), by="ana")
    hold(north, "crossings", Handling.of("AMBER"), [Said("p-1", "name", "Yasmin Ostrova")])
    with pytest.raises(ExchangeError, match="nothing of it may go"):
        release(north, draft.id, by="carl")
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmine Ostrova")])
    with pytest.raises(ExchangeError, match="has changed since") as refused:
        release(north, draft.id, by="carl")
    assert refused.value.rule == "changed"


def test_a_purpose_that_was_not_agreed_is_refused(pair: tuple[Node, Node]) -> None:
    north, east = pair
    meet(north, east, purposes=["border-management"])
    with pytest.raises(ExchangeError, match="investigation was not agreed") as refused:
        send(north, "east.example", "p-1")
    assert refused.value.rule == "agreement"


def test_a_package_for_another_is_refused(pair: tuple[Node, Node], new_node: NewNode) -> None:
    north, east = pair
    quen = new_node("quen.example")
    meet(north, quen)
    sealed = send(north, "east.example", "p-1")
    with pytest.raises(ExchangeError, match="cannot be opened"):
        import_package(quen, sealed, by="di")
    # Opened by its receiver and sealed anew for a third.
    plain = unseal(sealed, east.keys.encryption, "")
    with pytest.raises(ExchangeError, match=r"is for east\.example") as refused:
        import_package(quen, seal(plain, quen.keys.card.encryption_key), by="di")
    assert refused.value.rule == "recipient"
    assert values(quen) == {}


def test_an_expired_package_is_refused(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = pair
    sealed = send(north, "east.example", "p-1", days=1)
    monkeypatch.setattr("manara.exchange.intake.today", lambda: date(2999, 1, 1))
    with pytest.raises(ExchangeError, match="could be opened until") as refused:
        import_package(east, sealed, by="bo")
    assert refused.value.rule == "expired"


def test_retention_that_ran_out_on_the_way_is_enforced_at_the_receiver(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, east = pair
    last = date(2998, 12, 31)
    hold(north, "short", Handling.of("GREEN", retain_until=last), [Said("p-1", "alias", "Yaz")])
    sealed = send(north, "east.example", "p-1", days=400_000)
    monkeypatch.setattr("manara.exchange.intake.today", lambda: date(2999, 1, 1))
    arrived = import_package(east, sealed, by="bo")
    assert [(held.what, held.rule) for held in arrived.refused] == [
        ("p-1 alias = Yaz", "retention")
    ]
    assert arrived.facts == 2


def test_a_package_of_no_partner_is_refused(pair: tuple[Node, Node]) -> None:
    north, east = pair
    sealed = send(north, "east.example", "p-1")
    east.part("north.example", by="bo")
    with pytest.raises(ExchangeError, match="is not a partner") as refused:
        import_package(east, sealed, by="bo")
    assert refused.value.rule == "partner"


def test_the_same_package_with_another_content_is_a_replay(pair: tuple[Node, Node]) -> None:
    north, east = pair
    sealed = send(north, "east.example", "p-1")
    import_package(east, sealed, by="bo")
    message = read(unseal(sealed, east.keys.encryption, ""), "manara-package")
    del message["signature"]
    other = signed(message | {"case": "another"}, north.keys.signing)
    with pytest.raises(ExchangeError, match="with another content") as refused:
        import_package(east, seal(other, east.keys.card.encryption_key), by="bo")
    assert refused.value.rule == "replay"


def test_receipts_confirm_and_heads_hold_the_sender_to_its_log(pair: tuple[Node, Node]) -> None:
    north, east = pair
    first = import_package(east, send(north, "east.example", "p-1"), by="bo")
    assert first.log == "first"
    message = take_receipt(north, first.receipt, by="ana")
    assert (message.facts, message.leads) == (2, 0)
    assert actions(north)[-1] == "receipt"
    second = import_package(east, send(north, "east.example", "p-1"), by="bo")
    assert second.log == "grew"
    # North rewrites what it sent.
    path = north.workspace.root / "log"
    lines = list(north.log.lines())
    for name in ("entries.jsonl", "nodes", "ends"):
        (path / name).unlink()
    entries = [entry_of(line) for line in lines]
    entries[3] = msgspec.structs.replace(entries[3], by="somebody else")
    forger = Node(north.workspace)
    forger.log.append(entries)
    take_receipt(forger, second.receipt, by="ana")
    with pytest.raises(ExchangeError, match="something in it was changed") as refused:
        import_package(east, send(forger, "east.example", "p-1"), by="bo")
    assert refused.value.rule == "log"


def test_a_receipt_for_what_was_never_sent_is_refused(pair: tuple[Node, Node]) -> None:
    north, east = pair
    arrived = import_package(east, send(north, "east.example", "p-1"), by="bo")
    message = read(arrived.receipt, "manara-receipt")
    del message["signature"]
    for changed, key in (
        ({"sha256": "0" * 64}, east.keys.signing),
        ({"facts": 99}, north.keys.signing),
        ({"seen": "many"}, east.keys.signing),
        ({"head": {"size": 1}}, east.keys.signing),
        ({"from": "nobody.example"}, east.keys.signing),
    ):
        with pytest.raises(ExchangeError):
            take_receipt(north, signed(message | changed, key), by="ana")


def test_a_release_is_in_the_log_before_it_takes_effect(
    pair: tuple[Node, Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    north, _ = pair
    draft, _ = prepare(north, Request("east.example", PURPOSE, ["p-1"]), by="ana")

    def seen(*args: object) -> tuple[bytes, bytes]:
        assert actions(north)[-1] == "release"
        return b"sealed", b"own"

    monkeypatch.setattr(releasing, "sealed_twice", seen)
    assert release(north, draft.id, by="carl").sealed == b"sealed"


def lead_of(node: Node, rule: Handling) -> Lead:
    facts = sorted(node.workspace.view().facts(["p-1"]), key=lambda fact: fact.prop)
    ids = tuple(fact.id for fact in facts)
    steps = (Step(1, "The same birth date.", ids[:1]), Step(2, "So they may be one."))
    finding = Finding("network.broker", ("p-1",), 0.75, Severity.HIGH, "A broker", steps, ids)
    now = datetime.now(UTC)
    return Lead(finding, ("crossings",), rule, Recipe("network", "1", "{}", now, ()), now, now)


def test_a_lead_goes_with_the_facts_it_rests_on(new_node: NewNode) -> None:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    said = [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "birthDate", "1961-04-12")]
    hold(north, "crossings", GREEN, said)
    lead = lead_of(north, GREEN)
    put_leads(north.workspace, "network", [lead], by="tester")
    draft, _ = prepare(north, Request("east.example", PURPOSE, leads=[lead.id]), by="ana")
    arrived = import_package(east, release(north, draft.id, by="ana").sealed, by="bo")
    assert (arrived.facts, arrived.leads) == (2, 1)
    view = east.workspace.view()
    (taken,) = view.leads()
    assert taken.finding.kind == "partner.north.example.network.broker"
    assert taken.finding.subjects == ("north.example:p-1",)
    assert (taken.finding.score, taken.finding.severity) == (0.75, Severity.HIGH)
    shown = view.evidence(taken.finding.evidence)
    assert {row["value"] for row in shown.values()} == {"Yasmin Ostrova", "1961-04-12"}
    (first,) = taken.finding.explanation[0].evidence
    assert shown[first]["prop"] == "birthDate"
    assert taken.handling.purposes == {PURPOSE}


def test_a_lead_names_only_records_that_may_be_known_of(new_node: NewNode) -> None:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    hold(north, "crossings", GREEN, [Said("p-1", "name", "Yasmin Ostrova")])
    hold(north, "bank", Handling.of("AMBER+STRICT"), [Said("b-7", "name", "Ostrova Yasmin")])
    told = ("one passport",)
    one = Judgement("b-7", "p-1", Verdict.POSITIVE, 1.0, told, "tester", True, datetime.now(UTC))
    north.workspace.judge(one)
    run_pipeline(north.workspace, by="tester")
    facts = tuple(fact.id for fact in north.workspace.view().facts(["p-1"]))
    now, leads = datetime.now(UTC), []
    for kind, subjects in (("network.broker", ("b-7",)), ("network.link", ("b-9",))):
        steps = (Step(1, "She was seen there.", facts),)
        finding = Finding(kind, subjects, 0.75, Severity.HIGH, "A broker", steps, facts)
        recipe = Recipe("network", "1", "{}", now, ())
        leads.append(Lead(finding, ("crossings",), GREEN, recipe, now, now))
    put_leads(north.workspace, "network", leads, by="tester")
    ids = [lead.id for lead in leads]
    draft, selection = prepare(north, Request("east.example", PURPOSE, leads=ids), by="ana")
    held = {(one.id, one.rule) for one in selection.held}
    assert held == {(leads[1].id, "name")}
    sealed = release(north, draft.id, by="ana").sealed
    assert b"b-7" not in unseal(sealed, east.keys.encryption, "it")
    import_package(east, sealed, by="bo")
    (taken,) = east.workspace.view().leads()
    assert taken.finding.subjects == ("north.example:p-1",)


def test_what_a_partner_states_wrongly_is_set_aside(new_node: NewNode) -> None:
    north, east = new_node("north.example"), new_node("east.example")
    meet(north, east)
    said = [Said("p-1", "name", "Yasmin Ostrova"), Said("p-1", "birthDate", "in the spring")]
    hold(north, "crossings", GREEN, said)
    arrived = import_package(east, send(north, "east.example", "p-1"), by="bo")
    assert [(each.what, each.rule) for each in arrived.refused] == [
        ("north.example:p-1 birthDate = in the spring", "date")
    ]
    assert arrived.facts == 1
    (reject,) = east.workspace.view().rejects()
    assert reject["excerpt"] == "in the spring"


RELATIONS = [Relation.PUBLIC, Relation.COMMUNITY, Relation.CLIENT]
TLP = ["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]


def may_have(rule: dict[str, Any], relation: Relation, purpose: str, consents: set[str]) -> bool:
    """Whether east may have it: the rule told in words, without a line of `Handling`."""
    if rule["until"] and rule["until"] < today():
        return False
    named = rule["names"]
    if rule["tlp"] == "RED":
        return False
    if named is not None:
        if not set(named) & {"east.example", "joint-team"}:
            return False
    elif (
        RELATIONS.index(relation)
        < {"CLEAR": 0, "GREEN": 1, "AMBER": 2, "AMBER+STRICT": 9}[rule["tlp"]]
    ):
        return False
    if set(rule["consent"]) - consents - {"east.example"}:
        return False
    if rule["purposes"] is not None and purpose not in rule["purposes"]:
        return False
    return not (purpose == "prosecution" and NOT_IN_COURT in rule["caveats"])


def any_rule(chance: random.Random) -> dict[str, Any]:
    names = ["east.example", "joint-team", "quen.example"]
    return {
        "tlp": chance.choice(TLP),
        "names": chance.choice([None, None, chance.sample(names, chance.randint(0, 2))]),
        "consent": chance.choice([[], [], ["quen.example"], ["east.example"]]),
        "purposes": chance.choice([None, [PURPOSE], [PURPOSE, "prosecution"], ["training"]]),
        "until": chance.choice([None, None, date(2999, 1, 1)]),
        "caveats": chance.choice([[], [NOT_IN_COURT]]),
    }


def stated(rule: dict[str, Any]) -> Handling:
    return Handling.of(
        rule["tlp"], releasable_to=rule["names"], consent=rule["consent"],
        purposes=rule["purposes"], retain_until=rule["until"], caveats=rule["caveats"],
    )  # fmt: skip


def test_nothing_leaks_and_nothing_is_withheld_against_an_oracle(new_node: NewNode) -> None:
    chance = random.Random(20261122)
    north, east = new_node("north.example"), new_node("east.example")
    sets, asked = [any_rule(chance) for _ in range(16)], 0
    for number, rule in enumerate(sets):
        said = [Said("p-1", "alias", f"{number}-{n}") for n in range(72)]
        hold(north, f"list_{number}", stated(rule), said)
    for relation in RELATIONS:
        meet(north, east, relation=relation.name.lower(), groups=["joint-team"])
        for purpose in (PURPOSE, "prosecution", "training"):
            consents = {"quen.example"} if chance.random() < 0.5 else set[str]()
            allowed = [may_have(rule, relation, purpose, consents) for rule in sets]
            expected = {
                f"{number}-{n}" for number in range(16) for n in range(72) if allowed[number]
            }
            asked += 16 * 72
            assert _arriving(north, east, purpose, consents) == expected
    assert asked >= 10_000


def _arriving(north: Node, east: Node, purpose: str, consents: Iterable[str]) -> set[str]:
    try:
        sealed = send(north, "east.example", "p-1", purpose=purpose, consents=sorted(consents))
    except ExchangeError:
        return set()
    plain = unseal(sealed, east.keys.encryption, "")
    package = msgspec.json.decode(plain, type=Package)
    arrived: Arrived = import_package(east, sealed, by="bo")
    assert arrived.refused == []
    told = [v for each in package.objects for v in each.object.opened(north.keys.card)]
    return {value["value"] for value in told}
