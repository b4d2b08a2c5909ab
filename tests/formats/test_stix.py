"""STIX 2.1 bundles: who comes in, which ties, and no marking is loosened."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from manara.formats import Head, get, stix, stix_objects
from manara.model import FormatError, Handling, Record, Reject, Stated, Tlp
from manara.pipeline.clean import clean

from .locating import facts, of_schema, split, values

BUNDLE = Path(__file__).parent / "data" / "stix" / "bundle.json"
FORMAT = get("stix-json")

NADEGE = "identity--11111111-1111-4111-8111-111111111111"
HARBOUR = "intrusion-set--22222222-2222-4222-8222-222222222222"
VELOUR = "threat-actor--33333333-3333-4333-8333-333333333333"
CRANE = "campaign--44444444-4444-4444-8444-444444444444"
LOME = "location--55555555-5555-4555-8555-555555555555"

#: From the standard, section 7.2.1.4, and the definition of the TLP 2.0 extension.
AMBER_1 = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
RED_1 = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
STRICT_2 = "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003"


def at(data: Any, locator: str) -> Any:
    """Return what a locator leads to, independently of the reader."""
    for name, number in re.findall(r"(\w+)|\[(\d+)\]", locator):
        data = data[name] if name else data[int(number)]
    return data


@pytest.fixture(scope="module")
def stated() -> list[Stated]:
    return facts(split(FORMAT.read(BUNDLE))[0])


def written(folder: Path, *objects: dict[str, Any]) -> Path:
    path = folder / "bundle.json"
    path.write_text(json.dumps({"type": "bundle", "id": "bundle--1", "objects": objects}), "utf-8")
    return path


def identity(number: int, **more: Any) -> dict[str, Any]:
    one = {"type": "identity", "id": f"identity--{number}", "name": f"Office {number}"}
    return one | {"identity_class": "organization"} | more


def definition(number: int, **more: Any) -> dict[str, Any]:
    return {"type": "marking-definition", "id": f"marking-definition--{number}", **more}


def test_objects_come_in_with_the_schema_that_fits(stated: list[Stated]) -> None:
    assert {one.entity_id: one.schema for one in stated if "--a0" not in one.entity_id} == {
        NADEGE: "Person",
        HARBOUR: "Organization",
        VELOUR: "LegalEntity",
        CRANE: "Event",
        LOME: "Address",
        "location--66666666-6666-4666-8666-666666666666": "Address",
        "user-account--77777777-7777-5777-8777-777777777777": "UserAccount",
        "email-addr--88888888-8888-5888-8888-888888888888": "UserAccount",
        "sighting--c0000000-0000-4000-8000-000000000001": "UnknownLink",
        "sighting--c0000000-0000-4000-8000-000000000001-1": "UnknownLink",
    }
    assert values(stated, HARBOUR)["alias"] == ["Harbour Set", "HS-7"]
    assert values(stated, VELOUR) == {
        "name": ["Velour Circle"],
        "sourceUrl": ["https://unit.example/reports/7"],
        "keywords": ["crime-syndicate", "spy"],
        "topics": ["crime"],
        "country": ["BJ"],
    }
    assert values(stated, LOME)["full"] == ["12 rue du Wharf, Lomé"]


def test_what_is_stated_fits_the_vocabulary(stated: list[Stated]) -> None:
    assert [cleaned for one in stated if isinstance(cleaned := clean(one), Reject)] == []


def test_relationships_become_ties_with_their_dates(stated: list[Stated]) -> None:
    assert of_schema(stated, "Membership") == [
        {"member": [NADEGE], "organization": [HARBOUR], "startDate": ["2024-02-01T00:00:00Z"]}
    ]
    links = {one["role"][0]: one for one in of_schema(stated, "UnknownLink")}
    assert links["attributed-to"] == {
        "subject": [CRANE],
        "object": [VELOUR],
        "role": ["attributed-to"],
        "startDate": ["2025-11-02T00:00:00Z"],
        "endDate": ["2026-01-01T00:00:00Z"],
        "description": ["Same wallets."],
    }
    assert links["related-to"]["object"] == ["identity--bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"]
    assert set(links) == {"attributed-to", "related-to", "sighting"}


def test_a_place_is_an_address_or_a_country(stated: list[Stated]) -> None:
    assert values(stated, NADEGE)["addressEntity"] == [LOME]
    assert values(stated, NADEGE)["country"] == ["TG"]
    assert "addressEntity" not in values(stated, VELOUR)


def test_a_sighting_ties_what_was_seen_to_where(stated: list[Stated]) -> None:
    seen = [one for one in of_schema(stated, "UnknownLink") if one["role"] == ["sighting"]]
    assert [(one["subject"], one["object"]) for one in seen] == [
        ([HARBOUR], [LOME]),
        ([HARBOUR], [NADEGE]),
    ]


def test_what_has_no_schema_is_set_aside_with_its_ties() -> None:
    rejects = split(FORMAT.read(BUNDLE))[1]
    assert [(one.locator, one.rule) for one in rejects] == [
        ("objects[8]", "schema"),
        ("objects[13]", "ends"),
    ]
    assert "malware--9999" in rejects[1].reason


def test_every_locator_leads_to_what_is_stated(stated: list[Stated]) -> None:
    data = json.loads(BUNDLE.read_text("utf-8"))
    made = {"topics", "full", "country", "addressEntity", "summary", "role"}
    for one in stated:
        found = at(data, one.locator)
        if one.prop not in made:
            assert str(found) == one.value, one
    roles = {one.locator: one.value for one in stated if one.prop == "role"}
    assert all(at(data, locator) == value for locator, value in roles.items())


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({}, {}, Handling.OPEN),
        ({"object_marking_refs": [AMBER_1]}, {}, Handling.of(Tlp.AMBER)),
        (
            {"object_marking_refs": [AMBER_1]},
            {"granular_markings": [{"marking_ref": STRICT_2, "selectors": ["name"]}]},
            Handling.of(Tlp.AMBER_STRICT),
        ),
        ({"object_marking_refs": ["marking-definition--7"]}, {}, Handling.of(Tlp.GREEN)),
        ({"object_marking_refs": ["marking-definition--8"]}, {}, Handling.of(Tlp.RED)),
        (
            {"object_marking_refs": ["marking-definition--9"]},
            {},
            Handling.of(Tlp.CLEAR, caveats=["Not for resale"]),
        ),
    ],
)
def test_the_strictest_marking_holds_for_all(
    tmp_path: Path, first: dict[str, Any], second: dict[str, Any], expected: Handling
) -> None:
    extension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
    path = written(
        tmp_path,
        identity(1, **first),
        identity(2, **second),
        definition(7, definition_type="tlp", definition={"tlp": "green"}),
        definition(8, extensions={extension: {"extension_type": "x", "tlp_2_0": "red"}}),
        definition(9, definition_type="statement", definition={"statement": "Not for resale"}),
    )
    assert stix.marking(path) == expected
    assert split(FORMAT.read(path))[1] == []


def test_a_standard_definition_cannot_be_redefined(tmp_path: Path) -> None:
    loose = {"type": "marking-definition", "id": RED_1, "definition_type": "tlp"}
    path = written(
        tmp_path, identity(1, object_marking_refs=[RED_1]), loose | {"definition": {"tlp": "white"}}
    )
    assert stix.marking(path) == Handling.of(Tlp.RED)


@pytest.mark.parametrize(
    "marking",
    [
        (),
        (definition(5, definition_type="iep", definition={"id": "x"}),),
        (definition(5, definition_type="tlp", definition={"tlp": "mauve"}),),
    ],
)
def test_an_object_whose_marking_cannot_be_told_stays_out(
    tmp_path: Path, marking: tuple[dict[str, Any], ...]
) -> None:
    hidden = identity(2, object_marking_refs=["marking-definition--5"])
    link = {"type": "relationship", "id": "relationship--1", "relationship_type": "related-to"}
    link |= {"source_ref": "identity--1", "target_ref": "identity--2"}
    records, rejects = split(FORMAT.read(written(tmp_path, identity(1), hidden, link, *marking)))
    assert [one.stated[0].entity_id for one in records] == ["identity--1"]
    assert [(one.locator, one.rule) for one in rejects] == [
        ("objects[1]", "marking"),
        ("objects[2]", "ends"),
    ]


def test_revoked_former_and_broken_objects_are_set_aside(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        identity(1, revoked=True),
        identity(2, modified="2026-02-01T00:00:00Z", name="Now"),
        identity(2, modified="2026-01-01T00:00:00Z", name="Before"),
        identity(3, name=7),
        {"type": "identity", "id": "campaign--4"},
        identity(5, identity_class="system"),
        identity(6, name=""),
    )
    records, rejects = split(FORMAT.read(path))
    assert [(s.prop, s.value) for one in records for s in one.stated] == [
        ("name", "Now"),
        ("id", "identity--6"),
    ]
    assert [(one.locator, one.rule) for one in rejects] == [
        ("objects[0]", "revoked"),
        ("objects[2]", "version"),
        ("objects[3]", "object"),
        ("objects[4]", "object"),
        ("objects[5]", "schema"),
    ]


def test_recognition_takes_bundles_only() -> None:
    objects = b'"objects": [{"type": "identity"}]'
    assert FORMAT.recognise(Head(b'{"type": "bundle", ' + objects + b"}"))
    end = objects + b', "type": "bundle"}'
    assert FORMAT.recognise(Head(b"{" + end, end))
    assert not FORMAT.recognise(Head(b"{" + objects + b"}", objects + b"}"))
    assert not FORMAT.recognise(Head(b'[{"type": "bundle"}]'))


def test_a_bundle_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stix_objects, "MAX_BYTES", 1000)
    with pytest.raises(FormatError, match="a bundle of more than"):
        list(FORMAT.read(BUNDLE))


@pytest.mark.shared
def test_the_examples_of_oasis_lose_nothing_unseen(shared: Path) -> None:
    paths = sorted((shared / "exchange/stix/interop-examples").rglob("*.json"))
    assert paths
    for path in paths:
        assert FORMAT.recognise(Head.of(path)), path.name
        objects = json.loads(path.read_text("utf-8"))["objects"]
        told = [item.locator for item in FORMAT.read(path)]
        kept = [one for one in objects if one["type"] != "marking-definition"]
        assert len(set(told)) == len(told) == len(kept), path.name
        stated = facts([item for item in FORMAT.read(path) if isinstance(item, Record)])
        assert not [one for one in stated if isinstance(clean(one), Reject)], path.name
        names = {one["name"] for one in objects if one["type"] in ("threat-actor", "campaign")}
        assert names <= {one.value for one in stated if one.prop == "name"}
