"""Calculations beside a risk programme in the console, and what comes from the workspace itself."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from manara.casework import calculating
from manara.casework.jobs import Status
from manara.casework.worker import do
from manara.model import Handling, event
from manara.pipeline.ingest import Request, ingest
from manara.store import Workspace
from tests.casework.leads import put_lead
from tests.console.office import Client, Office, opened

MATERIAL = Path(__file__).parents[2] / "docs/tutorial/risk"
LOCATION = "PortNumber,AccNumber,LocNumber,Latitude,Longitude,BuildingTIV,LocDed6All\n"
SITES = LOCATION + "1,Main,Tower,36.8,10.18,20000000,100000\n1,Depot,Store,36.85,10.25,5000,0\n"
POLICIES = "PortNumber,AccNumber,PolNumber,LayerNumber,LayerLimit\n1,Main,P1,1,700000\n"
LOSSES = "PortNumber,AccNumber,LocNumber,coverage_type_id,event_id,loss\n1,Main,Tower,1,1,900000\n"
#: Zero-sum, one guard, two targets worth 2 and 1: covered 2/3 and 1/3, for the attacker gets 2/3.
GAME = {"Au": [2, 1], "Ac": [0, 0], "Du": [-2, -1], "Dc": [0, 0], "m": 1}
#: Three items: the attacker carries 2, protection for 1; the best of value 9 goes out of reach.
ITEMS = "3\n2\n1\n2 1 1\n1 1 1\n9 4 3\n"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("calculations") / "office"
    with Workspace.create(root, organisation="Testing Unit") as workspace:
        incidents(workspace, root.parent)
    with opened(root) as office:
        for name in ("mara", "zora"):
            office.add(name, ["risk-manager"], purposes=["investigation"])
        office.add("rana", ["risk-manager", "analyst"], purposes=["investigation"])
        yield office


def incidents(workspace: Workspace, there: Path) -> None:
    """Two incidents with a lead each, the second under a rule for somebody else."""
    rows = []
    for at, rule in enumerate((Handling.of("GREEN"), Handling.of("RED", releasable_to=["other"]))):
        path = there / f"list{at}.ftm.json"
        person = {"id": f"p{at}", "schema": "Person", "properties": {"name": [f"Odran {at}"]}}
        path.write_text(json.dumps(person))
        asked = Request(by="amina", dataset=f"list{at}", handling=rule)
        assert [one.status for one in ingest(workspace, [str(path)], asked)] == ["applied"]
        under = next(iter(workspace.view().facts([f"p{at}"]))).handling_id
        when = datetime(2026, 3, 1 + at, tzinfo=UTC)
        values = {"time": when, "kind": "attack", "place": f"Quill {at}",
                  "latitude": 12.3456 + at, "longitude": 10.0}  # fmt: skip
        made = event("incidents", values, f"row {at}", dataset=f"list{at}", handling_id=under)
        more = {"id": f"i{at}", "dataset": f"list{at}", "source_id": "s", "locator": made.locator,
                "handling_id": under, "time": when}  # fmt: skip
        rows.append({**made.values, **more})
    workspace.append("incidents", pa.Table.from_pylist(rows).to_batches(), by="amina")
    for at in range(2):
        put_lead(workspace, f"p{at}", evidence=(f"i{at}",))


@pytest.fixture(scope="module")
def mara(office: Office) -> Client:
    client = office.client("mara")
    made = {"name": "trust", "organisation": "Lantern Trust", "currency": "EUR", "own": "yes"}
    post(client, "/risk", **made)
    rana = dict.fromkeys(["part-rana"], "2")
    post(client, "/risk/trust/members", **rana)
    return client


def post(client: Client, path: str, expected: int = 303, files: Any = None, **form: str) -> str:
    answer = client.post(path, data=form | {"csrf": client.csrf}, files=files)
    assert answer.status_code == expected, answer.text[:3000]
    return answer.text


def folder(office: Office) -> Path:
    return office.console.workspace.root / "risk/trust"


def worked(office: Office, client: Client, kind: str, files: dict[str, str], **form: str) -> str:
    """Send files, do the job, and return the page."""
    sent = {part: (f"{part}.txt", text.encode()) for part, text in files.items()}
    post(client, f"/risk/trust/calculations/{kind}", files=sent, **form)
    page = client.get(f"/risk/trust/calculations/{kind}").text
    assert 'data-again="2000"' in page and "Throw away" not in page
    post(client, f"/risk/trust/calculations/{kind}", 409, files=sent, **form)
    post(client, f"/risk/trust/calculations/{kind}/drop", 409)
    jobs = office.console.jobs
    job = jobs.begin()
    assert job and job.kind == "calculate"
    do(office.console.workspace, jobs, job)
    assert jobs.get(job.id).status is Status.DONE, jobs.get(job.id).result
    return client.get(f"/risk/trust/calculations/{kind}").text


def fetched(client: Client, kind: str) -> dict[str, bytes]:
    answer = client.get(f"/risk/trust/calculations/{kind}/results.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_a_game(office: Office, mara: Client) -> None:
    page = worked(office, mara, "game", {"game": json.dumps(GAME)})
    assert "The attacker gets 0.667, and attacks target" in page and "67%" in page
    table = list(csv.DictReader(io.StringIO(fetched(mara, "game")["coverage.csv"].decode())))
    assert [float(row["coverage"]) for row in table] == pytest.approx([2 / 3, 1 / 3])
    page = worked(office, mara, "game", {"game": json.dumps([GAME, GAME])}, strength="2")
    assert "Game 2" in page and "Attacked" in page, "another took its place"


def test_interdiction(office: Office, mara: Client) -> None:
    page = worked(office, mara, "interdict", {"instance": ITEMS})
    assert ">7</strong>is what the attacker still gets" in page and "no plan is better" in page
    told = json.loads(fetched(mara, "interdict")["result.json"])["told"]
    assert (told["protected"], told["taken"]) == ([0], [1, 2])


def test_what_experts_know(office: Office, mara: Client) -> None:
    files = {
        part: (MATERIAL / f"experts.{kind}").read_text("latin-1")
        for part, kind in (("answers", "dtt"), ("truth", "rls"))
    }
    page = worked(office, mara, "experts", files)
    assert "Imrat" in page and "Together: by performance" in page
    assert json.loads(fetched(mara, "experts")["result.json"])["asked"]["by"] == "mara"


def test_terms_of_insurance(office: Office, mara: Client) -> None:
    files = {"location": SITES, "account": POLICIES, "ground-up": LOSSES}
    page = worked(office, mara, "terms", files)
    # A loss of 900,000 less 100,000, of which the layer pays 700,000; the depot has no policy.
    assert ">900K</strong>" in page and ">700K</strong>" in page
    assert "account 1 Depot has no policy" in page
    assert {"result.json", "accounts.csv", "locations.csv"} == fetched(mara, "terms").keys()


def test_losses_of_a_year(office: Office, mara: Client) -> None:
    events = "EventId,Latitude,Longitude,Band,Rate\ngate,36.8,10.18,moderate,0.02\n"
    files = {"location": SITES, "account": POLICIES, "events": events}
    form = {"samples": "20", "simulated-years": "2000"}
    page = worked(office, mara, "losses", files, **form)
    assert '<path d="M' in page and "once in so many years" in page and "insured" in page
    assert "gul_S1_ept.csv" in fetched(mara, "losses")
    told = json.loads(fetched(mara, "losses")["result.json"])["told"]
    assert told["years"] == 2000 and told["perspectives"]["gul"]["aal"] > 0


@pytest.mark.parametrize(
    ("kind", "files", "form", "says"),
    [
        ("game", {}, {}, "a file is missing"),
        ("game", {"game": "{}", "truth": "x"}, {}, "has no part in it"),
        ("game", {"game": "{}"}, {"strength": "many"}, "is no number"),
        ("interdict", {"instance": ITEMS}, {"seconds": "1e9"}, "is not 1 to 300"),
        ("losses", {"location": SITES}, {}, "take a model, or send events"),
        ("losses", {"location": SITES, "events": "x"}, {"model": "wind"}, "take a model, or send"),
        ("terms", {"location": "", "account": "", "ground-up": "", "ri-info": ""}, {},
         "go together"),
    ],
)  # fmt: skip
def test_what_makes_no_calculation_changes_nothing(
    office: Office, mara: Client, kind: str, files: dict[str, str], form: Any, says: str
) -> None:
    before = sorted(folder(office).rglob("*"))
    sent = {part: (part, text.encode()) for part, text in files.items()} or {"x": ("", b"")}
    assert says in post(mara, f"/risk/trust/calculations/{kind}", 400, files=sent, **form)
    assert sorted(folder(office).rglob("*")) == before


def test_no_name_leads_out(office: Office, mara: Client) -> None:
    (office.console.workspace.root / "secret").mkdir()
    sent = {"location": ("../../../risk.toml", b"x")}
    post(mara, "/risk/trust/calculations/losses", files=sent, model="../secret")
    assert 'organisation = "Lantern' in (folder(office) / "risk.toml").read_text()
    job = office.console.jobs.begin()
    assert job
    do(office.console.workspace, office.console.jobs, job)
    assert "no such model" in mara.get("/risk/trust/calculations/losses").text
    assert mara.get("/risk/trust/calculations/losses/results.zip").status_code == 404
    for kind in ("none", "..%2fassessments", "%2e%2e"):
        answer = mara.post(f"/risk/trust/calculations/{kind}", data={"csrf": mara.csrf}, files=sent)
        assert answer.status_code in (404, 405), kind


def test_too_much_to_draw_is_refused(
    office: Office, mara: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calculating, "MOST_DRAWS", 5)
    events = "EventId,Latitude,Longitude,Band,Rate\ngate,36.8,10.18,moderate,0.02\n"
    sent = {"location": ("l.csv", SITES.encode()), "events": ("e.csv", events.encode())}
    post(mara, "/risk/trust/calculations/losses", files=sent, samples="6")
    job = office.console.jobs.begin()
    assert job
    do(office.console.workspace, office.console.jobs, job)
    assert (
        "1 events by 6 samples are more than 5" in mara.get("/risk/trust/calculations/losses").text
    )


def test_it_is_thrown_away_with_its_files(office: Office, mara: Client) -> None:
    worked(office, mara, "game", {"game": json.dumps(GAME)})
    post(mara, "/risk/trust/calculations/game/drop")
    assert not (folder(office) / "calculations/game").exists()
    assert "Not worked out yet." in mara.get("/risk/trust/calculations/game").text
    last = (folder(office) / "access.jsonl").read_text().splitlines()
    assert any("drop calculation game" in line for line in last[-3:])


def test_of_the_workspace_only_what_the_reader_may_see_is_taken(
    office: Office, mara: Client
) -> None:
    assert "Take incidents" not in mara.get("/risk/trust").text
    assert "right to read" in post(mara, "/risk/trust/take", 403, kind="incidents")
    assert not (folder(office) / "incidents.csv").exists()
    rana = office.client("rana")
    assert "Take incidents" in rana.get("/risk/trust").text
    assert "1 incident of the workspace is in." in post(
        rana, "/risk/trust/take", 200, kind="incidents"
    )
    kept = (folder(office) / "incidents.csv").read_text()
    assert "Quill 0" in kept and "Quill 1" not in kept
    assert "The places of 1 grave lead are in." in post(rana, "/risk/trust/take", 200, kind="leads")
    assert [
        (row["severity"], row["latitude"])
        for row in csv.DictReader((folder(office) / "leads.csv").open())
    ] == [("3", "12.35")]
    settings = (folder(office) / "risk.toml").read_text()
    assert 'incidents = "incidents.csv"' in settings and 'leads = "leads.csv"' in settings
    noted = [json.loads(line) for line in office.console.journal.log.lines()]
    assert any(
        one["by"] == "rana" and one["action"] == "read" and one["detail"]["ids"] == ["trust/leads"]
        for one in noted
    )
    post(office.client("zora"), "/risk/trust/take", 404, kind="leads")
