"""Ways in that must be shut: sessions, forms, ids of others, paths, formulas, floods of guesses."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from manara.casework import secrets, sessions
from manara.casework.accounts import Right
from manara.casework.jobs import plain_name
from manara.console.api.leads import defused
from manara.model import NotFoundError, RefusedError, UsageError
from manara.store import tables
from tests.console.office import PASSWORD, Client, Office, lead_id, make_office, opened


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("security") / "office"
    make_office(root)
    with pytest.MonkeyPatch.context() as patch, opened(root) as office:
        patch.setattr(secrets, "_HASHER", PasswordHasher(1, 64, 1))
        patch.setattr(secrets, "_none", lambda: secrets._HASHER.hash("nobody's"))
        office.add("root", ["administrator", "auditor"], purposes=[])
        for name in ("ana", "ben", "tia"):
            link = office.console.accounts.add(
                name, name, by="test", roles=["analyst"], purposes=["investigation", "analysis"]
            )
            office.console.sessions.set_password(link, PASSWORD)
        yield office


def sign_in(office: Office, name: str, password: str = PASSWORD) -> tuple[Client, int]:
    client = office.client()
    response = client.post("/sign-in", data={"account": name, "password": password})
    return client, response.status_code


def entries(office: Office, action: str) -> list[dict[str, object]]:
    found = [json.loads(line) for line in office.console.journal.log.lines()]
    return [entry for entry in found if entry["action"] == action]


def age(office: Office, client: Client, **columns: timedelta) -> None:
    """Set times of a client's session back."""
    key = secrets.digest(client.cookies["manara"])
    table = tables.sessions
    with office.console.journal.writing() as (connection, _):
        row = connection.execute(select(table).where(table.c.id == key)).one()
        moved = {name: getattr(row, name) - by for name, by in columns.items()}
        connection.execute(update(table).where(table.c.id == key).values(moved))


def test_a_session_has_a_new_secret_that_scripts_and_other_sites_never_see(office: Office) -> None:
    client = office.client()
    client.cookies.set("manara", "chosen-by-somebody-else")
    answer = client.post("/sign-in", data={"account": "ana", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "chosen-by-somebody-else" not in cookie
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and "Path=/" in cookie
    fixed = office.client()
    fixed.cookies.set("manara", "chosen-by-somebody-else")
    assert fixed.get("/account").status_code == 303


def test_a_session_ends_when_idle_when_old_and_when_its_owner_leaves(office: Office) -> None:
    for columns in ({"seen_at": timedelta(minutes=31)}, {"began_at": timedelta(hours=13)}):
        client, _ = sign_in(office, "ana")
        assert client.get("/account").status_code == 200
        age(office, client, **columns)
        assert client.get("/account").status_code == 303
    client = office.client("ana")
    secret = client.cookies["manara"]
    assert client.post("/sign-out", data={"csrf": client.csrf}).status_code == 303
    client.cookies.set("manara", secret)
    assert client.get("/account").status_code == 303


def test_a_form_without_what_the_page_gave_does_nothing(office: Office) -> None:
    client = office.client("ana")
    other = office.client("ben")
    before = office.console.workspace.view().decisions()
    for sent in ({}, {"csrf": ""}, {"csrf": "é"}, {"csrf": other.csrf}):
        answer = client.post("/purpose", data={"purpose": "analysis", **sent})
        assert answer.status_code == 403
    body = {"outcome": "dismissed", "ground": "x"}
    path = f"/api/v1/leads/{lead_id('clear')}/decisions"
    assert client.post(path, json=body).status_code == 403
    assert office.console.workspace.view().decisions() == before
    good = {"purpose": "analysis", "csrf": client.csrf, "next": "/leads"}
    assert client.post("/purpose", data=good).headers["location"] == "/leads"


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_what_comes_from_another_site_is_refused(office: Office, headers: dict[str, str]) -> None:
    client = office.client("ana")
    data = {"purpose": "analysis", "csrf": client.csrf}
    assert client.post("/purpose", data=data, headers=headers).status_code == 403
    signed = {"account": "ana", "password": PASSWORD}
    assert office.client().post("/sign-in", data=signed, headers=headers).status_code == 403


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "x", ""]
)
def test_signing_in_never_leads_elsewhere(office: Office, path: str) -> None:
    signed = {"account": "ben", "password": PASSWORD, "next": path}
    assert office.client().post("/sign-in", data=signed).headers["location"] == "/"


