"""STIX 2.1 out: valid to others, whole to ourselves, and never under a looser rule."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stix2
from hypothesis import given, settings
from hypothesis import strategies as st

from manara.formats import stix
from manara.formats.stix_extension import EXTENSION, SCHEMA
from manara.formats.stix_write import LeftOut, Made
from manara.model import (
    EXISTS,
    Fact,
    Finding,
    Handling,
    Lead,
    Recipe,
    Recipient,
    Record,
    Reject,
    Relation,
    Severity,
    Step,
    Tlp,
    fact_id,
)
from manara.pipeline.clean import clean
from manara.pipeline.stix_export import Release, Selection, export_stix, stix_objects

from .json_schema import Schema

T0 = datetime(2026, 5, 1, 8, 30, 0, 123456, tzinfo=UTC)
OPEN, AMBER = Handling.OPEN, Handling.of(Tlp.AMBER)
ONLY_B = Handling.of(Tlp.GREEN, releasable_to=["b.example"], consent=["a.example"])


class Lake:
    """What an export asks of a view, over facts at hand."""

    def __init__(self, *facts: Fact, rules: tuple[Handling, ...] = (), events: Any = ()) -> None:
        self._facts = sorted(facts, key=lambda f: (f.entity_id, f.prop, f.value))
        self._rules = {rule.id: rule for rule in (*rules, OPEN, AMBER, ONLY_B)}
        self._events = events
        self.found: list[Lead] = []

    def facts(self, ids: Any = None, datasets: Any = None, *, past: bool = False) -> Iterator[Fact]:
        yield from self._facts

    def handlings(self) -> dict[str, Handling]:
        return self._rules

    def stream(self, query: str) -> Iterator[Any]:
        rows = [row for table, row in self._events if query.endswith(f" {table}")]
        return iter([type("Batch", (), {"to_pylist": lambda self: rows})()] if rows else [])

    def leads(self) -> Iterator[Lead]:
        return iter(self.found)


def fact(
    entity: str, schema: str, prop: str, value: str, rule: Handling = OPEN, **more: Any
) -> Fact:
    original, lang = more.pop("original", ""), more.pop("lang", "")
    key = fact_id("list", entity, schema, prop, value, original, lang, rule.id)
    made = Fact(key, entity, schema, prop, value, original, lang, "list", "0" * 64, "", rule.id, T0)
    return made._replace(**more)


def world(rule: Handling = OPEN) -> Lake:
    """An invented ring: a person, a company, an account, a passport, a firearm, ties and events."""
    facts = (
        fact("p", "Person", "name", "Hala Manarzi", rule),
        fact("p", "Person", "name", "هالة منارزي", rule, lang="ara"),
        fact("p", "Person", "birthDate", "1971-03", original="March 1971"),
        fact("p", "Person", "addressEntity", "home"),
        fact("home", "Address", "full", "12 rue du Wharf, Lomé"),
        fact("home", "Address", "city", "Lomé"),
        fact("home", "Address", "country", "tg"),
        fact("nowhere", "Address", "full", "a shed by the river"),
        fact("c", "Company", "name", "Velour Trading"),
        fact("o", "Ownership", "owner", "p"),
        fact("o", "Ownership", "asset", "c"),
        fact("o", "Ownership", "startDate", "2020-02-01"),
        fact("two", "Ownership", "owner", "p"),
        fact("two", "Ownership", "owner", "c"),
        fact("two", "Ownership", "asset", "c"),
        fact("acc", "BankAccount", "accountNumber", "TG53 0001"),
        fact("pass", "Passport", "number", "AB1234567"),
        fact("pass", "Passport", "holder", "p"),
        fact("gun", "Firearm", "serialNumber", "KX-77"),
        fact("ship", "Vessel", "name", "Alma"),
        fact("user", "UserAccount", "username", "velour7"),
        fact("user", "UserAccount", "service", "chat.example"),
        fact("user2", "UserAccount", "username", "velour7"),
        fact("user2", "UserAccount", "service", "chat.example"),
        fact("bare", "Organization", EXISTS, "bare-2"),
    )
    base = {"dataset": "list", "handling_id": rule.id, "time": T0.replace(tzinfo=None)}
    events = (
        ("custody", base | {"id": "e1", "item": "gun", "kind": "seized", "holder_from": "p"}),
        ("payments", base | {"id": "e2", "payer": "p", "payee": "c", "amount": Decimal("12.50"),
                             "currency": "XOF", "intermediaries": ["c"]}),
        ("sightings", base | {"id": "e3", "sign": "velour.example", "kind": "domain",
                              "subject": "p", "observer": "c", "count": 3}),
        ("sightings", base | {"id": "e4", "sign": "2001:db8::7", "kind": "address"}),
        ("sightings", base | {"id": "e5", "sign": "AA-123", "kind": "plate", "subject": "p"}),
        ("sightings", base | {"id": "e6", "sign": "a" * 64, "kind": "hash"}),
        ("sightings", base | {"id": "e7", "sign": "velour.example", "kind": "domain"}),
    )  # fmt: skip
    lake = Lake(*facts, rules=(rule,), events=events)
    finding = Finding(
        "network.broker", ("p",), 0.87, Severity.HIGH, "Ties two groups",
        (Step(1, "Owns what both use.", ("e2",)),), ("e2",),
    )  # fmt: skip
    recipe = Recipe("network.broker", "1", "{}", T0, ())
    lake.found = [Lead(finding, ("list",), rule, recipe, T0, T0)]
    return lake


def made(lake: Any, release: Release | None = None) -> tuple[list[Made], list[LeftOut]]:
    left: list[LeftOut] = []
    objects = list(stix_objects(lake, Selection(), release, "Unit A", left.append))
    return objects, left


def written(objects: list[Made], folder: Path) -> Path:
    path = folder / "out.json"
    path.write_bytes(b"".join(export_stix(objects)))
    return path


def read_back(path: Path) -> list[Record]:
    items = list(stix.FORMAT.read(path))
    assert [one.rule for one in items if isinstance(one, Reject) and one.rule != "lead"] == []
    return [one for one in items if isinstance(one, Record)]


def ours(one: Made) -> dict[str, Any]:
    found: dict[str, Any] = one.data.get("extensions", {}).get(EXTENSION, {})
    return found


def by_entity(objects: list[Made]) -> dict[str, dict[str, Any]]:
    return {ours(o)["known_as"][0]: o.data for o in objects if "known_as" in ours(o)}


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


WHO = ("a.example", "b.example", "c.example", "team")
FOR = ("investigation", "prosecution", "analysis")
subsets = st.frozensets(st.sampled_from(WHO), max_size=3)
rules = st.builds(
    lambda tlp, to, consent, purposes, until, caveats: Handling.of(
        tlp,
        releasable_to=to,
        consent=consent,
        purposes=purposes,
        retain_until=until,
        caveats=caveats,
    ),
    st.sampled_from(list(Tlp)),
    st.none() | subsets,
    subsets,
    st.none() | st.frozensets(st.sampled_from(FOR), max_size=2),
    st.sampled_from([None, date(2020, 1, 1), date(2199, 1, 1)]),
    st.frozensets(st.sampled_from(["NOT_IN_COURT", "ask first"]), max_size=2),
)
mixed = rules | st.builds(lambda one, other: one | other, rules, rules)
entities = st.sampled_from(["p0", "p1", "c0"])
values = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=8
)


@st.composite
def lakes(draw: st.DrawFn) -> tuple[Lake, dict[str, Handling]]:
    known = draw(st.lists(mixed, min_size=1, max_size=4))
    facts = []
    for _ in range(draw(st.integers(1, 8))):
        entity, rule = draw(entities), draw(st.sampled_from(known))
        schema = "Person" if entity.startswith("p") else "Company"
        facts.append(
            fact(entity, schema, draw(st.sampled_from(["name", "alias"])), draw(values), rule)
        )
    if draw(st.booleans()):
        rule = draw(st.sampled_from(known))
        facts += [fact("o", "Ownership", prop, draw(entities), rule) for prop in ("owner", "asset")]
    unique = {one.id: one for one in facts}
    return Lake(*unique.values(), rules=tuple(known)), {rule.id: rule for rule in known}


recipients = st.builds(
    lambda name, relation, groups: Recipient(name, name, relation, groups),
    st.sampled_from(WHO[:3]),
    st.sampled_from(list(Relation)),
    st.frozensets(st.just("team")),
)


def may_go(rule: Handling, who: Recipient, purpose: str, consents: frozenset[str]) -> bool:
    """The rules of disclosure in their plain reading, without the code under test."""
    furthest = {Tlp.CLEAR: 0, Tlp.GREEN: 1, Tlp.AMBER: 2, Tlp.AMBER_STRICT: 3, Tlp.RED: 9}
    names = {who.id, who.organisation, *who.groups}
    ours = who.relation == Relation.ORGANISATION
    return (
        (rule.retain_until is None or date.today() <= rule.retain_until)
        and who.relation >= furthest[rule.floor]
        and rule.individuals is None  # recipients here are organisations, never persons
        and all(names & allowed for allowed in rule.releasable_to)
        and (ours or rule.consent <= consents | {who.id, who.organisation})
        and (rule.purposes is None or purpose in rule.purposes)
        and not (purpose == "prosecution" and "NOT_IN_COURT" in rule.caveats)
    )


@settings(max_examples=150, deadline=None)
@given(lakes(), recipients, st.sampled_from(FOR), subsets)
def test_nothing_goes_that_may_not_and_no_rule_gets_looser(
    tmp_path_factory: pytest.TempPathFactory,
    lake: tuple[Lake, dict[str, Handling]],
    who: Recipient,
    purpose: str,
    consents: frozenset[str],
) -> None:
    view, known = lake
    objects, left = made(view, Release((who,), purpose, consents))
    allowed = {f for f in view.facts() if may_go(known[f.handling_id], who, purpose, consents)}
    ids = {key: one["id"] for key, one in by_entity(objects).items()}
    ends = [f for f in allowed if f.entity_id == "o"]
    # A reference goes if what it names goes, a tie if both of its ends do.
    if len(ends) == 2 and not all(f.value in ids for f in ends):
        allowed -= set(ends)
    allowed = {f for f in allowed if f.entity_id != "o" or f.value in ids}
    path = written(objects, tmp_path_factory.mktemp("out"))
    stated = {
        (s.entity_id, s.prop, s.value)
        for r in read_back(path)
        for s in r.stated
        if s.prop != EXISTS
    }
    expected = {(ids[f.entity_id], f.prop, ids.get(f.value, f.value)) for f in allowed}
    assert stated == expected
    assert {f.id for f in view.facts()} == {f.id for f in allowed} | {one.thing for one in left}
    assert stix.marking(path) == Handling.join_all(known[f.handling_id] for f in allowed)
    for one in objects:
        about = [f for f in allowed if ids[f.entity_id] == one.data["id"]]
        assert one.rule == Handling.join_all(known[f.handling_id] for f in about)
