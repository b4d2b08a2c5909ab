"""The risk programme in the console: who may, what is kept, the questionnaire by two ways, results.

On the invented sites of the tutorial.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from fastapi.routing import iter_route_contexts

from manara.casework.jobs import KINDS, RIGHT_OF, Status
from manara.casework.programmes import results
from manara.casework.worker import do
from manara.cli.risk import risk
from manara.model import NotFoundError, RefusedError, UsageError
from manara.risk.programme import Folder, protection, put_lines, read_sites, read_workbook
from manara.risk.programme.folder import check_log
from manara.risk.programme.questionnaire import LANGUAGES, Line, questions
from manara.store import Workspace
from tests.console.office import PASSWORD, Client, Office, opened

MATERIAL = Path(__file__).parents[2] / "docs/tutorial/risk"
PERIMETER = [one.id for one in questions().categories[0].questions]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("risk") / "office"
    Workspace.create(root, organisation="Testing Unit").close()
    with opened(root) as office:
        office.add("mara", ["risk-manager"], purposes=["site-protection"])
        for other in ("tobin", "ida", "noor"):
            office.add(other, ["risk-manager"], purposes=["site-protection"])
        office.add("ana", ["analyst"])
        office.add("audrey", ["auditor"])
        yield office


@pytest.fixture(scope="module")
def mara(office: Office) -> Client:
    return office.client("mara")


def post(client: Client, path: str, expected: int = 303, files: Any = None, **form: str) -> str:
    answer = client.post(path, data=form | {"csrf": client.csrf}, files=files)
    assert answer.status_code == expected, answer.text[:2000]
    return answer.text


def send(client: Client, kind: str, name: str, content: bytes, status: int = 200) -> str:
    return post(client, "/risk/trust/files", status, {"file": (name, content)}, kind=kind)


@pytest.fixture(scope="module")
def trust(office: Office, mara: Client) -> Path:
    """A programme made in the console, with sites."""
    names = {"name": "trust", "organisation": "Lantern <b>Trust</b>", "currency": "EUR"}
    post(mara, "/risk", own="yes", **names)
    told = send(mara, "sites", "sites.xlsx", (MATERIAL / "sites.xlsx").read_bytes())
    assert "row 7, column latitude" in told and "not a number" in told and "41,0" in told
    assert "Lantern &lt;b&gt;" in told
    return office.console.workspace.root / "risk/trust"


def folder(trust: Path) -> Folder:
    return Folder.open(trust)


def kept(trust: Path) -> dict[str, bytes]:
    """Return what the assessors' files hold; there are none before somebody has answered."""
    return {path.name: path.read_bytes() for path in (trust / "assessments").glob("*.xlsx")}


def names_of(trust: Path) -> list[str]:
    return [one.site for one in read_sites(trust / "sites.csv")[0]]


@pytest.mark.parametrize(
    "change",
    [{"name": "../x"}, {"name": "a/b"}, {"name": ""}, {"name": "trust"}, {"name": "."},
     {"own": ""}, {"currency": "euro"}, {"organisation": " "}],
)  # fmt: skip
def test_what_is_no_new_programme_is_refused(
    office: Office, mara: Client, trust: Path, change: dict[str, str]
) -> None:
    whole = {"name": "other", "organisation": "Trust", "currency": "EUR", "own": "yes"}
    answer = mara.post("/risk", data=whole | change | {"csrf": mara.csrf})
    assert answer.status_code == 400
    assert [path.name for path in trust.parent.iterdir()] == ["trust"]


@pytest.mark.parametrize("name", ["..", "%2e%2e", "..%2f..", "%2fetc", "other", "trust%2freport"])
def test_no_name_leads_out_of_the_folder_of_programmes(
    office: Office, mara: Client, trust: Path, name: str
) -> None:
    (trust.parent.parent / "risk.toml").write_text('organisation = "X"\ncurrency = "EUR"\n')
    for path in ("", "/files/settings", "/questionnaire", "/report/report.html"):
        answer = mara.get(f"/risk/{name}{path}")
        # A path that the client itself shortens is another page, which is no programme's.
        assert answer.status_code in (303, 404) or 'organisation = "X"' not in answer.text
        assert "currency" not in answer.text
    for kind in ("../sites", "..%2f..%2faccess", "access.jsonl", "log"):
        assert mara.get(f"/risk/trust/files/{kind}").status_code == 404
    for file in ("..%2frisk.toml", "results.json", "../risk.toml"):
        assert mara.get(f"/risk/trust/report/{file}").status_code in (404,)