def test_guessing_closes_the_account_for_longer_each_time(office: Office) -> None:
    office.console.sessions.set_password(office.console.accounts.reset("ben", by="t"), PASSWORD)
    for _ in range(sessions.TRIES):
        assert sign_in(office, "ben", "a guess of somebody")[1] == 401
    # Now even the right one is refused, as if it were wrong.
    assert sign_in(office, "ben")[1] == 401
    table = tables.accounts
    with office.console.journal.writing() as (connection, _):
        row = connection.execute(select(table).where(table.c.id == "ben")).one()
        first = row.locked_until - datetime.now(UTC)
        connection.execute(update(table).where(table.c.id == "ben").values(locked_until=None))
    assert sign_in(office, "ben", "a guess of somebody")[1] == 401
    with office.console.journal.writing() as (connection, _):
        row = connection.execute(select(table).where(table.c.id == "ben")).one()
        assert row.locked_until - datetime.now(UTC) > 1.5 * first
        connection.execute(update(table).where(table.c.id == "ben").values(locked_until=None))
    assert sign_in(office, "ben")[1] == 303
    assert {entry["by"] for entry in entries(office, "sign-in-refused")} >= {"ben"}


def test_a_name_nobody_has_is_answered_like_a_wrong_password_and_not_kept(office: Office) -> None:
    known = office.client().post("/sign-in", data={"account": "ana", "password": "x"})
    typed = {"account": "my secret password", "password": "x"}
    unknown = office.client().post("/sign-in", data=typed)
    assert known.status_code == unknown.status_code == 401
    kept = b"".join(office.console.journal.log.lines())
    assert b"my secret password" not in kept


def test_a_link_works_once_and_a_day(office: Office) -> None:
    secret = office.console.accounts.reset("tia", by="test")
    office.console.sessions.set_password(secret, PASSWORD)
    with pytest.raises(RefusedError, match="was used"):
        office.console.sessions.set_password(secret, PASSWORD)
    secret = office.console.accounts.reset("tia", by="test")
    table = tables.accounts
    past = datetime.now(UTC) - timedelta(seconds=1)
    with office.console.journal.writing() as (connection, _):
        connection.execute(update(table).where(table.c.id == "tia").values(link_until=past))
    assert office.console.sessions.invited(secret) is None
    assert office.console.sessions.invited("") is None


@pytest.mark.parametrize("password", ["short", "x" * 257, "my name is tia forever"])
def test_a_weak_password_is_refused(office: Office, password: str) -> None:
    secret = office.console.accounts.reset("tia", by="test")
    with pytest.raises(UsageError, match="will not do"):
        office.console.sessions.set_password(secret, password)


def test_a_second_factor_is_asked_for_and_counts_once(office: Office) -> None:
    link = office.console.accounts.reset("tia", by="test")
    console = office.console
    session = console.sessions.find(console.sessions.set_password(link, PASSWORD))
    assert session
    key, address = console.factors.propose(session, "Testing")
    assert address.startswith("otpauth://totp/Testing:tia?")
    proposed = office.console.sessions.find
    client = office.client("tia")
    with pytest.raises(UsageError, match="no key was proposed"):
        console.factors.accept(proposed(client.cookies["manara"]), "000000")  # type: ignore[arg-type]
    secret = console.sessions.sign_in("tia", PASSWORD)
    again = console.sessions.find(secret)
    assert again and again.full
    key, _ = console.factors.propose(again, "Testing")
    again = console.sessions.find(secret)
    assert again
    codes = console.factors.accept(again, pyotp.TOTP(key).now())
    assert len(set(codes)) == 10

    half, status = sign_in(office, "tia")
    assert status == 303
    assert half.get("/account").status_code == 303
    assert half.get("/api/v1/me").status_code == 401
    before = half.cookies["manara"]
    waiting = console.sessions.find(before)
    assert waiting and not waiting.full
    for code in (pyotp.TOTP(key).now(), "000000", ""):
        with pytest.raises(RefusedError):
            console.factors.confirm(waiting, code)
    form = {"csrf": waiting.csrf, "code": codes[0].upper()}
    assert half.post("/second-factor", data=form).status_code == 303
    # The session of before the second factor is not the one after it.
    assert half.cookies["manara"] != before and console.sessions.find(before) is None
    assert half.get("/account").status_code == 200
    used, _ = sign_in(office, "tia")
    waiting = console.sessions.find(used.cookies["manara"])
    assert waiting
    with pytest.raises(RefusedError):
        console.factors.confirm(waiting, codes[0])


