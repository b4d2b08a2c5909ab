"""The screening service asked with an account's token: told is what the account may see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from manara.casework.tokens import PREFIX
from manara.console.guard import Guard
from manara.console.state import Keeper
from manara.identity.screening.query import Query
from manara.model import Handling, Tlp
from manara.pipeline import Request, ingest
from manara.pipeline import run as run_pipeline
from manara.store import Workspace
from tests.console.office import RULES, Client, Office, make_office, opened
from tests.console.test_access_matrix import SEES
from tests.pipeline.conftest import person


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("service") / "office"
    make_office(root)
    with opened(root) as office:
        office.add_all()
        yield office


def program(office: Office, account: str) -> Client:
    return office.client(Authorization=f"Bearer {office.token(account)}")


@pytest.mark.parametrize("account", ["analyst", "ana-green", "ana-red", "ana-team", "ana-court"])
def test_who_asks_is_told_of_what_the_account_may_see(office: Office, account: str) -> None:
    client, seen = program(office, account), SEES[account]
    queries = [{"name": f"{given} Quillon"} for given, _ in RULES.values()]
    whole = client.post("/screen/batch", json={"queries": queries}).json()
    best = [[hit["entity"] for hit in one["hits"]][:1] for one in whole["answers"]]
    assert best == [[f"p-{rule}"] if rule in seen else [] for rule in RULES]
    assert set(whole["editions"]) == {f"list_{rule}" for rule in seen}
    for rule, (given, _) in RULES.items():
        status = 200 if rule in seen else 404
        assert client.get(f"/entities/p-{rule}").status_code == status
        payment = {"payee": {"name": f"{given} Quillon"}}
        answer = client.post("/screen/payment", json=payment).json()["answers"][0]
        assert [hit["entity"] for hit in answer["hits"]] == [f"p-{rule}"] * (rule in seen)
        asked = {"schema": "Person", "properties": {"name": f"{given} Quillon"}}
        found = client.post("/match/default", json={"queries": {"q": asked}}).json()
        ids = [one["id"] for one in found["responses"]["q"]["results"]]
        assert (f"p-{rule}" in ids) == (rule in seen)
        told = client.post(f"/match/list_{rule}", json={"queries": {"q": asked}})
        assert told.status_code == status
    names = {one["name"] for one in client.get("/catalog").json()["datasets"]}
    assert names == {"default"} | {f"list_{rule}" for rule in seen}


def test_the_audit_log_knows_what_was_told(office: Office) -> None:
    client = program(office, "officer")
    client.post("/screen", json={"name": "Bertrande Quillon"})
    last = json.loads(list(office.console.journal.log.lines())[-1])
    assert (last["by"], last["action"]) == ("officer", "read")
    assert (last["thing"], last["detail"]["ids"]) == ("entity", ["p-amber"])
    assert last["detail"]["purpose"] == "investigation"


@pytest.mark.parametrize("account", ["auditor", "administrator", "ana-idle"])
def test_who_may_not_read_or_says_not_for_what_is_refused(office: Office, account: str) -> None:
    refused = program(office, account).post("/screen", json={"name": "Abelard Quillon"})
    assert refused.status_code == 403


@pytest.mark.parametrize("tokens", [[], ["0" * 32]])
def test_a_token_that_counts_no_more_is_refused_behind_either_door(
    office: Office, tokens: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = office.token("officer")
    (token,) = [one for one in office.console.tokens.all() if one.account.id == "officer"][:1]
    monkeypatch.setattr(
        office, "guarded", Guard(office.app, tokens, {"testserver"}, with_console=True)
    )

    def asked(token: str) -> int:
        status: int = office.client(Authorization=f"ApiKey {token}").get("/catalog").status_code
        return status

    assert asked(secret) == 200
    office.console.tokens.revoke(token.id, by="test")
    assert [asked(secret), asked(f"{PREFIX}{'0' * 40}")] == [401, 401]


def test_what_is_told_goes_by_no_name_and_number_of_what_is_not(tmp_path: Path) -> None:
    lists = {
        "public": (
            Handling.of(Tlp.CLEAR),
            person("z-1", name="Farhad Setarehban", birthDate="1971", passportNumber="AB123456"),
        ),
        "secret": (
            Handling.of(Tlp.RED),
            person(
                "a-1",
                name="Farhad Setarehban",
                alias="Iskandar Qvirilov",
                birthDate="1971",
                passportNumber="AB123456",
            ),
        ),
    }
    with Workspace.create(tmp_path / "office") as workspace:
        for name, (rule, text) in lists.items():
            path = tmp_path / f"{name}.json"
            path.write_text(text, "utf-8")
            asked = Request(dataset=name, by="test", handling=rule)
            assert [done.status for done in ingest(workspace, [str(path)], asked)] == ["applied"]
        run_pipeline(workspace, by="test")
        state = Keeper(workspace).state
        (red,) = [key for key, rule in state.view.handlings().items() if rule.tlp == Tlp.RED]
        one, other = Query("Farhad Setarehban"), Query("Iskandar Qvirilov")
        assert [hit.entity for hit in state.screen.ask(other)] == ["a-1"]
        less = state.without(frozenset({red}))
        assert less.screen.ask(other, threshold=0.2) == []
        (hit,) = less.screen.ask(one)
        assert (hit.entity, hit.list) == ("z-1", "public")
        (told,) = less.described(["z-1"])
        assert (told["id"], told["datasets"]) == ("z-1", ["public"])
        assert "alias" not in told["properties"] and less.described(["a-1"]) == []
        # The whole is as it was.
        assert [hit.entity for hit in state.screen.ask(one)] == ["a-1"]