def test_a_file_that_cannot_be_read_changes_nothing_and_says_where(
    mara: Client, trust: Path
) -> None:
    send(mara, "measures", "m.csv", (MATERIAL / "measures.csv").read_bytes())
    kept = (trust / "measures.csv").read_bytes()
    bad = kept.replace(b"depot,access-cards,18000", b"nowhere,access-cards,18000")
    told = send(mara, "measures", "m.csv", bad, 400)
    assert "m.csv, line 8" in told and "no site &#39;nowhere&#39;" in told
    assert (trust / "measures.csv").read_bytes() == kept
    for kind in ("sites", "answers", "incidents", "cover", "severity", "actions"):
        send(mara, kind, "../../x.csv", b"\xff\x00nonsense", 400)
    send(mara, "settings", "risk.toml", b"", 400)
    hidden = {path.name for path in trust.iterdir() if path.name.startswith(".")}
    assert hidden <= {".lock"}, "what was sent is not left there"


def test_the_template_comes_back_as_it_went(mara: Client, trust: Path) -> None:
    answer = mara.get("/risk/trust/files/sites")
    assert answer.content == (trust / "sites.csv").read_bytes()
    assert "attachment" in answer.headers["content-disposition"]
    send(mara, "sites", "sites.csv", answer.content)
    assert (trust / "sites.csv").read_bytes() == answer.content


def test_settings_change_and_the_rest_of_their_file_stays(mara: Client, trust: Path) -> None:
    changes = {
        "money.budget": "400000",
        "owner": 'Mara "Q" Quillon',
        "incidents_until": "2026-06-30",
    }
    before = folder(trust).settings
    post(mara, "/risk/trust/settings", **changes)
    after = folder(trust).settings
    assert (after.owner, after.money.budget) == ('Mara "Q" Quillon', 400_000)
    assert after.incidents_until == date(2026, 6, 30)
    assert after.criteria == before.criteria and after.assumptions == before.assumptions
    assert "# decided before anybody looks at results" in (trust / "risk.toml").read_text("utf-8")
    for wrong in ({"money.budget": "-1"}, {"money.budget": "nan"}, {"owner": "a\nb"}):
        post(mara, "/risk/trust/settings", 400, **wrong)
    assert folder(trust).settings == after


def answered(site: str, **answers: str) -> dict[str, str]:
    return {"site": site, "section": "perimeter"} | {
        key.replace("_", "-"): text for key, text in answers.items()
    }


def test_the_browser_and_the_spreadsheet_are_one_questionnaire(mara: Client, trust: Path) -> None:
    path = "/risk/trust/questionnaire/answers"
    given = answered(
        "tower",
        answer_per_1="3",
        evidence_per_1="=photos, N° 7 الصور",
        remark_per_1="ask\nagain",
        answer_per_2="n",
        remark_per_4="no time yet",
    )
    told = post(mara, path, **given)
    assert told == ""
    kept = read_workbook(trust / "assessments/mara.xlsx", names_of(trust))
    assert kept.assessor == "mara" and not kept.rejects
    assert {(a.question, a.score, a.evidence) for a in kept.answers} == {
        ("per-1", 3, "=photos, N° 7 الصور"), ("per-2", None, "")}  # fmt: skip
    # Out as a workbook, filled further as a person would, and in again.
    book = openpyxl.load_workbook(io.BytesIO(mara.get("/risk/trust/workbook").content))
    for row in book["answers"].iter_rows(min_row=2):
        if (row[0].value, row[2].value) == ("depot", "acc-1"):
            row[7].value, row[8].value = 4, "door list"
    saved = io.BytesIO()
    book.save(saved)
    send(mara, "answers", "mine.xlsx", saved.getvalue())
    page = mara.get(path, params={"site": "tower", "section": "perimeter"}).text
    assert "=photos, N° 7 الصور</textarea>" in page and "ask\nagain</textarea>" in page
    assert "no time yet</textarea>" in page, "a note without an answer is not lost"
    page = mara.get(path, params={"site": "depot", "section": "access"}).text
    assert '<option value="4" selected>' in page and "door list</textarea>" in page
    # What one section changes leaves all others as they are.
    post(mara, path, **answered("tower", answer_per_1="2"))
    again = read_workbook(trust / "assessments/mara.xlsx", names_of(trust))
    assert {(a.site, a.question, a.score) for a in again.answers} == {
        ("tower", "per-1", 2), ("depot", "acc-1", 4)}  # fmt: skip
    # A claim without evidence counts as 1, whichever way it came.
    assert protection("tower", [again]).score == pytest.approx(1 / 4)