def test_a_token_can_do_no_more_than_it_says_and_not_for_ever(office: Office) -> None:
    token = office.token("ana", Right.READ)
    client = office.client(Authorization=f"Bearer {token}")
    path = f"/api/v1/leads/{lead_id('clear')}"
    assert client.get(path).status_code == 200
    body = {"outcome": "dismissed", "ground": "x"}
    assert client.post(f"{path}/decisions", json=body).status_code == 403
    with pytest.raises(UsageError, match="not a right of the account"):
        office.token("ana", Right.ADMINISTER)
    kept = office.console.tokens.find(token)
    assert kept
    table = tables.tokens
    with office.console.journal.reading() as connection:
        assert token not in str(connection.execute(select(table)).all())
    office.console.tokens.revoke(kept.id, by="root")
    assert client.get(path).status_code == 401
    with pytest.raises(NotFoundError):
        office.console.tokens.revoke(kept.id, by="root")


def test_roles_taken_away_are_gone_at_once(office: Office) -> None:
    office.add("short", ["analyst"])
    token = office.token("short", Right.READ, Right.EXPORT)
    client = office.client("short")
    assert client.get("/api/v1/leads").status_code == 200
    office.console.accounts.change("short", by="root", roles=["officer"])
    assert client.get("/api/v1/leads").status_code == 401
    program = office.client(Authorization=f"Bearer {token}")
    assert program.get("/api/v1/leads.csv").status_code == 403
    office.console.accounts.change("short", by="root", disabled=True)
    assert program.get("/api/v1/leads").status_code == 401


def test_somebody_administers_always(office: Office) -> None:
    for change in ({"roles": ["analyst"]}, {"disabled": True}):
        with pytest.raises(RefusedError, match="last administrator"):
            office.console.accounts.change("root", by="root", **change)


def test_an_account_cannot_touch_what_is_of_another(office: Office) -> None:
    client = office.client("ana")
    for method, path in (
        ("GET", "/admin/accounts/ben"),
        ("GET", "/api/v1/accounts/ben"),
        ("GET", "/api/v1/tokens"),
        ("POST", "/api/v1/accounts/ben/reset"),
    ):
        answer = client.request(method, path, headers={"X-CSRF-Token": client.csrf})
        assert answer.status_code == 403, path
    drop = client.post("/account/passkeys/of-somebody/drop", data={"csrf": client.csrf})
    assert drop.status_code == 404
    with pytest.raises(RefusedError, match="not a purpose"):
        session = office.console.sessions.find(client.cookies["manara"])
        assert session
        office.console.sessions.for_purpose(session, "prosecution")


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "file"),
        ("..", "file"),
        ("a\0b\n.csv", "a_b_.csv"),
        ("http://10.0.0.1/x.csv", "x.csv"),
        ("قائمة.xml", "قائمة.xml"),
    ],
)
def test_a_files_name_leads_nowhere(office: Office, name: str, plain: str) -> None:
    assert plain_name(name) == plain
    job = office.console.jobs.take_in(io.BytesIO(b"x"), name, by="ana", dataset="d", tlp="")
    assert office.console.jobs.file_of(job).parent.name == job.id
    assert office.console.jobs.file_of(job).read_bytes() == b"x"


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../app.py",
        "/assets/..%2f..%2fapp.py",
        "/assets/%2e%2e/console.css",
        "/api/v1/jobs/..%2f..%2fmanara.toml",
        "/leads/..%2f..%2fregistry.db",
        "/sources/..%2fregistry.db",
    ],
)
def test_a_path_leads_to_no_file(office: Office, path: str) -> None:
    answer = office.client("ana").get(path)
    assert answer.status_code in (400, 404) or answer.url.path.endswith("console.css")
    assert "import" not in answer.text and "organisation" not in answer.text


