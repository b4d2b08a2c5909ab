"""Cases in the console and over the API: what is seen, who may do what, four eyes, the bundle."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from manara.casework import Cases, check
from manara.model import Handling, Tlp
from tests.console.office import RULES, Client, Office, lead_id, make_office, opened


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("cases") / "office"
    make_office(root)
    with opened(root) as office:
        office.add_all()
        yield office


def post(client: Client, path: str, **form: Any) -> Any:
    files = {"file": form.pop("file")} if "file" in form else None
    return client.post(path, data={"csrf": client.csrf, **form}, files=files)


def begun(client: Client, **more: str) -> str:
    """Open a case and return its path."""
    form = {"title": "Lantern", "legal_basis": "art. 10", "purpose": "investigation"} | more
    response = post(client, "/cases", **form)
    assert response.status_code == 303, response.text[:500]
    return str(response.headers["location"])


def test_a_case_begins_with_a_lead_and_is_worked_on(office: Office) -> None:
    analyst = office.client("analyst")
    assert "Cassilda looks suspicious" in analyst.get(f"/cases/new?lead={lead_id('strict')}").text
    path = begun(analyst, lead=lead_id("strict"), title="<b>Lantern</b>")
    assert post(analyst, f"{path}/add", kind="note", text="seen <script>").status_code == 303
    assert (
        post(analyst, f"{path}/add", kind="task", text="ask", due="2026-12-24").status_code == 303
    )
    assert post(analyst, f"{path}/add", kind="person", text="p-amber", role="x").status_code == 303
    evil = ("../../etc/<i>photo.jpg", b"a boat", "image/jpeg")
    assert post(analyst, f"{path}/file", file=evil, how="search").status_code == 303
    done = post(analyst, f"{path}/custody", item="E2", what="examined", how="by eye")
    assert done.status_code == 303
    assert post(analyst, f"{path}/done", task="T1", result="answered").status_code == 303
    page = analyst.get(path).text
    for shown in ("Cassilda looks suspicious", "Bertrande", "&lt;i&gt;photo.jpg", "answered",
                  "&lt;b&gt;Lantern", "seen &lt;script&gt;", "as received"):  # fmt: skip
        assert shown in page
    for hidden in ("<b>Lantern", "<script>", "../../etc"):
        assert hidden not in page
    assert "Lantern" in analyst.get("/cases").text


def test_without_legal_basis_there_is_no_case(office: Office) -> None:
    analyst = office.client("analyst")
    form = {"title": "x", "legal_basis": " ", "purpose": "investigation"}
    assert post(analyst, "/cases", **form).status_code == 400


def test_each_sees_what_his_clearance_reaches(office: Office) -> None:
    red = office.client("ana-red")
    path = begun(red, tlp="TLP:GREEN", lead=lead_id("clear"), title="Open title")
    for name in ("red", "strict"):
        assert post(red, f"{path}/add", kind="evidence", text=lead_id(name)).status_code == 303
    assert post(red, f"{path}/add", kind="note", text="all of it").status_code == 303
    for account, sees in (("ana-red", {"clear", "strict", "red"}), ("analyst", {"clear", "strict"}),
                          ("ana-green", {"clear"})):  # fmt: skip
        client = office.client(account)
        for text in (client.get(path).text, client.get(f"/api/v1{path}").text):
            assert "Open title" in text
            named = {name for name, (given, _) in RULES.items() if given in text}
            assert named == sees, account
            # A note may draw on anything: it takes the strictest rule.
            assert ("all of it" in text) == (account == "ana-red")


def test_what_may_not_be_seen_becomes_no_evidence_and_nobody(office: Office) -> None:
    analyst = office.client("analyst")
    path = begun(analyst)
    for form in ({"kind": "evidence", "text": lead_id("red")},
                 {"kind": "person", "text": "p-red", "role": "x"}):  # fmt: skip
        assert post(analyst, f"{path}/add", **form).status_code == 404
    ref = {"ref": lead_id("red")}
    headers = {"X-CSRF-Token": analyst.csrf}
    assert analyst.post(f"/api/v1{path}/evidence", json=ref, headers=headers).status_code == 404


def test_a_case_above_the_clearance_or_sealed_is_not_there(office: Office) -> None:
    workspace = office.console.workspace
    work = Cases(workspace, "supervisor", journal=office.console.journal)
    red = work.open("Red", legal_basis="x", purpose="investigation",
                    handling=Handling.of(Tlp.RED, releasable_to=["ana-red"]))  # fmt: skip
    sealed = work.open("Sealed", legal_basis="x", purpose="investigation")
    second = Cases(workspace, "officer", journal=office.console.journal)
    second.confirm(sealed.id, work.ask(sealed.id, "seal", "x"))
    for case_id, sees in ((red.id, "ana-red"), (sealed.id, "officer")):
        for account in ("analyst", sees):
            client = office.client(account)
            listed = case_id in client.get("/cases?state=all").text
            listed_too = case_id in client.get("/api/v1/cases?state=all").text
            statuses = {client.get(f"{at}/cases/{case_id}").status_code for at in ("", "/api/v1")}
            assert (listed, listed_too) == (account == sees,) * 2
            assert statuses == {200 if account == sees else 404}


def test_four_eyes_and_the_right_to_confirm(office: Office) -> None:
    analyst = office.client("analyst")
    path = begun(analyst)
    assert post(analyst, f"{path}/ask", action="close", reason="done").status_code == 303
    answer = {"number": "2", "outcome": "confirm"}
    assert post(analyst, f"{path}/answer", **answer).status_code == 403
    assert post(office.client("officer"), f"{path}/answer", **answer).status_code == 403
    assert post(office.client("supervisor"), f"{path}/answer", **answer).status_code == 303
    assert post(analyst, f"{path}/add", kind="note", text="late").status_code == 400
    supervisor = office.client("supervisor")
    path = begun(supervisor)
    post(supervisor, f"{path}/ask", action="close", reason="done")
    assert post(supervisor, f"{path}/answer", **answer).status_code == 400


def test_the_bundle_is_previewed_released_and_checked(office: Office) -> None:
    analyst, liaison, supervisor = map(office.client, ("analyst", "liaison", "supervisor"))
    own = {"tlp": "TLP:AMBER", "releasable_to": "court.example"}
    path = begun(analyst, **own, lead=lead_id("clear"))
    post(analyst, f"{path}/add", kind="evidence", text=lead_id("strict"))
    asked = f"{path}/bundle?recipient=court.example"
    assert analyst.get(asked).status_code == 403
    page = liaison.get(asked).text
    assert "may not leave our own organisation" in page
    assert "Cassilda" not in page
    form = {"recipient": "court.example", "reason": "trial"}
    refused = post(liaison, f"{path}/bundle", write="yes", **form)
    assert refused.status_code == 400
    assert post(liaison, f"{path}/bundle", **form).status_code == 303
    number = Cases(office.console.workspace, "liaison").get(path[7:]).pending()[0].number
    done = post(supervisor, f"{path}/answer", number=str(number), outcome="confirm")
    assert done.status_code == 303
    assert "Download" in liaison.get(asked).text
    bundle = post(liaison, f"{path}/bundle", write="yes", **form)
    assert bundle.headers["content-type"] == "application/zip"
    assert check(BytesIO(bundle.content)).problems == []


def test_a_form_of_elsewhere_changes_nothing(office: Office) -> None:
    analyst = office.client("analyst")
    path = begun(analyst)
    analyst.csrf = "guessed"
    assert post(analyst, f"{path}/add", kind="note", text="forged").status_code == 403
    assert "forged" not in analyst.get(path).text


def test_the_api_opens_a_case_once_for_one_key(office: Office) -> None:
    token = office.token("analyst")
    client = office.client("", Authorization=f"Bearer {token}")
    body = {"title": "By machine", "legal_basis": "art. 10", "purpose": "investigation"}
    headers = {"Idempotency-Key": "one"}
    first = client.post("/api/v1/cases", json=body, headers=headers)
    again = client.post("/api/v1/cases", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["id"] == again.json()["id"]
    path = f"/api/v1/cases/{first.json()['id']}"
    assert client.post(f"{path}/notes", json={"text": "hello"}).status_code == 201
    assert client.post(f"{path}/tasks", json={"title": "ask"}).status_code == 201
    assert client.post(f"{path}/evidence", json={"ref": lead_id("amber")}).status_code == 201
    step = {"item": "E1", "what": "examined", "how": "by eye", "when": "2026-05-01T10:00:00Z"}
    assert client.post(f"{path}/custody", json=step).status_code == 201
    assert client.post(f"{path}/custody", json=step | {"item": "E9"}).status_code == 404
    assert (
        client.post(f"{path}/requests", json={"action": "close", "reason": "x"}).status_code == 201
    )
    shown = client.get(path).json()
    assert [one["what"] for one in shown["custody"]] == ["received", "examined"]
    assert (shown["notes"][0]["text"], shown["tasks"][0]["key"]) == ("hello", "T1")


def test_retention_and_right_of_access(office: Office) -> None:
    office.add("dpo-two", ["data-protection-officer"])
    one, two = office.client("data-protection-officer"), office.client("dpo-two")
    page = one.get("/subject-access?q=p-amber").text
    assert "Bertrande" in page
    assert one.get("/subject-access?q=p-red").status_code == 200
    assert "Dagobert" not in one.get("/subject-access?q=p-red").text
    answer = one.get("/subject-access?q=p-amber&answer=true")
    assert "attachment" in answer.headers["content-disposition"]
    assert "Something may be withheld" in answer.text
    assert "Bertrande" not in answer.text
    told = one.get("/subject-access?q=p-amber&answer=true&tell=list_amber").text
    assert "Bertrande" in told
    assert post(one, "/retention/ask", item="entity:p-red", reason="x").status_code == 404
    assert post(one, "/retention/ask", item="entity:q-amber", reason="art. 16").status_code == 303
    assert post(one, "/retention/1", outcome="confirm").status_code == 400
    assert two.get("/retention/1").status_code == 200
    done = post(two, "/retention/1", outcome="confirm")
    assert done.status_code == 200
    assert "salt" in done.text
    left = office.console.workspace.view().facts(["q-amber"])
    assert list(left) == []
    assert one.get("/retention").status_code == 200
