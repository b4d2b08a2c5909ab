"""Choosing a threshold for a list, as a user does it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from manara.identity.screening import rates
from tests.pipeline.conftest import Manara, person
from tests.pipeline.test_index_states import crowd


@pytest.fixture
def listed(manara: Manara, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manara:
    monkeypatch.setattr(rates, "PEOPLE", 100)
    path = tmp_path / "people.json"
    path.write_text("".join(person(key, name=name) for key, name in crowd().items()), "utf-8")
    manara("ingest", path, "--dataset", "people")
    return manara


def test_the_rates_of_a_workspace_are_measured_once_for_each_state(
    listed: Manara, tmp_path: Path
) -> None:
    first = listed("rates", "--json").lines[0]
    assert first["threshold"] == 0.5
    assert first["false_alerts"]["of"] == 50
    assert sum(share["of"] for share in first["by_script"].values()) == 100
    assert set(first["by_query"]) == {"typing", "order"}
    (kept,) = (tmp_path / "workspace/index").glob("*.rates")
    measured = json.loads(kept.read_text("utf-8"))
    kept.write_text(json.dumps(measured | {"clean": [0.95] * 100}), "utf-8")
    assert listed("rates", "--json").lines[0]["false_alerts"]["share"] == 1.0
    chosen = listed("screen", "X", "--json", "--false-alert-rate", "0.1").lines[0]["threshold"]
    assert chosen["probability"] == 0.9501
    path = tmp_path / "people.json"
    path.write_text(path.read_text("utf-8") + person("n-1", name="Torvald Brimsen"), "utf-8")
    listed("ingest", path, "--dataset", "people")
    assert listed("rates", "--json").lines[0]["false_alerts"]["share"] < 1.0


def test_the_chosen_threshold_is_the_one_that_is_used(listed: Manara, tmp_path: Path) -> None:
    name = crowd()["p-3"]
    ended = listed("screen", name, "--false-alert-rate", "0.02", "--json")
    chosen = ended.lines[0]["threshold"]
    assert set(chosen) == {"probability", "false_alert_rate", "recall"}
    assert f"threshold {chosen['probability']}: alerts" in ended.err
    assert "of clean people" in ended.err
    plain = listed("screen", name, "--threshold", chosen["probability"], "--json").lines[0]
    assert plain["hits"] == ended.lines[0]["hits"] != []
    assert "threshold" not in plain


def test_a_list_alone_and_the_table(listed: Manara, tmp_path: Path) -> None:
    ended = listed("rates", "--list", tmp_path / "people.json", "--false-alert-rate", "0.02")
    assert ended.status == 0
    assert "hangul" in ended.out
    assert "typing" in ended.out


@pytest.mark.parametrize(
    "words",
    [
        ["screen", "X", "--threshold", "0.5", "--false-alert-rate", "0.01"],
        ["screen", "X", "--false-alert-rate", "1.5"],
        ["rates", "--false-alert-rate", "often"],
    ],
)
def test_what_makes_no_sense_is_refused(listed: Manara, words: list[str]) -> None:
    assert listed(*words).status == 2
