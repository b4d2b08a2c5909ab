"""What a source asks for of its own handling is never loosened on the way in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Manara

GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
RED = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"


def bundle(folder: Path, name: str, *markings: str) -> Path:
    objects = [
        {
            "type": "identity",
            "id": f"identity--{number}",
            "name": f"Office {number}",
            "identity_class": "organization",
            "object_marking_refs": [marking],
        }
        for number, marking in enumerate(markings)
    ]
    path = folder / f"{name}.json"
    path.write_text(json.dumps({"type": "bundle", "objects": objects}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("asked", "markings", "rule"),
    [
        (("--tlp", "CLEAR"), (GREEN, RED), "TLP:RED"),
        (("--tlp", "CLEAR"), (GREEN,), "TLP:GREEN"),
        ((), (GREEN,), "TLP:AMBER+STRICT"),
        ((), (RED,), "TLP:RED"),
    ],
)
def test_the_stricter_of_marking_and_rule_holds(
    manara: Manara, tmp_path: Path, asked: tuple[str, ...], markings: tuple[str, ...], rule: str
) -> None:
    path = bundle(tmp_path, "one", *markings)
    done = manara("ingest", path, *asked)
    assert (done.status, rule in done.err) == (0, rule != "TLP:AMBER+STRICT")
    [dataset] = json.loads(manara("status", "--json").out)["datasets"]
    assert dataset["handling"] == rule
    again = manara("ingest", path, *asked, "--json").lines
    assert again[0]["status"] == "unchanged"


def test_a_stricter_edition_makes_the_rule_stricter(manara: Manara, tmp_path: Path) -> None:
    manara("ingest", bundle(tmp_path, "one", GREEN), "--tlp", "GREEN")
    done = manara("ingest", bundle(tmp_path, "two", RED), "--json").lines
    assert (done[0]["status"], done[0]["handling"]) == ("applied", "TLP:RED")
    [dataset] = json.loads(manara("status", "--json").out)["datasets"]
    assert dataset["handling"] == "TLP:RED"


def test_a_bundle_needs_no_line_end_to_drop_an_entity(manara: Manara, tmp_path: Path) -> None:
    manara("ingest", bundle(tmp_path, "one", GREEN, GREEN, GREEN))
    done = manara("ingest", bundle(tmp_path, "two", GREEN, GREEN), "--json").lines
    assert (done[0]["status"], done[0]["removed"]) == ("applied", 1)
