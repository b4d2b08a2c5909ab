"""From one node to another by a STIX bundle: what goes, what stays, under which rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manara.cli import main

from .conftest import Manara, person

PEOPLE = (
    person("p-1", name="Hala Manarzi|هالة منارزي", birthDate="1971-03", nationality="tn")
    + person("p-2", name="Volodymyr Shchukozyorov")
    + json.dumps(
        {"id": "t-1", "schema": "Family", "properties": {"person": ["p-1"], "relative": ["p-2"]}}
    )
    + "\n"
)


@pytest.fixture
def node(manara: Manara, tmp_path: Path) -> Manara:
    people = tmp_path / "people.json"
    people.write_text(PEOPLE, "utf-8")
    taken = ("--dataset", "ring", "--tlp", "GREEN", "--releasable-to", "b.example")
    assert manara("ingest", people, *taken).status == 0
    open_list = tmp_path / "open.json"
    open_list.write_text(person("q-1", name="Yusuf al-Daftarkhani"), "utf-8")
    assert manara("ingest", open_list, "--dataset", "open", "--tlp", "CLEAR").status == 0
    return manara


def facts(capfd: pytest.CaptureFixture[str], root: Path) -> list[dict[str, Any]]:
    capfd.readouterr()
    with pytest.raises(SystemExit):
        main(["-w", str(root), "export", "--json", "--by-source"])
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def names(bundle: Path) -> set[str]:
    objects = json.loads(bundle.read_text("utf-8"))["objects"]
    return {one["name"] for one in objects if one["type"] == "identity"} - {
        "Manara",
        "Testing Unit",
    }


def test_facts_and_their_rule_arrive_at_another_node(
    node: Manara, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    bundle = tmp_path / "bundle.json"
    asked = ("--recipient", "b.example", "--purpose", "investigation")
    done = node("export", "--format", "stix-json", "--dataset", "ring", *asked, "-o", bundle)
    assert (done.status, done.err) == (0, "")
    other = tmp_path / "other"
    for words in (
        ["init", str(other)],
        ["ingest", str(bundle), "--dataset", "a", "--tlp", "CLEAR"],
    ):
        with pytest.raises(SystemExit) as stop:
            main(["-w", str(other), *words])
        assert not stop.value.code
    assert "TLP:GREEN, only to b.example" in capfd.readouterr().err
    there = {one["schema"]: one for one in facts(capfd, other) if "t-1" not in one["referents"]}
    [hala] = [one for one in facts(capfd, other) if "p-1" in one["referents"]]
    assert {prop: set(values) for prop, values in hala["properties"].items()} == {
        "name": {"Hala Manarzi", "هالة منارزي"},
        "birthDate": {"1971-03"},
        "nationality": {"tn"},
    }
    assert set(there) == {"Person"}
    [tie] = [one for one in facts(capfd, other) if one["schema"] == "Family"]
    assert tie["properties"]["person"] == [hala["id"]]


def test_what_a_recipient_may_not_have_stays_and_is_listed(node: Manara, tmp_path: Path) -> None:
    bundle, left = tmp_path / "bundle.json", tmp_path / "left.jsonl"
    asked = ("--recipient", "c.example", "--purpose", "investigation", "--left-out", left)
    done = node("export", "--format", "stix-json", *asked, "-o", bundle)
    assert "left out: releasable-to 7" in done.err
    assert names(bundle) == {"Yusuf al-Daftarkhani"}
    listed = [json.loads(line) for line in left.read_text("utf-8").splitlines()]
    assert len(listed) == 7
    last = node("history", "--json").lines[-1]
    assert (last["action"], last["thing"]) == ("export", "c.example")
    assert last["detail"]["purpose"] == "investigation"
    assert {(one["about"], one["what"], one["rule"]) for one in listed} >= {
        ("p-1", "birthDate", "releasable-to"),
        ("t-1", "relative", "releasable-to"),
    }


def test_one_entity_goes_with_what_is_one_link_away(node: Manara, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.json"
    done = node("export", "--format", "stix-json", "--entity", "p-1", "-o", bundle)
    assert names(bundle) == {"Hala Manarzi"}
    assert "left out: reference 2" in done.err, "the tie's other end does not go along"
    both = ("--entity", "p-1", "--entity", "p-2")
    assert node("export", "--format", "stix-json", *both, "-o", bundle).err == ""
    assert '"relationship_type":"family-of"' in bundle.read_text("utf-8")


@pytest.mark.parametrize(
    "words",
    [
        ("--recipient", "b.example"),
        ("--purpose", "investigation"),
        ("--group", "team"),
        ("--format", "csv", "--entity", "p-1"),
        ("--format", "ftm", "--recipient", "b", "--purpose", "analysis"),
    ],
)
def test_options_that_make_no_sense_are_refused(node: Manara, words: tuple[str, ...]) -> None:
    options = words if "--format" in words else ("--format", "stix-json", *words)
    done = node("export", *options)
    assert (done.status, done.out) == (2, "")


def test_an_entity_that_is_not_there_is_refused(node: Manara, tmp_path: Path) -> None:
    done = node("export", "--format", "stix-json", "--entity", "zz", "-o", tmp_path / "x.json")
    assert done.status == 2
    assert "no such entity" in done.err
    assert not (tmp_path / "x.json").exists()
