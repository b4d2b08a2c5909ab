"""MISP events: who comes in, which ties, and no marking is loosened, in either direction."""

from __future__ import annotations

import json
import re
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manara.formats import Head, get, misp, write_misp
from manara.formats.misp_parts import templates
from manara.model import Fact, FormatError, Handling, Reject, Tlp
from manara.pipeline.clean import clean

from .locating import facts, of_schema, split, values

FORMAT = get("misp-json")
EVENT = json.loads((Path(__file__).parent / "data/misp/event.json").read_text("utf-8"))["Event"]
MEMBERS = EVENT["Object"]
SALMA, FUND, ACCOUNT = (one["uuid"] for one in MEMBERS[:3])


def attribute(relation: str, value: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "object_relation": relation, "value": value} | more


def thing(uuid: str, name: str, *attributes: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"uuid": uuid, "name": name, "Attribute": list(attributes)} | more


def written(folder: Path, event: dict[str, Any], shape: str = "one") -> Path:
    whole = {"info": "Étoile", "date": "2026-03-01", "Orgc": {"name": "Unit North"}} | event
    outer = {"one": {"Event": whole}, "many": [{"Event": whole}]}
    found = outer.get(shape, {"response": outer["many"]})
    path = folder / "events.json"
    path.write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return path


def at(data: Any, locator: str) -> Any:
    """Return what a locator leads to, independently of the reader."""
    for name, number in re.findall(r"(\w+)|\[(\d+)\]", locator):
        data = data[name] if name else data[int(number)]
    return data


@pytest.mark.parametrize("shape", ["one", "many", "response"])
def test_objects_come_in_by_their_templates(tmp_path: Path, shape: str) -> None:
    path = written(tmp_path, {"Object": MEMBERS}, shape)
    assert FORMAT.recognise(Head.of(path))
    records, rejects = split(FORMAT.read(path))
    stated = facts(records)
    assert values(stated, f"misp-{SALMA}") == {
        "name": ["سلمى العمري", "Salma El Amri"],
        "birthDate": ["1984-03-09"],
        "passportNumber": ["ZZ0001234"],
        "notes": ["handle: salma_e"],
        "publisher": ["Unit North"],
    }
    assert {one.schema for one in stated if one.entity_id == f"misp-{ACCOUNT}"} == {"BankAccount"}
    assert [cleaned for one in stated if isinstance(cleaned := clean(one), Reject)] == []
    assert sorted(one.rule for one in rejects) == ["deleted", "ends", "file", "schema"]
    data = json.loads(path.read_text(encoding="utf-8"))
    for one in stated:
        if one.prop not in ("role", "member", "organization", "owner", "asset", "publisher"):
            assert at(data, one.locator) == (one.original or one.value).removeprefix("handle: ")


def test_references_become_ties(tmp_path: Path) -> None:
    stated = facts(split(FORMAT.read(written(tmp_path, {"Object": MEMBERS})))[0])
    assert of_schema(stated, "Membership") == [
        {
            "member": [f"misp-{SALMA}"],
            "organization": [f"misp-{FUND}"],
            "role": ["member-of"],
        }
    ]
    assert [one["asset"] for one in of_schema(stated, "Ownership")] == [[f"misp-{ACCOUNT}"]]


def test_numbers_without_an_object_come_in_and_indicators_do_not(tmp_path: Path) -> None:
    alone = [
        {"uuid": "a1", "type": "passport-number", "value": "ZZ0007"},
        {"uuid": "a2", "type": "ip-dst", "value": "192.0.2.1"},
        {"uuid": "a3", "type": ["iban"], "value": "x"},
    ]
    records, rejects = split(FORMAT.read(written(tmp_path, {"Attribute": alone})))
    assert values(facts(records), "misp-a1")["number"] == ["ZZ0007"]
    assert [(one.locator, one.rule) for one in rejects] == [
        ("Event.Attribute[1]", "schema"),
        ("Event.Attribute[2]", "attribute"),
    ]


@pytest.mark.parametrize(
    ("marked", "rule"),
    [
        ({"Tag": [{"name": "tlp:amber+strict"}]}, Handling.of(Tlp.AMBER_STRICT)),
        ({"Tag": [{"name": "tlp:white"}]}, Handling.of(Tlp.CLEAR)),
        ({"distribution": "0"}, Handling.of(Tlp.AMBER_STRICT)),
        ({"distribution": 3}, Handling.of(Tlp.CLEAR)),
        (
            {"Tag": [{"name": "retention:2w"}, {"name": "PAP:RED"}]},
            Handling.of(Tlp.CLEAR, retain_until=date(2026, 3, 15), caveats=["PAP:RED"]),
        ),
        ({"Tag": [{"name": "retention:9999y"}]}, Handling.OPEN),
        (
            {
                "distribution": "4",
                "SharingGroup": {
                    "releasability": "Coast guards only",
                    "SharingGroupOrg": [{"Organisation": {"name": "Unit East", "uuid": "u-e"}}],
                },
            },
            Handling.of(
                Tlp.AMBER, releasable_to=["Unit East", "u-e"], caveats=["Coast guards only"]
            ),
        ),
        ({"distribution": "4"}, Handling.of(Tlp.AMBER, releasable_to=[])),
    ],
)
def test_marks_of_an_event_become_a_rule(
    tmp_path: Path, marked: dict[str, Any], rule: Handling
) -> None:
    assert FORMAT.marking
    assert FORMAT.marking(written(tmp_path, marked)) == rule