@pytest.mark.parametrize(
    "change",
    [{"site": "nowhere"}, {"section": "nowhere"}, {"answer-per-1": "5"},
     {"evidence-per-1": "x" * 2001}],
)  # fmt: skip
def test_what_is_no_answer_is_not_kept(mara: Client, trust: Path, change: dict[str, str]) -> None:
    before = kept(trust)
    form = answered("tower", answer_per_1="1") | change | {"csrf": mara.csrf}
    assert mara.post("/risk/trust/questionnaire/answers", data=form).status_code in (400, 404)
    assert kept(trust) == before


def test_assessors_whose_names_share_a_file_are_not_mixed(trust: Path) -> None:
    lines = {("tower", "per-1"): Line("1")}
    put_lines(folder(trust), "M. Q", lines, date(2026, 5, 4))
    with pytest.raises(UsageError, match=r"kept in the file of M\. Q"):
        put_lines(folder(trust), "M Q", lines, date(2026, 5, 4))
    (trust / "assessments/M_Q.xlsx").unlink()


def test_a_broken_programme_hides_no_other(mara: Client, trust: Path) -> None:
    broken = trust.parent / "broken"
    broken.mkdir()
    (broken / "risk.toml").write_text("organisation = 1\n")
    (broken / "members.json").write_text('{"owner": "mara"}')
    page = mara.get("/risk")
    assert page.status_code == 200
    assert 'href="/risk/trust"' in page.text and "risk.toml" in page.text
    (broken / "risk.toml").unlink()
    (broken / "members.json").unlink()
    broken.rmdir()


def test_assessors_stand_side_by_side_with_their_agreement(mara: Client, trust: Path) -> None:
    for name in ("mara", "tobin"):
        send(mara, "answers", f"{name}.xlsx", (MATERIAL / f"answers-{name}.xlsx").read_bytes())
    filled = [
        read_workbook(MATERIAL / f"answers-{name}.xlsx", names_of(trust))
        for name in ("mara", "tobin")
    ]
    alpha = protection("market", filled).agreement
    (trust / "assessments/mara.xlsx").unlink()
    page = mara.get("/risk/trust/questionnaire/side-by-side", params={"site": "market"}).text
    assert 'value="" aria-keyshortcuts="/"' in page, "nothing in the search box"
    assert "Mara Quillon" in page and "Tobin Farsight" in page
    assert alpha is not None and f"Agreement {round(alpha, 2)}" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_questions_are_the_same_in_every_language(language: str) -> None:
    said, english = questions(language), questions()
    assert said.version == english.version
    assert [one.score for one in said.scale] == [one.score for one in english.scale]
    for ours, theirs in zip(said.categories, english.categories, strict=True):
        assert ours.id == theirs.id and ours.title != ""
        rows = [[(q.id, q.weight) for q in each.questions] for each in (ours, theirs)]
        assert rows[0] == rows[1]
        assert all(q.ask != e.ask for q, e in zip(ours.questions, theirs.questions, strict=True))


