"""STIX 2.1 out: valid to others, whole to ourselves, and never under a looser rule."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stix2

from manara.formats import stix
from manara.formats.stix_extension import SCHEMA
from manara.formats.stix_write import Made
from manara.model import (
    EXISTS,
    Handling,
    Recipient,
    Record,
    Reject,
    Relation,
    Tlp,
)
from manara.pipeline.clean import clean
from manara.pipeline.stix_export import Release, Selection, stix_objects

from .json_schema import Schema
from .stix_world import (
    AMBER,
    ONLY_B,
    OPEN,
    T0,
    Lake,
    by_entity,
    fact,
    made,
    ours,
    read_back,
    world,
    written,
)


def test_every_object_is_valid_to_the_reference_library(tmp_path: Path) -> None:
    bundle = json.loads(written(made(world(ONLY_B))[0], tmp_path).read_text("utf-8"))
    assert len(stix2.parse(bundle, allow_custom=True).objects) == len(bundle["objects"])
    for one in bundle["objects"]:
        stix2.parse(one, allow_custom=False)


@pytest.mark.shared
def test_every_object_is_valid_to_the_schemas_of_oasis(shared: Path) -> None:
    schemas = shared / "exchange/stix/stix2-json-schemas/schemas"
    files = {path.stem: path for path in schemas.rglob("*.json")}
    for one in made(world(ONLY_B))[0]:
        path = files.get(one.data["type"], files["core"])
        assert Schema(path).problems(one.data) == [], one.data


def test_every_object_is_valid_to_our_own_schema() -> None:
    schema = Schema(SCHEMA)
    for one in made(world(ONLY_B))[0]:
        if ours(one):
            assert schema.problems(ours(one)) == [], one.data
    wrong: list[dict[str, Any]] = [
        {"extension_type": "new-sdo", "schema": "Person", "known_as": ["x"], "facts": [{}]},
        {"extension_type": "new-sdo", "schema": "Person"},
        {"extension_type": "new-sdo", "event": {"table": "rumours", "values": {"a": 1}}},
        {"extension_type": "property-extension", "handling": {"tlp": "TLP:MAUVE"}},
        {"extension_type": "property-extension", "derived": True, "lead": {}},
    ]  # fmt: skip
    assert all(schema.problems(one) for one in wrong)


def test_observables_have_the_ids_that_the_standard_prescribes() -> None:
    objects = {o.data["type"]: o.data for o in made(world())[0]}
    accounts = [o.data for o in made(world())[0] if o.data["type"] == "user-account"]
    assert objects["domain-name"]["id"] == stix2.DomainName(value="velour.example").id
    assert objects["ipv6-addr"]["id"] == stix2.IPv6Address(value="2001:db8::7").id
    assert objects["file"]["id"] == stix2.File(hashes={"SHA-256": "a" * 64}).id
    account = stix2.UserAccount(account_type="chat.example", account_login="velour7").id
    assert accounts[0]["id"] == account
    assert accounts[1]["id"] != account, "two accounts must not become one"


def test_what_the_standard_can_say_is_said_in_its_words() -> None:
    objects, _ = made(world())
    found = by_entity(objects)
    assert {key: one["type"] for key, one in found.items()} == {
        "p": "identity",
        "home": "location",
        "nowhere": "manara-address",
        "c": "identity",
        "o": "relationship",
        "two": "manara-ownership",
        "acc": "manara-bank-account",
        "pass": "manara-passport",
        "gun": "manara-firearm",
        "ship": "manara-vessel",
        "user": "user-account",
        "user2": "user-account",
        "bare": "identity",
    }
    assert (found["p"]["name"], found["p"]["identity_class"]) == ("Hala Manarzi", "individual")
    assert (found["home"]["country"], found["home"]["city"]) == ("TG", "Lomé")
    tie = found["o"]
    assert (tie["source_ref"], tie["target_ref"]) == (found["p"]["id"], found["c"]["id"])
    assert tie["relationship_type"] == "owns"
    assert tie["start_time"] == "2020-02-01T00:00:00.000Z"
    assert found["p"]["modified"] == "2026-05-01T08:30:00.123Z"
    kinds = [one.data["type"] for one in objects]
    assert kinds.count("domain-name") == 1
    assert kinds.count("sighting") == kinds.count("indicator") == kinds.count("observed-data") == 4
    [note] = [one.data for one in objects if one.data["type"] == "note"]
    assert note["object_refs"] == [found["p"]["id"]]
    assert (note["abstract"], note["confidence"]) == ("Ties two groups", 87)
    assert note["content"] == "1. Owns what both use."


def test_ids_are_the_same_again_and_different_for_another_organisation() -> None:
    one, again = (by_entity(made(world())[0]) for _ in range(2))
    other = by_entity(list(stix_objects(world(), Selection(), None, "Unit B")))  # type: ignore[arg-type]
    assert {key: v["id"] for key, v in one.items()} == {key: v["id"] for key, v in again.items()}
    assert one["p"]["id"] != other["p"]["id"]


def test_facts_and_events_return(tmp_path: Path) -> None:
    lake = world()
    objects, left = made(lake)
    records = read_back(written(objects, tmp_path))
    ids = {key: one["id"] for key, one in by_entity(objects).items()}
    stated = {
        (s.entity_id, s.schema, s.prop, s.value, s.original, s.lang)
        for record in records
        for s in record.stated
        if s.prop != EXISTS
    }
    assert stated == {
        (ids[f.entity_id], f.schema, f.prop, ids.get(f.value, f.value), f.original_value, f.lang)
        for f in lake.facts()
        if f.prop != EXISTS
    }
    assert not [s for r in records for s in r.stated if isinstance(clean(s), Reject)]
    events = {(e.table, *sorted(e.values.items())) for r in records for e in r.events}
    paid = {"payer": ids["p"], "payee": ids["c"], "intermediaries": (ids["c"],)}
    paid |= {"amount": Decimal("12.5"), "currency": "XOF", "time": T0}  # type: ignore[dict-item]
    assert ("payments", *sorted(paid.items())) in events
    assert len(events) == 7
    assert left == []


def test_a_fact_under_a_looser_rule_is_marked_apart() -> None:
    objects, _ = made(world(AMBER))
    person = by_entity(objects)["p"]
    assert person["object_marking_refs"] == [
        "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"
    ]
    [loose] = person["granular_markings"]
    assert loose["marking_ref"] == "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487"
    facts = ours(Made(person, OPEN))["facts"]
    chosen = [int(one.split("[")[1][:-1]) for one in loose["selectors"]]
    assert [facts[number]["prop"] for number in chosen] == ["addressEntity", "birthDate"]


def test_a_reader_without_our_extension_is_shown_a_level_that_keeps_it_in_the_house() -> None:
    person = by_entity(made(world(ONLY_B))[0])["p"]
    assert (
        "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003" in person["object_marking_refs"]
    )


def test_a_stricter_marking_that_somebody_adds_counts(tmp_path: Path) -> None:
    objects, _ = made(world(ONLY_B))
    person = by_entity(objects)["p"]
    person["object_marking_refs"].append("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1")
    assert stix.marking(written(objects, tmp_path)) == ONLY_B | Handling.of(Tlp.RED)


def test_a_marking_of_ours_that_was_tampered_with_keeps_the_object_out(tmp_path: Path) -> None:
    objects, _ = made(world(ONLY_B))
    for one in objects:
        if "handling" in ours(one):
            ours(one)["handling"]["onward"] = "free"
    items = list(stix.FORMAT.read(written(objects, tmp_path)))
    assert "marking" in {one.rule for one in items if isinstance(one, Reject)}
    names = [s.value for r in items if isinstance(r, Record) for s in r.stated]
    assert "Hala Manarzi" not in names


def test_what_is_left_out_is_told_with_the_rule() -> None:
    lake = world(AMBER)
    partner = Recipient("b.example", "b.example", Relation.COMMUNITY)
    objects, left = made(lake, Release((partner,), "investigation"))
    found = by_entity(objects)
    assert found["p"]["name"] == "p", "its names may not go"
    assert {(one.about, one.what, one.rule) for one in left if one.rule == "audience"} >= {
        ("p", "name", "audience"),
        ("custody", "", "audience"),
        ("leads", "", "audience"),
    }
    assert not [one for one in objects if "event" in ours(one) or "lead" in ours(one)]


def test_a_tie_to_what_stays_stays_too() -> None:
    lake = Lake(
        fact("p", "Person", "name", "Hala Manarzi", AMBER),
        fact("c", "Company", "name", "Velour Trading"),
        fact("c", "Company", "parent", "lost"),
        fact("o", "Ownership", "owner", "p"),
        fact("o", "Ownership", "asset", "c"),
    )
    partner = Recipient("b.example", "b.example", Relation.COMMUNITY)
    objects, left = made(lake, Release((partner,), "investigation"))
    assert set(by_entity(objects)) == {"c"}
    assert "p" not in {value for one in objects for value in str(one.data).split("'")}
    assert {(one.about, one.what, one.rule) for one in left} == {
        ("p", "name", "audience"),
        ("c", "parent", "reference"),
        ("o", "owner", "reference"),
        ("o", "asset", "reference"),
    }


def test_a_fact_that_ended_moves_the_version_on() -> None:
    ended = fact("p", "Person", "alias", "Hala M", last_seen=T0 + timedelta(days=3))
    lake = Lake(fact("p", "Person", "name", "Hala Manarzi"), ended)
    person = by_entity(made(lake)[0])["p"]
    assert person["created"] == "2026-05-01T08:30:00.123Z"
    assert person["modified"] == "2026-05-04T08:30:00.123Z"
    assert [one["prop"] for one in ours(Made(person, OPEN))["facts"]] == ["name"]
