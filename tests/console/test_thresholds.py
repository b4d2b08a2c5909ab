"""The page of thresholds: who may set them, what it shows of their cost, what then counts."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from manara.identity.screening import rates
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
    assert send(analyst, **form) == 403
    for wrong in ({"ground": ""}, {"value": "much"}, {"value": "nan"}, {"value": "2"}):
        assert send(supervisor, **form | wrong) == 400
    assert office.console.thresholds.screening().probability == 0.5
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