@pytest.fixture(scope="module")
def worked_out(office: Office, mara: Client, trust: Path) -> dict[str, Any]:
    """The programme worked out by its job."""
    for kind, name in (("incidents", "incidents.csv"), ("measures", "measures.csv"),
                       ("cover", "cover.yaml"), ("answers", "answers-mara.xlsx"),
                       ("answers", "answers-tobin.xlsx")):  # fmt: skip
        send(mara, kind, name, (MATERIAL / name).read_bytes())
    post(mara, "/risk/trust/settings", **{"money.budget": "400000"})
    post(mara, "/risk/trust/run")
    post(mara, "/risk/trust/run")
    jobs = office.console.jobs
    job = jobs.begin()
    assert job and job.kind == "risk"
    assert "under way" in mara.get("/risk/trust").text
    do(office.console.workspace, jobs, job)
    assert jobs.get(job.id).status is Status.DONE, jobs.get(job.id)
    assert jobs.begin() is None, "asked for twice, done once"
    found = results(folder(trust))
    assert found
    return found


def entries(office: Office) -> list[dict[str, Any]]:
    return [json.loads(line) for line in office.console.journal.log.lines()]


def test_pages_show_what_the_programme_found(mara: Client, worked_out: dict[str, Any]) -> None:
    page = mara.get("/risk/trust/found/phase-1").text
    quiet = [one["title"] for one in worked_out["screened"] if one["quiet"]]
    assert "Hollin Market Hall" in quiet
    for one in worked_out["screened"]:
        assert all(reason in page for reason in one["reasons"]), one["reasons"]
    assert page.count(">quiet</span>") == len(quiet)
    page = mara.get("/risk/trust/found/phase-2").text
    factor = next(one["factor"] for one in worked_out["moves"] if one["site"] == "market")
    assert f"× {round(factor, 2)}" in page and factor > 1
    assert page.count("data:image/svg+xml") == 2
    page = mara.get("/risk/trust/found/phase-3").text
    assert (
        "Fixed barriers against vehicles" in page and "barriers and film at the market hall" in page
    )
    assert "nobody" in page
    told = mara.get("/risk/trust").text
    assert all(one.split(";")[0].split("'")[0] in told for one in worked_out["sentences"])
    for phase in (1, 2, 3):
        mara.cookies.set("language", "fr")
        assert "Lantern" in mara.get(f"/risk/trust/found/phase-{phase}").text
        told = mara.get("/risk/trust").text
        mara.cookies.delete("language")
        assert "report.fr.html" in told and "Une année moyenne coûte" in told


def test_every_opening_is_in_both_logs(
    office: Office, mara: Client, trust: Path, worked_out: dict[str, Any]
) -> None:
    for path, what in (("found/phase-1", "phase-1"), ("report/report.html", "report.html"),
                       ("report/tables.zip", "tables.zip"), ("files/sites", "sites.csv"),
                       ("questionnaire", "questionnaire")):  # fmt: skip
        assert mara.get(f"/risk/trust/{path}").status_code == 200
        last = entries(office)[-1]
        assert (last["by"], last["action"]) == ("mara", "read")
        assert last["detail"]["ids"] == [f"trust/{what}"]
        assert last["detail"]["purpose"] == "site-protection"
        own = json.loads((trust / "access.jsonl").read_text("utf-8").splitlines()[-1])
        assert (own["user"], own["detail"]) == ("mara", [what])
    assert check_log(trust) > 10


def test_reports_are_fetched_and_never_shown_within_the_console(
    mara: Client, worked_out: dict[str, Any]
) -> None:
    for file in ("report.html", "published.html", "tables.zip"):
        answer = mara.get(f"/risk/trust/report/{file}")
        assert answer.headers["content-disposition"].startswith("attachment")
    assert "Lantern Tower" in mara.get("/risk/trust/report/report.html").text
    assert "Lantern Tower" not in mara.get("/risk/trust/report/published.html").text
    assert mara.get("/risk/trust/report/published.ar.pdf").content.startswith(b"%PDF")
    packed = zipfile.ZipFile(io.BytesIO(mara.get("/risk/trust/report/tables.zip").content))
    assert "tables/today/gul_S1_ept.csv" in packed.namelist()


