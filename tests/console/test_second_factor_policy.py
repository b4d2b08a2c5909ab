"""A second factor asked of roles or of everybody: who is led to set one up, and who is not."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyotp
import pytest

from manara.casework.accounts import Right
from manara.casework.requirements import EVERYBODY
from manara.model import UsageError
from tests.console.office import Client, Office, make_office, opened
from tests.console.test_access_matrix import ROUTES, ask
from tests.console.test_passkeys import Authenticator, half, post

#: What somebody who must set up a second factor may reach beside the ways in and out.
OPEN = {"/second-factor", "/second-factor/new", "/second-factor/new/accept"}
OPEN |= {f"/passkeys{rest}" for rest in ("", "/new", "/ask", "/answer")}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("factors") / "office"
    make_office(root)
    with opened(root) as office:
        for role in ("analyst", "officer", "administrator"):
            office.add(role, [role])
        yield office


@pytest.fixture(autouse=True)
def nobody(office: Office) -> Iterator[None]:
    yield
    require(office)


def require(office: Office, *roles: str) -> None:
    office.console.requirements.require_factor(roles, by="test", ground="a test")


def key_in(text: str) -> str:
    return text.split("<dt>Key</dt><dd><code>")[1].partition("<")[0]


def set_up(client: Client) -> str:
    """Set up one-time passwords on the page for that, and return what comes after the codes."""
    form = {"csrf": client.csrf, "next": "/leads?state=all"}
    key = key_in(client.post("/second-factor/new", data=form).text)
    wrong = client.post("/second-factor/new/accept", data=form | {"code": "000000"})
    assert wrong.status_code == 400 and key_in(wrong.text) == key
    done = client.post("/second-factor/new/accept", data=form | {"code": pyotp.TOTP(key).now()})
    assert done.status_code == 200
    return done.text


def test_who_has_none_sees_nothing_before_one_is_set_up(office: Office) -> None:
    client = office.client("analyst")
    assert client.get("/account").status_code == 200
    require(office, "analyst")
    for route, row in ROUTES.items():
        path = route.partition(" ")[2]
        if row.right == "anyone" or path in OPEN:
            continue
        answer = ask(client, route, "clear" if row.about else "")
        if "/api/" in path:
            assert answer.status_code == 401, route
            assert answer.json()["type"] == "urn:manara:problem:second-factor"
        else:
            assert answer.status_code == 303, route
            assert answer.headers["location"].startswith("/second-factor/new?next="), route
    page = client.get("/second-factor/new?next=/leads").text
    assert "Set up a second factor" in page and "<nav" not in page and "/search" not in page
    assert 'href="/leads?state=all"' in set_up(client)
    assert client.get("/leads").status_code == 200
    # It is done once: whoever comes back is led on.
    assert client.get("/second-factor/new?next=/leads").headers["location"] == "/leads"
    office.console.accounts.reset("analyst", by="test")


def test_a_passkey_will_do(office: Office) -> None:
    require(office, EVERYBODY)
    client, key = office.client("officer"), Authenticator()
    options = post(client, "/passkeys/new", {}).json()
    made = {"credential": key.make(options), "next": "/leads"}
    assert post(client, "/passkeys", made).json() == {"next": "/leads"}
    assert client.get("/leads").status_code == 200
    (passkey,) = office.console.factors.passkeys("officer")
    data = {"csrf": client.csrf}
    assert client.post(f"/account/passkeys/{passkey.id}/drop", data=data).status_code == 303
    # Whoever takes the last one away is asked for another.
    assert "second-factor/new" in client.get("/leads").headers["location"]


def test_the_password_alone_never_adds_a_factor_beside_one_that_is_there(office: Office) -> None:
    office.add("nour", ["officer"])
    set_up(office.client("nour"))
    require(office, EVERYBODY)
    client = half(office, "nour")
    form = {"csrf": client.csrf, "next": "/"}
    for path in ("/second-factor/new", "/second-factor/new/accept", "/passkeys/new", "/passkeys"):
        sent = client.post(path, data=form, headers={"X-CSRF-Token": client.csrf})
        assert sent.status_code in (303, 401), path
        assert "/second-factor/new" not in sent.headers.get("location", ""), path
    assert client.get("/second-factor/new").headers["location"].startswith("/sign-in")


def test_it_takes_a_form_of_the_page(office: Office) -> None:
    require(office, EVERYBODY)
    client = office.client("officer")
    for path in ("/second-factor/new", "/second-factor/new/accept", "/passkeys/new"):
        assert client.post(path, data={"next": "/"}).status_code == 403


def test_roles_tokens_and_the_single_sign_on(office: Office) -> None:
    require(office, "analyst")
    assert office.client("officer").get("/leads").status_code == 200
    token = office.token("analyst", Right.READ)
    program = office.client(Authorization=f"Bearer {token}")
    assert program.get("/api/v1/leads").status_code == 200
    console = office.console
    vouched = office.client()
    secret = console.sessions.sign_in_as(console.accounts.get("analyst"))
    vouched.cookies.set(console.cookie, secret, domain="testserver.local")
    assert vouched.get("/leads").status_code == 200
    # The same account with its password is asked.
    own = office.client("analyst")
    assert "second-factor/new" in own.get("/leads").headers["location"]


def test_who_administers_settles_it_and_the_log_knows(office: Office) -> None:
    client = office.client("administrator")
    form = {"csrf": client.csrf, "whom": "roles", "roles": ["officer"], "ground": "Order 7"}
    for wrong in ({"ground": " "}, {"roles": []}, {"roles": ["king"]}, {"whom": ""}):
        answer = client.post("/admin/second-factor", data=form | wrong)
        assert answer.status_code == 400, wrong
    assert not office.console.requirements.factor().roles
    assert client.post("/admin/second-factor", data=form).status_code == 303
    assert office.console.requirements.factor().roles == ("officer",)
    page = client.get("/admin/second-factor").text
    assert "Order 7" in page and "/admin/accounts/officer" in page
    last = json.loads(list(office.console.journal.log.lines())[-1])
    assert (last["by"], last["action"], last["thing"]) == (
        "administrator",
        "policy",
        "second-factor",
    )
    told = {name: last["detail"][name] for name in ("before", "after", "ground")}
    assert told == {"before": [], "after": ["officer"], "ground": "Order 7"}
    # Whoever asks everybody asks himself.
    assert client.post("/admin/second-factor", data=form | {"whom": EVERYBODY}).status_code == 303
    assert "second-factor/new" in client.get("/admin/second-factor").headers["location"]


def test_an_unknown_role_is_refused(office: Office) -> None:
    with pytest.raises(UsageError, match="no such role"):
        require(office, "king")