def test_the_strictest_mark_of_any_part_binds_all(tmp_path: Path) -> None:
    inner = thing("o", "person", attribute("alias", "X", Tag=[{"name": "tlp:red"}]))
    path = written(tmp_path, {"Tag": [{"name": "tlp:green"}], "Object": [inner]})
    assert FORMAT.marking
    assert FORMAT.marking(path).tlp is Tlp.RED


def test_a_level_that_does_not_exist_refuses_the_file(tmp_path: Path) -> None:
    assert FORMAT.marking
    with pytest.raises(FormatError, match="tlp:purple"):
        FORMAT.marking(written(tmp_path, {"Tag": [{"name": "tlp:purple"}]}))


@pytest.mark.parametrize("text", ['{"Event": {', '{"Event": []}', '{"response": []}', "[1]", "[["])
def test_what_is_no_event_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"bad\.json"):
        list(FORMAT.read(path))


def fact(entity: str, schema: str, prop: str, value: str, rule: Handling) -> Fact:
    seen = datetime(2026, 1, 1, tzinfo=UTC)
    return Fact("f", entity, schema, prop, value, "", "", "d", "s", "line 1", rule.id, seen)


RULES = [
    Handling.of(Tlp.CLEAR),
    Handling.of(Tlp.GREEN),
    Handling.of(Tlp.AMBER, consent=["north.example"], retain_until=date(2027, 1, 1)),
    Handling.of(Tlp.RED, releasable_to=["officer-7"]),
    Handling.of(Tlp.GREEN, purposes=["border-management"], caveats=["NOT_IN_COURT"]),
]
PLACES = [
    ("Person", "name"),
    ("Person", "birthDate"),
    ("Person", "fatherName"),
    ("Company", "name"),
    ("Company", "leiCode"),
    ("Vessel", "imoNumber"),
    ("Passport", "number"),
    ("Firearm", "serialNumber"),
    ("BankAccount", "iban"),
    ("Payment", "amount"),
]
STATED = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from(PLACES),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1).map(str.strip),
        st.sampled_from(RULES),
    ).filter(lambda one: bool(one[2])),
    min_size=1,
    max_size=12,
)


@given(STATED)
def test_what_goes_out_comes_back_under_no_looser_rule(stated: list[Any]) -> None:
    by_id: dict[str, list[Fact]] = {}
    for name, (schema, prop), value, rule in stated:
        entity = f"{name}-{schema}"
        by_id.setdefault(entity, []).append(fact(entity, schema, prop, value, rule))
    made = datetime(2026, 4, 1, tzinfo=UTC)
    rules = {rule.id: rule for rule in RULES}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out.json"
        parts = write_misp(by_id.items(), rules, publisher="Unit West", made=made)
        path.write_bytes(b"".join(parts))
        records, rejects = split(misp.read(path))
        joined = misp.marking(path)
    assert rejects == []
    told = {(s.entity_id, s.schema, s.prop, s.value) for s in facts(records)}
    sent = {(f.entity_id, f.schema, f.prop, f.value) for each in by_id.values() for f in each}
    assert sent <= told
    assert {each for each in told - sent if each[2] != "publisher"} == set()
    used = Handling.join_all(rules[f.handling_id] for each in by_id.values() for f in each)
    assert joined | used == joined


def test_each_rule_has_an_event_of_its_own_with_a_narrow_distribution() -> None:
    sent = [("a", [fact("a", "Person", "name", "Amina", rule) for rule in RULES])]
    rules = {rule.id: rule for rule in RULES}
    made = datetime(2026, 4, 1, tzinfo=UTC)
    out = json.loads(b"".join(write_misp(sent, rules, publisher="U", made=made)))
    events = [one["Event"] for one in out["response"]]
    assert sorted((each["Tag"][0]["name"], each["distribution"]) for each in events) == [
        ("tlp:amber", "0"),
        ("tlp:clear", "3"),
        ("tlp:green", "0"),
        ("tlp:green", "1"),
        ("tlp:red", "0"),
    ]


@pytest.mark.shared
def test_events_of_the_project_that_makes_misp_are_read(shared: Path) -> None:
    path = shared / "exchange/misp/test_events_collection_1.json"
    assert FORMAT.recognise(Head.of(path))
    records, rejects = split(FORMAT.read(path))
    assert not records
    assert [one.rule for one in rejects] == ["schema", "schema"]


@pytest.mark.shared
def test_templates_are_as_published(shared: Path) -> None:
    for name, template in templates().items():
        text = (shared / f"exchange/misp/objects/{name}.json").read_text(encoding="utf-8")
        published = json.loads(text)
        assert published["uuid"] == template.uuid
        assert str(published["version"]) == template.version
        assert published["meta-category"] == template.category
        for relation, (_, kind) in template.relations.items():
            assert published["attributes"][relation]["misp-attribute"] == kind