def test_actions_are_worked_on_and_kept(
    mara: Client, trust: Path, worked_out: dict[str, Any]
) -> None:
    name = worked_out["actions"][0]["action"]
    form = {"action": name, "owner": "Tobin Farsight", "due": "2027-01-31",
            "trigger": "a new neighbour", "status": "done"}  # fmt: skip
    post(mara, "/risk/trust/actions", **form)
    page = mara.get("/risk/trust/found/register").text
    assert 'value="Tobin Farsight"' in page and 'value="2027-01-31"' in page
    assert "Files have changed since" in page
    for wrong in ({"owner": ""}, {"due": "soon"}, {"status": "x"}, {"owner": "=1+1"}):
        post(mara, "/risk/trust/actions", 400, **form | wrong)
    post(mara, "/risk/trust/actions", 404, **form | {"action": "none"})
    from manara.risk.programme.actions import read_actions

    kept = read_actions(trust / "actions.csv")
    assert (kept[name].owner, kept[name].status) == ("Tobin Farsight", "done")
    assert len(kept) == len(worked_out["actions"])


def test_nobody_else_sees_any_of_it(
    office: Office, trust: Path, worked_out: dict[str, Any]
) -> None:
    job = office.console.jobs.all(right=RIGHT_OF["risk"])[0]
    for account in ("ana", "audrey"):
        client = office.client(account)
        for path in ("", "/trust", "/trust/found/phase-2", "/trust/report/report.html"):
            answer = client.get(f"/risk{path}")
            assert answer.status_code == 403 and "Lantern" not in answer.text
        assert 'href="/risk"' not in client.get("/").text
    ana = office.client("ana")
    assert "trust" not in ana.get("/admin/jobs").text
    assert job.id not in ana.get("/api/v1/jobs").text
    assert ana.get(f"/api/v1/jobs/{job.id}").status_code == 404
    headers = {"X-CSRF-Token": ana.csrf}
    for kind in KINDS.keys() - {"resolve", "detect", "measure"}:
        assert ana.post("/admin/jobs", data={"kind": kind}, headers=headers).status_code == 400


#: Every route of a programme, and the least part that it takes: 1 assesses, 2 works, 3 owns.
ROUTES = {
    ("GET", ""): 1,
    ("GET", "/questionnaire"): 1,
    ("GET", "/questionnaire/answers?site=tower"): 1,
    ("POST", "/questionnaire/answers"): 1,
    ("GET", "/workbook"): 1,
    ("GET", "/questionnaire/side-by-side?site=tower"): 2,
    ("POST", "/settings"): 2,
    ("POST", "/run"): 2,
    ("POST", "/files"): 2,
    ("GET", "/files/sites"): 2,
    ("POST", "/take"): 2,
    ("GET", "/calculations"): 2,
    ("GET", "/calculations/game"): 2,
    ("POST", "/calculations/game"): 2,
    ("POST", "/calculations/game/drop"): 2,
    ("GET", "/calculations/game/results.zip"): 2,
    ("GET", "/found/phase-1"): 2,
    ("GET", "/found/phase-2"): 2,
    ("GET", "/found/phase-3"): 2,
    ("GET", "/found/register"): 2,
    ("POST", "/actions"): 2,
    ("GET", "/report/report.html"): 2,
    ("GET", "/report/report.ar.html"): 2,
    ("GET", "/report/published.html"): 2,
    ("GET", "/report/tables.zip"): 2,
    ("POST", "/members"): 3,
}
#: A form that each route refuses, so that nothing changes.
WRONG = {"money.budget": "-1", "kind": "none", "action": "none", "site": "nowhere", "part-ana": "9"}


