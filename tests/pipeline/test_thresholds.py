"""What is settled about thresholds counts for every way in, and the audit log knows why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from manara.casework.journal import Journal
from manara.casework.thresholds import Thresholds
from manara.console.state import Keeper
from manara.identity.screening import rates
from manara.model import UsageError
from manara.money.detect import configured
from manara.pipeline.thresholds import Wanted
from manara.store import Workspace
from tests.pipeline.conftest import Manara, person
from tests.pipeline.test_index_states import crowd


@pytest.fixture
def listed(manara: Manara, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manara:
    monkeypatch.setattr(rates, "PEOPLE", 100)
    path = tmp_path / "people.json"
    path.write_text("".join(person(key, name=name) for key, name in crowd().items()), "utf-8")
    manara("ingest", path, "--dataset", "people")
    return manara


@pytest.fixture
def workspace(listed: Manara, tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.open(tmp_path / "workspace") as workspace:
        yield workspace


def entries(workspace: Workspace) -> list[dict[str, Any]]:
    found = [json.loads(line) for line in Journal(workspace).log.lines()]
    return [entry for entry in found if entry["action"] == "policy"]


def hits(manara: Manara, *options: str) -> list[float]:
    line = manara("screen", crowd()["p-3"], "--json", *options).lines[0]
    return [hit["probability"] for hit in line["hits"]]


def settle(workspace: Workspace, probability: float | None, rate: float | None = None) -> None:
    state = Keeper(workspace).state
    known = Thresholds(workspace, Journal(workspace))
    wanted = Wanted.of(probability, rate)
    known.settle_screening(wanted, state.screen, by="amina", ground="Order 7")


def test_a_settled_probability_counts_for_the_command_and_the_service(
    listed: Manara, workspace: Workspace
) -> None:
    keeper = Keeper(workspace)
    assert keeper.state.threshold == 0.5
    shown = hits(listed)
    assert shown and max(shown) < 1
    told = ("thresholds", "screening", "--probability", "1", "--ground", "Order 7")
    assert listed(*told).status == 0
    assert hits(listed) == []
    # Who names a threshold gets it.
    assert hits(listed, "--threshold", "0.5") == shown
    assert keeper.renew() and keeper.state.threshold == 1.0
    assert not keeper.renew()
    show = listed("thresholds", "show", "--json").lines[0]["screening"]
    assert (show["probability"], show["settled"]["ground"]) == (1.0, "Order 7")


def test_a_settled_rate_is_chosen_for_the_lists_in_force(
    listed: Manara, workspace: Workspace, tmp_path: Path
) -> None:
    settle(workspace, None, 0.1)
    ended = listed("screen", "X", "--json")
    first = ended.lines[0]["threshold"]["probability"]
    keeper = Keeper(workspace)
    assert keeper.state.threshold == first
    (kept,) = (tmp_path / "workspace/index").glob("*.rates")
    measured = json.loads(kept.read_text("utf-8"))
    kept.write_text(json.dumps(measured | {"clean": [0.95] * 100}), "utf-8")
    assert listed("screen", "X", "--json").lines[0]["threshold"]["probability"] == 0.9501
    assert listed("rates", "--json").lines[0]["threshold"] == 0.9501
    path = tmp_path / "people.json"
    path.write_text(path.read_text("utf-8") + person("n-1", name="Torvald Brimsen"), "utf-8")
    listed("ingest", path, "--dataset", "people")
    assert keeper.renew() and keeper.state.threshold < 0.95


def test_the_log_is_told_what_was_known_of_the_cost(listed: Manara, workspace: Workspace) -> None:
    settle(workspace, 0.7)
    assert listed("rates").status == 0
    settle(workspace, 0.9)
    first, second = (entry["detail"] for entry in entries(workspace))
    assert first["cost_before"] == first["cost_after"] == "not measured on these lists"
    assert (second["before"], second["after"]) == ("probability 0.7", "probability 0.9")
    assert second["cost_after"].startswith("threshold 0.9: alerts ")
    assert "of names written otherwise" in second["cost_before"]
    assert second["ground"] == "Order 7"


@pytest.mark.parametrize(
    ("probability", "rate"), [(None, None), (0.5, 0.1), (1.1, None), (None, -0.1)]
)
def test_what_is_no_threshold_is_refused(probability: float | None, rate: float | None) -> None:
    with pytest.raises(UsageError, match="from 0 to 1"):
        Wanted.of(probability, rate)


def test_without_a_ground_nothing_is_settled(workspace: Workspace) -> None:
    known = Thresholds(workspace, Journal(workspace))
    with pytest.raises(UsageError, match="is missing"):
        known.switch("cash-structuring", False, by="amina", ground="  ")
    assert configured(workspace)["off"] == [] and not entries(workspace)


def test_what_was_settled_about_a_typology_beats_the_file(
    listed: Manara, workspace: Workspace
) -> None:
    (workspace.root / "typologies.yaml").write_text("without: [charity-front, prepaid-relay]\n")
    for words in (("cash-structuring", "off"), ("charity-front", "on")):
        assert listed("thresholds", "typology", *words, "--ground", "Order 8").status == 0
    assert configured(workspace)["off"] == ["cash-structuring", "prepaid-relay"]
    rows = listed("thresholds", "show", "--json").lines[0]["typologies"]
    assert {row["typology"] for row in rows if not row["on"]} == {
        "cash-structuring",
        "prepaid-relay",
    }
    last = entries(workspace)[-1]
    assert last["thing"] == "typology/charity-front"
    assert (last["detail"]["before"], last["detail"]["after"]) == (False, True)
    assert listed("thresholds", "typology", "nothing", "off", "--ground", "x").status == 2
