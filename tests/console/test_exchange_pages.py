"""Sharing, asking, answering and recalling from the pages, between two nodes in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from manara.casework.worker import do
from manara.console.worker import WORK
from manara.exchange import (
    REQUEST,
    Card,
    Node,
    Partner,
    Request,
    prepare,
    take,
    take_receipt,
    write_letter,
)
from manara.exchange.blind import Answerer, kept_table, make_table, take_table
from manara.exchange.node import today
from manara.exchange.outbox import Outbox
from manara.exchange.renewal import replace_lost
from manara.model import Handling, Tlp
from manara.store import Workspace
from tests.console.office import Client, Office, lead_id, make_office, opened
from tests.exchange.conftest import Said, hold

FERRY = "ferry.example"


class Two(NamedTuple):
    """The office, its own node, and the node of a partner."""

    office: Office
    unit: Node
    ferry: Node

    def terms(self, **terms: Any) -> None:
        """Let the office agree other terms with the partner."""
        known = {"relation": "client", "purposes": ["investigation"], **terms}
        self.unit.agree(Partner(self.ferry.keys.card, **known), by="test")

    def carry(self) -> list[str]:
        """Carry what waits, there and back, with the receipts; return what kinds they were."""
        kinds = []
        for here, there in ((self.unit, self.ferry), (self.ferry, self.unit)):
            box = Outbox(here.workspace)
            for message in list(box.waiting()):
                kind, receipt = take(there, message.path.read_bytes(), by="post")
                if receipt:
                    take_receipt(here, receipt, by="post")
                box.done(message)
                kinds.append(kind)
        return kinds

    def work(self) -> None:
        """Do the jobs that wait, as the worker does."""
        jobs = self.office.console.jobs
        while job := jobs.begin():
            do(self.office.console.workspace, jobs, job, WORK)

    def known(self) -> set[str]:
        """Return what the partner knows."""
        return {fact.value for fact in self.ferry.workspace.view().facts()}


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    root = tmp_path_factory.mktemp("exchange") / "office"
    make_office(root)
    with opened(root) as office, Workspace.create(root.parent / "ferry") as elsewhere:
        office.add_all()
        office.add("badr", ["liaison"])
        office.add("court", ["liaison"], purposes=["prosecution"])
        office.add("strict", ["liaison"], clearance=Tlp.GREEN)
        unit, ferry = Node(office.console.workspace), Node(elsewhere)
        unit.identify("unit.example", "Testing Unit", by="test")
        ferry.identify(FERRY, "Ferry Authority", by="test")
        made = Two(office, unit, ferry)
        made.terms()
        ferry.agree(Partner(unit.keys.card, questions=5, by_officer=3), by="test")
        said = [Said("f-1", "name", "Bertrande Quillon"), Said("f-1", "birthDate", "1970-05-06")]
        said.append(Said("f-1", "passportNumber", "FA7788123"))
        hold(ferry, "crew", Handling.of("GREEN"), said)
        yield made


def post(client: Client, path: str, **form: Any) -> Any:
    return client.post(path, data={"csrf": client.csrf, **form})


def shown(client: Client, **asked: str) -> str:
    query = {"to": FERRY, "purpose": "investigation", **asked}
    answer = client.get("/partners/share", params=query)
    assert answer.status_code == 200, answer.text[:500]
    return str(answer.text)


def section(page: str, name: str) -> str:
    """Return the section of a page with an id."""
    return page.split(f'id="{name}"')[1].split("</section>")[0]


def prepared(client: Client, **asked: str) -> str:
    """Prepare what a page shows, and return the path of the draft."""
    digest = re.search(r'name="digest" value="(\w+)"', shown(client, **asked))
    assert digest
    query = {"to": FERRY, "purpose": "investigation", **asked, "digest": digest[1]}
    answer = post(client, "/partners/share", **query)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_before_anything_leaves_each_fact_is_shown_with_its_rule(two: Two) -> None:
    two.terms()
    client = two.office.client("liaison")
    page = shown(client, entity="p-clear", linked="yes")
    goes, held = section(page, "goes"), section(page, "held")
    assert "Abelard Quillon" in goes
    # Under AMBER+STRICT nothing leaves the organisation.
    assert "level of the recipient" in held and "list_" not in held
    # What the officer may not see is neither told nor sent.
    for given in ("Dagobert", "Eulalie", "Frothard", "Gismonda"):
        assert given not in page
    path = prepared(client, entity="p-clear", linked="yes")
    before = two.known()
    assert post(client, f"{path}/release").status_code == 303
    assert two.carry() == ["package"]
    came = two.known() - before
    assert "Abelard Quillon" in came
    rules = {fact.dataset for fact in two.unit.workspace.view().facts()}
    assert {"list_red", "list_team"} < rules, "they are there to leak"
    assert not any("p-red" in value or "p-team" in value for value in came)
    page = client.get(path).text
    assert "confirmed" in page and "Abelard Quillon" in page
    receipt = client.get(f"{path}/receipt")
    assert receipt.json()["from"] == FERRY
    assert post(client, f"{path}/release").status_code == 404, "it went once"


@pytest.mark.parametrize("entity", ["p-team", "p-red", "nobody"])
def test_what_may_not_be_seen_cannot_be_shared(two: Two, entity: str) -> None:
    client = two.office.client("liaison")
    query = {"entity": entity, "to": FERRY, "purpose": "investigation"}
    assert client.get("/partners/share", params=query).status_code == 404
    assert post(client, "/partners/share", **query).status_code == 404
    assert client.get("/partners/share", params={"lead": lead_id("team")}).status_code == 404


def test_a_purpose_must_be_the_accounts_own_and_agreed(two: Two) -> None:
    client = two.office.client("liaison")
    query = {"entity": "p-clear", "to": FERRY, "purpose": "prosecution"}
    assert client.get("/partners/share", params=query).status_code == 400
    page = two.office.client("court").get("/partners/share", params=query).text
    assert "was not agreed with it" in page and "Prepare it" not in page


def test_where_four_eyes_were_agreed_a_second_officer_releases(two: Two) -> None:
    two.terms(four_eyes=True)
    client, other = two.office.client("liaison"), two.office.client("badr")
    path = prepared(client, lead=lead_id("amber"))
    assert "waits for another officer" in client.get(path).text
    assert post(client, f"{path}/release").status_code == 400
    assert two.carry() == []
    assert path in other.get("/partners/share").text
    assert "You are the second officer" in other.get(path).text
    assert post(other, f"{path}/release").status_code == 303
    assert two.carry() == ["package"]
    assert "Bertrande Quillon" in two.known()
    assert "liaison, badr" in other.get(path).text


def test_a_draft_is_refused_with_a_ground(two: Two) -> None:
    two.terms(four_eyes=True)
    client, other = two.office.client("liaison"), two.office.client("badr")
    path = prepared(client, entity="p-amber")
    assert post(other, f"{path}/refuse", ground=" ").status_code == 400
    assert post(other, f"{path}/refuse", ground="the treaty has ended").status_code == 303
    assert "the treaty has ended" in client.get(path).text
    assert post(other, f"{path}/release").status_code == 404
    assert two.carry() == []


def test_drafts_of_others_are_not_there_for_whoever_may_not_see_what_is_in_them(two: Two) -> None:
    two.terms(four_eyes=True, groups=["jit-1"])
    path = prepared(two.office.client("liaison"), entity="p-amber")
    team, _ = prepare(two.unit, Request(FERRY, "investigation", ["p-team"], linked=True), by="x")
    hidden = [("court", path), ("strict", path), ("badr", f"/partners/share/{team.id}")]
    for account, where in hidden:
        client = two.office.client(account)
        assert client.get(where).status_code == 404, account
        assert where not in client.get("/partners/share").text
        for action in ("release", "refuse"):
            answer = post(client, f"{where}/{action}", ground="mine now")
            assert answer.status_code == 404, (account, action)
    assert two.office.client("analyst").get(path).status_code == 403
    assert two.carry() == []


def test_nothing_is_done_without_what_only_a_page_knows(two: Two) -> None:
    client = two.office.client("liaison")
    path = prepared(client, entity="p-amber")
    for where in ("/partners/share", f"{path}/release", "/partners/tell", "/partners/recalls",
                  "/partners/questions", "/partners/ask", "/partners/nodes"):  # fmt: skip
        assert client.post(where, data={"csrf": "x", "to": FERRY}).status_code == 403, where


def test_what_has_changed_since_it_was_shown_does_not_go(two: Two) -> None:
    client = two.office.client("liaison")
    query = {"entity": "p-clear", "to": FERRY, "purpose": "investigation", "digest": "0" * 64}
    answer = post(client, "/partners/share", **query)
    assert answer.status_code == 400 and "has changed since you looked" in answer.text


def test_a_request_is_read_answered_and_its_answer_told_of(two: Two) -> None:
    two.terms()
    asked, _ = write_letter(
        two.ferry, "unit.example", REQUEST, by="ana", text="Who is <b>Bertrande</b>?",
        purpose="investigation", basis="treaty 12", case="FA-9",
        subjects=[("unit.example", "p-amber")],
    )  # fmt: skip
    two.carry()
    path = f"/partners/inbox/{asked.id}"
    client = two.office.client("liaison")
    page = client.get(path).text
    assert "Who is &lt;b&gt;Bertrande" in page and "Bertrande Quillon" in page
    assert two.office.client("court").get(path).status_code == 404, "it is for another purpose"
    assert "Bertrande" not in two.office.client("administrator").get("/partners").text
    draft = prepared(client, entity="p-amber", answers=asked.id)
    assert post(client, f"{draft}/release").status_code == 303
    assert post(client, path, action="answer", text="On board since May.").status_code == 303
    two.carry()
    page = client.get(path).text
    assert "answered" in page and "On board since May." in page and draft in page
    assert post(two.office.client("officer"), path, action="answer", text="x").status_code == 403


def test_we_ask_and_say_whether_it_helped(two: Two) -> None:
    two.terms(four_eyes=True)
    client, other = two.office.client("liaison"), two.office.client("badr")
    form = {"to": FERRY, "text": "Do you know her?", "basis": "b", "case": "U-1"}
    path = post(client, "/partners/ask", entity="p-amber", **form).headers["location"]
    assert "waits for a second officer" in client.get(path).text
    assert post(other, path, action="approve").status_code == 303
    assert two.carry() == ["letter"]
    write_letter(
        two.ferry, "unit.example", "refusal", by="ana", about=path.rpartition("/")[2],
        rule="purpose", text="held for training",
    )  # fmt: skip
    two.carry()
    assert "held for training" in client.get(path).text
    assert post(client, path, action="feedback", useful="no", text="a pity").status_code == 303
    assert two.carry() == ["letter"]
    assert post(client, "/partners/ask", entity="p-team", **form).status_code == 404


def test_a_blind_question_tells_hit_or_no_hit_and_what_is_left(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    two.terms()
    table = make_table(two.ferry, "unit.example", "investigation", today(), by="test")
    take_table(two.unit, table, by="test")
    answerer = Answerer(two.ferry)
    monkeypatch.setattr(
        "manara.exchange.blind.asked.ask_over", lambda _, to, message: answerer.answer(message)
    )
    client = two.office.client("liaison")
    form = {"to": FERRY, "basis": "treaty 12", "case": "U-2"}
    for number, hit, left in (("FA7788123", True, 2), ("FA0000000", False, 1)):
        asked = post(client, "/partners/questions", kind="passport", number=number, **form)
        path = asked.headers["location"]
        assert "under way" in client.get(path).text
        two.work()
        page = client.get(path).text
        assert f"answers {left} more" in page
        assert ("a number" in page) == hit and ("Request information" in page) == hit
        assert two.office.client("badr").get(path).status_code == 404, "another's question"
    log = b"".join(two.unit.log.lines()) + b"".join(two.ferry.log.lines())
    assert b"7788123" not in log, "whom it was about is in no log"
    assert b"7788123" not in repr(two.office.console.jobs.all()).encode()
    assert post(client, "/partners/questions", entity="p-team", **form).status_code == 404
    assert post(client, "/partners/questions", **form).status_code == 400


def test_what_was_shared_is_recalled_and_the_partner_confirms(two: Two) -> None:
    two.terms()
    client = two.office.client("liaison")
    path = prepared(client, entity="q-amber")
    post(client, f"{path}/release")
    two.carry()
    assert "Bertrande Zuberbier" in two.known()
    package = path.rpartition("/")[2]
    page = client.get("/partners/recalls", params={"package": package}).text
    assert "of our facts" in page
    answer = post(client, "/partners/recalls", package=package, reason="mistaken identity")
    assert answer.status_code == 303
    assert "under way" in client.get("/partners/recalls").text
    two.work()
    assert "waits in the outbox" in client.get("/partners/recalls").text
    assert two.carry() == ["package"]
    assert "Bertrande Zuberbier" not in two.known()
    page = client.get("/partners/recalls").text
    assert "confirmed" in section(page, "recalls") and "The signed receipt" in page
    for named in ({"entity": "p-team"}, {"package": "0" * 32}):
        assert client.get("/partners/recalls", params=named).status_code == 404
        assert post(client, "/partners/recalls", reason="x", **named).status_code == 404
    nothing = post(client, "/partners/recalls", entity="p-strict", reason="x")
    assert nothing.status_code == 404


def test_a_partner_is_registered_by_its_card_and_changed(two: Two, tmp_path: Any) -> None:
    with Workspace.create(tmp_path / "port") as elsewhere:
        port = Node(elsewhere)
        card = port.identify("port.example", "Port <b>Lantern</b>", by="test").card
        pem = port.certify(by="test")
    client = two.office.client("administrator")
    form = {"csrf": client.csrf, "onward": "none", "four_eyes": "yes", "questions": "7"}
    form |= {"address": "https://127.0.0.1:8443"}
    files = {"card": ("card", card.encoded), "certificate": ("pem", pem)}
    added = client.post("/partners/nodes", data=form, files=files)
    assert added.headers["location"] == "/partners/nodes/port.example"
    page = client.get("/partners/nodes/port.example").text
    assert card.fingerprint in page and "Port &lt;b&gt;Lantern" in page and "four eyes" in page
    known = two.unit.partners.get("port.example")
    assert (known.onward, known.four_eyes, known.questions) == ("none", True, 7)
    changed = post(client, "/partners/nodes", partner="port.example", onward="free")
    assert changed.status_code == 303
    known = two.unit.partners.get("port.example")
    assert (known.onward, known.certificate) == ("free", pem.decode())
    for wrong in ({"address": "http://127.0.0.1"}, {"address": "file:///etc"}, {"relation": "x"}):
        asked = {"partner": "port.example", **wrong}
        assert post(client, "/partners/nodes", **asked).status_code == 400, wrong
    bad = client.post("/partners/nodes", data=form, files={"card": ("card", b"{}")})
    assert bad.status_code == 400
    assert post(two.office.client("supervisor"), "/partners/nodes").status_code == 403
    assert post(client, "/partners/nodes/port.example/part").status_code == 303
    assert "port.example" not in two.unit.partners.all()


def test_our_keys_are_renewed_and_replaced_from_the_page(two: Two) -> None:
    two.terms()
    client = two.office.client("liaison")
    assert "in use" in section(client.get("/partners/keys").text, "keys")
    before = two.unit.keys.card
    assert post(client, "/partners/keys", until="soon").status_code == 400
    assert post(client, "/partners/keys", until="2999-01-31").status_code == 303
    page = section(client.get("/partners/keys").text, "keys")
    assert "announced, not in use yet" in page and FERRY in page
    assert "renewal" in two.carry()
    known = two.ferry.partners.get("unit.example").card
    assert (known.follows(before), known == two.unit.keys.card) == (True, True)
    page = section(client.get("/partners/keys").text, "keys")
    assert "in use" in page and "taken until" in page and FERRY not in page
    assert post(client, "/partners/keys", ground="stolen").status_code == 303
    card = client.get("/partners/keys/card.json").content
    assert client.get("/partners/keys/certificate.pem").status_code == 404
    assert client.get("/partners/keys/signing.pem").status_code == 404
    assert known.follows(before) and not two.unit.keys.card.follows(known)
    two.ferry.agree(replace(two.ferry.partners.get("unit.example"), card=Card.read(card)), by="t")


def test_a_partners_card_is_replaced_by_what_was_heard(two: Two) -> None:
    two.terms()
    client = two.office.client("liaison")
    replace_lost(two.ferry, "stolen", by="test")
    card = two.ferry.keys.card
    path, files = f"/partners/nodes/{FERRY}/replace", {"card": ("card", card.encoded)}
    form = {"csrf": client.csrf, "fingerprint": "0000 " * 8}
    assert client.post(path, data=form, files=files).status_code in (403, 409, 422, 400)
    assert two.unit.partners.get(FERRY).card != card
    form["fingerprint"] = card.fingerprint
    assert client.post(path, data=form, files=files).status_code == 303
    assert card.fingerprint in client.get(f"/partners/nodes/{FERRY}").text
    assert post(client, path, fingerprint="x").status_code == 400


def test_tables_are_made_and_files_taken_in_by_jobs(two: Two) -> None:
    two.terms()
    client = two.office.client("liaison")
    path = f"/partners/nodes/{FERRY}/table"
    assert post(client, path, purpose="none").status_code == 400
    assert post(client, path, purpose="investigation").status_code == 303
    two.work()
    (table,) = [one for one in Outbox(two.unit.workspace).waiting() if one.to == FERRY]
    assert take(two.ferry, table.path.read_bytes(), by="post")[0] == "table"
    Outbox(two.unit.workspace).done(table)
    back = make_table(two.ferry, "unit.example", "investigation", today(), by="test")
    for content in (back, b"junk"):
        files, form = {"file": ("a.message", content)}, {"csrf": client.csrf}
        assert client.post("/partners/take", data=form, files=files).status_code == 303
        two.work()
    page = section(client.get("/partners/keys").text, "work")
    assert page.count("a.message") == 2 and "cannot be opened" in page
    assert kept_table(two.unit, FERRY, "investigation").owner == FERRY