def test_each_programme_is_for_its_owner_and_those_the_owner_names(
    office: Office, mara: Client, trust: Path, worked_out: dict[str, Any]
) -> None:
    paths = {str(route.path).removeprefix("/risk/{name}") for route in iter_risk(office)}
    met = {path.partition("?")[0] for _, path in ROUTES}
    known = {"/found/{phase}", "/files/{kind}", "/report/{file}"}
    known |= {f"/calculations/{{kind}}{more}" for more in ("", "/drop", "/results.zip")}
    assert paths - met <= known, "a route without a row"
    kept = (trust / "members.json").read_bytes()
    post(mara, "/risk/trust/members", **{"part-tobin": "2", "part-ida": "1"})
    may = {"mara": 3, "tobin": 2, "ida": 1, "noor": 0}
    for account, part in may.items():
        client = office.client(account)
        listed = client.get("/risk").text
        assert ('href="/risk/trust"' in listed) == (part > 0), account
        for (method, path), least in ROUTES.items():
            if (method, path, part > 1) == ("POST", "/run", True):
                continue
            data = WRONG | {"csrf": client.csrf} if method == "POST" else None
            files = {"file": ("x", b"x")} if path == "/files" else None
            answer = client.request(method, f"/risk/trust{path}", data=data, files=files)
            where = (account, method, path, answer.status_code)
            if part == 0:
                assert answer.status_code == 404 and "Lantern" not in answer.text, where
            elif part < least:
                assert answer.status_code == 403 and "Hollin" not in answer.text, where
            else:
                assert answer.status_code not in (403, 405), where
    ida = office.client("ida")
    assert ida.get("/risk/trust").headers["location"] == "/risk/trust/questionnaire"
    page = ida.get("/risk/trust/questionnaire").text
    assert "Hollin Market Hall" in page and "Mara Quillon" not in page
    assert "phase-2" not in page
    for wrong in ({"part-ana": "2"}, {"part-tobin": "3", "part-ida": "3"}, {"part-tobin": "x"}):
        post(mara, "/risk/trust/members", 400, **wrong)
    last = entries(office)
    assert any(one["action"] == "programme-change" for one in last)
    post(mara, "/risk/trust/members", **{"part-tobin": "3"})
    assert json.loads((trust / "members.json").read_bytes()) == {
        "owner": "tobin", "colleagues": ["mara"], "assessors": []}  # fmt: skip
    post(mara, "/risk/trust/members", 403)
    (trust / "members.json").unlink()
    assert mara.get("/risk/trust").status_code == 404, "owned by nobody, seen by nobody"
    (trust / "members.json").write_bytes(kept)


def iter_risk(office: Office) -> list[Any]:
    contexts = iter_route_contexts(office.app.routes)
    return [one for one in contexts if (one.path or "").startswith("/risk/{name}")]


def test_commands_ask_who_uses_a_programme_of_a_workspace_with_accounts(
    office: Office, trust: Path, worked_out: dict[str, Any]
) -> None:
    def run(account: str, password: str) -> Any:
        words = ["screen", str(trust), "--account", account, "--json"]
        return CliRunner().invoke(risk, words, input=f"{password}\n")

    for account in ("tobin", "noor", "ana"):
        link = office.console.accounts.reset(account, by="test")
        office.console.sessions.set_password(link, PASSWORD)
    kept = (trust / "members.json").read_bytes()
    (trust / "members.json").write_text('{"owner": "mara", "colleagues": ["tobin"]}')
    refused = run("tobin", "wrong")
    assert refused.exit_code != 0 and "Hollin" not in refused.output
    assert isinstance(run("noor", PASSWORD).exception, NotFoundError)
    assert isinstance(run("ana", PASSWORD).exception, RefusedError)
    told = run("tobin", PASSWORD)
    assert told.exit_code == 0 and "Hollin" in told.output, told.exception
    (trust / "members.json").write_bytes(kept)
    own = json.loads((trust / "access.jsonl").read_text("utf-8").splitlines()[-1])
    assert (own["user"], own["command"]) == ("tobin", "screen")
    assert entries(office)[-1]["action"] == "programme-command"


def test_whoever_administers_the_machine_names_an_owner(
    office: Office, trust: Path, worked_out: dict[str, Any]
) -> None:
    kept = (trust / "members.json").read_bytes()
    ran = CliRunner().invoke(
        risk, ["members", str(trust), "--owner", "tobin", "--assessor", "ida", "--json"]
    )
    assert json.loads(ran.output) == {"owner": "tobin", "colleagues": [], "assessors": ["ida"]}
    wrong = CliRunner().invoke(risk, ["members", str(trust), "--owner", "ana"])
    assert isinstance(wrong.exception, UsageError)
    (trust / "members.json").write_bytes(kept)


def test_a_programme_that_went_fails_with_a_reason(office: Office) -> None:
    jobs = office.console.jobs
    asked = jobs.ask("risk", by="mara", purpose="", settings={"programme": "gone"})
    job = jobs.begin()
    assert job and job.id == asked.id
    do(office.console.workspace, jobs, job)
    ended = jobs.get(asked.id)
    assert ended.status is Status.FAILED
    assert ended.result["error"]["code"] == NotFoundError.code