def test_nothing_that_is_sent_makes_the_node_fetch_an_address(office: Office) -> None:
    client = office.client("ana")
    for kind in ("take-in", "http://169.254.169.254/"):
        body = {"kind": kind, "targets": ["http://169.254.169.254/"]}
        answer = client.post("/api/v1/jobs", json=body, headers={"X-CSRF-Token": client.csrf})
        assert answer.status_code == 400


def test_a_spreadsheet_takes_nothing_for_a_formula(office: Office) -> None:
    for text in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert defused(text) == f"'{text}"
    assert defused("Amal") == "Amal"
    answer = office.client("ana").get("/api/v1/leads.csv?state=all")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert {row["title"].split()[0] for row in rows} == {"Abelard", "Bertrande", "Cassilda"}
    assert entries(office, "export")[-1]["by"] == "ana"


def test_reads_decisions_refusals_and_changes_enter_the_log(office: Office) -> None:
    client = office.client("ana")
    asked = {"X-CSRF-Token": client.csrf, "Idempotency-Key": "one"}
    path = f"/api/v1/leads/{lead_id('clear')}"
    tag = client.get(path).headers["etag"]
    body = {"outcome": "escalated", "ground": "seen twice"}
    first = client.post(f"{path}/decisions", json=body, headers=asked | {"If-Match": tag})
    again = client.post(f"{path}/decisions", json=body, headers=asked | {"If-Match": tag})
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json() and again.headers["idempotent-replayed"] == "true"
    other = client.post(f"{path}/decisions", json=body | {"ground": "x"}, headers=asked)
    assert other.status_code == 422
    late = {"X-CSRF-Token": client.csrf, "If-Match": tag}
    assert client.post(f"{path}/decisions", json=body, headers=late).status_code == 412
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200
    (made,) = entries(office, "decide")
    assert made["by"] == "ana" and made["thing"] == lead_id("clear")
    read = entries(office, "read")[-1]
    assert read["detail"]["ids"] == [lead_id("clear")]  # type: ignore[index]
    assert read["detail"]["purpose"] == "analysis"  # type: ignore[index]
    client.get("/api/v1/audit")
    assert entries(office, "refused")[-1]["thing"] == "audit"
    assert {entry["thing"] for entry in entries(office, "account-add")} >= {"root", "ana", "ben"}
    assert list(office.console.journal.log.problems()) == []


def test_the_auditor_finds_an_entry_and_its_proof_holds(office: Office) -> None:
    from manara.store.merkle import leaf_hash, verify_inclusion

    client = office.client("root")
    page = client.get("/api/v1/audit?action=account-add&limit=1").json()
    older = client.get(f"/api/v1/audit?action=account-add&limit=1&cursor={page['next']}").json()
    assert older["items"][0]["place"] < page["items"][0]["place"]
    proof = client.get(f"/api/v1/audit/{page['items'][0]['place']}/proof").json()
    leaf, path = leaf_hash(proof["entry"].encode()), [bytes.fromhex(x) for x in proof["path"]]
    root = bytes.fromhex(proof["root"])
    assert verify_inclusion(leaf, proof["place"], proof["size"], path, root)
    assert not verify_inclusion(leaf_hash(b"{}"), proof["place"], proof["size"], path, root)


def test_lists_come_in_pages_that_neither_repeat_nor_skip(office: Office) -> None:
    client = office.client("ana")
    found, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        page = client.get(f"/api/v1/leads?state=all&limit=2{more}").json()
        found += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert sorted(found) == sorted(lead_id(name) for name in ("clear", "amber", "strict"))
    for wrong in ("x", "W10", "eyJhIjoxfQ", "WzFd"):
        assert client.get(f"/api/v1/leads?cursor={wrong}").status_code in (200, 400)


def test_what_waits_in_the_outbox_is_copied_once_whoever_does_it(tmp_path: Path) -> None:
    from manara.casework.journal import Journal
    from manara.store import Workspace

    with Workspace.create(tmp_path / "w") as workspace:
        first, second = Journal(workspace), Journal(workspace)
        with first.writing() as (_, note):
            note("ana", "test", "one")
        second.copy()
        with second.writing() as (_, note):
            note("ana", "test", "two")
        first._copied = second._copied = 0
        first.copy()
        third = Journal(workspace)
        things = [json.loads(line)["thing"] for line in third.log.lines()]
        assert things == ["one", "two"]
