"""Every route, every role, every handling rule, against a table written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from fastapi.routing import iter_route_contexts

from manara.console.faces import Face, face_of
from tests.console.office import ROLES, RULES, Client, Office, lead_id, make_office, opened

#: Which rules each account may see; every other account sees none.
SEES = {
    "analyst": {"clear", "amber", "strict"},
    "officer": {"clear", "amber", "strict"},
    "liaison": {"clear", "amber", "strict"},
    "supervisor": {"clear", "amber", "strict"},
    "data-protection-officer": {"clear", "amber", "strict"},
    "ana-green": {"clear"},
    "ana-red": {"clear", "amber", "strict", "red"},
    "ana-team": {"clear", "amber", "strict", "team"},
    "ana-court": {"clear", "amber", "strict", "court"},
}

#: By whom it is tried that what may be seen is there.
WITNESS = {
    "clear": "ana-green",
    "amber": "officer",
    "strict": "analyst",
    "red": "ana-red",
    "team": "ana-team",
    "court": "ana-court",
    "nobody": "",
}

_ANALYSTS = {"analyst", "ana-green", "ana-red", "ana-team", "ana-court", "ana-idle"}
_READERS = {*_ANALYSTS, "officer", "liaison", "supervisor", "data-protection-officer"}

#: Which accounts may use a right.
MAY = {
    "read": _READERS,
    "decide": {*_ANALYSTS, "officer", "supervisor"},
    "judge": {*_ANALYSTS, "supervisor"},
    "export": {*_ANALYSTS, "liaison", "supervisor", "data-protection-officer"},
    "take-in": {*_ANALYSTS, "supervisor"},
    "set-thresholds": {"supervisor"},
    "open-case": {*_ANALYSTS, "supervisor"},
    "review": {"supervisor", "data-protection-officer"},
    "release": {"liaison", "supervisor"},
    "liaise": {"liaison", "administrator"},
    "erase": {"data-protection-officer"},
    "audit": {"auditor", "data-protection-officer"},
    "administer": {"administrator"},
    "protect": {"risk-manager"},
}


class Row(NamedTuple):
    """What a route takes.

    Attributes:
        right: the right; ``anyone`` for none, ``account`` for being signed in.
        about: where the thing stands that is asked about, if a route is about one: in the path
            (``lead``, ``entity``, ``dataset``), or a part of the query or form.
        query: what else is asked.
        body: what is posted.
    """

    right: str
    about: str = ""
    query: str = ""
    body: dict[str, Any] | None = None


_GROUND = {"ground": "because", "outcome": "escalated", "state": "x"}

_SENT = {"to": "x", "purpose": "investigation"}

ROUTES = {
    "GET /sign-in": Row("anyone"),
    "POST /sign-in": Row("anyone"),
    "GET /sign-in/elsewhere": Row("anyone"),
    "GET /sign-in/back": Row("anyone"),
    "GET /welcome": Row("anyone"),
    "POST /welcome": Row("anyone"),
    "POST /preferences": Row("anyone", body={"language": "en", "theme": "auto"}),
    "GET /assets/{name}": Row("anyone"),
    "POST /sign-out": Row("anyone"),
    "GET /second-factor": Row("account"),
    "POST /second-factor": Row("account"),
    "GET /second-factor/new": Row("account"),
    "POST /second-factor/new": Row("account"),
    "POST /second-factor/new/accept": Row("account"),
    "POST /purpose": Row("account", body={"purpose": "investigation"}),
    "POST /passkeys/new": Row("account"),
    "POST /passkeys": Row("account"),
    "POST /passkeys/ask": Row("account"),
    "POST /passkeys/answer": Row("account"),
    "GET /account": Row("account"),
    "POST /account/password": Row("account"),
    "POST /account/one-time-password": Row("account"),
    "POST /account/one-time-password/accept": Row("account"),
    "POST /account/passkeys/{passkey_id}/drop": Row("account"),
    "GET /": Row("account"),
    "GET /leads": Row("account", query="state=all"),
    "GET /leads/{lead_id}": Row("account", "lead"),
    "POST /leads/{lead_id}/decide": Row("decide", "lead", body=_GROUND),
    "GET /search": Row("account", query="q=Quillon"),
    "GET /entity/{entity_id:path}": Row("account", "entity"),
    "GET /review": Row("account"),
    "POST /review": Row("judge", body={"left": "a", "right": "b", "verdict": "same"}),
    "POST /review/apply": Row("judge"),
    "POST /entity-split": Row("judge", "entity", body={"ground": "because"}),
    "POST /entity-join": Row("judge", "entity", body={"other": "x", "ground": "because"}),
    "GET /graph": Row("account", "entity"),
    "GET /graph/data": Row("account", "entity"),
    "GET /graph/path": Row("account", "b", query="a=p-clear"),
    "GET /map": Row("account"),
    "GET /map/data": Row("account"),
    "GET /partners": Row("account"),
    "GET /partners/nodes/{partner_id}": Row("account"),
    "POST /partners/nodes": Row("liaise"),
    "POST /partners/nodes/{partner_id}/part": Row("liaise"),
    "POST /partners/nodes/{partner_id}/replace": Row("liaise"),
    "POST /partners/nodes/{partner_id}/table": Row("liaise"),
    "GET /partners/keys": Row("liaise"),
    "POST /partners/keys": Row("liaise"),
    "GET /partners/keys/{file}": Row("liaise"),
    "POST /partners/take": Row("liaise"),
    "GET /partners/share": Row("release", "entity"),
    "POST /partners/share": Row("release", "entity", body=_SENT),
    "GET /partners/share/{package_id}": Row("release"),
    "POST /partners/share/{package_id}/release": Row("release"),
    "POST /partners/share/{package_id}/refuse": Row("release"),
    "GET /partners/share/{package_id}/receipt": Row("release"),
    "GET /partners/questions": Row("release", "entity"),
    "POST /partners/questions": Row("release", "entity", body=_SENT | {"case": "c", "basis": "b"}),
    "GET /partners/questions/{question_id}": Row("release"),
    "POST /partners/questions/{question_id}/approve": Row("release"),
    "GET /partners/inbox": Row("read"),
    "GET /partners/inbox/{letter_id}": Row("read"),
    "POST /partners/inbox/{letter_id}": Row("release"),
    "GET /partners/ask": Row("release", "entity"),
    "POST /partners/ask": Row("release", "entity", body=_SENT | {"text": "y"}),
    "POST /partners/tell": Row("release"),
    "POST /partners/tell/{letter_id}/approve": Row("release"),
    "GET /partners/recalls": Row("release", "entity"),
    "POST /partners/recalls": Row("release", "entity", body={"reason": "because"}),
    "GET /sources": Row("account"),
    "GET /sources/{dataset}": Row("account", "dataset"),
    "GET /cases": Row("read", query="state=all"),
    "GET /cases/new": Row("open-case"),
    "POST /cases": Row("open-case"),
    "GET /cases/{case_id}": Row("read"),
    "POST /cases/{case_id}/add": Row("open-case"),
    "POST /cases/{case_id}/done": Row("open-case"),
    "POST /cases/{case_id}/file": Row("open-case"),
    "POST /cases/{case_id}/custody": Row("open-case"),
    "POST /cases/{case_id}/ask": Row("open-case"),
    "POST /cases/{case_id}/answer": Row("read"),
    "GET /cases/{case_id}/bundle": Row("release"),
    "POST /cases/{case_id}/bundle": Row("release"),
    "GET /retention": Row("review"),
    "POST /retention/prolong": Row("review"),
    "POST /retention/ask": Row("review"),
    "GET /retention/{number}": Row("erase"),
    "POST /retention/{number}": Row("erase"),
    "GET /subject-access": Row("erase", query="q=Quillon"),
    "GET /risk": Row("protect"),
    "POST /risk": Row("protect"),
    "GET /risk/{name}": Row("protect"),
    "POST /risk/{name}/settings": Row("protect"),
    "POST /risk/{name}/members": Row("protect"),
    "POST /risk/{name}/run": Row("protect"),
    "POST /risk/{name}/files": Row("protect"),
    "GET /risk/{name}/files/{kind}": Row("protect"),
    "POST /risk/{name}/take": Row("protect"),
    "GET /risk/{name}/calculations": Row("protect"),
    "GET /risk/{name}/calculations/{kind}": Row("protect"),
    "POST /risk/{name}/calculations/{kind}": Row("protect"),
    "POST /risk/{name}/calculations/{kind}/drop": Row("protect"),
    "GET /risk/{name}/calculations/{kind}/results.zip": Row("protect"),
    "GET /risk/{name}/questionnaire": Row("protect"),
    "GET /risk/{name}/questionnaire/answers": Row("protect"),
    "POST /risk/{name}/questionnaire/answers": Row("protect"),
    "GET /risk/{name}/questionnaire/side-by-side": Row("protect"),
    "GET /risk/{name}/workbook": Row("protect"),
    "GET /risk/{name}/found/{phase}": Row("protect"),
    "POST /risk/{name}/actions": Row("protect"),
    "GET /risk/{name}/report/{file}": Row("protect"),
    "GET /admin": Row("account"),
    "GET /admin/accounts": Row("administer"),
    "POST /admin/accounts": Row("administer"),
    "GET /admin/accounts/{account_id}": Row("administer"),
    "POST /admin/accounts/{account_id}": Row("administer"),
    "POST /admin/accounts/{account_id}/reset": Row("administer"),
    "GET /admin/second-factor": Row("administer"),
    "POST /admin/second-factor": Row("administer"),
    "GET /admin/tokens": Row("administer"),
    "POST /admin/tokens": Row("administer"),
    "POST /admin/tokens/{token_id}/revoke": Row("administer"),
    "GET /admin/audit": Row("audit"),
    "GET /admin/audit/{place}": Row("audit"),
    "GET /admin/jobs": Row("take-in"),
    "POST /admin/jobs": Row("take-in", body={"kind": "nothing"}),
    "POST /admin/jobs/take-in": Row("take-in"),
    "GET /admin/thresholds": Row("take-in"),
    "POST /admin/thresholds": Row("set-thresholds"),
    "POST /admin/thresholds/typologies/{typology_id}": Row("set-thresholds"),
    "POST /admin/thresholds/typologies/{typology_id}/limits": Row("set-thresholds"),
    "GET /api/v1/openapi.json": Row("anyone"),
    "GET /api/v1/me": Row("account"),
    "GET /api/v1/leads": Row("read", query="state=all"),
    "GET /api/v1/leads.csv": Row("export", query="state=all"),
    "GET /api/v1/leads/{lead_id}": Row("read", "lead"),
    "POST /api/v1/leads/{lead_id}/decisions": Row("decide", "lead", body=_GROUND),
    "GET /api/v1/entities": Row("read", query="q=Quillon"),
    "GET /api/v1/entities/{entity_id:path}": Row("read", "entity"),
    "GET /api/v1/network": Row("read", "entity"),
    "GET /api/v1/paths": Row("read", "b", query="a=p-clear"),
    "GET /api/v1/cases": Row("read", query="state=all"),
    "POST /api/v1/cases": Row("open-case"),
    "GET /api/v1/cases/{case_id}": Row("read"),
    "POST /api/v1/cases/{case_id}/notes": Row("open-case"),
    "POST /api/v1/cases/{case_id}/tasks": Row("open-case"),
    "POST /api/v1/cases/{case_id}/evidence": Row("open-case"),
    "POST /api/v1/cases/{case_id}/custody": Row("open-case"),
    "POST /api/v1/cases/{case_id}/requests": Row("open-case"),
    "POST /api/v1/cases/{case_id}/requests/{number}": Row("read"),
    "GET /api/v1/jobs": Row("take-in"),
    "POST /api/v1/jobs": Row("take-in"),
    "POST /api/v1/jobs/take-in": Row("take-in"),
    "GET /api/v1/jobs/{job_id}": Row("take-in"),
    "GET /api/v1/jobs/{job_id}/events": Row("take-in"),
    "GET /api/v1/audit": Row("audit"),
    "GET /api/v1/audit/{place}/proof": Row("audit"),
    "GET /api/v1/accounts": Row("administer"),
    "POST /api/v1/accounts": Row("administer"),
    "GET /api/v1/accounts/{account_id}": Row("administer"),
    "PATCH /api/v1/accounts/{account_id}": Row("administer"),
    "POST /api/v1/accounts/{account_id}/reset": Row("administer"),
    "GET /api/v1/tokens": Row("administer"),
    "POST /api/v1/tokens": Row("administer"),
    "DELETE /api/v1/tokens/{token_id}": Row("administer"),
    "GET /api/v1/thresholds": Row("take-in"),
    "PUT /api/v1/thresholds/screening": Row("set-thresholds"),
    "PATCH /api/v1/thresholds/typologies/{typology_id}": Row("set-thresholds"),
    "GET /api/v1/second-factor": Row("administer"),
    "PUT /api/v1/second-factor": Row("administer"),
}

#: What answers with nothing rather than with 404, and what does not name what it is asked about.
_EMPTY = {"GET /graph/data"}
_NAMELESS = {"GET /graph/path", "GET /api/v1/paths", "GET /sources/{dataset}"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("matrix") / "office"
    make_office(root)
    with opened(root) as office:
        office.add_all()
        yield office


def clients(office: Office) -> dict[str, Client]:
    names = [account.id for account in office.console.accounts.all()]
    return {name: office.client(name) for name in names}


def ask(client: Client, route: str, name: str = "") -> Any:
    """Send what a route takes, about what is under a rule."""
    row, (method, path) = ROUTES[route], route.split(" ")
    things = {"lead": lead_id(name), "dataset": f"list_{name}"}
    thing = things.get(row.about, f"p-{name}") if name else "none"
    asked = f"?{row.query}"
    body = row.body
    if row.about and "{" not in path:
        if body is None:
            asked += f"&{row.about}={thing}"
        else:
            body = body | {row.about: thing}
    path = re.sub(r"\{[^}]+\}", "0" if "{place}" in path else thing, path) + asked
    headers = {"X-CSRF-Token": client.csrf or "none"}
    if "/api/" in path:
        sent = body and {k: v for k, v in body.items() if k != "state"}
        return client.request(method, path, json=sent, headers=headers)
    data = body if method == "POST" else None
    return client.request(method, path, data=data, headers=headers)


def test_every_route_of_the_console_has_a_row(office: Office) -> None:
    known = {
        f"{method} {context.path}"
        for context in iter_route_contexts(office.app.routes)
        if face_of(context.path or "") in (Face.PAGE, Face.API, Face.ASSET)
        for method in context.methods or ()
    }
    assert known == ROUTES.keys()


def test_nobody_gets_in_without_an_account(office: Office) -> None:
    stranger = office.client()
    for route, row in ROUTES.items():
        response = ask(stranger, route, "clear" if row.about else "")
        if row.right == "anyone":
            assert response.status_code < 500, route
        elif "/api/" in route:
            assert response.status_code == 401, route
            assert response.json()["type"] == "urn:manara:problem:sign-in"
        else:
            assert response.status_code == 303, route
            assert response.headers["location"].startswith("/sign-in?next="), route


def test_what_takes_a_right_is_refused_to_whoever_has_it_not(office: Office) -> None:
    for account in ROLES:
        client = office.client(account)
        for route, row in ROUTES.items():
            if row.right in ("anyone", "account"):
                continue
            if account in MAY[row.right]:
                # What changes accounts or tokens is tested elsewhere.
                if route.startswith("GET") and not row.about and "{" not in route:
                    assert ask(client, route).status_code == 200, (account, route)
                continue
            response = ask(client, route, "clear" if row.about else "")
            # What takes a body may refuse that first; it does nothing either way.
            allowed = (403,) if route.startswith("GET") else (400, 403, 404)
            assert response.status_code in allowed, (account, route)
            assert not _leaks(response.text, SEES.get(account, set())), (account, route)


@pytest.mark.parametrize("name", RULES)
def test_what_may_not_be_seen_is_not_there(office: Office, name: str) -> None:
    for account, client in clients(office).items():
        sees = SEES.get(account, set())
        if not sees and name != "clear":
            # Whoever may not see even that sees nothing.
            continue
        for route, row in ROUTES.items():
            if not row.about or account not in MAY.get(row.right, {account}):
                continue
            # Pages of what may be seen take long, and are there or not: one account a rule will do.
            if name in sees and (not route.startswith("GET") or WITNESS[name] != account):
                continue
            response = ask(client, route, name)
            assert not _leaks(response.text, sees), (account, route)
            if name not in sees:
                assert response.status_code == 404 or route in _EMPTY, (account, route)
            elif route not in _NAMELESS and route.startswith("GET"):
                assert response.status_code == 200, (account, route, response.text[:300])
                assert RULES[name][0] in response.text or "/graph" in route, (account, route)


def test_lists_hold_what_may_be_seen_and_nothing_else(office: Office) -> None:
    for account, client in clients(office).items():
        sees = SEES.get(account, set())
        for route, row in ROUTES.items():
            plain = route.startswith("GET") and not row.about and "{" not in route
            if plain and account in MAY.get(row.right, {account}) and row.right != "anyone":
                text = ask(client, route).text
                assert not _leaks(text, sees), (account, route)
                if "leads" in route or "search" in route or "entities" in route:
                    assert all(RULES[name][0] in text for name in sees), (account, route)


@pytest.mark.parametrize(("other", "status"), [("p-red", 404), ("p-clear", 400), ("x", 404)])
def test_nobody_is_joined_with_whom_one_may_not_see(
    office: Office, other: str, status: int
) -> None:
    client = office.client("analyst")
    sent = {"entity": "p-clear", "other": f"http://x/entity/{other}?past=1", "ground": "alike"}
    answer = client.post("/entity-join", data=sent | {"csrf": client.csrf})
    assert answer.status_code == status
    assert not office.console.workspace.human_judgements()


def _leaks(text: str, sees: set[str]) -> list[str]:
    """Return the rules whose person a text names although it should not."""
    return [name for name, (given, _) in RULES.items() if name not in sees and given in text]
