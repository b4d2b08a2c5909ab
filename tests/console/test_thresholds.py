"""The page of thresholds: who may set them, what it shows of their cost, what then counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from manara.identity.screening import rates
from manara.money.detect import configured
from manara.money.typology import BOUNDS, chosen
from manara.pipeline.screening import rates_of
from tests.console.office import Client, Office, make_office, opened

PATH = "/admin/thresholds"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("thresholds") / "office"
    make_office(root)
    with pytest.MonkeyPatch.context() as patch, opened(root) as office:
        patch.setattr(rates, "PEOPLE", 60)
        for role in ("analyst", "supervisor"):
            office.add(role, [role])
        yield office


def send(client: Client, path: str = PATH, **form: str) -> int:
    return client.post(path, data={"csrf": client.csrf, **form}).status_code


def test_without_a_measurement_it_says_so_and_with_one_it_shows_both(office: Office) -> None:
    client = office.client("supervisor")
    page = client.get(f"{PATH}?how=probability&value=0.8").text
    assert page.count("no figure: these lists were not measured") == 2
    assert "Nothing was measured on the lists as they are now" in page
    state = office.app.state.service.keeper.state
    measured = rates_of(state.screen, office.console.workspace)
    page = client.get(f"{PATH}?how=rate&value=5").text
    assert "no figure" not in page and "at most 5 % of clean people alerted" in page
    number = measured.threshold(0.05)
    assert f"{number:g}" in page
    share = 100 * measured.at(number).false_alerts.share
    assert f">{round(share, 2):g} %<" in page


def test_who_may_sets_it_and_who_may_not_looks(office: Office) -> None:
    analyst, supervisor = office.client("analyst"), office.client("supervisor")
    page = analyst.get(f"{PATH}?how=probability&value=0.8").text
    assert "Setting it takes a role that may." in page and 'name="ground"' not in page
    form = {"how": "probability", "value": "0.8", "ground": "Order 7"}
    before = office.console.thresholds.screening()
    assert before.probability != 0.8
    assert send(analyst, **form) == 403
    for wrong in ({"ground": ""}, {"value": "much"}, {"value": "nan"}, {"value": "2"}):
        assert send(supervisor, **form | wrong) == 400
    assert office.console.thresholds.screening() == before
    assert send(supervisor, **form) == 303
    keeper = office.app.state.service.keeper
    assert keeper.renew() and keeper.state.threshold == 0.8
    assert "Order 7" in supervisor.get(PATH).text
    last = json.loads(list(office.console.journal.log.lines())[-1])
    assert (last["by"], last["detail"]["after"]) == ("supervisor", "probability 0.8")


def test_a_typology_is_switched_off_and_on(office: Office) -> None:
    client = office.client("supervisor")
    path = f"{PATH}/typologies/cash-structuring"
    assert send(office.client("analyst"), path, on="no", ground="x") == 403
    assert send(client, path, on="perhaps", ground="x") == 400
    assert send(client, path, on="no", ground="") == 400
    assert send(client, f"{PATH}/typologies/none", on="no", ground="x") == 404
    assert send(client, path, on="no", ground="floods the queue") == 303
    (off,) = [one for one in office.console.thresholds.switches() if not one.on]
    assert off.typology.id == "cash-structuring"
    assert "Switch on …" in client.get(PATH).text
    assert send(client, path, on="yes", ground="again") == 303
    assert all(one.on for one in office.console.thresholds.switches())


def noted(office: Office) -> dict[str, Any]:
    """Return the last line of the audit log."""
    found: dict[str, Any] = json.loads(list(office.console.journal.log.lines())[-1])
    return found


def asked(office: Office, typology_id: str) -> dict[tuple[str, str], float]:
    """Return the thresholds that a typology is looked for with from now on."""
    settings = configured(office.console.workspace)
    found = {one.id: one for one in chosen(own=settings["own"], limits=settings["limits"])}
    bounds = ((each, name) for each in found[typology_id].conditions for name in BOUNDS)
    values = {(each.feature, name): getattr(each, name) for each, name in bounds}
    return {key: value for key, value in values.items() if value is not None}


def test_thresholds_inside_a_typology_are_settled(office: Office) -> None:
    client, name = office.client("supervisor"), "cash-structuring"
    path, form = f"{PATH}/typologies/{name}/limits", {"in_cash_near:at_least": "4"}
    written = {("in_cash_near", "at_least"): 3, ("in_cash_over", "at_most"): 0}
    assert asked(office, name) == written
    assert send(office.client("analyst"), path, ground="x", **form) == 403
    for wrong in (
        {"ground": ""},
        {"in_cash_near:at_least": "many"},
        {"in_cash_near:at_least": "-1"},
        {"in_cash_near:at_most": "9"},
        {"in_count:at_least": "9"},
    ):
        assert send(client, path, **{"ground": "Order 8", **form, **wrong}) == 400, wrong
    assert asked(office, name) == written
    assert send(client, path, ground="Order 8", **form) == 303
    assert asked(office, name) == written | {("in_cash_near", "at_least"): 4}
    told = noted(office)
    assert (told["by"], told["thing"]) == ("supervisor", f"typology-thresholds/{name}")
    assert told["detail"]["before"] == ["in_cash_near at least 3", "in_cash_over at most 0"]
    assert told["detail"]["after"] == ["in_cash_near at least 4", "in_cash_over at most 0"]
    page = client.get(PATH).text
    assert "settled here" in page and "(3 in its file)" in page
    # What another settles stays, and what is set back to its file is settled no more.
    assert send(client, path, ground="more", **{"in_cash_over:at_most": "1"}) == 303
    assert asked(office, name) == {key: value + 1 for key, value in written.items()}
    back = {"in_cash_near:at_least": "3", "in_cash_over:at_most": "0"}
    assert send(client, path, ground="back", **back) == 303
    assert asked(office, name) == written
    assert configured(office.console.workspace)["limits"] == {}


def test_what_was_before_is_what_the_change_has_replaced(office: Office) -> None:
    """Of two who switch off what is on, the second one is told that it was off."""
    thresholds = office.console.thresholds
    for before in (True, False):
        thresholds.switch("circular-trade", False, by="supervisor", ground="twice")
        assert noted(office)["detail"]["before"] is before
    thresholds.switch("circular-trade", True, by="supervisor", ground="again")


def test_programs_settle_thresholds_and_the_second_factor(office: Office) -> None:
    office.add("administrator", ["administrator"])
    api = office.client(Authorization=f"Bearer {office.token('supervisor')}")
    shown = api.get("/api/v1/thresholds").json()
    [one] = [each for each in shown["typologies"] if each["id"] == "cash-structuring"]
    assert [(each["feature"], each["value"]) for each in one["thresholds"]] == [
        ("in_cash_near", 3), ("in_cash_over", 0),
    ]  # fmt: skip
    limit = {"feature": "in_cash_near", "bound": "at_least", "value": 5}
    path = "/api/v1/thresholds/typologies/cash-structuring"
    assert api.patch(path, json={"ground": "x"}).status_code == 400
    settled = api.patch(path, json={"thresholds": [limit], "ground": "Order 9"}).json()
    assert (settled["thresholds"][0]["value"], settled["thresholds"][0]["written"]) == (5, 3)
    assert api.patch(path, json={"on": False, "ground": "x"}).json()["on"] is False
    assert api.patch(path, json={"on": True, "ground": "x"}).json()["thresholds"][0]["value"] == 5
    back = {"thresholds": [limit | {"value": 3}], "ground": "back"}
    assert api.patch(path, json=back).json()["thresholds"][0]["value"] == 3
    put = api.put("/api/v1/thresholds/screening", json={"probability": 0.6, "ground": "Order 9"})
    assert put.json()["probability"] == 0.6
    assert office.console.thresholds.screening().probability == 0.6
    stale = {"If-Match": '"0"'}
    body = {"probability": 0.7, "ground": "x"}
    assert api.put("/api/v1/thresholds/screening", json=body, headers=stale).status_code == 412
    assert api.get("/api/v1/second-factor").status_code == 403
    admin = office.client(Authorization=f"Bearer {office.token('administrator')}")
    body = {"roles": ["auditor"], "ground": "Order 10"}
    assert admin.put("/api/v1/second-factor", json=body).json() == {"roles": ["auditor"]}
    assert admin.get("/api/v1/second-factor").json() == {"roles": ["auditor"]}
    assert noted(office)["thing"] == "second-factor"
