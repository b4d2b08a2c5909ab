"""The Python client against the application and a real server, and against what the API says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from manara import client as shapes
from manara.casework.accounts import Right
from manara.casework.jobs import Status
from manara.client import AnswerError, Client, ScreenQuery, requests
from manara.console.access import Console
from manara.store import Workspace
from tests.console.conftest import Served
from tests.console.office import Office, lead_id, make_office, opened

GUIDE = Path(__file__).parents[2] / "docs/how-to/use-the-python-client.md"
LISTED = '{"id": "c-1", "schema": "Person", "properties": {"name": ["Odile Carrick"]}}\n'

#: Of which schema of the API each shape is.
OF = {
    "Me": "Me",
    "LeadLine": "LeadLine",
    "LeadShown": "Lead",
    "ExplanationStep": "Step",
    "DecisionMade": "Decision",
    "EntityFound": "EntityFound",
    "EntityShown": "Entity",
    "FactShown": "Fact",
    "JudgementShown": "Judgement",
    "TieShown": "Tie",
    "PathShown": "Path",
    "CaseLine": "CaseLine",
    "CaseShown": "Case",
    "JobShown": "Job",
    "ScreenHit": "ScreenHit",
    "ScreenQuery": "ScreenQuery",
    "OneAnswer": "Screened",
    "manara__console__screening__Answers": "ScreenedAll",
}


class Recorded(httpx.BaseTransport):
    """The application, with what it was asked; answers may be lost on the way back.

    Attributes:
        asked: method and path of each request.
        sent: the requests.
        lost: how many answers are lost.
    """

    def __init__(self, office: Office) -> None:
        self._inner = office.client()._transport
        self.asked: list[tuple[str, str]] = []
        self.sent: list[httpx.Request] = []
        self.lost = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.raw_path.decode().partition("?")[0]))
        self.sent.append(request)
        response = self._inner.handle_request(request)
        if self.lost:
            self.lost -= 1
            raise httpx.ReadError("lost")
        return response


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("client") / "office"
    make_office(root)
    with opened(root) as office:
        for name in ("analyst", "supervisor"):
            office.add(name, [name])
        yield office


@pytest.fixture
def transport(office: Office) -> Recorded:
    return Recorded(office)


@pytest.fixture
def client(office: Office, transport: Recorded, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(requests, "PAUSE", 0.0)
    return client_of(office, transport, "analyst")


def client_of(office: Office, transport: httpx.BaseTransport, account: str) -> Client:
    return Client("http://testserver", office.token(account), transport=transport)


def test_every_operation_of_the_api_has_a_method_and_its_answer_a_shape(
    office: Office, client: Client, transport: Recorded, tmp_path: Path
) -> None:
    assert client.me().id == "analyst"
    lead = client.lead(lead_id("clear"))
    assert lead.title == "Abelard looks suspicious"
    assert lead.explanation[0].evidence == [lead.evidence[0]["id"]]
    assert [one.id for one in client.leads(severity=3)] == sorted(
        lead_id(name) for name in ("clear", "amber", "strict")
    )
    assert "Abelard" in client.leads_csv()
    made = client.decide(lead, "escalated", "seen twice")
    assert client.lead(lead.id).decision == made
    [found] = [one for one in client.search("Abelard Quillon") if one.id == "p-clear"]
    assert (found.schema, found.caption) == ("Person", "Abelard Quillon")
    entity = client.entity("p-clear")
    assert {fact.value for fact in entity.facts} == {"Abelard Quillon", "1970"}
    assert "q-clear" in {tie.target for tie in client.network("p-clear")} | {
        tie.source for tie in client.network("p-clear")
    }
    paths = client.paths("q-clear", "p-amber")
    assert paths[0].entities[0] == "q-clear" and paths[0].entities[-1] == "p-amber"
    worked_on(office, client, transport)
    ended(office, client, tmp_path)
    assert_all_called(office, transport)


def worked_on(office: Office, client: Client, transport: Recorded) -> None:
    case = client.open_case("Lantern", legal_basis="art. 10", purpose="investigation")
    assert [one.id for one in client.cases()] == [case.id]
    client.add_note(case.id, "seen by the harbour")
    client.add_task(case.id, "ask the harbour", due=date(2026, 12, 24))
    item = client.add_evidence(case.id, lead_id("clear")).evidence[-1]["key"]
    client.add_custody(case.id, item, "examined", how="by eye")
    number = client.ask(case.id, "close", "done").asked[-1]["number"]
    second = client_of(office, transport, "supervisor")
    assert second.answer(case.id, number, "confirm").status == "closed"
    assert client.case(case.id).notes[0]["text"] == "seen by the harbour"
    assert list(client.cases()) == [] and len(list(client.cases(closed=True))) == 1


def ended(office: Office, client: Client, tmp_path: Path) -> None:
    jobs = office.console.jobs
    good = client.start("resolve")
    path = tmp_path / "list.json"
    path.write_text("{}")
    bad = client.take_in(path, dataset="another")
    assert {job.id for job in client.jobs()} == {good.id, bad.id}
    jobs.end(jobs.get(good.id), Status.DONE, {"clusters": 3})
    told = {"code": "format", "message": "is broken", "where": "list.json", "remedy": ""}
    jobs.end(jobs.get(bad.id), Status.FAILED, {"error": told})
    seen: list[shapes.Job] = []
    done = client.wait(good, progress=seen.append)
    assert done.result == {"clusters": 3} and seen == [done] == [client.job(good.id)]
    with pytest.raises(AnswerError, match=r"list\.json: failed: is broken") as failed:
        client.wait(bad.id)
    assert failed.value.problem == "format"


def operations(office: Office) -> dict[str, Any]:
    found: dict[str, Any] = office.client().get("/api/v1/openapi.json").json()
    return found


def assert_all_called(office: Office, transport: Recorded) -> None:
    """Find each operation about leads, entities, cases and jobs among what was asked."""
    wanted = {
        (method.upper(), path)
        for path, methods in operations(office)["paths"].items()
        for method, told in methods.items()
        if {"me", "leads", "entities", "cases", "jobs"} & set(told["tags"])
    }
    assert len(wanted) > 20
    called = set(transport.asked)

    def matches(template: str, path: str) -> bool:
        return (
            re.fullmatch(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(template)), path) is not None
        )

    left = {
        (method, template)
        for method, template in wanted
        if not any(method == one and matches(template, path) for one, path in called)
    }
    assert left == set()


def test_the_shapes_are_those_of_the_api(office: Office) -> None:
    known = operations(office)["components"]["schemas"]
    known |= office.app.openapi()["components"]["schemas"]
    for name, shape in OF.items():
        fields = {one.encode_name for one in msgspec.structs.fields(getattr(shapes, shape))}
        assert fields - {"etag"} == set(known[name]["properties"]), name


def test_what_was_looked_at_and_has_changed_since_is_not_decided_about(
    office: Office, client: Client
) -> None:
    lead = client.lead(lead_id("amber"))
    client.decide(lead, "escalated", "first")
    with pytest.raises(AnswerError, match="has changed since") as refused:
        client.decide(lead, "dismissed", "second")
    assert (refused.value.status, refused.value.problem) == (412, "refused")
    assert client.decide(lead.id, "dismissed", "whatever it is now").outcome == "dismissed"


def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_done_twice(
    office: Office, client: Client, transport: Recorded
) -> None:
    transport.lost = 2
    case = client.open_case("Harbour", legal_basis="art. 10", purpose="investigation")
    titles = [one.title for one in client.cases()]
    assert titles.count("Harbour") == 1 and case.title == "Harbour"
    keys = {one.headers["Idempotency-Key"] for one in transport.sent[:3]}
    assert len(keys) == 1
    transport.lost = requests.TRIES
    with pytest.raises(AnswerError, match="does not answer") as silent:
        client.me()
    assert silent.value.status == 0


def test_lists_are_fetched_page_by_page(
    office: Office, client: Client, transport: Recorded
) -> None:
    ids = {
        client.open_case(f"N {at}", legal_basis="x", purpose="investigation").id for at in (1, 2)
    }
    transport.asked.clear()
    found = list(client.pages("/cases", shapes.CaseLine, state="all", limit=1))
    assert ids <= {one.id for one in found}
    assert len(transport.asked) == len(found) == len({one.id for one in found})


def test_problems_are_raised_with_what_the_node_says(office: Office, client: Client) -> None:
    with pytest.raises(AnswerError) as missing:
        client.lead("lead-nowhere")
    assert (missing.value.status, missing.value.problem) == (404, "not-found")
    with pytest.raises(AnswerError) as hidden:
        client.lead(lead_id("red"))
    assert hidden.value.message == missing.value.message
    with pytest.raises(AnswerError, match="no valid token") as unknown:
        Client("http://testserver", "guess", transport=Recorded(office)).me()
    assert (unknown.value.status, unknown.value.problem) == (401, "sign-in")
    few = Client(
        "http://testserver", office.token("analyst", Right.READ), transport=Recorded(office)
    )
    with pytest.raises(AnswerError, match="takes the right to decide") as refused:
        few.decide(lead_id("clear"), "dismissed", "x")
    assert refused.value.status == 403


def test_what_is_no_answer_of_a_node_is_told() -> None:
    other = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>"))
    with pytest.raises(AnswerError, match="cannot be understood"):
        Client("http://elsewhere", "x", transport=other).me()
    gate = httpx.MockTransport(lambda request: httpx.Response(418, text="tea"))
    with pytest.raises(AnswerError, match="I'm a teapot"):
        Client("http://elsewhere", "x", transport=gate).me()


def test_names_are_screened(client: Client) -> None:
    hit = client.screen("Abelard Quillon").hits[0]
    assert (hit.entity, hit.list) == ("p-clear", "list_clear")
    query = ScreenQuery(name="Abelard Quillon", birth_date="1970")
    both = client.screen_all([query, "Nobody Whatsoever"], limit=1, threshold=0.4)
    assert both.answers[0].hits[0].probability > hit.probability
    assert both.answers[1].hits == [] and "list_clear" in both.editions
    with pytest.raises(AnswerError, match="not a valid") as refused:
        client.screen(ScreenQuery(name="x", birth_date="yesterday"))
    assert refused.value.problem == "usage"


@pytest.fixture
def token(world: Served) -> str:
    """A token of a real server."""
    rights = [Right.READ, Right.TAKE_IN]
    with Workspace.open(world.root) as workspace:
        add = Console(workspace).tokens.add
        return add("amina", "client", by="test", rights=rights, days=1, purpose="investigation")[1]


def test_the_guide_works_with_a_real_server_and_is_typed(
    world: Served,
    token: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    example = "\n\n".join(re.findall(r"```py\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL))
    (tmp_path / "list.ftm.json").write_text(LISTED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MANARA_URL", world.address)
    monkeypatch.setenv("MANARA_TOKEN", token)
    exec(compile(example, str(GUIDE), "exec"), {"__name__": "guide"})
    told = capsys.readouterr().out
    assert "Amal ben Youssef Essahli" in told and "'status': 'applied'" in told
    (tmp_path / "example.py").write_text(example)
    strict = ["--strict", "--follow-imports=silent", "--cache-dir", str(tmp_path / "cache")]
    command = [sys.executable, "-m", "mypy", *strict, "example.py"]
    path = {"MYPYPATH": str(GUIDE.parents[2] / "src")}
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | path)
    assert done.returncode == 0, done.stdout


def test_it_takes_no_part_of_the_server() -> None:
    told = "import sys, manara.client; print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert loaded.isdisjoint({"fastapi", "sqlalchemy", "duckdb", "pyarrow", "numba", "numpy"})
    ours = {name.split(".")[1] for name in loaded if name.startswith("manara.")}
    assert ours == {"client", "model"}
